"""Next year's activity from the one on the page: shown in the form with its checklist, kept when it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cme_xblock.activity import renewal, scalars
from cme_xblock.activity.jcs import ActivityError
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.pages import templating
from cme_xblock.parts.visit import Setting
from cme_xblock.studio import page
from cme_xblock.studio.answer import Answer, refusal, unread
from cme_xblock.studio.findings import path_of
from cme_xblock.studio.parse import parse


def renew(setting: Setting, data: Mapping[str, Any]) -> Answer:
    """The renewed activity of the page: `release` is its first day, `activity_id` its name, suggested when empty."""
    parsed = parse(data.get("values"))
    if parsed.activity is None:
        return unread(setting, parsed)
    release, name = data.get("release"), data.get("activity_id")
    if not isinstance(release, str) or not isinstance(name, str):
        return refusal(setting, NO_RELEASE)
    try:
        day = scalars.date_of(release.strip())
        wanted = name.strip() or renewal.suggest_id(parsed.activity.activity_id, release=day)
        renewed = renewal.renew(parsed.activity, activity_id=wanted, release=day)
    except scalars.UnfitError:
        return refusal(setting, NO_RELEASE)
    except ActivityError as error:
        return refusal(setting, error.message)
    shown = {"checklist": _checklist(setting, renewed.activity, renewed.checklist)}
    return Answer({**page.shown(setting, renewed.activity), **shown})


def _checklist(setting: Setting, activity: Activity, tasks: tuple[renewal.Task, ...]) -> str:
    rows = [{"text": _say(setting, one.message), "at": path_of(activity, one.where)} for one in tasks]
    values = {"language": setting.language, "prefix": setting.prefix, "rows": rows}
    return templating.render("studio_checklist.html", values)


def _say(setting: Setting, message: Message) -> str:
    return message.format(setting.language.gettext)


NO_RELEASE = N_("Give the first day of the renewed activity, as year-month-day such as 2027-09-01.")
