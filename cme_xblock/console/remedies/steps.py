"""Two steps for each of these corrections: what it would do, without a trace; then the same for good, and once.

The first step's page carries a number, which becomes that of the access entry: a form that is sent twice does it once.
It also carries what it was decided on (`Remedy.state`); where that has changed, the first step is shown again.
"""

from __future__ import annotations

import uuid as uuids
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import router, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from cme_xblock.activity.message import N_, Message
from cme_xblock.console import asking, frame
from cme_xblock.console.access import Visit
from cme_xblock.console.asking import Field
from cme_xblock.host import language
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records import access_log
from cme_xblock.records.ledger import LedgerBroken, LedgerBusy
from cme_xblock.records.models import Participation

__all__ = ["Outcome", "Remedy", "answer"]

DONE = "done"


@dataclass(frozen=True)
class Outcome:
    """What was done, or would be: `refusal`, or `told`."""

    told: Sequence[Message] = ()
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Remedy:
    """One correction as a form. `work`: does it; given what was typed, and whether it is a dry run.

    `state`: what it is decided on, as a short text; `back`: where it came from.
    """

    what: str
    title: str
    explained: str
    fields: Sequence[Field]
    work: Callable[[Mapping[str, str], bool], Outcome]
    back: str
    state: Callable[[Mapping[str, str]], str]


def answer(request: HttpRequest, visit: Visit, remedy: Remedy) -> HttpResponse:
    """The form (GET), what it would do (POST), and doing it (POST with `sure`). Every one is in the access log."""
    say = language.current().gettext
    if request.method != "POST":
        visit.note(f"{remedy.what}_form", count=0, why=N_("Preparing a correction"))
        return _page(request, visit, remedy, {}, {})
    values, wrong = asking.read(remedy.fields, request.POST, say)
    if wrong:
        return _page(request, visit, remedy, values, wrong, problem=say(asking.WRONG), status=400)
    token = request.POST.get("sure", "")
    try:
        done = _do(request, visit, remedy, values, token) if asking.is_token(token) else None
        return done or _check(request, visit, remedy, values)
    except (LedgerBusy, LedgerBroken) as error:
        return _page(request, visit, remedy, values, {}, problem=asking.unwritten(error, say), status=503)


def _check(request: HttpRequest, visit: Visit, remedy: Remedy, values: Mapping[str, str]) -> HttpResponse:
    state = remedy.state(values)
    found = remedy.work(values, True)
    if found.refusal is not None:
        return _refused(request, visit, remedy, values, found.refusal)
    visit.note(f"{remedy.what}_check", count=1, why=values["reason"])
    return _page(request, visit, remedy, values, {}, told=found.told, hidden={"state": state})


def _do(
    request: HttpRequest, visit: Visit, remedy: Remedy, values: Mapping[str, str], token: str
) -> HttpResponse | None:
    say = language.current().gettext
    there = HttpResponseRedirect(f"{remedy.back}?{DONE}=1")
    if access_log.is_written(token):
        visit.noted += 1
        return there
    if request.POST.get("state", "") != remedy.state(values):
        return _page(request, visit, remedy, values, {}, problem=say(asking.MEANWHILE), status=409)
    using = router.db_for_write(Participation)
    # The entry comes first, so that nothing is done that is not in the log.
    with transaction.atomic(using=using):
        visit.note(f"remedy:{remedy.what}", count=1, why=values["reason"], uuid=token)
        found = remedy.work(values, False)
        if found.refusal is not None:
            transaction.set_rollback(True, using=using)
    return _refused(request, visit, remedy, values, found.refusal) if found.refusal is not None else there


def _refused(
    request: HttpRequest, visit: Visit, remedy: Remedy, values: Mapping[str, str], refusal: Refusal
) -> HttpResponse:
    text = refusal.message.format(language.current().gettext)
    named = {refusal.field: text} if refusal.field in values else {}
    return _page(request, visit, remedy, values, named, problem=text, status=409)


def _page(
    request: HttpRequest,
    visit: Visit,
    remedy: Remedy,
    values: Mapping[str, str],
    wrong: Mapping[str, str],
    *,
    status: int = 200,
    **step: Any,
) -> HttpResponse:
    """The form with what was typed. `step`: `told`, a message each; `hidden` fields; `problem`."""
    say = language.current().gettext
    content = {
        "title": say(remedy.title),
        "explained": say(remedy.explained),
        "fields": asking.shown(remedy.fields, values, wrong),
        "told": [one.format(say) for one in step.get("told", ())],
        "hidden": {**step.get("hidden", {}), "sure": str(uuids.uuid4())},
        "back": remedy.back,
        "problem": step.get("problem", ""),
        "done": "",
    }
    return frame.page(request, visit, "console/remedy.html", content, tab="console-remedies", status=status)
