"""Participants as the console lists them: derived, indexed, and made again at any time."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.base import InstantField
from cme_xblock.records.models.participation import Participation

# Behind every name: a letter that is no hexadecimal digit and follows them in every collation.
NAMELESS = "z"


class Participant(models.Model):
    """One participation in a list: what it is filtered and sorted by. One query of one index gives a page of any list.

    No record: it says nothing that entries, claims and deliveries do not say (`console.participants.refresh`). The name
    is sorted by the hexadecimal digits of its letters, which every collation of every database sorts alike; retirement
    takes it away.

    .. pii: The name as certified, in a form to sort and search by, and how far the learner came.
    .. pii_types: name, other
    .. pii_retirement: local_api
    """

    participation = models.OneToOneField(
        Participation, on_delete=models.CASCADE, primary_key=True, related_name="participant"
    )
    activity_key = models.CharField(max_length=64)
    seen_seq = models.PositiveIntegerField(help_text="The participation's head when this was counted")
    facet = models.CharField(max_length=16, help_text="Of the four below: one equality instead of four")
    state = models.CharField(max_length=16, help_text="console.participants.derive.State")
    profession = models.CharField(max_length=64, blank=True, default="", help_text="As claimed; empty before a claim")
    systems = models.CharField(max_length=255, blank=True, default="", help_text="Systems of live claims, with commas")
    delivery = models.CharField(max_length=16, help_text="console.participants.derive.Reported")
    by_name = models.CharField(max_length=96, help_text="Hexadecimal, of the name as certified; z where there is none")
    by_family = models.CharField(max_length=96, help_text="The same of its last word")
    moved_at = InstantField(help_text="The last entry's time")

    class Meta:
        """Indexes, each with what it serves. All begin with the activity and end with what makes the order total."""

        default_permissions = ()
        indexes = [
            # Everybody by name, and who is searched by the beginning of it.
            models.Index(fields=["activity_key", "by_name", "participation"], name="cme_participant_name"),
            # Who is searched by the beginning of the last word.
            models.Index(fields=["activity_key", "by_family", "participation"], name="cme_participant_family"),
            # Everybody by the last step.
            models.Index(fields=["activity_key", "moved_at", "participation"], name="cme_participant_moved"),
            # The same of those that a filter leaves.
            models.Index(fields=["activity_key", "facet", "by_name", "participation"], name="cme_participant_f_name"),
            models.Index(fields=["activity_key", "facet", "moved_at", "participation"], name="cme_participant_f_moved"),
        ]

    def __str__(self) -> str:
        return f"{self.participation_id} {self.state}"


class ParticipantFacet(models.Model):
    """How many participants of one activity are alike in state, profession, credit systems and delivery.

    No record, and kept with `Participant`. A filter's answer is known from a few of these rows before any list is read.

    .. no_pii: counts
    """

    activity_key = models.CharField(max_length=64)
    facet = models.CharField(max_length=16)
    state = models.CharField(max_length=16)
    profession = models.CharField(max_length=64, blank=True, default="")
    systems = models.CharField(max_length=255, blank=True, default="")
    delivery = models.CharField(max_length=16)
    people = models.IntegerField(default=0)

    class Meta:
        """Constraints, each with what it serves."""

        default_permissions = ()
        constraints = [
            # One count of each kind; also the index that a page reads.
            models.UniqueConstraint(fields=["activity_key", "facet"], name="cme_facet_once"),
        ]

    def __str__(self) -> str:
        return f"{self.facet}: {self.people}"


class RefreshMark(models.Model):
    """Up to which row of a growing table a derived table is true. Whoever refreshes holds its lock.

    .. no_pii:
    """

    name = models.CharField(max_length=32, unique=True)
    seen = models.PositiveBigIntegerField(default=0, help_text="A primary key of that table")

    def __str__(self) -> str:
        return f"{self.name} {self.seen}"
