"""Rules on the evaluation: that there is one, that it asks what change there will be, and what some credit needs of it.

And which credit waits for it, which `participation/` asks too. Source: spec R-1.13, R-2.3, R-3.9, R-3.18, R-4.2, R-6.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from cme_xblock.activity.codes import EvaluationMode, Purpose
from cme_xblock.activity.evaluation import EvaluationItem
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.activity.remembered import remembered
from cme_xblock.rules import disclosing, library
from cme_xblock.rules.finding import Hit, Severity, Source, place, rule
from cme_xblock.rules.offered import of_family, offerings, weight

_CHANGE = Source(
    'ACCME: "will you change, yes or no" is not data on change (spec R-1.13)',
    "S",
    "http://accme-us.org/education-and-support/video/faq/how-should-i-approach-evaluating-effectiveness-cme-activity",
)
_CORE = Source(
    "AMA PRA: core requirements of every activity (spec R-2.3)",
    "S-old",
    "http://www.ama-assn.org/ama/pub/category/16354.html",
)
_IPCE = Source(
    "Joint Accreditation: the evaluation seeks change of the team or for patients (spec R-3.9)",
    "S",
    "https://jointaccreditation.org/accreditation-process/requirements/ipce-planning-standards/",
)
_FEEDBACK = Source(
    "EACCME, EBAC: credit only after the feedback form (spec R-3.18, R-3.19)",
    "S",
    "https://eadv.org/scientific/cme/cme-cpd-guidance",
)
_MOC = Source(
    "ACCME: evaluation for MOC is tied to the learner (spec R-4.2)",
    "S",
    "https://www.accme.org/faq/what-kinds-evaluations-can-i-use",
)
_BIAS = Source(
    "Providers' practice: the core set of an evaluation (spec R-6.2)", "B", "https://aoeconsulting.com/?p=212"
)
_SEPARATION = Source(
    "ACCME Standard 5: no marketing in materials of the education, evaluations among them (spec R-1.10)",
    "S",
    "https://www.accme.org/accreditation-rules/standard-5-manage-ancillary-activities-offered-conjunction-accredited",
)
_LEVELS = Source("Outcomes: what each question can show (spec 5.1)", "D")
_OURS = Source("How this software asks", "D")

# A century: a later day is no day.
LONGEST_RETENTION = 36_525
# Purposes whose answers say something of a change to come; everything else is satisfaction.
_OF_CHANGE = frozenset({Purpose.CHANGE, Purpose.CONFIDENCE, Purpose.BARRIERS})


@remembered
def before_credit(activity: Activity) -> bool:
    """Whether no credit at all is given before the evaluation: by the author's choice, or as every credit needs it.

    Where only some of the credit needs it, the claim of that credit waits (`participation/locks.py`). Source: R-6.2.
    """
    if not activity.evaluation.items:
        return False
    asked = [system.needs_evaluation for _, _, system in offerings(activity) if not system.fallback_for]
    return activity.evaluation.required_for_credit or (bool(asked) and all(asked))


def _items(activity: Activity) -> Iterator[tuple[str, EvaluationItem]]:
    for index, one in enumerate(activity.evaluation.items):
        yield place("evaluation.items", one.id, index), one


def _of(activity: Activity, purpose: Purpose) -> list[tuple[str, EvaluationItem]]:
    return [(where, one) for where, one in _items(activity) if library.purpose(one) is purpose]


@rule(
    "evaluation_missing",
    Severity.WARN,
    source=_CORE,
    message=N_("Learners are not asked to evaluate the activity."),
    fix=N_("Compose an evaluation from the library; a handful of items is enough."),
)
def evaluation_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Every activity for AMA credit is evaluated."""
    if not activity.evaluation.items and any(one.system == "ama_pra_1" for one in activity.offerings):
        yield Hit("evaluation.items")


@rule(
    "change_boolean",
    Severity.WARN,
    source=_CHANGE,
    message=N_("The evaluation asks whether learners will change, and never what they will do differently."),
    fix=N_("Add the library's item on change, which asks it in the learner's own words for each objective."),
)
def change_boolean(activity: Activity, today: date) -> Iterator[Hit]:
    """Change is not asked with yes or no."""
    found = _of(activity, Purpose.CHANGE)
    if found and all(library.kind(one) in library.CHOSEN and len(library.choices(one)) <= 2 for _, one in found):
        yield Hit(found[0][0])


