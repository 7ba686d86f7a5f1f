"""What is owed to accreditors: the outbox's rows and the log of every attempt to send them.

These tables hold ids, states and reasons. They must never hold an identifier of a person: names, NPI, licence and
birthday stay in the vault and are read anew for each sending. `reporting/` writes here, and nobody else does.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from cme_xblock.records.models.base import InstantField, Record
from cme_xblock.records.models.participation import new_uuid


class Operation(models.TextChoices):
    """What the endpoint is asked to do with one credit. PARS knows no edit: delete, then add again (spec pars 1.6)."""

    ADD = "add"
    DELETE = "delete"


class State(models.TextChoices):
    """Where one delivery stands. `reporting/states.py` has the legal moves between them, with their reasons."""

    HELD = "held"
    READY = "ready"
    SENDING = "sending"
    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DEAD = "dead"


class Delivery(models.Model):
    """One row is one thing owed to one endpoint: this credit of this claim, to be added or deleted there.

    It is like a registered letter: the address and the number on it never change, its place on the way does. Only
    `reporting.outbox` and `reporting.engine` change a row, and only by conditional updates that name the state, the
    lease owner and the fence they saw; `save()` is for creation alone.

    What is sent is not kept here: it is rendered from the claim and the vault at each sending, so that a withdrawn
    consent or a corrected licence number counts at once.

    .. no_pii: ids, states and reasons; identifiers of the learner are stripped from every text before it is stored.
    """

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid, help_text="What reports, tasks and logs name")
    claim = models.ForeignKey("cme_xblock.Claim", on_delete=models.PROTECT, related_name="deliveries")
    endpoint = models.CharField(max_length=50, help_text="The endpoint's name in the setting CME_ENDPOINTS.")
    kind = models.CharField(max_length=50, help_text="Which credit of the claim: 'cme', later 'moc-abim' and the like.")
    operation = models.CharField(max_length=10, choices=Operation.choices, default=Operation.ADD)
    revision = models.PositiveSmallIntegerField(
        default=1, help_text="Counts up when a deleted credit is sent again, for its CreditID may not be reusable."
    )
    credit_id = models.CharField(
        max_length=300,
        null=True,
        blank=True,
        help_text="ccid:<domain>:<local id>, lower case; empty only while the setting ccid_domain is missing.",
    )

    state = models.CharField(max_length=10, choices=State.choices)
    reason = models.CharField(max_length=50, blank=True, default="", help_text="A stable code; see the reasons table.")
    detail = models.CharField(
        max_length=500, blank=True, default="", help_text="What the far side or the check said, identifiers removed."
    )

    attempts = models.PositiveIntegerField(default=0, help_text="How often it was sent, or may have been.")
    checks = models.PositiveIntegerField(default=0, help_text="Questions asked since the last sending; spaces them.")
    next_attempt_at = InstantField(help_text="Not to be touched by a worker before this instant.")

    lease_owner = models.CharField(max_length=100, blank=True, default="")
    leased_at = InstantField(null=True, blank=True)
    lease_until = InstantField(null=True, blank=True)
    fence = models.PositiveBigIntegerField(
        default=0, help_text="Counts every lease. Who comes back with an old number can change nothing."
    )

    created_at = InstantField()
    sent_at = InstantField(null=True, blank=True, help_text="When it first may have left this machine.")
    settled_at = InstantField(null=True, blank=True, help_text="When it was accepted, refused or given up.")

    class Meta:
        """Names and constraints, each with the rule that it serves."""

        app_label = "cme_xblock"
        verbose_name_plural = "deliveries"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # A credit is owed once per endpoint and revision, whoever calls outbox.owe how often (promise 7).
            models.UniqueConstraint(
                fields=["claim", "endpoint", "kind", "operation", "revision"], name="cme_delivery_owed_once"
            ),
            # The CreditID is how the receiver recognises a second sending, so two credits must never share one.
            models.UniqueConstraint(fields=["endpoint", "operation", "credit_id"], name="cme_delivery_credit_id"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The engine's one question, many times an hour: which rows in this state are due, oldest first? Settled
            # rows pile up for years; with the state first, the question never walks through them.
            models.Index(fields=["state", "next_attempt_at"], name="cme_delivery_due"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.credit_id or self.uuid} to {self.endpoint}: {self.state}"


class DeliveryAttempt(Record):
    """One row is one lease of one delivery and what came of it: a sending, or a question after an earlier sending.

    Append-only, written in the transaction that settles the lease. A sending whose worker was killed gets its row from
    the worker that finds it, with the outcome `lease_expired`; a question that was killed with its worker leaves a gap.

    .. no_pii: status codes and redacted excerpts.
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempt_log")
    number = models.PositiveBigIntegerField(help_text="The delivery's fence under which it was made.")
    action = models.CharField(max_length=10, help_text="send, or ask (for the status by CreditID).")
    started_at = InstantField()
    ended_at = InstantField()
    outcome = models.CharField(max_length=30)
    reason = models.CharField(max_length=50, blank=True, default="")
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    excerpt = models.CharField(max_length=500, blank=True, default="", help_text="Of the answer, identifiers removed.")

    class Meta(Record.Meta):
        """One row per lease."""

        app_label = "cme_xblock"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Two outcomes of one lease would mean that a stale worker settled; the log could not be believed.
            models.UniqueConstraint(fields=["delivery", "number"], name="cme_attempt_once_per_lease"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.number}: {self.outcome}"
