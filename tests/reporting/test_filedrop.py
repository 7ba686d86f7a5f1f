"""Files: what stands in them, that they are whole or not there, and that nothing is handed over twice."""

from __future__ import annotations

import csv
import io
import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from cme_xblock.activity.model import Activity
from cme_xblock.reporting.endpoints import data, file_rows
from cme_xblock.reporting.endpoints.base import About, EndpointConfig, Outcome, Record, Result, Subject
from cme_xblock.reporting.endpoints.data import WireError
from cme_xblock.reporting.endpoints.filedrop import FileDrop
from tests.reporting.pars_world import MEDBIQ
from tests.reporting.world import START

LAYOUTS = data.defaults("filedrop")["layouts"]
GIVEN = {
    "given_name": "Žofie", "family_name": "=cmd|'/c calc'!A1", "aafp": "0012345", "country": "Czechia",
    "specialty": "Cardiology", "nabp_eprofile": "0123456", "birth_month_day": "02-29",
}  # fmt: skip


def record(number: int = 1, **changes: Any) -> Record:
    """One credit of somebody whose name is an attack."""
    given: Mapping[str, Any] = {
        "operation": "add",
        "credit_id": f"0f5c-{number}",
        "kind": "credit",
        "system": "acpe_pharmacist",
        "amount": Decimal("1.50"),
        "profession": "pharmd",
        "completed_on": date(2026, 11, 2),
        "completed_at": datetime(2026, 11, 2, 22, tzinfo=UTC),
        "claimed_at": START,
        "activity": Activity(activity_id="sepsis"),
        "activity_id": "sepsis",
        "activity_title": "Sepsis, early",
        "provider_name": "Example Academic Medical Center",
        "course_key": "course-v1:Example+CME+2026",
        "numbers": {"uan": "0798-0000-26-001-H05-P"},
        "learner": "a81c",
        "identifiers": GIVEN,
    }
    return Record(**{**given, **changes})


def made(folder: Path, layout: str = "credits", **options: Any) -> FileDrop:
    return FileDrop.from_config(
        EndpointConfig(
            name="drop", kind="filedrop", label="The college",
            options={"folder": str(folder), "layout": layout, "credit": {"acpe_pharmacist": ["*"]}, **options},
        )
    )  # fmt: skip


