"""The report as tables for a spreadsheet: numbers as numbers, words as words, and what is hidden stays hidden."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime

import xlsxwriter

from cme_xblock.activity.message import N_
from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.shapes import Cell, Column, Form, Report, Section, Table

SIMULATED = N_("Simulated data: invented learners, no real people.")
_LOW, _HIGH, _N, _PERCENT = N_("low"), N_("high"), N_("of"), N_("%")
_WIDEST = 60
# What makes a spreadsheet take a cell of a CSV file for a formula. Source: spec.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Value = str | float


def tables(report: Report) -> Iterator[tuple[Section, Table]]:
    """Every table with its section, in the report's order."""
    for section in report.sections:
        for table in section.tables:
            yield section, table


def rows(table: Table, numbers: Numbers) -> list[list[Value]]:
    """The table with its headings; a share and an interval take a column for each of their numbers."""
    made: list[list[Value]] = [[name for column in table.columns for name in _headings(column, numbers)]]
    for row in table.rows:
        made.append(
            [value for column, cell in zip(table.columns, row, strict=True) for value in _values(column, cell, numbers)]
        )
    return made


def as_xlsx(report: Report, numbers: Numbers, *, now: datetime) -> bytes:
    """The workbook: what the report says in words on the first sheet, then a sheet for each table."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # The same report at the same time is the same file.
    book.set_properties({"title": report.title, "created": now.replace(tzinfo=None)})
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    first = book.add_worksheet(numbers.gettext(N_("Report")))
    first.set_column(0, 0, 110)
    for line, (text, is_heading) in enumerate(_words(report, numbers, now=now)):
        first.write_string(line, 0, text, bold if is_heading else wrap)
    for _, table in tables(report):
        sheet = book.add_worksheet(table.id[:31])
        # Whoever takes one sheet out of the book takes the word along.
        top = 0
        if report.simulated:
            sheet.write_string(0, 0, numbers.gettext(SIMULATED), bold)
            top = 2
        for place, row in enumerate(rows(table, numbers)):
            for column, value in enumerate(row):
                style = bold if place == 0 else wrap if isinstance(value, str) else None
                if isinstance(value, str):
                    sheet.write_string(top + place, column, value, style)
                else:
                    sheet.write_number(top + place, column, value)
        sheet.set_column(0, 0, _WIDEST)
        sheet.freeze_panes(top + 1, 1)
    book.close()
    return out.getvalue()


def as_csv(report: Report, table: Table, numbers: Numbers) -> str:
    """One table as CSV with a byte order mark, so that a spreadsheet reads it as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if report.simulated:
        writer.writerow([numbers.gettext(SIMULATED)])
    for row in rows(table, numbers):
        writer.writerow([_safe(one) if isinstance(one, str) else one for one in row])
    return "\ufeff" + out.getvalue()


def _words(report: Report, numbers: Numbers, *, now: datetime) -> Iterator[tuple[str, bool]]:
    say = numbers.gettext
    yield report.title, True
    if report.simulated:
        yield say(SIMULATED), True
    yield now.isoformat(timespec="minutes"), False
    for message in report.answer:
        yield message.format(say), False
    for message in report.provenance:
        yield message.format(say), False
    for section in report.sections:
        yield say(section.title), True
        for message in (*section.text, *section.notes):
            yield message.format(say), False


def _headings(column: Column, numbers: Numbers) -> list[str]:
    title = numbers.gettext(column.title)
    low, high = (f"{title}: {numbers.gettext(one)}" for one in (_LOW, _HIGH))
    more = [low, high] if column.interval else []
    if column.form is Form.SHARE:
        return [title, f"{title}: {numbers.gettext(_N)}", f"{title}: {numbers.gettext(_PERCENT)}", *more]
    return [title, *more]


def _values(column: Column, cell: Cell, numbers: Numbers) -> list[Value]:
    width = 1 + (2 if column.form is Form.SHARE else 0) + (2 if column.interval else 0)
    if cell.form is Form.TEXT or cell.value is None or cell.bound:
        return [numbers.cell(cell), *[""] * (width - 1)]
    values: list[Value] = [cell.value]
    scale = 1.0
    if column.form is Form.SHARE:
        scale = 100.0
        values += [cell.of or 0, cell.value / cell.of * 100 if cell.of else ""]
    if column.interval:
        values += ["" if one is None else one * scale for one in (cell.low, cell.high)]
    if cell.form is Form.P:
        return values
    # Twelve decimals are more than anybody reads, and 0 stays 0.
    return [value if isinstance(value, str | int) else round(value, 12) for value in values]


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
