"""What the report says: the answer first, numbers with their n, and nothing about too few, whatever is subtracted."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from cme_xblock.outcomes import hiding_people, report, report_groups, report_objectives
from cme_xblock.outcomes.hiding import SEGMENTS
from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.shapes import HIDDEN, Cell, Form, Report, Table
from cme_xblock.outcomes.stats.paired import BENCHMARK
from cme_xblock.participation.evaluation import PRACTICE
from tests.outcomes import crowd
from tests.outcomes.test_spans import derived
from tests.outcomes.test_suppression import attacked

WRITTEN = Numbers()


def table(made: Report, name: str) -> Table:
    return next(one for section in made.sections for one in section.tables if one.id == name)


def sentences(made: Report) -> str:
    return " ".join(one.format() for one in made.answer)


def names(made: Report) -> list[str]:
    return [one.id for one in made.sections]


def test_the_answer_stands_first() -> None:
    """How many of how many, before and after, with the odds ratio; numbers that the tables repeat."""
    made = report.build(crowd.cohort(80, items=8), crowd.activity(8))
    assert "The 80 matched learners answered 36.6\u00a0% of the 8 paired questions correctly" in sentences(made)
    largest = re.search(r"Largest gain: (\d+) of 80 [^:]* activity, (\d+) before; odds ratio", sentences(made))
    assert largest
    rows = [
        row for row in table(made, "items").rows if (row[4].value, row[3].value) == tuple(map(int, largest.groups()))
    ]
    assert len(rows) == 1


def test_a_single_pair_is_told_in_people() -> None:
    made = report.build(crowd.cohort(61, items=1), crowd.activity(1))
    assert re.match(
        r"\d+ of 61 matched learners chose the right answer after the activity, \d+ before", sentences(made)
    )
    assert len(table(made, "professions").columns) == 2


def test_below_ten_pairs_nothing_is_tested() -> None:
    """Counts only: no p, no interval, no effect size."""
    made = report.build(crowd.cohort(9, items=8), crowd.activity(8))
    assert "nothing is tested" in sentences(made)
    assert "CI" not in sentences(made)
    cells = [
        cell for one in made.sections if one.id == "objectives" for t in one.tables for row in t.rows for cell in row
    ]
    assert all(cell.low is None for cell in cells)
    assert not [t.id for one in made.sections for t in one.tables if t.id in ("score", "items-tests")]


def test_exploratory_below_thirty() -> None:
    assert "Exploratory" in sentences(report.build(crowd.cohort(29), crowd.activity()))
    assert "Exploratory" not in sentences(report.build(crowd.cohort(30), crowd.activity()))


@pytest.mark.parametrize(("items", "has_d"), [(3, False), (4, True)])
def test_no_effect_size_of_fewer_than_four_questions(items: int, has_d: bool) -> None:
    made = report.build(crowd.cohort(200, items=items), crowd.enduring(items))
    labels = [WRITTEN.cell(row[0]) for row in table(made, "score").rows]
    assert ("Effect size d_av" in labels) is has_d
    notes = " ".join(one.format() for one in made.sections[0].notes)
    assert ("0.48 to 0.75" in notes) is has_d


def test_nobody_matched_is_said() -> None:
    made = report.build(crowd.cohort(0), crowd.activity())
    assert "It takes both from the same learner" in sentences(made)
    assert "items" not in names(made)
    assert [row[1].value for row in table(made, "matching").rows] == [0, 20, 7]


def test_nobody_at_all() -> None:
    made = report.build(crowd.cohort(0, before_only=0, after_only=0, none=0), crowd.activity())
    assert sentences(made) == "Nobody has taken part yet."


def test_all_right_is_shown() -> None:
    """A ceiling: nobody is in the empty groups, so nothing is hidden for them."""
    made = report.build(crowd.cohort(80, shares=(1.0, 1.0)), crowd.activity())
    assert all(row[4].value == 80 for row in table(made, "items").rows)
    assert all(WRITTEN.cell(row[1]) == "0" for row in table(made, "items-segments").rows)


def test_other_wordings_stand_apart() -> None:
    """Versions are never mixed: the few with another wording are in no table, the many have tables of their own."""
    few = report.build(crowd.cohort(80, earlier=4), crowd.activity())
    assert "wording-1" not in names(few)
    many = report.build(crowd.cohort(80, earlier=40), crowd.activity())
    assert {row[2].value for row in table(many, "items").rows} == {80}
    assert {row[2].value for row in table(many, "wording-1").rows} <= {40, None}


def test_unmatched_are_counted() -> None:
    made = report.build(crowd.cohort(80, before_only=300), crowd.activity())
    assert [row[1].value for row in table(made, "matching").rows] == [80, 300, 7]


def test_few_who_declined_leave_a_bound() -> None:
    """The odds ratio would tell how many declined; what the shown numbers allow at least is told instead."""
    seen = 0
    for seed in range(4):
        cohort = crowd.cohort(80, items=8, seed=seed)
        made = report.build(cohort, crowd.activity(8))
        for place, row in enumerate(table(made, "items-tests").rows):
            if not row[2].bound:
                continue
            seen += 1
            assert row[1].why == HIDDEN
            first, second = (cohort.groups[0].before[:, place] == 49, cohort.groups[0].after[:, place] == 49)
            improved, declined = int((second & ~first).sum()), int((first & ~second).sum())
            assert improved / declined >= (row[2].value or 0)
    assert seen


# The attack: everything that the report shows as a count of people, on the finest groups there are.


def said(cohort: Any, kind: Any, at: int) -> str:
    """A kind's profession, or what it said of its practice."""
    return cohort.professions[kind[1]] if at < 0 else cohort.practices[kind[3]][at]


