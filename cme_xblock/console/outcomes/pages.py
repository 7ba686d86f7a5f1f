"""The outcomes report of one activity: a page, and the same report as PDF, workbook and single tables.

What computes is loaded at the first report: scipy takes a second that no learner's page should pay.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cme_xblock.console import pages
from cme_xblock.console.access import Forbidden, May, Place, Rule, Visit, guarded, may
from cme_xblock.console.outcomes import showing
from cme_xblock.outcomes.shapes import Report

# So many participations are counted while somebody waits; the rest at the next look or by the command.
_AT_ONCE = 2000


@require_safe
@guarded(May.SEE_ACTIVITY, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """The report as a page, counted anew."""
    from cme_xblock.outcomes import releasing

    made = _report(key)
    return showing.as_page(
        made,
        files={name: reverse(f"cme_xblock:outcomes-{name}", args=[key]) for name in ("pdf", "xlsx")},
        csv=lambda table: reverse("cme_xblock:outcomes-csv", args=[key, table]),
        values={
            "behind": releasing.behind(key, minimum=showing.minimum()),
            "steps": True,
            "home": pages.url("console-activity", key),
            "provider": _provider(visit),
        },
    )


@require_safe
@guarded(May.EXPORT_AGGREGATE, place=Place.ACTIVITY)
def as_xlsx(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """The same report as a workbook."""
    return showing.as_xlsx(_report(key))


@require_safe
@guarded(May.EXPORT_AGGREGATE, place=Place.ACTIVITY)
def as_csv(request: HttpRequest, visit: Visit, key: str, table: str) -> HttpResponse:
    """One table of the same report."""
    return showing.as_csv(_report(key), table)


@require_safe
@guarded(May.EXPORT_AGGREGATE, place=Place.ACTIVITY)
def as_pdf(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """The same report as a tagged PDF. 404 where this server makes none."""
    return showing.as_pdf(_report(key))


def _provider(visit: Visit) -> str:
    """Where the report on all of the provider's activities is, for whoever may see it."""
    key = visit.activity.provider_key
    try:
        may(visit.reader, Rule(May.SEE_ACTIVITY, Place.PROVIDER), named={"provider": key}, now=visit.now)
    except Forbidden:
        return ""
    return pages.url("outcomes-provider", key) if key else ""


def _report(key: str) -> Report:
    """The report of that activity. Raises Forbidden where it was taken back meanwhile: as if it were not there."""
    from cme_xblock.outcomes import current, reading

    found = reading.reported(key)
    if found is None:
        raise Forbidden
    return current.report_of(
        key,
        found.activity,
        minimum=showing.minimum(),
        now=timezone.now(),
        numbers=showing.numbers(),
        at_once=_AT_ONCE,
    )
