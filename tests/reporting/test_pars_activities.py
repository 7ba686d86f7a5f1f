"""Activities at PARS, end to end: decided by a person, sent by the engine, read back, pinned; then credit goes out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cme_xblock.activity.codes import Answer, Format
from cme_xblock.activity.model import Activity, Identifier, Offering, Support
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import editions, keys, ledger, numbers
from cme_xblock.records.models import ActivityDecision, ActivityNumber, Delivery
from cme_xblock.records.models.delivery import Operation
from cme_xblock.reporting import counting, registering, registrations
from cme_xblock.reporting.endpoints import data
from cme_xblock.reporting.endpoints.pars_activities import NUMBER
from cme_xblock.reporting.registering import NotDecided
from cme_xblock.reporting.sandbox.pars_activities_desk import ParsActivitiesDesk
from cme_xblock.reporting.sandbox.store import Store
from tests.reporting import world

pytestmark = pytest.mark.django_db

ACTIVITY = "opioids"
KEY = keys.activity_key(world.COURSE, ACTIVITY)
SAID = {"public": False, "outcomes": [{"outcome": "knowledge", "types": ["objective"]}]}
NUMBERED = Offering("ama_pra_1", Decimal(1), identifiers=(Identifier(NUMBER, "202600001"),))
WHO = {"by": "A. Manager", "reason": "Annual report"}


@pytest.fixture
def pars(tmp_path: Path, clock: world.Clock, far: world.Far, settings: Any) -> Iterator[world.Far]:
    """A desk for activities, and both kinds of endpoint in the settings."""
    wire = data.merged("pars_activities", {})
    desk = ParsActivitiesDesk(Store(tmp_path / "activities.sqlite3"), wire, clock.seconds)
    with world.listening(desk) as receiver:
        there = world.Far(receiver, desk, "services/activities.svc")
        settings.CME_ENDPOINTS = [
            world.endpoint(far.url),
            world.endpoint(there.url, name="parsact", kind="pars_activities", label="PARS"),
        ]
        yield there


def described(**changes: Any) -> Activity:
    usual = {"description": "Cases.", "release": date(2026, 1, 15), "expiry": date(2026, 11, 20)}
    return replace(world.activity(""), **{**usual, "support": Support(Answer.NO), **changes})


def publish(clock: world.Clock, **changes: Any) -> None:
    editions.publish(world.COURSE, described(**changes), source="cme@1", now=clock())


def decide(clock: world.Clock, operation: Operation, **more: Any) -> list[Delivery]:
    return registering.decide(world.COURSE, ACTIVITY, operation, now=clock(), **{**WHO, "facts": SAID, **more})


def settled(clock: world.Clock) -> tuple[str, str]:
    """State and reason of the last delivery about the activity, after all hours have passed."""
    world.run_until_settled(clock)
    row = Delivery.objects.filter(endpoint="parsact").latest("pk")
    return row.state, row.reason


def held_there(pars: world.Far) -> list[dict[str, str]]:
    return [dict(one.facts) for one in pars.store.records()]


def test_registered_read_back_pinned_and_then_the_held_credit_goes_out(pars, far, clock):
    publish(clock)
    claim = world.claim(number="")
    row = claim.deliveries.get()
    assert (row.state, row.reason) == ("held", "no_activity_number")
    decide(clock, Operation.ADD)
    assert settled(clock) == ("accepted", "")
    (there,) = held_there(pars)
    assert numbers.pinned(NUMBER, KEY) == there["number"]
    assert pars.arrivals("save") == ["stored"]
    assert world.run(clock).released == 1
    world.run_until_settled(clock)
    row.refresh_from_db()
    assert row.state == "accepted"
    assert [one.facts["activity"] for one in far.store.records()] == [there["number"]]


def test_an_update_sends_both_ids_and_makes_no_second_activity(pars, clock):
    publish(clock)
    decide(clock, Operation.ADD)
    settled(clock)
    publish(clock, title="Safer Opioid Tapering")
    decide(clock, Operation.UPDATE)
    assert settled(clock) == ("accepted", "")
    (there,) = held_there(pars)
    assert (there["title"], there["action"]) == ("Safer Opioid Tapering", "Update")


def test_closed_and_deleted(pars, clock):
    publish(clock)
    decide(clock, Operation.ADD)
    settled(clock)
    decide(clock, Operation.CLOSE)
    assert settled(clock) == ("accepted", "")
    assert held_there(pars)[0]["state"] == "closed"
    decide(clock, Operation.DELETE)
    assert settled(clock) == ("accepted", "")
    assert held_there(pars) == []


def test_what_was_deleted_can_be_registered_anew_under_a_new_number(pars, clock):
    publish(clock)
    decide(clock, Operation.ADD)
    settled(clock)
    first = numbers.pinned(NUMBER, KEY)
    decide(clock, Operation.DELETE)
    settled(clock)
    pars.store.clear()
    clock.forward(days=365 - 40)
    publish(clock, format=Format.JOURNAL)
    decide(clock, Operation.ADD)
    assert settled(clock) == ("accepted", "")
    assert numbers.pinned(NUMBER, KEY) not in ("", first)


def test_a_registration_that_has_not_left_leaves_as_it_is_now(pars, clock):
    publish(clock)
    decide(clock, Operation.ADD)
    for operation in (Operation.CLOSE, Operation.DELETE):
        with pytest.raises(NotDecided, match="has not left yet"):
            decide(clock, operation)
    publish(clock, title="Safer", format=Format.JOURNAL)
    decide(clock, Operation.UPDATE)
    assert settled(clock) == ("accepted", "")
    assert [(one["title"], one["action"]) for one in held_there(pars)] == [("Safer", "Add")]


def test_a_refused_registration_can_be_tried_again(pars, clock):
    publish(clock)
    pars.misbehave("refuse")
    decide(clock, Operation.ADD)
    assert settled(clock)[0] == "refused"
    with pytest.raises(NotDecided, match="Use register first"):
        decide(clock, Operation.UPDATE)
    decide(clock, Operation.ADD)
    assert settled(clock) == ("accepted", "")


def test_a_change_of_what_tells_it_apart_needs_a_decision_of_its_own(pars, clock):
    publish(clock)
    decide(clock, Operation.ADD)
    settled(clock)
    publish(clock, format=Format.JOURNAL)
    with pytest.raises(NotDecided, match=r"Changed since the last decision: format.*--second-activity"):
        decide(clock, Operation.UPDATE)
    assert len(held_there(pars)) == 1
    decide(clock, Operation.UPDATE, second=True)
    settled(clock)
    assert pars.arrivals("save")[-1] == "second"
    assert ActivityDecision.objects.filter(second=True).count() == 1


@pytest.mark.parametrize("trouble", ["store_then_drop", "double_escaped"])
def test_what_may_have_arrived_is_read_back_and_not_registered_twice(pars, clock, trouble):
    publish(clock)
    pars.misbehave(trouble)
    decide(clock, Operation.ADD)
    assert settled(clock) == ("accepted", "")
    assert pars.arrivals("save") == ["stored"]
    assert numbers.pinned(NUMBER, KEY) == held_there(pars)[0]["number"]


@pytest.mark.parametrize("trouble", ["drop_before_storing", "nonsense"])
def test_what_did_not_arrive_is_sent_again(pars, clock, trouble):
    publish(clock)
    pars.misbehave(trouble)
    decide(clock, Operation.ADD)
    assert settled(clock) == ("accepted", "")
    assert len(held_there(pars)) == 1


@pytest.mark.parametrize("trouble", ["store_then_drop", "error_500"])
def test_a_change_whose_answer_was_lost_is_sent_again_whole(pars, clock, trouble):
    publish(clock)
    decide(clock, Operation.ADD)
    settled(clock)
    publish(clock, title="Safer")
    pars.misbehave(trouble)
    decide(clock, Operation.UPDATE)
    assert settled(clock) == ("accepted", "")
    assert [one["title"] for one in held_there(pars)] == ["Safer"]


def test_a_refusal_is_kept_with_its_words(pars, clock):
    publish(clock)
    pars.misbehave("refuse", text="Activity format is not known")
    decide(clock, Operation.ADD)
    assert settled(clock) == ("refused", "unclassified")
    assert ActivityNumber.objects.count() == 0


@pytest.mark.parametrize(
    ("operation", "changes", "said", "names"),
    [
        (Operation.UPDATE, {}, SAID, "not registered"),
        (Operation.CLOSE, {}, SAID, "not registered"),
        (Operation.ADD, {"title": ""}, SAID, "title is empty"),
        (Operation.ADD, {}, {"public": 1}, "public: must be true or false"),
        (Operation.ADD, {"offerings": (NUMBERED,)}, SAID, "registered already"),
    ],
)
def test_what_stands_against_a_decision_is_named_and_nothing_is_owed(pars, clock, operation, changes, said, names):
    publish(clock, **changes)
    with pytest.raises(NotDecided, match=names):
        decide(clock, operation, facts=said)
    assert not Delivery.objects.exists()
    assert not ActivityDecision.objects.exists()


def test_nothing_is_closed_without_what_pars_asks_for(pars, clock):
    publish(clock)
    decide(clock, Operation.ADD)
    settled(clock)
    with pytest.raises(NotDecided, match="at least one measured outcome"):
        decide(clock, Operation.CLOSE, facts={"public": False})


@pytest.mark.parametrize("who", [{"by": ""}, {"reason": " "}, {"reason": "x" * 501}])
def test_nobody_decides_without_name_and_reason(pars, clock, who):
    publish(clock)
    with pytest.raises(NotDecided):
        decide(clock, Operation.ADD, **who)


def test_without_an_endpoint_for_it_there_is_nothing_to_decide(connected, clock):
    publish(clock)
    with pytest.raises(NotDecided, match="pars_activities"):
        decide(clock, Operation.ADD)


def test_another_number_than_the_pinned_one_is_not_taken_over(pars, clock, caplog):
    publish(clock)
    registrations.pin(NUMBER, KEY, "202600001", endpoint="", now=clock())
    row = decide(clock, Operation.DELETE)[0]
    registrations.learned(row, _endpoint(), "202600002", now=clock())
    assert numbers.pinned(NUMBER, KEY) == "202600001"
    assert "another number" in caplog.text


def _endpoint() -> Any:
    from cme_xblock.reporting import config

    return config.endpoints()["parsact"]


def attend(clock: world.Clock, learner: str, kind: Kind, **payload: Any) -> None:
    edition = editions.record(world.COURSE, described(), now=clock())
    ledger.append(world.COURSE, ACTIVITY, learner, decide=lambda _: Draft(kind, edition, payload), now=clock())


def test_who_did_a_portion_counts_and_who_only_looked_does_not(connected, clock):
    world.claim("1")
    world.claim("2", profession="rn")
    attend(clock, "3", Kind.CONTENT_COMPLETED, section="a")
    attend(clock, "4", Kind.DISCLOSURE_ACKNOWLEDGED, disclosure="x")
    attend(clock, "5", Kind.COMPLETED_WITHOUT_CREDIT, completed_on="2026-11-22", profession="do")
    attend(clock, "6", Kind.CONTENT_COMPLETED, section="a")
    attend(clock, "6", Kind.TEST_MARKED, test=True, by="x")
    assert counting.learners(KEY, Format.ENDURING) == {"md": 1, "rn": 1, "": 1, "do": 1}
    assert counting.learners(keys.activity_key("c", "a"), Format.ENDURING) == {}


def test_a_series_counts_each_attendance(connected, clock):
    for session in ("one", "two", "two"):
        attend(clock, "1", Kind.ATTENDANCE_RECORDED, session=session, minutes=60, method="code", role="learner")
    attend(clock, "2", Kind.ATTENDANCE_RECORDED, session="one", minutes=60, method="code", role="learner")
    attend(clock, "3", Kind.ATTENDANCE_RECORDED, session="one", minutes=60, method="roster", role="presenter")
    attend(clock, "4", Kind.ATTENDANCE_RECORDED, session="one", minutes=60, method="code", role="learner")
    attend(clock, "4", Kind.ATTENDANCE_WITHDRAWN, session="one", reason="x", by="y")
    assert counting.learners(KEY, Format.RSS) == {"": 3}
    assert counting.learners(KEY, Format.LIVE) == {"": 2}


def command(*arguments: str) -> str:
    out = io.StringIO()
    call_command("cme_pars_activity", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_decides_shows_and_pins(pars, clock, tmp_path, monkeypatch):
    publish(clock)
    facts = tmp_path / "facts.toml"
    facts.write_text('public = false\n[[outcomes]]\noutcome = "knowledge"\n', encoding="utf-8")
    place = (world.COURSE, ACTIVITY)
    who = ("--by", "A. Manager", "--reason", "Annual report")
    assert "Missing for active: Whether CME Passport shows it" in command("show", *place)
    assert "Owed to parsact: add" in command("register", *place, "--facts", str(facts), *who)
    clock.at = datetime.now(UTC)
    settled(clock)
    shown = command("show", *place)
    assert f"ACCME Activity ID: {numbers.pinned(NUMBER, KEY)}" in shown
    assert "by A. Manager: Annual report" in shown
    assert "Learners: physician 0, non-physician 0" in shown
    with pytest.raises(CommandError, match=r"known under .* --replace"):
        command("pin", *place, "--number", "202699999")
    assert "Pinned." in command("pin", *place, "--number", "202699999", "--replace")
    with pytest.raises(CommandError, match="Say who decides"):
        command("update", *place)
    with pytest.raises(CommandError, match="can't be read"):
        command("show", *place, "--facts", str(tmp_path / "none.toml"))
    with pytest.raises(CommandError, match="No activity"):
        command("show", world.COURSE, "nowhere")


def test_the_years_list_has_every_activity_and_what_pars_has_of_it(pars, clock):
    publish(clock)
    decide(clock, Operation.ADD)
    settled(clock)
    editions.publish(world.COURSE, described(activity_id="rounds", title=""), source="cme@2", now=clock())
    lines = command("list").splitlines()
    assert len(lines) == 2
    assert f"/opioids  ready_to_close  there  {numbers.pinned(NUMBER, KEY)}  2026-11-20  0 missing" in lines[0]
    assert "/rounds  none  absent  -  2026-11-20" in lines[1]
    with pytest.raises(CommandError, match="Name the course"):
        command("show")
