"""Participations and their entries: what a learner did, in the order in which it was done."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import models

from cme_xblock.participation.entries import GENESIS
from cme_xblock.records import keys
from cme_xblock.records.models.base import InstantField, Record, RecordQuerySet
from cme_xblock.records.models.edition import Edition


def new_uuid() -> str:
    """A random UUID as text: a UUID column changes its type on MariaDB with Django 5, text never does."""
    return str(uuid.uuid4())


class ParticipationQuerySet(RecordQuerySet["Participation"]):
    """Reads participations, and moves their heads in the one way that loses nothing."""

    def touch(self, key: str) -> bool:
        """Take the write lock on that participation by an update that changes nothing; False where it is not there.

        For databases without SELECT … FOR UPDATE: a transaction that reads first and writes later is thrown out there
        when another one wrote in between, one that writes first waits its turn.
        """
        return bool(models.QuerySet.update(self.filter(key=key), head_seq=models.F("head_seq")))

    def move_head(self, participation_id: int, *, expected: int, seq: int, sha256: str) -> bool:
        """Set the head to the entry `seq`, if it still is `expected`. False where another entry came first."""
        head = self.filter(pk=participation_id, head_seq=expected)
        return models.QuerySet.update(head, head_seq=seq, head_hash=sha256) == 1

    def sever(self, participation: Participation, *, token: str, at: datetime) -> bool:
        """Take the learner's id out of that participation and put `token` in its place; False where it was done before.

        The one change that retirement makes (docs/decisions/0016); for `records.retirement` alone. All that is derived
        from the id goes with it: a hash of a small number is as good as the number.
        """
        row = self.filter(pk=participation.pk, key=participation.key, sealed_at=None)
        return bool(
            models.QuerySet.update(
                row,
                learner_id=token,
                learner_key=keys.learner_key(token),
                key=keys.participation_key(participation.course_key, participation.activity_id, token),
                sealed_at=at,
            )
        )

    def mark(self, participation_id: int, *, is_test: bool) -> bool:
        """Say whether that participation is a test; only in the transaction of the entry that says so."""
        return models.QuerySet.update(self.filter(pk=participation_id), is_test=is_test) == 1

    def ensure(self, participation: Participation, *, using_target: bool) -> None:
        """Insert it or, where another transaction did first, lock that one: a single statement on every database.

        `using_target`: whether the database wants the conflicting column named; MySQL refuses that, others ask for it.
        """
        models.QuerySet.bulk_create(
            self,
            [participation],
            update_conflicts=True,
            update_fields=["key"],
            unique_fields=["key"] if using_target else None,
        )


class Participation(Record):
    """One learner in one activity: the owner of one chain of entries.

    The head changes, by compare-and-swap in `ledger.append`, and `is_test` with the entry that says so; everything else
    stays as it was at the first entry.
    There is no foreign key to the user table: the record outlives the account. Retirement replaces the learner's id,
    and the two keys made of it, by a random token, once, and thereby seals the participation.

    .. pii: The learner's id on the platform, until retirement; everything else is about the activity.
    .. pii_types: id
    .. pii_retirement: local_api
    """

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid, help_text="What reports and exports show")
    # One participation per learner and activity, however many requests create it at once.
    key = models.CharField(max_length=64, unique=True, help_text="keys.participation_key")
    course_key = models.CharField(max_length=255)
    activity_id = models.CharField(max_length=255)
    learner_id = models.CharField(max_length=255, help_text="As the host gives it: a string, never a foreign key")
    activity_key = models.CharField(max_length=64)
    learner_key = models.CharField(max_length=64)
    head_seq = models.PositiveIntegerField(default=0, help_text="The last entry's number; 0 before the first")
    head_hash = models.CharField(max_length=64, default=GENESIS, help_text="The last entry's hash")
    started_at = InstantField()
    sealed_at = InstantField(null=True, blank=True, help_text="When the account was retired; for audits only since")
    is_test = models.BooleanField(default=False, help_text="As its last entry of kind test_marked says; counts nowhere")

    objects = models.Manager.from_queryset(ParticipationQuerySet)()  # type: ignore[misc]  # narrower than the base's

    # The rows of the entries that this object was just written with, for what is written together with them.
    just_written: Sequence[EntryRow] = ()

    class Meta(Record.Meta):
        """Constraints and indexes, each with what it serves."""

        indexes = [
            # The console's list of one activity's learners.
            models.Index(fields=["activity_key"], name="cme_participation_activity"),
            # One learner's transcript and retirement.
            models.Index(fields=["learner_key"], name="cme_participation_learner"),
        ]

    def __str__(self) -> str:
        return self.uuid

    def refresh_head(self, *, seq: int, sha256: str) -> None:
        """Carry a moved head over to this object, which stands for the row."""
        self.head_seq, self.head_hash = seq, sha256


class EntryRow(Record):
    """One fact in one participation's ledger; the row behind `participation.entries.Entry`. Never changed or deleted.

    .. pii: What a learner answered and claimed, by the participation's number.
    .. pii_types: other
    .. pii_retirement: retained
    """

    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="entries")
    seq = models.PositiveIntegerField(help_text="1, 2, 3 … without a gap")
    kind = models.CharField(max_length=64)
    # A foreign key, so that no entry can be stored without the edition that it answers.
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    payload = models.TextField(help_text="RFC 8785 JSON. Text, not a JSON column: the bytes are what the hash is of")
    at = InstantField()
    prev = models.CharField(max_length=64, help_text="The hash of the entry before; 64 zeros at the first")
    hash = models.CharField(max_length=64)

    class Meta(Record.Meta):
        """Constraints and indexes, each with what it serves."""

        constraints = [
            # The chain has no forks, whatever the program does; also the index that ledger.read walks.
            models.UniqueConstraint(fields=["participation", "seq"], name="cme_entry_seq"),
        ]

    def __str__(self) -> str:
        return f"{self.participation_id}/{self.seq} {self.kind}"
