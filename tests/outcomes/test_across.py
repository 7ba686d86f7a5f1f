"""All numbers of a report together, and of several reports: nobody's are had by subtraction across tables.

The attack is in `across.py`. It is exact: where it finds nothing, no factors give one to four people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest

from cme_xblock.outcomes import hiding, report, steps
from cme_xblock.outcomes.pairs import item_version
from cme_xblock.outcomes.steps import Memory, text_of
from tests.outcomes import across, crowd
from tests.outcomes.across import Told
from tests.outcomes.test_report_evidence import asking, sure_of
from tests.outcomes.test_steps import ACTIVITY, Book, crowd_of

COHORTS: Mapping[str, Any] = {
    "few": lambda seed: {"matched": 25, "items": 3, "after_only": seed % 9},
    "with practice": lambda seed: {"matched": 40, "items": 4, "practice": True},
    "unmatched and missing": lambda seed: {
        "matched": 60, "items": 6, "after_only": 3 * (seed % 4), "before_only": 3 * seed, "missing": 0.03,
    },
    "an earlier wording": lambda seed: {"matched": 80, "items": 4, "earlier": 4 + 2 * (seed % 5), "missing": 0.02},
    "many": lambda seed: {"matched": 150, "items": 8, "missing": 0.02, "after_only": seed % 11},
}  # fmt: skip


@pytest.mark.parametrize("name", COHORTS)
@pytest.mark.parametrize("seed", [0, 5, 7, 10])
def test_one_report_gives_nobody_away(name: str, seed: int) -> None:
    how = COHORTS[name](seed)
    cohort = crowd.cohort(seed=seed, shares=(0.5, 0.85), **how)
    _, told = across.of_report(cohort, crowd.activity(how["items"]), means=False)
    assert len(told.cells) + len(told.sums) > 20
    assert across.few(told) is None


@pytest.mark.parametrize(("matched", "items", "seed"), [(30, 3, 1), (70, 4, 0), (300, 3, 1), (800, 4, 2)])
def test_how_sure_they_were_tells_nothing_more(matched: int, items: int, seed: int) -> None:
    """With every question's levels, and the levels of all answers together."""
    cohort = sure_of(crowd.cohort(matched, items=items, seed=seed, shares=(0.4, 0.6), after_only=seed), seed)
    _, told = across.of_report(cohort, asking(items, sure=True), means=False)
    assert any(name[1] == "level" for name in told.sums) == (matched >= 300)
    assert across.few(told) is None


def test_means_of_groups_tell_nothing_more() -> None:
    """Scores by profession are sums over all questions of some people: more numbers, and still nobody."""
    for seed in range(3):
        cohort = crowd.cohort(40, seed=seed, items=3, shares=(0.5, 0.85), after_only=seed)
        _, told = across.of_report(cohort, crowd.activity(3))
        assert any(name[0] == "group" for name in told.sums)
        assert across.few(told) is None


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        # Six took it, as one table has it, and nine are matched or have no baseline, as another has it.
        ({"one": {"a", "b"}, "other": {"a"}}, True),
        ({"one": {"a", "c"}, "other": {"a"}}, False),
        ({"ab": {"a", "b"}, "ad": {"a", "d"}, "bd": {"b", "d"}}, True),
    ],
)
def test_the_attack_finds_people(cells: Mapping[str, set[str]], found: bool) -> None:
    """It is no empty gesture: also sums with halves are found."""
    told = Told({"a": 20, "b": 3, "c": 9, "d": 20}, lambda kind: kind)
    for name, made_of in cells.items():
        told.cells[name] = lambda kind, made_of=made_of: int(kind in made_of)
    assert (across.few(told) is not None) is found


def test_the_attack_finds_answers() -> None:
    """Forty people; 22 were right at the first question: nothing. Were 38, two were wrong: by subtraction of the two
    tables, and neither has a small number.
    """
    for right, found in ((22, False), (38, True)):
        told = Told({"learner": 40}, lambda kind: kind)
        told.cells["all"] = lambda kind: 1
        told.states["first"] = lambda kind, right=right: {"1": right, "0": 40 - right}
        told.states["second"] = lambda kind: {"1": 20, "0": 20}
        told.sums["right"] = lambda kind, question, state: int(question == "first" and state == "1")
        told.sums["score"] = lambda kind, question, state: int(state == "1")
        assert (across.few(told) is not None) is found


