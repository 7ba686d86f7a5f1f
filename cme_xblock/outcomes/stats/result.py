"""What a statistic gives back, and the methods by name, each in a sentence with its formula for the report's last page.

Source of the choices: spec part 5.3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cme_xblock.activity.message import N_

# Two-sided, everywhere. A report that mixes levels invites choosing.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """One number: its value, the interval around it, how many it rests on, and the method (a key of METHODS).

    `value` is None where the data can't give one; `note` then says why, as a key of NOTES. `low` and `high` bound a
    two-sided interval of 95 %, and are None where the method has none.
    """

    value: float | None
    n: int
    method: str
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Test:
    """One test of "no change": the statistic, its p-value (two-sided), how many it rests on, and the method.

    `df` where the distribution has degrees of freedom. `p` is None where nothing can be tested.
    """

    statistic: float | None
    p: float | None
    n: int
    method: str
    df: float | None = None
    note: str = ""


def finite(value: float) -> float | None:
    """The number as a plain float, or None where it is not finite."""
    number = float(value)
    return number if math.isfinite(number) else None


NO_PAIRS, NO_SPREAD, NO_CHANGE, CEILING, TOO_FEW = "no_pairs", "no_spread", "no_change", "ceiling", "too_few"
NO_ROOM = "no_room"

NOTES: Mapping[str, str] = MappingProxyType(
    {
        NO_PAIRS: N_("Nobody answered both times."),
        NO_SPREAD: N_("Not estimable: all values are the same."),
        NO_CHANGE: N_("Nobody's answer changed."),
        CEILING: N_("Not defined: everything was right at the baseline."),
        NO_ROOM: N_("Not defined: everybody's score was none or all right, before and after."),
        TOO_FEW: N_("Not estimable from fewer than two."),
    }
)

METHODS: Mapping[str, str] = MappingProxyType(
    {
        "mcnemar_exact": N_(
            "McNemar's exact test: b learners improved and c declined; two-sided binomial test of b among b + c with "
            "p = 0.5. Used where b + c is below 25."
        ),
        "mcnemar_corrected": N_(
            "McNemar's test with continuity correction: (|b - c| - 1)² / (b + c), or 0 where b = c; chi-square with 1 "
            "degree of freedom. Used where b + c is 25 or more."
        ),
        "odds_ratio_paired": N_(
            "Odds ratio of paired answers: b / c; the interval is exp(ln(b / c) ± z √(1/b + 1/c))."
        ),
        "odds_ratio_adjusted": N_(
            "Odds ratio of paired answers where b or c is 0: (b + 0.5) / (c + 0.5), the interval likewise."
        ),
        "odds_ratio_d": N_("Effect size of an odds ratio: d = ln(odds ratio) / 1.81."),
        "holm": N_(
            "Holm's step-down adjustment of the p-values of all paired questions of one wording; where some are "
            "hidden, “at most” is the p-value times the number of questions. No other p-values are adjusted."
        ),
        "paired_t": N_("Paired t-test of the scores after against before; n - 1 degrees of freedom."),
        "mean_difference": N_("Mean of the differences; the interval is by Student's t with n - 1 degrees of freedom."),
        "wilcoxon_exact": N_(
            "Wilcoxon's signed-rank test, exact: all sign patterns of the observed ranks, ties at their mean rank, "
            "equal scores dropped. Used up to 20 differences."
        ),
        "wilcoxon_normal": N_(
            "Wilcoxon's signed-rank test by the normal approximation with correction for ties, without continuity "
            "correction, equal scores dropped. Used above 20 differences."
        ),
        "spread": N_("Standard deviations are divided by n - 1."),
        "d_z": N_("d_z: mean difference / standard deviation of the differences."),
        "g_z": N_("Hedges' g of d_z: d_z × (1 - 3 / (4 (n - 1) - 1)); the interval is g ± t √(1/n + g² / 2n)."),
        "d_av": N_("d_av: mean difference / mean of the two standard deviations (the convention of CME reports)."),
        "g_av": N_(
            "Hedges' g of d_av: d_av × (1 - 3 / (4 (n - 1) - 1)); the interval is g ± t √(g² (1 + r²) / (4 (n - 1)) + "
            "(standard deviation of the differences / mean of the two)² / n), r the correlation of before and after "
            "(after Bonett 2008)."
        ),
        "class_gain": N_("Class-average normalised gain (Hake): (mean after - mean before) / (100 - mean before)."),
        "normalised_change": N_(
            "Mean normalised change (Marx and Cummings): (after - before) / (100 - before) where higher, (after - "
            "before) / before where lower, 0 where equal; who stayed at 0 or at 100 is left out."
        ),
        "wilson": N_("Wilson's score interval of a proportion."),
        "retention": N_(
            "Kept: of those who were right right after the activity, the share who were right later, with Wilson's "
            "interval."
        ),
        "difficulty": N_("Difficulty: the share who answered rightly, with Wilson's interval."),
        "discrimination": N_(
            "Discrimination: point-biserial correlation of the item with the score on the other items."
        ),
        "kr_20": N_(
            "Reliability: Kuder and Richardson's formula 20, k / (k - 1) × (1 - Σ pq / variance of the scores, divided "
            "by n)."
        ),
    }
)
