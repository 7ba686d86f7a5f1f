"""Exports: files that are made in the background, what is kept of them for some days, and what is asked for again."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.base import InstantField
from cme_xblock.records.models.participation import new_uuid


class SavedExport(models.Model):
    """One export as somebody wants it again: its name and filters, and where it goes by itself, if anywhere.

    Its owner may change and delete it. What it makes is made with the permissions that the owner has at that time.

    .. pii: The id and the account's name of the member of staff whose it is.
    .. pii_types: id, username
    .. pii_retirement: retained
    """

    class Every(models.TextChoices):
        """How often it goes by itself."""

        NEVER = ""
        DAY = "day"
        WEEK = "week"
        MONTH = "month"

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid)
    name = models.CharField(max_length=100)
    provider_key = models.CharField(max_length=64, help_text="keys.provider_key")
    definition = models.TextField(help_text="JSON: console.exports.definition")
    reader_id = models.CharField(max_length=255, help_text="Whose it is, as the host gives the id")
    reader_name = models.CharField(max_length=255)
    why = models.CharField(max_length=500, help_text="What for; stands in the access log each time")
    every = models.CharField(max_length=8, choices=Every.choices, blank=True, default=Every.NEVER)
    folder = models.CharField(
        max_length=50, blank=True, default="", help_text="A name in CME_EXPORT_FOLDERS; empty for a mail with a link"
    )
    next_at = InstantField(null=True, blank=True, help_text="When it goes next; empty where it does not by itself")
    last_at = InstantField(null=True, blank=True)
    trouble = models.CharField(max_length=500, blank=True, default="", help_text="Why the last time failed")
    created_at = InstantField()

    class Meta:
        """Indexes, each with what it serves."""

        default_permissions = ()
        indexes = [
            # Which are due? Asked by every run of cme_export.
            models.Index(fields=["next_at"], name="cme_saved_export_due"),
            # Mine, on the page of exports.
            models.Index(fields=["reader_id", "provider_key"], name="cme_saved_export_mine"),
        ]

    def __str__(self) -> str:
        return self.uuid


class ExportJob(models.Model):
    """One export: what was asked for, how far it is, and until when its file is kept. Its file is `ExportPart` rows.

    A worker holds it by lease and fence, as a delivery. Each step writes rows of the file and the place from which to
    go on in one transaction, so that a killed worker's successor neither repeats nor leaves out a row. When the time
    is over the file goes and this row stays for a while, as the list of what left.

    .. pii: The id and the account's name of the member of staff who asked, and why.
    .. pii_types: id, username
    .. pii_retirement: retained
    """

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid, help_text="What addresses and tasks name")
    provider_key = models.CharField(max_length=64, help_text="keys.provider_key")
    kind = models.CharField(max_length=64, help_text="A set of rows, or endpoint:<name>")
    form = models.CharField(max_length=16, help_text="csv, csv_bom, xlsx, jsonl, or the endpoint's own")
    definition = models.TextField(help_text="JSON: console.exports.definition")
    activities = models.TextField(help_text="JSON: the keys of the activities that are in it, as they were permitted")
    identified = models.BooleanField(help_text="Whether its rows are about single learners")
    saved = models.ForeignKey(SavedExport, on_delete=models.SET_NULL, null=True, blank=True, related_name="jobs")
    folder = models.CharField(max_length=50, blank=True, default="", help_text="Where it is put besides, by name")

    reader_id = models.CharField(max_length=255)
    reader_name = models.CharField(max_length=255)
    role = models.CharField(max_length=32, help_text="By which role it was permitted")
    why = models.CharField(max_length=500)

    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    trouble = models.CharField(max_length=500, blank=True, default="", help_text="Why it failed, and what to do")
    total = models.PositiveBigIntegerField(default=0, help_text="Participations to pass")
    done = models.PositiveBigIntegerField(default=0, help_text="Participations passed")
    rows = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the file so far")
    parts = models.PositiveIntegerField(default=0)
    place = models.TextField(default="{}", help_text="JSON: where the next page begins, and the writer's state")
    secret = models.CharField(
        max_length=64, blank=True, default="", help_text="Half of the key of pseudonyms; gone when the file is made"
    )
    last = models.PositiveBigIntegerField(default=0, help_text="The highest participation when it began")
    sha256 = models.CharField(max_length=64, blank=True, default="", help_text="Of the file, when it is made")
    downloads = models.PositiveIntegerField(default=0)

    lease_owner = models.CharField(max_length=100, blank=True, default="")
    lease_until = InstantField(null=True, blank=True)
    fence = models.PositiveBigIntegerField(default=0, help_text="Counts every lease")
    starts = models.PositiveIntegerField(default=0, help_text="How many workers began or took over")

    created_at = InstantField()
    finished_at = InstantField(null=True, blank=True)
    expires_at = InstantField(help_text="When the file goes, whatever its state")

    class Meta:
        """Indexes, each with what it serves."""

        default_permissions = ()
        indexes = [
            # What is there to do, the oldest first, and whose worker is gone?
            models.Index(fields=["state", "created_at"], name="cme_export_work"),
            # The list on the page of exports.
            models.Index(fields=["provider_key", "created_at"], name="cme_export_list"),
            # Whose time is over?
            models.Index(fields=["expires_at"], name="cme_export_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.uuid} {self.state}"


class ExportPart(models.Model):
    """One piece of an export's file, in order. Deleted when the file's time is over, or a learner in it is retired.

    .. pii: What was exported: names, answers, credit.
    .. pii_types: id, name, other
    .. pii_retirement: local_api
    """

    job = models.ForeignKey(ExportJob, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField(help_text="1, 2, 3 … without a gap")
    packed = models.BooleanField(help_text="Whether the content is compressed once more (zlib)")
    content = models.BinaryField()

    class Meta:
        """Constraints, each with what it serves."""

        default_permissions = ()
        constraints = [
            # Two workers can never both have written a piece; also the index that a download walks.
            models.UniqueConstraint(fields=["job", "number"], name="cme_export_piece_once"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.number}"


class ApiToken(models.Model):
    """One key to the REST API: of one person, for one provider, with scopes, until a day. Only its hash is kept.

    .. pii: The id and the account's name of the member of staff whose it is.
    .. pii_types: id, username
    .. pii_retirement: retained
    """

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid, help_text="What pages and the log name")
    # 256 random bits need no slow hash.
    sha256 = models.CharField(max_length=64, unique=True, help_text="Of the token as it was shown once")
    hint = models.CharField(max_length=8, help_text="Its last characters, to tell it from others")
    name = models.CharField(max_length=100)
    provider_key = models.CharField(max_length=64, help_text="keys.provider_key: the only provider it reads")
    scopes = models.CharField(max_length=255, help_text="Names of console.api.scopes, with spaces between")
    reader_id = models.CharField(max_length=255, help_text="Whose it is; it can do no more than this person")
    reader_name = models.CharField(max_length=255)
    created_at = InstantField()
    expires_at = InstantField()
    last_used_at = InstantField(null=True, blank=True)
    revoked_at = InstantField(null=True, blank=True)
    revoked_by = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        """Indexes, each with what it serves."""

        default_permissions = ()
        indexes = [
            # The list of a provider's tokens.
            models.Index(fields=["provider_key", "created_at"], name="cme_token_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.name} …{self.hint}"
