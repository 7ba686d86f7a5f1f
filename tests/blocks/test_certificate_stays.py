"""What was earned stays visible: when the activity is closed, changed, damaged or expired. And nothing else opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity
from cme_xblock.participation.progress import Part
from cme_xblock.records import claims, keys
from tests.blocks import course, forging, kept, marked
from tests.blocks.clock import Clock
from tests.blocks.way import Way
from tests.rules import sample

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated")]

ACTIVITY = marked.activity()
CLOSED = "not open yet"


@pytest.fixture(autouse=True)
def ward(settings: Any) -> None:
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    course.install(ACTIVITY)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def claimed(student: str = "ana") -> str:
    """The code of a certificate earned by the proper way."""
    way = Way(student, activity=ACTIVITY)
    way.all_before_claim()
    answer = way.submit("claim", **forging.bodies(ACTIVITY)[Part.CLAIM])
    assert answer.status == 200, answer.text
    [claim] = claims.live(keys.participation_key(course.COURSE, ACTIVITY.activity_id, student))
    return claim.certificate_code


def stored(data: Any) -> None:
    block = course.block(course.ACTIVITY, "author")
    block.activity = data
    block.save()


def edited(**changes: Any) -> Callable[[], None]:
    return lambda: stored(canonical.to_data(replace(ACTIVITY, **changes)))


CLOSINGS: dict[str, Callable[[], None]] = {
    "a finding": edited(people=()),
    "another finding": edited(offerings=()),
    "all items gone": edited(assessment=replace(ACTIVITY.assessment, items=())),
    "damaged data": lambda: stored({"activity_id": ACTIVITY.activity_id, "title": 7}),
}


@pytest.mark.parametrize("closing", CLOSINGS)
def test_the_certificate_stays_when_the_activity_is_closed(closing) -> None:
    code = claimed()
    CLOSINGS[closing]()
    page = course.view(course.ACTIVITY, "ana")
    assert f"/cme/certificates/{code}/" in page
    assert CLOSED not in page
    shown = course.call(course.ACTIVITY, "ana", "show", {})
    assert code in shown.data["html"]
    assert code in course.call(course.ACTIVITY, "ana", "show", {"part": "certificate"}).data["html"]
    assert "html" in course.call(course.ACTIVITY, "ana", "show", {"part": "certificate", "only": "deliveries"}).data
    assert Client().get(f"/cme/certificates/{code}/").status_code == 200


@pytest.mark.parametrize("closing", CLOSINGS)
def test_nothing_but_the_certificate_stays(closing) -> None:
    """What accreditation forbids is not shown on the strength of an older edition, not even to who was there before."""
    claimed()
    CLOSINGS[closing]()
    hidden = marked.secrets(ACTIVITY).hidden(set())
    rows = kept.rows()
    for part in Part:
        answer = course.call(course.ACTIVITY, "ana", "show", {"part": part.value, "view": "attempt"})
        assert answer.status == (200 if part is Part.CERTIFICATE else 409)
        assert not marked.leaks(answer.text, hidden)
        body = forging.with_part(forging.bodies(ACTIVITY, attempt=2))[part]
        for handler in ("submit", "save_draft"):
            assert course.call(course.ACTIVITY, "ana", handler, body).status == 409
    for name in ("student_view", "public_view", "author_view"):
        assert not marked.leaks(course.view(course.ACTIVITY, "ana", name), hidden)
    assert kept.rows() == rows


@pytest.mark.parametrize("closing", CLOSINGS)
def test_others_see_that_it_is_closed_and_no_certificate(closing) -> None:
    code = claimed()
    way = Way("eve", activity=ACTIVITY)
    for step in (way.acknowledge, way.baseline, way.content, way.assessment):
        step()
    CLOSINGS[closing]()
    for student in ("eve", "bob", "none", None):
        page = course.view(course.ACTIVITY, student)
        assert CLOSED in page
        assert code not in page
        assert course.call(course.ACTIVITY, student, "show", {"part": "certificate"}).status == 409


def test_the_part_elsewhere_keeps_the_certificate_too() -> None:
    """A recorded edition that breaks a rule from some day on: what is published closes the block that points to it."""
    code = claimed()
    assert code in course.view(course.PART, "ana")
    from cme_xblock.records import editions

    editions.publish(
        course.COURSE, replace(ACTIVITY, people=()), source="cme@activity", now=datetime(2026, 11, 22, tzinfo=UTC)
    )
    page = course.view(course.PART, "ana")
    assert f"/cme/certificates/{code}/" in page
    assert code in course.call(course.PART, "ana", "show", {"part": "certificate"}).data["html"]
    assert course.call(course.PART, "ana", "show", {"part": "assessment"}).status == 409
    assert CLOSED in course.view(course.PART, "eve")
    assert course.SECRET not in course.view(course.CONTENT, "ana")


def test_a_block_that_does_not_show_the_certificate_stays_closed() -> None:
    claimed()
    CLOSINGS["a finding"]()
    block = course.block(course.ACTIVITY, "author")
    block.parts = ["overview", "baseline"]
    block.save()
    assert CLOSED in course.view(course.ACTIVITY, "ana")


def test_the_certificate_stays_after_a_new_edition() -> None:
    code = claimed()
    edited(title="Hand hygiene, second edition", offerings=ACTIVITY.offerings)()
    page = course.view(course.ACTIVITY, "ana")
    assert f"/cme/certificates/{code}/" in page
    certificate = Client().get(f"/cme/certificates/{code}/").content.decode()
    assert ACTIVITY.title in certificate
    assert "second edition" not in certificate


def expired() -> Activity:
    return replace(ACTIVITY, expiry=date(2026, 6, 30))


IN_TIME = datetime(2026, 6, 30, 22, 0, tzinfo=UTC)
IN_WINDOW = datetime(2026, 7, 20, 12, 0, tzinfo=UTC)
TOO_LATE = datetime(2026, 8, 15, 12, 0, tzinfo=UTC)


def test_case_08_the_day_of_completion_is_the_activitys_and_never_changes(clock) -> None:
    clock.at(datetime(2026, 7, 1, 3, 30, tzinfo=UTC))  # the evening before in New York
    way = Way("ana", activity=ACTIVITY)
    way.all_before_claim()
    clock.at(datetime(2026, 7, 4, 12, 0, tzinfo=UTC))
    edited(time_zone="Pacific/Auckland")()
    assert way.submit("claim", **forging.bodies(ACTIVITY)[Part.CLAIM]).status == 200
    [claim] = claims.live(keys.participation_key(course.COURSE, ACTIVITY.activity_id, "ana"))
    assert (claim.completed_on, claim.zone) == (date(2026, 6, 30), "America/New_York")
    for page in (way.show(part="certificate"), _certificate(claim.certificate_code)):
        assert "June 30, 2026" in page
        assert "July 1, 2026" not in page


def _certificate(code: str) -> str:
    return Client().get(f"/cme/certificates/{code}/").content.decode()


@pytest.mark.parametrize("block", ["ACTIVITY", "PART"])
def test_the_certificate_stays_after_expiry(clock, block) -> None:
    clock.at(IN_TIME)
    activity = expired()
    course.install(activity)
    way = Way("ana", activity=activity)
    way.all_before_claim()
    assert way.submit("claim", **forging.bodies(activity)[Part.CLAIM]).status == 200
    [claim] = claims.live(keys.participation_key(course.COURSE, activity.activity_id, "ana"))
    for later in (IN_WINDOW, TOO_LATE, datetime(2032, 1, 1, tzinfo=UTC)):
        clock.at(later)
        assert f"/cme/certificates/{claim.certificate_code}/" in course.view(getattr(course, block), "ana")
        assert Client().get(f"/cme/certificates/{claim.certificate_code}/").status_code == 200


def test_who_completed_in_time_may_claim_in_the_window_and_not_after(clock) -> None:
    clock.at(IN_TIME)
    activity = expired()
    course.install(activity)
    for student in ("ana", "eve"):
        Way(student, activity=activity).all_before_claim()
    clock.at(IN_WINDOW)
    body = forging.with_part(forging.bodies(activity))[Part.CLAIM]
    assert course.call(course.ACTIVITY, "ana", "submit", body).status == 200
    clock.at(TOO_LATE)
    rows = kept.rows()
    answer = course.call(course.ACTIVITY, "eve", "submit", body)
    assert answer.status == 409
    assert "could be claimed until" in answer.data["error"]["message"]
    assert kept.rows() == rows


def test_nothing_begins_after_expiry_or_before_release(clock) -> None:
    activity = expired()
    course.install(activity)
    right = forging.with_part(forging.bodies(activity))
    hidden = marked.secrets(activity).hidden(set())
    for instant, sentence in (
        (datetime(2026, 1, 15, 4, 59, tzinfo=UTC), "opens on"),
        (datetime(2026, 7, 1, 4, 0, tzinfo=UTC), "expired on"),
    ):
        clock.at(instant)
        page = course.view(course.ACTIVITY, "ana")
        assert sentence in page
        rows = kept.rows()
        for part in (Part.OVERVIEW, Part.BASELINE, Part.ASSESSMENT, Part.CLAIM):
            answer = course.call(course.ACTIVITY, "ana", "submit", right[part])
            assert answer.status == 409, part
            assert not marked.leaks(answer.text + page, hidden)
        assert kept.rows() == rows
    clock.at(datetime(2026, 1, 15, 5, 0, tzinfo=UTC))
    assert course.call(course.ACTIVITY, "ana", "submit", right[Part.OVERVIEW]).status == 200


def test_who_was_in_the_middle_when_it_expired_sees_no_more_items(clock) -> None:
    clock.at(IN_TIME)
    activity = expired()
    course.install(activity)
    way = Way("ana", activity=activity)
    for step in (way.acknowledge, way.baseline, way.content):
        assert step().status == 200
    clock.at(TOO_LATE)
    secrets = marked.secrets(activity)
    seen = "".join(way.show(part=part.value, view="attempt") for part in Part)
    assert not marked.leaks(seen, secrets.read | secrets.explained | secrets.never)
    assert "expired on" in seen


def test_the_sample_is_not_what_these_tests_are_about() -> None:
    """The marks differ from the sample in texts alone, so what is proved here holds for it."""
    assert replace(ACTIVITY, baseline=None, content=None, assessment=None, evaluation=None) == replace(
        sample.activity(), baseline=None, content=None, assessment=None, evaluation=None
    )
