"""Consents: each permission given or withdrawn, with its date and wording."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models

from cme_xblock.records.models.base import InstantField, Record, RecordQuerySet
from cme_xblock.records.models.participation import Participation


class ConsentQuerySet(RecordQuerySet["ConsentEvent"]):
    """Reads and adds; and leaves of a retired learner's consents that they were given, not in which words."""

    def forget_wording(self, participations: Collection[int]) -> int:
        """Reduce the consents of sealed participations to the hash of their wording; how many still had it.

        The one change that retirement makes (docs/decisions/0016); for `records.retirement` alone.
        """
        ours = self.filter(participation_id__in=participations, participation__sealed_at__isnull=False)
        pks = list(ours.exclude(text="").values_list("pk", flat=True))
        return models.QuerySet.update(self.filter(pk__in=pks), text="")


class ConsentEvent(Record):
    """One permission given or withdrawn, for one purpose, in the words that were shown. Never changed.

    The last event for a purpose is what holds: withdrawing is one more row. When the account is retired the wording
    goes and its hash stays. Source: spec R-6.4, R-6.6.

    .. pii: That a learner gave or withdrew a permission, by the participation's number.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=64)
    text = models.TextField(help_text="The wording that was shown")
    text_sha = models.CharField(max_length=64, help_text="Of the wording: its version")
    granted = models.BooleanField()
    at = InstantField()

    objects = models.Manager.from_queryset(ConsentQuerySet)()  # type: ignore[misc]  # narrower than the base's

    class Meta(Record.Meta):
        """Indexes, each with what it serves."""

        indexes = [
            # consents.granted takes the last one of a purpose.
            models.Index(fields=["participation", "purpose", "id"], name="cme_consent_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.participation_id} {self.purpose} {'granted' if self.granted else 'withdrawn'}"
