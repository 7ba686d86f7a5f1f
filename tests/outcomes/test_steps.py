"""Reports one after another give nobody away together: an attacker who keeps all of them and tries every short sum."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

from cme_xblock.outcomes import peers, report, steps
from cme_xblock.outcomes.cohort import Cohort, Group
from cme_xblock.outcomes.marks import Reached
from cme_xblock.outcomes.pairs import item_version
from cme_xblock.outcomes.steps import Memory, Shown, text_of
from tests.outcomes import crowd

ITEMS, MOST = 3, 3
BEGAN = Reached.ACKNOWLEDGED
ACTIVITY = crowd.activity(ITEMS)


@dataclass(frozen=True)
class Learner:
    """Somebody who comes, answers before, and answers after, each on some day; 999: never."""

    days: tuple[int, int, int]
    before: str
    after: str
    profession: int

    def bits(self, day: int) -> int:
        came, first, second = (day >= one for one in self.days)
        return (int(BEGAN) if came else 0) | (int(Reached.BASELINE) if first else 0) | (
            int(Reached.STARTED | Reached.CONTENT | Reached.ASSESSED) if second else 0
        )  # fmt: skip


def crowd_of(n: int, seed: int) -> list[Learner]:
    chance = random.Random(seed)

    def answers(share: float) -> str:
        return "".join("1" if chance.random() < share else "0" for _ in range(ITEMS))

    made = []
    for _ in range(n):
        came = chance.randrange(60)
        first = came if chance.random() < 0.9 else 999
        second = came + chance.randrange(30) if chance.random() < 0.8 else 999
        made.append(Learner((came, first, second), answers(0.4), answers(0.8), chance.randrange(3)))
    return made


@dataclass
class Book:
    """All reports so far, as somebody keeps them: by table, each shown sum as the set of learners that it counts."""

    learners: list[Learner]
    past: list[Mapping[str, Shown]] = field(default_factory=list)
    trails: dict[int, tuple[int, ...]] = field(default_factory=dict)
    known: dict[str, dict[Any, np.ndarray]] = field(default_factory=dict)

    def add(self, day: int, *, forgets: bool = False) -> None:
        """The report of that day; `forgets`: as it would be made by itself."""
        cohort, kinds, marks = self._cohort(day)
        moves = Counter((self.trails.get(place, (-1,) * len(self.past)), kind) for place, kind in kinds.items())
        memory = Memory([] if forgets else self.past, {steps.PEOPLE: moves})
        report.build(cohort, ACTIVITY, planner=memory)
        for table, shown in memory.shown.items():
            groups = kinds if table == steps.PEOPLE else marks.get(table.split(" ")[1])
            if not table.startswith(("people", "item")) or groups is None:
                continue
            for name, places in shown.cells.items():
                within = {shown.atoms[place][0] for place in places}
                sums = np.array([text_of(groups.get(one)) in within for one in range(len(self.learners))], dtype=int)
                assert sums.sum() == sum(shown.atoms[place][1] for place in places), (table, name)
                self.known.setdefault(table, {})[day, name] = sums
        at = {name: place for place, (name, _) in enumerate(memory.shown[steps.PEOPLE].atoms)}
        for place in range(len(self.learners)):
            kind = kinds.get(place)
            here = -1 if kind is None else at[text_of(kind)]
            self.trails[place] = (*self.trails.get(place, (-1,) * len(self.past)), here)
        self.past.append(memory.shown)

    def _cohort(self, day: int) -> tuple[Cohort, dict[int, Any], dict[str, dict[int, Any]]]:
        """The cohort of a day; everybody's kind; and for each question's version everybody's atom."""
        there = {place: one for place, one in enumerate(self.learners) if one.bits(day)}
        sides = {
            (True, True): 0, (True, False): 1, (False, True): 2,
        }  # fmt: skip
        kinds: dict[int, Any] = {}
        rows: dict[int, list[int]] = {0: [], 1: [], 2: []}
        for place, one in there.items():
            bits = one.bits(day)
            side = sides.get((bool(bits & Reached.BASELINE), bool(bits & Reached.ASSESSED)), -1)
            kinds[place] = (side, one.profession, bits, 0)
            if side >= 0:
                rows[side].append(place)
        groups = tuple(
            Group(
                ACTIVITY if side != 2 else None,
                ACTIVITY if side != 1 else None,
                _marks([self.learners[one].before if side != 2 else "" for one in rows[side]], side != 2),
                _marks([self.learners[one].after if side != 1 else "" for one in rows[side]], side != 1),
                np.array([self.learners[one].profession for one in rows[side]], dtype=np.int16),
            )
            for side in rows
        )
        marks: dict[str, dict[int, Any]] = {}
        for number, item in enumerate(ACTIVITY.assessment.items):
            marks[item_version(item)] = {
                place: (side == 0, True, self.learners[place].before[number] if side == 0 else "x",
                        self.learners[place].after[number])
                for side in (0, 2)
                for place in rows[side]
            }  # fmt: skip
        counted = Counter(kinds.values())
        reached = {flag: sum(n for kind, n in counted.items() if kind[2] & flag) for flag in Reached}
        return Cohort(len(there), reached, ("", "md", "rn"), groups, dict(counted)), kinds, marks

    def broken(self) -> Any:
        """A table, and a sum of up to three shown numbers of any days, that is 1 to 4 people."""
        for table, sums in self.known.items():
            # The same people twice say nothing new.
            different = {one.tobytes(): (name, one) for name, one in sums.items() if one.any()}
            names, rows = zip(*different.values(), strict=True)
            found = _small(np.array(rows))
            if found:
                return table, [(sign, names[place]) for sign, place in found]
        return None


