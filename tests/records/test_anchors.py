"""What nobody could see in the database alone shows beside yesterday's anchors: each kind of it, found and named."""

# ruff: noqa: S608 - the statements are the attacks, and the tests' own
from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cme_xblock.activity import canonical
from cme_xblock.evidence import anchors as form
from cme_xblock.participation import entries as chain
from cme_xblock.participation.entries import Draft, Entry, Kind
from cme_xblock.records import access_log, anchors, anchors_check, claims, deletion, desk, desk_purge, verify
from cme_xblock.records.models import (
    AccessChain,
    Claim,
    DeliveryDecision,
    DeskPerson,
    Edition,
    EntryRow,
    Participation,
)
from cme_xblock.rules.desk import chain as desk_chain
from tests.conftest import NOW
from tests.records import old, samples
from tests.records.test_deletion import KEYS

pytestmark = [pytest.mark.database, pytest.mark.django_db]

TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def path(settings: Any, tmp_path: Path) -> Path:
    settings.CME_EVIDENCE_KEYS = KEYS
    settings.CME_ANCHOR_FILE = str(tmp_path / "anchors.jsonl")
    return Path(settings.CME_ANCHOR_FILE)


def look() -> None:
    access_log.append(access_log.Look("site", "7", "ana", "administrator", "ledger", 1, "a question"), now=NOW)


def anchored(path: Path) -> Participation:
    """One learner with all that there can be, a look at them, and yesterday's anchors."""
    one = old.participation()
    look()
    anchors.write(path, now=NOW)
    return one


def found(path: Path, now: datetime = TOMORROW) -> set[str]:
    return {one.code for one in anchors_check.compare(path, now=now)}


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_what_only_went_on_is_no_finding(path: Path):
    one = anchored(path)
    old.corrected(one)
    old.participation("43")
    look()
    assert found(path) == set()
    done = anchors.write(path, now=TOMORROW)
    assert done.rows["heads"] == 2
    assert found(path, TOMORROW + timedelta(hours=1)) == set()


def test_a_chain_cut_at_its_end_with_head_and_claim_is_found(path: Path):
    """The database is consistent in itself: no hash in it is wrong, nothing points to nothing."""
    one = anchored(path)
    last = EntryRow.objects.get(participation=one, seq=2)
    for table in ("deliveryattempt", "deliverydecision", "delivery", "liveclaim", "claim"):
        sql(f"DELETE FROM cme_xblock_{table}")
    sql("DELETE FROM cme_xblock_entryrow WHERE seq = 3")
    sql("UPDATE cme_xblock_participation SET head_seq = 2, head_hash = %s", last.hash)
    assert verify.verify_all().findings == []
    assert found(path) == {"anchored_cut", "anchored_gone"}


def test_a_whole_chain_written_anew_is_found(path: Path):
    """Every hash from the first entry on is computed again, the claim's too."""
    one = anchored(path)
    last: Entry | None = None
    for row in EntryRow.objects.filter(participation=one).order_by("seq"):
        payload = json.loads(row.payload)
        draft = Draft(Kind(row.kind), row.edition.sha256, payload)
        last = chain.seal(draft, participation=one.uuid, after=last, at=row.at - timedelta(days=7))
        text = canonical.dumps(payload).decode()
        at = last.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        sql(
            "UPDATE cme_xblock_entryrow SET payload = %s, at = %s, prev = %s, hash = %s WHERE id = %s",
            *(text, at, last.prev, last.hash, row.pk),
        )
    assert last is not None
    sql("UPDATE cme_xblock_participation SET head_hash = %s", last.hash)
    claim = Claim.objects.get()
    sql("UPDATE cme_xblock_claim SET hash = %s", claims.fingerprint(claim, entry_hash=last.hash))
    assert verify.verify_all().findings == []
    assert found(path) == {"anchored_rewritten"}
    assert "participation" in {one.where.split()[0] for one in anchors_check.compare(path, now=TOMORROW)}


def test_a_learner_who_is_gone_with_everything_is_found(path: Path):
    one = anchored(path)
    from cme_xblock.records import deletion_order

    deletion_order.erase([one.pk])
    assert verify.verify_all().findings == []
    assert found(path) == {"anchored_gone"}


def _edit(one: Participation) -> None:
    sql('UPDATE cme_xblock_entryrow SET payload = \'{"disclosure":"x"}\' WHERE seq = 1')


def _delete(one: Participation) -> None:
    sql("DELETE FROM cme_xblock_claim WHERE 1 = 0")
    sql("DELETE FROM cme_xblock_entryrow WHERE seq = 2")


