"""Whatever somebody does to the tables behind the program's back is found and named (promise 6)."""

# ruff: noqa: S608 - the statements are the attacks, and the tests' own
from __future__ import annotations

import gc
import io
import json
import tracemalloc

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from cme_xblock.host import retirement
from cme_xblock.participation import entries
from cme_xblock.participation.entries import Kind
from cme_xblock.records import consents, editions, ledger, verify
from cme_xblock.records.models import Claim, EntryRow, Participation
from tests.blocks import course
from tests.blocks.way import Way
from tests.records import samples
from tests.rules.variant import vary

pytestmark = [pytest.mark.database, pytest.mark.django_db]

OTHER = (samples.COURSE, samples.ACTIVITY, "learner-somebody-else")
ME = (samples.COURSE, samples.ACTIVITY, "learner-ana-4711")


@pytest.fixture
def participation() -> Participation:
    """Two learners with the same four entries, a claim and a consent each; gives the first."""
    older = samples.record("An older text")
    edition = editions.publish(samples.COURSE, samples.activity(), source="cme@a", now=samples.NOW)
    for place in (ME, OTHER):
        samples.append(samples.acknowledgement(older), place)
        samples.append(samples.section(edition, "cme_content@one"), place)
        samples.append(samples.section(edition, "cme_content@two"), place)
        samples.append(samples.claiming(edition), place)
    for one in Participation.objects.all():
        consents.record(one, "pars", text="Send it.", granted=True, now=samples.NOW)
    return Participation.objects.get(learner_id=ME[2])


def tamper(*statements: str, keys_off: bool = False) -> None:
    """Run SQL as an administrator of the database would."""
    off = {
        "sqlite": "PRAGMA foreign_keys = OFF",
        "postgresql": "SET session_replication_role = replica",
        "mysql": "SET foreign_key_checks = 0",
    }
    with connection.cursor() as cursor:
        if keys_off:
            cursor.execute(off[connection.vendor])
        for one in statements:
            cursor.execute(one)
            assert cursor.rowcount, f"changed nothing: {one}"
    if keys_off:
        # The setting goes with the connection.
        connection.close()


def codes() -> set[str]:
    return {one.code for one in verify.verify_all().findings}


def entry_where(participation: Participation, seq: int) -> str:
    return f"WHERE participation_id = {participation.pk} AND seq = {seq}"


def test_untouched_records_have_no_findings(participation) -> None:
    report = verify.verify_all()
    assert report.findings == []
    counted = (report.editions, report.participations, report.entries, report.claims, report.consents)
    assert counted == (2, 2, 8, 2, 2)


def test_empty_tables_have_no_findings() -> None:
    assert verify.verify_all() == verify.Report()


ENTRY_CHANGES = {
    "payload": 'payload = \'{"section":"cme_content@three"}\'',
    "payload's form": 'payload = \'{"section": "cme_content@one"}\'',
    "payload no JSON": "payload = 'nothing'",
    "payload no object": "payload = '[]'",
    "time": "at = '2026-11-22T12:45:00.123457Z'",
    "time no time": "at = 'never'",
    "kind": "kind = 'baseline_submitted'",
    "kind made up": "kind = 'made_up'",
    "hash": "hash = 'a'",
    "prev": "prev = 'a'",
    "seq": "seq = 9",
    "edition": "edition_id = (SELECT MIN(id) FROM cme_xblock_edition)",
}


@pytest.mark.parametrize("change", ENTRY_CHANGES)
def test_a_changed_entry_is_found_and_its_participation_named(participation, change) -> None:
    tamper(f"UPDATE cme_xblock_entryrow SET {ENTRY_CHANGES[change]} {entry_where(participation, 2)}")
    report = verify.verify_all()
    assert report.found
    assert all(one.where.startswith(f"participation {participation.uuid}") for one in report.findings)
    if "no" not in change.split() and "made" not in change:
        assert any("2" in one.message or "9" in one.message for one in report.findings), report.findings


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_deleted_entry_is_found_wherever_it_was(participation, seq) -> None:
    tamper(f"DELETE FROM cme_xblock_entryrow {entry_where(participation, seq)}")
    assert codes() == {"chain"}


