"""The assessment: the form of the next attempt, or the result of the last one with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cme_xblock.activity.codes import Feedback
from cme_xblock.activity.message import N_
from cme_xblock.participation import decide
from cme_xblock.participation.decide import Refusal
from cme_xblock.participation.entries import Draft
from cme_xblock.participation.progress import Part, Status
from cme_xblock.participation.tally import Attempt
from cme_xblock.parts import items, overview, own_answers
from cme_xblock.parts.visit import Visit

TEMPLATE = "assessment.html"
RESULT = "result.html"


def shows_result(visit: Visit, view: Mapping[str, Any]) -> bool:
    """Whether the last attempt is shown instead of a new form."""
    done = visit.progress.state(Part.ASSESSMENT).status is not Status.OPEN
    return bool(_attempts(visit)) and (done or view.get("view") != "attempt")


def context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object]:
    """The form of the next attempt."""
    assessment, number = visit.activity.assessment, visit.progress.next_attempt
    return {
        "attempt": number,
        "rule": overview.pass_rule(visit),
        "minutes": assessment.minutes,
        "items": _form(visit, number),
    }


def result(visit: Visit) -> dict[str, object]:
    """The last attempt: how many were right, what was needed, and why, as far as the feedback policy shows it."""
    last = _attempts(visit)[-1]
    policy = visit.activity.assessment.feedback
    open_again = visit.progress.state(Part.ASSESSMENT).status is Status.OPEN
    told = policy is Feedback.AFTER_ATTEMPT or (policy is Feedback.AFTER_PASS and last.passed)
    values = {"correct": last.correct, "total": last.total, "number": last.number}
    return {
        "headline": visit.text(N_("Assessment passed") if last.passed else N_("Assessment not passed yet")),
        "outcome": f"{visit.text(OUTCOME, values)} {overview.pass_rule(visit) if not last.passed else ''}".strip(),
        "passed": last.passed,
        "own": own_answers.address(visit),
        "retry": open_again,
        "feedback": items.feedback(visit, visit.activity, last.responses, visit.progress.baseline or {})
        if told
        else [],
        "withheld": "" if told else visit.text(AFTER_PASS if policy is Feedback.AFTER_PASS else NEVER),
    }


def accept(visit: Visit, data: Mapping[str, Any]) -> Draft | Refusal:
    """One attempt, whole. The number is the one the learner saw, so that a second click is not a second attempt."""
    number = data.get("attempt")
    attempt = (
        int(number) if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 6 else number
    )
    shown = [one["id"] for one in _form(visit, visit.progress.next_attempt)]
    return decide.submit_assessment(
        visit.progress,
        visit.activity,
        visit.edition,
        data.get("responses"),
        attempt,
        shown=shown,
        sure=data.get("sure"),
    )


def _form(visit: Visit, number: int) -> list[dict[str, Any]]:
    assessment = visit.activity.assessment
    shuffled = (assessment.shuffle_items, assessment.shuffle_options)
    return items.form(
        visit, assessment.items, attempt=f"assessment:{number}", shuffled=shuffled, sure=assessment.ask_confidence
    )


def _attempts(visit: Visit) -> list[Attempt]:
    return [one for one in visit.progress.attempts if one.edition == visit.edition]


OUTCOME = N_("Attempt {number}: {correct} of {total} right.")
AFTER_PASS = N_("Right answers and reasons are shown once you have passed.")
NEVER = N_("The provider does not show the right answers of this assessment.")
