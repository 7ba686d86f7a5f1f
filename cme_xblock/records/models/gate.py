"""What the LMS keeps closed for learners who are not far enough: written at publish, read at every door.

These rows are derived from the published course and hold no record: they are replaced as a whole, and `cme_doctor`
makes them anew.
"""

from __future__ import annotations

from django.db import models


class Gate(models.Model):
    """One activity of one course that keeps something closed. Replaced when the course is published.

    `partition_id` is the number of its user partition in the LMS, which stays once it was given: the LMS keeps it in
    collected structures. An activity that nobody can name has the empty `activity_id`, and opens for nobody.

    .. no_pii:
    """

    # One gate for each activity; the constraint that lets two publishers race.
    activity_key = models.CharField(max_length=64, unique=True, help_text="keys.activity_key, or one for no activity")
    course_sha = models.CharField(max_length=64, help_text="keys.text_sha of the course key, which may be long")
    course_key = models.CharField(max_length=255)
    activity_id = models.CharField(max_length=255, blank=True)
    partition_id = models.PositiveIntegerField()
    title = models.CharField(max_length=255, blank=True, help_text="For people, as it was published")
    source = models.CharField(max_length=255, blank=True, help_text="The activity's block, as `type@block_id`")
    # By it a process knows whether the blocks that it read before are still those: a course may have thousands.
    blocks_sha = models.CharField(max_length=64, blank=True, help_text="gates.digest of the blocks below")

    class Meta:
        """Constraints and indexes, each with what it serves."""

        constraints = [
            # Two activities with one partition would open each other. Also the index by which every page of the LMS
            # asks for a course's gates.
            models.UniqueConstraint(fields=["course_sha", "partition_id"], name="cme_gate_partition"),
        ]

    def __str__(self) -> str:
        return f"{self.activity_id or '-'} {self.partition_id}"


class GatedBlock(models.Model):
    """One block of a course, and by that all that is in it, which a gate keeps closed until its stage is reached.

    `stage` is one of `participation.stages.Stage`. What two activities keep closed has two rows, and needs both.

    .. no_pii:
    """

    # Its index serves the query that reads a gate's blocks, once in each process.
    gate = models.ForeignKey(Gate, on_delete=models.CASCADE, related_name="blocks")
    block = models.CharField(max_length=255, help_text="`type@block_id`, which survives import and re-run")
    stage = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{self.block} from {self.stage}"
