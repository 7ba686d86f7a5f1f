"""Nobody by calculation: what means, deviations and tests tell beside the numbers that are hidden.

Each test is an attack that was carried out on an earlier state of the report, and found one to four people.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cme_xblock.activity import canonical
from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.model import Activity, Item, Option
from cme_xblock.outcomes import pairs, report, spread
from cme_xblock.outcomes.cohort import Group
from cme_xblock.outcomes.evidence import Check, Evidence
from cme_xblock.outcomes.pairs import item_version
from cme_xblock.outcomes.retained import Asked
from cme_xblock.outcomes.shapes import Report
from cme_xblock.outcomes.steps import Memory
from tests.outcomes import crowd
from tests.outcomes.test_report import table
from tests.outcomes.test_report_evidence import asking as sure_asking

# Forty learners at one question: eighteen improved, twelve reinforced, eight unresolved, two declined.
BEFORE, AFTER = "0" * 18 + "1" * 12 + "0" * 8 + "1" * 2, "1" * 18 + "1" * 12 + "0" * 8 + "0" * 2


def marks(columns: list[str]) -> np.ndarray:
    return np.array([[ord(one) for one in column] for column in columns], dtype=np.uint8).T.copy()


def chosen(chance: np.random.Generator, n: int, share: float) -> str:
    return "".join("1" if one < share else "0" for one in chance.random(n))


def built(
    before: list[str], after: list[str], activity: Activity | None = None, memory: Memory | None = None, **how: Any
) -> Report:
    """The report of people who answered so."""
    one, n = activity or crowd.activity(len(before)), len(before[0])
    how = {"professions": np.zeros(n, dtype=np.int16)} | how
    group = Group(one, one, marks(before), marks(after), **how)
    cohort = crowd.counted([group], 20, np.random.default_rng(1))
    return report.build(cohort, one, planner=memory) if memory else report.build(cohort, one)


def tables(made: Report) -> set[str]:
    return {one.id for section in made.sections for one in section.tables}


def test_the_score_over_one_pair_tells_nothing_of_who_declined() -> None:
    """n of Wilcoxon's test is how many changed, and an interval of the change is, too."""
    made = built([BEFORE], [AFTER])
    assert [cell.value for cell in table(made, "items-segments").rows[0][1:]] == [None] * 4
    assert "score" not in tables(made)
    assert "CI" not in " ".join(one.format() for one in made.answer).partition("odds ratio")[0]
    chance = np.random.default_rng(3)
    around = [chosen(chance, 40, 0.5) for _ in range(2)], [chosen(chance, 40, 0.7) for _ in range(2)]
    made = built([around[0][0], BEFORE, around[0][1]], [around[1][0], AFTER, around[1][1]])
    [row] = [row for row in table(made, "objectives").rows if row[1].value == 1]
    assert (row[5].low, row[5].high) == (None, None)


def solutions(n: int, total: int, squares: int, values: range) -> list[tuple[int, ...]]:
    """Every way in which n people can have scores of these values with that sum and that sum of squares."""
    if len(values) == 1:
        return [(n,)] if n * values[0] == total and n * values[0] ** 2 == squares else []
    found = []
    for number in range(n + 1):
        rest = solutions(n - number, total - number * values[0], squares - number * values[0] ** 2, values[1:])
        found += [(number, *one) for one in rest]
    return found


@pytest.mark.parametrize("most", [2, 3, 4])
def test_a_spread_that_is_shown_leaves_every_small_number_open(most: int) -> None:
    """All solutions are tried: where a number of one to four is the same in each, the spread is not vague."""
    chance, vague = random.Random(most), 0
    for _ in range(150):
        counts = [0] * (most + 1)
        for _ in range(chance.choice((12, 20, 30))):
            counts[min(most, int(chance.betavariate(2, 1.3) * (most + 1)))] += 1
        total = sum(value * number for value, number in enumerate(counts))
        squares = sum(value * value * number for value, number in enumerate(counts))
        every = solutions(sum(counts), total, squares, range(most + 1))
        assert tuple(counts) in every
        told = any(0 < number < 5 and len({one[at] for one in every}) == 1 for at, number in enumerate(counts))
        assert not (told and spread.is_vague(counts, minimum=5))
        vague += spread.is_vague(counts, minimum=5)
    assert vague


