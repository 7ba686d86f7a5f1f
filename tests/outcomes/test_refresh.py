"""From the ledger to the arrays: first attempts are those that counted, and only what moved is read again."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cme_xblock.activity.codes import Format
from cme_xblock.activity.model import Activity
from cme_xblock.outcomes import reading, refresh
from cme_xblock.outcomes.analysis import analyse
from cme_xblock.outcomes.marks import Reached
from cme_xblock.participation.entries import Draft, Entry, Kind
from cme_xblock.records import editions, keys, ledger
from cme_xblock.records.models import FirstAttempts
from cme_xblock.rules import disclosure
from tests.outcomes import people

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = keys.activity_key(people.COURSE, people.ACTIVITY)


def activity(**changes: Any) -> Activity:
    made = people.activity(3)
    assessed = replace(made.assessment, pass_mark=Decimal("0.60"))
    content = replace(made.content, sections=("s",))
    return replace(made, format=Format.ENDURING, content=content, assessment=assessed, **changes)


def write(learner: str, edition: str, kind: Kind, payload: dict[str, Any], at: datetime = NOW) -> None:
    entry = ledger.append(
        people.COURSE, people.ACTIVITY, learner, decide=lambda _: Draft(kind, edition, payload), now=at
    )
    assert isinstance(entry, Entry)


def answers(side: str, right: str) -> dict[str, list[str]]:
    return {f"{side}{place}": ["a" if one == "1" else "b"] for place, one in enumerate(right) if one != "-"}


def learn(
    learner: str, one: Activity, before: str = "", after: str = "", *, again: str = "", test: bool = False
) -> None:
    """A whole way: disclosure, baseline if any, content, assessment if any, and perhaps a second attempt."""
    edition = editions.record(people.COURSE, one, now=NOW)
    write(learner, edition, Kind.DISCLOSURE_ACKNOWLEDGED, {"disclosure": disclosure.sha256(one)})
    if before:
        write(learner, edition, Kind.BASELINE_SUBMITTED, {"responses": answers("b", before)})
    write(learner, edition, Kind.CONTENT_COMPLETED, {"section": "s"})
    for number, given in enumerate(filter(None, (after, again)), start=1):
        payload = {"attempt": number, "responses": answers("a", given)}
        write(learner, edition, Kind.ASSESSMENT_SUBMITTED, payload, NOW + timedelta(minutes=number))
    if test:
        write(learner, edition, Kind.TEST_MARKED, {"test": True, "reason": "staff", "by": "x"})


def test_first_attempts_are_counted() -> None:
    """The second attempt counts for passing, not for the outcome."""
    learn("1", activity(), "100", "010", again="111")
    assert refresh.refresh(KEY) == 1
    row = FirstAttempts.objects.get()
    assert (row.before, row.after) == ("100", "010")
    reached = Reached(row.reached)
    assert Reached.PASSED in reached
    assert Reached.CLAIMED not in reached


def test_a_test_counts_nowhere() -> None:
    """Marked as a test after the fact: gone from the next report on."""
    learn("1", activity(), "100", "111")
    learn("2", activity(), "000", "111", test=True)
    refresh.refresh(KEY)
    cohort = reading.read(KEY)
    assert cohort.registered == 1
    assert analyse(cohort).matched == 1


def test_missing_and_unmatched() -> None:
    """An answer left out is a dash; who has no baseline is read as unmatched."""
    learn("1", activity(), "1-0", "11-")
    learn("2", activity(baseline=replace(activity().baseline, items=())), "", "111")
    refresh.refresh(KEY)
    assert set(FirstAttempts.objects.values_list("before", "after")) == {("1-0", "11-"), ("", "111")}
    found = analyse(reading.read(KEY))
    assert (found.matched, found.after_only.n) == (1, 1)


def test_only_what_moved_is_read() -> None:
    """A second refresh asks once and finds nothing; one more entry is one more participation."""
    for number in range(7):
        learn(str(number), activity(), "100", "110")
    assert refresh.waiting(KEY) == 7
    assert refresh.refresh(KEY, limit=3) == 3
    assert refresh.refresh(KEY) == 4
    with CaptureQueriesContext(connection) as queries:
        assert refresh.refresh(KEY) == 0
    assert len(queries) == 1
    edition = editions.record(people.COURSE, activity(), now=NOW)
    write("3", edition, Kind.ASSESSMENT_SUBMITTED, {"attempt": 2, "responses": answers("a", "111")})
    assert refresh.refresh(KEY) == 1
    assert FirstAttempts.objects.filter(after="110").count() == 7


def test_queries_do_not_grow_with_learners() -> None:
    """Three learners or forty: the same number of queries, to count and to read."""
    counts = []
    # The first asks for the edition, too, where no test before it has.
    for start, many in ((0, 1), (10, 3), (20, 40)):
        for number in range(start, start + many):
            learn(str(number), activity(), "100", "110")
        with CaptureQueriesContext(connection) as queries:
            refresh.refresh(KEY)
            reading.read(KEY)
        counts.append(len(queries))
    assert counts[1] == counts[2]


def test_the_arrays_are_what_was_answered() -> None:
    """Random learners in two editions: the analysis from the database is the analysis of the same marks."""
    chance, first, second = random.Random(4), activity(), activity(title="Second edition")
    for number in range(40):
        before, after = ("".join(chance.choice("10-") for _ in range(3)) for _ in range(2))
        learn(str(number), chance.choice((first, second)), before.replace("---", "0--"), after.replace("---", "1--"))
    refresh.refresh(KEY)
    rows = list(FirstAttempts.objects.values_list("before", "after"))
    assert len(rows) == 40
    found = analyse(reading.read(KEY))
    for place, result in enumerate(found.main):
        segments = [one[place] + other[place] for one, other in rows]
        assert result.change.improved == segments.count("01")
        assert result.change.declined == segments.count("10")
        assert result.change.n == sum("-" not in one for one in segments)
