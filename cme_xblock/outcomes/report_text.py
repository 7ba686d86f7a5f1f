"""The report's sections in words: Moore's levels, strengths and limits, methods. PURE."""

from __future__ import annotations

from collections.abc import Iterable

from cme_xblock.activity.codes import Change, ItemKind, Level
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.outcomes.report_people import People
from cme_xblock.outcomes.shapes import Cell, Column, Form, Section, Table, words
from cme_xblock.outcomes.stats.result import METHODS
from cme_xblock.outcomes.view import EXPLORATORY_BELOW, View
from cme_xblock.participation import evaluation

YES, NO = N_("yes"), N_("no")


def levels(activity: Activity, view: View | None) -> Section:
    """What the activity was designed to change, what was measured, and how; with PARS' words for it.

    Only what the learners of this report answered in pairs counts as measured. Source: spec 5.1, R-1.11.
    """
    measured = {one.after.level for one in view.found.main} if view is not None else set()
    designed, asked = set(activity.need.designed_to_change), {one.level for one in activity.assessment.items}
    rated = bool(evaluation.questions(activity))
    sure = activity.assessment.ask_confidence or any(
        one.kind is ItemKind.CONFIDENCE for one in activity.assessment.items
    )
    rows = (
        (N_("1 Participation"), True, N_("counts of this page"), N_("objective")),
        (N_("2 Satisfaction"), rated, N_("evaluation (reported by itself)") if rated else "", N_("subjective")),
        (N_("3a Declarative knowledge"), Level.DECLARATIVE in asked, _paired(Level.DECLARATIVE in measured), OBJECTIVE),
        (N_("3b Procedural knowledge"), Level.PROCEDURAL in asked, _paired(Level.PROCEDURAL in measured), OBJECTIVE),
        (N_("4 Competence"), Change.COMPETENCE in designed, _paired(Level.COMPETENCE in measured), OBJECTIVE),
        (
            N_("4 Competence, as learners see it"),
            sure,
            CONFIDENCE if sure else "",
            SUBJECTIVE,
        ),
        (N_("5 Performance"), Change.PERFORMANCE in designed, "", ""),
        (N_("6 Patient health"), Change.PATIENT_OUTCOMES in designed, "", ""),
    )
    table = Table("levels", Message(N_("Moore's levels: designed for, and measured")), _LEVELS, tuple(
        (words(Message(name)), words(Message(YES if wanted else NO)), words(Message(by or NOT_MEASURED)),
         words(Message(kind if by else "")))
        for name, wanted, by, kind in rows
    ))  # fmt: skip
    return Section("levels", N_("Levels of outcome"), tables=(table, _pars(measured)), notes=(Message(SELF_REPORT),))


def _paired(is_measured: bool) -> str:
    return N_("paired questions, first attempts") if is_measured else ""


def _pars(measured: set[Level]) -> Table:
    """What goes into PARS' fields MeasuredOutcome and MeasurementType. Source: spec pars, ActivityReport."""
    rows: list[tuple[Cell, ...]] = []
    if measured & {Level.DECLARATIVE, Level.PROCEDURAL}:
        rows.append((words("Learner Knowledge"), words("Objective")))
    if Level.COMPETENCE in measured:
        rows.append((words("Learner Competence"), words("Objective")))
    if not rows:
        rows.append((words(Message(N_("nothing yet"))), words("")))
    columns = (Column("MeasuredOutcome", Form.TEXT), Column("MeasurementType", Form.TEXT))
    return Table("pars", Message(N_("For PARS: what this report shows was measured")), columns, tuple(rows))


def limits(seen: People, view: View | None, *, minimum: int) -> Section:
    """What speaks for these numbers and what against, said of this cohort."""
    for_, against = [Message(FIRST), Message(SAME)], [Message(NO_CONTROL), Message(NOT_PRACTICE)]
    if view is not None:
        if any(one.version.same for one in view.found.main):
            against.append(Message(SAME_QUESTION))
        if view.n < EXPLORATORY_BELOW:
            against.append(Message(SMALL))
        if "matched" not in seen.gone and "registered" not in seen.gone:
            values = {"n": str(seen.matched), "all": str(seen.cohort.registered)}
            against.append(Message(SHARE_MATCHED, values))
    if len(seen.wordings) > 1:
        against.append(Message(OTHER_WORDING))
    against.append(Message(LIMIT, {"minimum": str(minimum)}))
    return Section("limits", N_("Strengths and limits"), text=(*for_, *against))


def methods(sections: Iterable[Section]) -> Section:
    """The formulas of everything that was used, for the last page."""
    used = dict.fromkeys(method for one in sections for table in one.tables for method in table.methods)
    return Section("methods", N_("Methods"), text=(*(Message(METHODS[one]) for one in used), Message(LEVEL)))


CONFIDENCE = N_("confidence (not in this report)")
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
LEVEL = N_("All intervals are of 95 %, all tests are two-sided.")
_LEVELS = (
    Column(N_("Level"), Form.TEXT), Column(N_("Designed for"), Form.TEXT), Column(N_("Measured with"), Form.TEXT),
    Column(N_("Kind"), Form.TEXT),
)  # fmt: skip
