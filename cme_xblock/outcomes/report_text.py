"""The report's sections in words: Moore's levels, strengths and limits, methods. PURE."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from cme_xblock.activity.codes import Change, ItemKind, Level, Purpose
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.outcomes import suppression
from cme_xblock.outcomes.evidence import Evidence
from cme_xblock.outcomes.report_people import People
from cme_xblock.outcomes.shapes import Cell, Column, Form, Section, Table, words
from cme_xblock.outcomes.stats.result import METHODS
from cme_xblock.outcomes.view import EXPLORATORY_BELOW, View
from cme_xblock.participation import evaluation

YES, NO = N_("yes"), N_("no")


def levels(activity: Activity, view: View | None, evidence: Evidence) -> Section:
    """What the activity was designed to change, what was measured, and how; with PARS' words for it.

    Only what this report shows counts as measured. Source: spec 5.1, R-1.11.
    """
    paired = {one.after.level for one in view.found.main} if view is not None else set()
    pairs = Counter(one.after.level for one in view.found.main) if view is not None else Counter()
    designed, asked = set(activity.need.designed_to_change), {one.level for one in activity.assessment.items}
    rated, sure = bool(evaluation.questions(activity)), view is not None and view.found.sureness is not None
    measures = evidence.measures
    told = any(one.answered for one in evidence.followed)
    evaluated = any(one.n >= view_minimum(view) for one in evidence.evaluations)
    rows = (
        (N_("1 Participation"), True, N_("counts of this page"), OBJECTIVE),
        (N_("2 Satisfaction"), rated, N_("evaluation") if evaluated else "", SUBJECTIVE),
        (N_("3a Declarative knowledge"), Level.DECLARATIVE in asked, _paired(pairs[Level.DECLARATIVE]), OBJECTIVE),
        (N_("3b Procedural knowledge"), Level.PROCEDURAL in asked, _paired(pairs[Level.PROCEDURAL]), OBJECTIVE),
        (N_("4 Competence"), Change.COMPETENCE in designed, _paired(pairs[Level.COMPETENCE]), OBJECTIVE),
        (N_("4 Competence, as learners see it"), _asks_confidence(activity), _seen(evidence, sure=sure), SUBJECTIVE),
        (N_("5 Performance"), Change.PERFORMANCE in designed, BROUGHT if "5" in measures else "", OBJECTIVE),
        (N_("5 Performance, as learners see it"), bool(activity.evaluation.follow_up), FOLLOWED if told else "",
         SUBJECTIVE),
        (N_("6 Patient health"), Change.PATIENT_OUTCOMES in designed, BROUGHT if "6" in measures else "", OBJECTIVE),
    )  # fmt: skip
    table = Table("levels", Message(N_("Moore's levels: designed for, and measured")), _LEVELS, tuple(
        (words(Message(name)), words(Message(YES if wanted else NO)),
         words(by if isinstance(by, Message) else Message(by or NOT_MEASURED)), words(Message(kind if by else "")))
        for name, wanted, by, kind in rows
    ))  # fmt: skip
    pars = _pars(paired, sees=bool(rows[5][2]), does=told, measures=measures)
    return Section("levels", N_("Levels of outcome"), tables=(table, pars), notes=(Message(SELF_REPORT),))


def view_minimum(view: View | None) -> int:
    """From how many people on a number is shown."""
    return view.minimum if view is not None else suppression.MINIMUM


def _asks_confidence(activity: Activity) -> bool:
    items = (*activity.baseline.items, *activity.assessment.items)
    asked = activity.assessment.ask_confidence or any(one.kind is ItemKind.CONFIDENCE for one in items)
    return asked or any(one.purpose is Purpose.CONFIDENCE for one in evaluation.questions(activity))


def _paired(number: int) -> Message | str:
    return Message(N_("{number} paired questions, first attempts"), {"number": str(number)}) if number else ""


def _seen(evidence: Evidence, *, sure: bool) -> str:
    """By what learners' own view of their competence was measured."""
    if sure:
        return CONFIDENCE
    asked = {question["purpose"] for one in evidence.evaluations[:1] for question in one.questions}
    return N_("confidence and plans in the evaluation") if asked & {"confidence", "change"} else ""


