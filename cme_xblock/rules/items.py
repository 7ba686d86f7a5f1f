"""Rules on questions: keys, pairs, levels, and that every name that is pointed to exists. Source: spec 5.1, 5.3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from cme_xblock.activity.codes import ItemKind, Level
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity, Item
from cme_xblock.rules.finding import Hit, Severity, Source, place, rule

_OURS = Source("How this software asks and scores", "D")
_LEVELS = Source(
    "Outcomes: each item has a level, objective or subjective (spec 5.1)",
    "S",
    "https://pmc.ncbi.nlm.nih.gov/articles/PMC5256232/table/VETREC2016103862TB3",
)
_PAIRS = Source("Outcomes pair items by pair_id, not by position (spec 5.3, rule 1)", "D")


def _items(activity: Activity) -> Iterator[tuple[str, Item]]:
    for part, items in (("baseline", activity.baseline.items), ("assessment", activity.assessment.items)):
        for index, one in enumerate(items):
            yield place(f"{part}.items", one.id, index), one


@rule(
    "content_ungated",
    Severity.WARN,
    source=_OURS,
    message=N_("The activity names no content, so the assessment opens right after the baseline."),
    fix=N_("Put the content into content blocks, and name them in the activity."),
)
def content_ungated(activity: Activity, today: date) -> Iterator[Hit]:
    """Content that is not named is not gated."""
    if not activity.content.sections:
        yield Hit("content.sections")


@rule(
    "id_missing",
    Severity.BLOCK,
    source=_OURS,
    message=N_("Something that answers or reports point to has no id."),
    fix=N_("Give it a short one that is used only once."),
)
def id_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Answers and reports point by id."""
    yield from (Hit(where) for where, name in _named(activity) if not name)


@rule(
    "id_repeated",
    Severity.BLOCK,
    source=_OURS,
    message=N_('The id "{id}" is used more than once.'),
    fix=N_("Give each its own."),
)
def id_repeated(activity: Activity, today: date) -> Iterator[Hit]:
    """One id, one thing; baseline and assessment items share one set of names."""
    seen: set[tuple[str, str]] = set()
    for where, name in _named(activity):
        among = where.rsplit("[", 1)[0]
        key = ("items" if among in ("baseline.items", "assessment.items") else among, name)
        if name and key in seen:
            yield Hit(where, {"id": name})
        seen.add(key)


def _named(activity: Activity) -> Iterator[tuple[str, str]]:
    """Every place that has an id, with the id."""
    lists: tuple[tuple[str, Iterable[str]], ...] = (
        ("objectives", [one.id for one in activity.objectives]),
        ("people", [one.id for one in activity.people]),
        ("references", [one.id for one in activity.references]),
        ("content.sections", activity.content.sections),
        ("sessions", [one.id for one in activity.sessions]),
        ("baseline.items", [one.id for one in activity.baseline.items]),
        ("assessment.items", [one.id for one in activity.assessment.items]),
    )
    for where, names in lists:
        yield from ((f"{where}[{index}]", name) for index, name in enumerate(names))
    for where, item in _items(activity):
        yield from ((f"{where}.options[{index}]", one.id) for index, one in enumerate(item.options))


@rule(
    "item_empty",
    Severity.BLOCK,
    source=_OURS,
    message=N_("A question or an option has no text."),
    fix=N_("Write it, or remove it."),
)
def item_empty(activity: Activity, today: date) -> Iterator[Hit]:
    """A question asks something, an option says something."""
    for where, one in _items(activity):
        if not one.stem:
            yield Hit(f"{where}.stem")
        yield from (Hit(f"{where}.options[{index}]") for index, option in enumerate(one.options) if not option.text)


@rule(
    "item_options",
    Severity.BLOCK,
    source=_OURS,
    message=N_("A question has fewer than two options."),
    fix=N_("Give it at least two."),
)
def item_options(activity: Activity, today: date) -> Iterator[Hit]:
    """A choice has two options or more."""
    yield from (Hit(f"{where}.options") for where, one in _items(activity) if len(one.options) < 2)


