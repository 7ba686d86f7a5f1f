"""Which cells to hide, found by linear algebra: quick enough for a page with many ways to divide the same people. PURE.

Whoever has numbers of some groups can have the number of every group that is a sum of them with any factors, whole or
not: the span of the groups. `plan` hides cells until no group of 1 to `minimum` - 1 people lies in it. That is stricter
than `suppression.plan`, which tries plus and minus alone, and takes milliseconds where that takes seconds.

How a group is found: project each kind of people away from the span; the projections of a group's members add up to
nothing. All halves of small groups are made, and those looked for that cancel each other. Few kinds can be members of
one, however many there are (`_candidates`).
Source: promise 11; spec 5.3, rule 14; docs/decisions/0031.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr
from scipy.optimize import linprog

from cme_xblock.outcomes import suppression

Atom = TypeVar("Atom", bound=Hashable)
Cell = TypeVar("Cell", bound=Hashable)
Floats = NDArray[np.float64]

# So many halves of groups are made at once; with more the slower search has to say.
_MOST_HALVES = 3_000_000
_ZERO = 1e-8
_SAME = 1e-10
_DIGITS = 11


def plan(
    atoms: Mapping[Atom, int],
    cells: Mapping[Cell, frozenset[Atom]],
    *,
    minimum: int = suppression.MINIMUM,
    worth: Mapping[Cell, int] | None = None,
) -> frozenset[Cell]:
    """The cells to hide: arguments and result as of `suppression.plan`. The same arguments give the same cells.

    Raises KeyError for an atom that has no count, ValueError for a `minimum` below 2.
    """
    if minimum < 2:
        message = "A limit below 2 suppresses nothing."
        raise ValueError(message)
    sizes = {cell: sum(atoms[one] for one in made_of) for cell, made_of in cells.items()}
    names = [cell for cell in cells if sizes[cell]]
    kinds = _merged(atoms, {cell: cells[cell] for cell in names})
    within = np.zeros((len(names), len(kinds)))
    for column, kind in enumerate(kinds):
        within[list(kind), column] = 1.0
    counts = np.array(list(kinds.values()), dtype=np.int64)
    rank = {
        place: ((worth or {}).get(cell, 0), sizes[cell], -place) for place, cell in enumerate(names)
    }  # fmt: skip
    shown = [place for place, cell in enumerate(names) if sizes[cell] >= minimum]
    while shown:
        group = _small_group(within[shown], counts, minimum)
        if isinstance(group, str):
            kept = {names[place]: cells[names[place]] for place in shown}
            rest = suppression.plan(atoms, kept, minimum=minimum, worth=worth)
            shown = [place for place in shown if names[place] not in rest]
            break
        if group is None:
            break
        used = _combination(within[shown], group)
        shown.remove(min((shown[place] for place in used), key=rank.__getitem__))
    return frozenset(names) - {names[place] for place in shown}


def _merged(atoms: Mapping[Atom, int], cells: Mapping[Cell, frozenset[Atom]]) -> Mapping[frozenset[int], int]:
    """People by the places of the cells that they are in: who is in the same cells cannot be told apart."""
    within: dict[Atom, list[int]] = {}
    for place, made_of in enumerate(cells.values()):
        for atom in made_of:
            within.setdefault(atom, []).append(place)
    merged: Counter[frozenset[int]] = Counter()
    for atom, places in within.items():
        if atoms[atom]:
            merged[frozenset(places)] += atoms[atom]
    # Sets have another order in each process, and of several small groups the first that is found is hidden.
    return dict(sorted(merged.items(), key=lambda one: sorted(one[0])))


def _small_group(within: Floats, counts: NDArray[np.int64], minimum: int) -> Floats | str | None:
    """Some group of 1 to `minimum` - 1 people in the span of the rows of `within`, as a row; None where none is.

    A text where there are too many groups to try. `within`: cells by kinds of people, of whom there are `counts`.
    """
    few = _candidates(within, counts, minimum)
    halves = _halves(counts[few], minimum)
    if halves is None:
        return "too many"
    _, values, right = np.linalg.svd(within, full_matrices=False)
    span = right[values > 1e-9 * max(1.0, float(values.max(initial=0.0)))]
    # One number for each kind of people; the seed is fixed, so that every page and export hides the same.
    thrown = np.random.default_rng(20261122).normal(size=counts.size)
    # Rounded, for libraries add up in different orders, and which group is found first must not depend on that.
    told = np.round((thrown - span.T @ (span @ thrown))[few], _DIGITS)
    members, sizes = halves
    padded = np.append(told, 0.0)
    sums = padded[members].sum(axis=1)
    order = np.argsort(sums, kind="stable")
    risen = sums[order]
    first = np.searchsorted(risen, -sums - _SAME)
    last = np.searchsorted(risen, -sums + _SAME)
    for one in np.flatnonzero(last > first):
        for other in order[first[one] : last[one]]:
            both = [*members[one][members[one] < few.size], *members[other][members[other] < few.size]]
            if not both or len(set(both)) < len(both) or sizes[one] + sizes[other] >= minimum:
                continue
            group = np.zeros(counts.size)
            group[few[both]] = 1.0
            if np.abs(group - span.T @ (span @ group)).max() < _ZERO:
                return group
    return None


def _candidates(within: Floats, counts: NDArray[np.int64], minimum: int) -> NDArray[np.intp]:
    """The places of the kinds that a small group in the span can have as members.

    A sum of cells that is no small group of the large kinds is 0 on all of them, so on whatever they span. Of the rest
    take a basis, one of what then is left, and so on, minimum - 1 times. A kind in none of these is a sum of kinds in
    each; where the sum of cells is not 0 on it, it is not 0 on one of every basis: too many members for a small group.
    """
    large = within[:, counts >= minimum]
    left = np.flatnonzero(counts < minimum)
    columns = within[:, left]
    if large.size:
        base = _basis(large)[0]
        columns = columns - base @ (base.T @ columns)
    there = np.abs(columns).max(axis=0, initial=0.0) > _ZERO
    left, columns = left[there], columns[:, there]
    taken: list[NDArray[np.intp]] = []
    for _ in range(minimum - 1):
        if not left.size:
            break
        pivots = _basis(columns)[1]
        taken.append(left[pivots])
        left, columns = np.delete(left, pivots), np.delete(columns, pivots, axis=1)
    return np.sort(np.concatenate(taken)) if taken else np.zeros(0, dtype=np.intp)


def _basis(columns: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """An orthonormal basis of what the columns span, and the places of columns that span it."""
    turned, upper, order = qr(columns, mode="economic", pivoting=True)
    size = np.abs(np.diag(upper))
    rank = int((size > 1e-9 * max(1.0, float(size.max(initial=0.0)))).sum())
    return turned[:, :rank], np.asarray(order[:rank], dtype=np.intp)


def _halves(counts: NDArray[np.int64], minimum: int) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Every half of a group of fewer than `minimum`: its members, filled up with the first place that is none; sizes.

    A group has at most minimum - 1 kinds of people, so each half has at most half as many; one may be empty.
    """
    deepest, none = minimum // 2, counts.size
    members = np.full((1, deepest), none, dtype=np.int64)
    sizes = np.zeros(1, dtype=np.int64)
    last = np.array([-1], dtype=np.int64)
    every, every_size = [members], [sizes]
    for depth in range(deepest):
        if members.shape[0] * none > 4 * _MOST_HALVES:
            return None
        row, place = np.nonzero(np.arange(none)[None, :] > last[:, None])
        fits = sizes[row] + counts[place] < minimum
        row, place = row[fits], place[fits]
        members = members[row].copy()
        members[:, depth] = place
        sizes, last = sizes[row] + counts[place], place
        every.append(members)
        every_size.append(sizes)
        if sum(one.shape[0] for one in every) > _MOST_HALVES:
            return None
    return np.concatenate(every), np.concatenate(every_size)


def _combination(within: Floats, group: Floats) -> list[int]:
    """The rows of a sum that gives that group, with factors as small as can be: so with few rows."""
    rows = within.shape[0]
    answer = linprog(np.ones(2 * rows), A_eq=np.hstack([within.T, -within.T]), b_eq=group, bounds=(0, None))
    factors = answer.x[:rows] - answer.x[rows:] if answer.x is not None else np.linalg.lstsq(within.T, group)[0]
    return [int(place) for place in np.flatnonzero(np.abs(factors) > 1e-7)]
