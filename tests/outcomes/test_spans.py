"""No small group is a sum of shown ones with any factors: every group is tried, and the rank of the cells asked."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from cme_xblock.outcomes import spans
from tests import hanging
from tests.outcomes.test_suppression import attacked, table


def people_of(n: int, seed: int) -> tuple[Counter[Any], dict[Any, frozenset[Any]]]:
    """People with four attributes of which one follows another, and every one-way table with its total."""
    chance = random.Random(seed)
    found: Counter[Any] = Counter()
    for _ in range(n):
        profession = chance.choice("aaabbc")
        specialty = chance.choice("xyz") if profession != "c" else "-"
        found[profession, specialty, chance.choice("123"), chance.choice("pq")] += 1
    cells = {"total": frozenset(found)} | {
        (at, value): frozenset(one for one in found if one[at] == value)
        for at in range(4)
        for value in sorted({one[at] for one in found})
    }
    return found, cells


def derived(atoms: Mapping[Any, int], shown: Mapping[Any, frozenset[Any]], minimum: int = 5) -> Any:
    """A group of too few that lies in the span of the shown cells, by trying every group: slow and sure."""
    names = [atom for atom in atoms if atoms[atom]]
    rows = np.array([[atom in made_of for atom in names] for made_of in shown.values()], dtype=float)
    rank = np.linalg.matrix_rank(rows) if rows.size else 0
    few = [place for place, atom in enumerate(names) if atoms[atom] < minimum]
    for size in range(1, minimum):
        for some in combinations(few, size):
            if sum(atoms[names[place]] for place in some) < minimum:
                group = np.isin(np.arange(len(names)), some).astype(float)
                if np.linalg.matrix_rank(np.vstack([rows, group])) == rank:
                    return [names[place] for place in some]
    return None


def shown_after(atoms: Any, cells: Any, **how: Any) -> dict[Any, Any]:
    hidden = spans.plan(atoms, cells, **how)
    return {name: made_of for name, made_of in cells.items() if name not in hidden}


def test_the_specifications_groups() -> None:
    """Spec part 9: 12, 4 and 9 of 25."""
    assert spans.plan(*table(a=12, b=4, c=9)) == {"b", "c"}


@pytest.mark.parametrize("seed", range(12))
def test_no_factors_give_a_small_group(seed: int) -> None:
    """Random cohorts with attributes that depend on each other."""
    atoms, cells = people_of(6 + 3 * seed, seed)
    shown = shown_after(atoms, cells)
    assert derived(atoms, shown) is None
    assert all(not 0 < sum(atoms[one] for one in made_of) < 5 for made_of in shown.values())


def test_the_attack_finds_what_is_open() -> None:
    """Hiding the small cells alone is broken nearly every time."""
    broken = 0
    for seed in range(12):
        atoms, cells = people_of(12 + 3 * seed, seed)
        naive = {name: made_of for name, made_of in cells.items() if sum(atoms[one] for one in made_of) >= 5}
        broken += derived(atoms, naive) is not None
    assert broken > 6


def test_halves_count_too() -> None:
    """Plus and minus alone find nothing here, half of a sum does: (ab + ac - bc) / 2 is a, of four people."""
    atoms = {"a": 4, "b": 6, "c": 7}
    cells = {"ab": frozenset("ab"), "ac": frozenset("ac"), "bc": frozenset("bc")}
    assert attacked(atoms, cells) is None
    assert derived(atoms, cells)
    assert derived(atoms, shown_after(atoms, cells)) is None


def test_what_is_worth_more_stays() -> None:
    atoms, cells = table(a=12, b=4, c=9)
    assert spans.plan(atoms, cells, worth={"c": 2, "total": 3, "a": 1}) == {"a", "b"}


def test_a_higher_limit_and_none() -> None:
    atoms, cells = table(a=12, b=8, c=15)
    assert spans.plan(atoms, cells) == frozenset()
    assert spans.plan(atoms, cells, minimum=10) == {"a", "b"}
    assert spans.plan({}, {}) == frozenset()
    assert spans.plan({"a": 0}, {"none": frozenset("a")}) == frozenset()
    with pytest.raises(ValueError, match="2"):
        spans.plan(atoms, cells, minimum=1)


def test_many_kinds_of_people_are_no_hurdle() -> None:
    """Thousands of kinds, most of them of one person: no comparing of all pairs, which would take minutes."""
    chance = random.Random(3)
    atoms = Counter(tuple(chance.randrange(most) for most in (8, 16, 5, 6, 9)) for _ in range(6000))
    cells = {"total": frozenset(atoms)} | {
        (at, value): frozenset(one for one in atoms if one[at] == value)
        for at, most in enumerate((8, 16, 5, 6, 9))
        for value in range(most)
    }
    with hanging.computing():
        assert spans.plan(atoms, cells) == frozenset()
