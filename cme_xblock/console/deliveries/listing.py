"""The deliveries of one activity in one state, and decisions about the chosen ones: shown first, then done once."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import router
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from cme_xblock.activity.message import N_
from cme_xblock.console import asking, frame, words
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.console.deliveries import deciding, owed
from cme_xblock.console.deliveries.deciding import ACTIONS, Decided
from cme_xblock.console.deliveries.explained import explained, receiver
from cme_xblock.console.pages import url
from cme_xblock.host import language
from cme_xblock.records import access_log, contention
from cme_xblock.records.contention import LedgerBusy
from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import config
from cme_xblock.reporting.endpoints.base import Endpoint

__all__ = ["page"]

ROWS = 50
_LONGEST = 500
# What needs a person stands first.
_ORDER = (State.REFUSED, State.DEAD, State.UNKNOWN, State.HELD, State.READY, State.SENDING, State.PENDING,
          State.ACCEPTED, State.CANCELLED)  # fmt: skip


@dataclass(frozen=True)
class _Chosen:
    state: str
    endpoint: str
    after: int


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(May.DELIVER, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """The list (GET), what a decision would do (POST), and doing it (POST with `sure`)."""
    if request.method != "POST":
        return _list(request, visit, key)
    say = language.current().gettext
    action, reason = request.POST.get("do", ""), " ".join(request.POST.get("reason", "").split())
    rows = _rows(key, request.POST.getlist("delivery"))
    problem = _wrong(action, reason, rows)
    if problem:
        return _list(request, visit, key, problem=say(problem), reason=reason, action=action, status=400)
    try:
        if not _is_uuid(request.POST.get("sure", "")):
            return _confirm(request, visit, key, rows, action, reason)
        return _do(request, visit, key, rows, action, reason)
    except LedgerBusy as busy:
        return _list(request, visit, key, problem=asking.unwritten(busy, say), reason=reason, action=action, status=503)


def _list(
    request: HttpRequest,
    visit: Visit,
    key: str,
    *,
    problem: str = "",
    reason: str = "",
    action: str = "",
    status: int = 200,
) -> HttpResponse:
    say, known = language.current().gettext, config.endpoints()
    counts = dict(Delivery.objects.filter(activity_key=key).order_by().values_list("state").annotate(Count("pk")))
    chosen = _choice(request.GET, counts)
    rows = Delivery.objects.filter(activity_key=key, state=chosen.state, pk__gt=chosen.after).order_by("pk")
    if chosen.endpoint:
        rows = rows.filter(endpoint=chosen.endpoint)
    rows = rows.annotate(anew=owed.sent_anew())
    found = list(rows.select_related("claim", "participation").defer("claim__statement")[: ROWS + 1])
    here = url("console-sendings", key)
    behind = f"&endpoint={chosen.endpoint}" if chosen.endpoint else ""
    values = {
        "states": [
            {"title": say(words.SENT[one]), "count": counts[one], "address": f"{here}?state={one}",
             "here": one == chosen.state}
            for one in _ORDER if counts.get(one)
        ],
        "rows": [_row(one, key, known) for one in found[:ROWS]],
        "next": f"{here}?state={chosen.state}{behind}&after={found[ROWS - 1].pk}" if len(found) > ROWS else "",
        "actions": [
            {"code": code, "title": say(one.title), "hint": say(one.hint), "chosen": code == action}
            for code, one in ACTIONS.items() if chosen.state in one.states
        ],
        "problem": problem,
        "reason": reason,
        "here": f"{here}?state={chosen.state}{behind}",
        "every": f"{here}?state={chosen.state}{behind}{f'&after={chosen.after}' if chosen.after else ''}&all=1",
        "all": bool(request.GET.get("all")) or len(found) == 1,
        "done": say(DONE).format(count=_number(request.GET.get("done", ""))) if request.GET.get("done") else "",
    }  # fmt: skip
    return frame.page(request, visit, "console/sendings.html", values, tab="console-sendings", status=status)


def _confirm(
    request: HttpRequest, visit: Visit, key: str, rows: Sequence[Delivery], action: str, reason: str
) -> HttpResponse:
    """What would become of each, found out by doing it without a trace."""
    said = deciding.rehearse(rows, action, by=visit.reader.id, reason=reason, now=visit.now)
    return _shown(request, visit, key, said, action, reason)


def _do(
    request: HttpRequest, visit: Visit, key: str, rows: Sequence[Delivery], action: str, reason: str
) -> HttpResponse:
    token = request.POST.get("sure", "")
    there = f"{url('console-sendings', key)}?state={rows[0].state}&done={len(rows)}"
    if access_log.is_written(token):
        return HttpResponseRedirect(there)

    def work() -> Sequence[Decided]:
        visit.note(f"delivery:{action}", count=len(rows), why=reason, uuid=token)
        return deciding.decide(rows, action, by=visit.reader.id, reason=reason, now=visit.now)

    said = contention.run(work, using=router.db_for_write(Delivery))
    failed = [one for one in said if one.problem]
    if failed:
        return _shown(request, visit, key, failed, action, reason, failed=True)
    return HttpResponseRedirect(there)


def _shown(
    request: HttpRequest,
    visit: Visit,
    key: str,
    said: Sequence[Decided],
    action: str,
    reason: str,
    *,
    failed: bool = False,
) -> HttpResponse:
    say, known = language.current().gettext, config.endpoints()
    values = {
        "title": say(ACTIONS[action].title),
        "rows": [{**_row(one.row, key, known), "problem": one.problem, "told": one.told} for one in said],
        "possible": [one.row.uuid for one in said if not one.problem],
        "failed": failed,
        "action": action,
        "reason": reason,
        "sure": str(uuids.uuid4()),
        "back": f"{url('console-sendings', key)}?state={said[0].row.state}" if said else url("console-sendings", key),
    }
    return frame.page(
        request, visit, "console/sendings_sure.html", values, tab="console-sendings", status=409 if failed else 200
    )


def _row(one: Delivery, key: str, known: Mapping[str, Endpoint]) -> dict[str, object]:
    say = language.current().gettext
    what, step = explained(one.state, one.reason, one.endpoint, known, say)
    claim, anew = one.claim, bool(getattr(one, "anew", False))
    return {
        "uuid": one.uuid,
        "address": url("console-sending", key, one.uuid),
        "learner": url("console-participant", key, one.participation.uuid) if one.participation else "",
        "credit": words.amount(claim.amount, claim.system, say) if claim else "–",
        "completed": words.day(claim.completed_on) if claim else "–",
        "receiver": receiver(one.endpoint, known),
        "state": say(words.SENT.get(one.state, one.state)),
        "look": words.LOOKS.get(one.state, "none"),
        "what": what,
        "step": "" if anew else step,
        "anew": anew,
        "detail": one.detail,
        "back": one.operation == "delete",
        "attempts": one.attempts,
    }


def _rows(key: str, named: Sequence[str]) -> Sequence[Delivery]:
    """The chosen ones of this activity, at most a page of them."""
    wanted = [one for one in dict.fromkeys(named) if len(one) == 36][:ROWS]
    rows = Delivery.objects.filter(activity_key=key, uuid__in=wanted).select_related("claim", "participation")
    return list(rows.order_by("pk"))


def _wrong(action: str, reason: str, rows: Sequence[Delivery]) -> str:
    if action not in ACTIONS:
        return NO_ACTION
    if not rows:
        return NO_ROWS
    if not reason or len(reason) > _LONGEST or "\0" in reason:
        return NO_REASON
    return ""


def _choice(given: Mapping[str, str], counts: Mapping[str, int]) -> _Chosen:
    first = next((one for one in _ORDER if counts.get(one)), State.REFUSED)
    state = given.get("state", "")
    after = given.get("after", "")
    return _Chosen(
        state if state in set(State) else str(first),
        given.get("endpoint", "")[:50].replace("\0", ""),
        int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0,
    )


def _number(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 6 else "1"


def _is_uuid(text: str) -> bool:
    try:
        return str(uuids.UUID(text)) == text
    except ValueError:
        return False


NO_ACTION = N_("Choose what shall be done. Nothing was changed.")
NO_ROWS = N_("Choose at least one delivery of this list. Nothing was changed.")
NO_REASON = N_("Say why, in at most 500 characters: it is kept with the decision. Nothing was changed.")
DONE = N_("Decided: {count}. What is owed goes out by itself.")
