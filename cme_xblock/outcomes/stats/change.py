"""One item before and after: who improved, who declined, and whether that could be chance.

Source: spec 5.3, rules 6, 10 and 11.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from cme_xblock.outcomes.stats.result import CONFIDENCE, NO_CHANGE, NO_PAIRS, Estimate, Test

# Below it the exact test, from it on the corrected chi-square.
EXACT_BELOW = 25
# ln(OR) / 1.81 puts an odds ratio on the scale of d. Source: spec 5.3, rule 6.
_LN_OR_PER_D = 1.81


@dataclass(frozen=True)
class Change:
    """Learners by their answers before and after: wrong to right, right twice, wrong twice, right to wrong."""

    improved: int
    reinforced: int
    unresolved: int
    declined: int

    @property
    def n(self) -> int:
        """How many answered both times."""
        return self.improved + self.reinforced + self.unresolved + self.declined

    @property
    def discordant(self) -> int:
        """How many changed: what McNemar's test rests on."""
        return self.improved + self.declined

    @property
    def right_before(self) -> int:
        """How many were right before."""
        return self.reinforced + self.declined

    @property
    def right_after(self) -> int:
        """How many were right after."""
        return self.improved + self.reinforced


def changes(before: ArrayLike, after: ArrayLike, *, both: ArrayLike | None = None) -> tuple[Change, ...]:
    """The change of each item. Arrays of shape (learners, items), true where the answer was right.

    `both`: true where the learner answered that item both times; None says always. A missing answer is left out of its
    pair, not counted as wrong (spec 5.3, rule 4). Raises ValueError where the shapes differ.
    """
    first, second = _matrix(before), _matrix(after)
    there = None if both is None else _matrix(both)
    if first.shape != second.shape or (there is not None and there.shape != first.shape):
        message = f"Before, after and both must have one shape, not {first.shape}, {second.shape}."
        raise ValueError(message)
    found = []
    # Item by item, each in one piece of memory: counting bits in rows is many times quicker than down columns.
    columns = [np.ascontiguousarray(one.T) for one in (first, second)]
    answered = None if there is None else np.ascontiguousarray(there.T)
    for place in range(first.shape[1]):
        x, y = columns[0][place], columns[1][place]
        n = first.shape[0]
        if answered is not None:
            x, y, n = x & answered[place], y & answered[place], int(np.count_nonzero(answered[place]))
        before_right, after_right = int(np.count_nonzero(x)), int(np.count_nonzero(y))
        reinforced = int(np.count_nonzero(x & y))
        improved, declined = after_right - reinforced, before_right - reinforced
        found.append(Change(improved, reinforced, n - reinforced - improved - declined, declined))
    return tuple(found)


def mcnemar(change: Change) -> Test:
    """McNemar's test: exact where fewer than 25 changed, else chi-square with continuity correction."""
    b, c, n = change.improved, change.declined, change.discordant
    if n == 0:
        return Test(None, 1.0, 0, "mcnemar_exact", note=NO_CHANGE if change.n else NO_PAIRS)
    if n < EXACT_BELOW:
        return Test(float(min(b, c)), float(stats.binomtest(b, n, 0.5).pvalue), n, "mcnemar_exact")
    statistic = max(abs(b - c) - 1, 0) ** 2 / n
    return Test(statistic, float(stats.chi2.sf(statistic, 1)), n, "mcnemar_corrected", df=1.0)


def odds_ratio(change: Change) -> Estimate:
    """The odds ratio of the pairs with its interval; None where nobody changed. 0.5 is added to both where one is 0."""
    b, c = float(change.improved), float(change.declined)
    n = change.discordant
    if n == 0:
        return Estimate(None, 0, "odds_ratio_paired", note=NO_CHANGE if change.n else NO_PAIRS)
    adjusted = b == 0 or c == 0
    if adjusted:
        b, c = b + 0.5, c + 0.5
    half = float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * math.sqrt(1 / b + 1 / c)
    log = math.log(b / c)
    method = "odds_ratio_adjusted" if adjusted else "odds_ratio_paired"
    return Estimate(b / c, n, method, low=math.exp(log - half), high=math.exp(log + half))


def odds_ratio_d(ratio: Estimate) -> Estimate:
    """The odds ratio on the scale of d, with its interval."""
    value, low, high = (
        None if one is None else math.log(one) / _LN_OR_PER_D for one in (ratio.value, ratio.low, ratio.high)
    )
    return Estimate(value, ratio.n, "odds_ratio_d", low=low, high=high, note=ratio.note)


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Holm's adjusted p-values, in the order given; None stays None and does not count among the tests."""
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, place) in enumerate(known):
        largest = max(largest, min(p * (len(known) - rank), 1.0))
        adjusted[place] = largest
    return tuple(adjusted)


def _matrix(values: ArrayLike) -> NDArray[np.bool_]:
    array = np.asarray(values, dtype=bool)
    return array.reshape(-1, 1) if array.ndim == 1 else array
