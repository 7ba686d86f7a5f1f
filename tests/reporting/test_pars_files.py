"""Learners' credit as files for PARS: no cell is a formula, no birthday has a year, and memory does not grow."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

from cme_xblock.activity.model import MocOffering
from cme_xblock.reporting.endpoints import data, pars_document, pars_files
from cme_xblock.reporting.endpoints.base import Record
from cme_xblock.reporting.identity import Identity
from tests.reporting import pars_world
from tests.reporting.test_document import NOW, PERSON, wire
from tests.reporting.test_pars_learners import ABIM, BASE, registered

WORDS = data.defaults("pars_files")
BOTH = registered(MocOffering("abim", Decimal("1.50"), None, ("medical_knowledge_and_practice_assessment",)))
TWO = [replace(ABIM, activity=BOTH), replace(ABIM, activity=BOTH, kind="moc-abim-b")]
SURGEON = replace(
    ABIM,
    system="moc_abs",
    kind="moc-abs",
    identifiers={},
    activity=registered(MocOffering("abs", Decimal("1.5"), None, ("cme",))),
)
EVIL = replace(
    BASE,
    learner="b",
    operation="delete",
    identity=Identity("=cmd|' /C calc'!A0", "-Müller\t", 2, 29, "1234567893", "", ""),
)
RECORDS = [BASE, *TWO, SURGEON, EVIL]


def text(*records: Record) -> list[list[str]]:
    lines = b"".join(pars_files.tab_delimited(records, wire(), WORDS)).decode().split("\r\n")
    assert lines.pop() == ""
    return [line.split("\t") for line in lines]


def cells(book: bytes) -> dict[str, tuple[str, str]]:
    """Type and content of each cell of the only sheet; formulas would have the type "f"."""
    with zipfile.ZipFile(io.BytesIO(book)) as packed:
        tree = etree.fromstring(packed.read("xl/worksheets/sheet1.xml"))
    found = {}
    for cell in tree.iter("{*}c"):
        kind = "f" if cell.find("{*}f") is not None else cell.get("t", "n")
        found[cell.get("r")] = (kind, "".join(cell.itertext()))
    return found


def test_the_text_is_the_agreed_one():
    document = b"".join(pars_files.tab_delimited(RECORDS, wire(), WORDS))
    assert document == (pars_world.GOLDEN / "pars-learners.txt").read_bytes()


def test_one_row_holds_cme_and_a_boards_points_and_each_further_board_has_its_own():
    head, first, second, deleted = text(*RECORDS)
    named = [dict(zip(head, row, strict=True)) for row in (first, second, deleted)]
    assert named[0]["Number of CME Credits"] == named[0]["Total Board Credits"] == "1.50"
    assert (named[0]["Certifying Board"], named[0]["Certifying Board ID"]) == ("ABIM", "000001")
    assert (named[0]["Credit Type "], named[0]["Additional Credit Type"]) == (
        "Medical Knowledge",
        "Practice Assessment",
    )
    assert (named[1]["Certifying Board"], named[1]["Number of CME Credits"]) == ("ABS", "")
    assert named[0]["Licensing State"] == "Illinois"
    assert (named[2]["Record Action"], named[2]["Licensing ID or NPI"]) == ("Delete", "1234567893")


def test_no_cell_is_a_formula_and_no_birthday_has_a_year():
    row = text(EVIL)[1]
    assert row[3].startswith("'=cmd")
    assert row[4].startswith("'-Müller")
    assert row[5] == "02/29"
    target = io.BytesIO()
    assert pars_files.write_xlsx(target, RECORDS, wire(), WORDS) == 3
    found = cells(target.getvalue())
    assert {kind for kind, _ in found.values()} <= {"inlineStr", "s", "n"}
    assert found["D5"] == ("inlineStr", EVIL.identity.given_name)
    assert found["F3"] == ("inlineStr", f"{PERSON.birth_month:02d}/{PERSON.birth_day:02d}")
    assert found["C3"] == ("n", "46082")  # 2026-03-01 as Excel counts days
    assert found["B3"][1] == "202600001"


@pytest.mark.parametrize(
    "record",
    [replace(BASE, identity=None), replace(BASE, activity_number=""), replace(ABIM, activity=registered())],
)
def test_what_has_no_place_in_the_file_is_named_by_its_credit_id(record):
    with pytest.raises(pars_files.UnwritableRowError, match="ccid:lms"):
        text(record)


def test_more_types_than_columns_are_not_dropped():
    few = {**WORDS, "sheet": {**WORDS["sheet"], "pairs": WORDS["sheet"]["pairs"][:1]}}
    with pytest.raises(pars_files.UnwritableRowError, match="more types"):
        list(pars_files.rows(TWO, wire(), few))


def many(number: int) -> Iterator[Record]:
    return (replace(BASE, learner=str(one), credit_id=f"ccid:lms.example.org:{one}-cme") for one in range(number))


@pytest.mark.parametrize("write", ["xml", "text"])
def test_memory_does_not_grow_with_the_records(write):
    def peak(number: int) -> int:
        tracemalloc.start()
        pieces = (
            pars_document.stream(many(number), wire(), now=NOW)
            if write == "xml"
            else pars_files.tab_delimited(many(number), wire(), WORDS)
        )
        assert sum(len(piece) for piece in pieces) > 60 * number
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(10)
    # Some kilobytes come and go by themselves; 3000 records that are kept would take hundreds.
    assert peak(4000) < 1.5 * peak(1000) + 20_000


def test_a_stream_gives_the_same_bytes_as_a_document():
    records = list(many(600))
    document = b"".join(pars_document.stream(records, wire(), now=NOW))
    assert document == pars_document.render(records, wire(), now=NOW, credentials={})
    assert pars_document.problem(document, wire()) == ""
    assert document.count(b"<ActivityReport>") == 600


def test_a_control_character_is_not_written():
    evil = replace(BASE, identity=replace(PERSON, given_name="A\x0bB"))
    with pytest.raises(ValueError, match="control character"):
        pars_document.render([evil], wire(), now=NOW, credentials={})