def _marks(rows: list[str], there: bool) -> np.ndarray:
    return np.frombuffer("".join(rows).encode(), dtype=np.uint8).reshape(len(rows), ITEMS if there else 0)


def _small(rows: np.ndarray) -> list[tuple[int, int]] | None:
    for size in range(1, MOST + 1):
        for some in combinations(range(len(rows)), size):
            for signs in product((1, -1), repeat=size):
                if signs[0] < 0:
                    continue
                group = np.array(signs) @ rows[list(some)]
                for one in (group, -group):
                    if one.min() >= 0 and one.max() == 1 and one.sum() < 5:
                        return list(zip(signs, some, strict=True))
    return None


@pytest.mark.parametrize("seed", range(4))
def test_no_days_reports_give_few_people_away(seed: int) -> None:
    """Day after day, each question and the funnel with matching and professions; people come and come further."""
    book = Book(crowd_of(90, seed))
    for day in (12, 14, 20, 31, 37, 60, 61, 90):
        book.add(day)
    assert book.broken() is None
    assert max(len(one) for one in book.known.values()) > 20


def test_the_attack_finds_what_reports_without_memory_give_away() -> None:
    """Each report by itself is fine; two days' difference is not."""
    book = Book(crowd_of(90, 1))
    for day in (20, 21):
        book.add(day, forgets=True)
    assert book.broken() is not None


def test_what_was_never_shown_may_be_shown_later() -> None:
    """Nothing is hidden for ever because it was hidden once."""
    book = Book(crowd_of(90, 2))
    book.add(10)
    early = sum(len(one.cells) for one in book.past[0].values())
    book.add(90)
    assert sum(len(one.cells) for one in book.past[1].values()) > 2 * early


def test_a_learners_page_says_the_reports_numbers_and_only_those_with_one_to_spare() -> None:
    """Whoever takes themselves out of a number that their page shows is left with five others at least."""
    book = Book(crowd_of(90, 3))
    book.add(99)
    told = peers.of_tables(book.past[0], minimum=5)
    assert told
    for version, (n, before, after) in told.items():
        [shown] = [one for table, one in book.past[0].items() if table.startswith(f"item {version} ")]
        counts = {name: sum(shown.atoms[place][1] for place in made_of) for name, made_of in shown.cells.items()}
        assert (n, before, after) == tuple(counts[text_of(one)] for one in ("answered", "right before", "right after"))
        assert all(count == 0 or count > 5 for count in (before, n - before, after, n - after))
