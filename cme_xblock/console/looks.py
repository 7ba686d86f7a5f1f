"""Who looked at the learners of one activity: the access log as an administrator reads it, the newest first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cme_xblock.activity.message import N_
from cme_xblock.console import frame, pages, words
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.host import language
from cme_xblock.records.models import AccessEntry

__all__ = ["page"]

ROWS = 100


@require_safe
@guarded(May.GRANT, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """A hundred looks; of one learner where the address names a participation. Names staff, and no learner."""
    gettext = language.current().gettext
    before, subject = request.GET.get("before", ""), request.GET.get("of", "")[:36].replace("\0", "")
    rows = AccessEntry.objects.filter(activity_key=key).order_by("-pk")
    if subject:
        rows = rows.filter(subject=subject)
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: ROWS + 1])
    more = f"&of={subject}" if subject else ""
    values = {
        "rows": [
            {
                "one": one,
                "when": words.moment(one.at),
                "role": gettext(ROLES.get(one.role, one.role)),
                # Our own reasons are in the catalogue; a person's stay as they were written.
                "why": gettext(one.why),
                "learner": pages.url("console-participant", key, one.subject) if one.subject else "",
            }
            for one in found[:ROWS]
        ],
        "next": f"?before={found[ROWS - 1].pk}{more}" if len(found) > ROWS else "",
        "all": pages.url("console-looks", key) if subject else "",
    }
    return frame.page(request, visit, "console/looks.html", values, tab="console-looks")


ROLES = {
    "course_staff": N_("Course team"),
    "administrator": N_("CME administrator"),
    "surveyor": N_("Surveyor, read only"),
}
