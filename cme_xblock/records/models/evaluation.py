"""Evaluations: sums without learners where they are anonymous, sheets where they are not, and what is to come of them.

Why anonymous answers are no rows at all: docs/decisions/0019.
"""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.base import InstantField
from cme_xblock.records.models.edition import Edition
from cme_xblock.records.models.participation import Participation, new_uuid


class AnonymousPool(models.Model):
    """All anonymous answers to one set of questions of one activity, added up. Only `records.evaluations` writes it.

    There is no row for a learner, an evaluation or an answer: choices are counted, texts stand in the order of their
    own letters. No time, no edition, no number of anything that a ledger could be laid beside. What came last waits in
    `waiting` until five are together, and only what is released is ever read. Kept with the course's records; nothing
    in it can be found by a learner, so nothing can be retired. Source: architecture, promise 10; spec R-6.2.

    .. pii: What learners wrote in free text, without a name; they are asked not to write any.
    .. pii_types: other
    .. pii_retirement: retained
    """

    # One pool for each activity and set of questions, however many first evaluations come at once.
    key = models.CharField(max_length=64, unique=True, help_text="Of activity_key and instrument")
    activity_key = models.CharField(max_length=64)
    instrument = models.CharField(max_length=64, help_text="participation.evaluation.instrument")
    questions = models.TextField(help_text="JSON: what was asked, readable without the course")
    waiting = models.PositiveIntegerField(default=0, help_text="Evaluations that are not released yet, 0 to 4")
    waiting_sums = models.TextField(default="{}", help_text="JSON: records.sums")
    released = models.PositiveIntegerField(default=0)
    released_sums = models.TextField(default="{}", help_text="JSON: records.sums")

    class Meta:
        """Indexes, each with what it serves."""

        indexes = [
            # The report on one activity.
            models.Index(fields=["activity_key"], name="cme_pool_activity"),
        ]

    def __str__(self) -> str:
        return f"{self.released} released"


class EvaluationSheet(models.Model):
    """One learner's identified evaluation. Written once; retirement takes the words and leaves the choices.

    The ledger's entry has the hash of it, so that a changed sheet shows; `salt` keeps a forgotten text from being
    guessed by that hash, and is forgotten with it. Source: spec R-4.2, R-6.6.

    .. pii: What a learner thought of an activity, by the participation's number.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid, help_text="The entry names it")
    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="evaluations")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    activity_key = models.CharField(max_length=64)
    instrument = models.CharField(max_length=64, help_text="participation.evaluation.instrument")
    chosen = models.TextField(help_text="JSON: what was chosen, and numbers")
    written = models.TextField(help_text="JSON: what was written; empty after retirement")
    salt = models.CharField(max_length=64, blank=True)

    class Meta:
        """Indexes, each with what it serves."""

        indexes = [
            # The report on one activity.
            models.Index(fields=["activity_key", "instrument"], name="cme_sheet_activity"),
        ]

    def __str__(self) -> str:
        return self.uuid


class Commitment(models.Model):
    """What one learner means to do differently, in their own words, to come back to them. Deleted on retirement.

    Also of anonymous evaluations, where the activity follows up: the learner is told beside the question that this
    answer is kept with the name, and none of its words are in the pool. Source: spec 5.3, rule 13.

    .. pii: A learner's plans for their practice, by the participation's number.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid)
    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="commitments")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=255)
    objective = models.CharField(max_length=255, blank=True, help_text="Id of an objective, or empty")
    text = models.TextField()
    days = models.CharField(max_length=32, help_text="After how many days it comes back, as in 30,60,90")
    made_at = InstantField()

    class Meta:
        """Indexes, each with what it serves."""

        indexes = [
            # Which come back today.
            models.Index(fields=["made_at"], name="cme_commitment_made"),
        ]

    def __str__(self) -> str:
        return self.uuid


class ProviderTask(models.Model):
    """Something that the provider's staff must look at, such as reports of commercial bias. Kept until it is settled.

    `subject` says what it is about: `sheet:<uuid>`, or `pool:<instrument>`; one task for each. Of a pool there is one
    task, without a day, whose `reports` are counted anew at every release: a task that came with a report would say
    when. The key is random, so that its order says nothing. Source: spec R-6.2.

    .. no_pii: Kinds, counts and the staff's own notes.
    """

    uuid = models.CharField(max_length=36, primary_key=True, default=new_uuid)
    # One task for each kind and subject, however many reports come at once.
    key = models.CharField(max_length=64, unique=True, help_text="Of kind, activity_key and subject")
    kind = models.CharField(max_length=32)
    activity_key = models.CharField(max_length=64)
    subject = models.CharField(max_length=100)
    created_on = models.DateField(null=True, blank=True, help_text="Civil date in UTC; none for a pool")
    reports = models.PositiveIntegerField(default=1)
    settled_reports = models.PositiveIntegerField(default=0, help_text="How many of them staff have settled")
    state = models.CharField(max_length=16, default="open", help_text="open or settled")
    note = models.TextField(blank=True, help_text="What staff found and did")

    class Meta:
        """Indexes, each with what it serves."""

        indexes = [
            # The console's list of what is to be done.
            models.Index(fields=["state", "activity_key"], name="cme_task_open"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"
