"""The parts of a workbook that are the same in every one, and how a text stands in them. PURE. Source: ECMA-376."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

# Places in `cellXfs` of the styles below.
BOLD, DAY = 1, 2

_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# What Excel would read as one character: `_x0041_`.
_OWN = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

SHEET_END = "</sheetData></worksheet>"

_STYLES = (
    f'<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def escaped(text: str) -> str:
    """The text as it may stand in the XML of a cell."""
    # XML would read a carriage return as a line feed.
    return escape(_OWN.sub("_x005F_", text)).replace("\r", "_x000D_")


def sheet_name(number: int) -> str:
    """Where the sheet of that number lies in the archive."""
    return f"xl/worksheets/sheet{number}.xml"


def sheet_begin(columns: int) -> str:
    """A sheet up to its first row, which stays in sight."""
    return (
        f'{_DECLARATION}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<cols><col min="1" max="{columns}" width="20" customWidth="1"/></cols><sheetData>'
    )


def around(names: list[str]) -> Iterator[tuple[str, str]]:
    """Every other part, with its place: `names` are those of the sheets, ours."""
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>' for number, name in enumerate(names, start=1)
    )
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(names) + 1)
    )
    types = "".join(
        f'<Override PartName="/{sheet_name(number)}" ContentType="{_TYPE}.worksheet+xml"/>'
        for number in range(1, len(names) + 1)
    )
    styles = f'<Relationship Id="rId{len(names) + 1}" Type="{_DOCUMENT}/styles" Target="styles.xml"/>'
    yield (
        "xl/workbook.xml",
        (f'{_DECLARATION}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>{sheets}</sheets></workbook>'),
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        (f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">{relations}{styles}</Relationships>'),
    )
    yield "xl/styles.xml", _DECLARATION + _STYLES
    yield (
        "_rels/.rels",
        (
            f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
    )
    yield (
        "[Content_Types].xml",
        (
            f'{_DECLARATION}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{types}</Types>'
        ),
    )
