"""Where people stood at each step: counts of groups, in which those who left are people still."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache

from cme_xblock.activity.codes import EvaluationMode
from cme_xblock.outcomes import refresh, releasing, report_evaluation, standings
from cme_xblock.outcomes.evidence import Evaluated, Evidence
from cme_xblock.outcomes.steps import Memory, text_of
from cme_xblock.outcomes.wheres import codes
from cme_xblock.records import trails
from cme_xblock.records.models import FirstAttempts, OutcomesRelease
from tests.outcomes import test_practice
from tests.outcomes.test_corrections import few
from tests.outcomes.test_practice import KEY, NOW, asking, evaluate
from tests.outcomes.test_said import QUESTIONS

NAMES = {"a": "A", "b": "B"}


def test_who_is_missing_has_left() -> None:
    """Three of a way that five went: two have left, from where they stood."""
    last = Counter({("A",): 5, ("B",): 6})
    found = standings.everybody(last, Counter({(("A",), "a"): 3, (("B",), "b"): 6, (("",), "a"): 2}))
    assert found == {(("A",), "a"): 3, (("A",), None): 2, (("B",), "b"): 6, (("",), "a"): 2}


def test_who_comes_back_is_found_again() -> None:
    last = Counter({("A", ""): 2, ("A", "A"): 9})
    found = standings.everybody(last, Counter({(("A", ""), "a"): 2, (("A", "A"), "a"): 9}))
    assert found == {(("A", ""), "a"): 2, (("A", "A"), "a"): 9}


def test_another_way_than_any_of_the_last_step_is_one_who_is_new_and_one_who_left() -> None:
    """A key was corrected: two who were counted as a are b now."""
    last = Counter({("A",): 7, ("B",): 6})
    found = standings.everybody(last, Counter({(("A",), "a"): 5, (("B",), "b"): 8}))
    assert found == {(("A",), "a"): 5, (("A",), None): 2, (("B",), "b"): 6, (("",), "b"): 2}


def test_whose_practice_is_forgotten_has_not_left() -> None:
    def name(practice: str | None) -> str:
        return trails.name(before=1, after=2, reached=31, profession="md", practice=practice)

    said, silent, forgotten = name("cardiology|||"), name(""), name(None)
    assert trails.without_practice(said) == trails.without_practice(silent) == forgotten
    last = Counter({(said,): 6, (silent,): 8})
    now = Counter({((said,), "a"): 5, ((silent,), "b"): 8, ((forgotten,), "b"): 1})
    assert standings.everybody(last, now) == {((said,), "a"): 5, ((said,), "b"): 1, ((silent,), "b"): 8}


def test_where_it_is_not_known_as_many_as_can_be_have_stayed() -> None:
    last = Counter({("A", "A"): 4, ("", "A"): 3, ("A", ""): 2, ("B", "B"): 5})
    found = standings.stayed(last, {"a": 8, "b": 4}, NAMES, 2)
    assert found == {(("A", "A"), "a"): 4, (("", "A"), "a"): 3, (("A", ""), "a"): 1, (("B", "B"), "b"): 4}


def test_what_is_kept_is_what_was_counted() -> None:
    chance = random.Random(5)
    kept = Counter(tuple(chance.choice(("", "A", "B")) for _ in range(4)) for _ in range(200))
    assert standings.loads(standings.dumps(kept)) == kept
    assert standings.loads(standings.dumps(Counter())) == Counter()


def test_codes_say_at_which_steps_somebody_was_what_they_are() -> None:
    def name(after: int | None, reached: int) -> str:
        return trails.name(before=1, after=after, reached=reached, profession="", practice="")

    trail = f'[[1,{text_of(name(None, 3))}],[2,{text_of(name(2, 19))}],[3,""],[4,{text_of(name(2, 83))}]]'
    found = codes({7: trail, 8: ""}, {7: name(2, 83), 8: name(2, 19)}, 5)
    assert found.whens[found.editions[7]] == "01011"
    assert found.whens[found.evaluated[7]] == "00011"
    assert found.whens[found.editions[8]] == "00000"
    assert found.whens[found.evaluated[8]] == "00000"


class Sheets:
    """Identified evaluations, and who keeps all that two and more steps show of them."""

    def __init__(self, n: int, seed: int) -> None:
        chance = random.Random(seed)
        self.given = [
            {str(one["id"]): frozenset(chance.choices("54321", (6, 4, 2, 1, 1), k=2 if one["id"] == "several" else 1))
             for one in QUESTIONS if chance.random() < 0.95}
            for _ in range(n)
        ]  # fmt: skip
        self.counted: list[set[int]] = []
        self.past: list[Any] = []
        self.known: dict[str, list[np.ndarray]] = {}

    def added(self, there: Any, parts: Any = None) -> Evaluated:
        sums = {}
        for one in QUESTIONS:
            answers = [self.given[at][one["id"]] for at in there if one["id"] in self.given[at]]
            sums[one["id"]] = {"answered": len(answers), "counts": Counter(x for each in answers for x in each),
                               "texts": []}  # fmt: skip
        return Evaluated(QUESTIONS, len(there), sums, anonymous=False, parts=parts or {})

    def step(self, there: set[int]) -> None:
        flags = {at: "".join("1" if at in each else "0" for each in self.counted) for at in there}
        whens = sorted(set(flags.values()))
        parts = {code: self.added([at for at in there if flags[at] == one]) for code, one in enumerate(whens)}
        memory = Memory(self.past, whens=whens)
        evidence = Evidence((self.added(there, parts),))
        assert list(report_evaluation.evaluation(evidence, minimum=5, planner=memory))
        for table, shown in memory.shown.items():
            _, _, question, choice = (*table.split(" "), "", "")[:4]
            if choice == "+":
                # Choices, and not people.
                continue
            for places in shown.cells.values():
                within = {shown.atoms[place][0] for place in places}
                sums = np.array([at in there and bool(within & self._atoms(at, question, choice))
                                 for at in range(len(self.given))], dtype=float)  # fmt: skip
                assert sums.sum() == sum(shown.atoms[place][1] for place in places)
                self.known.setdefault(table, []).append(sums)
        self.counted.append(there)
        self.past.append(memory.shown)

    def _atoms(self, at: int, question: str, choice: str) -> set[str]:
        if not question:
            return {text_of("total")}
        chosen = self.given[at].get(question)
        if choice:
            return {text_of("left out" if chosen is None else "chosen" if choice in chosen else "not")}
        return {text_of("left out" if chosen is None else next(iter(chosen)))}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("leave", [1, 2, 4, 5, 9])
def test_evaluations_of_who_left_are_given_away_by_no_steps(seed: int, leave: int) -> None:
    """Some leave while others come, and come back."""
    sheets = Sheets(160, seed)
    gone = set(range(3, 3 + leave))
    all_ = set(range(160))
    for there in (set(range(50)), set(range(60)) - gone, set(range(90)) - gone, all_, all_ - gone):
        sheets.step(there)
    assert {table: found for table, rows in sheets.known.items() if (found := few(np.array(rows)))} == {}
    assert sum(map(len, sheets.known.values())) > 40


@pytest.mark.django_db
@pytest.mark.database
def test_the_parts_of_every_table_are_the_whole(monkeypatch: Any) -> None:
    """Every table that the report asks for says when its people were counted, and leaves nobody out."""
    seen: Counter[str] = Counter()
    call = Memory.__call__

    def checked(self: Memory, table: str, atoms: Any, cells: Any, *, parts: Any = None, **how: Any) -> Any:
        if table.partition(" ")[0] not in ("people", "retention"):
            total: Counter[Any] = Counter()
            for code, part in parts().items():
                assert len(self.whens[code]) == len(self.past)
                total.update({atom: count for atom, count in part.items() if count})
            assert total == {atom: count for atom, count in atoms.items() if count}, table
            seen[table.partition(" ")[0]] += 1
        return call(self, table, atoms, cells, parts=parts, **how)

    monkeypatch.setattr(Memory, "__call__", checked)
    cache.clear()
    one, chance = asking(EvaluationMode.IDENTIFIED), random.Random(2)
    for look, until in enumerate((20, 50), start=1):
        for number in range(20 * look - 20, until):
            before, after = ("".join(chance.choice("01") for _ in range(3)) for _ in range(2))
            sure = ["".join(chance.choice("12345") for _ in range(3)) for _ in range(2)]
            test_practice.learn(one, str(number), before, sure[0], after, sure[1])
            evaluate(one, str(number), {"fits": [chance.choice("45")], "field": ["cardiology"]})
        refresh.refresh(KEY)
        # A list: MariaDB takes no limit in a subquery.
        physicians = list(FirstAttempts.objects.order_by("pk").values_list("pk", flat=True)[:look])
        FirstAttempts.objects.filter(pk__in=physicians).update(profession="md")
        releasing.current(KEY, replace(one), minimum=5, now=NOW + timedelta(days=look))
    assert OutcomesRelease.objects.count() == 2
    assert set(seen) == {"scores", "calibration", "item", "evaluation"}
