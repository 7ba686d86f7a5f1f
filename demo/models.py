"""What the demonstration keeps beside the product's own records."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Learner(models.Model):
    """One row is one invented person who can take part in the demonstration. Never changed, gone with a reset.

    .. pii: The name that somebody typed in as a learner of the demonstration.
    .. pii_types: name
    .. pii_retirement: consumer_api
    """

    student_id = models.SlugField(max_length=60, unique=True, help_text="The workbench's id of the learner.")
    full_name = models.CharField(max_length=150)
    note = models.CharField(max_length=150, blank=True, help_text="Who this is, for the list of learners.")

    class Meta:
        """In the order in which they came."""

        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return self.student_id


class LoadedCourse(models.Model):
    """One row says which course file the workbench's field data came from. Replaced when the file changes.

    .. no_pii:
    """

    scenario = models.SlugField(max_length=60, unique=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the course's files when they were loaded.")

    def __str__(self) -> str:
        return self.scenario