def divisions(made: Report, cohort: Any) -> list[tuple[str, int, list[str]]]:
    """The facts that the report divides by, and their codes in the order of its rows."""
    ids = [t.id for one in made.sections for t in one.tables]
    found = []
    for at, fact in enumerate(("profession", *PRACTICE), start=-1):
        if report_groups._IDS[fact] in ids:
            codes = list(report_groups._labels(fact))
            found.append((fact, at, [*codes, ""]))
    return found


def shown_people(made: Report, cohort: Any) -> tuple[Counter[Any], dict[Any, frozenset[Any]]]:
    """The atoms (kinds), and the shown cells of funnel, matching and professions."""
    known = hiding_people.wordings(cohort)
    matched = {place for one in known for place in one.places}
    cells: dict[Any, frozenset[Any]] = {}

    def keep(name: Any, cell: Cell, among: Any) -> None:
        made_of = frozenset(kind for kind in cohort.kinds if among(kind))
        if cell.value is not None:
            assert cell.value == sum(cohort.kinds[one] for one in made_of)
            cells[name] = made_of

    rows = table(made, "funnel").rows
    keep("registered", rows[0][1], lambda kind: True)
    for step, row in zip(hiding_people.STEPS, rows[1:], strict=True):
        keep(step, row[1], lambda kind, step=step: kind[2] & step)
    only = [row[1] for row in table(made, "matching").rows]
    lacks = [{at for at, one in enumerate(cohort.groups) if getattr(one, side) is None}
             for side in ("after_edition", "before_edition")]  # fmt: skip
    keep("matched", only[0], lambda kind: kind[0] in matched)
    keep("before only", only[1], lambda kind: kind[0] in lacks[0])
    keep("after only", only[2], lambda kind: kind[0] in lacks[1])
    if "items" in names(made):
        everyone = next((row[2] for row in table(made, "objectives").rows if row[2].value is not None), None)
        if everyone is not None:
            keep("n", everyone, lambda kind: kind[0] in known[0].places)
    for fact, at, codes in divisions(made, cohort):
        there = [code for code in codes if any(kind[0] in known[0].places and said(cohort, kind, at) == code
                                               for kind in cohort.kinds)]  # fmt: skip
        rows = table(made, report_groups._IDS[fact]).rows
        for code, row in zip(there, rows, strict=True):
            among = {kind for kind in cohort.kinds if kind[0] in known[0].places and said(cohort, kind, at) == code}
            keep((fact, code), row[1], among.__contains__)
    return Counter(cohort.kinds), cells


