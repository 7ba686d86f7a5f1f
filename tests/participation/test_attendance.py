"""Attendance: by a code that can't be guessed, or by roster; and credit for no more than was attended."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cme_xblock.activity.model import Activity
from cme_xblock.participation import attendance, attestation
from cme_xblock.participation.attendance import Role, Row
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.participation.progress import Part, Status
from cme_xblock.participation.refusal import Refusal
from tests.participation import live
from tests.participation.ledger import Ledger
from tests.participation.live import BEFORE, FIRST, FIRST_OVER, LATER, SECOND, SECOND_OVER
from tests.participation.steps import reason


def begun(activity: Activity | None = None) -> Ledger:
    ledger = Ledger(activity or live.activity())
    assert isinstance(ledger.acknowledge(BEFORE), Draft)
    return ledger


def refused(result: object, code: str) -> str:
    assert isinstance(result, Refusal), result
    assert result.code == code
    assert "{" not in str(result.message)
    return str(result.message)


def claimed(result: object) -> Attestation:
    assert isinstance(result, Attestation), result
    return result


SHEET = "Sign-in sheet of 15 January"


def test_attendance_stands_in_place_of_the_content() -> None:
    parts = [one.part for one in Ledger(live.activity()).progress(BEFORE).parts]
    assert parts == [Part.OVERVIEW, Part.BASELINE, Part.ATTENDANCE, Part.ASSESSMENT, Part.CLAIM, Part.CERTIFICATE]
    with_slides = live.activity(**{"content.sections": ["cme_content@slides"]})
    assert Ledger(with_slides).progress(BEFORE).has(Part.CONTENT)


def test_no_code_is_taken_before_the_disclosures_are_read() -> None:
    ledger = Ledger(live.activity())
    refused(ledger.code(FIRST, "WARD-2931"), "locked")
    assert reason(ledger, Part.ATTENDANCE, FIRST) == "First read and acknowledge the disclosures."
    # And one that stands in the ledger all the same counts for nothing.
    payload = {"session": "s1", "minutes": 120, "method": "code", "role": "learner"}
    ledger.force(Kind.ATTENDANCE_RECORDED, payload, FIRST)
    ledger.acknowledge(FIRST)
    assert ledger.progress(FIRST_OVER).attended == {}


@pytest.mark.parametrize("typed", ["WARD-2931", "ward 2931", " Ward2931 ", "w-a-r-d-2-9-3-1"])
def test_the_code_is_taken_as_it_was_heard(typed: str) -> None:
    ledger = begun()
    drafted = ledger.code(FIRST, typed)
    assert isinstance(drafted, Draft)
    assert drafted.kind is Kind.ATTENDANCE_RECORDED
    assert drafted.payload == {"session": "s1", "minutes": 120, "method": "code", "role": "learner"}
    assert ledger.progress(FIRST).attended == {"s1": 120}


def test_the_code_is_taken_from_the_start_until_some_minutes_after_the_end() -> None:
    start, last = FIRST - timedelta(minutes=30), FIRST_OVER + timedelta(minutes=15)
    for now in (start, last):
        assert isinstance(begun().code(now, "WARD-2931"), Draft)
    # Before the session a right code is told apart from a wrong one by nothing.
    early = begun()
    drafted = early.code(start - timedelta(microseconds=1), "WARD-2931")
    assert isinstance(drafted, Draft)
    assert drafted.kind is Kind.ATTENDANCE_REFUSED
    message = refused(begun().code(last + timedelta(microseconds=1), "WARD-2931"), "code_over")
    assert "2026-01-15 11:45 EST" in message


@pytest.mark.parametrize("typed", ["", " ", "--", None, 7, ["WARD-2931"], "x" * 101])
def test_what_is_no_code_is_no_guess(typed: object) -> None:
    ledger = begun()
    refused(ledger.code(FIRST, typed), "no_code")
    assert len(ledger.entries) == 1


def test_wrong_codes_are_counted_and_after_five_a_learner_waits() -> None:
    ledger = begun()
    for number in range(attendance.MOST_WRONG):
        drafted = ledger.code(FIRST + timedelta(minutes=number), f"GUESS-{number}")
        assert isinstance(drafted, Draft)
        assert drafted.payload == {"reason": "unknown_code"}
    message = refused(ledger.code(FIRST + timedelta(minutes=5), "WARD-2931"), "too_many_codes")
    assert "2026-01-15 09:45 EST" in message
    assert isinstance(ledger.code(FIRST + timedelta(minutes=15), "WARD-2931"), Draft)
    # Neither a wrong code nor a right one is written down.
    written = json.dumps([dict(one.payload) for one in ledger.entries])
    assert "GUESS" not in written
    assert "2931" not in written


def test_a_session_is_attended_once() -> None:
    ledger = begun()
    ledger.code(FIRST, "WARD-2931")
    assert "(Hands)" in refused(ledger.code(FIRST, "WARD-2931"), "already_done")


def test_the_part_is_open_while_a_session_is_to_come() -> None:
    ledger = begun()
    assert ledger.progress(BEFORE).current is Part.ATTENDANCE
    ledger.code(FIRST, "WARD-2931")
    assert ledger.progress(FIRST_OVER).is_open(Part.ATTENDANCE)
    ledger.code(SECOND, "GLOVE 77")
    assert ledger.progress(LATER).state(Part.ATTENDANCE).status is Status.DONE
    nobody = begun()
    assert "No attendance of yours" in reason(nobody, Part.ATTENDANCE, LATER)


def test_case_05_a_live_activity_is_claimed_from_the_sessions_end_up_to_the_attended_time() -> None:
    ledger = begun()
    ledger.code(FIRST, "WARD-2931")
    message = refused(ledger.claim(FIRST, amount="2"), "locked")
    assert message == "Credit can be claimed when the session is over, at 2026-01-15 11:30 EST."
    over = refused(ledger.claim(FIRST_OVER, amount="2.25"), "amount_not_allowed")
    assert "Use 2.0 or less" in over
    made = claimed(ledger.claim(FIRST_OVER, amount="2"))
    assert (made.amount, made.completed_on) == (Decimal("2.00"), date(2026, 1, 15))
    assert "does not exceed 2.0" in made.statement


def test_case_05_sessions_at_the_same_time_count_once() -> None:
    ledger = begun()
    for now, code in ((FIRST, "WARD-2931"), (SECOND, "GLOVE 77"), (SECOND, "GOWN-5501")):
        assert isinstance(ledger.code(now, code), Draft)
    state = ledger.progress(SECOND_OVER)
    assert state.attended == {"s1": 120, "s2": 60, "s3": 45}
    assert attendance.attended_minutes(live.activity(), state.attended) == 180
    assert attestation.options(live.activity(), "md", state.attended)[0].amounts[-1] == Decimal(3)


def test_whoever_attended_too_little_is_told_so() -> None:
    ledger = begun()
    ledger.roster(SECOND_OVER, Row("s3", minutes=7, evidence=SHEET))
    assert "You attended 7 minutes" in refused(ledger.claim(LATER, amount="0.25", wording="x"), "not_attended")


def test_credit_that_is_whole_or_not_at_all_needs_full_attendance() -> None:
    offering = {"system": "apa", "amount": "3", "designated_on": "2026-01-12"}
    ledger = begun(live.activity(**{"offerings.0": offering}))
    ledger.code(FIRST, "WARD-2931")
    kept = {"profession": "psychologist", "system": "apa", "amount": "3"}
    refused(ledger.claim(FIRST_OVER, **kept, wording="x"), "not_attended")
    ledger.code(SECOND, "GLOVE 77")
    assert claimed(ledger.claim(SECOND_OVER, **kept)).amount == 3


def test_case_17_nobody_gets_a_learners_credit_for_a_session_of_their_own() -> None:
    ledger = begun()
    assert "You present this session" in refused(ledger.code(FIRST, "WARD-2931", account="ann"), "presenter")
    assert isinstance(ledger.code(SECOND, "GLOVE 77", account="ann"), Draft)
    ledger.roster(LATER, Row("s1", role=Role.PRESENTER, evidence=SHEET))
    state = ledger.progress(LATER)
    assert (state.attended, state.presented) == ({"s2": 60}, {"s1": 120})
    assert attestation.options(live.activity(), "md", state.attended)[0].amounts[-1] == Decimal(1)
    # Teaching is credited apart: two for each presented hour.
    assert attendance.teaching(live.activity(), state.presented) == Decimal(4)


def test_case_17_a_roster_takes_a_presenters_code_back() -> None:
    ledger = begun()
    ledger.code(FIRST, "WARD-2931")
    ledger.roster(FIRST_OVER, Row("s1", role=Role.PRESENTER, evidence=SHEET))
    assert ledger.progress(LATER).attended == {}
    refused(ledger.claim(LATER, wording="x"), "locked")


WEEKS = [
    {"id": f"w{day}", "title": f"Week {day}", "start": f"2026-02-{day:02}T12:00", "end": f"2026-02-{day:02}T12:50"}
    for day in (2, 9, 16, 23)
]


def test_case_34_a_series_is_attended_by_session_and_its_credits_are_summed() -> None:
    series = live.activity(**{"format": "rss", "expiry": "2026-12-31", "sessions": WEEKS, "offerings.0.amount": "3"})
    ledger = Ledger(series)
    now = LATER + timedelta(days=40)
    ledger.acknowledge(now)
    for week in ("w2", "w9", "w23"):
        assert isinstance(ledger.roster(now, Row(week, evidence="Roster")), Draft)
    state = ledger.progress(now)
    # A learner counts once for each session attended.
    assert set(state.attended) == {"w2", "w9", "w23"}
    # Fifty minutes are 0.75 in each of three sessions; 150 minutes at once would be 2.5.
    assert attestation.options(series, "md", state.attended)[0].amounts[-1] == Decimal("2.25")
    assert claimed(ledger.claim(now, amount="2.25")).completed_on == date(2026, 2, 23)


def test_a_series_takes_new_sessions_while_it_runs() -> None:
    first = live.activity(format="rss", expiry="2026-12-31", sessions=WEEKS[:1])
    ledger = Ledger(first)
    ledger.acknowledge(BEFORE)
    now = LATER + timedelta(days=40)
    ledger.roster(now, Row("w2", evidence="Roster"))
    ledger.publish(live.activity(format="rss", expiry="2026-12-31", sessions=WEEKS))
    assert isinstance(ledger.roster(now, Row("w9", evidence="Roster")), Draft)
    assert ledger.progress(now).attended == {"w2": 50, "w9": 50}


def test_case_35_late_attendance_needs_evidence_and_keeps_the_day_of_the_session() -> None:
    ledger = Ledger(live.activity())
    late = LATER + timedelta(days=10)
    refused(ledger.roster(late, Row("s1")), "evidence")
    drafted = ledger.roster(late, Row("s1", evidence=f"  {SHEET} \n"))
    assert isinstance(drafted, Draft)
    assert drafted.payload["evidence"] == SHEET
    assert drafted.payload["by"] == "staff"
    ledger.acknowledge(late)
    assert claimed(ledger.claim(late, amount="2")).completed_on == date(2026, 1, 15)


ACPE = {
    "offerings.0": {
        "system": "acpe_pharmacist",
        "amount": "3",
        "activity_type": "knowledge",
        "designated_on": "2026-01-12",
        "identifiers": [{"name": "uan", "value": "0798-0000-26-246-L04-P"}],
    },
    "claim.window_days": 365,
}


def test_case_35_late_attendance_respects_the_sixty_days_of_a_pharmacist() -> None:
    """Spec part 9: completed on 15 January 2026, due on 16 March 2026."""
    kept = {"profession": "pharmd", "system": "acpe_pharmacist", "amount": "2"}
    for days, code in ((60, ""), (61, "too_late")):
        ledger = Ledger(live.activity(**ACPE))
        now = FIRST_OVER + timedelta(days=days)
        ledger.roster(now, Row("s1", evidence=SHEET))
        ledger.acknowledge(now)
        result = ledger.claim(now, **kept)
        if code:
            assert "2026-03-16" in refused(result, code)
        else:
            assert claimed(result).completed_on == date(2026, 1, 15)


def test_case_35_nothing_can_be_claimed_when_the_window_is_over() -> None:
    ledger = Ledger(live.activity())
    now = SECOND_OVER + timedelta(days=31)
    assert isinstance(ledger.roster(now, Row("s1", evidence=SHEET)), Draft)
    refused(ledger.acknowledge(now), "locked")
    assert ledger.progress(now).completed_at is None


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (Row("s9", evidence=SHEET), "unknown_session"),
        (Row("", evidence=SHEET), "unknown_session"),
        (Row("s1", minutes=0, evidence=SHEET), "minutes"),
        (Row("s1", minutes=-5, evidence=SHEET), "minutes"),
        (Row("s1", minutes=121, evidence=SHEET), "minutes"),
        (Row("s1", evidence=" \n"), "evidence"),
        (Row("s1", evidence="x" * 501), "evidence"),
    ],
)
def test_a_line_of_a_roster_that_does_not_fit_is_refused(row: Row, code: str) -> None:
    ledger = begun()
    refused(ledger.roster(LATER, row), code)
    assert len(ledger.entries) == 1


def test_a_roster_comes_after_the_session() -> None:
    refused(begun().roster(FIRST, Row("s1", evidence=SHEET)), "not_over")


def test_attendance_is_taken_back_with_a_reason_and_stays_on_record() -> None:
    ledger = begun()
    refused(ledger.withdraw(LATER, "s1"), "not_attended")
    ledger.code(FIRST, "WARD-2931")
    refused(ledger.withdraw(LATER, "s1", reason=" "), "reason")
    assert isinstance(ledger.withdraw(LATER, "s1"), Draft)
    assert ledger.progress(LATER).attended == {}
    assert [one.kind for one in ledger.entries][-2:] == [Kind.ATTENDANCE_RECORDED, Kind.ATTENDANCE_WITHDRAWN]


def test_a_roster_corrects_what_was_recorded_before() -> None:
    ledger = begun()
    ledger.code(FIRST, "WARD-2931")
    ledger.roster(LATER, Row("s1", minutes=45, evidence=SHEET))
    assert ledger.progress(LATER).attended == {"s1": 45}


def test_a_baseline_after_the_first_session_is_none() -> None:
    ledger = begun(live.activity(**{"baseline.items": [one_item()]}))
    ledger.roster(FIRST_OVER, Row("s1", evidence=SHEET))
    state = ledger.progress(LATER)
    assert state.state(Part.BASELINE).status is Status.DONE
    assert state.baseline is None
    ledger.force(Kind.BASELINE_SUBMITTED, {"responses": {"b1": ["a"]}}, LATER)
    assert ledger.progress(LATER).baseline is None


def one_item() -> dict[str, Any]:
    options = [{"id": "a", "correct": True, "text": "Clean hands"}, {"id": "b", "text": "Put on gloves"}]
    return {"id": "b1", "objective": "o1", "stem": "What first?", "options": options}


def test_an_assessment_waits_for_a_session_and_leaves_the_day_of_the_credit_alone() -> None:
    ledger = begun(live.activity(**{"assessment.items": [one_item()], "assessment.pass_mark": "1"}))
    assert reason(ledger, Part.ASSESSMENT, FIRST) == "First attend a session."
    refused(ledger.assessment(FIRST, {"b1": ["a"]}), "locked")
    ledger.code(FIRST, "WARD-2931")
    assert isinstance(ledger.assessment(LATER, {"b1": ["a"]}), Draft)
    assert claimed(ledger.claim(LATER, amount="2")).completed_on == date(2026, 1, 15)


@pytest.mark.parametrize(
    "payload",
    [
        {"session": 7, "minutes": 60, "method": "roster", "role": "learner"},
        {"session": "s1", "minutes": "60", "method": "roster", "role": "learner"},
        {"session": "s1", "minutes": True, "method": "roster", "role": "learner"},
        {"session": "s1", "minutes": -60, "method": "roster", "role": "learner"},
        {"session": "s1", "minutes": 60, "method": [], "role": {}},
        {"session": "s1"},
    ],
)
def test_a_forged_entry_gives_no_attendance(payload: dict[str, Any]) -> None:
    ledger = begun()
    ledger.force(Kind.ATTENDANCE_RECORDED, payload, FIRST)
    assert ledger.progress(LATER).attended == {}


def test_more_minutes_than_a_session_has_count_as_all_of_them() -> None:
    ledger = begun()
    payload = {"session": "s1", "minutes": 6000, "method": "roster", "role": "learner"}
    ledger.force(Kind.ATTENDANCE_RECORDED, payload, FIRST)
    assert attendance.attended_minutes(live.activity(), ledger.progress(LATER).attended) == 120
