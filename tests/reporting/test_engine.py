"""The engine against a receiver that really listens: what goes well, and what must not leave."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from cme_xblock.records import editions, keys
from cme_xblock.records.models import Delivery, DeliveryAttempt
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import config, engine, facts, identity, leases, outbox, states
from tests.reporting import world

pytestmark = pytest.mark.django_db


def test_a_credit_is_sent_once_and_then_accepted(far, connected, clock):
    world.claim()
    assert world.states() == {"ready": 1}
    assert world.run(clock).pending == 1
    assert world.run(clock).worked == 0
    clock.forward(seconds=31)
    assert world.run(clock).accepted == 1
    (kept,) = far.store.records()
    row = Delivery.objects.get()
    assert kept.key == row.credit_id
    assert {name: kept.facts[name] for name in ("amount", "certification", "activity", "completed_on")} == {
        "amount": "1.50", "certification": "AMA PRA Category 1", "activity": "202600001", "completed_on": "2026-11-22",
    }  # fmt: skip
    assert far.arrivals("save") == ["stored"]
    assert row.sent_at == world.START
    assert [(one.action, one.outcome) for one in DeliveryAttempt.objects.order_by("number")] == [
        ("send", "pending"),
        ("ask", "accepted"),
    ]


def test_nothing_leaves_without_consent(far, connected, clock):
    world.claim(consent=False)
    assert list(Delivery.objects.values_list("state", "reason")) == [("held", "no_consent")]
    clock.forward(days=3)
    world.run(clock)
    assert far.store.arrivals() == []
    world.agree("42", now=clock())
    assert outbox.release_held(now=clock(), learner_key=keys.learner_key("42")) == 1
    world.run_until_settled(clock)
    assert world.states() == {"accepted": 1}


def test_consent_withdrawn_before_sending_stops_it(far, connected, clock):
    world.claim()
    world.agree("42", granted=False)
    assert world.run(clock).held == 1
    assert far.store.arrivals() == []
    row = Delivery.objects.get()
    assert (row.state, row.reason, row.attempts, row.sent_at) == ("held", "no_consent", 0, None)


def test_the_vault_is_not_even_opened_without_consent(far, connected, clock, settings):
    world.claim()
    world.agree("42", granted=False)
    settings.CME_IDENTIFIER_KEYS = []
    world.run(clock)
    assert Delivery.objects.get().reason == "no_consent"


def test_consent_withdrawn_while_the_document_is_made_stops_it(far, connected, clock):
    """The clock is asked for the document's date: at that very moment the learner withdraws."""
    world.claim()
    asked: list[datetime] = []

    def withdrawing() -> datetime:
        asked.append(clock())
        if Delivery.objects.filter(state=State.SENDING).exists() and len(asked) < 100:
            world.agree("42", granted=False)
            asked.extend([clock()] * 100)
        return clock()

    engine.run_once(now=withdrawing, owner="worker", chance=lambda: 0.0)
    assert len(asked) >= 100
    assert far.store.arrivals() == []
    assert list(Delivery.objects.values_list("state", "reason")) == [("held", "no_consent")]


def test_an_incomplete_identity_is_held_and_released_when_it_arrives(far, connected, clock):
    world.claim(person=None)
    assert Delivery.objects.get().reason == "identity_incomplete"
    world.run(clock)
    assert far.store.arrivals() == []
    facts.keep_identity(keys.learner_key("42"), identity.parse(world.PERSON), now=clock())
    assert outbox.release_held(now=clock(), learner_key=keys.learner_key("42")) == 1
    world.run_until_settled(clock)
    assert world.states() == {"accepted": 1}


