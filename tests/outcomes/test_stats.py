"""Every statistic against the vectors of the specification and against scipy, statsmodels and pingouin.

A thousand random data sets for each, small and skewed ones among them, to 1e-9: an own formula that is nearly right is
the kind of mistake that nobody would see.
"""

from __future__ import annotations

import gc
import math
import warnings

import numpy as np
import pytest
from scipy import stats

from cme_xblock.outcomes.stats import change, items, paired, proportion
from cme_xblock.outcomes.stats.change import Change
from cme_xblock.outcomes.stats.result import METHODS, NOTES

judges = pytest.importorskip("statsmodels.stats.contingency_tables", reason="statsmodels is not installed")
multitest = pytest.importorskip("statsmodels.stats.multitest")
shares = pytest.importorskip("statsmodels.stats.proportion")

SETS = 1000
NEAR = {"rel": 1e-9, "abs": 1e-12}


def moved(improved: int, declined: int, same: int = 0) -> Change:
    """So many who changed, and as many who did not."""
    return Change(improved=improved, reinforced=same, unresolved=0, declined=declined)


@pytest.mark.parametrize(
    ("b", "c", "p", "ratio", "d"),
    [
        (12, 3, 0.035156, 4.0, 0.7659),
        (20, 5, math.erfc(math.sqrt(7.84 / 2)), 4.0, 0.7659),
        (7, 0, 0.015625, 15.0, None),
        (30, 12, math.erfc(math.sqrt(17**2 / 42 / 2)), 2.5, 0.5062),
    ],
)
def test_the_specifications_pairs(b: int, c: int, p: float, ratio: float, d: float | None) -> None:
    """Spec part 9: McNemar, odds ratio and its d."""
    found = change.mcnemar(moved(b, c))
    odds = change.odds_ratio(moved(b, c))
    assert found.p == pytest.approx(p, abs=5e-7)
    assert odds.value == pytest.approx(ratio)
    assert odds.low < odds.value < odds.high
    if d is not None:
        assert change.odds_ratio_d(odds).value == pytest.approx(d, abs=5e-5)


def test_which_test_is_taken() -> None:
    """Exact below 25 changes, corrected from 25 on; its statistic by the specification."""
    assert change.mcnemar(moved(12, 12)).method == "mcnemar_exact"
    assert change.mcnemar(moved(20, 5)).statistic == pytest.approx(7.84)
    assert change.mcnemar(moved(30, 12)).statistic == pytest.approx(6.881, abs=5e-4)


def test_nobody_changed() -> None:
    """Spec part 9: (0, 0) has p = 1 and no odds ratio."""
    still = change.mcnemar(moved(0, 0, same=9))
    assert (still.p, still.note) == (1.0, "no_change")
    assert change.odds_ratio(moved(0, 0, same=9)).value is None
    assert change.odds_ratio_d(change.odds_ratio(moved(0, 0, same=9))).value is None


