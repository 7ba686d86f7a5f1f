"""The outcomes report as a tagged PDF: what the page shows, section by section, with the same charts."""

from __future__ import annotations

from datetime import datetime

from cme_xblock.activity.message import N_
from cme_xblock.credit import pdf
from cme_xblock.outcomes import charts, workbook
from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.shapes import Form, Report, Section, Table

HEADING = N_("Outcomes")
NOTE = N_("Some letters are in no font of this server, so this file cannot show all. The report's web page does.")
LEGEND = N_("○ before, ■ after")
_WIDTH = 640
# A column with longer words shares the width with the first.
_LONG = 24


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
        "made": now.isoformat(sep=" ", timespec="minutes"),
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
    drawn = charts.draw(one.chart, numbers, id_=one.id, is_rtl=is_rtl, width=_WIDTH) if one.chart else ""
    return {
        "title": say(one.title),
        "text": [text.format(say) for text in one.text],
        "notes": [text.format(say) for text in one.notes],
        "chart": drawn,
        "alt": f"{one.chart.title.format(say)}. {one.chart.description.format(say)}" if one.chart else "",
        "legend": one.chart is not None and one.chart.kind == "dots",
        "tables": [_table(table, numbers) for table in one.tables],
    }


def _table(one: Table, numbers: Numbers) -> dict[str, object]:
    return {
        "caption": one.caption.format(numbers.gettext),
        "columns": [numbers.gettext(column.title) for column in one.columns],
        "wide": [
            place == 0 or (column.form is Form.TEXT and any(len(numbers.cell(row[place])) > _LONG for row in one.rows))
            for place, column in enumerate(one.columns)
        ],
        "rows": [[numbers.cell(cell) for cell in row] for row in one.rows],
    }