def sent(endpoint: FileDrop, *records: Record) -> list[Outcome]:
    found = endpoint.send(endpoint.render(records, now=START), records)
    return [found[one.key] for one in records]


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_row_for_each_credit() -> None:
    """Dates by the layout, ceu a tenth of the hours, the birthday without separators and never a year."""
    heading, row = rows(file_rows.delimited([record()], LAYOUTS["cpe_monitor"]))
    assert dict(zip(heading, row, strict=True)) == {
        "Universal Activity Number": "0798-0000-26-001-H05-P",
        "NABP e-Profile ID": "0123456",
        "Date of Birth (MMDD)": "0229",
        "Participation Date": "11/02/2026",
        "Contact Hours": "1.5",
        "CEU": "0.15",
        "Reference": "0f5c-1",
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_spreadsheet_runs_a_cell(start: str) -> None:
    """An apostrophe in front by default; the value as it is where the operator says that a machine reads it."""
    one = record(identifiers=GIVEN | {"family_name": f"{start}1+1"})
    safe = rows(file_rows.delimited([one], LAYOUTS["credits"]))[1]
    assert f"'{start}1+1" in safe
    plain = rows(file_rows.delimited([one], LAYOUTS["credits"], formula_safe=False))[1]
    assert f"{start}1+1" in plain


def test_a_workbook_holds_text() -> None:
    """Read back by another library: no formula, no number that lost its zeros; the same bytes twice."""
    openpyxl = pytest.importorskip("openpyxl")
    content = file_rows.workbook([record()], LAYOUTS["aafp"])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    cells = {heading.value: cell for heading, cell in zip(sheet[1], sheet[2], strict=True)}
    assert cells["AAFP ID"].value == "0012345"
    assert (cells["Last Name"].value, cells["Last Name"].data_type) == (GIVEN["family_name"], "s")
    assert cells["First Name"].value == "Žofie"
    assert file_rows.workbook([record()], LAYOUTS["aafp"]) == content


@pytest.mark.skipif(not MEDBIQ.exists(), reason="MedBiquitous' schemas lie beside the project, in shared/contracts")
def test_the_report_is_valid_by_medbiquitous(tmp_path: Path) -> None:
    """Valid against their activityreport/v2; the CreditID ties it to our record."""
    document = made(tmp_path, "activity_report_v2").render([record(1), record(2, system="ama_pra_1")], now=START)
    schema = etree.XMLSchema(etree.parse(str(MEDBIQ / "activityreport" / "v2" / "activityreport.xsd")))
    root = etree.fromstring(document)
    assert schema.validate(root), schema.error_log
    assert [one.text for one in root.iter("{*}CreditID")] == ["0f5c-1", "0f5c-2"]
    assert [one.text for one in root.iter("{*}creditUnit")] == ["Contact Hour", "Credit"]


def test_a_file_is_whole_and_ours_alone(tmp_path: Path) -> None:
    """One file and its list, readable by the owner; nothing half-written is left."""
    endpoint = made(tmp_path)
    assert [str(one.result) for one in sent(endpoint, record(1), record(2))] == ["accepted"] * 2
    names = sorted(one.name for one in tmp_path.iterdir())
    assert [name.rpartition(".")[2] for name in names] == ["csv", "json"]
    assert {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()} == {0o600}
    assert "0012345" not in (tmp_path / names[1]).read_text()


def test_the_same_batch_is_the_same_file(tmp_path: Path) -> None:
    """A crash after writing: the engine asks, hears that it is there, and even a second sending adds nothing."""
    endpoint = made(tmp_path)
    assert endpoint.reconcile([record(1)])[record(1).key].result is Result.NOT_FOUND
    sent(endpoint, record(1), record(2))
    before = sorted(one.name for one in tmp_path.iterdir())
    found = made(tmp_path).reconcile([record(1), record(2), record(3)])
    assert [str(found[one.key].result) for one in (record(1), record(2), record(3))] == [
        "accepted", "accepted", "not_found",
    ]  # fmt: skip
    sent(endpoint, record(1), record(2))
    assert sorted(one.name for one in tmp_path.iterdir()) == before


class Killed(BaseException):
    """The worker is gone, as far as the program can tell."""


def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed when the n-th file is about to get its name."""
    real, so_far = Path.replace, [0]

    def replaced(self: Path, target: Path) -> Path:
        so_far[0] += 1
        if so_far[0] == step:
            raise Killed
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replaced)


def handed_over(folder: Path) -> list[str]:
    """The credits in the files that whoever takes them away sees, each as often as it is there."""
    files = [one for one in folder.glob("*.csv") if not one.name.startswith(".")]
    return sorted(row[1] for one in files for row in rows(one.read_bytes())[1:])


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_worker_that_is_killed_at_any_step_hands_over_once(tmp_path: Path, step: int) -> None:
    """Before the file, before its list, before its name; and what is sent anew goes in another batch."""
    endpoint, both = made(tmp_path), [record(1), record(2)]
    with pytest.MonkeyPatch.context() as patched:
        killed_at(step, patched)
        with pytest.raises(Killed):
            sent(endpoint, *both)
    assert handed_over(tmp_path) == []
    found = made(tmp_path).reconcile(both)
    again = [one for one in both if found[one.key].result is Result.NOT_FOUND]
    assert {found[one.key].result for one in both} <= {Result.NOT_FOUND, Result.ACCEPTED}
    sent(endpoint, *again, record(3))
    assert handed_over(tmp_path) == ["0f5c-1", "0f5c-2", "0f5c-3"]


def test_a_folder_that_is_away_says_nothing_of_what_is_in_it(tmp_path: Path) -> None:
    """A share that is not mounted: what was handed over must not be handed over again."""
    folder = tmp_path / "share"
    folder.mkdir()
    endpoint = made(folder)
    sent(endpoint, record(1))
    folder.rename(tmp_path / "away")
    assert endpoint.reconcile([record(1)])[record(1).key].result is Result.UNKNOWN
    (tmp_path / "away").rename(folder)
    assert endpoint.reconcile([record(1)])[record(1).key].result is Result.ACCEPTED


def test_a_damaged_list_leaves_open_what_is_in_no_other(tmp_path: Path) -> None:
    endpoint = made(tmp_path)
    sent(endpoint, record(1))
    next(tmp_path.glob("*.keys.json")).write_text('{"keys"')
    sent(endpoint, record(2))
    found = endpoint.reconcile([record(1), record(2)])
    assert [str(found[one.key].result) for one in (record(1), record(2))] == ["unknown", "accepted"]
    assert "look at the folder" in found[record(1).key].detail


def test_a_file_that_cannot_get_its_name_is_finished_by_whoever_asks(tmp_path: Path) -> None:
    """Something else bears it for a while."""
    endpoint = made(tmp_path)
    sent(endpoint, record(1))
    taken = next(tmp_path.glob("*.csv"))
    for one in tmp_path.iterdir():
        one.unlink()
    taken.mkdir()
    assert [str(one.result) for one in sent(endpoint, record(1))] == ["unknown"]
    assert endpoint.reconcile([record(1)])[record(1).key].result is Result.UNKNOWN
    taken.rmdir()
    assert endpoint.reconcile([record(1)])[record(1).key].result is Result.ACCEPTED
    assert handed_over(tmp_path) == ["0f5c-1"]


def test_two_receivers_in_one_folder_are_two(tmp_path: Path) -> None:
    """The one's name begins as the other's does."""
    endpoint = made(tmp_path)
    longer = replace(endpoint, config=replace(endpoint.config, name="drop-b"))
    sent(longer, record(1))
    assert endpoint.reconcile([record(1)])[record(1).key].result is Result.NOT_FOUND


def test_taking_back_is_another_row(tmp_path: Path) -> None:
    """A deletion is not found by the list of what was added; layouts without an action cannot say it."""
    endpoint = made(tmp_path)
    sent(endpoint, record(1))
    gone = record(1, operation="delete")
    assert endpoint.reconcile([gone])[gone.key].result is Result.NOT_FOUND
    assert endpoint.capabilities().void
    assert not made(tmp_path, "aafp").capabilities().void


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """At the file, its name, the list or its name: no file, no list, no rest; the row comes back."""
    real, calls = os.fsync, [0]

    def full(handle: int) -> None:
        calls[0] += 1
        if calls[0] >= number:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    (outcome,) = sent(made(tmp_path), record(1))
    assert (outcome.result, outcome.reason) == (Result.RETRY, "folder")
    assert list(tmp_path.iterdir()) == []


def test_answers_settle_what_is_open(tmp_path: Path) -> None:
    """With a folder for answers: pending, until a file says accepted or refused; its words lose the person."""
    answers = tmp_path / "answers"
    answers.mkdir()
    endpoint = made(tmp_path, "cpe_monitor", receipts=str(answers))
    records = [record(number) for number in (1, 2, 3)]
    assert {str(one.result) for one in sent(endpoint, *records)} == {"pending"}
    (answers / "monday.csv").write_text(
        "Reference,Status,Message\n0f5c-1,Accepted,\n0f5c-2,REJECTED,No profile 0123456 for 0229\n,,\n", "utf-8-sig"
    )
    found = endpoint.reconcile(records)
    assert [str(found[one.key].result) for one in records] == ["accepted", "refused", "pending"]
    assert "0123456" not in found[records[1].key].detail
    assert "No profile" in found[records[1].key].detail


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x00", b"\x00" * 100, b'Reference\n"', b"=1,2,3"])
def test_a_broken_answer_says_nothing(tmp_path: Path, content: bytes) -> None:
    """Whatever lies in the folder, the credit stays open."""
    answers = tmp_path / "answers"
    answers.mkdir()
    (answers / "broken.csv").write_bytes(content)
    endpoint = made(tmp_path, receipts=str(answers))
    assert [str(one.result) for one in sent(endpoint, record())] == ["pending"]


@pytest.mark.parametrize(
    ("options", "named"),
    [({"layout": "elsewhere"}, "layout"), ({"colour": "red"}, "colour"), ({"credit": ["ancc"]}, "credit")],
)
def test_a_wrong_option_is_named(tmp_path: Path, options: dict[str, Any], named: str) -> None:
    """At start, not when the first credit is due."""
    with pytest.raises(WireError, match=named):
        made(tmp_path, **options)


def test_what_is_missing_holds(tmp_path: Path) -> None:
    """A folder that is not there, and a learner without the numbers that the columns want."""
    assert made(tmp_path).validate(record()) == ()
    problem = made(tmp_path / "gone").settings_problem()
    assert problem is not None
    assert problem.hold
    without = replace(record(), identifiers={"given_name": "A"})
    assert [one.code for one in made(tmp_path, "aafp").validate(without)] == ["identity_incomplete"]
    assert made(tmp_path, "pseudonymous").purpose() == ""
    assert made(tmp_path).purpose() == "report:drop"


def test_only_what_is_configured_is_handed_over(tmp_path: Path) -> None:
    """Each system with its professions; a star for all."""

    def kinds(credit: dict[str, list[str]]) -> tuple[str, ...]:
        about = About(Subject.CLAIM, Activity(), system="aafp_prescribed", profession="md")
        return made(tmp_path, credit=credit).kinds(about)

    assert kinds({"aafp_prescribed": ["md"]}) == ("credit",)
    assert kinds({"aafp_prescribed": ["*"]}) == ("credit",)
    assert kinds({"aafp_prescribed": ["do"]}) == kinds({}) == ()


def test_every_layout_has_values_that_there_are() -> None:
    """And no column twice."""
    for name, layout in LAYOUTS.items():
        headings = [heading for heading, _value in layout["columns"]]
        assert len(headings) == len(set(headings)), name
        assert {value for _heading, value in layout["columns"]} <= set(file_rows.VALUES), name