def test_the_specifications_scores() -> None:
    """Spec part 9: the ten paired scores, in counts of 20 items."""
    before = np.array([50, 60, 40, 70, 80, 55, 65, 45, 75, 60]) // 5
    after = np.array([70, 80, 70, 80, 90, 70, 60, 75, 85, 80]) // 5
    found = paired.compare(before, after, items=20)
    assert (found.before.mean, found.after.mean, found.difference.value) == (60, 76, 16)
    assert found.t.statistic == pytest.approx(4.8242, abs=5e-5)
    assert (found.t.df, found.t.p) == (9, pytest.approx(0.000941, abs=5e-7))
    assert (found.wilcoxon.statistic, found.wilcoxon.p) == (1, pytest.approx(0.003906, abs=5e-7))
    assert found.d_z.value == pytest.approx(1.5255, abs=5e-5)
    assert found.g_z.value == pytest.approx(1.3948, abs=5e-5)
    assert found.d_av.value == pytest.approx(1.4770, abs=5e-5)
    assert found.g_av.value == pytest.approx(1.3504, abs=5e-5)
    assert found.class_gain.value == pytest.approx(0.40)
    assert found.normalised_change.value == pytest.approx(0.3935, abs=5e-5)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"), [(18, 20, 0.6990, 0.9721), (0, 8, 0, 0.3244), (5, 5, 0.5655, 1)]
)
def test_the_specifications_shares(count: int, n: int, low: float, high: float) -> None:
    """Spec part 9: Wilson's intervals."""
    found = proportion.wilson(count, n)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_mcnemar_is_statsmodels() -> None:
    """Exact and corrected, over a thousand tables."""
    random = np.random.default_rng(1)
    for _ in range(SETS):
        b, c = (int(one) for one in random.integers(0, 60, 2))
        if b + c == 0:
            continue
        found = change.mcnemar(moved(b, c))
        judged = judges.mcnemar([[3, b], [c, 4]], exact=b + c < change.EXACT_BELOW, correction=True)
        if b == c and b + c >= change.EXACT_BELOW:  # statsmodels "corrects" |b - c| = 0 to 1; nothing differs here
            assert (found.statistic, found.p) == (0, 1)
            continue
        assert found.p == pytest.approx(judged.pvalue, **NEAR)
        assert found.statistic == pytest.approx(judged.statistic, **NEAR)


def test_odds_ratio_is_the_conditional_one() -> None:
    """statsmodels' Mantel-Haenszel over pairs as strata is b / c; its Robins variance is 1/b + 1/c."""
    random = np.random.default_rng(2)
    for _ in range(60):
        b, c = (int(one) for one in random.integers(1, 12, 2))
        strata = [[[1, 0], [0, 1]]] * b + [[[0, 1], [1, 0]]] * c
        judged = judges.StratifiedTable(np.array(strata, dtype=float).transpose(1, 2, 0))
        assert change.odds_ratio(moved(b, c)).value == pytest.approx(judged.oddsratio_pooled, **NEAR)
        assert change.odds_ratio(moved(b, c)).low == pytest.approx(judged.oddsratio_pooled_confint()[0], **NEAR)


def test_holm_is_statsmodels() -> None:
    """With gaps: an item that nobody changed has no part in it."""
    random = np.random.default_rng(3)
    gc.freeze()  # statsmodels collects garbage at every call: a thousand walks through all that pytest holds
    try:
        for _ in range(SETS):
            raw = list(random.random(random.integers(1, 30)) ** 3)
            judged = multitest.multipletests(raw, method="holm")[1]
            first, *found, last = change.holm([None, *raw, None])
            assert (first, last) == (None, None)
            assert found == pytest.approx(list(judged), **NEAR)
    finally:
        gc.unfreeze()


def test_changes_count_what_a_loop_counts() -> None:
    """Items over learners, missing answers left out of their pair."""
    random = np.random.default_rng(4)
    for _ in range(100):
        before, after, both = (random.random((random.integers(0, 40), 5)) < share for share in (0.4, 0.7, 0.9))
        before, after = before[: len(both)], after[: len(both)]
        size = min(len(before), len(after), len(both))
        before, after, both = before[:size], after[:size], both[:size]
        for place, found in enumerate(change.changes(before, after, both=both)):
            rows = [(x, y) for x, y, z in zip(before[:, place], after[:, place], both[:, place], strict=True) if z]
            assert found == Change(*(rows.count(one) for one in ((0, 1), (1, 1), (0, 0), (1, 0))))
            assert (found.n, found.right_before) == (len(rows), sum(x for x, _ in rows))
            assert (found.right_after, found.discordant) == (sum(y for _, y in rows), sum(x != y for x, y in rows))


def scores(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int]:
    """Scores of one cohort: small or middling, with ties, floors and ceilings."""
    n, many = int(random.integers(2, 60)), int(random.integers(1, 25))
    before = random.binomial(many, random.random(), n)
    after = np.clip(before + random.integers(-2, many + 1, n), 0, many)
    return before, after, many


