"""The disclosure desk's tables: people in control of content, their dossiers, and the links that were sent to them.

Evidence for an accreditor, no author's data: an activity holds its own copy of a disclosure and is complete without
these rows. People in control are not learners, so no account and no retirement of one reaches them; what is kept, and
how long, is docs/how-to/disclosures.md and `records/desk_purge.py`.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import models

from cme_xblock.records.models.base import InstantField, Record, RecordQuerySet
from cme_xblock.records.models.participation import new_uuid
from cme_xblock.rules.desk.chain import GENESIS


class DeskPersonQuerySet(models.QuerySet["DeskPerson"]):
    """Reads people, and moves the heads of their chains in the one way that loses nothing."""

    def touch(self, pk: int) -> bool:
        """Take the write lock on that row by an update that changes nothing; False where it is not there.

        For databases without SELECT … FOR UPDATE (see `ParticipationQuerySet.touch`).
        """
        return bool(self.filter(pk=pk).update(head_seq=models.F("head_seq")))

    def move_head(self, pk: int, *, expected: int, seq: int, sha256: str) -> bool:
        """Set the head to the entry `seq`, if it still is `expected`. False where another entry came first."""
        return self.filter(pk=pk, head_seq=expected).update(head_seq=seq, head_hash=sha256) == 1


class DeskPerson(models.Model):
    """One person in control of content, at one provider: the owner of one chain of entries.

    Two providers who know the same person have two rows, which know nothing of each other. Address and language may be
    corrected; everything that is evidence stands in the entries. Deleted by `desk_purge` alone, six years after the
    last use.

    .. pii: The name and e-mail address of somebody in control of content, as the provider's staff wrote them.
    .. pii_types: name, email_address
    .. pii_retirement: retained
    """

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid)
    provider_key = models.CharField(max_length=64, help_text="keys.provider_key")
    provider_name = models.CharField(max_length=255, help_text="As it is called in mails and on the form")
    # One row for one address at one provider, however many staff invite at once; random without an address.
    key = models.CharField(max_length=64, unique=True, help_text="keys.desk_key")
    name = models.CharField(max_length=255, help_text="A copy of the last entry `named`, to sort and search by")
    email = models.CharField(max_length=254, blank=True, default="")
    language = models.CharField(max_length=32, blank=True, default="", help_text="In which the form is sent")
    disclosed_on = models.DateField(null=True, help_text="Of the current disclosure: what the home page counts by")
    standing = models.CharField(max_length=16, blank=True, default="", help_text="What desk_list.refresh computed")
    standing_seq = models.PositiveIntegerField(default=0, help_text="The last entry's number when it was computed")
    head_seq = models.PositiveIntegerField(default=0, help_text="The last entry's number; 0 before the first")
    head_hash = models.CharField(max_length=64, default=GENESIS, help_text="The last entry's hash")
    created_at = InstantField()

    objects = models.Manager.from_queryset(DeskPersonQuerySet)()

    class Meta:
        """Indexes, each with what it serves."""

        default_permissions = ()
        indexes = [
            # The desk's list, by name, of one provider alone.
            models.Index(fields=["provider_key", "name"], name="cme_desk_person_provider"),
            # What lapses, of one provider.
            models.Index(fields=["provider_key", "disclosed_on"], name="cme_desk_person_lapsing"),
        ]

    def __str__(self) -> str:
        return self.uuid


class DeskEntry(Record):
    """One fact in one person's dossier; the row behind `rules.desk.chain.Entry`. Never changed.

    Codes, dates and numbers; what was said in words lies on a `DeskSheet`, of which `facts` has the salted hash.

    .. pii: Which member of the staff decided what; that somebody disclosed, by the person's number.
    .. pii_types: username, other
    .. pii_retirement: retained
    """

    person = models.ForeignKey(DeskPerson, on_delete=models.PROTECT, related_name="entries")
    seq = models.PositiveIntegerField(help_text="1, 2, 3 … without a gap")
    kind = models.CharField(max_length=32)
    by = models.CharField(max_length=255, help_text="The account's name of the staff, or `person`")
    at = InstantField()
    facts = models.TextField(help_text="RFC 8785 JSON. Text: the bytes are what the hash is of")
    prev = models.CharField(max_length=64, help_text="The hash of the entry before; 64 zeros at the first")
    hash = models.CharField(max_length=64)

    class Meta(Record.Meta):
        """Constraints, each with what it serves."""

        default_permissions = ()
        constraints = [
            # The chain has no forks, whatever the program does; also the index that a reading walks.
            models.UniqueConstraint(fields=["person", "seq"], name="cme_desk_entry_seq"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}/{self.seq} {self.kind}"


class DeskSheetQuerySet(RecordQuerySet["DeskSheet"]):
    """Reads sheets, and forgets their words when their time is over."""

    def forget(self, sheets: Collection[int]) -> int:
        """Take words and salt out of these; for `desk_purge` alone. How many had some."""
        return models.QuerySet.update(self.filter(pk__in=sheets).exclude(salt=""), words="", salt="")


class DeskSheet(Record):
    """What somebody wrote: a person's disclosure, a name, a note of the staff. Of one entry, which has its hash.

    Not encrypted: it is evidence that nobody can give again, and a lost key would lose it (docs/decisions/0036).
    `number` is a disclosure's evidence number; `key` finds it, and is the sheet's own number for other sheets.

    .. pii: Names, companies and relationships of a person in control of content, in their own words.
    .. pii_types: name, other
    .. pii_retirement: retained
    """

    entry = models.OneToOneField(DeskEntry, on_delete=models.PROTECT, related_name="sheet")
    uuid = models.CharField(max_length=36, unique=True, default=new_uuid)
    # An evidence number is given once.
    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the evidence number, or of the uuid")
    number = models.CharField(max_length=24, blank=True, default="")
    salt = models.CharField(max_length=64, help_text="Empty when the words are forgotten")
    words = models.TextField(help_text="RFC 8785 JSON")

    objects = models.Manager.from_queryset(DeskSheetQuerySet)()  # type: ignore[misc]  # narrower than the base's

    class Meta(Record.Meta):
        """No permissions of its own."""

        default_permissions = ()

    def __str__(self) -> str:
        return self.number or self.uuid


class DeskInvitation(models.Model):
    """One link that was sent to one person, with the draft of what they have typed so far.

    The link itself is not kept: it is this row's number and end, signed, so that a dump of the table opens nothing and
    a reminder can be made again. Answered or withdrawn once; then it opens nothing, and the draft is gone.

    .. pii: What a person in control of content has typed and not given yet; emptied when it is given or over.
    .. pii_types: name, other
    .. pii_retirement: retained
    """

    class State(models.TextChoices):
        """`open` until it is answered, withdrawn by the staff, or in place of it another one was sent."""

        OPEN = "open"
        ANSWERED = "answered"
        WITHDRAWN = "withdrawn"

    class Mail(models.TextChoices):
        """`marked` and `unknown`: it may have left. `failed`: it surely did not. `none`: the staff pass the link on."""

        NONE = "none"
        MARKED = "marked"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown"

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid)
    person = models.ForeignKey(DeskPerson, on_delete=models.PROTECT, related_name="invitations")
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    mail = models.CharField(max_length=16, choices=Mail.choices, default=Mail.NONE)
    sent_at = InstantField()
    expires_at = InstantField(help_text="The first moment at which it opens nothing any more")
    answered_at = InstantField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    reminded_at = InstantField(null=True, blank=True)
    draft = models.TextField(blank=True, default="", help_text="JSON of the form's fields")

    class Meta:
        """Indexes, each with what it serves."""

        default_permissions = ()
        indexes = [
            # What is to be reminded of today.
            models.Index(fields=["state", "expires_at"], name="cme_desk_invitation_open"),
        ]

    def __str__(self) -> str:
        return self.uuid
