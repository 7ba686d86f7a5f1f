"""A live activity through the blocks: the code is taken, never shown, and not guessed; own work gives no credit."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from cme_xblock.credit import attending
from cme_xblock.participation.attendance import Row
from cme_xblock.records import claims, keys, ledger
from tests.blocks import course
from tests.blocks.course import Answer
from tests.blocks.sessions import CODE, running
from tests.blocks.way import Way
from tests.rules.variant import vary

pytestmark = pytest.mark.django_db(transaction=True)


def begun(student: str = "ana", **more: Any) -> Way:
    activity = running(**more)
    course.install(activity)
    way = Way(student, activity=activity)
    assert way.acknowledge().status == 200
    return way


def enter(way: Way, code: object) -> Answer:
    return way.submit("attendance", code=code)


def test_the_overview_tells_when_the_sessions_are_before_anything_is_read() -> None:
    course.install(running())
    page = course.view(course.ACTIVITY, "eva")
    assert "Attend the sessions." in page
    assert "60 minutes count" in page
    assert CODE not in page


def test_the_code_records_attendance_and_is_never_shown() -> None:
    way = begun()
    page = course.view(course.ACTIVITY, "ana")
    assert "Hands" in page
    assert 'name="code"' in page
    answer = enter(way, CODE.lower())
    assert answer.status == 200, answer.text
    assert "attended, 60 minutes" in way.show(part="attendance")
    after = course.view(course.ACTIVITY, "ana") + answer.text + way.show(part="claim")
    block = course.block(course.ACTIVITY, "ana")
    shown = page + after + json.dumps(block.student_view_data()) + json.dumps(block.index_dictionary())
    for secret in (CODE, "ward2931"):
        assert secret not in shown
    # Numbers made by chance may have any digits.
    assert not re.search(r"(?<![0-9a-f])2931(?![0-9a-f])", shown)
    kept = ledger.read(course.COURSE, way.activity.activity_id, "ana")
    assert [one.kind.value for one in kept.entries] == ["disclosure_acknowledged", "attendance_recorded"]
    assert "Credit can be claimed when the session is over" in way.show(part="claim")


def test_a_wrong_code_is_refused_and_counted_until_nobody_may_guess() -> None:
    way = begun()
    for number in range(5):
        answer = enter(way, f"GUESS-{number}")
        assert answer.status == 400
        assert answer.data["error"]["fields"]["code"].startswith("No session that is on now has this code.")
    answer = enter(way, CODE)
    assert answer.status == 400
    assert "Too many wrong codes" in answer.text
    kept = ledger.read(course.COURSE, way.activity.activity_id, "ana")
    assert [one.kind.value for one in kept.entries].count("attendance_refused") == 5
    assert "GUESS" not in json.dumps([dict(one.payload) for one in kept.entries])


@pytest.mark.parametrize("code", [None, "", 7, [], {"a": 1}, "x" * 101, "\x00\ud83d"])
def test_what_is_no_code_is_refused_and_writes_nothing(code: object) -> None:
    way = begun()
    assert enter(way, code).status == 400
    assert len(ledger.read(course.COURSE, way.activity.activity_id, "ana").entries) in (1, 2)


def test_whoever_presents_gets_no_learners_credit_for_it() -> None:
    way = begun("ann")
    answer = enter(way, CODE)
    assert answer.status == 400
    assert "You present this session" in answer.text


def test_without_attendance_nothing_is_claimed() -> None:
    way = begun(over=True)
    assert "No attendance of yours is on record" in way.show(part="attendance")
    assert way.submit("claim", profession="md", system="ama_pra_1", amount="1").status in (400, 409)
    assert claims.live(keys.participation_key(course.COURSE, way.activity.activity_id, "ana")) == ()


def test_an_activity_that_is_not_live_has_no_attendance() -> None:
    course.install()
    way = Way("ana")
    assert "Attendance" not in course.view(course.ACTIVITY, "ana")
    assert way.submit("attendance", code=CODE).status in (400, 409)


def test_case_17_whoever_wrote_the_test_can_not_claim_it(settings: Any) -> None:
    changes = {"people.0.account": "ann", "people.0.roles": ["faculty", "item_writer"]}
    course.install(vary(changes))
    way = Way("ann", activity=vary(changes))
    way.all_before_claim()
    assert "You helped to make this activity&#x27;s test" in way.show(part="claim")
    assert way.claim("0.5").status == 400
    # Others claim, and so does she where the site allows it.
    other = Way("ana", activity=vary(changes))
    other.all_before_claim()
    assert other.claim("0.5").status == 200
    settings.CME_NO_CREDIT_FOR = []
    assert way.claim("0.5").status == 200


def test_the_account_of_a_visitor_is_in_no_repr() -> None:
    from cme_xblock.host import kind
    from cme_xblock.host.visitor import Visitor

    one = Visitor(host=kind.Host.LMS, learner_id="7", full_name="", account="ann_lee")
    assert "ann_lee" not in repr(one)
    assert dataclasses.replace(one, account="").account == ""


def test_from_the_roster_to_the_certificate_and_no_further_than_attended() -> None:
    way = begun(over=True)
    place = attending.brought_to(course.COURSE, way.activity.activity_id)
    assert place is not None
    row = Row("s1", minutes=45, evidence="Sign-in sheet")
    assert attending.record(place, "ana", row, by="staff:1", now=datetime.now(UTC)).refusal is None
    assert "attended, 45 minutes" in way.show(part="attendance")
    too_much = way.claim("1")
    assert too_much.status == 400
    assert "Use 0.75 or less" in too_much.text
    assert way.claim("0.75").status == 200
    [claim] = claims.live(keys.participation_key(course.COURSE, way.activity.activity_id, "ana"))
    assert str(claim.amount).rstrip("0") == "0.75"
    assert claim.completed_on == way.activity.sessions[0].end.date()
