"""What a provider measured outside of the activity: performance in practice, and patients' health."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.base import InstantField, Record
from cme_xblock.records.models.edition import Edition
from cme_xblock.records.models.participation import new_uuid


class PerformanceData(Record):
    """One file of measures that somebody brought for one activity, for Moore's levels 5 and 6. Evidence, never changed.

    It says who brought it, when, from which source, and which edition was published then. A later file may stand in its
    place (`replaces`); one without rows takes it back. Nobody's own data: a row is a measure of a group.
    Source: spec 5.1.

    .. pii: The name of the member of staff who brought it.
    .. pii_types: name
    .. pii_retirement: retained
    """

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid)
    activity_key = models.CharField(max_length=64)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", help_text="Published at that time")
    level = models.CharField(max_length=2, help_text="Moore's level: 5 or 6")
    source = models.CharField(max_length=255, help_text="Where the numbers are from, as the provider says")
    period = models.CharField(max_length=255, blank=True, default="", help_text="What before and after mean")
    brought_by = models.CharField(max_length=255)
    at = InstantField()
    measures = models.TextField(help_text="JSON: outcomes.performance; empty list where it takes another back")
    sha256 = models.CharField(max_length=64, help_text="Of the file's bytes")
    replaces = models.CharField(max_length=36, blank=True, default="", help_text="uuid of the one that it stands for")
    reason = models.TextField(blank=True, default="", help_text="Why it replaces that one")

    class Meta(Record.Meta):
        """Indexes, each with what it serves."""

        indexes = [
            # The report on one activity.
            models.Index(fields=["activity_key"], name="cme_performance_activity"),
        ]

    def __str__(self) -> str:
        return f"{self.uuid} (level {self.level})"
