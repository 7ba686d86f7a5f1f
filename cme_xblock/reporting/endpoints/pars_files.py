"""Learners' credit as the files that PARS takes by hand: Excel and tab-delimited text, a row at a time. PURE.

For providers without web-service credentials. A row is one learner, activity and day: CME, and the points of one board
beside it. No cell can become a formula, and no date of birth has a year. Source: spec pars, 3.5; R-1.18, R-6.8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from itertools import groupby
from typing import IO, Any

from cme_xblock.reporting.endpoints import pars_credit, pars_document
from cme_xblock.reporting.endpoints.base import Problem, Record
from cme_xblock.reporting.us_states import STATES

# What makes a spreadsheet take a cell for a formula. Source: spec.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BREAKS = str.maketrans({"\t": " ", "\r": " ", "\n": " "})

Cell = str | Decimal | date


class UnwritableRowError(ValueError):
    """A record has no place in the file; the message names its CreditID and says what to do."""


@dataclass
class _Row:
    """One row while it is put together: CME, and the types of one board."""

    first: Record
    cme: Decimal | None = None
    board: str = ""
    board_id: str = ""
    types: list[tuple[str, Decimal]] = field(default_factory=list)
    total: Decimal | None = None


def rows(records: Iterable[Record], wire: Mapping[str, Any], words: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    """The rows below the header. Records of one learner, activity and day must stand together.

    `wire` as in `pars.toml`, `words` as in `pars_files.toml`. Raises UnwritableRowError.
    """
    for _, group in groupby(
        records, key=lambda one: (one.operation, one.learner, one.course_key, one.activity_number, one.completed_on)
    ):
        for row in _put_together(group, wire):
            yield _cells(row, words)


def header(words: Mapping[str, Any]) -> tuple[str, ...]:
    """The second row of the template."""
    return (*words["sheet"]["columns"], *(name for pair in words["sheet"]["pairs"] for name in pair))


def tab_delimited(records: Iterable[Record], wire: Mapping[str, Any], words: Mapping[str, Any]) -> Iterator[bytes]:
    """The same as text, UTF-8, a line at a time, in constant memory: header, then rows, each ended by CR LF."""
    yield _line(header(words), words)
    for row in rows(records, wire, words):
        yield _line(row, words)


def write_xlsx(target: IO[bytes], records: Iterable[Record], wire: Mapping[str, Any], words: Mapping[str, Any]) -> int:
    """The Excel template with its rows; how many there are. Memory does not grow with them (xlsxwriter spools rows).

    Dates of completion are Excel dates, everything else but credits is text.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(
        target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(words["sheet"]["name"])
    text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "mm/dd/yyyy"})
    credit, bold = book.add_format({"num_format": "0.00"}), book.add_format({"bold": True, "text_wrap": True})
    sheet.write_string(0, 0, words["sheet"]["guidance"])
    sheet.freeze_panes(2, 0)
    for column, name in enumerate(header(words)):
        sheet.set_column(column, column, 18)
        sheet.write_string(1, column, name, bold)
    number = 1
    for number, row in enumerate(rows(records, wire, words), start=2):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(number, column, datetime.combine(cell, time()), day)
            elif isinstance(cell, Decimal):
                sheet.write_number(number, column, float(cell), credit)
            elif cell:
                sheet.write_string(number, column, cell, text)
    book.close()
    return number - 1


def _put_together(group: Iterable[Record], wire: Mapping[str, Any]) -> Iterable[_Row]:
    """CME goes with the first board; each further board has a row of its own."""
    boards: dict[str, _Row] = {}
    cme: list[_Row] = []
    for record in group:
        credit = pars_document.credit_of(record, wire)
        if isinstance(credit, Problem):
            raise UnwritableRowError(f"{record.credit_id}: {credit.detail}")
        board = pars_credit.board_of(record.system, wire)
        if not board:
            cme.append(_Row(record, cme=credit.amount))
            continue
        row = boards.setdefault(board, _Row(record, board=wire["board"][board]["name"]))
        row.board_id = record.identifiers.get(f"board_{board}", "")
        row.types.append((credit.certification, credit.amount))
        # Each record has the points of the whole claim, however many types of credit they are.
        row.total = record.amount
    for row, one in zip(cme, boards.values(), strict=False):
        one.cme, one.first = row.cme, row.first
    return (*cme[len(boards) :], *boards.values())


def _cells(row: _Row, words: Mapping[str, Any]) -> tuple[Cell, ...]:
    record, identity = row.first, row.first.identity
    if identity is None or not record.activity_number:
        raise UnwritableRowError(f"{record.credit_id}: without the learner's identity or the PARS activity id.")
    pairs = words["sheet"]["pairs"]
    if len(row.types) > len(pairs):
        raise UnwritableRowError(f"{record.credit_id}: more types of credit than the template has columns for.")
    licensed = bool(identity.licence_number)
    own: tuple[Cell, ...] = (
        words["words"][record.operation],
        record.activity_number,
        record.completed_on,
        identity.given_name,
        identity.family_name,
        f"{identity.birth_month:02d}/{identity.birth_day:02d}",
        STATES.get(identity.licence_state, ""),
        identity.licence_number if licensed else identity.npi,
        "" if row.cme is None else row.cme,
        row.board,
        row.board_id,
        "" if row.total is None else row.total,
    )
    typed: Sequence[Cell] = [cell for pair in row.types for cell in pair]
    return (*own, *typed, *[""] * (2 * len(pairs) - len(typed)))


def _line(cells: Sequence[Cell], words: Mapping[str, Any]) -> bytes:
    return ("\t".join(_text(one, words) for one in cells) + "\r\n").encode()


def _text(cell: Cell, words: Mapping[str, Any]) -> str:
    if isinstance(cell, date):
        return cell.strftime(words["words"]["date"])
    if isinstance(cell, Decimal):
        return f"{cell:.2f}"
    line = cell.translate(_BREAKS)
    return f"'{line}" if cell.startswith(_FORMULA) else line
