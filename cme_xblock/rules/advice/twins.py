"""Baseline and assessment as two columns: which questions are twins, and what keeps a pair from showing change.

Pairs are made by `pair_id` alone, never by position or text. Source: spec 5.3, rule 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity, Item
from cme_xblock.rules.advice.lint import OUTCOMES, Advice, Lint, lint
from cme_xblock.rules.advice.reading import Test, plain, read, same
from cme_xblock.rules.finding import Hit, place


@dataclass(frozen=True)
class PairRow:
    """One line of the two columns: twins, or a question without one. `notes` is the advice on this line as a pair."""

    baseline: Item | None
    assessment: Item | None
    pair_id: str
    notes: tuple[Advice, ...]


@dataclass(frozen=True)
class PairTable:
    """The two columns: in the assessment's order, then what only the baseline has."""

    rows: tuple[PairRow, ...]


@dataclass(frozen=True)
class _Line:
    """A row before its notes: the indices of the two questions, None for an empty cell."""

    before: int | None
    after: int | None


def pairs(activity: Activity) -> PairTable:
    """The questions of an activity side by side. A pair_id used more than once makes no pair beyond the first."""
    test = read(activity)
    # Notes by the question's place, which ids may share: the first of two with one id gets the notes of both.
    notes: dict[str, list[Advice]] = {}
    for one in LINTS:
        for advice in one.advice(test):
            notes.setdefault(advice.where, []).append(advice)
    rows = []
    for line in _lines(activity):
        before, after = _items(activity, line)
        said = notes.pop(_where(activity, line), [])
        rows.append(PairRow(before, after, (after or before or Item()).pair_id, tuple(said)))
    return PairTable(tuple(rows))


def _lines(activity: Activity) -> Iterator[_Line]:
    before, after = activity.baseline.items, activity.assessment.items
    first: dict[str, int] = {}
    for index, one in enumerate(before):
        first.setdefault(one.pair_id, index)
    first.pop("", None)
    taken: set[int] = set()
    for index, one in enumerate(after):
        twin = first.pop(one.pair_id, None)
        if twin is not None:
            taken.add(twin)
        yield _Line(twin, index)
    yield from (_Line(index, None) for index in range(len(before)) if index not in taken)


def _items(activity: Activity, line: _Line) -> tuple[Item | None, Item | None]:
    before = None if line.before is None else activity.baseline.items[line.before]
    after = None if line.after is None else activity.assessment.items[line.after]
    return before, after


def _where(activity: Activity, line: _Line) -> str:
    if line.after is not None:
        return place("assessment.items", activity.assessment.items[line.after].id, line.after)
    if line.before is not None:
        return place("baseline.items", activity.baseline.items[line.before].id, line.before)
    return ""


def _twins(test: Test) -> Iterator[tuple[str, Item, Item]]:
    for line in _lines(test.activity):
        before, after = _items(test.activity, line)
        if before is not None and after is not None:
            yield _where(test.activity, line), before, after


@lint(
    "pair_missing",
    message=N_("This question has no twin on the other side. Give it and its twin the same pair id, if it has one."),
    reason=N_("Change is counted within pairs: a question asked only once shows a state, and no change."),
    source=OUTCOMES,
)
def pair_missing(test: Test) -> Iterator[Hit]:
    """Where both sides have questions, each has a twin."""
    if test.activity.baseline.items and test.activity.assessment.items:
        for line in _lines(test.activity):
            if line.before is None or line.after is None:
                yield Hit(_where(test.activity, line))


@lint(
    "pair_objective",
    message=N_('The twins point to different objectives ("{before}" and "{after}"). Choose the same for both.'),
    reason=N_("A difference between two objectives is no change in either."),
    source=OUTCOMES,
)
def pair_objective(test: Test) -> Iterator[Hit]:
    """Twins measure one objective."""
    for where, before, after in _twins(test):
        if before.objective != after.objective:
            yield Hit(where, {"before": before.objective, "after": after.objective})


@lint(
    "pair_kind",
    message=N_("The twins are answered in different ways ({before} and {after}). Make them of the same kind."),
    reason=N_("Guessing alone succeeds more often in one kind than in the other, and would look like learning."),
    source=OUTCOMES,
)
def pair_kind(test: Test) -> Iterator[Hit]:
    """Twins are of one kind."""
    for where, before, after in _twins(test):
        if before.kind is not after.kind:
            yield Hit(where, {"before": before.kind.value, "after": after.kind.value})


@lint(
    "pair_level",
    message=N_("The twins are set to different levels ({before} and {after}). Choose the same for both."),
    reason=N_("Recalling a fact and deciding a case are reported as different outcomes."),
    source=OUTCOMES,
)
def pair_level(test: Test) -> Iterator[Hit]:
    """Twins are on one level."""
    for where, before, after in _twins(test):
        if before.level is not after.level:
            yield Hit(where, {"before": before.level.value, "after": after.level.value})


@lint(
    "pair_identical",
    message=N_("The twins have the same words. Keep it so on purpose, or write a parallel case for one of them."),
    reason=N_("Who meets the same words again may remember the question instead of having learned the matter."),
    source=OUTCOMES,
)
def pair_identical(test: Test) -> Iterator[Hit]:
    """Scored twins are parallel, not the same. A question on confidence is better asked in the same words."""
    for where, before, after in _twins(test):
        if after.scored and _text(before) == _text(after):
            yield Hit(where)


def _text(item: Item) -> tuple[str, Sequence[str]]:
    return same(plain(item.stem)), sorted(same(plain(one.text)) for one in item.options)


LINTS: tuple[Lint, ...] = (pair_missing, pair_objective, pair_kind, pair_level, pair_identical)
