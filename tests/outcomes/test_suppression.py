"""No number about fewer than five, whatever somebody adds and subtracts: an attacker who tries every sum."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from itertools import combinations, product
from typing import Any

import pytest

from cme_xblock.outcomes import suppression


def table(**groups: int) -> tuple[dict[Any, int], dict[Any, frozenset[Any]]]:
    """One breakdown with its total."""
    cells = {name: frozenset({name}) for name in groups}
    return dict(groups), {"total": frozenset(groups), **cells}


def attacked(atoms: Mapping[Any, int], shown: Mapping[Any, frozenset[Any]], minimum: int = 5) -> Any:
    """Some sum of shown cells, each with +1 or -1, that is a group of 1 to 4 people: tried one by one, no solver."""
    names = list(shown)
    for size in range(1, len(names) + 1):
        for some in combinations(names, size):
            for signs in product((1, -1), repeat=size):
                weights = {
                    atom: sum(sign for name, sign in zip(some, signs, strict=True) if atom in shown[name])
                    for atom, count in atoms.items()
                    if count
                }
                if set(weights.values()) <= {0, 1}:
                    people = sum(atoms[atom] for atom, weight in weights.items() if weight)
                    if 0 < people < minimum:
                        return dict(zip(some, signs, strict=True))
    return None


def shown_after(atoms: Mapping[Any, int], cells: Mapping[Any, frozenset[Any]], **how: Any) -> dict[Any, Any]:
    hidden = suppression.plan(atoms, cells, **how)
    return {name: made_of for name, made_of in cells.items() if name not in hidden}


def test_the_specifications_groups() -> None:
    """Spec part 9: 12, 4 and 9 of 25: the 4 goes, and the next smallest with it."""
    assert suppression.plan(*table(a=12, b=4, c=9)) == {"b", "c"}


@pytest.mark.parametrize(
    ("groups", "hidden"),
    [
        ({"a": 12, "b": 9}, set()),
        ({"a": 12, "b": 0}, set()),
        ({"a": 4, "b": 3, "c": 40}, {"a", "b"}),
        ({"a": 2, "b": 2, "c": 40}, {"a", "b", "c"}),
        ({"a": 4, "b": 30}, {"a", "b"}),
        ({"a": 3}, {"a", "total"}),
    ],
)
def test_one_breakdown(groups: dict[str, int], hidden: set[str]) -> None:
    """The complement goes too, and two hidden ones that together are too few take a third with them."""
    assert suppression.plan(*table(**groups)) == hidden


def test_without_a_total_there_is_nothing_to_subtract_from() -> None:
    """The complement is hidden for the total's sake alone."""
    atoms, cells = table(a=12, b=4, c=9)
    del cells["total"]
    assert suppression.plan(atoms, cells) == {"b"}


def test_two_breakdowns_are_seen_together() -> None:
    """20 physicians of whom 17 are cardiologists, all of whom are physicians: 3 are left by subtraction."""
    atoms = {("md", "cardiology"): 17, ("md", "oncology"): 3, ("rn", "oncology"): 9, ("rn", "surgery"): 8}
    cells = {"total": frozenset(atoms)} | {
        (place, value): frozenset(atom for atom in atoms if atom[place] == value)
        for place in (0, 1)
        for value in dict.fromkeys(atom[place] for atom in atoms)
    }
    assert attacked(atoms, cells) is not None
    assert suppression.plan(atoms, cells)
    assert attacked(atoms, shown_after(atoms, cells)) is None


def test_before_and_after_stay_where_the_four_changes_go() -> None:
    """Two declined: the four changes have to hide something, the shares right before and after need not."""
    atoms = {"improved": 31, "reinforced": 21, "unresolved": 7, "declined": 2}
    cells = {
        "matched": frozenset(atoms),
        "right before": frozenset({"reinforced", "declined"}),
        "wrong before": frozenset({"improved", "unresolved"}),
        "right after": frozenset({"improved", "reinforced"}),
        "wrong after": frozenset({"unresolved", "declined"}),
        **{name: frozenset({name}) for name in atoms},
    }
    worth = {name: 0 if name in atoms else 1 for name in cells}
    shown = shown_after(atoms, cells, worth=worth)
    assert {"matched", "right before", "right after", "wrong before", "wrong after"} <= set(shown)
    assert "declined" not in shown
    assert attacked(atoms, shown) is None


@pytest.mark.parametrize("seed", range(25))
def test_an_attacker_finds_nothing(seed: int) -> None:
    """Random cohorts with three attributes, every table and the total: every sum of up to all cells is tried."""
    chance = random.Random(seed)
    people = Counter(
        (chance.choice("ab"), chance.choice("xyz"[: chance.randint(2, 3)]), chance.choice("pq"))
        for _ in range(chance.randint(4, 60))
    )
    cells = {"total": frozenset(people)} | {
        f"{place}{value}": frozenset(one for one in people if one[place] == value)
        for place in range(3)
        for value in sorted({one[place] for one in people})
    }
    shown = shown_after(people, cells)
    assert attacked(people, shown) is None
    assert all(not 0 < sum(people[one] for one in made_of) < 5 for made_of in shown.values())


def test_the_attacker_finds_what_is_open() -> None:
    """The attack itself is no empty gesture: it breaks most tables where only small cells were hidden."""
    broken = 0
    for seed in range(60):
        chance = random.Random(seed)
        atoms, cells = table(**{name: chance.randint(1, 20) for name in "abc"})
        naive = {name: made_of for name, made_of in cells.items() if sum(atoms[one] for one in made_of) >= 5}
        broken += attacked(atoms, naive) is not None
    assert broken > 15


def test_a_higher_limit_hides_more() -> None:
    """A site's choice of 10; and a limit that suppresses nothing is refused."""
    atoms, cells = table(a=12, b=8, c=15)
    assert suppression.plan(atoms, cells) == frozenset()
    assert suppression.plan(atoms, cells, minimum=10) == {"a", "b"}
    with pytest.raises(ValueError, match="2"):
        suppression.plan(atoms, cells, minimum=1)
