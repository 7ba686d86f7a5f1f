"""The report across a provider's activities: page, PDF, workbook and tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cme_xblock.activity.message import Message
from cme_xblock.console import pages
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.console.outcomes import showing
from cme_xblock.outcomes.shapes import Report
from cme_xblock.records import activity_index

if TYPE_CHECKING:
    from cme_xblock.outcomes.report_provider import Row

# Of each activity so many participations are counted while somebody waits.
_AT_ONCE = 500
_KEPT_SECONDS = 24 * 3600


@require_safe
@guarded(May.SEE_ACTIVITY, place=Place.PROVIDER)
def page(request: HttpRequest, visit: Visit, provider: str) -> HttpResponse:
    """A row for each of the provider's activities, and what may be added up."""
    made, links = _report(provider)
    return showing.as_page(
        made,
        files={name: reverse(f"cme_xblock:outcomes-provider-{name}", args=[provider]) for name in ("pdf", "xlsx")},
        csv=lambda table: reverse("cme_xblock:outcomes-provider-csv", args=[provider, table]),
        values={"home": pages.url("console-activities")},
        links=links,
    )


@require_safe
@guarded(May.EXPORT_AGGREGATE, place=Place.PROVIDER)
def as_xlsx(request: HttpRequest, visit: Visit, provider: str) -> HttpResponse:
    """The same as a workbook."""
    return showing.as_xlsx(_report(provider)[0])


@require_safe
@guarded(May.EXPORT_AGGREGATE, place=Place.PROVIDER)
def as_csv(request: HttpRequest, visit: Visit, provider: str, table: str) -> HttpResponse:
    """One table of it."""
    return showing.as_csv(_report(provider)[0], table)


@require_safe
@guarded(May.EXPORT_AGGREGATE, place=Place.PROVIDER)
def as_pdf(request: HttpRequest, visit: Visit, provider: str) -> HttpResponse:
    """The same as a tagged PDF."""
    return showing.as_pdf(_report(provider)[0])


def _report(provider: str) -> tuple[Report, dict[str, str]]:
    """The report, and the addresses of the activities' own ones by their titles."""
    from cme_xblock.outcomes import report_about, report_provider

    activity_index.refresh()
    listed = list(activity_index.of_providers([provider]))
    rows = [row for row in (_row(one.activity_key) for one in listed) if row is not None]
    name = listed[0].provider_name if listed else ""
    made = report_provider.build(name, rows)
    now = timezone.now()
    made = replace(made, provenance=report_about.provenance(made, showing.numbers(), made=now, cut=None))
    say = showing.numbers().gettext
    links = {}
    for one in listed:
        address = reverse("cme_xblock:outcomes", args=[one.activity_key])
        simulated = Message(report_provider.SIMULATED, {"title": one.title}).format(say)
        links |= {one.title: address, simulated: address}
    return made, links


def _row(key: str) -> Row | None:
    """The row of one activity: of its report as it was let out last, kept until the next step."""
    from cme_xblock.outcomes import current, reading, refresh, releasing, report_provider

    found = reading.reported(key)
    if found is None:
        return None
    minimum = showing.minimum()
    refresh.refresh(key, limit=_AT_ONCE)
    releasing.current(key, found.activity, minimum=minimum, now=timezone.now())
    moved = releasing.moved_at(key)
    name = f"cme-provider-row:{key}:{found.sha256}:{minimum}:{moved.timestamp() if moved else 0}"
    kept: Row | None = cache.get(name) if moved else None
    if kept is None:
        made = current.report_of(key, found.activity, minimum=minimum, now=timezone.now(), at_once=0)
        kept = report_provider.row(made)
        if moved:
            cache.set(name, kept, _KEPT_SECONDS)
    return kept