def test_an_activity_number_given_out_later_is_used(far, connected, clock):
    world.claim(number="")
    assert Delivery.objects.get().reason == "no_activity_number"
    editions.publish(world.COURSE, world.activity("202612345"), source="cme@1", now=clock())
    clock.forward(hours=2)
    world.run(clock)  # looks at held rows by itself
    world.run_until_settled(clock)
    assert [one.facts["activity"] for one in far.store.records()] == ["202612345"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"url": ""}, "url"),
        ({"provider_id": ""}, "provider_id"),
        ({"user": ""}, "user"),
        ({"password_env": ""}, "password_env"),
        ({"password_env": "CME_TEST_NOT_SET"}, "CME_TEST_NOT_SET"),
        ({"ccid_domain": ""}, "ccid_domain"),
        ({"ccid_domain": "not a domain"}, "ccid_domain"),
        ({"wire": {}}, "wire.namespaces.extension"),
        ({"wire": {"namespaces": {"extension": "urn:x"}, "paths": {"save": ""}}}, "wire.paths.save"),
        ({"wire": {"namespaces": {"extension": "urn:x"}, "credentials": {"placement": "paper"}}}, "placement"),
        ({"url": "http://pars.example.org/"}, "https"),
        ({"allow_insecure_loopback": False}, "allow_insecure_loopback"),
    ],
)
def test_a_missing_setting_holds_what_is_owed_and_is_named(changes, named, far, connected, clock, settings):
    address = {"address": changes.pop("url")} if "url" in changes else {"address": far.url}
    settings.CME_ENDPOINTS = [world.endpoint(**address, **changes)]
    world.claim()
    world.run(clock)
    row = Delivery.objects.get()
    assert row.state == "held"
    assert row.reason in ("setting_missing", "setting_wrong")
    assert named in row.detail
    assert far.store.arrivals() == []
    connected()
    clock.forward(hours=2)
    world.run_until_settled(clock)
    assert world.states() == {"accepted": 1}


def test_a_wrong_setting_stops_the_claim_with_its_name(connected):
    connected(lease_seconds=1.0)
    with pytest.raises(ImproperlyConfigured, match="lease_seconds"):
        world.claim()


def test_a_disabled_endpoint_sends_nothing_and_keeps_what_is_owed(far, connected, clock):
    world.claim("before")
    connected(enabled=False)
    world.claim("meanwhile")
    assert world.run(clock).worked == 0
    connected()
    assert world.run(clock).pending == 2


def test_what_can_not_be_rendered_is_given_up_and_does_not_come_back(far, connected, clock, caplog):
    connected(wire={"namespaces": {"extension": "urn:x"}, "birth": {"filler_year": 0}})
    world.claim("1")
    leap = world.PERSON | {"birth_month_day": "02/29"}
    world.claim("2", person=leap)  # takes the other filler year
    assert world.run(clock).dead == 1
    assert world.states() == {"dead": 1, "pending": 1}
    assert Delivery.objects.get(state="dead").reason == "program_error"
    clock.forward(days=9)
    world.run(clock)
    assert world.states() == {"dead": 1, "accepted": 1}
    assert "ValueError at pars_document.py" in caplog.text


@pytest.mark.parametrize("change", [{"id": "another"}, {"key": "AAAA"}, None], ids=["lost", "broken", "none at all"])
def test_a_lost_key_of_the_vault_holds_until_it_is_back(change, far, connected, clock, settings):
    world.claim()
    kept = settings.CME_IDENTIFIER_KEYS
    settings.CME_IDENTIFIER_KEYS = [kept[0] | change] if change else []
    assert world.run(clock).held == 1
    assert Delivery.objects.get().reason == "vault"
    settings.CME_IDENTIFIER_KEYS = kept
    clock.forward(hours=2)
    world.run(clock)
    settings.CME_IDENTIFIER_KEYS = []  # asking goes on without the vault, and keeps nothing of the answer's text
    world.run_until_settled(clock)
    assert world.states() == {"accepted": 1}
    assert DeliveryAttempt.objects.get(action="ask").excerpt == ""


def test_a_stale_worker_can_not_settle(far, connected, clock):
    """A worker that was held up comes back after another one has found its row, and changes nothing."""
    world.claim()
    row = Delivery.objects.select_related("claim__participation", "claim__edition").get()
    stale = leases.take(row, owner="slow", now=clock(), seconds=60)
    clock.forward(seconds=61)
    assert world.run(clock, owner="quick").recovered == 1
    verdict = leases.Move(State.ACCEPTED, clock(), outcome="accepted", left=True)
    assert leases.settle(stale, verdict, now=clock()) is False
    assert Delivery.objects.get().state == "unknown"
    assert list(DeliveryAttempt.objects.values_list("number", "outcome")) == [(1, "lease_expired")]
    # Nor while the other one holds the row again, in the same state as then.
    Delivery.objects.update(state="ready", next_attempt_at=clock())
    again = leases.take(Delivery.objects.get(), owner="quick", now=clock(), seconds=60)
    assert again.fence > stale.fence
    assert leases.settle(stale, verdict, now=clock()) is False
    assert Delivery.objects.get().state == "sending"


