"""Identifiers go when nobody waits for them any more, and no earlier; records of credit stay for six years."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import consents, editions, keys, ledger, purge, retention, vault
from cme_xblock.records.models import Claim, ConsentEvent, Delivery, EntryRow, Identifier, Participation
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import facts, states
from tests.conftest import NOW
from tests.records import samples
from tests.reporting import world

pytestmark = [pytest.mark.database, pytest.mark.django_db]

LEARNER = "42"
KEY = keys.learner_key(LEARNER)
DAY = timedelta(days=1)
LONG_AFTER = world.START + 91 * DAY


@pytest.fixture(autouse=True)
def _endpoint(settings: Any) -> None:
    settings.CME_ENDPOINTS = [world.endpoint("https://pars.example.org/services/pars.svc")]


def settle(state: str, *, at: datetime = world.START, reason: str = "") -> None:
    final = state in states.FINAL
    Delivery.objects.update(state=state, reason=reason, settled_at=at if final else None)


def remaining(now: datetime) -> int:
    purge.purge(now=now, dry_run=False)
    return samples.count(Identifier)


@pytest.mark.parametrize("state", sorted(states.FINAL))
def test_when_all_is_settled_identifiers_go_after_the_days_that_are_set(state) -> None:
    world.claim(LEARNER)
    settle(state, at=world.START + 10 * DAY)
    assert remaining(world.START + 100 * DAY - timedelta(microseconds=1)) == 6
    assert remaining(world.START + 100 * DAY) == 0


def test_the_days_can_be_set(settings) -> None:
    settings.CME_IDENTIFIER_KEEP_DAYS = 0
    world.claim(LEARNER)
    settle(State.ACCEPTED)
    assert remaining(world.START) == 0


@pytest.mark.parametrize("state", sorted(set(State) - states.FINAL))
def test_what_is_owed_keeps_them_however_long_it_takes(state) -> None:
    world.claim(LEARNER)
    settle(state, reason="no_activity_number")
    assert remaining(world.START + 4000 * DAY) == 6


def test_one_open_delivery_among_settled_ones_keeps_them() -> None:
    settled = world.claim(LEARNER)
    settle(State.ACCEPTED)
    row = Delivery.objects.get(claim=settled)
    row.pk, row.uuid, row.revision, row.state, row.credit_id = None, "other", 2, State.PENDING, "ccid:x:2"
    row._state.adding = True
    row.save(force_insert=True)
    assert remaining(LONG_AFTER) == 6


def test_who_does_not_agree_to_sending_is_not_kept_waiting_for_it() -> None:
    world.claim(LEARNER, consent=False)
    assert Delivery.objects.get().reason == "no_consent"
    assert remaining(LONG_AFTER - 2 * DAY) == 6
    assert remaining(LONG_AFTER) == 0


def test_withdrawing_starts_the_days_anew() -> None:
    world.claim(LEARNER)
    settle(State.ACCEPTED)
    world.agree(LEARNER, granted=False, now=world.START + 50 * DAY)
    assert remaining(LONG_AFTER) == 6
    assert remaining(LONG_AFTER + 50 * DAY) == 0


def test_who_agreed_to_be_remembered_is_until_they_say_otherwise() -> None:
    world.claim(LEARNER)
    settle(State.ACCEPTED)
    participation = Participation.objects.get()
    consents.record(participation, consents.REMEMBER, text="Remember me.", granted=True, now=world.START)
    assert remaining(LONG_AFTER + 4000 * DAY) == 6
    consents.record(participation, consents.REMEMBER, text="Forget me.", granted=False, now=LONG_AFTER)
    assert remaining(LONG_AFTER + 89 * DAY) == 6
    assert remaining(LONG_AFTER + 91 * DAY) == 0


def test_the_last_word_counts_in_whatever_activity_it_was_said() -> None:
    one, other = (samples.COURSE, "a", LEARNER), (samples.COURSE, "b", LEARNER)
    for place in (one, other):
        edition = editions.record(place[0], samples.activity(activity_id=place[1]), now=samples.NOW)
        samples.append(samples.acknowledgement(edition), place)
    first, second = Participation.objects.order_by("activity_id")
    for participation, granted in ((second, False), (first, True)):
        consents.record(participation, consents.REMEMBER, text="…", granted=granted, now=samples.NOW)
    assert consents.remembered([KEY, keys.learner_key("43")]) == {KEY}
    consents.record(second, consents.REMEMBER, text="…", granted=False, now=samples.NOW)
    assert consents.remembered([KEY]) == set()


def test_what_is_given_again_stays() -> None:
    world.claim(LEARNER)
    settle(State.ACCEPTED)
    vault.store(KEY, "npi", world.PERSON["npi"], now=LONG_AFTER - DAY)
    assert remaining(LONG_AFTER) == 6


def test_identifiers_that_nothing_was_ever_owed_for_go_too() -> None:
    vault.store(KEY, "npi", world.PERSON["npi"], now=world.START)
    assert remaining(LONG_AFTER) == 0


def test_one_learner_does_not_keep_or_lose_those_of_another(monkeypatch) -> None:
    monkeypatch.setattr(purge, "_PAGE", 2)
    for number in range(5):
        world.claim(str(number))
    settle(State.ACCEPTED)
    Delivery.objects.filter(claim__participation__learner_id="3").update(state=State.PENDING, settled_at=None)
    report = purge.purge(now=LONG_AFTER, dry_run=False)
    assert report == purge.Report(learners=5, owed=1, remembered=0, recent=0, purged=4, identifiers=24)
    assert set(Identifier.objects.values_list("learner_key", flat=True)) == {keys.learner_key("3")}


def test_who_claims_between_the_question_and_the_deletion_keeps_them(monkeypatch) -> None:
    world.claim(LEARNER)
    settle(State.ACCEPTED)
    recent = purge._recent

    def then_claims(*given: Any) -> set[str]:
        found = recent(*given)
        settle(State.READY)
        return found

    monkeypatch.setattr(purge, "_recent", then_claims)
    assert remaining(LONG_AFTER) == 6


def test_a_dry_run_counts_and_deletes_nothing() -> None:
    world.claim(LEARNER)
    settle(State.ACCEPTED)
    assert purge.purge(now=LONG_AFTER, dry_run=True) == purge.Report(learners=1, purged=1, identifiers=6)
    assert samples.count(Identifier) == 6


def test_the_command_prints_counts_and_nobody(caplog) -> None:
    world.claim(LEARNER, now=world.START - 400 * DAY)
    settle(State.ACCEPTED, at=world.START - 400 * DAY)
    out = io.StringIO()
    call_command("cme_purge", "--dry-run", stdout=out)
    assert "6 identifiers of 1 learners would be deleted." in out.getvalue()
    assert samples.count(Identifier) == 6
    call_command("cme_purge", stdout=out)
    assert "6 identifiers of 1 learners deleted." in out.getvalue()
    assert samples.count(Identifier) == 0
    for value in (KEY, *world.PERSON.values()):
        assert value not in out.getvalue() + caplog.text


def test_records_of_credit_are_never_purged() -> None:
    world.claim(LEARNER)
    settle(State.ACCEPTED)
    records = (Participation, EntryRow, Claim, ConsentEvent, Delivery)
    before = [list(one._base_manager.values()) for one in records]
    assert remaining(LONG_AFTER + 4000 * DAY) == 0
    assert [list(one._base_manager.values()) for one in records] == before


def test_both_rooms_mean_the_same_by_settled_and_by_not_owed() -> None:
    assert set(purge.SETTLED) == states.FINAL
    assert set(purge.NOT_OWED) == {facts.NO_CONSENT.code, facts.RETIRED.code}


@pytest.mark.parametrize("wrong", [-1, 1.5, "90", None, True])
def test_a_wrong_number_of_days_is_named(settings, wrong) -> None:
    settings.CME_IDENTIFIER_KEEP_DAYS = wrong
    with pytest.raises(ImproperlyConfigured, match="CME_IDENTIFIER_KEEP_DAYS"):
        purge.purge(now=LONG_AFTER, dry_run=True)


@pytest.mark.parametrize(
    ("completed", "corrected", "until"),
    [
        (date(2026, 11, 22), None, date(2032, 11, 22)),
        (date(2026, 11, 22), date(2027, 1, 5), date(2033, 1, 5)),
        (date(2026, 11, 22), date(2026, 1, 5), date(2032, 11, 22)),
        (date(2028, 2, 29), None, date(2034, 3, 1)),
        (date(2026, 12, 31), None, date(2032, 12, 31)),
    ],
)
def test_a_record_is_kept_for_six_years_from_completion_or_correction(completed, corrected, until) -> None:
    assert retention.retain_until(completed, corrected) == until


def test_more_years_may_be_set_and_fewer_are_refused(settings) -> None:
    settings.CME_RETAIN_YEARS = 10
    assert retention.retain_until(date(2028, 2, 29)) == date(2038, 3, 1)
    settings.CME_RETAIN_YEARS = 12
    assert retention.retain_until(date(2028, 2, 29)) == date(2040, 2, 29)
    for wrong in (5, 0, -6, "7", 6.5, None, 101):
        settings.CME_RETAIN_YEARS = wrong
        with pytest.raises(ImproperlyConfigured, match="CME_RETAIN_YEARS"):
            retention.retain_until(date(2026, 1, 1))


def test_a_participation_is_kept_as_long_as_its_last_credit_asks_for() -> None:
    world.claim(LEARNER)
    participation = Participation.objects.get()
    assert retention.participation_until(participation) == date(2032, 11, 22)


def test_a_participation_without_credit_is_kept_as_long_after_its_last_entry() -> None:
    samples.append(samples.acknowledgement(samples.record()), now=NOW.replace(hour=23))
    # 13:00 on the next day, where the day begins first.
    assert retention.participation_until(Participation.objects.get()) == date(2032, 11, 23)


def test_a_withdrawal_prolongs_as_every_correction_does() -> None:
    world.claim(LEARNER)
    participation = Participation.objects.get()
    draft = Draft(
        Kind.CREDIT_VOIDED,
        participation.entries.last().edition.sha256,
        {"claim": participation.claims.get().uuid, "reason": "wrong", "by": "staff"},
    )
    ledger.append(
        participation.course_key,
        participation.activity_id,
        participation.learner_id,
        decide=lambda _: draft,
        now=NOW + timedelta(days=400),
    )
    assert retention.participation_until(participation) == date(2033, 12, 27)
