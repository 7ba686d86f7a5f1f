"""What somebody reads in place of what is closed: which step opens it, and the way there. Asked anew each request."""

from __future__ import annotations

from typing import Any

from web_fragments.fragment import Fragment

from cme_xblock.activity.message import N_, Message
from cme_xblock.gate import standing
from cme_xblock.host import language, place
from cme_xblock.pages import templating
from cme_xblock.participation.progress import Part, Status
from cme_xblock.participation.stages import Stage, waits_for
from cme_xblock.records.gates import Kept


def message(course_key: str, gate: Kept, user: Any, wanted: Stage) -> str:
    """One sentence, never empty: without one the platform counts what is closed in no grade and in no outline."""
    gettext = language.current().gettext
    reason = _reason(course_key, gate, user, wanted).format(gettext)
    return Message(NAMED, {"title": gate.title, "reason": reason}).format(gettext) if gate.title else reason


def fragment(course_key: str, gate: Kept, user: Any, wanted: Stage) -> Fragment:
    """The same for a page, with a link to where the step is done."""
    reader = language.current()
    values = {
        "language": reader,
        "title": gate.title,
        "reason": _reason(course_key, gate, user, wanted).format(reader.gettext),
        "url": place.link_in(course_key, gate.source) if gate.source else "",
        "label": reader.gettext(GO),
    }
    return Fragment(templating.render("gate_closed.html", values))


def _reason(course_key: str, gate: Kept, user: Any, wanted: Stage) -> Message:
    if not gate.edition:
        return Message(NOT_OPEN)
    learner_id = str(getattr(user, "id", None) or "")
    progress = standing.progress(course_key, gate, learner_id)
    if progress is None:
        return Message(NOT_OPEN if learner_id else SIGN_IN)
    part = waits_for(wanted, progress)
    state = progress.state(part)
    if state.status is Status.LOCKED and state.reason is not None:
        # Not released yet, or over: the activity's own words.
        return state.reason
    return Message(_STEPS.get(part, NOT_OPEN))


SIGN_IN = N_("Sign in and enrol first.")
NOT_OPEN = N_("This opens with its activity, which is not open now.")
NAMED = N_("{title}: {reason}")
GO = N_("Go to the activity")
_STEPS = {
    Part.OVERVIEW: N_("First read and acknowledge the disclosures."),
    Part.BASELINE: N_("First answer the questions before the content."),
}
