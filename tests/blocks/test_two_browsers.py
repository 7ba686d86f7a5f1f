"""Two browsers of one learner, or two clicks, at the same moment: counted once, and the other one is told why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cme_xblock.participation.progress import Part
from cme_xblock.records import claims, keys, ledger, verify
from tests.blocks import course, forging, kept
from tests.blocks.course import Answer
from tests.blocks.way import IDENTITY, Way, wrong
from tests.records.together import at_once
from tests.rules import sample

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated"),
]

BROWSERS = 2


def right(part: Part) -> dict[str, Any]:
    """The right answer to a part, with the permission to report the claim."""
    return forging.with_part(forging.bodies(sample.activity()))[part]


@pytest.fixture(autouse=True)
def ward(settings: Any) -> None:
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    course.install()


def together(body: dict[str, Any], *, blocks: tuple[str, str] = ("ACTIVITY", "ACTIVITY")) -> list[Answer]:
    """The answers to the same request from two browsers at once, the accepted one first."""
    answers = at_once(lambda number: course.call(getattr(course, blocks[number]), "ana", "submit", body), BROWSERS)
    for one in answers:
        assert isinstance(one, Answer), one
    return sorted(answers, key=lambda one: one.status)


def one_was_taken(answers: list[Answer]) -> None:
    assert [one.status for one in answers] == [200, 409], answers
    assert "html" in answers[0].data
    sentence = answers[1].data["error"]["message"]
    assert sentence.endswith(".")
    assert len(sentence.split()) > 3


def kinds() -> Counter[str]:
    found = ledger.read(course.COURSE, sample.activity().activity_id, "ana")
    assert verify.verify_all().findings == []
    return Counter(str(one.kind) for one in found.entries)


STEPS: list[tuple[Part, list[Callable[[Way], Answer]], str]] = [
    (Part.OVERVIEW, [], "disclosure_acknowledged"),
    (Part.BASELINE, [Way.acknowledge], "baseline_submitted"),
    (Part.ASSESSMENT, [Way.acknowledge, Way.baseline, Way.content], "assessment_submitted"),
    (Part.CLAIM, [Way.acknowledge, Way.baseline, Way.content, Way.assessment], "credit_claimed"),
]


@pytest.mark.parametrize(("part", "before", "kind"), STEPS, ids=[part.value for part, _, _ in STEPS])
def test_two_browsers_at_once_count_once(part, before, kind) -> None:
    way = Way("ana")
    for step in before:
        assert step(way).status == 200
    one_was_taken(together(right(part)))
    assert kinds()[kind] == 1


def test_the_content_is_done_once() -> None:
    way = Way("ana")
    for step in (way.acknowledge, way.baseline):
        assert step().status == 200
    one_was_taken(together(right(Part.CONTENT), blocks=("CONTENT", "CONTENT")))
    assert kinds()["content_completed"] == 1


def test_two_browsers_at_two_blocks_claim_once() -> None:
    """`cme` in one tab and `cme_part` in the other share one ledger."""
    Way("ana").all_before_claim()
    one_was_taken(together(right(Part.CLAIM), blocks=("ACTIVITY", "PART")))
    assert kinds()["credit_claimed"] == 1


def test_one_claim_has_one_certificate_and_one_delivery() -> None:
    Way("ana").all_before_claim()
    one_was_taken(together(right(Part.CLAIM)))
    names = ("Claim", "LiveClaim", "Delivery", "ConsentEvent")
    assert {name: kept.count(name) for name in names} == dict.fromkeys(names, 1)
    assert kept.count("Identifier") == len([one for one in IDENTITY.values() if one])
    [claim] = claims.live(keys.participation_key(course.COURSE, sample.activity().activity_id, "ana"))
    page = course.view(course.ACTIVITY, "ana")
    assert page.count(f"/cme/certificates/{claim.certificate_code}/") >= 1


def test_two_claims_of_different_amounts_at_once_are_one_claim() -> None:
    Way("ana").all_before_claim()
    amounts = ("0.25", "0.5")

    def work(number: int) -> Answer:
        return course.call(course.ACTIVITY, "ana", "submit", {**right(Part.CLAIM), forging.AMOUNT: amounts[number]})

    answers = at_once(work, BROWSERS)
    one_was_taken(sorted(answers, key=lambda one: one.status))
    [claim] = claims.live(keys.participation_key(course.COURSE, sample.activity().activity_id, "ana"))
    assert str(claim.amount.normalize()) == amounts[[one.status for one in answers].index(200)]


def test_a_failed_and_a_passed_attempt_at_once_are_one_attempt() -> None:
    way = Way("ana")
    for step in (way.acknowledge, way.baseline, way.content):
        assert step().status == 200
    bodies = [right(Part.ASSESSMENT), right(Part.ASSESSMENT)]
    bodies[1]["responses"] = wrong(sample.activity().assessment.items)
    answers = at_once(lambda number: course.call(course.ACTIVITY, "ana", "submit", bodies[number]), BROWSERS)
    assert sorted(one.status for one in answers) == [200, 409]
    assert kinds()["assessment_submitted"] == 1


@pytest.mark.parametrize(("part", "before", "kind"), STEPS, ids=[part.value for part, _, _ in STEPS])
def test_a_double_click_counts_once(part, before, kind) -> None:
    way = Way("ana")
    for step in before:
        assert step(way).status == 200
    answers = [course.call(course.ACTIVITY, "ana", "submit", right(part)) for _ in range(2)]
    one_was_taken(answers)
    assert kinds()[kind] == 1


def test_a_double_click_on_a_failed_attempt_is_no_second_attempt() -> None:
    way = Way("ana")
    for step in (way.acknowledge, way.baseline, way.content):
        assert step().status == 200
    body = {**right(Part.ASSESSMENT), "responses": wrong(sample.activity().assessment.items)}
    one_was_taken([course.call(course.ACTIVITY, "ana", "submit", body) for _ in range(2)])
    assert kinds()["assessment_submitted"] == 1
    assert course.call(course.ACTIVITY, "ana", "submit", {**right(Part.ASSESSMENT), "attempt": "2"}).status == 200


def test_two_learners_do_not_stand_in_each_others_way() -> None:
    for student in ("ana", "bob"):
        Way(student).all_before_claim()
    answers = at_once(
        lambda number: course.call(course.ACTIVITY, ("ana", "bob")[number], "submit", right(Part.CLAIM)), BROWSERS
    )
    assert [one.status for one in answers] == [200, 200]
    assert kept.count("LiveClaim") == 2


def test_the_first_two_visitors_at_once_record_one_edition() -> None:
    pages = at_once(lambda number: course.view(course.ACTIVITY, ("ana", "bob")[number]), BROWSERS)
    assert all("data-cme-submit" in one for one in pages), pages
    assert kept.count("Edition") == kept.count("PublishedEdition") == 1