def test_reliability_tells_nothing_of_hidden_questions() -> None:
    """KR-20 with mean and deviation is an equation about all questions: every pair that fits it is tried."""
    hid = shown = 0
    for seed in range(40):
        chance = np.random.default_rng(seed)
        after = [chosen(chance, 40, 0.75) for _ in range(4)]
        after[1] = "0" * (1 + seed % 4) + "1" * (39 - seed % 4)
        made = built([chosen(chance, 40, 0.4) for _ in range(4)], after)
        *rows, whole = table(made, "questions").rows
        gone = [place for place, row in enumerate(rows) if row[1].value is None]
        hid += bool(gone)
        if len(gone) != 2 or whole[2].value is None:
            continue
        shown += 1
        right = [one.count("1") for one in after]
        scores = np.array([[int(mark) for mark in one] for one in after]).sum(axis=0)
        rest = sum(right[place] for place in gone)
        fits = set()
        for one in range(max(0, rest - 40), min(40, rest) + 1):
            each = dict(enumerate(right)) | {gone[0]: one, gone[1]: rest - one}
            spread_of = sum(number * (40 - number) for number in each.values())
            if round(4 / 3 * (1 - spread_of / (1600 * scores.var())), 2) == whole[2].value:
                fits.add(one)
        assert right[gone[0]] in fits
        # In whichever order: the two are not told apart by it.
        assert len({frozenset((one, rest - one)) for one in fits}) > 1
    assert hid > 20
    assert shown


def test_a_number_goes_with_its_n() -> None:
    """A mean over 39 of 40 is a whole number only times 39."""
    hid = 0
    for seed in range(20):
        chance = np.random.default_rng(seed)
        made = built([chosen(chance, 40, 0.5) for _ in range(4)], [chosen(chance, 40, 0.7) for _ in range(4)])
        for row in table(made, "score").rows if "score" in tables(made) else ():
            if row[2].value is None:
                hid += 1
                assert row[1].value is None
    assert hid


def unscored(activity: Activity, *numbers: int) -> Activity:
    """With items that only ask how sure somebody is, all of the same words."""

    def asked(side: str) -> tuple[Item, ...]:
        options = tuple(Option(str(level), text=str(level)) for level in range(1, 6))
        item = Item(id="", kind=ItemKind.CONFIDENCE, stem="How sure?", options=options)
        return tuple(replace(item, id=f"{side}{one}", pair_id=f"p{one}") for one in numbers)

    return replace(
        activity,
        baseline=replace(activity.baseline, items=(*activity.baseline.items, *asked("b"))),
        assessment=replace(activity.assessment, items=(*activity.assessment.items, *asked("a"))),
    )


def test_items_of_the_same_words_are_asked_one_by_one() -> None:
    """Two of them count nobody twice, and where two people were silent at the one the other is told all the same."""
    chance, activity = np.random.default_rng(5), unscored(crowd.activity(3), 8, 9)
    before, after = ([chosen(chance, 40, share) for _ in range(3)] for share in (0.5, 0.8))
    first, second = "1" * 20 + "3" * 20, "--" + "2" * 18 + "4" * 20
    how = {"before_sure": marks(["-" * 40] * 3 + [first, first]), "after_sure": marks(["-" * 40] * 3 + [second, first])}
    for memory in (None, Memory()):
        made = built(before, after, activity, memory, **how)
        assert [row[1].value for row in table(made, "confidence").rows] == [None, 40]


@pytest.mark.parametrize("right", [300, 700, 990])
def test_two_digits_of_discrimination_leave_a_hidden_question_open(right: int) -> None:
    """The covariance may be anything that gives these digits; another number of right answers has one, too."""
    for value in (0.05, 0.31, 0.62):
        digits = {round(value * ((right + by) * (1000 - right - by) / (right * (1000 - right))) ** -0.5, 2)
                  for by in (-1, 0, 1)}  # fmt: skip
        if spread.is_discrimination_vague(right, n=1000, value=value):
            assert max(digits) - min(digits) < 0.021
    assert spread.is_discrimination_vague(300, n=1000, value=0.3)
    assert not spread.is_discrimination_vague(38, n=40, value=0.3)


def test_who_did_not_say_how_sure_is_left_over_by_nothing() -> None:
    """Neither beside the number of matched learners, nor between two reports."""
    chance, activity = np.random.default_rng(5), unscored(crowd.activity(3), 9)
    before, after = ([chosen(chance, 60, share) for _ in range(3)] for share in (0.5, 0.8))
    first = "".join(chance.permutation(list("1" * 30 + "3" * 30)))
    second = "".join(str(min(5, int(one) + (more < 0.7))) for one, more in zip(first, chance.random(60), strict=True))

    def made(n: int, memory: Memory | None, silent: int) -> Any:
        columns = ["-" * n] * 3
        how = {"before_sure": marks([*columns, "-" * silent + first[silent:n]]),
               "after_sure": marks([*columns, second[:n]])}  # fmt: skip
        cut = [[one[:n] for one in some] for some in (before, after)]
        return table(built(*cut, activity, memory, **how), "confidence").rows[-1][1:]

    assert made(40, None, 2)[0].value is None
    assert made(40, None, 0)[0].value == 40
    one = Memory()
    earlier = made(40, one, 0)
    later = made(46, Memory([one.shown]), 0)
    moves = [new.value - old.value for old, new in zip(earlier[:6], later[:6], strict=True)
             if old.value is not None and new.value is not None]  # fmt: skip
    assert moves
    assert all(move == 0 or move >= 5 for move in moves)


