"""Which part is open, which is locked and why: by entries and by time."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cme_xblock.participation.entries import Draft, Kind, verify
from cme_xblock.participation.progress import Part
from cme_xblock.participation.refusal import Refusal
from cme_xblock.rules import disclosure
from tests.participation.ledger import PARTICIPATION, Ledger
from tests.participation.steps import LAST, NEW_RELATION, NOW, OVER, reason, statuses, step, walked
from tests.rules import sample
from tests.rules.variant import vary

# Promise 1 and the reasons


def test_every_locked_part_says_what_to_do_first() -> None:
    ledger = Ledger(sample.activity())
    assert [str(one.reason) for one in ledger.progress(NOW).parts] == [
        "None",
        "First read and acknowledge the disclosures.",
        "First read and acknowledge the disclosures.",
        "First read and acknowledge the disclosures.",
        "First read and acknowledge the disclosures.",
        "First complete the parts before it.",
        "First claim your credit.",
    ]
    ledger.acknowledge(NOW)
    assert reason(ledger, Part.CONTENT) == "First answer the questions before the content."
    assert reason(ledger, Part.ASSESSMENT) == "First answer the questions before the content."
    ledger.baseline(NOW, sample.right_baseline())
    assert reason(ledger, Part.ASSESSMENT) == "First work through the content."


def test_another_disclosure_locks_everything_until_it_is_acknowledged_too() -> None:
    ledger = walked(sample.activity(), until=Part.BASELINE)
    assert statuses(ledger) == "dolllll"
    ledger.publish(vary(NEW_RELATION))
    assert statuses(ledger) == "ollllll"
    assert reason(ledger, Part.BASELINE) == "The disclosures have changed. First read and acknowledge them again."
    assert isinstance(ledger.acknowledge(NOW, sha=disclosure.sha256(sample.activity())), Refusal)
    assert isinstance(ledger.baseline(NOW, sample.right_baseline()), Refusal)
    assert isinstance(ledger.acknowledge(NOW), Draft)
    assert statuses(ledger) == "dolllll"


def test_an_edition_with_the_same_disclosure_needs_no_second_acknowledgement() -> None:
    ledger = walked(sample.activity(), until=Part.BASELINE)
    ledger.publish(vary({"title": "Hand hygiene, second impression"}))
    assert statuses(ledger) == "dolllll"


@pytest.mark.parametrize("kind", [one for one in Kind if one is not Kind.CREDIT_CLAIMED])
def test_an_entry_out_of_turn_counts_for_nothing(kind: Kind) -> None:
    payload = {
        "disclosure": "0" * 64,
        "responses": sample.right_assessment(),
        "attempt": 1,
        "section": sample.SECTION,
    }
    ledger = Ledger(sample.activity())
    for _ in range(3):
        ledger.force(kind, payload, NOW)
    for part in (Part.OVERVIEW, Part.BASELINE, Part.CONTENT, Part.ASSESSMENT):
        assert ledger.progress(NOW).current is part
        step(ledger)
    assert ledger.progress(NOW).completed_at == NOW


@pytest.mark.parametrize("skipped", list(Kind)[:4])
def test_a_way_with_one_step_missing_is_never_complete(skipped: Kind) -> None:
    steps: list[tuple[Kind, dict[str, Any]]] = [
        (Kind.DISCLOSURE_ACKNOWLEDGED, {"disclosure": disclosure.sha256(sample.activity())}),
        (Kind.BASELINE_SUBMITTED, {"responses": sample.right_baseline()}),
        (Kind.CONTENT_COMPLETED, {"section": sample.SECTION}),
        (Kind.ASSESSMENT_SUBMITTED, {"attempt": 1, "responses": sample.right_assessment()}),
    ]
    whole, lacking, late = (Ledger(sample.activity()) for _ in range(3))
    for kind, payload in steps:
        whole.force(kind, payload, NOW)
        if kind is not skipped:
            lacking.force(kind, payload, NOW)
            late.force(kind, payload, NOW)
    late.force(*next(step for step in steps if step[0] is skipped), NOW)
    assert whole.progress(NOW).completed_at == NOW
    assert lacking.progress(NOW).completed_at is None
    # The missing step, made up for at the end, does not heal what came too early; the last step does come last.
    assert (late.progress(NOW).completed_at is None) is (skipped is not Kind.ASSESSMENT_SUBMITTED)


# Parts that an activity does not have


def test_a_part_without_anything_in_it_is_skipped() -> None:
    ledger = Ledger(vary({"baseline.items": [], "content.sections": []}))
    assert statuses(ledger) == "ollllll"
    ledger.acknowledge(NOW)
    assert statuses(ledger) == "dddolll"


def test_an_activity_without_assessment_is_complete_with_its_content() -> None:
    ledger = walked(vary({"format": "other", "assessment.items": []}), until=Part.CLAIM)
    assert statuses(ledger) == "ddddool"
    assert not ledger.progress(NOW).attempts


def test_an_activity_without_pass_mark_asks_to_hand_in_only() -> None:
    ledger = walked(vary({"format": "other", "assessment.pass_mark": "none!"}), until=Part.ASSESSMENT)
    ledger.assessment(NOW, sample.wrong_assessment())
    assert statuses(ledger) == "ddddool"


@pytest.mark.parametrize("changes", [{"assessment.items": []}, {"assessment.pass_mark": "none!"}])
def test_enduring_material_gives_nothing_without_items_and_pass_mark(changes: dict[str, Any]) -> None:
    ledger = walked(vary(changes), until=Part.ASSESSMENT)
    assert statuses(ledger) == "dddllll"
    assert "has not set how this assessment is passed" in reason(ledger, Part.ASSESSMENT)


def test_all_sections_must_be_completed_in_any_order() -> None:
    ledger = walked(vary({"content.sections": ["cme_content@a", "cme_content@b"]}), until=Part.CONTENT)
    ledger.content(NOW, "cme_content@b")
    assert statuses(ledger) == "ddollll"
    assert ledger.progress(NOW).sections_done == {"cme_content@b"}
    ledger.content(NOW, "cme_content@a")
    assert statuses(ledger) == "dddolll"


# Attempts


def test_attempts_run_out_with_a_reason_and_without_credit() -> None:
    ledger = walked(vary({"assessment.max_attempts": 2}), until=Part.ASSESSMENT)
    assert ledger.progress(NOW).attempts_left == 2
    ledger.assessment(NOW, sample.wrong_assessment())
    assert ledger.progress(NOW).attempts_left == 1
    ledger.assessment(NOW, sample.wrong_assessment())
    assert ledger.progress(NOW).attempts_left == 0
    assert statuses(ledger) == "dddllll"
    assert (
        reason(ledger, Part.ASSESSMENT) == "You have used all 2 attempts, so you cannot earn credit for this activity."
    )
    assert isinstance(ledger.assessment(NOW, sample.right_assessment()), Refusal)
    ledger.force(Kind.ASSESSMENT_SUBMITTED, {"attempt": 3, "responses": sample.right_assessment()}, NOW)
    assert statuses(ledger) == "dddllll"
    assert ledger.progress(NOW).current is Part.ASSESSMENT


def test_the_last_attempt_can_pass() -> None:
    ledger = walked(vary({"assessment.max_attempts": 1}), until=Part.ASSESSMENT)
    ledger.assessment(NOW, sample.right_assessment())
    assert statuses(ledger) == "ddddool"


def test_without_a_limit_attempts_go_on() -> None:
    ledger = walked(sample.activity(), until=Part.ASSESSMENT)
    for _ in range(12):
        ledger.assessment(NOW, sample.wrong_assessment())
    assert ledger.progress(NOW).attempts_left is None
    assert ledger.progress(NOW).next_attempt == 13
    assert ledger.progress(NOW).is_open(Part.ASSESSMENT)


# Time


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("America/New_York", "2026-12-31T23:30:00-05:00", date(2026, 12, 31)),
        ("America/New_York", "2027-01-01T00:00:00-05:00", date(2027, 1, 1)),
        ("Pacific/Tongatapu", "2026-12-31T10:59:00+00:00", date(2026, 12, 31)),
        ("Pacific/Tongatapu", "2026-12-31T11:00:00+00:00", date(2027, 1, 1)),
        ("America/New_York", "2026-03-09T03:59:59+00:00", date(2026, 3, 8)),
        ("America/New_York", "2026-11-02T04:59:59+00:00", date(2026, 11, 1)),
    ],
)
def test_credit_carries_the_civil_date_of_completion_in_the_activitys_zone(zone: str, instant: str, day: date) -> None:
    at = datetime.fromisoformat(instant)
    ledger = walked(vary({"time_zone": zone}), until=Part.CLAIM, now=at)
    later = ledger.progress(at + timedelta(days=40))
    assert later.completed_on == day
    assert later.completed_at == at


def test_completion_is_the_instant_at_which_all_was_first_met_together() -> None:
    ledger = walked(sample.activity(), until=Part.ASSESSMENT)
    ledger.assessment(NOW + timedelta(hours=1), sample.wrong_assessment())
    ledger.assessment(NOW + timedelta(hours=2), sample.right_assessment())
    ledger.claim(NOW + timedelta(days=3))
    assert ledger.progress(NOW + timedelta(days=9)).completed_at == NOW + timedelta(hours=2)


def test_nothing_opens_before_the_release_date() -> None:
    ledger = Ledger(sample.activity())
    before, after = (datetime(2026, 1, 15, hour, 59, 59, tzinfo=UTC) for hour in (4, 5))
    assert statuses(ledger, before) == "lllllll"
    assert reason(ledger, Part.OVERVIEW, before) == "This activity opens on 2026-01-15."
    assert isinstance(ledger.acknowledge(before), Refusal)
    assert statuses(ledger, after) == "ollllll"


def test_nothing_starts_or_goes_on_after_the_expiry_date() -> None:
    fresh, begun = Ledger(sample.activity()), walked(sample.activity(), until=Part.CONTENT)
    assert statuses(fresh, LAST) == "ollllll"
    assert statuses(fresh, OVER) == "lllllll"
    assert reason(fresh, Part.OVERVIEW, OVER).startswith("This activity expired on 2028-01-15.")
    assert statuses(begun, LAST) == "ddollll"
    assert statuses(begun, OVER) == "ddlllll"
    assert reason(begun, Part.CONTENT, OVER).startswith("This activity expired on 2028-01-15.")
    assert isinstance(begun.content(OVER, sample.SECTION), Refusal)
    assert isinstance(fresh.acknowledge(OVER), Refusal)


def test_what_was_completed_in_time_can_be_claimed_within_the_window_only() -> None:
    ledger = walked(sample.activity(), until=Part.CLAIM, now=LAST)
    end = LAST + timedelta(days=30)
    assert statuses(ledger, OVER) == "ddddlol"
    assert statuses(ledger, end) == "ddddlol"
    assert reason(ledger, Part.CLAIM, end + timedelta(microseconds=1)).startswith(
        "Credit could be claimed until 2028-02-14."
    )
    assert isinstance(ledger.claim(end + timedelta(microseconds=1)), Refusal)
    assert not isinstance(ledger.claim(end), Refusal)
    # What was claimed stays, for years.
    assert statuses(ledger, end + timedelta(days=3000)) == "ddddldo"


def test_a_pass_after_the_expiry_date_counts_for_nothing() -> None:
    ledger = walked(sample.activity(), until=Part.ASSESSMENT, now=LAST)
    ledger.force(Kind.ASSESSMENT_SUBMITTED, {"attempt": 1, "responses": sample.right_assessment()}, OVER)
    assert ledger.progress(OVER).completed_at is None


def test_without_dates_an_activity_is_neither_early_nor_late() -> None:
    ledger = walked(vary({"release": "none!", "expiry": "none!"}), until=Part.CERTIFICATE)
    assert statuses(ledger) == "ddddodo"


def test_time_running_backwards_in_the_ledger_neither_fails_nor_dates_anything_back() -> None:
    ledger = walked(sample.activity(), until=Part.ASSESSMENT)
    ledger.assessment(NOW - timedelta(days=40), sample.right_assessment())
    ledger.entries[-1] = dataclasses.replace(ledger.entries[-1], at=datetime(1, 1, 1))  # noqa: DTZ001
    progress = ledger.progress(NOW)
    assert progress.completed_at == NOW
    assert verify(PARTICIPATION, ledger.entries)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (Kind.DISCLOSURE_ACKNOWLEDGED, {}),
        (Kind.DISCLOSURE_ACKNOWLEDGED, {"disclosure": ["x"]}),
        (Kind.BASELINE_SUBMITTED, {"responses": None}),
        (Kind.BASELINE_SUBMITTED, {"responses": {"b1": 7, "b2": [None, "a"]}}),
        (Kind.CONTENT_COMPLETED, {"section": ["x"]}),
        (Kind.CONTENT_COMPLETED, {"section": {}}),
        (Kind.ASSESSMENT_SUBMITTED, {"attempt": "x", "responses": {"a1": {}, "a2": 0.5}}),
        (Kind.ASSESSMENT_SUBMITTED, {"attempt": 1, "responses": [["a1", "a"]]}),
        (Kind.CREDIT_CLAIMED, {"system": ["x"], "amount": None}),
    ],
)
@pytest.mark.parametrize("at", [Part.OVERVIEW, Part.BASELINE, Part.CONTENT, Part.ASSESSMENT])
def test_no_payload_makes_the_fold_fail(at: Part, kind: Kind, payload: dict[str, Any]) -> None:
    ledger = walked(sample.activity(), until=at)
    good = ledger.entries[-1] if ledger.entries else None
    ledger.force(kind, {}, NOW)
    ledger.entries[-1] = dataclasses.replace(ledger.entries[-1], payload=payload)
    ledger.entries.append(dataclasses.replace(ledger.entries[-1], kind="unheard_of"))  # type: ignore[arg-type]
    progress = ledger.progress(NOW)
    assert progress.completed_at is None
    assert good in (None, *ledger.entries)
