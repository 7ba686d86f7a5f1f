"""First attempts, counted once: what outcomes are computed from, so that a report need not read every entry again."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.edition import Edition
from cme_xblock.records.models.participation import Participation


class Attempts(models.Model):
    """What the report counts of one participation: the columns of both tables, so that they stay the same."""

    activity_key = models.CharField(max_length=64)
    reached = models.PositiveIntegerField(help_text="How far the learner came: bits of outcomes.marks.Reached")
    profession = models.CharField(max_length=64, blank=True, default="", help_text="As claimed; empty before a claim")
    before_edition = models.ForeignKey(Edition, null=True, on_delete=models.PROTECT, related_name="+")
    before = models.TextField(blank=True, default="", help_text="A mark for each scored baseline item: 1, 0 or -")
    after_edition = models.ForeignKey(Edition, null=True, on_delete=models.PROTECT, related_name="+")
    after = models.TextField(blank=True, default="", help_text="A mark for each scored assessment item: 1, 0 or -")
    later_edition = models.ForeignKey(Edition, null=True, on_delete=models.PROTECT, related_name="+")
    later = models.TextField(blank=True, default="", help_text="The same items at the retention check: 1, 0 or -")
    before_sure = models.TextField(blank=True, default="", help_text="How sure of each baseline item: 1 to 9, or -")
    after_sure = models.TextField(blank=True, default="", help_text="How sure of each assessment item: 1 to 9, or -")
    practice = models.CharField(
        max_length=150, blank=True, default="", help_text="PracticeFacts in their order, with | between them"
    )

    class Meta:
        """No table of its own."""

        abstract = True


class FirstAttempts(Attempts):
    """One participation's first baseline and first assessment, as marks in the order of their edition's scored items.

    No record: it says nothing that the entries do not say, and can be deleted and made again at any time
    (`outcomes.refresh`). `seen_seq` says up to which entry it is true.

    .. pii: Which answers were right, by the participation's number.
    .. pii_types: other
    .. pii_retirement: retained
    """

    participation = models.OneToOneField(
        Participation, on_delete=models.CASCADE, primary_key=True, related_name="first_attempts"
    )
    seen_seq = models.PositiveIntegerField(help_text="The participation's head when this was counted")

    class Meta:
        """Indexes, each with what it serves."""

        indexes = [
            # The report on one activity.
            models.Index(fields=["activity_key"], name="cme_attempts_activity"),
        ]

    def __str__(self) -> str:
        return f"{self.participation_id}: {self.before or '?'} {self.after or '?'}"