@rule(
    "item_key",
    Severity.BLOCK,
    source=_OURS,
    message=N_("The correct options do not fit the kind of question."),
    fix=N_("Single best answer and true/false have exactly one, multiple response one or more, confidence none."),
)
def item_key(activity: Activity, today: date) -> Iterator[Hit]:
    """The key fits the kind."""
    for where, one in _items(activity):
        keys = sum(option.correct for option in one.options)
        if one.kind is ItemKind.CONFIDENCE:
            fits = keys == 0
        else:
            fits = keys >= 1 if one.kind is ItemKind.MULTIPLE else keys == 1
        if not fits:
            yield Hit(f"{where}.options")


@rule(
    "objective_unknown",
    Severity.BLOCK,
    source=_OURS,
    message=N_('A question points to the objective "{id}", which does not exist.'),
    fix=N_("Choose one of the activity's objectives."),
)
def objective_unknown(activity: Activity, today: date) -> Iterator[Hit]:
    """What is pointed to exists."""
    known = {one.id for one in activity.objectives}
    for where, one in _items(activity):
        if one.objective and one.objective not in known:
            yield Hit(f"{where}.objective", {"id": one.objective})


@rule(
    "reference_unknown",
    Severity.BLOCK,
    source=_OURS,
    message=N_('A question cites "{id}", which is not among the references.'),
    fix=N_("Add the reference, or cite another."),
)
def reference_unknown(activity: Activity, today: date) -> Iterator[Hit]:
    """What is cited exists."""
    known = {one.id for one in activity.references}
    for where, one in _items(activity):
        yield from (Hit(f"{where}.references", {"id": name}) for name in one.references if name not in known)


@rule(
    "pair_broken",
    Severity.BLOCK,
    source=_PAIRS,
    message=N_('The pair "{id}" is not one baseline item and one assessment item of the same kind.'),
    fix=N_("Give both twins, and only them, this pair_id."),
)
def pair_broken(activity: Activity, today: date) -> Iterator[Hit]:
    """A pair has exactly two members, one on each side, of one kind."""
    before, after = (_kinds_by_pair(items) for items in (activity.baseline.items, activity.assessment.items))
    for name in dict.fromkeys((*before, *after)):
        if len(before.get(name, ())) != 1 or before.get(name) != after.get(name):
            yield Hit("assessment.items", {"id": name})


def _kinds_by_pair(items: Iterable[Item]) -> dict[str, list[ItemKind]]:
    found: dict[str, list[ItemKind]] = {}
    for one in items:
        if one.pair_id:
            found.setdefault(one.pair_id, []).append(one.kind)
    return found


@rule(
    "baseline_unpaired",
    Severity.WARN,
    source=_PAIRS,
    message=N_("A baseline question has no twin in the assessment, so it shows no change."),
    fix=N_("Give it and its twin the same pair_id."),
)
def baseline_unpaired(activity: Activity, today: date) -> Iterator[Hit]:
    """Change is shown by pairs only."""
    for index, one in enumerate(activity.baseline.items):
        if not one.pair_id:
            yield Hit(place("baseline.items", one.id, index))


@rule(
    "item_level",
    Severity.WARN,
    source=_LEVELS,
    message=N_("The level of this question does not fit: confidence is a self-report, and nothing else is."),
    fix=N_("Choose self-report for questions on confidence, and what the question shows for all others."),
)
def item_level(activity: Activity, today: date) -> Iterator[Hit]:
    """Subjective and objective sources are labelled, so that no report takes one for the other."""
    for where, one in _items(activity):
        if (one.kind is ItemKind.CONFIDENCE) != (one.level is Level.SELF_REPORT):
            yield Hit(f"{where}.level")


@rule(
    "attempts_negative",
    Severity.BLOCK,
    source=_OURS,
    message=N_("The number of attempts is below zero."),
    fix=N_("Write how many attempts there are, or 0 for no limit."),
)
def attempts_negative(activity: Activity, today: date) -> Iterator[Hit]:
    """Attempts are counted from 1, and 0 means no limit."""
    if activity.assessment.max_attempts < 0:
        yield Hit("assessment.max_attempts")


RULES = (
    content_ungated,
    id_missing,
    id_repeated,
    item_empty,
    item_options,
    item_key,
    objective_unknown,
    reference_unknown,
    pair_broken,
    baseline_unpaired,
    item_level,
    attempts_negative,
)
