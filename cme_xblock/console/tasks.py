"""Reports of commercial bias in one activity: who looked into them, and what was found. Source: spec R-6.2."""

from __future__ import annotations

from django.db import router, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from cme_xblock.activity.message import N_
from cme_xblock.console import frame, pages, words
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.host import language
from cme_xblock.records import evaluations
from cme_xblock.records.models import ProviderTask

__all__ = ["page"]

_LONGEST = 2000


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(May.CORRECT, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """The reports; a POST settles one with a note. A later report opens it again."""
    say = language.current().gettext
    if request.method != "POST":
        return _page(request, visit, key)
    note, wanted = request.POST.get("note", "").strip(), request.POST.get("task", "")
    there = len(wanted) == 36 and ProviderTask.objects.filter(pk=wanted, activity_key=key).exists()
    if not there or not note or len(note) > _LONGEST or "\0" in note:
        return _page(
            request, visit, key, problem=say(NO_NOTE if there else NO_TASK), typed=note, task=wanted, status=400
        )
    with transaction.atomic(using=router.db_for_write(ProviderTask)):
        evaluations.settle(wanted, note=note)
        visit.note("bias_settled", count=1, why=note[:500])
    return HttpResponseRedirect(f"{pages.url('console-tasks', key)}?done=1")


def _page(
    request: HttpRequest,
    visit: Visit,
    key: str,
    *,
    problem: str = "",
    typed: str = "",
    task: str = "",
    status: int = 200,
) -> HttpResponse:
    say = language.current().gettext
    rows = ProviderTask.objects.filter(activity_key=key).order_by("-state", "key")
    values = {
        "rows": [
            {
                "task": one,
                "open": one.state == "open",
                "new": one.reports - one.settled_reports,
                "since": words.day(one.created_on) if one.created_on else "",
                "typed": typed if one.uuid == task else "",
            }
            for one in rows
        ],
        "problem": problem,
        "done": say(DONE) if request.GET.get("done") else "",
    }
    if request.method != "POST":
        visit.note("bias_reports", count=0, why=N_("Looking at reports of commercial bias"))
    return frame.page(request, visit, "console/tasks.html", values, tab="console-tasks", status=status)


NO_NOTE = N_("Write what you found and did, in at most 2000 characters. Nothing was changed.")
NO_TASK = N_("This report is not there any more. Nothing was changed.")
DONE = N_("Settled. A later report opens it again.")
