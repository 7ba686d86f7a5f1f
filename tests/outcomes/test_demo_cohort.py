"""The demonstration's cohort: the same each time, marked as simulated, and enough for a report."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cme_xblock.activity import olx
from cme_xblock.outcomes import current, reading, refresh, report
from cme_xblock.records import editions, keys, verify
from cme_xblock.records.models import Delivery, FirstAttempts
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


def test_the_demonstrations_report_is_full() -> None:
    """Every kind of section has something to say, of an activity that nobody real can be in."""
    one = olx.from_xml((Path(cohort.__file__).parent / "activity.xml").read_bytes())
    new = cohort.install(people.COURSE, one, learners=60, now=NOW)
    key = cohort.key_of(people.COURSE, one)
    assert new == 60
    assert key != keys.activity_key(people.COURSE, one.activity_id)
    published = reading.reported(key)
    assert published is not None
    made = current.report_of(key, published.activity, minimum=5, now=NOW)
    assert made.simulated
    assert made.title.startswith("Simulated: ")
    assert {
        "objectives", "funnel", "items", "questions", "confidence", "groups", "matching", "evaluation", "barriers",
        "themes", "commitments", "retention", "levels", "limits", "activity", "report", "methods",
    } <= {section.id for section in made.sections}  # fmt: skip
    told = {table.id: table for section in made.sections for table in section.tables}
    assert any(row[1].value for row in told["specialty"].rows)
    assert any(row[3].value for row in told["follow-up"].rows)
    assert any(row[3].value for row in told["retention"].rows)
    assert verify.verify_all().findings == []
    assert not Delivery.objects.exists()
