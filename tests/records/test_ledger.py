"""One way to write: read, decide, add."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cme_xblock.activity.canonical import ActivityError
from cme_xblock.activity.message import Message
from cme_xblock.participation import entries
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records import claims, editions, ledger, verify
from cme_xblock.records.models import Claim, EntryRow, LiveClaim, Participation
from tests.records import samples

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def statements(captured: CaptureQueriesContext) -> list[str]:
    """What was asked of the database, without BEGIN, COMMIT and SAVEPOINT."""
    control = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
    return [one["sql"] for one in captured.captured_queries if not one["sql"].startswith(control)]


def test_an_entry_reads_back_as_it_was_appended(now) -> None:
    edition = samples.record()

    written = ledger.append(*samples.PLACE, decide=lambda _: samples.acknowledgement(edition), now=now)

    found = ledger.read(*samples.PLACE)
    assert found.entries == (written,)
    assert written.at == now
    assert entries.verify(found.participation.uuid, found.entries) == ()


def test_a_ledger_nobody_wrote_to_is_empty_and_reading_it_writes_nothing() -> None:
    assert ledger.read(*samples.PLACE) == ledger.Ledger(None, ())
    assert samples.count(Participation) == 0


def test_each_entry_follows_the_one_before() -> None:
    edition = samples.record()
    samples.append(samples.acknowledgement(edition))
    samples.append(samples.section(edition, "cme_content@one"))
    samples.append(samples.section(edition, "cme_content@two"))

    found = ledger.read(*samples.PLACE)
    assert [one.seq for one in found.entries] == [1, 2, 3]
    assert [one.prev for one in found.entries] == [entries.GENESIS, *(one.hash for one in found.entries[:2])]
    assert (found.participation.head_seq, found.participation.head_hash) == (3, found.entries[2].hash)
    assert entries.verify(found.participation.uuid, found.entries) == ()


@pytest.mark.parametrize(
    "payload",
    [
        {"section": "emoji 🩺, umlaut ü, quote \" ' \\ and % signs"},
        {"section": "NUL \0 and other control characters \x01 \x1f \x7f"},
        {"section": "a", "nested": [{"z": None, "a": [True, 2**53 - 1, -1]}], "": "empty name"},
        {"section": "e\u0301 is not normalised here, \u2028 neither"},
        {"section": " trailing spaces   "},
        {"section": "x" * 200_000},
    ],
)
def test_any_json_payload_comes_back_exactly(payload) -> None:
    edition = samples.record()
    samples.append(Draft(Kind.CONTENT_COMPLETED, edition, payload))

    found = ledger.read(*samples.PLACE)
    assert found.entries[0].payload == payload
    assert entries.verify(found.participation.uuid, found.entries) == ()


def test_a_payload_that_is_no_canonical_json_is_refused_and_leaves_nothing() -> None:
    edition = samples.record()
    with pytest.raises(ActivityError):
        samples.append(Draft(Kind.CONTENT_COMPLETED, edition, {"section": 1.5}))
    assert samples.count(Participation) == samples.count(EntryRow) == 0


def test_deciding_sees_every_entry_before() -> None:
    edition = samples.record()
    first = samples.append(samples.acknowledgement(edition))
    seen = []

    def decide(found):
        seen.append(found)
        return samples.section(edition, "cme_content@one")

    ledger.append(*samples.PLACE, decide=decide, now=samples.NOW)
    assert seen == [(first,)]


def test_a_refused_first_request_leaves_nothing() -> None:
    refusal = Refusal("locked", Message("Not yet."))
    assert ledger.append(*samples.PLACE, decide=lambda _: refusal, now=samples.NOW) is refusal
    assert samples.count(Participation) == samples.count(EntryRow) == 0


def test_a_refused_later_request_changes_nothing() -> None:
    edition = samples.record()
    samples.append(samples.acknowledgement(edition))
    before = ledger.read(*samples.PLACE)
    ledger.append(*samples.PLACE, decide=lambda _: Refusal("locked", Message("Not yet.")), now=samples.NOW)
    after = ledger.read(*samples.PLACE)
    assert after.entries == before.entries
    assert after.participation.head_seq == 1


def test_a_refusal_inside_an_outer_transaction_keeps_what_that_one_wrote() -> None:
    with transaction.atomic():
        edition = samples.record()
        ledger.append(*samples.PLACE, decide=lambda _: Refusal("locked", Message("Not yet.")), now=samples.NOW)
    assert editions.load(edition)
    assert samples.count(Participation) == 0


@pytest.mark.parametrize("nested", [False, True])
def test_a_crash_in_the_effects_leaves_neither_entry_nor_claim(nested) -> None:
    edition = samples.record()
    claiming = samples.claiming(edition)

    def effects(participation, entry) -> None:
        claiming.effects(participation, entry)
        raise ZeroDivisionError

    outer = transaction.atomic() if nested else contextlib.nullcontext()
    with pytest.raises(ZeroDivisionError), outer:
        samples.append(ledger.Proposal(claiming.draft, effects))
    assert [samples.count(one) for one in (Participation, EntryRow, Claim, LiveClaim)] == [0, 0, 0, 0]


def test_the_effects_run_once_with_the_entry_as_written() -> None:
    edition = samples.record()
    calls = []
    entry = samples.append(
        ledger.Proposal(
            samples.acknowledgement(edition),
            lambda participation, one: calls.append((participation.head_seq, participation.head_hash, one)),
        )
    )
    assert calls == [(1, entry.hash, entry)]


def test_append_works_inside_an_outer_transaction_and_goes_with_it() -> None:
    edition = samples.record()
    with transaction.atomic():
        samples.append(samples.acknowledgement(edition))
        samples.append(samples.section(edition, "cme_content@one"))
        transaction.set_rollback(True)
    assert samples.count(Participation) == samples.count(EntryRow) == 0

    with transaction.atomic():
        samples.append(samples.acknowledgement(edition))
        samples.append(samples.section(edition, "cme_content@one"))
    assert len(ledger.read(*samples.PLACE).entries) == 2


def test_an_entry_cannot_be_written_under_an_edition_that_is_not_recorded_for_this_activity() -> None:
    elsewhere = samples.record("Another text", course="course-v1:Example+Other+2026")
    for edition in (elsewhere, "0" * 64):
        with pytest.raises(editions.EditionMissing, match=edition):
            samples.append(samples.acknowledgement(edition))
    assert samples.count(Participation) == 0


def test_learners_who_differ_in_case_or_accent_have_ledgers_of_their_own() -> None:
    edition = samples.record()
    for learner in ("ana", "Ana", "aná", "ana "):
        samples.append(samples.acknowledgement(edition), (samples.COURSE, samples.ACTIVITY, learner))
    assert samples.count(Participation) == 4
    assert len(ledger.read(samples.COURSE, samples.ACTIVITY, "ana").entries) == 1


@pytest.mark.parametrize("learner", ["", "a\0b", "x" * 256, None, 42])
def test_a_learner_without_a_usable_id_is_refused(learner) -> None:
    with pytest.raises(ValueError, match="learner_id"):
        ledger.append(samples.COURSE, samples.ACTIVITY, learner, decide=lambda _: None, now=samples.NOW)
    with pytest.raises(ValueError, match="learner_id"):
        ledger.read(samples.COURSE, samples.ACTIVITY, learner)


def test_the_longest_keys_fit() -> None:
    course, activity, learner = "ü" * 255, "🩺" * 255, "é" * 255
    edition = editions.record(course, samples.activity(activity_id=activity), now=samples.NOW)
    samples.append(samples.acknowledgement(edition), (course, activity, learner))
    participation = ledger.read(course, activity, learner).participation
    assert (participation.course_key, participation.activity_id, participation.learner_id) == (
        course,
        activity,
        learner,
    )


def test_two_servers_clocks_do_not_turn_the_order_round(now) -> None:
    edition = samples.record()
    samples.append(samples.acknowledgement(edition), now=now)
    later = samples.append(samples.section(edition, "cme_content@one"), now=now - timedelta(seconds=20))
    assert later.at == now


def test_a_clock_that_is_far_off_is_recorded_as_it_was_and_found(now) -> None:
    edition = samples.record()
    samples.append(samples.acknowledgement(edition), now=now)
    samples.append(samples.section(edition, "cme_content@one"), now=now - timedelta(days=1))
    found = ledger.read(*samples.PLACE)
    assert found.entries[1].at == now - timedelta(days=1)
    assert len(entries.verify(found.participation.uuid, found.entries)) == 1


def test_a_time_without_a_zone_is_refused(now) -> None:
    edition = samples.record()
    with pytest.raises(ValueError, match="aware"):
        samples.append(samples.acknowledgement(edition), now=now.replace(tzinfo=None))


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM cme_xblock_entryrow WHERE seq = 2",
        "UPDATE cme_xblock_participation SET head_seq = 1",
        "UPDATE cme_xblock_participation SET head_hash = 'a'",
        "UPDATE cme_xblock_entryrow SET kind = 'made_up' WHERE seq = 1",
        "UPDATE cme_xblock_entryrow SET payload = 'no JSON' WHERE seq = 1",
        "UPDATE cme_xblock_entryrow SET at = 'yesterday' WHERE seq = 1",
    ],
)
def test_nothing_is_added_to_a_damaged_chain(damage) -> None:
    edition = samples.record()
    samples.append(samples.acknowledgement(edition))
    samples.append(samples.section(edition, "cme_content@one"))
    with connection.cursor() as cursor:
        cursor.execute(damage)
    with pytest.raises(ledger.LedgerBroken, match="cme_verify") as caught:
        samples.append(samples.section(edition, "cme_content@two"))
    assert samples.LEARNER not in str(caught.value).replace(Participation.objects.get().uuid, "")


def test_reading_takes_two_queries_however_many_entries_there_are() -> None:
    edition = samples.record()
    for number in range(20):
        samples.append(samples.section(edition, f"cme_content@{number}"))
    with CaptureQueriesContext(connection) as captured:
        ledger.read(*samples.PLACE)
    assert len(statements(captured)) == 2
    with CaptureQueriesContext(connection) as captured:
        ledger.read(samples.COURSE, samples.ACTIVITY, "nobody")
    assert len(statements(captured)) == 1


def test_appending_takes_five_queries_six_without_row_locks_and_two_more_at_the_first() -> None:
    edition = samples.record()
    touch = 0 if connection.features.has_select_for_update else 1
    with CaptureQueriesContext(connection) as captured:
        samples.append(samples.acknowledgement(edition))
    assert len(statements(captured)) <= 7 + touch
    for number in range(3):
        with CaptureQueriesContext(connection) as captured:
            samples.append(samples.section(edition, f"cme_content@{number}"))
        assert len(statements(captured)) == 5 + touch


def test_entries_alone_take_one_query_and_are_the_same() -> None:
    assert ledger.entries(*samples.PLACE) == ()
    edition = samples.record()
    for number in range(3):
        samples.append(samples.section(edition, f"cme_content@{number}"))
        samples.append(samples.acknowledgement(edition), (samples.COURSE, samples.ACTIVITY, "another"))
    with CaptureQueriesContext(connection) as captured:
        found = ledger.entries(*samples.PLACE)
    assert len(statements(captured)) == 1
    assert found == ledger.read(*samples.PLACE).entries
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cme_xblock_entryrow SET payload = 'no JSON'")
    with pytest.raises(ledger.LedgerBroken, match="cme_verify"):
        ledger.entries(*samples.PLACE)


def several(edition: str, *systems: str, boom: bool = False) -> ledger.Several:
    """The claims of one POST: an entry and a claim for each system."""
    made = [samples.attestation(edition, system) for system in systems]

    def effects(participation, entries) -> None:
        claims.create_all(
            participation, list(zip(entries, made, strict=True)), name_certified="Ana Müller", zone="America/New_York"
        )
        if boom:
            raise ZeroDivisionError

    return ledger.Several(tuple(one.draft(claim=claims.new_uuid()) for one in made), effects)


def test_several_entries_are_one_chain_with_a_claim_each() -> None:
    edition = samples.record()
    samples.append(samples.acknowledgement(edition))
    last = samples.append(several(edition, "ama_pra_1", "moc_abim", "moc_abs"))
    read = ledger.read(*samples.PLACE)
    assert [one.seq for one in read.entries] == [1, 2, 3, 4]
    assert read.entries[-1] == last
    assert (read.participation.head_seq, read.participation.head_hash) == (4, last.hash)
    assert entries.verify(read.participation.uuid, read.entries) == ()
    assert verify.verify_all().found == 0
    assert {one.system: one.entry.seq for one in claims.live(read.participation.key)} == {
        "ama_pra_1": 2,
        "moc_abim": 3,
        "moc_abs": 4,
    }


def test_of_several_all_or_none_is_written() -> None:
    edition = samples.record()
    samples.append(several(edition, "moc_abs"))
    for refused, error in (
        (several(edition, "ama_pra_1", "moc_abs"), claims.AlreadyClaimed),
        (several(edition, "ama_pra_1", "ama_pra_1"), claims.AlreadyClaimed),
        (several(edition, "ama_pra_1", "moc_abim", boom=True), ZeroDivisionError),
    ):
        with pytest.raises(error):
            samples.append(refused)
    assert [samples.count(one) for one in (EntryRow, Claim, LiveClaim)] == [1, 1, 1]
    assert ledger.read(*samples.PLACE).participation.head_seq == 1
