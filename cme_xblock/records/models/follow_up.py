"""What became of commitments, and which mails asked for it."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.base import InstantField
from cme_xblock.records.models.evaluation import Commitment
from cme_xblock.records.models.participation import Participation


class CommitmentAnswer(models.Model):
    """How far one commitment was carried out on one of its days, as the learner says. Written once.

    Not in the ledger: no credit rests on it, and it goes with the commitment when the account is retired
    (docs/decisions/0030). Source: spec 5.3, rule 13.

    .. pii: What a learner says of their own practice, by the participation's number.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="answers")
    day = models.PositiveSmallIntegerField(help_text="30, 60 or 90: the day that was asked about")
    outcome = models.CharField(max_length=16, help_text="participation.commitments.Outcome")
    reason = models.TextField(blank=True)
    at = InstantField()

    class Meta:
        """Constraints, each with what it serves."""

        constraints = [
            # Two windows, one answer.
            models.UniqueConstraint(fields=["commitment", "day"], name="cme_commitment_answer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.commitment_id}/{self.day} {self.outcome}"


class FollowUpMail(models.Model):
    """That one learner was, or may have been, mailed of one day. Written before the mail leaves, and never twice.

    `key` is the SHA-256 of the code in that mail with which its reader stops further ones: the code itself is in the
    mail alone. Deleted on retirement.

    .. pii: That a learner was asked about their commitments, by the participation's number.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    class State(models.TextChoices):
        """`marked` and `unknown`: it may have left, so it is not sent again. `failed`: it surely did not leave."""

        MARKED = "marked"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown"

    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="+")
    day = models.PositiveSmallIntegerField(help_text="30, 60 or 90")
    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the code that stops these mails")
    state = models.CharField(max_length=16, choices=State.choices, default=State.MARKED)
    at = InstantField()

    class Meta:
        """Constraints, each with what it serves."""

        constraints = [
            # Of several workers one marks it, and that one sends.
            models.UniqueConstraint(fields=["participation", "day"], name="cme_follow_up_mail_once"),
        ]

    def __str__(self) -> str:
        return f"{self.participation_id}/{self.day} {self.state}"