def test_entries_cut_off_at_the_end_are_found(participation) -> None:
    tamper(
        f"DELETE FROM cme_xblock_liveclaim WHERE claim_id IN "
        f"(SELECT id FROM cme_xblock_claim WHERE participation_id = {participation.pk})",
        f"DELETE FROM cme_xblock_claim WHERE participation_id = {participation.pk}",
        f"DELETE FROM cme_xblock_entryrow {entry_where(participation, 4)}",
    )
    assert codes() == {"head"}


def test_a_deleted_entry_with_all_later_ones_renumbered_is_found(participation) -> None:
    tamper(
        f"DELETE FROM cme_xblock_entryrow {entry_where(participation, 2)}",
        f"UPDATE cme_xblock_entryrow SET seq = 2 {entry_where(participation, 3)}",
        f"UPDATE cme_xblock_entryrow SET seq = 3 {entry_where(participation, 4)}",
        f"UPDATE cme_xblock_participation SET head_seq = 3 WHERE id = {participation.pk}",
    )
    assert "chain" in codes()


def test_entries_in_another_order_are_found(participation) -> None:
    tamper(
        f"UPDATE cme_xblock_entryrow SET seq = 99 {entry_where(participation, 2)}",
        f"UPDATE cme_xblock_entryrow SET seq = 2 {entry_where(participation, 3)}",
        f"UPDATE cme_xblock_entryrow SET seq = 3 {entry_where(participation, 99)}",
    )
    assert codes() == {"chain"}


@pytest.mark.django_db(transaction=True)
def test_another_learners_entries_are_no_substitute(participation) -> None:
    """The same facts at the same times, but of somebody else: the chain is bound to its participation."""
    other = Participation.objects.get(learner_id=OTHER[2])
    tamper(
        f"UPDATE cme_xblock_entryrow SET participation_id = 0 WHERE participation_id = {participation.pk}",
        f"UPDATE cme_xblock_entryrow SET participation_id = {participation.pk} WHERE participation_id = {other.pk}",
        f"UPDATE cme_xblock_entryrow SET participation_id = {other.pk} WHERE participation_id = 0",
        keys_off=True,
    )
    assert {"chain", "head", "claim_entry"} <= codes()


def test_an_inserted_entry_is_found(participation) -> None:
    tamper(
        "INSERT INTO cme_xblock_entryrow (participation_id, seq, kind, edition_id, payload, at, prev, hash) "
        f"SELECT participation_id, 5, kind, edition_id, payload, at, hash, hash FROM cme_xblock_entryrow "
        f"{entry_where(participation, 3)}"
    )
    assert codes() == {"chain", "head"}


@pytest.mark.parametrize("change", ["head_seq = 3", "head_seq = 5", "head_hash = 'a'"])
def test_a_moved_head_is_found(participation, change) -> None:
    tamper(f"UPDATE cme_xblock_participation SET {change} WHERE id = {participation.pk}")
    assert codes() == {"head"}


@pytest.mark.parametrize("change", ["learner_id = 'thief'", "learner_id = ''", "course_key = 'x'", "activity_id = 'x'"])
def test_a_participation_given_to_somebody_else_is_found(participation, change) -> None:
    tamper(f"UPDATE cme_xblock_participation SET {change} WHERE id = {participation.pk}")
    assert codes() == {"participation_moved"}


def test_a_participation_with_another_number_is_found(participation) -> None:
    tamper(f"UPDATE cme_xblock_participation SET uuid = 'x' WHERE id = {participation.pk}")
    assert codes() == {"chain"}


@pytest.mark.django_db(transaction=True)
def test_a_deleted_participation_leaves_orphans_that_are_found(participation) -> None:
    tamper(f"DELETE FROM cme_xblock_participation WHERE id = {participation.pk}", keys_off=True)
    report = verify.verify_all()
    assert {(one.code, one.where) for one in report.findings} == {
        ("orphans", "all entries"),
        ("orphans", "all claims"),
        ("orphans", "all consents"),
    }


