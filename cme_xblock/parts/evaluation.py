"""The evaluation: what the learner makes of the activity. Whether it is anonymous is told before the first question.

What may be kept, and where, is `participation/evaluation.py` and `records/evaluations.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString

from cme_xblock.activity.message import N_
from cme_xblock.pages import templating
from cme_xblock.participation import decide, evaluation
from cme_xblock.participation.entries import Draft, Entry, Kind
from cme_xblock.participation.evaluation import Question
from cme_xblock.participation.progress import Part, Status
from cme_xblock.participation.refusal import Refusal
from cme_xblock.parts import follow_up
from cme_xblock.parts.visit import Visit
from cme_xblock.records import evaluations
from cme_xblock.records.ledger import Proposal
from cme_xblock.records.models import Participation
from cme_xblock.rules import credit_system

TEMPLATE = "evaluation.html"

Drafted = Mapping[str, Sequence[str]]


def context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object]:
    """The questions while it is open; that it was handed in once it is done."""
    state = visit.progress.state(Part.EVALUATION)
    if state.status is Status.DONE:
        return {"answered": True}
    named = not evaluation.anonymous(visit.activity)
    skippable = state.optional and visit.progress.is_open(Part.CLAIM) and Part.CLAIM in visit.setting.shown
    return {
        "needed": need(visit),
        "promise": visit.text(NAMED if named else ANONYMOUS),
        "exceptions": _exceptions(visit),
        "drafts": named,
        "questions": _form(visit, visit.setting.draft(Part.EVALUATION.value) if named else {}),
        "skip": skippable,
    }


def accept(visit: Visit, data: Mapping[str, Any]) -> Proposal | Refusal:
    """The answers, whole: an entry that says that they were given, and they themselves where the mode says."""
    given = decide.evaluation_closed(visit.progress) or evaluation.take(visit.activity, data.get("responses"))
    if isinstance(given, Refusal):
        return given
    prepared = evaluations.prepare(visit.activity, given)

    def effects(participation: Participation, entry: Entry) -> None:
        evaluations.keep(
            participation, entry, activity=visit.activity, given=given, prepared=prepared, now=visit.setting.now
        )
        if given.commitments:
            follow_up.begin(visit, participation)

    return Proposal(Draft(Kind.EVALUATION_SUBMITTED, visit.edition, prepared.payload), effects)


def need(visit: Visit) -> str:
    """For which credit the evaluation is needed, in a sentence; empty where for none. Source: spec R-6.2."""
    if not visit.progress.state(Part.EVALUATION).optional:
        return visit.text(NEEDED)
    systems = credit_system.for_activity(visit.activity)
    asking = [
        systems[one.system].short_name
        for one in visit.activity.offerings
        if one.system in systems and systems[one.system].needs_evaluation
    ]
    return visit.text(NEEDED_FOR, {"systems": ", ".join(asking)}) if asking else ""


def _returning(visit: Visit) -> bool:
    return any(evaluation.comes_back(visit.activity, one) for one in evaluation.questions(visit.activity))


def _exceptions(visit: Visit) -> list[str]:
    """What is kept otherwise than the rest, told before the first question."""
    asked = evaluation.questions(visit.activity)
    apart = [visit.text(PRACTICE)] if any(one.fact for one in asked) else []
    anonymous = evaluation.anonymous(visit.activity)
    return [*([visit.text(EXCEPTION)] if anonymous and _returning(visit) else []), *apart]


def _form(visit: Visit, drafted: Drafted) -> SafeString:
    """The questions. Without a draft they are the same for every learner at this block."""
    key = (visit.setting.prefix, visit.setting.language.code, visit.author)
    if not drafted:
        return templating.made_once(visit.activity, "evaluation_form.html", key, lambda: _values(visit, {}))
    return templating.render("evaluation_form.html", _values(visit, drafted))


def _values(visit: Visit, drafted: Drafted) -> dict[str, object]:
    asked = evaluation.questions(visit.activity)
    shown = [_question(visit, one, number, drafted) for number, one in enumerate(asked, start=1)]
    return visit.values({"questions": shown, "total": len(asked), "longest": evaluation.LONGEST_TEXT})


def _question(visit: Visit, one: Question, number: int, drafted: Drafted) -> dict[str, object]:
    given = drafted.get(one.id, ())
    comments = [each for each in one.choices if each.comment]
    return {
        "id": one.id,
        "at": f"{visit.setting.prefix}-evaluation-{number}",
        "number": number,
        "required": one.required,
        "stem": visit.text(one.stem) if one.ours else one.stem,
        "stem_lang": "" if one.ours else visit.author,
        "subject": one.subject,
        "kind": one.kind.value,
        "control": "checkbox" if one.kind.value == "multiple" else "radio",
        "choices": [
            {"id": each.id, "text": visit.text(each.text) if one.choices_ours else each.text, "on": each.id in given}
            for each in one.choices
        ],
        "choices_lang": "" if one.choices_ours else visit.author,
        "why": one.why if comments else "",
        "why_for": ", ".join(visit.text(each.text) if one.choices_ours else each.text for each in comments),
        "why_given": "".join(drafted.get(one.why, ())),
        "given": "".join(given) if not one.chosen else "",
        "returns": follow_up.told(visit) if evaluation.comes_back(visit.activity, one) else "",
        "apart": visit.text(APART) if one.fact else "",
    }


ANONYMOUS = N_(
    "Anonymous: your answers are kept without your name, added up with those of others, and shown to nobody before "
    "five are together. Only that you handed in an evaluation is recorded. Please write nothing that names you or a "
    "patient."
)
EXCEPTION = N_(
    "One exception: what you will do differently is kept with your name, apart from everything else, so that it can "
    "come back to you. It says so beside these questions."
)
PRACTICE = N_(
    "What you say of your practice (field, years, setting) is kept with your record and apart from all other answers, "
    "so that results can be given for groups. It is shown for groups only, never for fewer than five people. You can "
    "leave it out."
)
APART = N_("Kept with your record, apart from your other answers; shown for groups only.")
NAMED = N_(
    "With your name: the provider can see who gave which answers. Please write nothing that names a patient."
)  # fmt: skip
NEEDED = N_("Credit can be claimed after it.")
NEEDED_FOR = N_("It is needed for: {systems}.")
