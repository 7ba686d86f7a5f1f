"""Rules on why an activity exists and what it is to change. Source: ACCME criteria; spec R-1.11, R-2.3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules.finding import Hit, Severity, Source, place, rule

_CHANGE = Source("ACCME: designed to change (spec R-1.11)", "S", "https://accme.org/rule/analyzes-change")
_CORE = Source(
    "AMA PRA core requirements: purpose and objectives communicated (spec R-2.3)",
    "S",
    "http://www.ama-assn.org/ama/pub/category/16354.html",
)


@rule(
    "gap_missing",
    Severity.BLOCK,
    source=_CHANGE,
    message=N_("The professional practice gap is missing."),
    fix=N_("Write what professionals do now, and what they could do on current knowledge."),
)
def gap_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """An activity answers a gap in practice."""
    if not activity.need.gap:
        yield Hit("need.gap")


@rule(
    "need_type_missing",
    Severity.BLOCK,
    source=_CHANGE,
    message=N_("The kind of need that underlies the gap is missing."),
    fix=N_("Choose knowledge, competence or performance."),
)
def need_type_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """The need is one of knowledge, competence and performance."""
    if not activity.need.types:
        yield Hit("need.types")


@rule(
    "designed_to_change_missing",
    Severity.BLOCK,
    source=_CHANGE,
    message=N_("What the activity is designed to change is missing."),
    fix=N_("Choose competence, performance or patient outcomes; knowledge alone is none of them."),
)
def designed_to_change_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Competence, performance or patient outcomes."""
    if not activity.need.designed_to_change:
        yield Hit("need.designed_to_change")


@rule(
    "planning_incomplete",
    Severity.WARN,
    source=_CHANGE,
    message=N_("A field that the accreditor will ask for is empty."),
    fix=N_("Fill in target audience, rationale of the format and at least one competency."),
)
def planning_incomplete(activity: Activity, today: date) -> Iterator[Hit]:
    """What the review of accreditation asks for, though learners can begin without it."""
    if not activity.audience.description and not activity.audience.professions:
        yield Hit("audience")
    if not activity.need.format_rationale:
        yield Hit("need.format_rationale")
    if not activity.need.competencies:
        yield Hit("need.competencies")


@rule(
    "objectives_missing",
    Severity.BLOCK,
    source=_CORE,
    message=N_("The activity has no learning objectives."),
    fix=N_("Write at least one: what learners will be able to do."),
)
def objectives_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Objectives are told to learners before they start."""
    if not activity.objectives:
        yield Hit("objectives")


@rule(
    "objective_empty",
    Severity.BLOCK,
    source=_CORE,
    message=N_("A learning objective has no text."),
    fix=N_("Write it, or remove it."),
)
def objective_empty(activity: Activity, today: date) -> Iterator[Hit]:
    """An objective is what it says."""
    for index, one in enumerate(activity.objectives):
        if not one.text:
            yield Hit(place("objectives", one.id, index))


RULES = (
    gap_missing,
    need_type_missing,
    designed_to_change_missing,
    planning_incomplete,
    objectives_missing,
    objective_empty,
)
