"""What the questions are worth: difficulty, discrimination and the reliability of the whole.

Arrays of shape (learners, items), true where the answer was right; a missing answer is a wrong one here, because the
score counted it so (spec 5.3, rule 4).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cme_xblock.outcomes.stats import proportion
from cme_xblock.outcomes.stats.result import NO_PAIRS, NO_SPREAD, TOO_FEW, Estimate


def difficulty(right: ArrayLike) -> tuple[Estimate, ...]:
    """The share who answered each item rightly."""
    matrix = np.asarray(right, dtype=bool)
    return tuple(
        proportion.wilson(int(count), matrix.shape[0], method="difficulty") for count in matrix.sum(axis=0)
    )


def discrimination(right: ArrayLike) -> tuple[Estimate, ...]:
    """The correlation of each item with the score on the others; None where either does not vary.

    The item itself is left out of the score: with few items it would correlate with itself.
    """
    matrix = np.asarray(right, dtype=bool)
    n = matrix.shape[0]
    if n < 2:
        return (Estimate(None, n, "discrimination", note=TOO_FEW if n else NO_PAIRS),) * matrix.shape[1]
    scores = matrix.sum(axis=1, dtype=np.int64)
    found = []
    for place in range(matrix.shape[1]):
        item = matrix[:, place].astype(np.float64)
        rest = scores - matrix[:, place]
        if item.min() == item.max() or rest.min() == rest.max():
            found.append(Estimate(None, n, "discrimination", note=NO_SPREAD))
        else:
            found.append(Estimate(float(np.corrcoef(item, rest)[0, 1]), n, "discrimination"))
    return tuple(found)


def kr_20(right: ArrayLike) -> Estimate:
    """The reliability of the sum of right answers; None below two items or without any variance."""
    matrix = np.asarray(right, dtype=bool)
    n, k = matrix.shape
    if n < 2 or k < 2:
        return Estimate(None, n, "kr_20", note=TOO_FEW if n else NO_PAIRS)
    scores = matrix.sum(axis=1, dtype=np.int64)
    variance = float(scores.var())
    if variance == 0:
        return Estimate(None, n, "kr_20", note=NO_SPREAD)
    share = matrix.mean(axis=0)
    return Estimate(k / (k - 1) * (1 - float((share * (1 - share)).sum()) / variance), n, "kr_20")
