"""The follow-up: a learner's own plans come back after some weeks. Done fully, partly, or not yet, and why.

Nothing here is an entry or touches credit (docs/decisions/0030). What is due is decided in
`participation/commitments.py`, and kept by `records/follow_ups.py`. Source: spec 5.3, rule 13; R-6.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from cme_xblock.activity.message import N_, Message
from cme_xblock.participation import commitments
from cme_xblock.participation.commitments import Held, Outcome
from cme_xblock.participation.progress import Part
from cme_xblock.participation.refusal import Refusal
from cme_xblock.parts import labels
from cme_xblock.parts.visit import Visit
from cme_xblock.records import consents, editions, follow_ups, keys
from cme_xblock.records.models import Participation
from cme_xblock.rules import calendar

TEMPLATE = "follow_up.html"
# What the door to the mails is called in a request.
MAILS = "mails"


def context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object]:
    """What is due as a form, what was answered or comes later, and whether mails are sent. At most four queries."""
    held = _held(visit)
    now = visit.setting.now
    due = [one for one in held if one.due_day(now) is not None]
    objectives = _objectives(visit) if held else {}
    return {
        "due": [_asked(visit, one, number, objectives) for number, one in enumerate(due, start=1)],
        "total": len(due),
        "others": [_told(visit, one, objectives) for one in held if one not in due],
        "choices": [{"id": one.value, "text": visit.text(_OUTCOMES[one])} for one in Outcome],
        "longest": commitments.LONGEST_REASON,
        "kept": visit.text(KEPT),
        "mails": _wants_mails(visit) if held else None,
    }


def change(visit: Visit, data: Mapping[str, Any]) -> Refusal | None:
    """Keep the answers, or switch the mails on or off; or say what is wrong with it. Nothing is written then."""
    if not visit.progress.is_open(Part.FOLLOW_UP):
        reason = visit.progress.state(Part.FOLLOW_UP).reason
        return Refusal("locked", reason or Message(N_("This part is not open yet.")))
    if data.get("edition") not in (None, visit.edition):
        return Refusal("edition_changed", Message(N_("The activity was updated. Reload the page and try again.")))
    if data.get("door") == MAILS:
        return _switch(visit, data.get("mails"))
    given = commitments.take(_held(visit), data.get("responses"), now=visit.setting.now)
    if isinstance(given, Refusal):
        return given
    if not follow_ups.answer(_key(visit), given, now=visit.setting.now):
        return Refusal("already_recorded", Message(N_("This was answered already. Reload the page.")))
    return None


def is_due(visit: Visit) -> bool:
    """Whether something waits for an answer. Two queries, none before the first day."""
    if not visit.progress.is_open(Part.FOLLOW_UP):
        return False
    return any(one.due_day(visit.setting.now) is not None for one in _held(visit))


def told(visit: Visit) -> str:
    """What is said beside the question whose answer comes back; the permission is in these words."""
    days = ", ".join(map(str, commitments.days_of(visit.activity)))
    return visit.text(RETURNS, {"days": days})


def begin(visit: Visit, participation: Participation) -> None:
    """Somebody wrote a commitment, having been told: mails may be sent, unless they were stopped in any activity."""
    if consents.last_word(participation.learner_key, follow_ups.MAIL) is not False:
        follow_ups.permit(participation, text=told(visit), granted=True, now=visit.setting.now)


def _switch(visit: Visit, wanted: object) -> Refusal | None:
    if wanted not in ("on", "off"):
        return Refusal("malformed", Message(N_("The answer did not arrive as it was sent. Reload the page.")))
    participation = Participation.objects.get(key=_key(visit))
    text = visit.text(START if wanted == "on" else STOP)
    follow_ups.permit(participation, text=text, granted=wanted == "on", now=visit.setting.now)
    return None


def _asked(visit: Visit, one: Held, number: int, objectives: Mapping[str, str]) -> dict[str, object]:
    return {
        "name": one.name,
        "why": one.why,
        "at": f"{visit.setting.prefix}-follow-up-{number}",
        "number": number,
        "text": one.text,
        "objective": objectives.get(one.objective, ""),
        "made": _day(visit, one, 0),
        "before": visit.text(_OUTCOMES[one.answers[max(one.answers)]]) if one.answers else "",
    }


def _told(visit: Visit, one: Held, objectives: Mapping[str, str]) -> dict[str, object]:
    following = one.next_at(visit.setting.now)
    return {
        "text": one.text,
        "objective": objectives.get(one.objective, ""),
        "said": visit.text(_OUTCOMES[one.answers[max(one.answers)]]) if one.answers else "",
        "next": labels.day(calendar.civil_date(visit.activity, following)) if following else "",
    }


def _day(visit: Visit, one: Held, days: int) -> str:
    return labels.day(calendar.civil_date(visit.activity, one.made_at + timedelta(days=days)))


def _objectives(visit: Visit) -> Mapping[str, str]:
    """Objectives in the words of every edition that this learner had: the newest words last, so they count."""
    shown = list(dict.fromkeys([*(one.edition for one in visit.entries), visit.edition]))
    known = {visit.edition: visit.activity, **editions.load([one for one in shown if one != visit.edition])}
    return {one.id: one.text for sha256 in shown for one in known[sha256].objectives}


def _wants_mails(visit: Visit) -> bool:
    learner_key = keys.learner_key(visit.setting.visitor.learner_id)
    return consents.last_word(learner_key, follow_ups.MAIL) is True


def _held(visit: Visit) -> Sequence[Held]:
    return follow_ups.held(_key(visit))


def _key(visit: Visit) -> str:
    place = visit.setting.course_key, visit.activity.activity_id
    return keys.participation_key(*place, visit.setting.visitor.learner_id)


_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.FULLY: N_("Fully"),
    Outcome.PARTLY: N_("Partly"),
    Outcome.NOT_YET: N_("Not yet"),
}
RETURNS = N_(
    "Kept with your name, so that it can come back to you (after days: {days}). Leave it empty if you do not want "
    "that. You are then asked in the course how it went, and by a mail that does not have your words in it; every mail "
    "has a link that stops them."
)
KEPT = N_(
    "Your answers change nothing about your credit. They are kept with your name; the provider's report counts them, "
    "and of at least ten reasons shows words that several share. Please write nothing that names a patient."
)
START = N_("Remind me by mail")
STOP = N_("No more mails about my plans")
