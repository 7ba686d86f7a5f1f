"""The attendance: the sessions of a live activity, and the field for the code that is said in one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cme_xblock.activity.message import N_
from cme_xblock.participation import attendance, decide
from cme_xblock.participation.decide import Refusal
from cme_xblock.participation.entries import Draft
from cme_xblock.parts import labels
from cme_xblock.parts.visit import Visit
from cme_xblock.rules import sessions
from cme_xblock.rules.sessions import Held

TEMPLATE = "attendance.html"


def context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object]:
    """The sessions with what is on record of each. Never a code."""
    known, now = sessions.held(visit.activity), visit.setting.now
    attended = visit.progress.attended
    done = {**attended, **visit.progress.presented}
    left = attendance.to_come(visit.activity, done, now)
    total = attendance.attended_minutes(visit.activity, attended)
    return {
        "sessions": [
            {
                "name": attendance.name(one),
                "time": labels.moment(one.start, visit.activity.time_zone),
                "minutes": visit.text(MINUTES, {"minutes": one.minutes}),
                "state": _state(visit, one),
                "done": key in attended,
            }
            for key, one in known.items()
        ],
        "total": visit.text(TOTAL, {"minutes": total}) if attended else "",
        "by_code": any(one.session.code for one in left),
        "by_roster": any(not one.session.code for one in left),
    }


def accept(visit: Visit, data: Mapping[str, Any]) -> Draft | Refusal:
    """The code that the learner typed."""
    return decide.attend(
        visit.progress,
        visit.activity,
        visit.edition,
        data.get("code"),
        account=visit.setting.visitor.account,
        now=visit.setting.now,
    )


def _state(visit: Visit, one: Held) -> str:
    progress, now, key = visit.progress, visit.setting.now, one.session.id
    if key in progress.presented:
        return visit.text(PRESENTED)
    if key in progress.attended:
        return visit.text(ATTENDED, {"minutes": progress.attended[key]})
    if now < one.start:
        return visit.text(TO_COME)
    return visit.text(ON_NOW if now <= one.end else NOT_ATTENDED)


MINUTES = N_("{minutes} minutes count")
TOTAL = N_("You attended {minutes} minutes that count for credit. Of sessions at the same time, one counts.")
ATTENDED = N_("attended, {minutes} minutes")
PRESENTED = N_("presented: no learner's credit")
TO_COME = N_("to come")
ON_NOW = N_("on now")
NOT_ATTENDED = N_("no attendance on record")
