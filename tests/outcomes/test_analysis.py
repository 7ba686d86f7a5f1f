"""The analysis of whole cohorts, against counting by hand over the same marks."""

from __future__ import annotations

import numpy as np
import pytest

from cme_xblock.outcomes import pairs
from cme_xblock.outcomes.analysis import analyse
from cme_xblock.outcomes.cohort import Cohort
from cme_xblock.outcomes.stats.change import Change
from tests.outcomes import people


def by_hand(cohort: Cohort, pair_id: str) -> Change:
    """The four segments of one pair, learner by learner."""
    counts = {"11": 0, "01": 0, "00": 0, "10": 0}
    for group in cohort.groups:
        if group.before_edition is None or group.after_edition is None:
            continue
        first = [one.pair_id for one in group.before_edition.baseline.items].index(pair_id)
        second = [one.pair_id for one in group.after_edition.assessment.items].index(pair_id)
        for before, after in zip(group.before[:, first], group.after[:, second], strict=True):
            answers = chr(before) + chr(after)
            if "-" not in answers:
                counts[answers] += 1
    return Change(counts["01"], counts["11"], counts["00"], counts["10"])


@pytest.mark.parametrize("n", [0, 1, 8, 80, 3000])
def test_pairs_are_counted_as_by_hand(n: int) -> None:
    """Missing answers leave their pair, and nobody else does."""
    one = people.activity(5)
    cohort = people.cohort(people.group(n, before=one, after=one, missing=0.1))
    found = analyse(cohort)
    assert found.matched == n
    assert [result.change for result in found.main] == [by_hand(cohort, f"p{number}") for number in range(5)]
    assert all(result.right_before.n == result.change.n for result in found.main)


def test_the_unmatched_are_counted_and_change_nothing() -> None:
    """Who has only one of the two is beside the matched, never among them and never dropped in silence."""
    one = people.activity()
    matched = people.group(60, before=one, after=one)
    early, late = people.group(25, before=one, seed=2, shares=(0.2, 0)), people.group(15, after=one, seed=3)
    alone = analyse(people.cohort(matched))
    found = analyse(people.cohort(matched, early, late))
    assert (found.main, found.score) == (alone.main, alone.score)
    assert (found.matched, found.before_only.n, found.after_only.n) == (60, 25, 15)
    assert found.before_only.mean < found.matched_before.mean
    assert found.items[0].difficulty.n == 75


def test_an_edited_question_is_another_one() -> None:
    """Versions are never mixed: the reworded pair stands apart, the untouched pairs are counted together."""
    old, new = people.activity(), people.activity(stem="Reworded?")
    cohort = people.cohort(people.group(30, before=old, after=old), people.group(50, before=new, after=new, seed=2))
    found = analyse(cohort)
    assert [one.change.n for one in found.main] == [50, 80, 80, 80]
    assert [(one.version.pair_id, one.change.n, one.p_adjusted) for one in found.earlier] == [("p0", 30, None)]
    assert found.score.comparison.n == 50


def test_an_edition_that_differs_elsewhere_is_the_same_question() -> None:
    """A new title makes a new edition and no new item; one who saw both is matched across them."""
    old, new = people.activity(), people.activity(title="Safer tapering")
    cohort = people.cohort(
        people.group(30, before=old, after=old),
        people.group(20, before=old, after=new, seed=2),
        people.group(10, before=new, after=new, seed=3),
    )
    found = analyse(cohort)
    assert [one.change.n for one in found.main] == [60] * 4
    assert found.earlier == ()
    assert found.score.comparison.n == 60


def test_scores_are_those_of_the_pairs() -> None:
    """In percent of the pairs, by objective too; a missing answer is a wrong one there."""
    one = people.activity(5)
    group = people.group(40, before=one, after=one, missing=0.2)
    found = analyse(people.cohort(group))
    before = (group.before == ord("1")).sum(axis=1) * 20
    assert found.score.pairs == 5
    assert found.score.comparison.before.mean == pytest.approx(before.mean())
    assert {key: score.pairs for key, score in found.objectives.items()} == {"o0": 3, "o1": 2}
    assert found.score.comparison.difference.value > 0


def test_professions_have_their_own_scores() -> None:
    """Together they are everybody."""
    one = people.activity()
    found = analyse(people.cohort(people.group(90, before=one, after=one, professions=3)))
    assert set(found.groups) == {("profession", code) for code in ("md", "rn", "pharmd")}
    assert sum(score.comparison.n for score in found.groups.values()) == 90


def test_p_values_are_adjusted_over_the_pairs_shown() -> None:
    """Holm: none smaller than its own, none above 1."""
    one = people.activity(12)
    found = analyse(people.cohort(people.group(60, before=one, after=one, shares=(0.5, 0.6))))
    assert all(one.test.p <= one.p_adjusted <= 1 for one in found.main)
    assert any(one.test.p < one.p_adjusted for one in found.main)


def test_nobody_at_all() -> None:
    """An empty activity has empty results and raises nothing."""
    found = analyse(people.cohort())
    assert (found.matched, found.main, found.score, found.items) == (0, (), None, ())
    assert found.reliability.value is None
    only_early = analyse(people.cohort(people.group(5, before=people.activity())))
    assert (only_early.matched, only_early.before_only.n) == (0, 5)


def test_a_pair_id_used_twice_is_no_pair() -> None:
    """Nobody could say which question goes with which."""
    one = people.activity(3)
    doubled = people.activity(3)
    items = (*doubled.assessment.items[:2], people.item(1, "z"))
    object.__setattr__(doubled.assessment, "items", items)
    assert [pair.version.pair_id for pair in pairs.between(one, doubled)] == ["p0"]
    assert pairs.between(one, one)[0].version.same


def test_a_ceiling_is_no_error() -> None:
    """Everybody right both times: no change, no effect size, the reasons given."""
    one = people.activity()
    found = analyse(people.cohort(people.group(30, before=one, after=one, shares=(1.0, 1.0))))
    assert found.score.comparison.class_gain.note == "ceiling"
    assert found.score.comparison.d_z.note == "no_spread"
    assert all(result.odds_ratio.value is None for result in found.main)
    assert np.isclose(found.items[0].difficulty.value, 1.0)
