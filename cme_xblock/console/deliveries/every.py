"""All that is owed by the providers that somebody administers, and the receivers, which a person may pause."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cme_xblock.activity.message import N_
from cme_xblock.console import pages, words
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.console.deliveries import owed
from cme_xblock.host import language
from cme_xblock.records import activity_index
from cme_xblock.records.models import ActivityIndex, EndpointControl
from cme_xblock.reporting import administering, config, decisions
from cme_xblock.reporting.endpoints.base import Endpoint

__all__ = ["page"]

_LONGEST = 500
_SWITCHES = {"pause": decisions.pause, "resume": decisions.resume}


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(May.DELIVER, place=Place.SITE)
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What is owed, what is due first at the top; a POST pauses a receiver, or lets it go on."""
    say = language.current().gettext
    if request.method != "POST":
        return _page(request, visit)
    name, reason = request.POST.get("endpoint", ""), " ".join(request.POST.get("reason", "").split())
    switch = _SWITCHES.get(request.POST.get("do", ""))
    mine = {one.config.name for one in _mine(visit)}
    if switch is None or name not in mine:
        return _page(request, visit, problem=say(NOT_YOURS), status=400)
    if not reason or len(reason) > _LONGEST or "\0" in reason:
        return _page(request, visit, problem=say(NO_REASON), status=400)
    switch(name, by=visit.reader.id, reason=reason, now=visit.now)
    return HttpResponseRedirect(f"{pages.url('console-deliveries')}?done=1")


def _page(request: HttpRequest, visit: Visit, *, problem: str = "", status: int = 200) -> HttpResponse:
    say, today = language.current().gettext, timezone.localdate()
    activity_index.refresh()
    activities = {one.activity_key: one for one in activity_index.of_providers(visit.providers)}
    found = owed.of_activities(list(activities), today=today)
    known = config.endpoints()
    paused = {one.endpoint: one for one in EndpointControl.objects.filter(paused=True)}
    values = {
        "rows": [_row(one, activities[one.activity_key], known.get(one.endpoint), today) for one in found],
        "receivers": [
            {"name": one.config.name, "label": one.config.label or one.config.name,
             "paused": paused.get(one.config.name), "enabled": one.config.enabled}
            for one in _mine(visit)
        ],
        "problem": problem,
        "done": say(DONE) if request.GET.get("done") else "",
    }  # fmt: skip
    return pages.page(request, visit, "console/deliveries.html", values, at="console-deliveries", status=status)


def _mine(visit: Visit) -> list[Endpoint]:
    """The receivers that serve none but this reader's providers; one for all providers is not one office's to pause."""
    every = config.endpoints().values()
    return [one for one in every if administering.may_see(one.config.provider, visit.reader.providers)]


def _row(one: owed.Owed, activity: ActivityIndex, endpoint: Endpoint | None, today: date) -> dict[str, object]:
    say = language.current().gettext
    here = pages.url("console-sendings", one.activity_key)
    return {
        "title": activity.title,
        "language": activity.language,
        "provider": activity.provider_name,
        "receiver": (endpoint.config.label or one.endpoint) if endpoint else one.endpoint,
        "state": say(words.SENT.get(one.state, one.state)),
        "look": words.LOOKS.get(one.state, "none"),
        "reason": one.reason,
        "count": one.count,
        "late": one.late,
        "due": words.day(one.due) if one.due else "–",
        "address": f"{here}?state={one.state}&endpoint={one.endpoint}",
    }


NOT_YOURS = N_("Choose one of your receivers. Nothing was changed.")
NO_REASON = N_("Say why, in at most 500 characters: whoever finds it paused reads it. Nothing was changed.")
DONE = N_("Done. It holds in every worker from this moment.")
