"""What the questions are worth: difficulty, discrimination and the reliability of the whole.

Arrays of shape (learners, items), true where the answer was right; a missing answer is a wrong one here, because the
score counted it so (spec 5.3, rule 4).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cme_xblock.outcomes.stats import proportion
from cme_xblock.outcomes.stats.result import NO_PAIRS, NO_SPREAD, TOO_FEW, Estimate


def difficulty(right: ArrayLike) -> tuple[Estimate, ...]:
    """The share who answered each item rightly."""
    matrix = _matrix(right)
    return tuple(proportion.wilson(count, matrix.shape[0], method="difficulty") for count in _counts(matrix))


def discrimination(right: ArrayLike) -> tuple[Estimate, ...]:
    """The correlation of each item with the score on the others; None where either does not vary.

    The item itself is left out of the score: with few items it would correlate with itself. All sums are of whole
    numbers, so that nothing is lost by rounding before the last step.
    """
    matrix = _matrix(right)
    n = matrix.shape[0]
    if n < 2:
        return (Estimate(None, n, "discrimination", note=TOO_FEW if n else NO_PAIRS),) * int(matrix.shape[1])
    scores = matrix.sum(axis=1, dtype=np.int64)
    total, squares = int(scores.sum()), int((scores * scores).sum())
    found = []
    for place, count in enumerate(_counts(matrix)):
        with_score = int(scores[matrix[:, place]].sum())
        rest, rest_squares, product = total - count, squares - 2 * with_score + count, with_score - count
        spread = (n * count - count * count) * (n * rest_squares - rest * rest)
        if spread <= 0:
            found.append(Estimate(None, n, "discrimination", note=NO_SPREAD))
        else:
            found.append(Estimate((n * product - count * rest) / math.sqrt(spread), n, "discrimination"))
    return tuple(found)


def kr_20(right: ArrayLike) -> Estimate:
    """The reliability of the sum of right answers; None below two items or without any variance."""
    matrix = _matrix(right)
    n, k = matrix.shape
    if n < 2 or k < 2:
        return Estimate(None, n, "kr_20", note=TOO_FEW if n else NO_PAIRS)
    scores = matrix.sum(axis=1, dtype=np.int64)
    # n squared times the variance, in whole numbers.
    variance = n * int((scores * scores).sum()) - int(scores.sum()) ** 2
    if variance == 0:
        return Estimate(None, n, "kr_20", note=NO_SPREAD)
    wrong = sum(count * (n - count) for count in _counts(matrix))
    return Estimate(k / (k - 1) * (1 - wrong / variance), n, "kr_20")


def _matrix(right: ArrayLike) -> NDArray[np.bool_]:
    return np.asarray(right, dtype=bool)


def _counts(matrix: NDArray[np.bool_]) -> list[int]:
    """How many were right, item by item."""
    return [int(np.count_nonzero(one)) for one in np.ascontiguousarray(matrix.T)]
