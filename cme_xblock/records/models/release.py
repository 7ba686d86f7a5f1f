"""What a report has shown: the learners as they stood in it, and which numbers it gave away, step by step."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.base import InstantField, Record
from cme_xblock.records.models.outcome import Attempts
from cme_xblock.records.models.participation import Participation


class OutcomesRelease(Record):
    """One step in which the numbers of an activity's report moved. Written once; the last one is what is shown.

    `tables` holds, for each of the report's tables, the groups of people that it could tell apart and which sums of
    them it showed; the next step is judged against all of them. `hidden` names what this step hides for the earlier
    ones' sake, `evidence` the counts of evaluations and of plans that it shows, `peers` what a learner's own page says
    of the others. `trails` counts for each table everybody who ever was in it by the groups that they stood in at each
    step, those who left since included; `practice` has the groups by what learners said of their practice as they are
    shown, because what a retired learner said goes at once. Source: promise 11; docs/decisions/0034.

    .. no_pii: Counts of groups, in which those of fewer than five are not shown to anybody.
    """

    activity_key = models.CharField(max_length=64)
    number = models.PositiveIntegerField(help_text="1, 2, 3 … in each activity")
    at = InstantField()
    learners = models.PositiveIntegerField(help_text="How many people the report counts")
    matched = models.PositiveIntegerField(help_text="How many of them answered before and after")
    tables = models.TextField(help_text="JSON: outcomes.steps")
    hidden = models.TextField(default="{}", help_text="JSON: names of cells by table")
    evidence = models.TextField(default="{}", help_text="JSON: counts of evaluations and of what became of plans")
    peers = models.TextField(
        default="{}", help_text="JSON: by item version, n and how many were right before and after"
    )

    trails = models.TextField(default="{}", help_text="JSON: by table, how many stood in which groups at each step")
    practice = models.TextField(default="{}", help_text="JSON: rows by table, as they are shown")
    minimum = models.PositiveIntegerField(default=5, help_text="The limit under which it was let out")

    class Meta(Record.Meta):
        """Constraints, each with what it serves."""

        constraints = [
            # Two looks at once make one step; also the index that finds the last one.
            models.UniqueConstraint(fields=["activity_key", "number"], name="cme_release_number"),
        ]

    def __str__(self) -> str:
        return f"{self.activity_key[:8]} {self.number}"


class ReleasedAttempts(Attempts):
    """One participation as the report counts it: a copy of its `FirstAttempts`, as they were at the last step.

    `trail` says in which group of people the learner stood at each step, where it changed (`records.trails`). Unlike
    `FirstAttempts` it can't be made again: what was shown on a day of the past is nowhere else.

    .. pii: Which answers were right, by the participation's number.
    .. pii_types: other
    .. pii_retirement: retained
    """

    participation = models.OneToOneField(
        Participation, on_delete=models.CASCADE, primary_key=True, related_name="released_attempts"
    )
    trail = models.TextField(blank=True, default="")

    class Meta:
        """Indexes, each with what it serves."""

        indexes = [
            # The report on one activity.
            models.Index(fields=["activity_key"], name="cme_released_activity"),
        ]

    def __str__(self) -> str:
        return f"{self.participation_id}: {self.trail}"


class ReleasedDeparted(Attempts):
    """The copy of somebody whose records were deleted since the last step: shown until the next one, and then deleted.

    Without it the report would move by this one. It names nobody: no participation, no trail, nothing of the practice.

    .. no_pii: Which answers were right, of nobody in particular.
    """

    class Meta:
        """Indexes, each with what it serves."""

        indexes = [
            # The report on one activity.
            models.Index(fields=["activity_key"], name="cme_departed_activity"),
        ]

    def __str__(self) -> str:
        return self.activity_key[:8]
