"""What changed: every pair, every objective and the whole, from arrays of marks. PURE.

Matched learners alone, first attempts alone; the unmatched are counted and shown beside them (promise 2). Versions of
an item are never mixed: what most learners answered is the main result, earlier versions stand apart. Nothing is
suppressed here: that is decided for what is shown, in `suppression.py`. Source: spec 5.3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cme_xblock.activity.model import Item
from cme_xblock.outcomes import pairs, sureness
from cme_xblock.outcomes.cohort import Cohort, Group
from cme_xblock.outcomes.marks import MISSING, RIGHT
from cme_xblock.outcomes.pairs import Pair, Version, scored
from cme_xblock.outcomes.stats import change, items, paired, proportion
from cme_xblock.outcomes.stats.change import Change
from cme_xblock.outcomes.stats.paired import Comparison, Summary
from cme_xblock.outcomes.stats.result import Estimate, Test
from cme_xblock.outcomes.sureness import Sureness
from cme_xblock.participation.evaluation import PRACTICE

_RIGHT, _MISSING = ord(RIGHT), ord(MISSING)
Right = NDArray[np.bool_]
PROFESSION = "profession"


@dataclass(frozen=True)
class PairResult:
    """One pair in one version. `p_adjusted` is Holm's, over the pairs of the main versions; None for earlier ones."""

    version: Version
    before: Item
    after: Item
    change: Change
    test: Test
    p_adjusted: float | None
    odds_ratio: Estimate
    d: Estimate
    right_before: Estimate
    right_after: Estimate


@dataclass(frozen=True)
class ScoreResult:
    """The scores over several pairs, in percent of them. `pairs` says how many; fewer than 4 carry no effect size.

    `counts`: how many people had how many right, from none to all: before, after, and from all fewer to all more.
    """

    pairs: int
    comparison: Comparison
    counts: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class ItemResult:
    """One assessment item in one version at its first attempt, of all who handed it in, matched or not."""

    item: Item
    difficulty: Estimate
    discrimination: Estimate


@dataclass(frozen=True)
class Analysis:
    """Everything that the numbers say. `objectives` by id; `groups` of the main versions' scores by fact and code.

    The facts are "profession" and those of `evaluation.PRACTICE`; the empty code is of those who did not say.

    `matched` have both; `before_only` and `after_only` are percent scores over all scored items of their edition, and
    `matched_before` is the same of the matched, to show who stayed away.
    """

    matched: int
    main: tuple[PairResult, ...]
    earlier: tuple[PairResult, ...]
    score: ScoreResult | None
    objectives: Mapping[str, ScoreResult]
    groups: Mapping[tuple[str, str], ScoreResult]
    items: tuple[ItemResult, ...]
    reliability: Estimate
    before_only: Summary
    after_only: Summary
    matched_before: Summary
    sureness: Sureness | None = None


def analyse(cohort: Cohort) -> Analysis:
    """The analysis of a cohort. Time and memory grow linearly with learners times items."""
    both = [one for one in cohort.groups if one.before_edition is not None and one.after_edition is not None]
    sets = _by_versions(both)
    largest = max(sets.values(), key=lambda one: one.n, default=None)
    main, earlier = _pair_results(sets.values(), largest)
    return Analysis(
        matched=sum(one.n for one in both),
        main=main,
        earlier=earlier,
        score=largest.score(range(len(largest.pairs))) if largest and largest.pairs else None,
        objectives=_objectives(largest),
        groups=_groups(largest, cohort),
        **_assessment(cohort.groups),
        before_only=_percent(one.before for one in cohort.groups if one.after_edition is None),
        after_only=_percent(one.after for one in cohort.groups if one.before_edition is None),
        matched_before=_percent(one.before for one in both),
        sureness=sureness.of(both, [one.version for one in largest.pairs]) if largest else None,
    )


@dataclass
class _Set:
    """Matched learners who answered the same versions of all pairs. Arrays of shape (learners, pairs)."""

    pairs: tuple[Pair, ...]
    before: Right
    after: Right
    both: Right
    professions: NDArray[np.int16]
    practices: NDArray[np.int32]

    @property
    def n(self) -> int:
        return int(self.professions.size)

    def score(self, places: Iterable[int], rows: NDArray[np.bool_] | None = None) -> ScoreResult:
        """The score over some of the pairs, of some of the learners."""
        chosen = list(places)
        which = slice(None) if rows is None else rows
        before, after = (one[which][:, chosen].sum(axis=1) for one in (self.before, self.after))
        most = len(chosen)
        numbers = (np.bincount(before, minlength=most + 1), np.bincount(after, minlength=most + 1),
                   np.bincount(after - before + most, minlength=2 * most + 1))  # fmt: skip
        counts = tuple(tuple(one.tolist()) for one in numbers)
        return ScoreResult(most, paired.compare(before, after, items=most), counts)


