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

    Raises ValueError where the lengths differ, and for less than one item.
    """
    right_before, right_after = _scores(before), _scores(after)
    if right_before.shape != right_after.shape or items < 1:
        message = f"Scores must be as many before ({right_before.size}) as after ({right_after.size}), of 1 item up."
        raise ValueError(message)
    first, second = right_before * 100 / items, right_after * 100 / items
    difference = (right_after - right_before) * 100 / items
    spread = _spreads(first, second, difference)
    d_z, d_av = _d("d_z", difference, spread.difference), _d("d_av", difference, spread.average)
    return Comparison(
        n=first.size,
        before=summary(first),
        after=summary(second),
        difference=mean_difference(difference),
        t=t_test(difference),
        wilcoxon=wilcoxon(right_after - right_before),
        zeros=int(np.count_nonzero(difference == 0)),
        d_z=d_z,
        g_z=_hedges("g_z", d_z),
        d_av=d_av,
        g_av=_hedges("g_av", d_av),
        class_gain=class_gain(first, second),
        normalised_change=normalised_change(first, second),
    )


def summary(scores: ArrayLike) -> Summary:
    """Mean, standard deviation and median of one list of scores."""
    values = _scores(scores)
    if not values.size:
        return Summary(0, None, None, None)
    return Summary(values.size, float(values.mean()), _sd(values), float(np.median(values)))


def mean_difference(difference: ArrayLike) -> Estimate:
    """The mean of the differences with Student's interval."""
    values = _scores(difference)
    n, sd = values.size, _sd(values)
    if not n:
        return Estimate(None, 0, "mean_difference", note=NO_PAIRS)
    mean = float(values.mean())
    if sd is None:
        return Estimate(mean, n, "mean_difference", note=TOO_FEW)
    half = _t_quantile(n - 1) * sd / math.sqrt(n)
    return Estimate(mean, n, "mean_difference", low=mean - half, high=mean + half)


def t_test(difference: ArrayLike) -> Test:
    """The paired t-test of the differences against 0."""
    values = _scores(difference)
    n, sd = values.size, _sd(values)
    if sd is None or sd == 0:
        note = (TOO_FEW if n else NO_PAIRS) if sd is None else NO_SPREAD
        return Test(None, None, n, "paired_t", note=note)
    statistic = float(values.mean()) / (sd / math.sqrt(n))
    return Test(statistic, float(2 * stats.t.sf(abs(statistic), n - 1)), n, "paired_t", df=float(n - 1))


def wilcoxon(difference: ArrayLike) -> Test:
    """Wilcoxon's signed-rank test of whole-number differences; `n` counts those that are not 0. Memory: linear."""
    values = _scores(difference)
    moved = values[values != 0]
    if not values.size:
        return Test(None, None, 0, "wilcoxon_exact", note=NO_PAIRS)
    if not moved.size:
        return Test(None, 1.0, 0, "wilcoxon_exact", note=NO_CHANGE)
    ranks = stats.rankdata(np.abs(moved))
    plus = float(ranks[moved > 0].sum())
    smaller = min(plus, float(ranks.sum()) - plus)
    if moved.size <= EXACT_UP_TO:
        return Test(smaller, _exact_p(ranks, smaller), moved.size, "wilcoxon_exact")
    return Test(smaller, _normal_p(ranks, smaller), moved.size, "wilcoxon_normal")


def class_gain(before: ArrayLike, after: ArrayLike) -> Estimate:
    """The class-average normalised gain of percent scores; None where the mean before is 100."""
    first, second = _scores(before), _scores(after)
    if not first.size:
        return Estimate(None, 0, "class_gain", note=NO_PAIRS)
    room = 100 - float(first.mean())
    if room <= 0:
        return Estimate(None, first.size, "class_gain", note=CEILING)
    return Estimate(float(second.mean() - first.mean()) / room, first.size, "class_gain")


def normalised_change(before: ArrayLike, after: ArrayLike) -> Estimate:
    """The mean normalised change of percent scores; `n` counts those for whom it is defined."""
    first, second = _scores(before), _scores(after)
    defined = (first != second) | ((first > 0) & (first < 100))
    first, second = first[defined], second[defined]
    if not first.size:
        return Estimate(None, 0, "normalised_change", note=CEILING if defined.size else NO_PAIRS)
    difference = second - first
    room = np.where(difference > 0, 100 - first, np.where(difference < 0, first, 1))
    return Estimate(float((difference / room).mean()), first.size, "normalised_change")


@dataclass(frozen=True)
class _Spreads:
    difference: float | None
    average: float | None


def _spreads(before: Scores, after: Scores, difference: Scores) -> _Spreads:
    one, other = _sd(before), _sd(after)
    return _Spreads(_sd(difference), None if one is None or other is None else (one + other) / 2)


def _d(method: str, difference: Scores, spread: float | None) -> Estimate:
    n = difference.size
    if spread is None:
        return Estimate(None, n, method, note=TOO_FEW if n else NO_PAIRS)
    if spread == 0:
        return Estimate(None, n, method, note=NO_SPREAD)
    return Estimate(finite(float(difference.mean()) / spread), n, method)


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
    return min(2 * tail / 2.0 ** ranks.size, 1.0)


def _normal_p(ranks: Scores, smaller: float) -> float:
    n = ranks.size
    ties = np.unique(ranks, return_counts=True)[1].astype(np.float64)
    variance = (n * (n + 1) * (2 * n + 1) - ((ties**3 - ties).sum() / 2)) / 24
    return float(2 * stats.norm.sf(abs(smaller - n * (n + 1) / 4) / math.sqrt(variance)))


def _sd(values: Scores) -> float | None:
    """The standard deviation with n - 1; None below two. Values that are all equal have exactly 0."""
    if values.size < 2:
        return None
    return 0.0 if values.min() == values.max() else float(values.std(ddof=1))


def _t_quantile(df: int) -> float:
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, df))


def _scores(values: ArrayLike) -> Scores:
    return np.asarray(values, dtype=np.float64).reshape(-1)