def small(atoms: Any, cells: Any, most: int = 4) -> Any:
    """The attack with sums of up to `most` cells: all of them would be 3 to the number of cells."""
    from itertools import combinations

    for some in combinations(cells, min(most, len(cells))):
        broken = attacked(atoms, {name: cells[name] for name in some})
        if broken:
            return broken
    return None


@pytest.mark.parametrize("seed", range(6))
def test_no_few_people_by_subtraction(seed: int) -> None:
    """Funnel, matching, wordings and professions together."""
    many = {"before_only": 3 * seed, "after_only": seed, "earlier": seed % 3}
    cohort = crowd.cohort(14 + 9 * seed, none=4, seed=seed, practice=seed % 2 == 0, **many)
    made = report.build(cohort, crowd.activity())
    atoms, cells = shown_people(made, cohort)
    merged: Counter[frozenset[Any]] = Counter()
    for atom, number in atoms.items():
        merged[frozenset(name for name, made_of in cells.items() if atom in made_of)] += number
    joined = {name: frozenset(one for one in merged if name in one) for name in cells}
    assert small(merged, joined, 3) is None


def shown_of(made: Report, cohort: Any, place: int) -> tuple[Counter[Any], dict[Any, frozenset[Any]]]:
    """One question: everything shown of it in its tables, as groups of (who, before, after)."""
    atoms: Counter[Any] = Counter()
    for one in cohort.groups:
        if one.after_edition is None:
            continue
        firsts = one.before[:, place] if one.before_edition is not None else [0] * one.n
        for first, second in zip(firsts, one.after[:, place], strict=True):
            atoms[one.before_edition is not None, chr(first), chr(second)] += 1
    both = {atom for atom in atoms if atom[0] and "-" not in atom}
    cells: dict[Any, frozenset[Any]] = {}

    def keep(name: str, cell: Cell, made_of: set[Any]) -> None:
        if cell.value is not None and not cell.bound:
            assert cell.value == sum(atoms[one] for one in made_of), name
            cells[name] = frozenset(made_of)

    row = table(made, "items").rows[place]
    keep("answered", row[2], both)
    for name, cell, at in (("before", row[3], 1), ("after", row[4], 2)):
        keep(f"right {name}", cell, {one for one in both if one[at] == "1"})
        if cell.value is not None:
            assert cell.of == sum(atoms[one] for one in both)
            cells[f"answered, said with {name}"] = frozenset(both)
    segments = {"improved": "01", "reinforced": "11", "unresolved": "00", "declined": "10"}
    for name, cell in zip(SEGMENTS, table(made, "items-segments").rows[place][1:], strict=True):
        keep(name, cell, {one for one in both if one[1] + one[2] == segments[name]})
    tests = table(made, "items-tests").rows[place]
    keep("changed", tests[1], {one for one in both if one[1] != one[2]})
    if tests[2].value is not None and not tests[2].bound:
        # With the interval an odds ratio gives both of its counts away.
        for name in ("improved", "declined"):
            cells[f"{name}, by the odds ratio"] = frozenset(one for one in both if one[1] + one[2] == segments[name])
    worth = table(made, "questions").rows[place][1]
    keep("right of all", worth, {one for one in atoms if one[2] == "1"})
    if worth.value is not None:
        cells["assessed"] = frozenset(atoms)
    cells["matched"] = frozenset(one for one in atoms if one[0])
    return atoms, cells