def test_t_and_effect_sizes_are_scipys_and_pingouins() -> None:
    """t, its p and interval by scipy; d_z and Hedges' correction by pingouin."""
    pingouin = pytest.importorskip("pingouin")
    random = np.random.default_rng(5)
    tested = 0
    while tested < SETS:
        before, after, many = scores(random)
        found = paired.compare(before, after, items=many)
        x, y = before * 100 / many, after * 100 / many
        if np.ptp(after - before) == 0:
            assert (found.t.p, found.t.note, found.d_z.note) == (None, "no_spread", "no_spread")
            continue
        tested += 1
        judged = stats.ttest_rel(y, x)
        assert found.t.statistic == pytest.approx(judged.statistic, **NEAR)
        assert found.t.p == pytest.approx(judged.pvalue, **NEAR)
        low, high = judged.confidence_interval()
        assert [found.difference.low, found.difference.high] == pytest.approx([low, high], **NEAR)
        n = len(x)
        assert found.d_z.value == pytest.approx(pingouin.compute_effsize(y - x, 0, eftype="cohen"), **NEAR)
        half = stats.t.ppf(0.975, n - 1) * math.sqrt(1 / n + found.g_z.value**2 / (2 * n))
        assert found.g_z.high == pytest.approx(found.g_z.value + half, **NEAR)
        wide = pingouin.compute_esci(found.g_z.value, n, n, paired=True, eftype="hedges", decimals=12)
        assert [found.g_z.low, found.g_z.high] == pytest.approx(list(wide), rel=1e-9, abs=1e-9)


def test_wilcoxon_is_scipys() -> None:
    """Above 20 differences scipy's approximation; below all sign patterns, by scipy where it has no ties to mind."""
    random = np.random.default_rng(6)
    for _ in range(SETS):
        before, after, _many = scores(random)
        difference = after - before
        moves = difference[difference != 0]
        found = paired.wilcoxon(difference)
        if not moves.size:
            assert (found.p, found.note) == (1.0, "no_change")
        elif moves.size > paired.EXACT_UP_TO:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                judged = stats.wilcoxon(difference, zero_method="wilcox", correction=False, method="asymptotic")
            assert (found.statistic, found.p) == (judged.statistic, pytest.approx(judged.pvalue, **NEAR))
        else:
            distinct = random.permutation(np.arange(1, moves.size + 1)) * np.sign(moves)
            judged = stats.wilcoxon(distinct, method="exact")
            assert paired.wilcoxon(distinct).p == pytest.approx(judged.pvalue, **NEAR)


def test_wilcoxon_with_ties_counts_every_pattern() -> None:
    """Against all 2^n sign patterns, one by one."""
    random = np.random.default_rng(7)
    for _ in range(60):
        moves = random.choice([-3, -2, -1, 1, 2, 3], int(random.integers(1, 10)))
        ranks = stats.rankdata(np.abs(moves))
        smaller = min(ranks[moves > 0].sum(), ranks[moves < 0].sum())
        patterns = (np.arange(2 ** len(moves))[:, None] >> np.arange(len(moves))) & 1
        sums = patterns @ ranks
        expected = np.mean(np.minimum(sums, ranks.sum() - sums) <= smaller)
        assert paired.wilcoxon(moves).p == pytest.approx(expected, **NEAR)


def test_normalised_change_by_hand() -> None:
    """Up, down, equal, and the two who have nowhere to go."""
    found = paired.compare([2, 2, 2, 0, 4, 4], [3, 1, 2, 0, 4, 2], items=4).normalised_change
    assert (found.value, found.n) == (pytest.approx((0.5 - 0.5 + 0 - 0.5) / 4), 4)
    assert paired.compare([4], [4], items=4).normalised_change.note == "ceiling"
    assert paired.compare([4, 4], [4, 3], items=4).class_gain.note == "ceiling"


