"""The demonstration's cohort: the same each time, marked as simulated, and enough for a report."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cme_xblock.outcomes import reading, refresh, report
from cme_xblock.records import editions, keys
from cme_xblock.records.models import FirstAttempts
from demo import cohort
from tests.outcomes import people
from tests.outcomes.test_refresh import activity

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = keys.activity_key(people.COURSE, people.ACTIVITY)


def test_a_cohort_is_added_once() -> None:
    """A second run adds nobody; more are added to those who are there; all are known as simulated."""
    one = activity()
    edition = editions.record(people.COURSE, one, now=NOW)
    assert cohort.add(people.COURSE, one, edition, learners=30, now=NOW) == 30
    refresh.refresh(KEY)
    first = list(FirstAttempts.objects.order_by("pk").values_list("before", "after"))
    assert cohort.add(people.COURSE, one, edition, learners=34, now=NOW) == 4
    refresh.refresh(KEY)
    assert list(FirstAttempts.objects.order_by("pk").values_list("before", "after"))[:30] == first
    assert reading.has_simulated(KEY)
    made = report.build(reading.read(KEY), one, simulated=True)
    assert "matched learners" in made.answer[0].format()
