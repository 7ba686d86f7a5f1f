"""What the course team sees of the reporting of its activity: counts, reasons, next steps and dates; no learner."""

from __future__ import annotations

from django.utils.safestring import SafeString

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.pages import templating
from cme_xblock.parts import labels
from cme_xblock.parts.visit import Setting
from cme_xblock.records import keys
from cme_xblock.reporting import oversight
from cme_xblock.reporting.oversight import Overview
from cme_xblock.rules import calendar

TEMPLATE = "reported.html"


def panel(setting: Setting, activity: Activity) -> SafeString:
    """A table of the receivers; nothing where nobody is owed anything. Two queries, however many learners there are."""
    if not activity.activity_id or not setting.course_key:
        return SafeString("")
    try:
        key = keys.activity_key(setting.course_key, activity.activity_id)
    except ValueError:
        # An id that no record can bear: a finding says so.
        return SafeString("")
    found = oversight.of_activity(key)
    if not found:
        return SafeString("")
    values = {
        "language": setting.language,
        "prefix": setting.prefix,
        "receivers": [_shown(setting, activity, one) for one in found],
    }
    return templating.render(TEMPLATE, values)


def _shown(setting: Setting, activity: Activity, one: Overview) -> dict[str, object]:
    gettext = setting.language.gettext
    due = "–"
    if one.due is not None:
        left = (one.due - calendar.civil_date(activity, setting.now)).days
        text = DUE if left >= 0 else LATE
        due = Message(text, {"date": labels.day(one.due), "days": str(abs(left))}).format(gettext)
    return {
        "name": one.receiver,
        "delivered": one.delivered,
        "waiting": one.waiting,
        "oldest": labels.moment(one.oldest, activity.time_zone) if one.oldest else "–",
        "due": due,
        "kept": [
            {"count": each.count, "what": each.what.format(gettext), "step": each.step.format(gettext), "code": code}
            for each in one.kept
            for code in [f"{each.state}: {each.reason}" if each.reason else each.state]
        ],
    }


DUE = N_("{date}, in {days} days")
LATE = N_("{date}: {days} days late")
