"""Scores before and after: means, tests, effect sizes with their names, and normalised change.

Learners' scores come in as counts of right answers, because ranks need ties to be exact and percentages of a third are
not; what is said of them is in percent, 0 to 100. Source: spec 5.3, rules 7 to 9.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from cme_xblock.outcomes.stats.result import (
    CEILING,
    CONFIDENCE,
    NO_CHANGE,
    NO_PAIRS,
    NO_SPREAD,
    TOO_FEW,
    Estimate,
    Test,
    finite,
)

# Up to so many differences Wilcoxon's test goes through all patterns of signs.
EXACT_UP_TO = 20
# d of internet enduring material. Source: spec 5.3, rule 8, which names the Journal of European CME.
BENCHMARK = (0.48, 0.75)

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Weighted:
    """Values in rising order and how often each occurs: scores are few numbers, however many learners have them."""

    values: Scores
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, values: ArrayLike) -> Weighted:
        """The values of a list, counted."""
        found, counts = np.unique(np.asarray(values, dtype=np.float64).reshape(-1), return_counts=True)
        return cls(found, counts.astype(np.int64))

    @property
    def n(self) -> int:
        """How many there are."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """Their mean; there must be one."""
        return float((self.values * self.counts).sum()) / self.n

    @property
    def sd(self) -> float | None:
        """The standard deviation with n - 1; None below two. Values that are all equal have exactly 0."""
        if self.n < 2:
            return None
        if self.values.size == 1:
            return 0.0
        squares = float(((self.values - self.mean) ** 2 * self.counts).sum())
        return math.sqrt(squares / (self.n - 1))

    @property
    def median(self) -> float:
        """Their median; there must be one."""
        middle = np.searchsorted(np.cumsum(self.counts), [(self.n - 1) // 2, self.n // 2], side="right")
        return float(self.values[middle].sum()) / 2


@dataclass(frozen=True)
class Summary:
    """One list of scores: how many, mean, standard deviation (n - 1; None below two), median (None for none)."""

    n: int
    mean: float | None
    sd: float | None
    median: float | None


@dataclass(frozen=True)
class Comparison:
    """Everything that is said of paired scores. `zeros`: pairs without a difference, which Wilcoxon's test drops."""

    n: int
    before: Summary
    after: Summary
    difference: Estimate
    t: Test
    wilcoxon: Test
    zeros: int
    d_z: Estimate
    g_z: Estimate
    d_av: Estimate
    g_av: Estimate
    class_gain: Estimate
    normalised_change: Estimate


def compare(before: ArrayLike, after: ArrayLike, *, items: int) -> Comparison:
    """Compare the scores of the same learners, in the same order: right answers of `items` each time.

    Raises ValueError where the lengths differ, for less than one item, and for more right answers than items.
    """
    first, second = (np.asarray(one, dtype=np.int64).reshape(-1) for one in (before, after))
    if first.shape != second.shape or items < 1:
        message = f"Scores must be as many before ({first.size}) as after ({second.size}), of 1 item up."
        raise ValueError(message)
    both = np.concatenate([first, second])
    if both.size and not 0 <= int(np.min(both)) <= int(np.max(both)) <= items:
        message = f"Nobody can be right less than 0 times or more than {items} times."
        raise ValueError(message)
    # How many learners went from each score to each: from here on the number of learners costs nothing.
    table = np.bincount(first * (items + 1) + second, minlength=(items + 1) ** 2).reshape(items + 1, items + 1)
    scale = 100 / items
    moves = _present(np.arange(-items, items + 1), np.array([table.trace(move) for move in range(-items, items + 1)]))
    return _compared(table, scale, moves)


def _compared(table: NDArray[np.int64], scale: float, moves: Weighted) -> Comparison:
    grid: Scores = np.asarray(np.arange(table.shape[0]) * scale, dtype=np.float64)
    before, after = _present(grid, table.sum(axis=1)), _present(grid, table.sum(axis=0))
    difference = Weighted(moves.values * scale, moves.counts)
    average = None if before.sd is None or after.sd is None else (before.sd + after.sd) / 2
    d_z, d_av = _d("d_z", difference, difference.sd), _d("d_av", difference, average)
    return Comparison(
        n=difference.n,
        before=_summary(before),
        after=_summary(after),
        difference=_mean_difference(difference),
        t=_t_test(difference),
        wilcoxon=_wilcoxon(moves),
        zeros=int(moves.counts[moves.values == 0].sum()),
        d_z=d_z,
        g_z=_hedges("g_z", d_z),
        d_av=d_av,
        g_av=_hedges("g_av", d_av),
        class_gain=_class_gain(before, after),
        normalised_change=_normalised_change(table, grid),
    )


def summary(scores: ArrayLike) -> Summary:
    """Mean, standard deviation and median of one list of scores."""
    return _summary(Weighted.of(scores))


def t_test(difference: ArrayLike) -> Test:
    """The paired t-test of the differences against 0."""
    return _t_test(Weighted.of(difference))


def wilcoxon(difference: ArrayLike) -> Test:
    """Wilcoxon's signed-rank test of whole-number differences; `n` counts those that are not 0. Memory: linear."""
    return _wilcoxon(Weighted.of(difference))


def _summary(scores: Weighted) -> Summary:
    if not scores.n:
        return Summary(0, None, None, None)
    return Summary(scores.n, scores.mean, scores.sd, scores.median)


