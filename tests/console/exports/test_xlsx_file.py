"""A workbook that several processes wrote, one behind the other, is the one that a single one writes."""

from __future__ import annotations

import io
import json
import zipfile
from decimal import Decimal

import pytest

from cme_xblock.console.exports import xlsx_file
from cme_xblock.console.exports.columns import Column, Columns, Form
from cme_xblock.console.exports.xlsx_file import XlsxFile
from cme_xblock.console.exports.zip_segments import Archive, TooLargeError
from tests.console.exports import reading

COLUMNS = tuple(
    Column(one.value, one, one.name) for one in (Form.TEXT, Form.DAY, Form.INSTANT, Form.NUMBER, Form.COUNT, Form.FLAG)
)


def page(begin: int, rows: int) -> Columns:
    numbers = range(begin, begin + rows)
    return [
        [f"row {one}" for one in numbers], ["2026-11-22"] * rows, ["2026-11-22T12:45:00.123456Z"] * rows,
        [Decimal("1.25")] * rows, [one if one % 2 else "hidden" for one in numbers], ["yes"] * rows,
    ]  # fmt: skip


def test_numbers_dates_and_words_are_what_they_are() -> None:
    writer = XlsxFile(COLUMNS)
    content = writer.begin() + writer.rows(page(1, 2)) + writer.end()
    first, second = reading.of_xlsx(content)
    assert (first["decimal"], first["count"], first["flag"]) == (1.25, 1, "yes")
    assert first["date"].date().isoformat() == "2026-11-22"
    assert second["count"] == "hidden"


def test_a_day_before_the_calendar_and_one_that_is_none_stay_words() -> None:
    writer = XlsxFile((Column("d", Form.DAY, "x"),))
    content = writer.begin() + writer.rows([["1899-01-01", None, "=1", "0000-00-00"]]) + writer.end()
    assert [row["d"] for row in reading.of_xlsx(content)] == ["1899-01-01", None, "=1", "0000-00-00"]


def test_every_step_may_be_another_process() -> None:
    whole = XlsxFile(COLUMNS)
    expected = whole.begin() + b"".join(whole.rows(page(number, 7)) for number in range(0, 70, 7)) + whole.end()
    first = XlsxFile(COLUMNS)
    content, state = first.begin(), json.dumps(first.state())
    for number in range(0, 70, 7):
        successor = XlsxFile(COLUMNS)
        successor.resume(json.loads(state))
        content += successor.rows(page(number, 7))
        state = json.dumps(successor.state())
    last = XlsxFile(COLUMNS)
    last.resume(json.loads(state))
    content += last.end()
    assert content == expected
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert len(reading.of_xlsx(content)) == 70


def test_a_full_sheet_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_file, "SHEET_ROWS", 10)
    writer = XlsxFile(COLUMNS)
    content = writer.begin() + writer.rows(page(0, 25)) + writer.end()
    assert [row["text"] for row in reading.of_xlsx(content)] == [f"row {one}" for one in range(25)]
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert "xl/worksheets/sheet4.xml" in names


def test_an_archive_that_is_too_large_is_refused_and_not_broken() -> None:
    state = {"offset": 0xFFFFFFF0, "members": [], "open": None}
    with pytest.raises(TooLargeError, match="CSV or JSON Lines"):
        Archive.resumed(state).open("x")
