"""A table that someone filled in, CSV or Excel, as rows with named columns. Nothing of questions and people here."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cme_xblock.activity.importers import archive, xlsx
from cme_xblock.activity.importers.outcome import Fate, ImportFailed, Note
from cme_xblock.activity.importers.textfile import decode
from cme_xblock.activity.message import N_, NP_, Message
from cme_xblock.activity.scalars import excerpt

_HEADER_WITHIN = 15
_APART = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Row:
    """One filled row: its number as the author sees it, and text by column."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass
class Table:
    """A table whose columns were recognised. `kind` is `csv` or `xlsx`."""

    kind: str
    columns: tuple[str, ...]
    rows: list[Row]
    notes: list[Note] = field(default_factory=list)


def read(data: bytes, *, name: str, known: Mapping[str, str], needed: Sequence[str]) -> Table:
    """The table. `known` gives each spelling of a heading (in lower case with underscores) its column.

    Raises ImportFailed where a needed column is missing.
    """
    notes: list[Note] = []
    kind = "xlsx" if archive.is_zip(data) else "csv"
    lines = _workbook(data, name, notes) if kind == "xlsx" else _text(data, name, notes, (known, needed))
    at, columns = _header(lines, known, needed, name)
    heading = lines[at][1]
    for place, title in enumerate(heading):
        if title and not columns[place]:
            text = N_("The column {title} is not known and was left out.")
            notes.append(Note(Fate.DROPPED, Message(text, {"title": excerpt(title)})))
    rows = []
    for number, cells in lines[at + 1 :]:
        if beyond := [one for one in cells[len(columns) :] if one]:
            text = N_("Cells to the right of the last heading were left out: {said}")
            message = Message(text, {"said": excerpt(", ".join(beyond[:5]))})
            notes.append(Note(Fate.DROPPED, message, f"row {number}"))
        named = {column: text for column, text in zip(columns, cells, strict=False) if column and text}
        if named:
            rows.append(Row(number, named))
    return Table(kind, tuple(filter(None, columns)), rows, notes)


def heading(title: str) -> str:
    """A heading in the form in which it is looked up: "Option A" is `option_a`."""
    return _APART.sub("_", title.strip().lower()).strip("_")


def recognised(first: Sequence[str], known: Mapping[str, str], needed: Sequence[str]) -> bool:
    """Whether a row is the heading of such a table."""
    return set(needed) <= {known.get(heading(one), "") for one in first}


def lines_of(text: str, *, delimiter: str) -> list[tuple[int, tuple[str, ...]]]:
    """The filled lines of a CSV text, each by the number of the line it begins in."""
    lines: list[tuple[int, tuple[str, ...]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins = 1
    for cells in reader:
        stripped = tuple(one.strip() for one in cells[: xlsx.MOST_COLUMNS])
        if any(stripped):
            lines.append((begins, stripped))
        begins = reader.line_num + 1
        if len(lines) > xlsx.MOST_ROWS:
            raise _Many
    return lines


def delimiters(text: str) -> list[str]:
    """Comma, semicolon and tab, the likeliest first: the one that a row of headings shows most."""
    first = [one for one in text[:20_000].split("\n") if one.strip()][:_HEADER_WITHIN]
    return sorted(",;\t", key=lambda one: -max((line.count(one) for line in first), default=0))


class _Many(Exception):  # noqa: N818 - a signal inside this module
    """More rows than anyone fills in."""


def _text(
    data: bytes, name: str, notes: list[Note], wanted: tuple[Mapping[str, str], Sequence[str]]
) -> list[tuple[int, tuple[str, ...]]]:
    text, encoding = decode(data, name=name)
    if encoding == "cp1252":
        guessed = N_("The file is not UTF-8; it was read as Windows-1252. Check accents and symbols.")
        notes.append(Note(Fate.CHANGED, Message(guessed)))
    try:
        lines: list[tuple[int, tuple[str, ...]]] = []
        for delimiter in delimiters(text):
            lines = lines_of(text, delimiter=delimiter)
            if any(recognised(cells, *wanted) for _, cells in lines[:_HEADER_WITHIN]):
                break
        return lines
    except csv.Error:
        raise _failed(N_("a cell is longer than {most} characters"), name, most=str(csv.field_size_limit())) from None
    except _Many:
        raise _failed(N_("it has more than {most} rows"), name, most=str(xlsx.MOST_ROWS)) from None


def _workbook(data: bytes, name: str, notes: list[Note]) -> list[tuple[int, tuple[str, ...]]]:
    sheet = xlsx.read(data, name=name)
    for one in sheet.others:
        text = N_("Only the first sheet is read; the sheet {name} was left out.")
        notes.append(Note(Fate.DROPPED, Message(text, {"name": one})))
    if sheet.formulas:
        several = NP_(
            "{count} cell holds a formula; the value that Excel kept was read.",
            "{count} cells hold a formula; the value that Excel kept was read.",
        )
        notes.append(Note(Fate.CHANGED, Message(several, {"count": str(sheet.formulas)})))
    return list(sheet.rows)


def _header(
    lines: list[tuple[int, tuple[str, ...]]], known: Mapping[str, str], needed: Sequence[str], name: str
) -> tuple[int, list[str]]:
    """Where the headings are, for a title may stand above them, and the column of each."""
    for at, (_, cells) in enumerate(lines[:_HEADER_WITHIN]):
        if recognised(cells, known, needed):
            columns: list[str] = []
            for cell in cells:
                column = known.get(heading(cell), "")
                if column and column in columns:
                    raise _failed(N_("the column {title} stands there twice"), name, title=excerpt(cell))
                columns.append(column)
            return at, columns
    raise _failed(
        N_("no row holds the headings {needed}; take the template, and fill it in"), name, needed=", ".join(needed)
    )


def _failed(text: str, name: str, **params: str) -> ImportFailed:
    frame = N_("{name} can't be read: {problem}.")
    return ImportFailed(Message(frame, {"name": name or Message(N_("The table")), "problem": Message(text, params)}))
