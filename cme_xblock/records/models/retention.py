"""Who wants to be asked the same questions again by mail, and what became of that mail."""

from __future__ import annotations

import secrets

from django.db import models

from cme_xblock.records.models.base import InstantField
from cme_xblock.records.models.participation import Participation


def nobodys_key() -> str:
    """A key that no code has, until a mail is marked."""
    return secrets.token_hex(32)


class RetentionMail(models.Model):
    """One learner's invitation to the retention check of one activity. Marked before it leaves, and sent once.

    Written when the learner agrees to mails; whether that still holds is asked at the time of sending. `key` is the
    SHA-256 of the code in the mail with which its reader stops further ones. Deleted on retirement.
    Source: docs/decisions/0030.

    .. pii: That a learner is to be asked again, and when, by the participation's number.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    class State(models.TextChoices):
        """`marked` and `unknown`: it may have left, so it is not sent again. `failed`: it surely did not leave."""

        WAITING = "waiting"
        MARKED = "marked"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown"

    # One invitation for each learner and activity, whoever agrees in two windows.
    participation = models.OneToOneField(Participation, on_delete=models.PROTECT, related_name="+")
    due_at = InstantField()
    key = models.CharField(max_length=64, unique=True, default=nobodys_key, help_text="SHA-256 of the code")
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    at = InstantField(help_text="When its state changed last")

    class Meta:
        """Indexes, each with what it serves."""

        indexes = [
            # What is to be sent today.
            models.Index(fields=["state", "due_at"], name="cme_retention_due"),
        ]

    def __str__(self) -> str:
        return f"{self.participation_id} {self.state}"
