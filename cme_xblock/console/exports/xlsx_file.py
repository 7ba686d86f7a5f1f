"""An Excel workbook, written page by page in constant memory, by processes that may be killed in between. PURE.

Every text is a typed text cell, so nothing in it runs; numbers and dates are numbers and dates. What xlsxwriter makes
is whole or not there; this begins again where it stopped, because the parts of a ZIP archive are compressed in
segments that end on a byte, and all that the next one needs is a handful of numbers. Source: ECMA-376, part 1, 18.3;
PKWARE APPNOTE 6.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from cme_xblock.console.exports import texts, xlsx_parts
from cme_xblock.console.exports.columns import DICTIONARY, Column, Columns, Form, described
from cme_xblock.console.exports.zip_segments import Archive

# What a sheet and a cell can hold. Source: Microsoft, Excel specifications and limits.
SHEET_ROWS = 1_048_576
CELL = 32_767
# A sheet's own size in a ZIP archive without its 64 bit extension.
_SHEET_BYTES = 3_500_000_000
_EPOCH = date(1899, 12, 30).toordinal()
CUT = " … [cut: {length} characters; the whole is in CSV and JSON Lines]"
_SPECIAL = ("&", "<", ">", "\r", "_x")


class XlsxFile:
    """One workbook: sheets of rows, and behind them one that describes the columns."""

    suffix = "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    packed = True

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self._columns = columns
        self._archive = Archive()
        self._sheets = 0
        self._rows = 0

    def begin(self) -> bytes:
        """The beginning of the first sheet."""
        return b"".join(self._new_sheet())

    def rows(self, page: Columns) -> bytes:
        """The rows of one page, on another sheet where this one is full."""
        made = [_cells(one.form, values) for one, values in zip(self._columns, page, strict=True)]
        lines = list(map("".join, zip(*made, strict=True)))
        out, place = [], 0
        while place < len(lines):
            if self._rows >= SHEET_ROWS or self._archive.size > _SHEET_BYTES:
                out += [self._end_sheet(), *self._new_sheet()]
            some = lines[place : place + SHEET_ROWS - self._rows]
            out.append(self._archive.write(f"<row>{'</row><row>'.join(some)}</row>".encode()))
            self._rows += len(some)
            place += len(some)
        return b"".join(out)

    def end(self) -> bytes:
        """The end of the sheet, the dictionary, and what binds them together."""
        out = [self._end_sheet()]
        names = [f"Rows {number}" if number > 1 else "Rows" for number in range(1, self._sheets + 1)] + ["Columns"]
        out += self._member(xlsx_parts.sheet_name(self._sheets + 1), self._dictionary())
        for name, text in xlsx_parts.around(names):
            out += self._member(name, text.encode())
        return b"".join((*out, self._archive.end()))

    def state(self) -> dict[str, Any]:
        """What another process has to know to go on."""
        return {"sheets": self._sheets, "rows": self._rows, "archive": self._archive.state()}

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self._sheets, self._rows = state["sheets"], state["rows"]
        self._archive = Archive.resumed(state["archive"])

    def _new_sheet(self) -> Iterator[bytes]:
        self._sheets += 1
        self._rows = 1
        yield self._archive.open(xlsx_parts.sheet_name(self._sheets))
        yield self._archive.write((xlsx_parts.sheet_begin(len(self._columns)) + _heading(self._columns)).encode())

    def _end_sheet(self) -> bytes:
        return self._archive.write(xlsx_parts.SHEET_END.encode()) + self._archive.close()

    def _member(self, name: str, content: bytes) -> list[bytes]:
        return [self._archive.open(name), self._archive.write(content), self._archive.close()]

    def _dictionary(self) -> bytes:
        rows = zip(*(_cells(Form.TEXT, values) for values in described(self._columns)), strict=True)
        body = "".join(f"<row>{''.join(row)}</row>" for row in rows)
        return (xlsx_parts.sheet_begin(len(DICTIONARY)) + _heading(DICTIONARY) + body + xlsx_parts.SHEET_END).encode()


def _heading(columns: tuple[Column, ...]) -> str:
    cells = "".join(f'<c t="inlineStr" s="{xlsx_parts.BOLD}"><is><t>{one.name}</t></is></c>' for one in columns)
    return f"<row>{cells}</row>"


def _cells(form: Form, values: Sequence[Any]) -> list[str]:
    """The cells of a column."""
    if form is Form.NUMBER:
        return ["<c/>" if one is None else f"<c><v>{one:f}</v></c>" for one in values]
    if form is Form.DAY:
        known: dict[Any, str] = {one: _day(one) for one in set(values)}
        return [known[one] for one in values]
    if form is Form.COUNT:
        return [f"<c><v>{one}</v></c>" if isinstance(one, int) else _text(one) for one in values]
    return _texts(values)


def _texts(values: Sequence[Any]) -> list[str]:
    if None in values:
        return [_text(one) for one in values]
    seen = texts.all_visible(values)
    joined = "".join(seen)
    change: Callable[[str], str] = xlsx_parts.escaped if any(one in joined for one in _SPECIAL) else str
    if len(joined) * 2 > CELL and max(map(len, seen)) * 2 > CELL:
        seen = [_fitting(one) for one in seen]
    before, after = '<c t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>"
    return [f"{before}{change(one)}{after}" if one else "<c/>" for one in seen]


def _text(value: str | None) -> str:
    return "<c/>" if value is None else _texts([value])[0]


def _fitting(text: str) -> str:
    """The text, or its beginning and how long it was. Excel counts halves of surrogate pairs."""
    length = len(text) + sum(one > "\uffff" for one in text)
    if length <= CELL:
        return text
    note = CUT.format(length=len(text))
    kept = text.encode("utf-16-le")[: 2 * (CELL - len(note))].decode("utf-16-le", errors="ignore")
    return kept + note


def _day(value: Any) -> str:
    """A date as Excel counts days; what is none, or before its calendar, as a text."""
    try:
        number = date.fromisoformat(value).toordinal() - _EPOCH
    except (TypeError, ValueError):
        return _text(value)
    return f'<c s="{xlsx_parts.DAY}"><v>{number}</v></c>' if number > 60 else _text(value)
