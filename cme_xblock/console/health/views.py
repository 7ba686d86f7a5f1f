"""The operators' page, and the bare sign of life."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

import cme_xblock
from cme_xblock.activity.message import N_
from cme_xblock.console import pages
from cme_xblock.console.access import May, Place, Visit, guarded, public
from cme_xblock.console.health import checks
from cme_xblock.console.health.found import State
from cme_xblock.host import language

__all__ = ["alive", "page"]


@require_safe
@public("Says that the process answers, and nothing else: for a load balancer or a monitor.")
def alive(request: HttpRequest) -> HttpResponse:
    """That this process answers. Asks no database: a monitor that restarts processes must not do so for that."""
    return HttpResponse("alive\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


@require_safe
@guarded(May.OPERATE, place=Place.SITE)
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What is well and what is not, and what to do. No learner is on it. 503 where something is bad, for monitors."""
    gettext = language.current().gettext
    reports = checks.run(now=visit.now)
    worst = checks.worst(one for report in reports for one in report.found)
    rows = [
        {
            "subject": gettext(checks.SUBJECTS[report.subject]),
            "mark": _MARKS[report.state],
            "label": gettext(_LABELS[report.state]),
            "found": [{"said": one.said.format(gettext), "do": one.do.format(gettext)} for one in report.found],
        }
        # What has to be mended comes first.
        for report in sorted(reports, key=lambda one: -list(State).index(one.state))
    ]
    values = {
        "rows": rows,
        "state": worst.value,
        "verdict": gettext(_VERDICTS[worst]),
        "version": cme_xblock.__version__,
    }
    status = 503 if worst is State.BAD else 200
    return pages.page(request, visit, "console/health.html", values, at="console-health", status=status)


_MARKS = {State.WELL: "cme-mark-good", State.LOOK: "cme-mark-soon", State.BAD: "cme-mark-bad"}
_LABELS = {State.WELL: N_("Well"), State.LOOK: N_("Look at it"), State.BAD: N_("Mend it")}
_VERDICTS = {
    State.WELL: N_("All is well."),
    State.LOOK: N_("It works, and something wants a look."),
    State.BAD: N_("Something does not work."),
}
