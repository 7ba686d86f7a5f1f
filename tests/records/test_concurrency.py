"""Many requests of the same learner at the same moment: nothing is lost, nothing is doubled, the chain stays whole."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection, transaction

from cme_xblock.activity.message import Message
from cme_xblock.participation import entries
from cme_xblock.participation.decide import Refusal
from cme_xblock.participation.entries import Draft, Entry, Kind
from cme_xblock.records import claims, consents, contention, editions, keys, ledger, vault, verify
from cme_xblock.records.models import (
    Claim,
    Edition,
    EntryRow,
    Identifier,
    LiveClaim,
    Participation,
    PublishedEdition,
)
from tests import hanging
from tests.records import samples
from tests.records.together import MANY, at_once

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def assert_whole(expected: int) -> None:
    """The one ledger has that many entries, without gaps, and verifies."""
    found = ledger.read(*samples.PLACE)
    assert [one.seq for one in found.entries] == list(range(1, expected + 1))
    assert entries.verify(found.participation.uuid, found.entries) == ()
    assert verify.verify_all().findings == []


@pytest.mark.parametrize("begun", [False, True], ids=["first entries", "later entries"])
@pytest.mark.parametrize("outer", [False, True], ids=["autocommit", "atomic requests"])
def test_no_entry_is_lost_when_all_append_at_once(begun, outer) -> None:
    edition = samples.record()
    if begun:
        samples.append(samples.acknowledgement(edition))

    def work(number: int) -> object:
        draft = samples.section(edition, f"cme_content@{number}")
        if not outer:
            return samples.append(draft)
        with transaction.atomic():
            return samples.append(draft)

    results = at_once(work)
    written = [one for one in results if isinstance(one, Entry)]
    if outer:
        # An outer transaction cannot be begun anew from inside: it may be told to ask again, and then wrote nothing.
        assert all(isinstance(one, Entry | ledger.LedgerBusy) for one in results), results
        assert written
    else:
        assert len(written) == MANY, results
    assert_whole(len(written) + begun)
    sections = Counter(one.payload["section"] for one in ledger.read(*samples.PLACE).entries[begun:])
    assert set(sections.values()) == {1}
    assert samples.count(Participation) == 1


def test_no_entry_is_lost_over_several_rounds_of_reading_and_appending() -> None:
    edition = samples.record()

    def work(number: int) -> None:
        for turn in range(5):
            samples.append(samples.section(edition, f"cme_content@{number}-{turn}"))
            ledger.read(*samples.PLACE)

    assert at_once(work, 8) == [None] * 8
    assert_whole(40)


def test_every_decision_saw_all_entries_before_its_own() -> None:
    """Each writes how many it saw: a decision on an old state would write a number twice."""
    edition = samples.record()

    def work(_: int) -> object:
        return ledger.append(
            *samples.PLACE,
            decide=lambda found: Draft(Kind.CONTENT_COMPLETED, edition, {"section": "a", "seen": len(found)}),
            now=samples.NOW,
        )

    at_once(work)
    assert [one.payload["seen"] for one in ledger.read(*samples.PLACE).entries] == list(range(MANY))


@pytest.mark.parametrize("checked", [False, True], ids=["the constraint alone", "decided on the entries"])
def test_sixteen_claims_at_once_make_one_claim(checked) -> None:
    edition = samples.record()
    refusal = Refusal("already_claimed", Message("One claim is enough."))

    def decide(found):
        if checked and any(one.kind is Kind.CREDIT_CLAIMED for one in found):
            return refusal
        return samples.claiming(edition)

    results = at_once(lambda _: ledger.append(*samples.PLACE, decide=decide, now=samples.NOW))

    assert sum(isinstance(one, Entry) for one in results) == 1, results
    others = [one for one in results if not isinstance(one, Entry)]
    assert all(one is refusal if checked else isinstance(one, claims.AlreadyClaimed) for one in others), others
    assert [samples.count(one) for one in (Claim, LiveClaim, EntryRow)] == [1, 1, 1]
    assert_whole(1)


def test_claims_in_different_systems_do_not_stand_in_each_others_way() -> None:
    edition = samples.record()
    results = at_once(lambda number: samples.append(samples.claiming(edition, system=f"system_{number}")))
    assert sum(isinstance(one, Entry) for one in results) == MANY, results
    assert samples.count(LiveClaim) == MANY
    assert_whole(MANY)


def test_learners_do_not_stand_in_each_others_way() -> None:
    edition = samples.record()

    def work(number: int) -> None:
        for _ in range(3):
            samples.append(samples.acknowledgement(edition), (samples.COURSE, samples.ACTIVITY, f"learner {number}"))

    assert at_once(work) == [None] * MANY
    assert samples.count(Participation) == MANY
    assert samples.count(EntryRow) == 3 * MANY


def test_an_edition_seen_by_all_at_once_is_recorded_once() -> None:
    results = at_once(lambda _: samples.record())
    assert len(set(results)) == 1, results
    assert samples.count(Edition) == 1


def test_publishing_by_all_at_once_leaves_one_pointer_to_one_of_them() -> None:
    results = at_once(
        lambda number: editions.publish(
            samples.COURSE, samples.activity(f"Title {number % 4}"), source="cme@a", now=samples.NOW
        )
    )
    assert len(set(results)) == 4, results
    assert (samples.count(Edition), samples.count(PublishedEdition)) == (4, 1)
    assert editions.published(samples.COURSE, samples.ACTIVITY)[0] in results


def test_identifiers_stored_at_once_leave_one_that_opens() -> None:
    learner = keys.learner_key(samples.LEARNER)
    results = at_once(lambda number: vault.store(learner, "npi", f"value {number}", now=samples.NOW))
    assert results == [None] * MANY
    assert samples.count(Identifier) == 1
    assert vault.reveal(learner, "npi").startswith("value ")


def test_verifying_beside_learners_at_work_raises_no_false_alarm() -> None:
    edition = samples.record()
    done = threading.Event()

    def work(number: int) -> object:
        if number:
            for turn in range(15):
                samples.append(samples.section(edition, f"cme_content@{number}-{turn}"))
            done.set()
            return None
        findings = []
        while not done.is_set():
            findings += verify.verify_all().findings
        return findings

    assert at_once(work, 4) == [[], None, None, None]


def test_a_ledger_that_stays_locked_is_reported_as_busy_and_nothing_is_written(monkeypatch) -> None:
    edition = samples.record()
    samples.append(samples.acknowledgement(edition))
    monkeypatch.setattr(contention, "SECONDS", 0.3)
    holding, enough = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                samples.append(samples.section(edition, "cme_content@held"))
                holding.set()
                enough.wait(120)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert holding.wait(20)
        impatient()
        with hanging.waiting(), pytest.raises(ledger.LedgerBusy, match="try again"):
            samples.append(samples.section(edition, "cme_content@other"))
        assert thread.is_alive(), "it waited until the other one was done"
    finally:
        enough.set()
        thread.join()
        connection.close()
    assert_whole(2)


def impatient() -> None:
    """Let this connection wait for a lock for a second at most."""
    statement = {
        "sqlite": "PRAGMA busy_timeout = 200",
        "postgresql": "SET lock_timeout = '200ms'",
        "mysql": "SET SESSION innodb_lock_wait_timeout = 1",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_a_snapshot_taken_before_anothers_entry_does_not_fork_the_chain(level, monkeypatch) -> None:
    """The outer transaction has read the ledger; then another request appends; then the outer one does."""
    monkeypatch.setattr(contention, "SECONDS", 1.0)
    edition = samples.record()
    samples.append(samples.acknowledgement(edition))
    isolate(level)
    try:
        with transaction.atomic():
            assert len(ledger.read(*samples.PLACE).entries) == 1
            other = at_once(lambda _: with_short_wait(lambda: samples.append(samples.section(edition, "x@a"))), 1)
            samples.append(samples.section(edition, "x@b"))
        outer = 1
    except ledger.LedgerBusy:
        outer = 0
    finally:
        connection.close()
    assert_whole(1 + isinstance(other[0], Entry) + outer)
    assert outer or isinstance(other[0], Entry)


def test_repeatable_read_sees_an_edition_and_entries_that_came_after_its_snapshot() -> None:
    """MySQL: the outer snapshot is older than the lock, so plain reads would not see what the chain has grown by."""
    if connection.vendor != "mysql":
        pytest.skip("only MySQL lets an old snapshot take a new lock")
    edition = samples.record()
    samples.append(samples.acknowledgement(edition))
    isolate("REPEATABLE READ")
    try:
        with transaction.atomic():
            ledger.read(*samples.PLACE)
            newer = at_once(lambda _: samples.record("A newer text"), 1)[0]
            at_once(lambda _: samples.append(samples.section(newer, "x@a")), 1)
            seen = []

            def decide(found):
                seen.extend(found)
                return samples.section(newer, "x@b")

            ledger.append(*samples.PLACE, decide=decide, now=samples.NOW)
    finally:
        connection.close()
    assert [one.seq for one in seen] == [1, 2]
    assert_whole(3)


def test_withdrawing_after_granting_is_what_counts_even_at_the_same_instant() -> None:
    samples.append(samples.acknowledgement(samples.record()))
    participation = Participation.objects.get()
    for granted in (True, False):
        consents.record(participation, "pars", text="Send it.", granted=granted, now=samples.NOW)
    assert at_once(lambda _: consents.granted(participation, "pars"), 4) == [False] * 4


def with_short_wait(work):
    impatient()
    return work()


def isolate(level: str) -> None:
    """Set this connection's isolation, where the database has levels."""
    statement = {
        "sqlite": "SELECT 1",
        "postgresql": f"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {level}",
        "mysql": f"SET SESSION TRANSACTION ISOLATION LEVEL {level}",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(statement)
