"""Edge cases of the specification's part 7 that entries and rules alone decide. Each test bears its number."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from cme_xblock.participation import attestation, regrading
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.participation.progress import Part
from cme_xblock.participation.refusal import Refusal
from cme_xblock.participation.regrading import Regraded
from cme_xblock.rules import credit_system, points
from tests.participation.ledger import Ledger
from tests.participation.steps import NOW, reason, walk, walked
from tests.rules import sample
from tests.rules.variant import vary

BONUS = "cme_content@bonus"
LATER = NOW + timedelta(days=30)


def most(ledger: Ledger) -> Decimal:
    [choice] = attestation.options(ledger.activity(NOW), "md")
    return choice.amounts[-1]


@pytest.mark.parametrize("amount", ["0.25", "1"])
def test_case_21_another_credit_counts_for_those_who_start_after_it(amount: str) -> None:
    ledger = walked(sample.activity(), until=Part.CLAIM)
    designated = most(ledger)
    ledger.publish(vary({"offerings.0.amount": amount}))
    assert most(ledger) == designated != Decimal(amount)
    assert isinstance(ledger.claim(NOW, amount=str(designated)), Attestation)
    newcomer = walked(vary({"offerings.0.amount": amount}), until=Part.CLAIM)
    assert most(newcomer) == Decimal(amount)


def regraded(ledger: Ledger, keys: dict[str, list[list[str]]], *, now=LATER) -> Draft | Refusal:
    edition = ledger.edition(now)
    before = regrading.of(ledger.entries).get(edition, Regraded())
    items = ledger.activity(now).assessment.items
    return ledger.write(regrading.regrade(items, edition, keys, reason="Item a1.", by="staff:1", before=before), now)


def answered(**changed: list[str]) -> dict[str, list[str]]:
    return {**sample.right_assessment(), **changed}


def wrong(ledger: Ledger, item: str) -> list[str]:
    """An option that the author's key does not have."""
    found = next(one for one in ledger.activity(NOW).assessment.items if one.id == item)
    return [next(one.id for one in found.options if not one.correct)]


@pytest.fixture
def strict() -> Ledger:
    return walked(vary({"assessment.pass_mark": "1"}), until=Part.ASSESSMENT)


def test_case_23_a_corrected_key_grants_a_pass_at_the_time_of_the_attempt(strict: Ledger) -> None:
    chosen = wrong(strict, "a1")
    strict.assessment(NOW, answered(a1=chosen))
    assert not strict.progress(NOW).passed
    assert isinstance(regraded(strict, {"a1": [chosen]}), Draft)
    at = strict.progress(LATER)
    assert (at.passed, at.completed_at, at.attempts[0].score_version) == (True, NOW, 1)
    assert at.attempts[0].per_item["a1"]
    assert isinstance(strict.claim(LATER), Attestation)


def test_case_23_a_corrected_key_takes_no_pass_and_no_credit_away(strict: Ledger) -> None:
    strict.assessment(NOW, sample.right_assessment())
    assert isinstance(strict.claim(NOW), Attestation)
    assert isinstance(regraded(strict, {"a1": [wrong(strict, "a1")]}), Draft)
    at = strict.progress(LATER)
    assert (at.passed, at.completed_at, at.claimed) == (True, NOW, ("ama_pra_1",))
    # Outcomes are counted by the corrected key, and the version says so.
    assert (at.attempts[0].per_item["a1"], at.attempts[0].score_version) == (False, 1)


def test_case_23_an_item_without_a_right_answer_is_right_for_everybody(strict: Ledger) -> None:
    strict.assessment(NOW, answered(a1=wrong(strict, "a1")))
    regraded(strict, {"a1": []})
    assert strict.progress(LATER).passed


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({}, "no_keys"),
        ({"x": [["a"]]}, "unknown_item"),
        ({"a1": [["z"]]}, "unknown_option"),
        ({"a1": ["a"]}, "malformed"),
        ({"a1": [[]]}, "malformed"),
        ({"a1": "a"}, "malformed"),
    ],
)
def test_case_23_what_is_no_key_of_this_assessment_is_refused(strict: Ledger, keys, code: str) -> None:
    result = regraded(strict, keys)
    assert isinstance(result, Refusal)
    assert result.code == code


def test_case_23_the_same_correction_is_made_once(strict: Ledger) -> None:
    regraded(strict, {"a1": [["b"]]})
    again = regraded(strict, {"a1": [["b"]]})
    assert isinstance(again, Refusal)
    assert isinstance(regraded(strict, {"a1": [["b"], ["a"]]}), Draft)


