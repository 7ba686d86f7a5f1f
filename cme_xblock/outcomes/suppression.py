"""Which numbers are not shown, so that none tells about fewer people than the limit, not even by subtraction. PURE.

A page shows cells: groups of people with a count. Whoever adds and subtracts what is shown can find the count of any
group that is a sum of shown cells with whole-number signs. `plan` hides cells until no group of 1 to `minimum` - 1
people can be had that way. Nobody is in an empty group, so that 0 may be shown.
Source: promise 11; spec 5.3, rule 14 (complementary suppression).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

# The default of rule 14; a site may set 10.
MINIMUM = 5

Atom = TypeVar("Atom", bound=Hashable)
Cell = TypeVar("Cell", bound=Hashable)


def plan(
    atoms: Mapping[Atom, int],
    cells: Mapping[Cell, frozenset[Atom]],
    *,
    minimum: int = MINIMUM,
    worth: Mapping[Cell, int] | None = None,
    is_open: Callable[[Mapping[Cell, frozenset[Atom]]], bool] | None = None,
) -> frozenset[Cell]:
    """The cells to hide.

    `atoms`: the finest groups that the page's numbers can tell apart, and how many people are in each; everybody is in
    exactly one. `cells`: what the page would show, each as the atoms that it is made of; the total is a cell as any
    other. `worth`: what is worth more (0 where nothing is said) is given up later. `is_open`: a quicker answer to
    whether the shown cells may give a small group away; it may say yes too often, never no. The same arguments give the
    same cells on every screen and in every export. Raises KeyError for an atom that has no count, ValueError for a
    `minimum` below 2.
    """
    if minimum < 2:
        message = "A limit below 2 suppresses nothing."
        raise ValueError(message)
    sizes = {cell: sum(atoms[one] for one in made_of) for cell, made_of in cells.items()}
    shown = [cell for cell in cells if sizes[cell] >= minimum or sizes[cell] == 0]
    while True:
        kept = {cell: cells[cell] for cell in shown}
        combination = {} if is_open is not None and not is_open(kept) else found(atoms, kept, minimum=minimum)
        if not combination:
            return frozenset(cells) - frozenset(shown)
        # The smallest tells least; of equal ones the last in the page's order, which is the same everywhere.
        place = {cell: order for order, cell in enumerate(cells)}
        value = worth or {}
        shown.remove(min(combination, key=lambda cell: (value.get(cell, 0), sizes[cell], -place[cell])))


def found(
    atoms: Mapping[Atom, int], shown: Mapping[Cell, frozenset[Atom]], *, minimum: int = MINIMUM
) -> Mapping[Cell, int]:
    """A shortest sum of shown cells, with signs, that counts 1 to `minimum` - 1 people; empty where there is none.

    Each cell is taken at most once, with plus or minus.
    """
    people = [cell for cell in shown if any(atoms[one] for one in shown[cell])]
    columns = _columns(atoms, {cell: shown[cell] for cell in people})
    if not people or not columns:
        return {}
    signs = _solve(np.array(list(columns), dtype=float).T, np.array(list(columns.values()), dtype=float), minimum)
    return {cell: sign for cell, sign in zip(people, signs, strict=True) if sign}


def _columns(atoms: Mapping[Atom, int], shown: Mapping[Cell, frozenset[Atom]]) -> dict[tuple[bool, ...], int]:
    """The people by which shown cells they are in: who is in the same cells cannot be told apart."""
    columns: dict[tuple[bool, ...], int] = {}
    for atom, count in atoms.items():
        column = tuple(atom in made_of for made_of in shown.values())
        if count and any(column):
            columns[column] = columns.get(column, 0) + count
    return columns


def _solve(within: np.ndarray, counts: np.ndarray, minimum: int) -> list[int]:
    """Signs s of the cells with within^T s a group (0 or 1 for everybody) of 1 to minimum - 1 people; shortest first.

    `within` has a row for each cell and a column for each kind of people. Variables: plus and minus of each cell.
    """
    cells, _kinds = within.shape
    combined = np.hstack([within.T, -within.T])
    once = np.hstack([np.eye(cells), np.eye(cells)])
    answer = milp(
        c=np.ones(2 * cells),
        integrality=np.ones(2 * cells),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(combined, 0, 1),
            LinearConstraint(once, 0, 1),
            LinearConstraint(counts @ combined, 1, minimum - 1),
        ],
    )
    if answer.x is None:
        return [0] * cells
    chosen = np.rint(answer.x).astype(int)
    return [int(plus - minus) for plus, minus in zip(chosen[:cells], chosen[cells:], strict=True)]