def _swap(one: Participation) -> None:
    sql("UPDATE cme_xblock_entryrow SET seq = 99 WHERE seq = 1")
    sql("UPDATE cme_xblock_entryrow SET seq = 1 WHERE seq = 2")
    sql("UPDATE cme_xblock_entryrow SET seq = 2 WHERE seq = 99")


def _clock(one: Participation) -> None:
    sql("UPDATE cme_xblock_entryrow SET at = '2026-11-21T12:45:00.123456Z' WHERE seq = 1")


def _cut(one: Participation) -> None:
    sql("UPDATE cme_xblock_participation SET head_seq = 2")


@pytest.mark.parametrize(
    ("attack", "code"),
    [(_edit, "chain"), (_delete, "chain"), (_swap, "chain"), (_clock, "chain"), (_cut, "head")],
)
def test_what_the_chain_itself_shows_is_named_with_its_participation(
    attack: Callable[..., None], code: str, path: Path
):
    one = anchored(path)
    attack(one)
    hits = [finding for finding in verify.verify_all().findings if finding.code == code]
    assert hits
    assert all(one.uuid in finding.where for finding in hits)


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("UPDATE cme_xblock_deliverydecision SET reason = 'none'", {"anchored_rewritten"}),
        ("DELETE FROM cme_xblock_deliverydecision", {"anchored_gone"}),
        ("UPDATE cme_xblock_edition SET sha256 = 'e'", {"anchored_gone"}),
        ("DELETE FROM cme_xblock_accessentry", {"anchored_cut", "anchored_fewer"}),
        ("UPDATE cme_xblock_accessentry SET hash = 'e'", {"anchored_rewritten"}),
    ],
)
def test_what_has_no_chain_or_another_one_is_anchored_too(statement: str, codes: set[str], path: Path):
    anchored(path)
    sql(statement)
    assert found(path) == codes


def test_an_access_log_written_anew_and_shorter_is_found(path: Path):
    look()
    look()
    anchors.write(path, now=NOW)
    sql("DELETE FROM cme_xblock_accessentry WHERE seq = 2")
    last = AccessChain.objects.get().entries.get()
    sql("UPDATE cme_xblock_accesschain SET head_seq = 1, head_hash = %s", last.hash)
    assert verify.verify_all().findings == []
    assert "anchored_cut" in found(path)


def test_what_was_deleted_by_rule_is_explained_and_what_was_not_is_not(path: Path):
    anchored(path)
    assert deletion.run(now=old.OVER, dry_run=False).deleted == 1
    assert found(path, NOW) == set()
    # Somebody who takes the certificate back as well is found by the next anchor.
    anchors.write(path, now=old.OVER)
    sql("DELETE FROM cme_xblock_deletedchain")
    sql("DELETE FROM cme_xblock_deletioncertificate")
    assert found(path, old.OVER) == {"anchored_gone", "anchored_cut", "anchored_fewer"}


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def _forged(raw: bytes) -> bytes:
    return raw.replace(b'"heads"', b'"claims"')


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw[1:], "does not follow"),
        (lambda raw: raw[:1] + raw[2:], "does not follow"),
        (lambda raw: [raw[1], raw[0], *raw[2:]], "does not follow"),
        (lambda raw: [raw[0][:50] + b"x" + raw[0][51:], *raw[1:]], "changed"),
        (lambda raw: [raw[0], b"[" * 5_000 + b"\n", *raw[1:]], ""),
        (lambda raw: [*raw, b'{"half'], "torn"),
        (lambda raw: [b"{}\n", *raw], ""),
    ],
)
def test_a_changed_anchor_file_is_found(change: Callable[[list[bytes]], list[bytes]], says: str, path: Path):
    anchored(path)
    path.write_bytes(b"".join(change(lines(path))))
    faults = [one for one in anchors_check.compare(path, now=TOMORROW) if one.code == "anchor_file"]
    if says:
        assert says in " ".join(one.message for one in faults)
    else:
        # A line that says nothing between two that follow each other.
        assert faults == []


def test_anchors_of_another_key_prove_nothing(path: Path, settings: Any):
    anchored(path)
    other = [{"id": "x", "private_key": "dGVzdHMgb25seTogc29tZSBzdHJhbmdlcidzIGtleSE"}]
    settings.CME_EVIDENCE_KEYS = other
    assert "anchor_file" in found(path)