def _pars(paired: set[Level], *, sees: bool, does: bool, measures: Collection[str]) -> Table:
    """What goes into PARS' fields MeasuredOutcome and MeasurementType. Source: spec pars, ActivityReport."""
    found: dict[str, list[str]] = {}
    for outcome, measurement, is_measured in (
        ("Learner Knowledge", "Objective", bool(paired & {Level.DECLARATIVE, Level.PROCEDURAL})),
        ("Learner Competence", "Objective", Level.COMPETENCE in paired),
        ("Learner Competence", "Subjective", sees),
        ("Learner Performance", "Objective", "5" in measures),
        ("Learner Performance", "Subjective", does),
        ("Patient Health", "Objective", "6" in measures),
    ):
        if is_measured:
            found.setdefault(outcome, []).append(measurement)
    rows: list[tuple[Cell, ...]] = [(words(outcome), words(", ".join(kinds))) for outcome, kinds in found.items()]
    if not rows:
        rows.append((words(Message(N_("nothing yet"))), words("")))
    columns = (Column("MeasuredOutcome", Form.TEXT), Column("MeasurementType", Form.TEXT))
    return Table("pars", Message(N_("For PARS: what this report shows was measured")), columns, tuple(rows))


def limits(seen: People, view: View | None, *, minimum: int) -> Section:
    """What speaks for these numbers and what against, said of this cohort."""
    for_, against = [], [Message(NO_CONTROL), Message(NOT_PRACTICE)]
    if view is not None:
        for_ = [Message(FIRST), Message(SAME)]
        if any(one.version.same for one in view.found.main):
            against.append(Message(SAME_QUESTION))
        if view.n < EXPLORATORY_BELOW:
            against.append(Message(SMALL))
        if ("wording", 0) not in seen.gone and "registered" not in seen.gone:
            values = {"n": str(view.n), "all": str(seen.cohort.registered)}
            against.append(Message(SHARE_MATCHED, values))
    if len(seen.wordings) > 1:
        against.append(Message(OTHER_WORDING))
    against.append(Message(LIMIT, {"minimum": str(minimum)}))
    return Section("limits", N_("Strengths and limits"), text=(*for_, *against))


def methods(sections: Iterable[Section]) -> Section:
    """The formulas of everything that was used, for the last page."""
    used = dict.fromkeys(method for one in sections for table in one.tables for method in table.methods)
    return Section("methods", N_("Methods"), text=(*(Message(METHODS[one]) for one in used), Message(LEVEL)))


CONFIDENCE = N_("how sure of each answer, before and after")
BROUGHT = N_("data that the provider brought")
FOLLOWED = N_("plans and what became of them")
OBJECTIVE, SUBJECTIVE = N_("objective"), N_("subjective")
NOT_MEASURED = N_("not measured here")
SELF_REPORT = N_("Only paired questions count as objective. What people say of themselves is never shown as more.")
FIRST = N_("Strength: first attempts only, before anybody was told the right answers.")
SAME = N_("Strength: the same learners before and after; those with only one of the two are counted and shown above.")
NO_CONTROL = N_("Limit: there is no comparison group, so that other causes of a change cannot be excluded.")
NOT_PRACTICE = N_("Limit: right answers in a course are not yet what is done in practice.")
SAME_QUESTION = N_("Limit: the same questions were asked twice; some of the change may be remembering the question.")
SMALL = N_("Limit: fewer than 30 matched learners; take the numbers as exploratory.")
SHARE_MATCHED = N_("Limit: the comparison rests on {n} of the {all} people who registered.")
OTHER_WORDING = N_(
    "Limit: some matched learners met other versions of questions. Versions are never mixed; those are not in the main "
    "tables."
)
LIMIT = N_(
    "Numbers about fewer than {minimum} people are hidden, and what would give them away by subtraction with them."
)
LEVEL = N_(
    "All intervals are of 95 %, all tests are two-sided. p-values have three decimals, below 0.001 three significant "
    "digits in files; reliability and discrimination have two decimals."
)
_LEVELS = (
    Column(N_("Level"), Form.TEXT), Column(N_("Designed for"), Form.TEXT), Column(N_("Measured with"), Form.TEXT),
    Column(N_("Kind"), Form.TEXT),
)  # fmt: skip