def test_levels_of_all_questions_tell_nothing_of_who_did_not_say() -> None:
    chance = np.random.default_rng(3)
    for _ in range(12):
        before, after = ([chosen(chance, 200, share) for _ in range(3)] for share in (0.5, 0.6))
        levels = [["".join(map(str, chance.integers(1, 6, 200))) for _ in range(3)] for _ in range(2)]
        levels[0][0] = "--" + levels[0][0][2:]
        how = {"before_sure": marks(levels[0]), "after_sure": marks(levels[1])}
        made = built(before, after, sure_asking(3, sure=True), **how)
        assert table(made, "confidence").rows[0][1].value is None
        rows = table(made, "calibration").rows if "calibration" in tables(made) else ()
        for side in (1, 2):
            assert any(row[side].value is None for row in rows) or not rows


def test_two_questions_of_the_same_words_are_two() -> None:
    activity = crowd.activity(2)
    parts = {
        name: replace(part, items=tuple(replace(one, stem="What now?") for one in part.items))
        for name, part in (("baseline", activity.baseline), ("assessment", activity.assessment))
    }
    twins = replace(activity, **parts)
    safe = "0" * 20 + "1" * 20, "1" * 10 + "0" * 10 + "1" * 10 + "0" * 10
    for memory in (None, Memory()):
        made = built([safe[0], BEFORE], [safe[1], AFTER], twins, memory)
        assert [cell.value for cell in table(made, "items-segments").rows[1][1:]] == [None] * 4
        assert table(made, "items-segments").rows[0][1].value == 10


def test_one_answer_of_a_group_is_one_person() -> None:
    """Twenty-three of twenty-four right answers of six pharmacists; and the rest of all less the other groups."""
    chance = np.random.default_rng(5)
    professions = np.array([0] * 26 + [1] * 28 + [2] * 6, dtype=np.int16)
    after = [chosen(chance, 54, 0.7) + "111111" for _ in range(4)]
    after[2] = after[2][:-1] + "0"
    made = built([chosen(chance, 60, 0.5) for _ in range(4)], after, professions=professions)
    rows = table(made, "professions").rows
    assert sorted(row[1].value for row in rows) == [6, 26, 28]
    silent = [row for row in rows if row[3].value is None]
    assert len(silent) == 2
    assert 6 in {row[1].value for row in silent}


def test_few_wrong_answers_of_those_who_left_are_not_told() -> None:
    chance, activity = np.random.default_rng(5), crowd.activity(10)
    stayed = Group(activity, activity, marks([chosen(chance, 120, 0.5) for _ in range(10)]),
                   marks([chosen(chance, 120, 0.8) for _ in range(10)]), np.zeros(120, dtype=np.int16))  # fmt: skip
    for n, wrong, told in ((8, 1, False), (8, 8, False), (120, 1, False), (120, 60, True)):
        columns = ["1" * n] * 9 + ["0" * wrong + "1" * (n - wrong)]
        left = Group(activity, None, marks(columns), np.zeros((n, 0), np.uint8), np.zeros(n, np.int16))
        made = report.build(crowd.counted([stayed, left], 9, np.random.default_rng(1)), activity)
        [note] = [one.format() for section in made.sections if section.id == "matching" for one in section.notes]
        assert ("% right at the baseline" in note) == told


def test_the_retention_check_knows_each_wording() -> None:
    """Fifteen of the first wording were wrong after, thirteen of those who came back: two did not come."""
    chance, today = np.random.default_rng(5), crowd.activity(2)
    first, item = today.baseline.items
    older = replace(today, baseline=replace(today.baseline, items=(replace(first, stem="As it was?"), item)))
    counts: Counter[Any] = Counter()
    groups = []
    for one, n, right, away in ((today, 60, 45, (*range(5), 45, 46)), (older, 30, 15, range(30))):
        before, after = "01" * (n // 2), "1" * right + "0" * (n - right)
        others = [chosen(chance, n, 0.5) for _ in range(2)]
        groups.append(
            Group(one, one, marks([others[0], before]), marks([others[1], after]), np.zeros(n, dtype=np.int16))
        )
        wording = canonical.digest([[each.version.before, each.version.after] for each in pairs.between(one, one)])
        for place in range(n):
            later = "x" if place in away else "1" if place % 3 else "0"
            counts[wording, before[place], after[place], later] += 1
    again = today.assessment.items[1]
    check = Check((Asked(again, item_version(again), counts, {}),), 90)
    made = report.build(crowd.counted(groups, 20, chance), today, evidence=Evidence(check=check))
    [row] = table(made, "retention").rows
    assert [each[1].value for each in table(made, "items-segments").rows][1] is not None
    right_later, wrong_later = row[2].value, (row[2].of or 0) - (row[2].value or 0)
    assert right_later is None or (15 - wrong_later >= 5 and 45 - right_later >= 5)
