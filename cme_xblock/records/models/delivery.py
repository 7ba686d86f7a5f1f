"""What is owed to receivers: the outbox's rows, the log of every attempt to send them, and what persons decided.

These tables hold ids, states and reasons. They must never hold an identifier of a person: names, NPI, licence and
birthday stay in the vault and are read anew for each sending. `reporting/` writes here, and nobody else does.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from cme_xblock.records.models.base import InstantField, Pointer, Record
from cme_xblock.records.models.edition import Edition
from cme_xblock.records.models.participation import EntryRow, Participation, new_uuid


class Operation(models.TextChoices):
    """What the endpoint is asked to do. PARS knows no edit of a credit: delete, then add again (spec pars 1.6)."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"
    CLOSE = "close"


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
    CANCELLED = "cancelled"


class Delivery(models.Model):
    """One row is one thing owed to one endpoint: a credit, a fact of the ledger or an activity, to be told there.

    It is like a registered letter: the address and the number on it never change, its place on the way does. Only
    `reporting` changes a row, and only by conditional updates that name the state, the lease owner and the fence they
    saw; `save()` is for creation alone.

    What is sent is not kept here: it is rendered from the records and the vault at each sending, so that a withdrawn
    consent or a corrected licence number counts at once. What it is about is said twice: in `subject`, as a text that
    uniqueness is held by, and in the foreign keys, so that nothing can be owed that is not recorded.

    .. no_pii: ids, states and reasons; identifiers of the learner are stripped from every text before it is stored.
    """

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid, help_text="What reports, tasks and logs name")
    subject = models.CharField(
        max_length=100, help_text="claim:<uuid>, entry:<participation uuid>/<seq> or activity:<activity key>"
    )
    claim = models.ForeignKey(
        "cme_xblock.Claim", on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries"
    )
    entry = models.ForeignKey(EntryRow, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries")
    participation = models.ForeignKey(
        Participation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="deliveries",
        help_text="Whose it is; empty for an activity",
    )
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    activity_key = models.CharField(max_length=64, blank=True, default="", help_text="keys.activity_key")
    order_key = models.CharField(
        max_length=64,
        blank=True,
        default="",
        help_text="Rows of one endpoint with the same one go one after another; empty for a row that waits for none",
    )
    endpoint = models.CharField(max_length=50, help_text="The endpoint's name in the setting CME_ENDPOINTS.")
    kind = models.CharField(max_length=50, help_text="What of the subject: 'cme', 'moc-abim', an entry's kind …")
    operation = models.CharField(max_length=10, choices=Operation.choices, default=Operation.ADD)
    revision = models.PositiveSmallIntegerField(
        default=1, help_text="Counts up when a deleted credit is sent again, for its CreditID may not be reusable."
    )
    credit_id = models.CharField(
        max_length=300,
        null=True,
        blank=True,
        help_text="The key at the receiver (Endpoint.key); empty only while a setting for it is missing.",
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
            # A thing is owed once per endpoint and revision, whoever calls outbox.owe how often (promise 7).
            models.UniqueConstraint(
                fields=["endpoint", "subject", "kind", "operation", "revision"], name="cme_delivery_owed_once"
            ),
            # The key is how the receiver recognises a second sending, so two credits must never share one.
            models.UniqueConstraint(fields=["endpoint", "operation", "credit_id"], name="cme_delivery_credit_id"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The engine's one question, many times an hour: which rows of this endpoint and state are due, oldest
            # first? Settled rows pile up for years; with the state before the time, nobody walks through them. With the
            # primary key at its end, a hundred thousand that were owed at the same instant need not be sorted.
            models.Index(fields=["endpoint", "state", "next_attempt_at", "id"], name="cme_delivery_due"),
            # Is an earlier row of the same order still open, and which rows wait for this one?
            models.Index(fields=["endpoint", "order_key", "state"], name="cme_delivery_order"),
            # Whose worker is gone? Few rows are ever in that state.
            models.Index(fields=["state", "lease_until"], name="cme_delivery_leased"),
            # The course team's page and the deadlines of one activity.
            models.Index(fields=["activity_key", "state"], name="cme_delivery_activity"),
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
    batch = models.CharField(max_length=36, blank=True, default="", help_text="The same for all that left together.")
    batch_size = models.PositiveIntegerField(default=1)
    request = models.CharField(max_length=500, blank=True, default="", help_text="Its beginning, identifiers removed.")
    request_bytes = models.PositiveIntegerField(default=0)
    # Keyed: of a plain hash one could try all birthdays and see which one was sent.
    request_hash = models.CharField(max_length=64, blank=True, default="", help_text="leases.digest of what was sent")
    answer_hash = models.CharField(max_length=64, blank=True, default="", help_text="The same of the whole answer")

    class Meta(Record.Meta):
        """One row per lease."""

        app_label = "cme_xblock"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Two outcomes of one lease would mean that a stale worker settled; the log could not be believed.
            models.UniqueConstraint(fields=["delivery", "number"], name="cme_attempt_once_per_lease"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.number}: {self.outcome}"


class Decided(models.TextChoices):
    """What a person may decide."""

    PAUSE = "pause"
    RESUME = "resume"
    HOLD = "hold"
    REPLAY = "replay"
    CANCEL = "cancel"


class DeliveryDecision(Record):
    """One row is what one person decided about one delivery or, where `delivery` is empty, about a whole endpoint.

    .. pii: Who decided: an operator's name as the operator gave it, or the platform's user id.
    .. pii_types: name
    .. pii_retirement: retained
    """

    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    endpoint = models.CharField(max_length=50)
    action = models.CharField(max_length=10, choices=Decided.choices)
    by = models.CharField(max_length=255, help_text="Who answers for it")
    reason = models.CharField(max_length=500)
    before = models.CharField(max_length=10, blank=True, default="", help_text="The delivery's state before it.")
    at = InstantField()

    class Meta(Record.Meta):
        """Names and indexes."""

        app_label = "cme_xblock"
        indexes: ClassVar[list[models.Index]] = [
            # What was decided about an endpoint lately.
            models.Index(fields=["endpoint", "at"], name="cme_decision_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.endpoint}"


class EndpointControl(Pointer):
    """One row says whether an endpoint is paused, by whom and why: an endpoint stops at once, without a deployment.

    .. pii: As DeliveryDecision.
    .. pii_types: name
    .. pii_retirement: retained
    """

    endpoint = models.CharField(max_length=50, unique=True)
    paused = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True, default="")
    by = models.CharField(max_length=255, blank=True, default="")
    at = InstantField()

    def __str__(self) -> str:
        return f"{self.endpoint}: {'paused' if self.paused else 'running'}"


class EndpointGauge(models.Model):
    """One row is what all workers together know of one endpoint: how it answered of late, and what rate is left.

    Not a record: it can be deleted at any time, and is then built up again.

    .. no_pii:
    """

    endpoint = models.CharField(max_length=50, unique=True)
    failures = models.PositiveIntegerField(default=0, help_text="Exchanges in a row that found nobody able to answer.")
    trips = models.PositiveIntegerField(default=0, help_text="How often in a row the breaker opened.")
    open_until = InstantField(null=True, blank=True, help_text="Nothing is sent before; then one probe.")
    probe_until = InstantField(null=True, blank=True, help_text="A worker is probing until then.")
    full_at = InstantField(null=True, blank=True, help_text="When the rate's bucket is full again.")
    told = models.CharField(max_length=255, blank=True, default="", help_text="Of which troubles the staff was told.")
    told_at = InstantField(null=True, blank=True)
    version = models.PositiveBigIntegerField(default=0, help_text="Counts changes; each is made by compare-and-swap.")

    def __str__(self) -> str:
        return self.endpoint


class EndpointSlot(models.Model):
    """One row is one place to send from: an endpoint with a concurrency of four has four of them.

    A worker takes a place for a while and gives it back; that of a killed worker is free when its time is over.

    .. no_pii:
    """

    endpoint = models.CharField(max_length=50)
    number = models.PositiveSmallIntegerField()
    owner = models.CharField(max_length=100, blank=True, default="")
    until = InstantField(null=True, blank=True)

    class Meta:
        """Each place once."""

        app_label = "cme_xblock"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["endpoint", "number"], name="cme_slot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.number}"