@rule(
    "change_not_asked",
    Severity.AUDIT,
    source=_CHANGE,
    message=N_("The evaluation does not ask what learners will do differently."),
    fix=N_("Add the library's item on change."),
)
def change_not_asked(activity: Activity, today: date) -> Iterator[Hit]:
    """An evaluation asks what will change."""
    if activity.evaluation.items and not _of(activity, Purpose.CHANGE):
        yield Hit("evaluation.items")


@rule(
    "team_not_evaluated",
    Severity.BLOCK,
    source=_IPCE,
    message=N_("IPCE credit needs an evaluation item on the team or on patients, and there is none."),
    fix=N_("Add the library's item on the team or on patients, or tag one of your own."),
)
def team_not_evaluated(activity: Activity, today: date) -> Iterator[Hit]:
    """An interprofessional activity asks for change of the team's work, or for patients."""
    if any(of_family(activity, "ipce")) and not any(library.about(one) for _, one in _items(activity)):
        yield Hit("evaluation.items")


@rule(
    "feedback_missing",
    Severity.BLOCK,
    source=_FEEDBACK,
    message=N_("{system} is given only after an evaluation, and the activity has none."),
    fix=N_("Compose one, or do not offer this credit."),
)
def feedback_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Some credit is given only after feedback."""
    for where, _, system in offerings(activity):
        if system.needs_evaluation and not activity.evaluation.items:
            yield Hit(where, {"system": system.short_name}, weight(system, "needs_evaluation"))


@rule(
    "evaluation_for_moc",
    Severity.WARN,
    source=_MOC,
    message=N_(
        "MOC needs an evaluation that is tied to the learner: here it is anonymous, and there is no assessment."
    ),
    fix=N_("Add an assessment, or keep the evaluation with the learner's name."),
)
def evaluation_for_moc(activity: Activity, today: date) -> Iterator[Hit]:
    """For MOC the individual learner's change is measured."""
    anonymous = activity.evaluation.mode is EvaluationMode.ANONYMOUS
    if any(one.moc for one in activity.offerings) and anonymous and not activity.assessment.items:
        yield Hit("evaluation.mode")


@rule(
    "bias_not_asked",
    Severity.AUDIT,
    source=_BIAS,
    message=N_("Learners are not asked whether they perceived commercial bias."),
    fix=N_("Add the library's item on bias."),
)
def bias_not_asked(activity: Activity, today: date) -> Iterator[Hit]:
    """Bias is told, so it is asked for."""
    if activity.evaluation.items and not _of(activity, Purpose.BIAS):
        yield Hit("evaluation.items")


@rule(
    "bias_without_comment",
    Severity.WARN,
    source=_BIAS,
    message=N_("Whoever perceives bias is not asked what it was, so nobody can act on it."),
    fix=N_("Mark the answer that reports bias: who chooses it must say more. Or take the library's item."),
)
def bias_without_comment(activity: Activity, today: date) -> Iterator[Hit]:
    """A report of bias comes with a sentence."""
    for where, one in _of(activity, Purpose.BIAS):
        if library.kind(one) in library.CHOSEN and not any(each.comment for each in library.choices(one)):
            yield Hit(where)


@rule(
    "evaluation_promotes",
    Severity.WARN,
    source=_SEPARATION,
    message=N_("A text of the evaluation has a trade mark, markup or a link in it."),
    fix=N_("Take it out: evaluations carry no marketing."),
)
def evaluation_promotes(activity: Activity, today: date) -> Iterator[Hit]:
    """Evaluations have no marketing in them."""
    for where, one in _items(activity):
        if any(disclosing.promotes(text) for text in (one.stem, *(each.text for each in one.options))):
            yield Hit(where)


@rule(
    "follow_up_of_nothing",
    Severity.WARN,
    source=_OURS,
    message=N_("Commitments are to come back to learners, and no item asks for any."),
    fix=N_("Add the library's item on change, or choose no days."),
)
def follow_up_of_nothing(activity: Activity, today: date) -> Iterator[Hit]:
    """What is to come back was asked for."""
    if activity.evaluation.follow_up and not any(library.commits(one) for one in activity.evaluation.items):
        yield Hit("evaluation.follow_up")