def test_means_and_medians_are_numpys() -> None:
    """Counted values give what the list gives."""
    random = np.random.default_rng(11)
    for _ in range(SETS):
        before, after, many = scores(random)
        found = paired.compare(before, after, items=many)
        percent = after * 100 / many
        assert found.after.mean == pytest.approx(percent.mean(), **NEAR)
        assert found.after.median == pytest.approx(np.median(percent), **NEAR)
        assert found.after.sd == pytest.approx(percent.std(ddof=1), **NEAR)
        assert found.zeros == (before == after).sum()
        spread = (found.before.sd + found.after.sd) / 2
        if spread:
            assert found.d_av.value == pytest.approx((after - before).mean() * 100 / many / spread, **NEAR)


@pytest.mark.parametrize(("before", "after"), [([1, 2], [1]), ([3], [1]), ([-1], [1])])
def test_impossible_scores_are_refused(before: list[int], after: list[int]) -> None:
    """More right than there are items is a mistake of the caller."""
    with pytest.raises(ValueError, match=r"Scores|Nobody"):
        paired.compare(before, after, items=2)


def test_wilson_is_statsmodels() -> None:
    """A thousand shares."""
    random = np.random.default_rng(8)
    for _ in range(SETS):
        n = int(random.integers(1, 400))
        count = int(random.integers(0, n + 1))
        low, high = shares.proportion_confint(count, n, method="wilson")
        found = proportion.wilson(count, n)
        assert (found.low, found.high) == (pytest.approx(low, **NEAR), pytest.approx(high, **NEAR))
    with pytest.raises(ValueError, match="count"):
        proportion.wilson(3, 2)


def test_items_are_scipys_and_pingouins() -> None:
    """Discrimination by scipy's point-biserial, KR-20 by pingouin's alpha of right and wrong."""
    pandas = pytest.importorskip("pandas")
    pingouin = pytest.importorskip("pingouin")
    random = np.random.default_rng(9)
    compared = 0
    for _ in range(250):
        n, k = int(random.integers(2, 60)), int(random.integers(2, 9))
        ability = random.normal(size=(n, 1))
        right = ability + random.normal(size=(n, k)) > random.normal(size=k)
        for place, found in enumerate(items.discrimination(right)):
            rest = np.delete(right, place, axis=1).sum(axis=1)
            if found.value is None:
                assert np.ptp(rest) == 0 or np.ptp(right[:, place].astype(int)) == 0
            else:
                compared += 1
                assert found.value == pytest.approx(stats.pointbiserialr(right[:, place], rest).statistic, **NEAR)
        alpha = items.kr_20(right)
        if alpha.value is not None:
            judged = pingouin.cronbach_alpha(pandas.DataFrame(right.astype(float)))[0]
            assert alpha.value == pytest.approx(judged, **NEAR)
    assert compared > 500


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_raises_for_too_few(n: int) -> None:
    """No learner and one learner: reasons, no exception and no invented number."""
    found = paired.compare([1] * n, [2] * n, items=2)
    assert found.t.p is None
    assert found.g_av.value is None
    assert found.difference.low is None
    assert {found.t.note, found.d_z.note} <= set(NOTES)
    empty = np.ones((n, 3), dtype=bool)
    assert all(one.value is None for one in (*items.discrimination(empty), items.kr_20(empty)))
    assert [one.n for one in change.changes(empty, empty)] == [n] * 3


def test_every_method_is_described() -> None:
    """What a number names as its method stands on the report's last page."""
    found = paired.compare([1, 2, 3], [2, 2, 5], items=5)
    named = {value.method for value in vars(found).values() if hasattr(value, "method")}
    named |= {change.mcnemar(moved(*pair)).method for pair in ((1, 2), (30, 12))}
    named |= {change.odds_ratio(moved(*pair)).method for pair in ((1, 2), (7, 0))}
    assert named <= set(METHODS)
    assert len(named) >= 12


def test_a_hundred_thousand_are_quick_to_rank() -> None:
    """Wilcoxon's test keeps to memory that grows with n: ten thousand million pairs would not fit."""
    random = np.random.default_rng(10)
    found = paired.wilcoxon(random.integers(-20, 21, 100_000))
    assert found.method == "wilcoxon_normal"
    assert 0 < found.p <= 1