def test_an_anchoring_that_was_torn_goes_on_behind_the_tear(path: Path):
    one = anchored(path)
    whole = lines(path)
    path.write_bytes(b"".join(whole[:2]) + whole[2][:40])
    old.corrected(one)
    anchors.write(path, now=TOMORROW)
    assert found(path) == set()
    assert any(isinstance(line, form.Line) and line.kind == form.CLAIMS for line in form.read(path.open("rb"), None))


def test_a_file_that_is_none_of_ours_is_not_added_to(path: Path):
    path.write_text("a shopping list\n")
    with pytest.raises(anchors.TornFile):
        anchors.write(path, now=NOW)
    assert path.read_text() == "a shopping list\n"


def test_a_row_that_was_committed_late_is_anchored_the_next_day(path: Path):
    """A transaction that was open during an anchoring has rows with smaller numbers than it saw."""
    one, other = old.participation(), old.participation("43")
    # Not seen by the anchoring, as if they were not committed: as entries of the other one.
    move = "UPDATE cme_xblock_entryrow SET participation_id = %s, seq = seq + %s WHERE id <= %s"
    last = EntryRow.objects.filter(participation=one).order_by("pk").values_list("pk", flat=True)[2]
    sql(move, other.pk, 50, last)
    anchors.write(path, now=NOW)
    sql(move, one.pk, -50, last)
    anchors.write(path, now=TOMORROW)
    heads = [row for line in form.read(path.open("rb"), None) if line.kind == form.HEADS for row in line.rows]
    assert [row[0] for row in heads] == [other.uuid, one.uuid, other.uuid]


def test_no_anchors_and_old_ones_are_findings(path: Path):
    path.touch()
    assert found(path) == {"anchor_none"}
    anchored(path)
    assert found(path, NOW + timedelta(days=3)) == {"anchor_late"}


def test_the_commands_tell_it(path: Path, settings: Any):
    old.participation()
    out = io.StringIO()
    call_command("cme_anchor", stdout=out)
    assert "1 claims" in out.getvalue()
    out = io.StringIO()
    call_command("cme_verify", "--anchors", stdout=out)
    assert "Nothing is wrong." in out.getvalue()
    assert "lines of anchors" in out.getvalue()
    sql("UPDATE cme_xblock_deliverydecision SET reason = 'none'")
    with pytest.raises(SystemExit) as ended:
        call_command("cme_verify", "--anchors", str(path), stdout=io.StringIO())
    assert ended.value.code == 1
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("cme_verify", "--anchors", "--json", stdout=out)
    assert json.loads(out.getvalue())["anchors"]["lines"] == len(lines(path))
    settings.CME_ANCHOR_FILE = ""
    for command in (["cme_anchor"], ["cme_verify", "--anchors"]):
        with pytest.raises(CommandError, match="CME_ANCHOR_FILE"):
            call_command(*command, stdout=io.StringIO())


def test_the_same_is_counted_on_the_file_as_in_the_tables(path: Path):
    anchored(path)
    totals = [one for one in form.read(path.open("rb"), None) if isinstance(one, form.Line) and one.kind == form.TOTALS]
    counts = totals[-1].facts["counts"]
    assert counts["entries"] == samples.count(EntryRow)
    assert counts["editions"] == samples.count(Edition)
    assert counts["decisions"] == samples.count(DeliveryDecision)


def test_a_dossier_of_the_desk_that_went_by_rule_is_explained_and_one_that_vanished_is_not(path: Path):
    much_later = NOW.replace(year=2034)
    first, second = _dossier("Ann Lee", NOW), _dossier("Ben Cruz", much_later)
    anchors.write(path, now=much_later)
    assert desk_purge.purge(now=much_later, today=much_later.date(), dry_run=False).deleted == 1
    assert not DeskPerson.objects.filter(pk=first.pk).exists()
    assert found(path, much_later) == set()
    sql("DELETE FROM cme_xblock_desksheet")
    sql("DELETE FROM cme_xblock_deskentry")
    sql("DELETE FROM cme_xblock_deskperson")
    [finding] = anchors_check.compare(path, now=much_later)
    assert (finding.code, finding.where) == ("anchored_gone", f"desk:{second.uuid}")


def _dossier(name: str, now: datetime) -> DeskPerson:
    named = desk_chain.Draft(desk_chain.Kind.NAMED, "office", {}, {"name": name, "credentials": ""})
    return desk.register("f" * 64, "Example", named=named, email="", language="en", now=now)


def test_an_edited_look_is_named_by_its_own_chain(path: Path):
    look()
    sql("UPDATE cme_xblock_accessentry SET why = 'none of your business'")
    assert [(one.code, one.where) for one in verify.verify_all().findings] == [
        ("access_log", "access log site, entry 1")
    ]