@rule(
    "retention_of_nothing",
    Severity.WARN,
    source=_OURS,
    message=N_("Questions are to come again after {days} days, and none can: it takes questions with a twin."),
    fix=N_("Give a question of the baseline and one of the assessment the same pair name; or take the days out."),
)
def retention_of_nothing(activity: Activity, today: date) -> Iterator[Hit]:
    """What is to come again is there, on a day that comes."""
    days = activity.retention.days
    paired = {one.pair_id for one in activity.baseline.items if one.scored and one.pair_id}
    there = any(one.scored and one.pair_id in paired for one in activity.assessment.items)
    if days and not (there and 0 < days <= LONGEST_RETENTION):
        yield Hit("retention.days", {"days": str(days)})


@rule(
    "evaluation_level",
    Severity.WARN,
    source=_LEVELS,
    message=N_("The level of this item does not fit: opinions of the activity are level 2, what is to change is more."),
    fix=N_("Choose level 2 for what is about the activity, and 4 or above for change, confidence and barriers."),
)
def evaluation_level(activity: Activity, today: date) -> Iterator[Hit]:
    """Satisfaction is not taken for change, nor change for satisfaction."""
    for where, one in _items(activity):
        satisfied = one.level.value == "2"
        if not one.library and one.purpose is not Purpose.OTHER and satisfied is (one.purpose in _OF_CHANGE):
            yield Hit(f"{where}.level")


@rule(
    "evaluation_item_unknown",
    Severity.BLOCK,
    source=_OURS,
    message=N_('The library has no item "{code}".'),
    fix=N_("Choose one that it has, or write an item of your own."),
)
def evaluation_item_unknown(activity: Activity, today: date) -> Iterator[Hit]:
    """What is taken from the library is there."""
    for where, one in _items(activity):
        if one.library and library.known(one) is None:
            yield Hit(f"{where}.library", {"code": one.library})


@rule(
    "evaluation_item_empty",
    Severity.BLOCK,
    source=_OURS,
    message=N_("An item of the evaluation asks nothing, or has too few answers to choose from."),
    fix=N_("Write the question, and at least two answers, each with words; or remove the item."),
)
def evaluation_item_empty(activity: Activity, today: date) -> Iterator[Hit]:
    """A question asks something, and can be answered."""
    for where, one in _items(activity):
        if not one.library and (not one.stem or _unanswerable(one)):
            yield Hit(where)


def _unanswerable(item: EvaluationItem) -> bool:
    choices = library.choices(item)
    return item.kind in library.CHOSEN and (len(choices) < 2 or not all(one.text for one in choices))


@rule(
    "evaluation_ids",
    Severity.BLOCK,
    source=_OURS,
    message=N_('The id "{id}" can\'t be used in the evaluation: it is missing, there twice, or has a # in it.'),
    fix=N_("Give each item, and each answer of an item, a short id of its own."),
)
def evaluation_ids(activity: Activity, today: date) -> Iterator[Hit]:
    """Answers point by id, also for each objective and speaker."""
    names = [one.id for one in activity.evaluation.items]
    yield from (Hit(f"evaluation.items[{index}]", {"id": name}) for index, name in _unfit(names))
    for where, one in _items(activity):
        options = [each.id for each in one.options]
        yield from (Hit(f"{where}.options[{index}]", {"id": name}) for index, name in _unfit(options))


def _unfit(names: Iterable[str]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if not name or name in seen or "#" in name:
            yield index, name
        seen.add(name)


@rule(
    "evaluation_objective",
    Severity.BLOCK,
    source=_OURS,
    message=N_('An item of the evaluation points to the objective "{id}", which does not exist.'),
    fix=N_("Choose one of the activity's objectives."),
)
def evaluation_objective(activity: Activity, today: date) -> Iterator[Hit]:
    """What is pointed to exists."""
    known = {one.id for one in activity.objectives}
    for where, one in _items(activity):
        if one.objective and one.objective not in known:
            yield Hit(f"{where}.objective", {"id": one.objective})


RULES = (
    evaluation_missing,
    change_boolean,
    change_not_asked,
    team_not_evaluated,
    feedback_missing,
    evaluation_for_moc,
    bias_not_asked,
    bias_without_comment,
    evaluation_promotes,
    follow_up_of_nothing,
    retention_of_nothing,
    evaluation_level,
    evaluation_item_unknown,
    evaluation_item_empty,
    evaluation_ids,
    evaluation_objective,
)