def test_a_lease_that_ran_out_is_asked_about_before_anything_is_sent_again(far, connected, clock):
    world.claim()
    leases.take(Delivery.objects.get(), owner="killed", now=clock(), seconds=60)
    clock.forward(seconds=59)
    assert world.run(clock).recovered == 0
    clock.forward(seconds=1)
    world.run(clock)
    assert world.states() == {"unknown": 1}
    clock.forward(seconds=29)
    assert world.run(clock).worked == 0  # "not there" would not be believed yet
    clock.forward(seconds=1)
    world.run(clock)
    assert [one.request for one in reversed(far.store.arrivals())] == ["status", "save"]
    assert far.arrivals("status") == ["not found"]
    assert world.states() == {"pending": 1}
    world.run_until_settled(clock)
    assert far.arrivals("save") == ["stored"]


def test_a_worker_with_too_little_time_left_sends_nothing(far, connected, clock):
    world.claim()

    def held_up():
        late = Delivery.objects.filter(state=State.SENDING).exists()
        return world.START + timedelta(seconds=59.5 * late)

    counts = engine.run_once(now=held_up, owner="tired", limit=1)
    assert (counts.ready, far.store.arrivals()) == (1, [])
    row = Delivery.objects.get()
    assert (row.reason, row.attempts, row.sent_at) == ("lease_short", 0, None)


@pytest.mark.parametrize(
    ("old", "new"), [(old, new) for old in State for new in State if new not in states.MOVES[old]]
)
def test_an_illegal_move_is_refused(old, new):
    with pytest.raises(states.IllegalMoveError):
        states.require(old, new)


def test_every_state_can_be_reached_and_left_unless_it_is_final():
    reached = {new for targets in states.MOVES.values() for new in targets} | {State.HELD, State.READY}
    assert reached == set(State)
    by_hand = {State.HELD, State.CANCELLED}
    assert {old for old, targets in states.MOVES.items() if not targets - by_hand} == states.FINAL


def test_no_identifier_and_no_secret_is_in_rows_or_logs(far, connected, clock, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    person = world.PERSON
    echo = (
        f"No match for {person['given_name'].upper()} {person['family_name']}, NPI {person['npi']}, born 05/17 or "
        f"05-17, license il {person['licence_number']}, 036-000-001; user rehearsal {world.PASSWORD}"
    )
    far.misbehave("refuse", text=echo, times=1)
    far.misbehave("refuse_later", text=echo, times=1)
    for number in range(3):
        world.claim(str(number))
    world.run_until_settled(clock)
    assert world.states() == {"refused": 2, "accepted": 1}
    rows = [*Delivery.objects.values(), *DeliveryAttempt.objects.values()]
    told = " ".join(str(value) for row in rows for value in row.values()) + caplog.text
    assert "No match for" in told
    secrets = ("Avery", "AVERY", "Sample", "1234567893", "036000001", "036-000", "05/17", "05-17", world.PASSWORD)
    assert [one for one in secrets if one in told] == []
    for credit_id in far.held():
        assert credit_id in told


def test_only_what_is_owed_there_is_looked_at(far, connected, clock, settings):
    world.claim()
    settings.CME_ENDPOINTS = [world.endpoint(far.url, name="elsewhere")]
    assert world.run(clock).worked == 0
    assert list(config.endpoints()) == ["elsewhere"]


def test_a_stop_ends_the_run_between_two_rows(far, connected, clock):
    for number in range(3):
        world.claim(str(number))
    counts = engine.run_once(now=clock, owner="worker", stop=lambda: bool(far.held()))
    assert counts.pending == 1
    assert world.states() == {"pending": 1, "ready": 2}