def _mean_difference(difference: Weighted) -> Estimate:
    """The mean of the differences with Student's interval."""
    n, sd = difference.n, difference.sd
    if not n:
        return Estimate(None, 0, "mean_difference", note=NO_PAIRS)
    if sd is None:
        return Estimate(difference.mean, n, "mean_difference", note=TOO_FEW)
    half = _t_quantile(n - 1) * sd / math.sqrt(n)
    return Estimate(difference.mean, n, "mean_difference", low=difference.mean - half, high=difference.mean + half)


def _t_test(difference: Weighted) -> Test:
    n, sd = difference.n, difference.sd
    if sd is None or sd == 0:
        note = (TOO_FEW if n else NO_PAIRS) if sd is None else NO_SPREAD
        return Test(None, None, n, "paired_t", note=note)
    statistic = difference.mean / (sd / math.sqrt(n))
    return Test(statistic, float(2 * stats.t.sf(abs(statistic), n - 1)), n, "paired_t", df=float(n - 1))


def _wilcoxon(moves: Weighted) -> Test:
    if not moves.n:
        return Test(None, None, 0, "wilcoxon_exact", note=NO_PAIRS)
    sizes, groups = np.unique(np.abs(moves.values[moves.values != 0]), return_inverse=True)
    if not sizes.size:
        return Test(None, 1.0, 0, "wilcoxon_exact", note=NO_CHANGE)
    counts = moves.counts[moves.values != 0]
    up = moves.values[moves.values != 0] > 0
    ties = np.bincount(groups, weights=counts)
    # Each size of change has the mean of the ranks that its learners would take.
    ranks = np.cumsum(ties) - (ties - 1) / 2
    n = int(ties.sum())
    plus = float((ranks[groups] * counts)[up].sum())
    smaller = min(plus, n * (n + 1) / 2 - plus)
    if n <= EXACT_UP_TO:
        every = np.repeat(ranks, ties.astype(np.int64))
        return Test(smaller, _exact_p(every, smaller), n, "wilcoxon_exact")
    return Test(smaller, _normal_p(n, ties.astype(np.float64), smaller), n, "wilcoxon_normal")


def _class_gain(before: Weighted, after: Weighted) -> Estimate:
    """The class-average normalised gain of percent scores; None where the mean before is 100."""
    if not before.n:
        return Estimate(None, 0, "class_gain", note=NO_PAIRS)
    room = 100 - before.mean
    if room <= 0:
        return Estimate(None, before.n, "class_gain", note=CEILING)
    return Estimate((after.mean - before.mean) / room, before.n, "class_gain")


def _normalised_change(table: NDArray[np.int64], grid: Scores) -> Estimate:
    """The mean normalised change of percent scores; `n` counts those for whom it is defined."""
    before, after = np.meshgrid(grid, grid, indexing="ij")
    last = len(grid) - 1
    counts = table.copy()
    counts[0, 0] = counts[last, last] = 0
    n = int(counts.sum())
    if not n:
        return Estimate(None, 0, "normalised_change", note=CEILING if table.any() else NO_PAIRS)
    room = np.where(after > before, 100 - before, np.where(after < before, before, 1))
    change = np.divide(after - before, room, out=np.zeros_like(before), where=counts > 0)
    return Estimate(float((change * counts).sum()) / n, n, "normalised_change")


def _present(values: ArrayLike, counts: NDArray[np.int64]) -> Weighted:
    """The values that occur."""
    return Weighted(np.asarray(values, dtype=np.float64)[counts > 0], counts[counts > 0])


def _d(method: str, difference: Weighted, spread: float | None) -> Estimate:
    n = difference.n
    if spread is None:
        return Estimate(None, n, method, note=TOO_FEW if n else NO_PAIRS)
    if spread == 0:
        return Estimate(None, n, method, note=NO_SPREAD)
    return Estimate(finite(difference.mean / spread), n, method)


def _hedges(method: str, d: Estimate) -> Estimate:
    """The small-sample corrected effect size with its interval. Source: spec 5.3, rule 8 (J = 1 - 3 / (4 df - 1))."""
    if d.value is None:
        return Estimate(None, d.n, method, note=d.note)
    g = d.value * (1 - 3 / (4 * (d.n - 1) - 1))
    half = _t_quantile(d.n - 1) * math.sqrt(1 / d.n + g**2 / (2 * d.n))
    return Estimate(g, d.n, method, low=g - half, high=g + half)


def _exact_p(ranks: Scores, smaller: float) -> float:
    """The share of all sign patterns whose smaller rank sum is at most the observed one.

    Mean ranks are halves at worst, so that doubled they are whole and can be counted: ways[s] is in how many patterns
    the positive ranks add up to s / 2.
    """
    doubled = np.rint(ranks * 2).astype(np.int64)
    ways = np.zeros(int(doubled.sum()) + 1)
    ways[0] = 1
    for rank in doubled:
        ways[rank:] = ways[rank:] + ways[: ways.size - rank]
    tail = float(ways[: round(smaller * 2) + 1].sum())
    return min(2 * tail / 2.0**ranks.size, 1.0)


def _normal_p(n: int, ties: Scores, smaller: float) -> float:
    variance = (n * (n + 1) * (2 * n + 1) - ((ties**3 - ties).sum() / 2)) / 24
    return float(2 * stats.norm.sf(abs(smaller - n * (n + 1) / 4) / math.sqrt(variance)))


def _t_quantile(df: int) -> float:
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, df))
