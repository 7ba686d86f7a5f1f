"""What learners say of their practice: field, years, setting, first time or returning. For groups in a report alone."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.participation import Participation


class PracticeFacts(models.Model):
    """What one learner said of their practice in one activity's evaluation, if its author asks. Deleted on retirement.

    Apart from the evaluation, also from an anonymous one: the learner is told so beside these questions and can leave
    each of them out. Codes of the choices in `rules/library.toml`; empty where nothing was said. No year of birth, no
    age. A report shows groups of at least five. Source: spec 5.4 (demographics), R-6.2; docs/decisions/0033.

    .. pii: Field of work, years in practice (a range), setting, by the participation's number.
    .. pii_types: other
    .. pii_retirement: local_api
    """

    # Also the index by which a report's count finds it.
    participation = models.OneToOneField(
        Participation, on_delete=models.PROTECT, primary_key=True, related_name="practice_facts"
    )
    specialty = models.CharField(max_length=32, blank=True, default="")
    years_in_practice = models.CharField(max_length=32, blank=True, default="")
    setting = models.CharField(max_length=32, blank=True, default="")
    first_time = models.CharField(max_length=32, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.participation_id}"
