"""The retention check: the paired questions once more, some time after the assessment. Nothing hangs on it.

Which questions, and when, is `participation/retention.py`; whether a mail comes is `records/retentions.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cme_xblock.activity.message import N_, Message
from cme_xblock.participation import decide, retention
from cme_xblock.participation.entries import Draft
from cme_xblock.participation.progress import Part, Status
from cme_xblock.participation.refusal import Refusal
from cme_xblock.parts import items, own_answers
from cme_xblock.parts.visit import Visit
from cme_xblock.records import keys, retentions
from cme_xblock.records.models import Participation

TEMPLATE = "retention.html"
# What the door to the mail is called in a request.
MAILS = "mails"


def context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object]:
    """The questions on and after their day; when they come, and whether a mail does, before it; thanks afterwards."""
    state = visit.progress.state(Part.RETENTION)
    if state.status is Status.DONE:
        return {"answered": True, "own": own_answers.address(visit)}
    if state.status is Status.LOCKED:
        return {
            "reason": visit.say(state.reason) if state.reason else "",
            "mails": retentions.wants(_participation(visit)),
            "told": visit.text(TOLD),
        }
    return {
        "minutes": visit.activity.retention.minutes,
        "items": _form(visit),
        "kept": visit.text(KEPT),
    }


def accept(visit: Visit, data: Mapping[str, Any]) -> Draft | Refusal:
    """The answers, whole."""
    shown = [one["id"] for one in _form(visit)] if visit.progress.is_open(Part.RETENTION) else []
    return decide.submit_retention(
        visit.progress, visit.activity, visit.edition, data.get("responses"), shown=shown, sure=data.get("sure")
    )


def change(visit: Visit, data: Mapping[str, Any]) -> Refusal | None:
    """Switch the mail on or off; or say what is wrong with it. Nothing is written then."""
    state = visit.progress.state(Part.RETENTION)
    due = retention.due_at(visit.activity, visit.progress.passed_at)
    if state.status is not Status.LOCKED or due is None:
        return Refusal("locked", Message(N_("There is nothing to be reminded of here. Reload the page.")))
    wanted = data.get("mails")
    if wanted not in ("on", "off"):
        return Refusal("malformed", Message(N_("The answer did not arrive as it was sent. Reload the page.")))
    participation = _participation(visit)
    if wanted == "on":
        text = f"{visit.text(TOLD)} {visit.text(START)}"
        retentions.agree(participation, due, text=text, now=visit.setting.now)
    else:
        retentions.permit(participation, text=visit.text(STOP), granted=False, now=visit.setting.now)
    return None


def _form(visit: Visit) -> list[dict[str, Any]]:
    """The questions in the assessment's own way of shuffling, in an order of their own."""
    assessment = visit.activity.assessment
    shuffled = (assessment.shuffle_items, assessment.shuffle_options)
    asked = retention.items(visit.activity)
    return items.form(visit, asked, attempt="retention", shuffled=shuffled, sure=assessment.ask_confidence)


def _participation(visit: Visit) -> Participation:
    place = visit.setting.course_key, visit.activity.activity_id
    return Participation.objects.get(key=keys.participation_key(*place, visit.setting.visitor.learner_id))


TOLD = N_(
    "On that day a mail can remind you, with a link into the course and none of your answers. Every such mail has a "
    "link that stops them, for all activities."
)
KEPT = N_("It changes nothing about your credit, and each question counts once. Answer without looking anything up.")
START = N_("Remind me by mail")
STOP = N_("No mail about these questions")
