"""The accredited activities of one course: where its instructor dashboard leads."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from cme_xblock.console import pages, words
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.records import activity_index

__all__ = ["page"]


@require_safe
@guarded(May.SEE_ACTIVITY, place=Place.COURSE)
def page(request: HttpRequest, visit: Visit, course: str) -> HttpResponse:
    """The list; where there is one, that one at once."""
    activity_index.refresh()
    found = list(activity_index.of_courses([course]))
    if len(found) == 1:
        return HttpResponseRedirect(pages.url("console-activity", found[0].activity_key))
    rows = [
        {"row": one, "address": pages.url("console-activity", one.activity_key), "expires": words.day(one.expiry)}
        for one in found
    ]
    return pages.page(request, visit, "console/activities.html", {"rows": rows}, at="console-activities")
