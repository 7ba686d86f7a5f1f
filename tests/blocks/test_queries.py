"""A page takes at most eight queries at every stage, however long the learner's ledger and however many the learners.

Counted in the workbench, where each question for a field of the block is a query too. `make bench` has the times.
"""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cme_xblock.participation.progress import Part
from tests.blocks import course
from tests.blocks.way import Way, right

pytestmark = pytest.mark.django_db(transaction=True)

MOST = 8
# Not counted: what only begins or ends a transaction.
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
# The stages of the way, and what is on the page there and nowhere else.
STAGES = {
    "overview": 'data-cme-submit="overview"',
    "baseline": 'data-cme-submit="baseline"',
    "baseline with a draft": " checked>",
    "content": 'aria-current="step">Content',
    "assessment": 'data-cme-submit="assessment"',
    "assessment with a draft": " checked>",
    "result": 'data-cme-view="attempt"',
    "evaluation": 'data-cme-submit="evaluation"',
    "claim": 'aria-current="step">Claim',
    "certificate": "/cme/certificates/",
}


@pytest.fixture(autouse=True)
def ward() -> None:
    """The course, with the parts named at both blocks: a field that is set costs one query more."""
    parts = [part.value for part in Part]
    course.install(parts=str(parts).replace("'", '"'))
    for usage in (course.ACTIVITY, course.PART):
        placed = course.block(usage, "author")
        placed.parts = parts
        placed.save()


def asked(usage: str, student: str) -> int:
    """How many queries one view takes."""
    with CaptureQueriesContext(connection) as captured:
        course.view(usage, student)
    return sum(not one["sql"].startswith(CONTROL) for one in captured.captured_queries)


def draft(way: Way, part: str) -> None:
    """Leave the form of that part half done. Both blocks keep drafts of their own."""
    items = getattr(way.activity, part).items
    for usage in (course.ACTIVITY, course.PART):
        answer = course.call(usage, way.student, "save_draft", {"part": part, "responses": right(items)})
        assert answer.status == 200, answer.text


def come_to(stage: str) -> Way:
    """A learner at that stage, by way of all before it."""
    way = Way("ana")
    steps = {
        "overview": lambda: way.show(part="overview"),
        "baseline": way.acknowledge,
        "baseline with a draft": lambda: draft(way, "baseline"),
        "content": way.baseline,
        "assessment": way.content,
        "assessment with a draft": lambda: draft(way, "assessment"),
        "result": lambda: way.assessment(pass_it=False),
        "evaluation": way.assessment,
        "claim": way.evaluation,
        "certificate": lambda: way.claim("0.5"),
    }
    for name, step in steps.items():
        step()
        if name == stage:
            break
    return way


@pytest.mark.parametrize("usage", [course.ACTIVITY, course.PART])
@pytest.mark.parametrize("stage", STAGES)
def test_a_page_takes_at_most_eight_queries(stage: str, usage: str) -> None:
    way = come_to(stage)
    assert STAGES[stage] in course.view(usage, way.student)
    assert asked(usage, way.student) <= MOST


def test_the_content_takes_ten_with_its_page() -> None:
    way = come_to("content")
    assert course.SECRET in course.view(course.CONTENT, way.student)
    # Five of them are the workbench's for the children and for the page that they are.
    assert asked(course.CONTENT, way.student) <= 10


@pytest.mark.parametrize("usage", [course.ACTIVITY, course.PART])
def test_a_long_ledger_takes_no_more_queries_than_a_short_one(usage: str) -> None:
    way = come_to("result")
    before = asked(usage, way.student)
    for _ in range(20):
        assert way.assessment(pass_it=False).status == 200
    assert asked(usage, way.student) == before


def test_other_learners_take_none() -> None:
    way = come_to("result")
    before = asked(course.ACTIVITY, way.student)
    for number in range(20):
        assert Way(f"other-{number}").acknowledge().status == 200
    assert asked(course.ACTIVITY, way.student) == before