def test_case_30_a_bonus_unit_is_no_part_of_what_gives_credit() -> None:
    ledger = walked(sample.activity(), until=Part.CONTENT)
    refused = ledger.content(NOW, BONUS)
    assert isinstance(refused, Refusal)
    ledger.force(Kind.CONTENT_COMPLETED, {"section": BONUS}, NOW)
    assert "First work through the content" in reason(ledger, Part.ASSESSMENT)
    for section in ledger.activity(NOW).content.sections:
        ledger.content(NOW, section)
    assert ledger.progress(NOW).sections_done == frozenset(ledger.activity(NOW).content.sections)
    walk(ledger, until=Part.CERTIFICATE)
    assert ledger.progress(NOW).claimed == ("ama_pra_1",)


def test_case_07_credit_has_the_day_on_which_all_was_met_and_not_that_of_the_last_click() -> None:
    """Failed, passed at 23:50 in New York, then evaluated and claimed on later days, with a failing click between."""
    passed = datetime(2026, 6, 4, 3, 50, tzinfo=UTC)
    ledger = walked(vary({"offerings.0.amount": "2"}), until=Part.ASSESSMENT)
    for at, answers in ((NOW, sample.wrong_assessment()), (passed, sample.right_assessment())):
        ledger.assessment(at, answers)
    ledger.assessment(passed + timedelta(hours=1), sample.wrong_assessment())
    ledger.force(Kind.EVALUATION_SUBMITTED, {"responses": {}}, passed + timedelta(hours=2))
    made = ledger.claim(passed + timedelta(days=5))
    assert (made.completed_at, made.completed_on) == (passed, date(2026, 6, 3))
    assert ledger.progress(passed + timedelta(days=9)).completed_on == date(2026, 6, 3)


def test_case_07_what_is_required_and_comes_last_sets_the_day() -> None:
    ledger = walked(vary({"evaluation.required_for_credit": True}), until=Part.CLAIM)
    assert ledger.progress(NOW).completed_on is None, "passed, and not evaluated"
    ledger.force(Kind.EVALUATION_SUBMITTED, {"mode": "anonymous"}, NOW + timedelta(days=2))
    assert ledger.progress(NOW + timedelta(days=4)).completed_on == date(2026, 6, 3)


def test_case_08_the_civil_date_is_taken_once_and_stays_whatever_zone_comes_later() -> None:
    at = datetime(2026, 6, 2, 3, 59, 59, tzinfo=UTC)
    ledger = walked(vary({"time_zone": "America/New_York"}), until=Part.CLAIM, now=at)
    made = ledger.claim(at)
    assert (made.completed_at, made.completed_on) == (at, date(2026, 6, 1))
    ledger.publish(vary({"time_zone": "Pacific/Auckland"}))
    state = ledger.progress(at + timedelta(days=1))
    assert state.held["ama_pra_1"].completed_on == "2026-06-01"
    assert state.completed_on == date(2026, 6, 1)


@pytest.mark.parametrize(
    ("zone", "instant", "year"),
    [
        ("America/New_York", "2027-01-01T04:30:00+00:00", 2026),
        ("America/New_York", "2027-01-01T05:00:00+00:00", 2027),
        ("Pacific/Tongatapu", "2026-12-31T10:59:59+00:00", 2026),
        ("Pacific/Tongatapu", "2026-12-31T11:00:00+00:00", 2027),
        ("Pacific/Auckland", "2026-12-31T10:59:59+00:00", 2026),
        ("Pacific/Auckland", "2026-12-31T11:00:00+00:00", 2027),
    ],
)
def test_case_09_the_last_evening_of_december_belongs_to_the_local_year(zone: str, instant: str, year: int) -> None:
    """Auckland is at UTC+13 in its summer, Tongatapu always."""
    moc = {"board": "abim", "points": "0.5", "claim_by": "2027-12-31", "credit_types": ["medical_knowledge"]}
    at = datetime.fromisoformat(instant)
    ledger = walked(vary({"time_zone": zone, "offerings.0.moc": [moc]}), until=Part.CLAIM, now=at)
    state = ledger.progress(at)
    assert state.completed_on.year == year
    assert points.year_end(credit_system.load()["moc_abim"], state.completed_on) == date(year, 12, 31)


@pytest.mark.parametrize(
    ("expiry", "last"),
    [
        # The day of 23 hours and the day of 25 hours in New York.
        ("2026-03-08", "2026-03-09T03:59:59.999999+00:00"),
        ("2026-11-01", "2026-11-02T04:59:59.999999+00:00"),
    ],
)
def test_case_09_a_day_on_which_clocks_change_ends_at_its_own_midnight(expiry: str, last: str) -> None:
    at = datetime.fromisoformat(last)
    tick = timedelta(microseconds=1)
    activity = vary({"expiry": expiry, "claim.window_days": 0})
    ledger = walked(activity, until=Part.CLAIM, now=at)
    assert ledger.progress(at).is_open(Part.CLAIM)
    assert not ledger.progress(at + tick).is_open(Part.CLAIM)
    late = walked(activity, until=Part.ASSESSMENT, now=at)
    late.assessment(at + tick, sample.right_assessment())
    assert late.progress(at + tick).completed_at is None
