"""People from the disclosure desk, on the author's page: copies with their evidence numbers, and what is newer there.

A copy is put into the form like any other member, and kept when the form is saved: the activity is complete with it,
and without the desk. Whom the desk offers is its own matter (`records.desk_taking`): people assigned to this activity.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.pages import templating
from cme_xblock.parts import labels
from cme_xblock.parts.visit import Setting
from cme_xblock.records import desk_taking
from cme_xblock.records.contention import LedgerBusy
from cme_xblock.records.desk_taking import Offered
from cme_xblock.rules import calendar
from cme_xblock.studio.answer import Answer, refusal
from cme_xblock.studio.form import Form

_MOST = 200
_NEW = "new"


def people(setting: Setting, data: Mapping[str, Any]) -> Answer:
    """Whom the desk offers for the activity of that `activity_id`, as a list to choose from. Writes nothing."""
    try:
        found = desk_taking.offered(setting.course_key, _name(data), today=setting.now.date())
    except ValueError:
        return refusal(setting, NO_ID)
    rows = [{**_row(setting, one), "uuid": one.uuid, "number": one.number} for one in found]
    values = {"language": setting.language, "prefix": setting.prefix, "rows": rows}
    return Answer(
        {"html": templating.render("studio_desk_people.html", values), "members": [_plain(one) for one in found]}
    )


def take(setting: Setting, data: Mapping[str, Any]) -> Answer:
    """Copies of the chosen people, to be put into the form; the desk writes down who took what into which activity.

    `chosen`: a list of `uuid` and `number`. All of them, or none: where one is not what the author saw, none is taken.
    """
    wanted = data.get("chosen")
    if not isinstance(wanted, list) or not 0 < len(wanted) <= _MOST:
        return refusal(setting, NOBODY)
    today = setting.now.date()
    try:
        found = {(one.uuid, one.number): one for one in _offered(setting, data)}
        if not all(isinstance(one, dict) and _key(one) in found for one in wanted):
            return refusal(setting, CHANGED, status=409)
        for one in wanted:
            uuid, number = _key(one)
            taken = desk_taking.take(
                uuid,
                setting.course_key,
                _name(data),
                number=number,
                by=setting.visitor.account or setting.visitor.learner_id or "author",
                today=today,
                now=setting.now,
            )
            if taken is None:
                return refusal(setting, CHANGED, status=409)
    except ValueError:
        return refusal(setting, NO_ID)
    except LedgerBusy as busy:
        return refusal(setting, str(busy), status=503)
    form = Form(setting.language, setting.prefix)
    members = [
        {"html": form.member(Activity, "people", found[_key(one)].person, _NEW), **_plain(found[_key(one)])}
        for one in wanted
    ]
    return Answer({"members": members})


def newer(setting: Setting, activity: Activity) -> str:
    """What is newer at the desk than the activity's copies, as HTML; empty where nothing is.

    Without a query where nobody of the activity was taken from there.
    """
    if not setting.course_key or not activity.activity_id:
        return ""
    try:
        found = desk_taking.newer(
            activity.people,
            setting.course_key,
            activity.activity_id,
            today=calendar.civil_date(activity, setting.now),
        )
    except ValueError:
        return ""
    if not found:
        return ""
    rows = [
        {**_row(setting, one.offered), "held": one.held, "uuid": one.offered.uuid, "number": one.offered.number}
        for one in found
    ]
    values = {"language": setting.language, "prefix": setting.prefix, "rows": rows}
    return templating.render("studio_desk_newer.html", values)


def _offered(setting: Setting, data: Mapping[str, Any]) -> tuple[Offered, ...]:
    return desk_taking.offered(setting.course_key, _name(data), today=setting.now.date())


def _name(data: Mapping[str, Any]) -> str:
    name = data.get("activity_id")
    return name.strip() if isinstance(name, str) else ""


def _key(one: Mapping[str, Any]) -> tuple[str, str]:
    return str(one.get("uuid")), str(one.get("number"))


def _plain(one: Offered) -> dict[str, str]:
    return {"uuid": one.uuid, "number": one.number, "name": one.person.name}


def _row(setting: Setting, one: Offered) -> dict[str, Any]:
    say = setting.language.gettext
    return {
        "name": one.person.name,
        "provider": one.provider,
        "on": labels.day(one.on),
        "imported": one.imported,
        "detail": [f"{each.company}: {each.nature}" for each in one.person.relationships],
        "nothing": not one.person.relationships,
        "findings": [found.message.format(say) for found in one.findings],
    }


NO_ID = N_("Give the activity its id first, and save: the desk assigns people to an activity by its id.")
NOBODY = N_("Choose somebody first.")
CHANGED = N_("Something has changed at the disclosure desk since. Ask it again, and choose anew.")
