"""Letting a surveyor in: for this activity or for several, until a day, with a reason; and taking it back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cme_xblock.activity.message import N_
from cme_xblock.console import frame, pages, words
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.host import language, people
from cme_xblock.records import activity_index, grants
from cme_xblock.records.models import ActivityIndex, SurveyorGrant

__all__ = ["page"]

_LONGEST = 500
_MOST = 200


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(May.GRANT, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """Who may read this activity, and until when; a POST lets somebody in, or ends it."""
    say = language.current().gettext
    if request.method != "POST":
        return _page(request, visit, key)
    if request.POST.get("end"):
        ended = grants.end(request.POST["end"][:36], key, by=visit.reader.id, now=visit.now)
        if ended:
            visit.note("surveyor_ended", count=0, why="Taken back")
        return HttpResponseRedirect(f"{pages.url('console-surveyors', key)}?done=1")
    wrong = _give(request, visit, key)
    if wrong:
        return _page(request, visit, key, problem=say(wrong), status=400)
    return HttpResponseRedirect(f"{pages.url('console-surveyors', key)}?done=1")


def _give(request: HttpRequest, visit: Visit, key: str) -> str:
    """Let somebody in; what is wrong, or an empty text."""
    named, why = request.POST.get("account", "").strip(), " ".join(request.POST.get("why", "").split())
    account = people.learner_id(named)
    try:
        until = datetime.combine(date.fromisoformat(request.POST.get("until", "")) + timedelta(days=1), time(), UTC)
    except (ValueError, OverflowError):
        return NO_DAY
    if not account:
        return NO_ACCOUNT
    if not why or len(why) > _LONGEST or "\0" in why:
        return NO_REASON
    mine = {one.activity_key for one in _offered(visit)}
    wanted = [one for one in dict.fromkeys([key, *request.POST.getlist("activity")]) if one in mine]
    try:
        grants.give(
            wanted, reader_id=account, reader_name=named, until=until, by=visit.reader.id, why=why, now=visit.now
        )
    except ValueError:
        return NO_DAY
    visit.note("surveyor_let_in", count=0, why=why)
    return ""


def _offered(visit: Visit) -> list[ActivityIndex]:
    """The activities of the same provider that this reader administers."""
    return list(activity_index.of_providers([visit.provider])[:_MOST])


def _page(request: HttpRequest, visit: Visit, key: str, *, problem: str = "", status: int = 200) -> HttpResponse:
    say, typed = language.current().gettext, request.POST if request.method == "POST" else {}
    rows = [
        {"one": one, "until": words.moment(one.until), "since": words.moment(one.since), "state": say(state),
         "holds": state == HOLDS}
        for one in grants.of_activity(key) for state in (_state(one, visit.now),)
    ]  # fmt: skip
    values = {
        "rows": rows,
        "others": [one for one in _offered(visit) if one.activity_key != key],
        "chosen": typed.getlist("activity") if hasattr(typed, "getlist") else [],
        "typed": {name: typed.get(name, "") for name in ("account", "until", "why")},
        "least": timezone.localdate().isoformat(),
        "problem": problem,
        "done": say(DONE) if request.GET.get("done") else "",
    }
    return frame.page(request, visit, "console/surveyors.html", values, tab="console-surveyors", status=status)


def _state(one: SurveyorGrant, now: datetime) -> str:
    if one.ended_at is not None:
        return ENDED
    return HOLDS if isinstance(one.until, datetime) and one.until > now else OVER


HOLDS, OVER, ENDED = N_("May read"), N_("Over"), N_("Taken back")
NO_DAY = N_("Choose the last day: today or later, and within a year. Nothing was changed.")
NO_ACCOUNT = N_("No active account has this name, number or e-mail address. Nothing was changed.")
NO_REASON = N_("Say what for, in at most 500 characters, such as: ACCME reaccreditation. Nothing was changed.")
DONE = N_("Done.")
