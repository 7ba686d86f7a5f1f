"""How sure learners were of their answers, before and after: shift, and the wrong that they were sure of. PURE.

Of the matched learners who said it both times, with an answer to the question each time. Levels are ordinal: they are
counted and ranked, never averaged. Sure is who chose one of the two highest. Source: spec 5.3, rule 12.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.model import Activity, Item
from cme_xblock.outcomes import pairs
from cme_xblock.outcomes.cohort import Group
from cme_xblock.outcomes.marks import MISSING, RIGHT
from cme_xblock.outcomes.pairs import Version
from cme_xblock.outcomes.stats import paired
from cme_xblock.outcomes.stats.result import Test
from cme_xblock.participation import confidence

_RIGHT, _MISSING, _ZERO = ord(RIGHT), ord(MISSING), ord("0")
Levels = NDArray[np.int16]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Said:
    """One question: how sure before and after (levels from 1), whether right; arrays of the learners who said both.

    `right_before` and `right_after` are None for an item that only asks how sure. `top`: the lower of the two highest
    levels of its scale. `name`: of such an item, its pair and both versions.
    """

    item: Item
    before: Levels
    after: Levels
    right_before: Bools | None
    right_after: Bools | None
    top: int
    name: str = ""

    @property
    def n(self) -> int:
        """How many learners."""
        return int(self.before.size)

    @property
    def test(self) -> Test:
        """Wilcoxon's test of the shift."""
        return paired.wilcoxon((self.after - self.before).astype(np.int64))


@dataclass(frozen=True)
class Sureness:
    """All that was said of it: `pairs` by their place among the analysis' main pairs; `items` ask for nothing else."""

    pairs: Mapping[int, Said]
    items: tuple[Said, ...]


def of(groups: Sequence[Group], main: Sequence[Version]) -> Sureness | None:
    """What matched learners of the main wording said, or None where nobody was asked both times.

    `main`: the versions of the main pairs, in their order.
    """
    chosen = [
        one
        for one in groups
        if one.before_edition is not None and one.after_edition is not None and one.before_sure is not None
    ]
    parts: dict[int, list[Said]] = {}
    alone: dict[str, list[Said]] = {}
    for group in chosen:
        found = pairs.between(group.before_edition, group.after_edition)  # type: ignore[arg-type]
        if tuple(one.version for one in found) != tuple(main):
            continue
        for place, pair in enumerate(found):
            parts.setdefault(place, []).append(_pair(group, pair))
        for before, after in _unscored(group.before_edition, group.after_edition):  # type: ignore[arg-type]
            one = _alone(group, before, after)
            alone.setdefault(one.name, []).append(one)
    joined = {place: _joined(some) for place, some in parts.items()}
    items = tuple(_joined(some) for some in alone.values())
    known = {place: one for place, one in joined.items() if one.n}
    return Sureness(known, tuple(one for one in items if one.n)) if known or any(one.n for one in items) else None


def learners(group: Group, pair_id: str) -> tuple[Levels, Levels, int] | None:
    """How sure each learner of a group was of that pair, 0 where nothing was said; and from which level on is sure."""
    if group.before_edition is None or group.after_edition is None or group.before_sure is None:
        return None
    for pair in pairs.between(group.before_edition, group.after_edition):
        if pair.version.pair_id == pair_id:
            before = _column(group.before_sure, group.before_edition.baseline.items, pair.before)
            return before, _column(group.after_sure, group.after_edition.assessment.items, pair.after), _top(pair.after)
    return None


def _pair(group: Group, pair: pairs.Pair) -> Said:
    first, second, top = learners(group, pair.version.pair_id) or (_none(), _none(), 0)
    marks_before, marks_after = group.before[:, pair.before_place], group.after[:, pair.after_place]
    there = (first > 0) & (second > 0) & (marks_before != _MISSING) & (marks_after != _MISSING)
    return Said(
        pair.after,
        first[there],
        second[there],
        marks_before[there] == _RIGHT,
        marks_after[there] == _RIGHT,
        top,
    )


def _alone(group: Group, before: Item, after: Item) -> Said:
    first = _column(group.before_sure, group.before_edition.baseline.items, before)  # type: ignore[union-attr]
    second = _column(group.after_sure, group.after_edition.assessment.items, after)  # type: ignore[union-attr]
    there = (first > 0) & (second > 0)
    name = " ".join((after.pair_id, pairs.item_version(before), pairs.item_version(after)))
    return Said(after, first[there], second[there], None, None, _top(after), name)


def _unscored(before: Activity, after: Activity) -> list[tuple[Item, Item]]:
    """Items that only ask how sure, with their twins of the same scale."""
    first = {one.pair_id: one for one in before.baseline.items if one.kind is ItemKind.CONFIDENCE and one.pair_id}
    return [
        (first[one.pair_id], one)
        for one in after.assessment.items
        if one.kind is ItemKind.CONFIDENCE
        and one.pair_id in first
        and [each.text for each in first[one.pair_id].options] == [each.text for each in one.options]
    ]


def _top(item: Item) -> int:
    return len(confidence.scale() if item.scored else item.options) - 1


def _column(sure: NDArray[np.uint8] | None, items: Sequence[Item], item: Item) -> Levels:
    """The levels of one item, 0 where nothing was said."""
    if sure is None:
        return _none()
    place = next(at for at, one in enumerate(items) if one is item or one.id == item.id)
    found = sure[:, place].astype(np.int16)
    return np.where(found == _MISSING, 0, found - _ZERO).astype(np.int16)


def _none() -> Levels:
    return np.zeros(0, dtype=np.int16)


def _joined(some: Sequence[Said]) -> Said:
    last = some[-1]
    if last.right_before is None:
        rights: tuple[Bools | None, Bools | None] = (None, None)
    else:
        rights = (
            np.concatenate([one.right_before for one in some if one.right_before is not None]),
            np.concatenate([one.right_after for one in some if one.right_after is not None]),
        )
    before, after = np.concatenate([one.before for one in some]), np.concatenate([one.after for one in some])
    return Said(last.item, before, after, *rights, last.top, last.name)
