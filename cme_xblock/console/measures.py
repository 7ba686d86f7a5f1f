"""Performance and patients' health of one activity: bring a table, see it, take it back. Source: spec 5.1."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from cme_xblock.activity.message import N_, Message
from cme_xblock.console import frame, pages, words
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.host import language
from cme_xblock.outcomes import performance
from cme_xblock.outcomes.performance import Unreadable
from cme_xblock.records import performances
from cme_xblock.records.performances import Origin, Refused

__all__ = ["page"]

_MOST_FAULTS = 20
_LONGEST_NAME = 200
_TYPED = ("level", "source", "period", "replaces")


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(May.CORRECT, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """What was brought; a POST brings a table, or takes one back. Nothing is written where anything is wrong."""
    if request.method != "POST":
        return _page(request, visit, key)
    try:
        done = _take_back(request, visit, key) if request.POST.get("take_back") else _bring(request, visit, key)
    except Unreadable as unreadable:
        return _page(request, visit, key, problems=unreadable.faults)
    except Refused as refused:
        return _page(request, visit, key, problems=(refused.message,))
    return HttpResponseRedirect(f"{pages.url('console-measures', key)}?done={done}")


def _bring(request: HttpRequest, visit: Visit, key: str) -> str:
    file = request.FILES.get("file")
    if file is None:
        raise Refused(Message(NO_FILE))
    if file.size is None or file.size > performance.LARGEST_FILE:
        raise Refused(Message(TOO_LARGE))
    content = file.read()
    measures = performance.parse(content, name=str(file.name or "")[:_LONGEST_NAME])
    level, source, period, replaces = (_typed(request, name) for name in _TYPED)
    kept = performances.bring(
        key,
        performance.to_data(measures),
        Origin(level, source, visit.reader.name or visit.reader.id, period),
        content=content,
        now=visit.now,
        replaces=replaces,
    )
    visit.note("measures_brought", count=len(measures), why=source[:500], subject=kept.uuid)
    return "brought"


def _take_back(request: HttpRequest, visit: Visit, key: str) -> str:
    uuid, reason = _typed(request, "take_back"), _typed(request, "reason")
    by = visit.reader.name or visit.reader.id
    performances.take_back(key, uuid, by=by, reason=reason, now=visit.now)
    visit.note("measures_taken_back", count=1, why=reason[:500], subject=uuid)
    return "taken"


def _typed(request: HttpRequest, name: str) -> str:
    return str(request.POST.get(name, "")).strip()


def _page(request: HttpRequest, visit: Visit, key: str, *, problems: tuple[Message, ...] = ()) -> HttpResponse:
    say = language.current().gettext
    history = performances.history(key)
    counting = {one.uuid for one in performances.current(key)}
    values = {
        "files": [_shown(one, counts=one.uuid in counting) for one in reversed(history) if one.measures],
        "levels": [{"id": one, "text": say(_LEVELS[one])} for one in performance.LEVELS],
        "typed": {name: _typed(request, name) for name in _TYPED},
        "problem": say(PROBLEM) if problems else "",
        "faults": [one.format(say) for one in problems[:_MOST_FAULTS]],
        "done": say(_DONE.get(request.GET.get("done", ""), "")) if request.GET.get("done") in _DONE else "",
        "example": EXAMPLE,
    }
    status = 400 if problems else 200
    if request.method != "POST":
        visit.note("measures", count=0, why=N_("Looking at measures of performance"))
    return frame.page(request, visit, "console/measures.html", values, tab="console-measures", status=status)


def _shown(one: performances.Brought, *, counts: bool) -> Mapping[str, object]:
    say = language.current().gettext
    measures = performance.from_data(one.measures)
    return {
        "uuid": one.uuid,
        "level": say(_LEVELS[one.level]),
        "source": one.source,
        "period": one.period,
        "by": one.brought_by,
        "day": words.day(one.at.date()),
        "counts": counts,
        "measures": [
            {
                "name": each.name,
                "unit": each.unit,
                "before": f"{each.before:f}",
                "after": f"{each.after:f}",
                "n": each.n,
                "n_after": each.n_after,
            }
            for each in measures
        ],
    }


_LEVELS = {"5": N_("Level 5: what is done in practice"), "6": N_("Level 6: patients' health")}
_DONE = {
    "brought": N_("The table is kept. It is in the outcomes report from now on."),
    "taken": N_("The table is taken back. It stays on record."),
}
PROBLEM = N_("Nothing was kept. Correct this, and send it again:")
NO_FILE = N_("Choose a file: a table, CSV or Excel, with the columns measure, before, after and n.")
TOO_LARGE = N_("The file is larger than 1 MB. A table of measures is a few lines.")
# A file's own form, in the words that it needs: not translated.
EXAMPLE = "measure,before,after,n,unit\nHand hygiene observed,62.5,81,240,%"
