"""One learner's ledger as a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cme_xblock.activity.message import N_
from cme_xblock.console import frame, words
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.console.ledger import found, timeline
from cme_xblock.console.ledger.found import Found
from cme_xblock.console.pages import url
from cme_xblock.host import language
from cme_xblock.participation import attendance, credits
from cme_xblock.participation.entries import Kind

__all__ = ["page"]

DONE = "done"


@require_safe
@guarded(May.SEE_LEARNERS, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str, uuid: str) -> HttpResponse:
    """The whole ledger, the earliest first, with the texts that were shown; and what may be corrected."""
    one = found.participation(visit, uuid)
    visit.note("ledger", count=1, why=N_("Looking at one learner's ledger"), subject=uuid)
    gettext = language.current().gettext
    moments = timeline.of_participation(one.participation, one.entries, one.editions, zone=one.zone, gettext=gettext)
    values = {
        "name": one.name,
        "account": "" if one.participation.sealed_at else one.participation.learner_id,
        "sealed": words.moment(one.participation.sealed_at) if one.participation.sealed_at else "",
        "uuid": uuid,
        "test": one.participation.is_test,
        "broken": one.broken,
        "moments": [{"one": each, "edition": _edition(key, each.edition)} for each in moments],
        "ways": _ways(visit, one, key, uuid) if visit.may(May.CORRECT) and not one.broken else [],
        "people": url("console-participants", key),
        "done": gettext(DONE_TEXT) if request.GET.get(DONE) else "",
    }
    return frame.page(request, visit, "console/participant.html", values, tab="console-participants")


def _edition(key: str, sha256: str) -> str:
    return url("console-edition", key, sha256) if sha256 else ""


def _ways(visit: Visit, one: Found, key: str, uuid: str) -> list[dict[str, str]]:
    """What can be corrected now: for each live claim, and for the participation."""
    gettext = language.current().gettext
    if one.participation.sealed_at is not None:
        return []
    ways: list[tuple[str, str, str]] = []
    folded = credits.fold(one.entries)
    for system, credit in sorted(folded.live.items()):
        label = words.amount(credit.amount, system, gettext)
        ways += [
            ("amount", gettext("Change the amount of {credit}").format(credit=label), credit.claim),
            ("profession", gettext("Change the profession of {credit}").format(credit=label), credit.claim),
            ("name", gettext("Change the name on the certificate of {credit}").format(credit=label), credit.claim),
            ("void", gettext("Withdraw {credit}").format(credit=label), credit.claim),
        ]
    ways += [
        ("reissue", gettext("Let withdrawn credit count again: {number}").format(number=each.claim[:8]), each.claim)
        for each in folded.withdrawn.values()
        if each.claim not in folded.successor
    ]
    if any(each.kind is Kind.ASSESSMENT_SUBMITTED for each in one.entries):
        ways.append(("attempts", gettext("Give all attempts at the assessment anew"), ""))
    activity = one.editions[one.entries[-1].edition] if one.entries else None
    if activity is not None and attendance.applies(activity):
        ways.append(("attendance", gettext("Enter attendance late, with evidence"), ""))
    ways.append(
        ("test", gettext("Mark as a test") if not one.participation.is_test else gettext("Mark as no test"), "")
    )
    return [{"title": title, "address": url("console-correct", key, uuid, way) + (f"?claim={claim}" if claim else "")}
            for way, title, claim in ways]  # fmt: skip


DONE_TEXT = N_("Done, and in the record below.")