def _by_versions(groups: Sequence[Group]) -> dict[tuple[Version, ...], _Set]:
    """Editions that differ elsewhere and have the same questions are one set."""
    parts: dict[tuple[Version, ...], list[_Set]] = defaultdict(list)
    for group in groups:
        found = pairs.between(group.before_edition, group.after_edition)  # type: ignore[arg-type]
        first = group.before[:, [one.before_place for one in found]]
        second = group.after[:, [one.after_place for one in found]]
        parts[tuple(one.version for one in found)].append(
            _Set(
                found,
                first == _RIGHT,
                second == _RIGHT,
                (first != _MISSING) & (second != _MISSING),
                group.professions,
                group.practices if group.practices is not None else np.zeros(group.n, dtype=np.int32),
            )
        )
    return {versions: _joined(several) for versions, several in parts.items()}


def _joined(several: Sequence[_Set]) -> _Set:
    if len(several) == 1:
        return several[0]
    return _Set(
        several[-1].pairs,
        np.concatenate([one.before for one in several]),
        np.concatenate([one.after for one in several]),
        np.concatenate([one.both for one in several]),
        np.concatenate([one.professions for one in several]),
        np.concatenate([one.practices for one in several]),
    )


def _pair_results(sets: Iterable[_Set], largest: _Set | None) -> tuple[tuple[PairResult, ...], tuple[PairResult, ...]]:
    """The results of each version: first those of the largest set, adjusted together; then the earlier ones."""
    counted: dict[Version, Change] = {}
    shown: dict[Version, Pair] = {}
    for one in sets:
        for pair, found in zip(one.pairs, change.changes(one.before, one.after, both=one.both), strict=True):
            counted[pair.version] = _sum(counted.get(pair.version), found)
            shown[pair.version] = pair
    current = [one.version for one in largest.pairs] if largest else []
    adjusted = change.holm([change.mcnemar(counted[one]).p for one in current])
    main = tuple(_result(shown[one], counted[one], p) for one, p in zip(current, adjusted, strict=True))
    rest = [one for one in counted if one not in set(current)]
    return main, tuple(_result(shown[one], counted[one], None) for one in rest)


def _result(pair: Pair, found: Change, adjusted: float | None) -> PairResult:
    odds = change.odds_ratio(found)
    return PairResult(
        pair.version,
        pair.before,
        pair.after,
        found,
        change.mcnemar(found),
        adjusted,
        odds,
        change.odds_ratio_d(odds),
        proportion.wilson(found.right_before, found.n),
        proportion.wilson(found.right_after, found.n),
    )


def _sum(one: Change | None, other: Change) -> Change:
    if one is None:
        return other
    return Change(
        one.improved + other.improved,
        one.reinforced + other.reinforced,
        one.unresolved + other.unresolved,
        one.declined + other.declined,
    )


def _objectives(largest: _Set | None) -> dict[str, ScoreResult]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, pair in enumerate(largest.pairs if largest else ()):
        if pair.after.objective:
            places[pair.after.objective].append(place)
    return {objective: largest.score(some) for objective, some in places.items()} if largest else {}


def _groups(largest: _Set | None, cohort: Cohort) -> dict[tuple[str, str], ScoreResult]:
    """By profession as claimed, and by what was said of the practice."""
    if largest is None or not largest.pairs:
        return {}
    everything = range(len(largest.pairs))
    found = {
        (PROFESSION, cohort.professions[code]): largest.score(everything, largest.professions == code)
        for code in np.unique(largest.professions)
    }
    if len(cohort.practices) < 2:
        return found
    for place, fact in enumerate(PRACTICE):
        said = np.array([one[place] for one in cohort.practices])[largest.practices]
        found |= {(fact, str(code)): largest.score(everything, said == code) for code in np.unique(said)}
    return found


def _assessment(groups: Sequence[Group]) -> dict[str, object]:
    """Difficulty, discrimination and reliability of the assessment that most learners took."""
    taken: dict[tuple[str, ...], list[Group]] = defaultdict(list)
    for group in groups:
        if group.after_edition is not None:
            versions = tuple(pairs.item_version(one) for one in scored(group.after_edition.assessment.items))
            taken[versions].append(group)
    most = max(taken.values(), key=lambda some: sum(one.n for one in some), default=[])
    if not most or most[0].after_edition is None:
        return {"items": (), "reliability": items.kr_20(np.zeros((0, 0)))}
    right = np.concatenate([one.after == _RIGHT for one in most])
    asked = scored(most[-1].after_edition.assessment.items)  # type: ignore[union-attr]
    found = zip(asked, items.difficulty(right), items.discrimination(right), strict=True)
    return {"items": tuple(ItemResult(*one) for one in found), "reliability": items.kr_20(right)}


def _percent(marks: Iterable[NDArray[np.uint8]]) -> Summary:
    """Percent scores over all items, of learners with different editions together."""
    scores = [(one == _RIGHT).mean(axis=1) * 100 for one in marks if one.size]
    return paired.summary(np.concatenate(scores) if scores else [])
