"""One delivery with its whole history: what was tried, what came back, and who decided what."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cme_xblock.console import frame, words
from cme_xblock.console.access import Forbidden, May, Place, Visit, guarded
from cme_xblock.console.deliveries.deciding import ACTIONS
from cme_xblock.console.pages import url
from cme_xblock.host import language
from cme_xblock.records.models import Delivery

__all__ = ["page"]

_MOST = 200


@require_safe
@guarded(May.DELIVER, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str, delivery: str) -> HttpResponse:
    """The history, the newest first, and the decisions that are possible. No name is in it."""
    rows = Delivery.objects.filter(activity_key=key, uuid=delivery).select_related("claim", "participation")
    one = rows.first()
    if one is None or one.uuid != delivery:
        raise Forbidden
    gettext = language.current().gettext
    values = {
        "delivery": one,
        "facts": _facts(one),
        "learner": url("console-participant", key, one.participation.uuid) if one.participation else "",
        "attempts": [
            {"one": each, "when": words.moment(each.started_at)} for each in one.attempt_log.order_by("-pk")[:_MOST]
        ],
        "decisions": [{"one": each, "when": words.moment(each.at)} for each in one.decisions.order_by("-pk")[:_MOST]],
        "actions": [
            {"code": code, "title": gettext(each.title), "hint": gettext(each.hint)}
            for code, each in ACTIONS.items()
            if one.state in each.states
        ],
        "post": url("console-sendings", key),
        "back": f"{url('console-sendings', key)}?state={one.state}",
    }
    return frame.page(request, visit, "console/sending.html", values, tab="console-sendings")


def _facts(one: Delivery) -> list[tuple[str, str]]:
    gettext = language.current().gettext
    claim = one.claim
    return [
        (gettext("Receiver"), one.endpoint),
        (gettext("State"), gettext(words.SENT.get(one.state, one.state))),
        (gettext("Reason"), f"{one.reason} {one.detail}".strip() or "–"),
        (gettext("Credit"), words.amount(claim.amount, claim.system, gettext) if claim else "–"),
        (gettext("Completed"), words.day(claim.completed_on) if claim else "–"),
        (gettext("Key at the receiver"), one.credit_id or "–"),
        (gettext("Owed since"), words.moment(one.created_at)),
        (gettext("First sent"), words.moment(one.sent_at) if one.sent_at else "–"),
        (gettext("Settled"), words.moment(one.settled_at) if one.settled_at else "–"),
    ]
