"""Rules on why an activity exists and what it is to change. Source: ACCME criteria; spec R-1.7, R-1.11, R-2.3, R-4.7.

What the specification calls "ready for accreditation review" blocks: credit is designated in advance or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cme_xblock.activity.codes import Change, Level, Standard3Exception
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules import library, professions
from cme_xblock.rules.finding import Hit, Severity, Source, place, rule

_CHANGE = Source("ACCME: designed to change (spec R-1.11)", "S", "https://accme.org/rule/analyzes-change")
_CORE = Source(
    "AMA PRA core requirements: purpose and objectives communicated (spec R-2.3)",
    "S",
    "http://www.ama-assn.org/ama/pub/category/16354.html",
)
_VALID = Source(
    "ACCME Standard 1: ensure content is valid (spec R-1.7)", "B", "https://accme.org/rule/ensure-content-is-valid"
)
_CALIFORNIA = Source(
    "California Business and Professions Code 2190.1 (spec R-4.7)",
    "S",
    "https://leginfo.legislature.ca.gov/faces/codes_displaySection.xhtml?lawCode=BPC&sectionNum=2190.1",
)
_OURS = Source("How this software names professions", "D")


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
    "audience_missing",
    Severity.BLOCK,
    source=_CHANGE,
    message=N_("The target audience is missing."),
    fix=N_("Describe for whom the activity is, or choose the professions."),
)
def audience_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """An activity is planned for somebody."""
    if not activity.audience.description and not activity.audience.professions:
        yield Hit("audience")


@rule(
    "format_rationale_missing",
    Severity.BLOCK,
    source=_CHANGE,
    message=N_("It is not said why the format suits the activity."),
    fix=N_("Write in a sentence why this format fits setting, objectives and desired results."),
)
def format_rationale_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """The format is appropriate, with a reason."""
    if not activity.need.format_rationale:
        yield Hit("need.format_rationale")


@rule(
    "competency_missing",
    Severity.BLOCK,
    source=_CHANGE,
    message=N_("No desirable attribute or competency is named."),
    fix=N_("Name at least one of ABMS/ACGME, the National Academy of Medicine or IPEC."),
)
def competency_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """The activity addresses a desirable physician attribute or competency."""
    if not activity.need.competencies:
        yield Hit("need.competencies")


@rule(
    "profession_unknown",
    Severity.BLOCK,
    source=_OURS,
    message=N_('There is no profession "{code}".'),
    fix=N_("Use a code of the list of professions, such as md, rn or pharmd."),
)
def profession_unknown(activity: Activity, today: date) -> Iterator[Hit]:
    """A profession that is named exists."""
    known = professions.load()
    for index, code in enumerate(activity.audience.professions):
        if code not in known:
            yield Hit(f"audience.professions[{index}]", {"code": code})
    for index, one in enumerate(activity.people):
        if one.profession and one.profession not in known:
            yield Hit(f"{place('people', one.id, index)}.profession", {"code": one.profession})


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


@rule(
    "change_unmeasured",
    Severity.AUDIT,
    source=_CHANGE,
    message=N_("Nothing in the activity can show a change of {change}."),
    fix=N_("Add what can: case questions for competence, a follow-up for performance, data for patient outcomes."),
)
def change_unmeasured(activity: Activity, today: date) -> Iterator[Hit]:
    """Whatever the activity is designed to change can be measured by one of its instruments (spec 5.1)."""
    able = set()
    if any(one.level in (Level.COMPETENCE, Level.SELF_REPORT) for one in activity.assessment.items):
        able.add(Change.COMPETENCE)
    # What learners say weeks later of what they meant to change is of performance, if subjective.
    if activity.evaluation.follow_up and any(library.commits(one) for one in activity.evaluation.items):
        able.add(Change.PERFORMANCE)
    for index, change in enumerate(activity.need.designed_to_change):
        if change not in able:
            yield Hit(f"need.designed_to_change[{index}]", {"change": change.value.replace("_", " ")})


@rule(
    "content_not_validated",
    Severity.AUDIT,
    source=_VALID,
    message=N_("It is not recorded who validated the content, and when."),
    fix=N_("Give the name and the date: the accreditor asks for it."),
)
def content_not_validated(activity: Activity, today: date) -> Iterator[Hit]:
    """Content is valid by the ACCME's Standard 1, and someone attests it."""
    if not activity.content_validated_by or activity.content_validated_on is None:
        yield Hit("content_validated_on")


@rule(
    "culture_missing",
    Severity.WARN,
    source=_CALIFORNIA,
    message=N_("Cultural and linguistic competency and implicit bias are not addressed; California asks for both."),
    fix=N_("Write how the activity addresses them, or that it has no bearing on the care of patients."),
)
def culture_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """A provider in California addresses both in whatever bears on the care of patients."""
    clinical = activity.standard3_exception is not Standard3Exception.NON_CLINICAL
    if activity.provider.state.upper() == "CA" and clinical and not activity.need.cultural_competency:
        yield Hit("need.cultural_competency")


RULES = (
    gap_missing,
    need_type_missing,
    designed_to_change_missing,
    audience_missing,
    format_rationale_missing,
    competency_missing,
    profession_unknown,
    objectives_missing,
    objective_empty,
    change_unmeasured,
    content_not_validated,
    culture_missing,
)