CLAIM_CHANGES = {
    "system = 'other'": {"claim_changed", "claim_entry", "claim_live"},
    "amount = 1.5": {"claim_changed", "claim_entry"},
    "profession = 'DO'": {"claim_changed", "claim_entry"},
    "name_certified = 'Ana Muller'": {"claim_changed"},
    "completed_on = '2026-11-21'": {"claim_changed", "claim_entry"},
    "completed_at = '2026-11-22T12:40:00.654322Z'": {"claim_changed"},
    "completed_at = 'never'": {"claim_changed"},
    "zone = 'UTC'": {"claim_changed"},
    "statement = 'Something else.'": {"claim_changed"},
    "wording_sha = 'b'": {"claim_changed", "claim_entry"},
    "certificate_code = 'abc'": {"claim_changed"},
    "claimed_at = '2026-11-22T12:45:00.123457Z'": {"claim_changed"},
    "uuid = 'x'": {"claim_changed", "claim_entry", "claim_live", "claim_lost"},
    "change = 'name'": {"claim_changed"},
    "edition_id = (SELECT MIN(id) FROM cme_xblock_edition)": {"claim_entry"},
    "entry_id = (SELECT MIN(id) FROM cme_xblock_entryrow)": {"claim_changed", "claim_entry", "claim_missing"},
    "hash = 'a'": {"claim_changed"},
}


@pytest.mark.parametrize("change", CLAIM_CHANGES)
def test_a_changed_claim_is_found_and_named(participation, change) -> None:
    claim = Claim.objects.get(participation=participation)
    column, _, value = change.partition(" = ")
    # `change` is a word of MariaDB's own.
    tamper(f"UPDATE cme_xblock_claim SET {connection.ops.quote_name(column)} = {value} WHERE id = {claim.pk}")
    report = verify.verify_all()
    assert {one.code for one in report.findings} == CLAIM_CHANGES[change]
    assert all(one.where.startswith(f"participation {participation.uuid}") for one in report.findings)


def test_a_deleted_claim_is_missed_by_its_entry(participation) -> None:
    claim = Claim.objects.get(participation=participation)
    tamper(
        f"DELETE FROM cme_xblock_liveclaim WHERE claim_id = {claim.pk}",
        f"DELETE FROM cme_xblock_claim WHERE id = {claim.pk}",
    )
    assert codes() == {"claim_missing", "claim_live"}


def test_a_deleted_or_redirected_pointer_to_the_live_claim_is_found(participation) -> None:
    claim = Claim.objects.get(participation=participation)
    tamper(
        f"UPDATE cme_xblock_liveclaim SET {'`key`' if connection.vendor == 'mysql' else 'key'} = 'x' "
        f"WHERE claim_id = {claim.pk}"
    )
    assert codes() == {"claim_live"}
    tamper(f"DELETE FROM cme_xblock_liveclaim WHERE claim_id = {claim.pk}")
    assert codes() == {"claim_live"}


def test_a_changed_edition_is_found_and_named(participation) -> None:
    tamper(
        "UPDATE cme_xblock_edition SET canonical = REPLACE(canonical, 'older', 'newer') WHERE id = "
        "(SELECT first FROM (SELECT MIN(id) AS first FROM cme_xblock_edition) AS one)"
    )
    findings = verify.verify_all().findings
    assert [one.code for one in findings] == ["edition_changed"]
    assert findings[0].where == f"edition {EntryRow.objects.order_by('pk').first().edition.sha256}"


@pytest.mark.parametrize("change", ["course_key = 'x'", "activity_id = 'x'", "activity_key = 'x'"])
def test_an_edition_given_to_another_activity_is_found(participation, change) -> None:
    tamper(f"UPDATE cme_xblock_edition SET {change} WHERE canonical LIKE '%older%'")
    assert codes() == {"edition_moved"} | ({"entry_edition"} if "key = 'x'" in change and "act" in change else set())


def test_an_edition_renamed_to_fit_a_changed_text_breaks_the_chains_under_it(participation) -> None:
    edition = EntryRow.objects.order_by("pk").first().edition
    text = edition.canonical.replace("older", "newer")
    sha256 = verify.keys.text_sha(text)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cme_xblock_edition SET canonical = %s, sha256 = %s WHERE id = %s", [text, sha256, edition.pk]
        )
    assert codes() == {"chain"}


def test_a_published_pointer_to_another_activitys_edition_is_found(participation) -> None:
    tamper("UPDATE cme_xblock_publishededition SET activity_key = 'x'")
    assert codes() == {"published_elsewhere"}


def test_a_changed_consent_is_found(participation) -> None:
    tamper(f"UPDATE cme_xblock_consentevent SET text = 'Sell it.' WHERE participation_id = {participation.pk}")
    findings = verify.verify_all().findings
    assert [one.code for one in findings] == ["consent_changed"]
    assert participation.uuid in findings[0].where


