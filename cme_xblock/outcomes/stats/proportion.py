"""Proportions with Wilson's interval. Source: spec 5.3, rule 12."""

from __future__ import annotations

import math

from scipy import stats

from cme_xblock.outcomes.stats.result import CONFIDENCE, NO_PAIRS, Estimate


def wilson(count: int, n: int, *, method: str = "wilson") -> Estimate:
    """The share `count` / `n`, 0 to 1, with Wilson's interval. Raises ValueError unless 0 <= count <= n."""
    if not 0 <= count <= n:
        message = f"A share needs a count between 0 and its n; got {count} of {n}."
        raise ValueError(message)
    if n == 0:
        return Estimate(None, 0, method, note=NO_PAIRS)
    z = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
    share = count / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # Rounding alone could push the ends out of the scale where everybody or nobody did.
    return Estimate(share, n, method, low=max(middle - half, 0.0), high=min(middle + half, 1.0))
