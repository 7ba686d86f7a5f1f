"""What keeps records beyond their time, what let them go, and the audit files that were made of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from cme_xblock.participation.entries import GENESIS
from cme_xblock.records.models.base import InstantField, Record
from cme_xblock.records.models.participation import new_uuid


class LegalHold(Record):
    """One person's order that no record of an activity, a provider or a learner may be purged. Never changed.

    It keeps participations, entries, claims, deliveries and dossiers. It does not stop the retirement of an account,
    which takes identifiers and free text with it, nor the purge of identifiers (docs/decisions/0041). It holds until a
    LegalHoldLift names it. What it holds is in LegalHoldSubject, because a learner's key changes when
    the account is retired, and the hold goes on. Source: spec R-6.5 (records for legal claims).

    .. pii: Who ordered it: the id of a member of staff, as the host gives it.
    .. pii_types: id
    .. pii_retirement: retained
    """

    class Scope(models.TextChoices):
        """Whose records stay."""

        ACTIVITY = "activity"
        PROVIDER = "provider"
        LEARNER = "learner"

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid)
    scope = models.CharField(max_length=10, choices=Scope.choices)
    # One learner may have credit of several providers, each with a case of its own.
    office = models.CharField(
        max_length=64, blank=True, default="", help_text="keys.provider_key of whose office placed it; empty: operator"
    )
    # Not of a learner: the reason says which case it is.
    name = models.CharField(max_length=255, blank=True, default="", help_text="The activity's or provider's name")
    by = models.CharField(max_length=255, help_text="Who answers for it")
    reason = models.CharField(max_length=500)
    at = InstantField()

    def __str__(self) -> str:
        return f"{self.scope} {self.uuid}"


class LegalHoldSubject(models.Model):
    """One thing that a hold is on. Retirement of a learner puts the keys of the sealed participations in its place.

    .. pii: That there is a hold on a learner's records, by a key made of the learner's id.
    .. pii_types: id
    .. pii_retirement: local_api
    """

    hold = models.ForeignKey(LegalHold, on_delete=models.PROTECT, related_name="subjects")
    key = models.CharField(max_length=64, help_text="keys.activity_key, provider_key or learner_key")

    class Meta:
        """Constraints, each with what it serves."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            # The purge asks for the subjects of a page of participations; each stands under a hold once.
            models.UniqueConstraint(fields=["key", "hold"], name="cme_hold_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.hold_id} {self.key[:12]}"


class LegalHoldLift(Record):
    """One person's word that a hold is over. Never changed; a new need is a new hold.

    .. pii: Who lifted it: the id of a member of staff, as the host gives it.
    .. pii_types: id
    .. pii_retirement: retained
    """

    # A hold is lifted once.
    hold = models.OneToOneField(LegalHold, on_delete=models.PROTECT, related_name="lift")
    by = models.CharField(max_length=255, help_text="Who answers for it")
    reason = models.CharField(max_length=500)
    at = InstantField()

    def __str__(self) -> str:
        return f"lifts {self.hold_id}"


class DeletionCertificate(Record):
    """What was deleted in one step: of which kinds how many, under which rule, and the hashes of what is gone.

    It names nobody. Certificates are a chain like a ledger, and are anchored with the others, so that nobody can write
    one afterwards for rows that just vanished. Only `records.deletion` writes one, in the transaction that deletes.

    .. no_pii:
    """

    seq = models.PositiveBigIntegerField(unique=True, help_text="1, 2, 3 … without a gap")
    at = InstantField()
    facts = models.TextField(help_text="RFC 8785 JSON: reason, rule, activity_key, counts, last_day, chains")
    prev = models.CharField(max_length=64, default=GENESIS)
    hash = models.CharField(max_length=64, help_text="deletion.fingerprint: of all of the above")
    key_id = models.CharField(max_length=64, blank=True, default="", help_text="Which of CME_EVIDENCE_KEYS signed")
    signature = models.CharField(max_length=100, blank=True, default="", help_text="Of the hash, in base64url")

    def __str__(self) -> str:
        return f"{self.seq}"


class DeletedChain(Record):
    """One participation that is gone, by the hash of its number, and where its chain ended: what an anchor asks for.

    .. no_pii: The number was random, and names nobody any more.
    """

    certificate = models.ForeignKey(DeletionCertificate, on_delete=models.PROTECT, related_name="chains")
    # Deleted once.
    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the participation's uuid")
    head_seq = models.PositiveIntegerField()
    head_hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.key[:12]} {self.head_seq}"


class AuditFile(models.Model):
    """One audit file of one activity: asked for, being made, or made. The file itself is `AuditPiece` rows.

    Not a record: it can be made again of the records. Its pieces go after CME_AUDIT_FILE_DAYS, or when one of its
    learners is retired; this row stays, as the list of what was made.

    .. pii: Who asked for it: the id of a member of staff or of a surveyor, as the host gives it.
    .. pii_types: id
    .. pii_retirement: retained
    """

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting"
        WORKING = "working"
        DONE = "done"
        FAILED = "failed"
        EXPIRED = "expired"

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid)
    activity_key = models.CharField(max_length=64, help_text="keys.activity_key")
    by = models.CharField(max_length=255, help_text="Who asked, as the host gives it")
    reason = models.CharField(max_length=500)
    asked_at = InstantField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    begun_at = InstantField(null=True, blank=True, help_text="When a worker last took it, or was last seen at it")
    done_at = InstantField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0, help_text="Learners written so far")
    learners = models.PositiveIntegerField(default=0, help_text="Of how many")
    missing = models.PositiveIntegerField(default=0, help_text="Elements that are not there")
    size = models.PositiveBigIntegerField(default=0, help_text="In bytes")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    detail = models.CharField(max_length=500, blank=True, default="", help_text="Why it failed")

    class Meta:
        """Indexes, each with what it serves."""

        indexes: ClassVar[list[models.Index]] = [
            # The list on an activity's page, newest first.
            models.Index(fields=["activity_key", "id"], name="cme_audit_activity"),
            # What a worker takes next.
            models.Index(fields=["state", "id"], name="cme_audit_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.uuid} {self.state}"


class AuditPiece(models.Model):
    """A piece of an audit file, at most a megabyte. In the database, because web and worker share no folder.

    .. pii: Names as certified, answers and claims of learners, for some days.
    .. pii_types: name, other
    .. pii_retirement: local_api
    """

    file = models.ForeignKey(AuditFile, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField(help_text="1, 2, 3 …")
    content = models.BinaryField()

    class Meta:
        """Constraints, each with what it serves."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            # A file is read piece by piece in their order; two workers can't both have written it.
            models.UniqueConstraint(fields=["file", "number"], name="cme_audit_piece"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.number}"
