"""Keys are rotated while learners write, nothing is lost, nothing is said; and an identifier is found by its value."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from cme_xblock.records import blind_index, keyring, keys, rotation, vault
from cme_xblock.records.models import Identifier
from tests.records import samples

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ANA, BEN = keys.learner_key("ana"), keys.learner_key("ben")
NPI, LICENCE, BIRTHDAY = "1234567893", "il-036 000001", "02-29"
OLD = {"id": "old", "key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
NEW = {"id": "new", "key": "dGVzdHMgb25seTogdGhlIG5ld2VyIG9mIHR3byBrZXk="}
THIRD = {"id": "third", "key": "dGVzdHMgb25seTogdGhlIG9sZGVyIG9mIHR3byBrZXk="}


@pytest.fixture(autouse=True)
def _old_key(settings: Any) -> None:
    settings.CME_IDENTIFIER_KEYS = [OLD]


def keep(learner: str = ANA) -> None:
    for kind, value in (("npi", NPI), ("licence_number", LICENCE), (vault.BIRTH_MONTH_DAY, BIRTHDAY)):
        vault.store(learner, kind, value, now=samples.NOW)


def revealed(learner: str = ANA) -> list[str | None]:
    return [vault.reveal(learner, kind) for kind in ("npi", "licence_number", vault.BIRTH_MONTH_DAY)]


def command(*options: str) -> tuple[int, str]:
    """The exit status and all that was printed."""
    out = io.StringIO()
    try:
        call_command("cme_rotate_keys", *options, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_after_a_rotation_the_old_key_can_be_taken_away(settings) -> None:
    keep(ANA)
    keep(BEN)
    settings.CME_IDENTIFIER_KEYS = [NEW, OLD]
    report = rotation.rotate(dry_run=False)
    assert (report.before, report.after) == ({"old": 6}, {"new": 6})
    assert (report.seen, report.rotated, report.overtaken, report.shut_count) == (6, 6, 0, 0)
    settings.CME_IDENTIFIER_KEYS = [NEW]
    assert revealed(ANA) == revealed(BEN) == [NPI, LICENCE, BIRTHDAY]
    assert vault.find("npi", NPI) == tuple(sorted((ANA, BEN)))


def test_when_the_learner_gave_it_stays_as_it_was(settings) -> None:
    keep()
    settings.CME_IDENTIFIER_KEYS = [NEW, OLD]
    rotation.rotate(dry_run=False)
    assert {row.at for row in Identifier.objects.all()} == {samples.NOW}


def test_a_second_run_writes_nothing(settings) -> None:
    keep()
    settings.CME_IDENTIFIER_KEYS = [NEW, OLD]
    rotation.rotate(dry_run=False)
    before = list(Identifier.objects.values())
    assert rotation.rotate(dry_run=False).rotated == 0
    assert list(Identifier.objects.values()) == before


def test_a_dry_run_counts_and_writes_nothing(settings) -> None:
    keep()
    before = list(Identifier.objects.values())
    settings.CME_IDENTIFIER_KEYS = [NEW, OLD]
    report = rotation.rotate(dry_run=True)
    assert (report.rotated, report.before, report.after) == (3, {"old": 3}, {"old": 3})
    assert list(Identifier.objects.values()) == before


def test_an_interrupted_run_is_taken_up_where_it_was(settings, monkeypatch) -> None:
    for number in range(7):
        vault.store(keys.learner_key(str(number)), "npi", NPI, now=samples.NOW)
    settings.CME_IDENTIFIER_KEYS = [NEW, OLD]
    monkeypatch.setattr(rotation, "_PAGE", 3)
    opened: list[int] = []

    def powercut(row: Identifier, **how: Any) -> Any:
        opened.append(row.pk)
        if len(opened) == 5:
            raise KeyboardInterrupt
        return resealed(row, **how)

    resealed = vault.resealed
    monkeypatch.setattr(vault, "resealed", powercut)
    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(dry_run=False)
    monkeypatch.setattr(vault, "resealed", resealed)
    report = rotation.rotate(dry_run=False)
    assert (report.before, report.rotated, report.after) == ({"new": 3, "old": 4}, 4, {"new": 7})


@pytest.mark.parametrize("change", ["correct", "correct under the old key", "delete"])
def test_what_a_learner_writes_meanwhile_is_not_undone(settings, monkeypatch, change) -> None:
    keep()
    settings.CME_IDENTIFIER_KEYS = [NEW, OLD]
    write = rotation._write

    def late(row: Identifier, columns: Any) -> int:
        if row.kind == "npi":
            # A process that was not yet restarted knows the old key alone.
            settings.CME_IDENTIFIER_KEYS = [OLD] if change.endswith("old key") else [NEW, OLD]
            if change == "delete":
                vault.delete(ANA, "npi")
            else:
                vault.store(ANA, "npi", "1000000004", now=samples.NOW)
            settings.CME_IDENTIFIER_KEYS = [NEW, OLD]
        return write(row, columns)

    monkeypatch.setattr(rotation, "_write", late)
    report = rotation.rotate(dry_run=False)
    assert (report.rotated, report.overtaken) == (2, 1)
    assert revealed() == [None if change == "delete" else "1000000004", LICENCE, BIRTHDAY]
    assert report.after.get("old", 0) == change.endswith("old key")
    assert vault.find("npi", NPI) == ()


def test_rows_that_cannot_be_opened_are_named_and_the_others_rotated(settings) -> None:
    keep(ANA)
    keep(BEN)
    broken = Identifier.objects.get(learner_key=ANA, kind="npi")
    Identifier.objects.filter(pk=broken.pk).update(ciphertext=b"\0" * 40)
    lost = Identifier.objects.get(learner_key=BEN, kind="npi")
    Identifier.objects.filter(pk=lost.pk).update(key_id="lost")
    settings.CME_IDENTIFIER_KEYS = [NEW, OLD]
    status, printed = command()
    assert status == 1
    assert f"identifier {broken.pk}, of kind 'npi': cannot be opened with key 'old'" in printed
    assert f"identifier {lost.pk}, of kind 'npi': cannot be opened with key 'lost'" in printed
    assert "6 identifiers seen, 4 written anew, 0 changed by others meanwhile, 2 cannot be opened." in printed


def test_a_damaged_row_under_the_first_key_is_found_too() -> None:
    keep()
    Identifier.objects.filter(kind="npi").update(ciphertext=b"\0" * 40)
    assert command()[0] == command("--dry-run")[0] == 1


def test_the_command_counts_by_key_and_says_no_value(settings, caplog) -> None:
    keep()
    settings.CME_IDENTIFIER_KEYS = [NEW, OLD]
    vault.store(BEN, "npi", NPI, now=samples.NOW)
    dry = command("--dry-run")
    real = command()
    assert "key 'old': 3 before, 3 after" in dry[1]
    assert "3 would be written anew" in dry[1]
    assert "key 'new': 1 before, 4 after (encrypts)" in real[1]
    assert "key 'old': 3 before, 0 after" in real[1]
    assert dry[0] == real[0] == 0
    said = dry[1] + real[1] + caplog.text
    for value in (NPI, LICENCE, BIRTHDAY, ANA, BEN, OLD["key"], NEW["key"]):
        assert value not in said


def test_without_keys_nothing_is_rotated(settings) -> None:
    keep()
    settings.CME_IDENTIFIER_KEYS = []
    with pytest.raises(ImproperlyConfigured, match="CME_IDENTIFIER_KEYS"):
        rotation.rotate(dry_run=False)


@pytest.mark.parametrize(
    ("kind", "kept", "asked"),
    [
        ("npi", NPI, "1234 567-893"),
        ("npi", NPI, "１２３４５６７８９３"),
        ("licence_number", LICENCE, "IL036000001"),
        ("licence_number", "036.000/001", "036000001"),
        ("licence_number", "ß-1", "SS1"),
    ],
)
def test_a_number_is_found_however_it_is_written(kind, kept, asked) -> None:
    vault.store(ANA, kind, kept, now=samples.NOW)
    assert vault.find(kind, asked) == (ANA,)


def test_two_accounts_of_one_person_are_both_found_in_one_query_that_opens_nothing() -> None:
    keep(ANA)
    keep(BEN)
    with CaptureQueriesContext(connection) as captured:
        assert vault.find("npi", NPI) == tuple(sorted((ANA, BEN)))
    assert len(captured) == 1
    assert "ciphertext" not in captured[0]["sql"]


@pytest.mark.parametrize("asked", ["", "---", "1234567894", "%"])
def test_nothing_else_is_found(asked) -> None:
    keep()
    vault.store(BEN, "npi", "no digits", now=samples.NOW)
    assert vault.find("npi", asked) == ()


@pytest.mark.parametrize("kind", [vault.BIRTH_MONTH_DAY, "given_name", "licence_state", "\0"])
def test_a_kind_of_few_values_has_no_index(kind) -> None:
    keep()
    with pytest.raises(ValueError, match="cannot be looked up"):
        vault.find(kind, BIRTHDAY)
    assert Identifier.objects.get(kind=vault.BIRTH_MONTH_DAY).lookup == ""


def test_a_corrected_or_deleted_number_is_not_found_any_more() -> None:
    keep()
    vault.store(ANA, "npi", "1000000004", now=samples.NOW)
    assert vault.find("npi", NPI) == ()
    vault.delete(ANA, "npi")
    assert vault.find("npi", "1000000004") == ()


def test_a_number_is_found_under_an_old_key_until_it_is_rotated(settings) -> None:
    keep(ANA)
    settings.CME_IDENTIFIER_KEYS = [NEW, OLD]
    keep(BEN)
    assert vault.find("npi", NPI) == tuple(sorted((ANA, BEN)))
    settings.CME_IDENTIFIER_KEYS = [NEW]
    assert vault.find("npi", NPI) == (BEN,)


def test_rows_from_before_there_was_an_index_get_one_by_rotation() -> None:
    keep()
    Identifier.objects.update(lookup="", lookup_key_id="")
    assert vault.find("npi", NPI) == ()
    assert rotation.rotate(dry_run=False).rotated == 2
    assert vault.find("npi", NPI) == (ANA,)


def test_the_index_tells_nothing_without_the_key_and_nothing_of_the_kind() -> None:
    tags = {
        blind_index.tag(key, kind, "1234567893")
        for key in (keyring.Key("a", b"a" * 32), keyring.Key("b", b"b" * 32))
        for kind in blind_index.KINDS
    }
    assert len(tags) == 2 * len(blind_index.KINDS)
    assert not {keys.text_sha("1234567893"), keys.text_sha("npi\x001234567893")} & tags


@pytest.fixture
def _committed(transactional_db: None) -> Iterator[None]:
    yield
    Identifier.objects.all().delete()


@pytest.mark.usefixtures("_committed")
@pytest.mark.django_db(transaction=True)
def test_learners_write_while_keys_are_rotated_and_no_correction_is_lost(settings, monkeypatch) -> None:
    """One learner in a thread corrects a number again and again; rotation runs beside; the last word stands."""
    monkeypatch.setattr(rotation, "_PAGE", 2)
    learners = [keys.learner_key(str(number)) for number in range(6)]
    for learner in learners:
        keep(learner)
    settings.CME_IDENTIFIER_KEYS = [NEW, OLD]
    gate, errors, last = threading.Barrier(2, timeout=30), [], {}

    def write() -> None:
        try:
            gate.wait()
            for turn in range(8):
                for learner in learners:
                    last[learner] = f"{turn}{learners.index(learner)}"
                    vault.store(learner, "npi", last[learner], now=samples.NOW)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            errors.append(error)
        finally:
            connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    gate.wait()
    rotation.rotate(dry_run=False)
    writer.join(60)
    assert errors == []
    rotation.rotate(dry_run=False)
    settings.CME_IDENTIFIER_KEYS = [NEW]
    assert {learner: vault.reveal(learner, "npi") for learner in learners} == last
    assert all(vault.reveal(learner, "licence_number") == LICENCE for learner in learners)


def test_a_third_key_follows_the_second(settings) -> None:
    keep()
    for configured in ([NEW, OLD], [THIRD, NEW]):
        settings.CME_IDENTIFIER_KEYS = configured
        assert rotation.rotate(dry_run=False).shut_count == 0
    settings.CME_IDENTIFIER_KEYS = [THIRD]
    assert revealed() == [NPI, LICENCE, BIRTHDAY]
