"""Who looked at what, and whom a provider has let in for a time."""

from __future__ import annotations

from django.db import models

from cme_xblock.participation.entries import GENESIS
from cme_xblock.records.models.base import InstantField, Pointer, Record
from cme_xblock.records.models.participation import new_uuid


class AccessChain(Pointer):
    """The end of one chain of access entries: one chain for each provider, and one for what belongs to none.

    Like a participation's head: a chain cut at its end shows, because the head still names what is gone. Moved by
    `records.access_log` alone.

    .. no_pii:
    """

    # One chain for each provider, however many first reads come at once.
    name = models.CharField(max_length=64, unique=True, help_text="keys.provider_key, or `site`")
    head_seq = models.PositiveBigIntegerField(default=0)
    head_hash = models.CharField(max_length=64, default=GENESIS)

    def __str__(self) -> str:
        return f"{self.name[:12]} {self.head_seq}"


class AccessEntry(Record):
    """One read, export or decision about identified people: who, what, of how many, why and when. Never changed.

    It names a learner by the participation's number at most, and holds no search text, which would be a name.

    .. pii: The id and the account's name of the member of staff who looked. Kept as evidence of the look.
    .. pii_types: id, username
    .. pii_retirement: retained
    """

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid)
    chain = models.ForeignKey(AccessChain, on_delete=models.PROTECT, related_name="entries")
    seq = models.PositiveBigIntegerField(help_text="1, 2, 3 … in its chain without a gap")
    at = InstantField()
    reader_id = models.CharField(max_length=255, help_text="As the host gives it")
    reader_name = models.CharField(max_length=255, help_text="The account's name at that time")
    role = models.CharField(max_length=32, help_text="By which role it was permitted")
    what = models.CharField(max_length=100, help_text="A stable code, as in participants, ledger, export:claims")
    course_key = models.CharField(max_length=255, blank=True, default="")
    activity_key = models.CharField(max_length=64, blank=True, default="")
    subject = models.CharField(
        max_length=100, blank=True, default="", help_text="A participation's uuid, or empty"
    )
    count = models.PositiveIntegerField(help_text="How many people were in it")
    why = models.CharField(max_length=500, help_text="The purpose of the page, or the reason that was given")
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, help_text="access_log.fingerprint")

    class Meta(Record.Meta):
        """Constraints and indexes, each with what it serves."""

        constraints = [
            # The chain has no forks; also the index that a reading of it walks.
            models.UniqueConstraint(fields=["chain", "seq"], name="cme_access_seq"),
        ]
        indexes = [
            # Who looked at this activity.
            models.Index(fields=["activity_key"], name="cme_access_activity"),
            # Who looked at this person.
            models.Index(fields=["subject"], name="cme_access_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.seq} {self.what}"


class SurveyorGrant(models.Model):
    """One surveyor's leave to read one activity until a moment. Several activities are several rows.

    Only its end changes, once: when somebody takes it back. The row stays, for it says who could see what.

    .. pii: The id and the account's name of a surveyor and of who let them in. Kept as evidence.
    .. pii_types: id, username
    .. pii_retirement: retained
    """

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid)
    reader_id = models.CharField(max_length=255, help_text="The surveyor, as the host gives the id")
    reader_name = models.CharField(max_length=255)
    activity_key = models.CharField(max_length=64)
    since = InstantField()
    until = InstantField(help_text="The first moment at which it does not hold any more")
    granted_by = models.CharField(max_length=255, help_text="The id of the administrator")
    granted_at = InstantField()
    why = models.CharField(max_length=500)
    ended_at = InstantField(null=True, blank=True, help_text="Taken back before its time")
    ended_by = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        """Indexes, each with what it serves."""

        default_permissions = ()
        indexes = [
            # What may this surveyor read? Asked at each page.
            models.Index(fields=["reader_id", "until"], name="cme_grant_reader"),
            # Who has been let in here?
            models.Index(fields=["activity_key"], name="cme_grant_activity"),
        ]

    def __str__(self) -> str:
        return self.uuid