def test_a_chain_forged_as_a_whole_is_only_found_by_a_head_kept_elsewhere(participation) -> None:
    """What the documentation says that it cannot do, it cannot do: so that nobody believes more."""
    rows = [row for row in ledger.read(*OTHER).entries if row.kind is not Kind.CREDIT_CLAIMED]
    assert entries.verify(participation.uuid, rows)
    kept = participation.head_hash
    other = Participation.objects.get(learner_id=OTHER[2])
    tamper(
        "DELETE FROM cme_xblock_liveclaim",
        "DELETE FROM cme_xblock_claim",
        "DELETE FROM cme_xblock_entryrow WHERE seq = 4",
        f"UPDATE cme_xblock_participation SET head_seq = 3, head_hash = '{rows[2].hash}' WHERE id = {other.pk}",
        f"UPDATE cme_xblock_participation SET head_seq = 3, "
        f"head_hash = '{ledger.read(*ME).entries[2].hash}' WHERE id = {participation.pk}",
    )
    assert codes() == set()
    assert Participation.objects.get(pk=participation.pk).head_hash != kept


SHEET_CHANGES = {
    "UPDATE cme_xblock_evaluationsheet SET chosen = '{}'": {"sheet_changed"},
    "UPDATE cme_xblock_evaluationsheet SET written = '{}'": {"sheet_changed"},
    "UPDATE cme_xblock_evaluationsheet SET salt = 'a'": {"sheet_changed"},
    "UPDATE cme_xblock_evaluationsheet SET written = '{}', salt = ''": {"sheet_changed"},
    "UPDATE cme_xblock_evaluationsheet SET uuid = 'x'": {"sheet_missing", "sheet_without_entry"},
    "DELETE FROM cme_xblock_evaluationsheet": {"sheet_missing"},
}


def test_a_changed_identified_evaluation_is_found_and_a_forgotten_one_is_none() -> None:
    way = Way("ana", activity=vary({"evaluation.mode": "identified"}))
    course.install(way.activity)
    way.all_before_claim()
    assert way.evaluation().status == 200
    assert codes() == set()
    for change, expected in SHEET_CHANGES.items():
        with transaction.atomic():
            tamper(change)
            found = verify.verify_all().findings
            assert {one.code for one in found} == expected, change
            assert all(Participation.objects.get().uuid in one.where for one in found)
            transaction.set_rollback(True)
    retirement.retire("ana", now=samples.NOW, dry_run=False)
    assert codes() == set()


def run(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("cme_verify", *arguments, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_the_command_ends_well_when_nothing_is_wrong(participation) -> None:
    status, text = run()
    assert status == 0
    assert "8 entries" in text
    assert "Nothing is wrong." in text


def test_the_command_fails_names_the_place_and_never_the_learner(participation) -> None:
    tamper(
        f"UPDATE cme_xblock_participation SET head_seq = 3, learner_id = 'learner-thief' WHERE id = {participation.pk}"
    )
    status, text = run()
    assert status == 1
    assert f"participation {participation.uuid}" in text
    for secret in ("learner-", "Ana", "4711"):
        for said in (text, run("--json")[1]):
            # The participation's own number may have any digits.
            assert secret not in said.replace(participation.uuid, "")


def test_the_command_prints_json_for_programs(participation) -> None:
    tamper(f"UPDATE cme_xblock_participation SET head_hash = 'a' WHERE id = {participation.pk}")
    status, text = run("--json")
    report = json.loads(text)
    assert (status, report["found"], report["entries"]) == (1, 1, 8)
    assert report["findings"][0]["code"] == "head"
    assert report["findings"][0]["where"] == f"participation {participation.uuid}"


def test_pages_are_read_to_the_end_and_memory_does_not_grow_with_them(monkeypatch) -> None:
    edition = samples.record()
    monkeypatch.setattr(verify, "_PAGE", 5)

    def peak(upto: int) -> int:
        for number in range(Participation.objects.count(), upto):
            samples.append(samples.acknowledgement(edition), (samples.COURSE, samples.ACTIVITY, f"{number}"))
        verify.verify_all()
        gc.collect()
        tracemalloc.start()
        report = verify.verify_all()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (report.participations, report.entries, report.found) == (upto, upto, 0)
        return most

    few, many = peak(40), peak(200)
    assert many < 2 * few


def test_the_first_thousand_findings_are_kept_and_all_are_counted() -> None:
    report = verify.Report()
    report.add(verify.Finding("head", "somewhere", "x") for _ in range(1500))
    assert (report.found, len(report.findings)) == (1500, 1000)
