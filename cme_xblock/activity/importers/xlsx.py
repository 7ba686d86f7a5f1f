"""The first sheet of an Excel workbook as rows of text, and rows of text as a workbook.

Read here and not by a library: what is needed is a few elements of two XML files, and every file is a stranger's.
Formulas give the value that Excel kept with them. This module knows nothing of questions and people.

Source: ECMA-376 Part 1, SpreadsheetML (sheets, shared strings, number formats).
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from xml.sax.saxutils import escape

from lxml import etree

from cme_xblock.activity.importers import archive
from cme_xblock.activity.importers.outcome import ImportFailed
from cme_xblock.activity.importers.xmltext import attr, children, descendants, local, parse
from cme_xblock.activity.message import N_, Message

WORKBOOK = "xl/workbook.xml"
MOST_ROWS = 5_000
MOST_COLUMNS = 200

_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# Number formats that are dates without being written out in the file (ECMA-376 18.8.30).
_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_NOT_PATTERN = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.")
_LAST_DAY = 2_958_465


@dataclass(frozen=True)
class Sheet:
    """One sheet. `rows` are numbered as in Excel; `others` names the sheets that were not read."""

    name: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    others: tuple[str, ...] = ()
    formulas: int = 0


def read(data: bytes, *, name: str) -> Sheet:
    """The first sheet. Dates become year-month-day, whole numbers lose their ".0". Raises ImportFailed."""
    packed = archive.read(data, name=name)
    if WORKBOOK not in packed.names:
        raise _failed(N_("it is no Excel workbook (.xlsx)"), name)
    book = parse(packed.read(WORKBOOK), name=WORKBOOK)
    sheets = [one for one in descendants(book, "sheet") if attr(one, "state") in ("", "visible")]
    if not sheets:
        raise _failed(N_("it has no sheet"), name)
    path = _target(packed, sheets[0])
    if path not in packed.names:
        raise _failed(N_("its first sheet is missing: save it again in Excel"), name)
    since_1904 = any(attr(one, "date1904") in ("1", "true") for one in descendants(book, "workbookpr"))
    cells = _Cells(_shared(packed), _dates(packed), date(1904, 1, 1) if since_1904 else date(1899, 12, 30))
    rows = cells.rows(parse(packed.read(path), name=path), name)
    others = tuple((one.get("name") or "")[:100] for one in sheets[1:])
    return Sheet((sheets[0].get("name") or "")[:100], rows, others, cells.formulas)


def write(rows: list[list[str]], *, sheet: str) -> bytes:
    """A workbook with one sheet of text; the first row stands still when the others scroll. Equal rows, equal bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in (*_PARTS, (WORKBOOK, _BOOK.format(sheet=escape(sheet[:31], {'"': "&quot;"})))):
            packed.writestr(zipfile.ZipInfo(name, _DAY_ONE), _HEAD + content, zipfile.ZIP_DEFLATED)
        entry = zipfile.ZipInfo("xl/worksheets/sheet1.xml", _DAY_ONE)
        packed.writestr(entry, _HEAD + _sheet(rows), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def column(index: int) -> str:
    """The letters of a column that is counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass
class _Cells:
    """What is needed to tell a cell's text: the shared strings, which styles are dates, and the day 0."""

    shared: list[str]
    dates: frozenset[int]
    epoch: date
    formulas: int = 0

    def rows(self, root: etree._Element, name: str) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """The rows that hold anything."""
        found: list[tuple[int, tuple[str, ...]]] = []
        last = 0
        for row in descendants(root, "row"):
            last = _count(attr(row, "r"), or_else=last + 1)
            cells: dict[int, str] = {}
            for cell in children(row, "c"):
                place = _CELL.fullmatch(attr(cell, "r"))
                at = _index(place[1]) if place else len(cells)
                if at < MOST_COLUMNS and (text := self._text(cell).strip()):
                    cells[at] = text
            if cells:
                found.append((last, tuple(cells.get(at, "") for at in range(max(cells) + 1))))
            if len(found) > MOST_ROWS:
                raise _failed(N_("it has more than {most} rows"), name, most=str(MOST_ROWS))
        return tuple(found)

    def _text(self, cell: etree._Element) -> str:
        kind = attr(cell, "t")
        if children(cell, "f"):
            self.formulas += 1
        if kind == "inlineStr":
            return "".join(_string(one) for one in children(cell, "is"))
        said = "".join(one.text or "" for one in children(cell, "v"))
        if kind == "s":
            at = _count(said.strip(), or_else=len(self.shared))
            return self.shared[at] if at < len(self.shared) else ""
        if kind == "b":
            return "TRUE" if said.strip() == "1" else "FALSE"
        if kind in ("str", "e", "d"):
            return said
        return self._number(said, dated=_count(attr(cell, "s"), or_else=0) in self.dates)

    def _number(self, said: str, *, dated: bool) -> str:
        try:
            value = Decimal(said.strip()[:60] or "NaN")
        except InvalidOperation:
            return said
        if not value.is_finite() or abs(value.adjusted()) > 20:
            return said
        if dated and 0 < value <= _LAST_DAY:
            day = self.epoch + timedelta(days=int(value))
            return day.isoformat()
        return f"{value.normalize():f}" if value else "0"


def _count(said: str, *, or_else: int) -> int:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 8 else or_else


def _index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def _target(packed: archive.Archive, sheet: etree._Element) -> str:
    """The file of a sheet, through the workbook's relationships."""
    wanted = next((str(value) for key, value in sheet.attrib.items() if str(key).endswith("}id")), "")
    links = "xl/_rels/workbook.xml.rels"
    if links in packed.names:
        for one in descendants(parse(packed.read(links), name=links), "relationship"):
            if attr(one, "id") == wanted:
                target = attr(one, "target")
                return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    return "xl/worksheets/sheet1.xml"


def _shared(packed: archive.Archive) -> list[str]:
    path = "xl/sharedStrings.xml"
    return [_string(one) for one in children(parse(packed.read(path), name=path), "si")] if path in packed.names else []


def _string(element: etree._Element) -> str:
    """Text in runs of different fonts is one text; the reading aid of East Asian scripts is none of it."""
    texts = (one for one in element.iterdescendants() if local(one) == "t")
    return "".join(one.text or "" for one in texts if not any(local(up) == "rph" for up in one.iterancestors()))


def _dates(packed: archive.Archive) -> frozenset[int]:
    """The numbers of the styles that show a date."""
    path = "xl/styles.xml"
    if path not in packed.names:
        return frozenset()
    root = parse(packed.read(path), name=path)
    formats = {attr(one, "numfmtid"): attr(one, "formatcode") for one in descendants(root, "numfmt")}
    found = []
    for cells in children(root, "cellxfs"):
        for index, one in enumerate(children(cells, "xf")):
            name = attr(one, "numfmtid")
            pattern = _NOT_PATTERN.sub("", formats.get(name, "")).lower()
            written = any(letter in pattern for letter in "yd") and "general" not in pattern
            if written or (name not in formats and _count(name, or_else=0) in _DATES):
                found.append(index)
    return frozenset(found)


def _failed(text: str, name: str, **params: str) -> ImportFailed:
    frame = N_("{name} can't be read: {problem}.")
    return ImportFailed(Message(frame, {"name": name or Message(N_("The workbook")), "problem": Message(text, params)}))


def _sheet(rows: list[list[str]]) -> str:
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(
            f'<c r="{column(at)}{number}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
            for at, text in enumerate(row)
            if text
        )
        lines.append(f'<row r="{number}">{cells}</row>')
    return _SHEET.format(width=max(map(len, rows)), rows="".join(lines))


# The first day that a zip file can name: without it equal rows would not give equal bytes.
_DAY_ONE = (1980, 1, 1, 0, 0, 0)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACK = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINK}"><sheets><sheet name="{{sheet}}" sheetId="1" r:id="rId1"/></sheets>'
    "</workbook>"
)
_SHEET = (
    f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols><col min="1" max="{width}" width="22" '
    'customWidth="1"/></cols><sheetData>{rows}</sheetData></worksheet>'
)
_PARTS = (
    (
        "[Content_Types].xml",
        f'<Types xmlns="{_PACK}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    ),
    (
        "_rels/.rels",
        f'<Relationships xmlns="{_PACK}/relationships"><Relationship Id="rId1" '
        f'Type="{_LINK}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    ),
    (
        "xl/_rels/workbook.xml.rels",
        f'<Relationships xmlns="{_PACK}/relationships"><Relationship Id="rId1" '
        f'Type="{_LINK}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    ),
)
