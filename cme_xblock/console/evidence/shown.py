"""The evidence page of an activity as its template wants it: what is missing, the files, the holds, the term."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse

from cme_xblock.activity.message import N_
from cme_xblock.console import frame, pages, words
from cme_xblock.console.access import May, Visit
from cme_xblock.console.evidence.gathered import NoEdition, gather
from cme_xblock.console.evidence.missing import missing
from cme_xblock.evidence import keys
from cme_xblock.host import language, people
from cme_xblock.records import anchors, audit_files, holds, retention, signing
from cme_xblock.records.models import AuditFile, LegalHold, Participation

__all__ = ["holds_of", "page", "said"]

State = AuditFile.State
_STATES: Mapping[str, tuple[str, str]] = {
    State.WAITING: (N_("Waiting"), "soon"),
    State.WORKING: (N_("Being made"), "soon"),
    State.DONE: (N_("Made"), "good"),
    State.FAILED: (N_("Could not be made"), "bad"),
    State.EXPIRED: (N_("Thrown away: make it again"), "none"),
}
_SCOPES: Mapping[str, str] = {
    holds.Scope.ACTIVITY: N_("This activity"),
    holds.Scope.PROVIDER: N_("Everything of this provider"),
    holds.Scope.LEARNER: N_("One learner"),
}
_LISTED = 20


def page(
    request: HttpRequest, visit: Visit, *, problem: str = "", done: str = "", given: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The page. `problem` and `done` say what came of a form; `given` is what was typed into it."""
    gettext, key = language.current().gettext, visit.activity.activity_key
    may_make, may_hold = visit.may(May.AUDIT_FILE), visit.may(May.HOLD)
    files = list(AuditFile.objects.filter(activity_key=key).order_by("-pk")[:_LISTED]) if may_make else []
    held = holds_of(visit) if may_hold else []
    named = people.names({each for one in held for each in (one.by, getattr(getattr(one, "lift", None), "by", ""))})
    values = {
        "problem": problem,
        "done": done,
        "given": dict(given or {}),
        "missing": _missing(visit, gettext),
        "signs": anchors.signer() is not None,
        "make": pages.url("console-audit-make", key) if may_make else "",
        "files": [_file(one, visit, gettext) for one in files],
        "waits": any(one.state in audit_files.OPEN for one in files),
        "here": pages.url("console-audit", key),
        "holds": [_hold(one, visit, gettext, named) for one in held],
        "hold": pages.url("console-hold", key) if may_hold else "",
        "scopes": [(value, gettext(title)) for value, title in _SCOPES.items()],
        "term": _term(key),
        "years": retention.years(),
        "keys": pages.url("evidence-keys"),
        "prints": [(one.id, keys.spelled(keys.fingerprint(one.public))) for one in signing.evidence()],
    }
    return frame.page(request, visit, "console/audit.html", values, tab="console-audit", status=status)


def said(request: HttpRequest, name: str) -> str:
    """What was typed into that field, on one line; nothing where it holds a character that nobody types."""
    text = " ".join(request.POST.get(name, "").split())
    return text if text.isprintable() else ""


def holds_of(visit: Visit) -> list[LegalHold]:
    """The holds of this page, newest first: on the activity and its provider; of its learners, those of this office.

    A learner may have credit of another provider, who has a case of its own: it is neither shown nor lifted here.
    """
    key = visit.activity.activity_key
    learners = Participation.objects.filter(
        activity_key=key, learner_key__in=holds.subjects(holds.Scope.LEARNER)
    ).values_list("learner_key", flat=True)
    office = visit.activity.provider_key
    found = [*holds.of({key, office} - {""}), *holds.of_learners(learners, office=office)]
    return sorted(found, key=lambda one: -int(one.pk))


def _missing(visit: Visit, gettext: Any) -> list[str] | None:
    """What the activity itself lacks; what its learners lack, the file says when it is made. None: unreadable."""
    try:
        found = gather(visit.activity.activity_key, now=visit.now)
    except NoEdition:
        return None
    return [one.message.format(gettext) for one in missing(found.activity, None)]


def _file(one: AuditFile, visit: Visit, gettext: Any) -> dict[str, Any]:
    title, look = _STATES[one.state]
    until = audit_files.expires_at(one)
    may = one.state == State.DONE and visit.may(May.AUDIT_FILE)
    return {
        "asked": words.moment(one.asked_at),
        "reason": one.reason,
        "state": gettext(title),
        "look": look,
        "detail": one.detail,
        "learners": one.learners,
        "done": one.done,
        "working": one.state in audit_files.OPEN,
        "missing": one.missing,
        "made": one.state == State.DONE,
        "size": _size(one.size),
        "sha256": one.sha256,
        "until": words.day(until.date()) if until and one.state == State.DONE else "",
        "address": pages.url("console-audit-file", visit.activity.activity_key, one.uuid) if may else "",
    }


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 100_000 else f"{max(1, round(size / 1000))} kB"


def _hold(one: LegalHold, visit: Visit, gettext: Any, named: Mapping[str, str]) -> dict[str, Any]:
    lift = getattr(one, "lift", None)
    return {
        "scope": gettext(_SCOPES[one.scope]),
        "name": one.name,
        "reason": one.reason,
        "by": named.get(one.by, one.by),
        "at": words.moment(one.at),
        "lifted": words.moment(lift.at) if lift is not None else "",
        "lifted_by": named.get(lift.by, lift.by) if lift is not None else "",
        "lifted_why": lift.reason if lift is not None else "",
        "address": pages.url("console-hold-lift", visit.activity.activity_key, one.uuid) if lift is None else "",
        "id": one.uuid,
    }


def _term(key: str) -> str:
    """From when on the oldest record of this activity may be deleted; empty where there is none."""
    first = Participation.objects.filter(activity_key=key).order_by("pk").first()
    if first is None:
        return ""
    until: date = retention.participation_until(first)
    return words.day(until)
