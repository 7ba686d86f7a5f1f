"""Placing and lifting legal holds from an activity's evidence page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from cme_xblock.activity.message import N_
from cme_xblock.console import pages
from cme_xblock.console.access import May, Place, Visit, guarded, refusal
from cme_xblock.console.evidence import shown
from cme_xblock.host import language
from cme_xblock.pages import standalone
from cme_xblock.records import holds
from cme_xblock.records.models import Participation

__all__ = ["lift", "place"]

_WHY = N_("Say why, in at most 500 characters and without names: it is kept for good.")
_WHOM = N_("No learner of this activity has this number. It is in the participants list and in each ledger's address.")
_GONE = N_("Somebody lifted this hold before.")


@csrf_protect
@guarded(May.HOLD, place=Place.ACTIVITY)
@require_POST
def place(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """Hold the activity, its provider, or one of its learners."""
    given = {name: shown.said(request, name) for name in ("scope", "number", "hold_reason")}
    say, one = language.current().gettext, visit.activity
    subject = {holds.Scope.ACTIVITY: key, holds.Scope.PROVIDER: one.provider_key}.get(given["scope"], "")
    if given["scope"] == holds.Scope.LEARNER:
        found = Participation.objects.filter(activity_key=key, uuid=given["number"][:36]).first()
        if found is None:
            return shown.page(request, visit, problem=say(_WHOM), given=given, status=400)
        subject = found.learner_key
    name = one.provider_name if given["scope"] == holds.Scope.PROVIDER else one.title
    try:
        holds.place(
            given["scope"], subject, name=name, by=visit.reader.id, reason=given["hold_reason"], now=visit.now,
            office=one.provider_key,
        )  # fmt: skip
    except ValueError:
        return shown.page(request, visit, problem=say(_WHY), given=given, status=400)
    visit.note("hold:place", count=0, why=given["hold_reason"])
    return _back(key)


@csrf_protect
@guarded(May.HOLD, place=Place.ACTIVITY)
@require_POST
def lift(request: HttpRequest, visit: Visit, key: str, hold: str) -> HttpResponse:
    """Say that a hold is over; only one that is on something of this page."""
    say, reason = language.current().gettext, shown.said(request, "lift_reason")
    if hold not in {one.uuid for one in shown.holds_of(visit)}:
        return refusal(request)
    try:
        done = holds.lift(hold, by=visit.reader.id, reason=reason, now=visit.now)
    except ValueError:
        return shown.page(request, visit, problem=say(_WHY), status=400)
    if not done:
        return shown.page(request, visit, problem=say(_GONE), status=409)
    visit.note("hold:lift", count=0, why=reason)
    return _back(key)


def _back(key: str) -> HttpResponse:
    return standalone.private(HttpResponseRedirect(f"{pages.url('console-audit', key)}#cme-holds"))
