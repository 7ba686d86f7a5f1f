"""Consents: each permission given or withdrawn, with its date and wording."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.base import InstantField, Record
from cme_xblock.records.models.participation import Participation


class ConsentEvent(Record):
    """One permission given or withdrawn, for one purpose, in the words that were shown. Never changed.

    The last event for a purpose is what holds: withdrawing is one more row. Source: spec R-6.4.

    .. pii: That a learner gave or withdrew a permission, by the participation's number.
    .. pii_types: other
    .. pii_retirement: retained
    """

    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=64)
    text = models.TextField(help_text="The wording that was shown")
    text_sha = models.CharField(max_length=64, help_text="Of the wording: its version")
    granted = models.BooleanField()
    at = InstantField()

    class Meta(Record.Meta):
        """Indexes, each with what it serves."""

        indexes = [
            # consents.granted takes the last one of a purpose.
            models.Index(fields=["participation", "purpose", "id"], name="cme_consent_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.participation_id} {self.purpose} {'granted' if self.granted else 'withdrawn'}"