@dataclass
class Shelf(Book):
    """All reports so far, with everything that all of them tell together."""

    told: dict[Any, Any] = field(default_factory=dict)
    sides: list[Mapping[int, int]] = field(default_factory=list)

    def put(self, day: int) -> bool:
        """The report of that day, if it may be let out; whether it was."""
        cohort, kinds, _ = self._cohort(day)
        moves = Counter((self.trails.get(place, (-1,) * len(self.past)), kind) for place, kind in kinds.items())
        memory = Memory(self.past, {steps.PEOPLE: moves})
        made = report.build(cohort, ACTIVITY, planner=memory)
        if memory.refused:
            return False
        step = len(self.past)
        rows = [row for one in made.sections for table in one.tables if table.id == "objectives" for row in table.rows]
        for objective, row in zip(("o0", "o1", ""), rows, strict=False):
            if row[3].value is not None:
                self.told |= {("score", step, side, objective): None for side in hiding.SIDES}
        self.sides.append({place: kind[0] for place, kind in kinds.items()})
        for table, shown in memory.shown.items():
            for name, places in shown.cells.items():
                within = {shown.atoms[place][0] for place in places}
                if table == steps.PEOPLE:
                    counted = frozenset(place for place, kind in kinds.items() if text_of(kind) in within)
                    self.told["people", step, name] = counted
                elif table.startswith("item"):
                    self.told["item", step, table.split(" ")[1], name] = None
        super().add(day)
        return True

    def all(self) -> Told:
        """What all of it tells: somebody is known by when they were counted on which side."""
        trails = {
            place: tuple(side.get(place, -1) for side in self.sides) for place in range(len(self.learners))
        }  # fmt: skip
        told = Told(dict.fromkeys(trails, 1), trails.__getitem__)
        alike = Counter(trails.values())
        objectives = {item_version(one): one.objective for one in ACTIVITY.assessment.items}
        questions = {item_version(one): place for place, one in enumerate(ACTIVITY.assessment.items)}
        for version, at in questions.items():
            ways = {
                trail: dict.fromkeys(product("10-", repeat=2), 0)
                for trail in alike
                if any(one in (0, 2) for one in trail)
            }
            for place, trail in trails.items():
                if trail in ways:
                    ways[trail][self.learners[place].before[at], self.learners[place].after[at]] += 1
            told.states[version] = lambda place, ways=ways: ways.get(trails[place], {})
        full = {(matched, True, *way): 0 for matched in (True, False)
                for way in (product("10-", repeat=2) if matched else [("x", one) for one in "10-"])}  # fmt: skip
        cells = hiding.cells_of(full, paired=True) | {
            f"sum {side}": frozenset(atom for atom in full if atom[0] and atom[2 + at] == "1")
            for at, side in enumerate(hiding.SIDES)
        }
        for number, (kind, step, *rest) in enumerate(self.told):
            if kind == "people":
                counted = self.told[kind, step, *rest]
                told.cells[number] = lambda place, counted=counted: int(place in counted)
            elif kind == "score":
                told.sums[number] = lambda place, asked, way, step=step, which=tuple(rest): int(
                    trails[place][step] == 0
                    and way[hiding.SIDES.index(which[0])] == "1"
                    and which[1] in ("", objectives[asked])
                )
            else:
                version, name = rest
                made_of = _cell(cells, full, name)
                told.sums[number] = lambda place, asked, way, version=version, step=step, made_of=made_of: int(
                    asked == version and _atom(trails[place][step], way) in made_of
                )
        return told


def _cell(cells: Mapping[str, frozenset[Any]], full: Any, name: str) -> frozenset[Any]:
    """A cell by its name as it is kept; those of whom it is told elsewhere are not of the question."""
    plain_name = name.strip('"')
    return cells[plain_name] if not plain_name.startswith("known") else frozenset()


def _atom(side: int, way: Any) -> Any:
    return {0: (True, True, *way), 2: (False, True, "x", way[1])}.get(side)


@pytest.mark.parametrize("seed", range(3))
def test_no_reports_together_give_anybody_away(seed: int) -> None:
    """Day after day, all tables of all reports together."""
    shelf = Shelf(crowd_of(90, seed))
    out = [shelf.put(day) for day in (14, 20, 37, 60, 90)]
    assert sum(out) >= 3
    assert across.few(shelf.all()) is None


def test_the_attack_finds_what_reports_without_memory_give_away() -> None:
    shelf = Shelf(crowd_of(90, 1))
    shelf.put(20)
    first = dict(shelf.told)
    other = Shelf(crowd_of(90, 1))
    other.put(21)
    shelf.sides.append(other.sides[0])
    shelf.told = first | {(kind, 1, *rest): one for (kind, _, *rest), one in other.told.items()}
    assert across.few(shelf.all()) is not None
