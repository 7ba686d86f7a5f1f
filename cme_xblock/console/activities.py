"""The list of the activities that somebody may see."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import formats
from django.views.decorators.http import require_safe

from cme_xblock.console import pages
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.records import activity_index, grants
from cme_xblock.records.models import ActivityIndex

__all__ = ["page", "seen"]


@require_safe
@guarded(May.SEE_ACTIVITY, place=Place.SITE)
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Every activity that this reader may see, by provider and title."""
    rows = [
        {
            "row": one,
            "address": pages.url("console-activity", one.activity_key),
            "expires": formats.date_format(one.expiry) if one.expiry else "",
        }
        for one in seen(visit)
    ]
    return pages.page(request, visit, "console/activities.html", {"rows": rows}, at="console-activities")


def seen(visit: Visit) -> QuerySet[ActivityIndex]:
    """The activities that this reader may see, in whatever capacity, by provider and title."""
    activity_index.refresh()
    rows = ActivityIndex.objects.order_by("provider_name", "title", "pk")
    if visit.providers is None:
        return rows
    courses = [
        one for one in rows.order_by().values_list("course_key", flat=True).distinct() if visit.reader.teaches(one)
    ]
    found = (
        activity_index.of_providers(visit.providers),
        activity_index.of_courses(courses),
        activity_index.of_keys(grants.holds(visit.reader.id, now=visit.now)),
    )
    return rows.filter(pk__in={one for some in found for one in some.values_list("pk", flat=True)})