@pytest.mark.parametrize("seed", range(8))
def test_no_few_answers_by_subtraction(seed: int) -> None:
    """Each question: sides, segments, tests, difficulty and the number of matched learners together."""
    cohort = crowd.cohort(
        20 + 12 * seed,
        after_only=2 * seed,
        seed=seed,
        items=3,
        missing=0.03 * (seed % 2),
        shares=(0.3, 0.7 + seed / 40),
    )
    made = report.build(cohort, crowd.activity(3))
    shown = 0
    for place in range(3):
        atoms, cells = shown_of(made, cohort, place)
        assert small(atoms, cells, 4) is None
        shown += len(cells)
    assert shown > 3


def test_means_do_not_tell_what_the_items_hide() -> None:
    """Where one question of an objective is hidden its mean is hidden too, or another question with it."""
    hid = 0
    for seed in range(5):
        cohort = crowd.cohort(60, items=4, seed=seed, shares=(0.5, 0.92))
        made = report.build(cohort, crowd.activity(4))
        rows = table(made, "items").rows
        for objective, row in enumerate(table(made, "objectives").rows):
            places = range(4) if objective == 2 else [at for at in range(4) if at % 2 == objective]
            for column, mean in ((3, row[3]), (4, row[4])):
                gone = [at for at in places if rows[at][column].value is None]
                if mean.value is None or not gone:
                    continue
                hid += 1
                side = cohort.groups[0].before if column == 3 else cohort.groups[0].after
                right = sum(int((side[:, at] == 49).sum()) for at in gone)
                assert right >= 5
                assert len(gone) * 60 - right >= 5 or len(gone) * 60 == right
    assert hid


def test_a_mean_less_the_other_questions_tells_nothing_of_the_last() -> None:
    """Where one question alone is hidden on a side, whoever subtracts the others has it: all of it together is safe."""
    shown = 0
    for seed in range(40):
        how = {"shares": (0.45, 0.85), "missing": 0.03}
        cohort = crowd.cohort(20 + 2 * seed, items=3, after_only=seed % 9, seed=seed, **how)
        made = report.build(cohort, crowd.activity(3))
        whole, rows = table(made, "objectives").rows[-1], table(made, "items").rows
        for side, column, mean in ((1, 3, whole[3]), (2, 4, whole[4])):
            gone = [place for place in range(3) if rows[place][column].value is None]
            if mean.value is None or len(gone) != 1:
                continue
            atoms, cells = shown_of(made, cohort, gone[0])
            cells["by subtraction"] = frozenset(one for one in atoms if one[0] and one[side] == "1")
            assert derived(atoms, cells) is None
        shown += whole[3].value is not None and whole[4].value is not None
    assert shown > 20


def test_a_site_may_hide_more() -> None:
    cohort = crowd.cohort(40, before_only=8)
    made = [report.build(cohort, crowd.activity(), minimum=limit) for limit in (5, 10)]
    assert [table(one, "matching").rows[1][1].value for one in made] == [8, None]


def test_numbers_are_written_in_one_way() -> None:
    german = Numbers(point=",")
    assert german.cell(Cell(Form.SHARE, 52, of=61, low=0.741, high=0.921)) == "52 of 61 (85,2\u00a0%; 74,1 to 92,1)"
    assert german.number(-0.04, Form.POINTS) == "0,0"
    assert german.number(-3.21, Form.POINTS) == "\u22123,2"
    assert german.number(0.0004, Form.P) == "< 0,001"


def test_the_band_of_other_activities_is_written_in_the_readers_way() -> None:
    """The words are those of the numbers that decide which sentence stands there."""
    assert (float(report_objectives.BAND_LOW), float(report_objectives.BAND_HIGH)) == BENCHMARK
    german = {report_objectives.BAND_LOW: "0,48", report_objectives.BAND_HIGH: "0,75"}
    made = report.build(crowd.cohort(200, items=4), crowd.enduring(4))
    notes = " ".join(note.format(lambda one: german.get(one, one)) for note in made.sections[0].notes)
    assert "from 0,48 to 0,75, which" in notes


def test_simulated_is_carried() -> None:
    assert report.build(crowd.cohort(), crowd.activity(), simulated=True).simulated
    assert not replace(report.build(crowd.cohort(), crowd.activity())).simulated
