"""The outcomes report for the course's team: a page, and the same report as PDF, workbook and single tables.

What computes is loaded at the first report: scipy takes a second that no learner's page should pay.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from cme_xblock.credit import outcomes_pdf, pdf
from cme_xblock.host import language, team
from cme_xblock.outcomes import charts, refresh, workbook
from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.shapes import Cell, Report, Section, Table
from cme_xblock.parts import standalone

# So many participations are counted while somebody waits; the rest at the next look or by the command.
_AT_ONCE = 2000
_MINIMUM = "CME_SMALLEST_GROUP"


@require_safe
def page(request: HttpRequest, key: str) -> HttpResponse:
    """The report as a page, counted anew. 403 for anybody but the course's team."""
    made, refusal = _report(request, key)
    if made is None:
        return refusal
    numbers = _numbers()
    speaks = language.current()
    other = made.language.split("-")[0] != speaks.code.split("-")[0]
    values = {
        "one": made,
        "author": {"lang": made.language, "dir": language.named(made.language).direction} if other else None,
        "answer": [one.format(numbers.gettext) for one in made.answer],
        "sections": [_section(one, numbers, key, is_rtl=speaks.direction == "rtl") for one in made.sections],
        "simulated": numbers.gettext(workbook.SIMULATED) if made.simulated else "",
        "waiting": refresh.waiting(key),
        "made": formats.date_format(timezone.localtime(), "DATETIME_FORMAT"),
        "pdf": reverse("cme_xblock:outcomes-pdf", args=[key]) if pdf.is_available() else "",
        "xlsx": reverse("cme_xblock:outcomes-xlsx", args=[key]),
        "style": static("cme_xblock/outcomes.css"),
    }
    return standalone.page("outcomes.html", values)


@require_safe
def as_xlsx(request: HttpRequest, key: str) -> HttpResponse:
    """The same report as a workbook."""
    made, refusal = _report(request, key)
    if made is None:
        return refusal
    content = workbook.as_xlsx(made, _numbers(), now=timezone.now())
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return standalone.download(content, content_type=kind, name="outcomes.xlsx")


@require_safe
def as_csv(request: HttpRequest, key: str, table: str) -> HttpResponse:
    """One table of the same report."""
    made, refusal = _report(request, key)
    if made is None:
        return refusal
    found = next((one for _, one in workbook.tables(made) if one.id == table), None)
    if found is None:
        raise Http404
    text = workbook.as_csv(made, found, _numbers())
    return standalone.download(text, content_type="text/csv; charset=utf-8", name=f"outcomes-{found.id}.csv")


@require_safe
def as_pdf(request: HttpRequest, key: str) -> HttpResponse:
    """The same report as a tagged PDF. 404 where this server makes none."""
    made, refusal = _report(request, key)
    if made is None:
        return refusal
    try:
        printed = outcomes_pdf.render(made, _numbers(), language=language.current().code, now=timezone.now(),
                                      is_rtl=language.current().direction == "rtl")  # fmt: skip
    except pdf.Unavailable as unavailable:
        raise Http404 from unavailable
    return standalone.download(printed.content, content_type="application/pdf", name="outcomes.pdf")


def _report(request: HttpRequest, key: str) -> tuple[Report | None, HttpResponse]:
    """The report of that activity, or the refusal. Whoever may not see it is not told whether there is one."""
    from cme_xblock.outcomes import reading, report

    found = reading.reported(key)
    if found is None or not team.sees(request, found.course_key):
        return None, standalone.page("outcomes.html", {"stranger": True}, status=403)
    refresh.refresh(key, limit=_AT_ONCE)
    cohort = reading.read(key)
    made = report.build(
        cohort, found.activity, minimum=_minimum(), simulated=reading.has_simulated(key), numbers=_numbers()
    )
    return made, HttpResponse()


def _minimum() -> int:
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


def _numbers() -> Numbers:
    return Numbers(language.current().gettext, formats.get_format("DECIMAL_SEPARATOR"))


def _section(one: Section, numbers: Numbers, key: str, *, is_rtl: bool) -> dict[str, object]:
    say = numbers.gettext
    drawn = charts.draw(one.chart, numbers, id_=f"cme-chart-{one.id}", is_rtl=is_rtl) if one.chart else ""
    return {
        "id": one.id,
        "title": say(one.title),
        "text": [text.format(say) for text in one.text],
        "notes": [text.format(say) for text in one.notes],
        "chart": mark_safe(drawn),  # noqa: S308 - drawn by us, every text in it escaped
        "legend": one.chart is not None and one.chart.kind == "dots",
        "tables": [_table(table, numbers, key) for table in one.tables],
    }


def _table(one: Table, numbers: Numbers, key: str) -> dict[str, object]:
    say = numbers.gettext
    return {
        "id": one.id,
        "caption": one.caption.format(say),
        "columns": [say(column.title) for column in one.columns],
        "rows": [[_cell(cell, numbers) for cell in row] for row in one.rows],
        "csv": reverse("cme_xblock:outcomes-csv", args=[key, one.id]),
    }


def _cell(cell: Cell, numbers: Numbers) -> dict[str, object]:
    return {"text": numbers.cell(cell), "author": cell.author, "none": bool(cell.why) and cell.value is None}
