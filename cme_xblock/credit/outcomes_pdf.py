"""The outcomes report as a tagged PDF: what the page shows, section by section, with the same charts."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from datetime import datetime

from cme_xblock.activity.message import N_
from cme_xblock.credit import pdf
from cme_xblock.outcomes import charts, workbook
from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.shapes import Chart, Form, Report, Section, Table

HEADING = N_("Outcomes")
NOTE = N_("Some letters are in no font of this server, so this file cannot show all. The report's web page does.")
LEGEND = N_("○ before, ■ after")
# A column with longer words shares the width with the first.
_LONG = 24
_MANY = 4
# So many marks of a chart are two thirds of a sheet high.
_ROWS = 14


def render(report: Report, numbers: Numbers, *, language: str, now: datetime, is_rtl: bool = False) -> pdf.Printed:
    """The PDF in the reader's language. Raises pdf.Unavailable."""
    say = numbers.gettext
    code, _, region = language.partition("-")
    data = {
        "lang": code.lower(),
        "region": region.upper() if len(region) == 2 else "",
        "heading": say(HEADING),
        "title": report.title,
        "simulated": say(workbook.SIMULATED) if report.simulated else "",
        "made": " ".join(one.format(say) for one in report.provenance) or numbers.moment(now),
        "answer": [one.format(say) for one in report.answer],
        "sections": [_section(one, numbers, is_rtl=is_rtl) for one in report.sections],
        "legend": say(LEGEND),
        "rtl": is_rtl,
        "note": "",
    }
    source, folder = pdf.template("outcomes.typ"), pdf.TEMPLATES
    return pdf.render(pdf.Sheet(source=source, folder=folder, data=data, at=now, unprintable="[…]", note=NOTE))


def _section(one: Section, numbers: Numbers, *, is_rtl: bool) -> dict[str, object]:
    say = numbers.gettext
    return {
        "title": say(one.title),
        "text": [text.format(say) for text in one.text],
        "notes": [text.format(say) for text in one.notes],
        "charts": [asdict(charts.for_paper(each, numbers, is_rtl=is_rtl)) for each in _pieces(one.chart)],
        "alt": f"{one.chart.title.format(say)}. {one.chart.description.format(say)}" if one.chart else "",
        "legend": one.chart is not None and one.chart.kind == "dots",
        "tables": [_table(table, numbers) for table in one.tables],
    }


def _pieces(chart: Chart | None) -> list[Chart]:
    """The chart in pieces that fit on a sheet: a drawing can't be broken."""
    if chart is None or len(chart.marks) <= _ROWS:
        return [chart] if chart else []
    size = math.ceil(len(chart.marks) / math.ceil(len(chart.marks) / _ROWS))
    return [replace(chart, marks=chart.marks[at : at + size]) for at in range(0, len(chart.marks), size)]


def _table(one: Table, numbers: Numbers) -> dict[str, object]:
    # An author's words run their own way, whatever the page's.
    cells = [
        [f"\u2068{numbers.cell(cell)}\u2069" if cell.author else numbers.cell(cell) for cell in row] for row in one.rows
    ]
    return {
        "caption": one.caption.format(numbers.gettext),
        "columns": [numbers.gettext(column.title) for column in one.columns],
        "widths": _widths(one, cells),
        "rows": cells,
    }


def _widths(one: Table, cells: list[list[str]]) -> list[int]:
    """The columns' parts of the width, 0 for as wide as its words are: of many these leave nothing to the first."""
    if len(one.columns) > _MANY:
        return [26, *(17 if column.interval else 10 for column in one.columns[1:])]
    long = [
        place == 0 or (column.form is Form.TEXT and any(len(row[place]) > _LONG for row in cells))
        for place, column in enumerate(one.columns)
    ]
    return [1 if is_long else 0 for is_long in long]
