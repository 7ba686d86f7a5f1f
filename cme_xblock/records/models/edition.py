"""Editions: what an activity said, kept word for word."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.base import InstantField, Pointer, Record


class Edition(Record):
    """One activity in one course as learners saw it: the whole description, in canonical form, never changed.

    Like a commit: named by the hash of its content. The same content in a re-run of the course is a row of its own,
    because a record belongs to the course in which somebody learned.

    There is no foreign key to a course: a course can be deleted, what was taught in it cannot.

    .. no_pii:
    """

    course_key = models.CharField(max_length=255)
    activity_id = models.CharField(max_length=255)
    activity_key = models.CharField(max_length=64, help_text="keys.activity_key of the two above")
    sha256 = models.CharField(max_length=64, help_text="Of the canonical text's bytes")
    canonical = models.TextField(help_text="RFC 8785 JSON. Text, not a JSON column: the bytes are what the hash is of")
    recorded_at = InstantField()

    class Meta(Record.Meta):
        """Constraints and indexes, each with what it serves."""

        constraints = [
            # Sixteen first views of a new edition record it once.
            models.UniqueConstraint(fields=["activity_key", "sha256"], name="cme_edition_once"),
        ]
        indexes = [
            # editions.load finds by content alone.
            models.Index(fields=["sha256"], name="cme_edition_sha"),
        ]

    def __str__(self) -> str:
        return f"{self.activity_id} {self.sha256[:12]}"


class PublishedEdition(Pointer):
    """One activity's current edition: the pointer that publishing moves. Changed by `editions.publish` alone.

    .. no_pii:
    """

    # One pointer for each activity: the constraint that lets two publishers race.
    activity_key = models.CharField(max_length=64, unique=True)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=255, help_text="The block that describes the activity, as `type@block_id`")
    at = InstantField()

    def __str__(self) -> str:
        return f"{self.activity_key[:12]} -> {self.edition_id}"
