"""Scores before and after: means, tests, effect sizes with their names, and normalised change.

Learners' scores come in as counts of right answers, because ranks need ties to be exact and percentages of a third are
not; what is said of them is in percent, 0 to 100. Source: spec 5.3, rules 7 to 9.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from cme_xblock.outcomes.stats.result import (
    CEILING,
    CONFIDENCE,
    NO_CHANGE,
    NO_PAIRS,
    NO_ROOM,
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
    """Values in rising order and how often each occurs: scores are few numbers, however many learners have them.

    `total`: their sum, where it is known better than by adding up fractions of points, whose errors have a sign.
    """

    values: Scores
    counts: NDArray[np.int64]
    total: float | None = None

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
        total = float((self.values * self.counts).sum()) if self.total is None else self.total
        return total / self.n

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
    moves = _present(np.arange(-items, items + 1), np.array([table.trace(move) for move in range(-items, items + 1)]))
    return _compared(table, moves)


def _compared(table: NDArray[np.int64], moves: Weighted) -> Comparison:
    items = table.shape[0] - 1
    right = np.arange(items + 1)
    before, after = (_percent(_present(right, table.sum(axis=axis)), items) for axis in (1, 0))
    difference = _percent(moves, items)
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
        g_z=_hedges("g_z", d_z, lambda g: 1 / d_z.n + g**2 / (2 * d_z.n)),
        d_av=d_av,
        g_av=_hedges("g_av", d_av, lambda g: _variance(g, before, after, difference)),
        class_gain=_class_gain(before, after),
        normalised_change=_normalised_change(table, right * 100 / items),
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
    if sd == 0:
        return Estimate(difference.mean, n, "mean_difference", note=NO_SPREAD)
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
        note = NO_PAIRS if not table.any() else NO_ROOM if table[0, 0] else CEILING
        return Estimate(None, 0, "normalised_change", note=note)
    room = np.where(after > before, 100 - before, np.where(after < before, before, 1))
    change = np.divide(after - before, room, out=np.zeros_like(before), where=counts > 0)
    return Estimate(float((change * counts).sum()) / n, n, "normalised_change")


def _present(values: ArrayLike, counts: NDArray[np.int64]) -> Weighted:
    """The values that occur."""
    return Weighted(np.asarray(values, dtype=np.float64)[counts > 0], counts[counts > 0])


def _percent(right: Weighted, items: int) -> Weighted:
    """Right answers, or differences of them, in percent of the items."""
    total = int((right.values * right.counts).sum()) * 100 / items
    return Weighted(right.values * 100 / items, right.counts, total)


def _d(method: str, difference: Weighted, spread: float | None) -> Estimate:
    n = difference.n
    if spread is None:
        return Estimate(None, n, method, note=TOO_FEW if n else NO_PAIRS)
    if spread == 0:
        return Estimate(None, n, method, note=NO_SPREAD)
    return Estimate(finite(difference.mean / spread), n, method)


def _hedges(method: str, d: Estimate, variance: Callable[[float], float | None]) -> Estimate:
    """The small-sample corrected effect size with its interval. Source: spec 5.3, rule 8 (J = 1 - 3 / (4 df - 1)).

    `variance` of the effect size that is given it; None where there is no interval.
    """
    if d.value is None:
        return Estimate(None, d.n, method, note=d.note)
    g = d.value * (1 - 3 / (4 * (d.n - 1) - 1))
    squared = variance(g)
    if squared is None:
        return Estimate(g, d.n, method)
    half = _t_quantile(d.n - 1) * math.sqrt(squared)
    return Estimate(g, d.n, method, low=g - half, high=g + half)


def _variance(g: float, before: Weighted, after: Weighted, difference: Weighted) -> float | None:
    """The variance of d_av, which knows how scores before and after go together; None where one has no spread.

    Source: Bonett 2008, Psychological Methods 13:99-109, for two standardised means of the same people.
    """
    one, two, apart = before.sd, after.sd, difference.sd
    if not one or not two or apart is None:
        return None
    r = (one**2 + two**2 - apart**2) / (2 * one * two)
    n = difference.n
    return g**2 * (1 + r**2) / (4 * (n - 1)) + apart**2 / (((one + two) / 2) ** 2 * n)


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
