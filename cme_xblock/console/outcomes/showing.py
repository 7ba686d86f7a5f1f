"""A report as page, PDF, workbook and table: the same structure in each, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpResponse
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.safestring import mark_safe

from cme_xblock.credit import outcomes_pdf, pdf
from cme_xblock.host import language
from cme_xblock.outcomes import charts, workbook
from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.shapes import Cell, Report, Section, Table
from cme_xblock.pages import standalone

__all__ = ["as_csv", "as_page", "as_pdf", "as_xlsx", "minimum", "numbers"]

_MINIMUM = "CME_SMALLEST_GROUP"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def minimum() -> int:
    """The smallest group of which a number is shown.

    .. setting_name: CME_SMALLEST_GROUP
    .. setting_default: 5
    .. setting_description: No number about fewer people is shown in an outcomes report, on screen or in a file. 10 is
        the other usual choice; less than 5 is refused. Source: spec 5.3, rule 14.
    """
    from cme_xblock.outcomes import suppression

    wanted = getattr(settings, _MINIMUM, suppression.MINIMUM)
    if not isinstance(wanted, int) or wanted < suppression.MINIMUM:
        raise ImproperlyConfigured(f"{_MINIMUM} must be a whole number from {suppression.MINIMUM} on, such as 10.")
    return wanted


def numbers() -> Numbers:
    """How the reader of this request writes numbers, days and instants."""
    return Numbers(
        language.current().gettext,
        formats.get_format("DECIMAL_SEPARATOR"),
        day=lambda day: str(formats.date_format(day, "DATE_FORMAT")),
        moment=lambda at: str(formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")),
    )


def as_page(
    report: Report,
    *,
    files: Mapping[str, str],
    csv: Callable[[str], str],
    values: Mapping[str, object] | None = None,
    links: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The page. `files`: addresses of "pdf" and "xlsx"; `csv`: that of a table's file; `links`: by a row's text."""
    writes, speaks = numbers(), language.current()
    other = report.language.split("-")[0] != speaks.code.split("-")[0]
    is_rtl = speaks.direction == "rtl"
    common: dict[str, object] = {
        "one": report,
        "author": {"lang": report.language, "dir": language.named(report.language).direction} if other else None,
        "answer": [one.format(writes.gettext) for one in report.answer],
        "sections": [_section(one, writes, csv, links or {}, is_rtl=is_rtl) for one in report.sections],
        "simulated": writes.gettext(workbook.SIMULATED) if report.simulated else "",
        "provenance": [one.format(writes.gettext) for one in report.provenance],
        "pdf": files["pdf"] if pdf.is_available() else "",
        "xlsx": files["xlsx"],
        "style": static("cme_xblock/outcomes.css"),
    }
    return standalone.page("outcomes.html", {**common, **(values or {})})


def as_xlsx(report: Report) -> HttpResponse:
    """The same report as a workbook."""
    content = workbook.as_xlsx(report, numbers(), now=timezone.now())
    return standalone.download(content, content_type=_XLSX, name="outcomes.xlsx")


def as_csv(report: Report, table: str) -> HttpResponse:
    """One table of the same report. Raises Http404 where there is none of that name."""
    found = next((one for _, one in workbook.tables(report) if one.id == table), None)
    if found is None:
        raise Http404
    text = workbook.as_csv(report, found, numbers())
    return standalone.download(text, content_type="text/csv; charset=utf-8", name=f"outcomes-{found.id}.csv")


def as_pdf(report: Report) -> HttpResponse:
    """The same report as a tagged PDF. Raises Http404 where this server makes none."""
    speaks = language.current()
    try:
        printed = outcomes_pdf.render(
            report, numbers(), language=speaks.code, now=timezone.now(), is_rtl=speaks.direction == "rtl"
        )
    except pdf.Unavailable as unavailable:
        raise Http404 from unavailable
    return standalone.download(printed.content, content_type="application/pdf", name="outcomes.pdf")


def _section(
    one: Section, writes: Numbers, csv: Callable[[str], str], links: Mapping[str, str], *, is_rtl: bool
) -> dict[str, object]:
    say = writes.gettext
    drawn = charts.draw(one.chart, writes, id_=f"cme-chart-{one.id}", is_rtl=is_rtl) if one.chart else ""
    return {
        "id": one.id,
        "title": say(one.title),
        "text": [text.format(say) for text in one.text],
        "notes": [text.format(say) for text in one.notes],
        "chart": mark_safe(drawn),  # noqa: S308 - drawn by us, every text in it escaped
        "legend": one.chart is not None and one.chart.kind == "dots",
        "tables": [_table(table, writes, csv, links) for table in one.tables],
    }


def _table(one: Table, writes: Numbers, csv: Callable[[str], str], links: Mapping[str, str]) -> dict[str, object]:
    say = writes.gettext
    return {
        "id": one.id,
        "caption": one.caption.format(say),
        "columns": [say(column.title) for column in one.columns],
        "rows": [[_cell(cell, writes, links) for cell in row] for row in one.rows],
        "csv": csv(one.id),
    }


def _cell(cell: Cell, writes: Numbers, links: Mapping[str, str]) -> dict[str, object]:
    text = writes.cell(cell)
    return {
        "text": text,
        "author": cell.author,
        "english": cell.english,
        "style": "cme-none" if cell.why and cell.value is None else "cme-range" if cell.low is not None else "",
        "link": links.get(text, "") if cell.text else "",
    }
