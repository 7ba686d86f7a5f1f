"""One activity: what it is, how far its learners came, and how its reporting stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cme_xblock.console import frame, pages, words
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.console.deliveries import owed
from cme_xblock.console.deliveries.explained import explained
from cme_xblock.console.participants import query, refresh
from cme_xblock.console.participants.derive import State
from cme_xblock.host import language
from cme_xblock.records import editions
from cme_xblock.records.models import ActivityIndex
from cme_xblock.records.models.delivery import State as Sent
from cme_xblock.records.purge import NOT_OWED
from cme_xblock.reporting import config, oversight
from cme_xblock.reporting.endpoints.base import Endpoint
from cme_xblock.rules import currency

__all__ = ["page"]


@require_safe
@guarded(May.SEE_ACTIVITY, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """The activity's first page: numbers, and nobody's name."""
    left = refresh.refresh(now=visit.now, first=key) >= refresh.AT_ONCE
    gettext, one = language.current().gettext, visit.activity
    values = {
        "facts": _facts(one),
        "left": left,
        "notices": [_notice(each, gettext) for each in _due(one, timezone.localdate())],
        "funnel": _funnel(key, gettext),
        "receivers": _receivers(key, timezone.localdate(), gettext),
        "deliveries": pages.url("console-sendings", key) if visit.may(May.DELIVER) else "",
        "participants": pages.url("console-participants", key) if visit.may(May.SEE_LEARNERS) else "",
    }
    return frame.page(request, visit, "console/activity.html", values, tab="console-activity")


def _facts(one: ActivityIndex) -> list[tuple[str, str]]:
    gettext = language.current().gettext
    return [
        (gettext("Provider"), one.provider_name or "–"),
        (gettext("Course"), one.course_key),
        (gettext("Released"), words.day(one.release)),
        (gettext("Expires"), words.day(one.expiry)),
        (gettext("Review due"), words.day(one.review_due)),
        (gettext("Published"), words.moment(one.published_at)),
    ]


def _due(one: ActivityIndex, today: date) -> tuple[currency.Notice, ...]:
    try:
        activity = editions.load(one.edition.sha256)[one.edition.sha256]
    except editions.EditionDamaged:
        return ()
    return currency.due(activity, today=today)


def _notice(one: currency.Notice, gettext: Any) -> dict[str, object]:
    return {"text": one.message.format(gettext), "late": one.days_left < 0}


def _funnel(key: str, gettext: Any) -> list[dict[str, object]]:
    """Each state with how many stand there; the way's order."""
    found = query.funnel(key)
    most = max(found.values(), default=0)
    return [
        {
            "title": gettext(words.STATES[state]),
            "people": found.get(state, 0),
            "most": most,
            "address": f"{pages.url('console-participants', key)}?state={state}",
        }
        for state in State
        if found.get(state, 0) or state not in (State.TEST, State.WITHDRAWN, State.NO_CREDIT)
    ]


def _receivers(key: str, today: date, gettext: Any) -> list[dict[str, object]]:
    """Each receiver: delivered, on its way, and what stands still; what was sent anew is not counted twice."""
    known = config.endpoints()
    kept: dict[str, list[tuple[str, str, int]]] = {}
    for each in owed.of_activities([key], today=today):
        if each.stuck or each.state == Sent.HELD:
            kept.setdefault(each.endpoint, []).append((each.state, each.reason, each.count))
    rows = []
    for one in oversight.of_activity(key):
        agreed = [(each.state, each.reason, each.count) for each in one.kept if each.reason in NOT_OWED]
        rows.append(
            {
                "name": one.receiver,
                "endpoint": one.endpoint,
                "delivered": one.delivered,
                "waiting": one.waiting,
                "due": words.day(one.due) if one.due else "",
                "kept": [
                    _kept(state, reason, count, one.endpoint, known, gettext)
                    for state, reason, count in [*kept.get(one.endpoint, ()), *agreed]
                ],
            }
        )
    return rows


def _kept(
    state: str, reason: str, count: int, endpoint: str, known: Mapping[str, Endpoint], gettext: Any
) -> dict[str, object]:
    what, step = explained(state, reason, endpoint, known, gettext)
    return {"count": count, "what": what, "step": step, "state": state, "reason": reason}
