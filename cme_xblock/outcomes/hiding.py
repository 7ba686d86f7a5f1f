"""What a report must not show: one plan for people, one for scores, one for each question. PURE.

Each is made by `suppression.plan`, over the finest groups that the report's numbers can tell apart. Scores are sums of
right answers, so that an item's hidden count could be had from a mean: that plan counts answers and not people.
Source: promise 11; spec 5.3, rules 14 and 15; docs/decisions/0029.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cme_xblock.activity.model import Item
from cme_xblock.outcomes import pairs, suppression
from cme_xblock.outcomes.analysis import Analysis
from cme_xblock.outcomes.cohort import Cohort, Group
from cme_xblock.outcomes.marks import Reached, scored
from cme_xblock.outcomes.pairs import Version

# Cells and atoms go by names of several shapes; each function says which.
Name = Any
BEFORE, AFTER = "before", "after"
SIDES = (BEFORE, AFTER)
SEGMENTS = ("improved", "reinforced", "unresolved", "declined")
TOTAL = ""
# What a reader would miss most is given up last.
_WORTH = {
    "registered": 8, "matched": 9, Reached.ASSESSED: 7, Reached.CLAIMED: 7, Reached.STARTED: 6, Reached.CONTENT: 6,
    Reached.BASELINE: 5, "before_only": 4, "after_only": 4, "profession": 3,
}  # fmt: skip
_ITEM_WORTH = {"n": 9, "assessed": 8, "answered": 7, "right before": 5, "wrong before": 5, "right after": 5,
               "wrong after": 5, "difficulty": 3, "not right": 3}  # fmt: skip


def guarded(
    atoms: Mapping[Name, int], cells: Mapping[Name, frozenset[Name]], *, minimum: int, worth: Mapping[Name, int]
) -> frozenset[Name]:
    """The cells that `suppression.plan` hides, found sooner: no search where linear algebra says there is nothing.

    Those who are in the same cells are counted together.
    """
    within: dict[Name, list[Name]] = {}
    for name, made_of in cells.items():
        for atom in made_of:
            within.setdefault(atom, []).append(name)
    merged: Counter[Name] = Counter()
    for atom, number in atoms.items():
        if number and atom in within:
            merged[frozenset(within[atom])] += number
    joined = {name: frozenset(one for one in merged if name in one) for name in cells}
    few = _small(merged, minimum)
    if few is not None and not _is_open(merged, joined, few):
        return frozenset()
    return suppression.plan(
        merged,
        joined,
        minimum=minimum,
        worth=worth,
        is_open=None if few is None else lambda shown: _is_open(merged, shown, few),
    )


def _small(merged: Mapping[Name, int], minimum: int) -> np.ndarray | None:
    """Every group of 1 to minimum - 1 people, as a row over the atoms; None where they are too many to try."""
    atoms = list(merged)
    rows: list[tuple[int, ...]] = []
    growing: list[tuple[tuple[int, ...], int]] = [((), 0)]
    while growing:
        members, number = growing.pop()
        for place in range(members[-1] + 1 if members else 0, len(atoms)):
            total = number + merged[atoms[place]]
            if total < minimum:
                rows.append((*members, place))
                growing.append((rows[-1], total))
        if len(rows) > _MOST_GROUPS:
            return None
    found = np.zeros((len(rows), len(atoms)))
    for number, members in enumerate(rows):
        found[number, list(members)] = 1
    return found


def _is_open(merged: Mapping[Name, int], shown: Mapping[Name, frozenset[Name]], few: np.ndarray) -> bool:
    """Whether some small group is a sum of shown cells with any factors at all: if not, then with none of the signs."""
    if not len(few) or not shown:
        return False
    atoms = list(merged)
    matrix = np.array([[atom in made_of for atom in atoms] for made_of in shown.values()], dtype=float)
    _, values, right = np.linalg.svd(matrix, full_matrices=False)
    span = right[values > _ZERO * max(1.0, float(values.max()))]
    rest = few - (few @ span.T) @ span
    return bool((np.abs(rest).max(axis=1) < _ZERO).any())


# So many groups are tried at once; with more the search itself has to say.
_MOST_GROUPS = 20_000
_ZERO = 1e-9


@dataclass(frozen=True)
class Wording:
    """The matched learners who met the same versions of all pairs. `places` are those of their groups."""

    versions: tuple[Version, ...]
    places: tuple[int, ...]
    n: int


def wordings(cohort: Cohort) -> tuple[Wording, ...]:
    """The wordings that matched learners met, the most frequent first."""
    found: dict[tuple[Version, ...], list[int]] = {}
    for place, one in enumerate(cohort.groups):
        if one.before_edition is not None and one.after_edition is not None:
            versions = tuple(pair.version for pair in pairs.between(one.before_edition, one.after_edition))
            found.setdefault(versions, []).append(place)
    made = [
        Wording(versions, tuple(places), sum(cohort.groups[one].n for one in places))
        for versions, places in found.items()
    ]
    return tuple(sorted(made, key=lambda one: -one.n))


def people(cohort: Cohort, known: Sequence[Wording], *, minimum: int) -> frozenset[Name]:
    """The hidden ones among: registered, the steps reached, matched and not, wordings, professions of the first.

    Cells: "registered", a Reached, "matched", "before_only", "after_only", ("wording", its place), ("profession", its
    place).
    """
    kinds = cohort.kinds
    matched = {place for one in known for place in one.places}
    cells: dict[Name, frozenset[Name]] = {"registered": frozenset(kinds)}
    for step in STEPS:
        cells[step] = frozenset(kind for kind in kinds if kind[2] & step)
    cells["matched"] = frozenset(kind for kind in kinds if kind[0] in matched)
    for name, lacks in (("before_only", "after_edition"), ("after_only", "before_edition")):
        only = {place for place, one in enumerate(cohort.groups) if getattr(one, lacks) is None}
        cells[name] = frozenset(kind for kind in kinds if kind[0] in only)
    for number, one in enumerate(known):
        cells["wording", number] = frozenset(kind for kind in kinds if kind[0] in one.places)
    if known:
        for place in range(len(cohort.professions)):
            cells["profession", place] = frozenset(kind for kind in cells["wording", 0] if kind[1] == place)
    worth = {name: _WORTH.get(name[0] if isinstance(name, tuple) else name, 2) for name in cells}
    worth |= {("wording", number): 4 if number else 10 for number in range(len(known))}
    return guarded(kinds, cells, minimum=minimum, worth=worth)


STEPS = (
    Reached.ACKNOWLEDGED, Reached.BASELINE, Reached.STARTED, Reached.CONTENT, Reached.ASSESSED, Reached.PASSED,
    Reached.EVALUATED, Reached.CLAIMED, Reached.COMPLETED,
)  # fmt: skip


def scores(found: Analysis, *, minimum: int) -> frozenset[tuple[str, str, Name]]:
    """The hidden ones among ("score", side, objective or TOTAL) and ("item", side, its place).

    Atoms are answers: right ones and others of each item. What an item hides has to stay hidden from the means.
    """
    n = found.score.comparison.n if found.score else 0
    gone: set[tuple[str, str, Name]] = set()
    for side in SIDES:
        atoms: dict[Name, int] = {}
        cells: dict[Name, frozenset[Name]] = {}
        for place, one in enumerate(found.main):
            right = one.change.right_before if side == BEFORE else one.change.right_after
            atoms |= {(place, True): right, (place, False): n - right}
            for said in (True, False):
                cells["item", place, said] = frozenset({(place, said)})
        for name, places in _scores(found).items():
            for said in (True, False):
                cells["score", name, said] = frozenset((place, said) for place in places)
        worth = {cell: 1 if cell[0] == "item" else 3 if cell[1] == TOTAL else 2 for cell in cells}
        for cell in guarded(atoms, cells, minimum=minimum, worth=worth):
            gone.add((cell[0], side, cell[1]))
    return frozenset(gone)


def _scores(found: Analysis) -> dict[str, list[int]]:
    by: dict[str, list[int]] = {TOTAL: list(range(len(found.main)))}
    for place, one in enumerate(found.main):
        if one.after.objective:
            by.setdefault(one.after.objective, []).append(place)
    return by


def item(atoms: Mapping[Name, int], *, sides: frozenset[str], paired: bool, minimum: int) -> frozenset[Name]:
    """The hidden ones among an item's cells (see `cells_of`); `sides`: those hidden already, for the scores' sake."""
    cells = cells_of(atoms, paired=paired)
    gone: set[Name] = set()
    for side in sides:
        gone |= {f"right {side}", f"wrong {side}", *SEGMENTS}
    if AFTER in sides:
        gone |= {"difficulty", "not right"}
    left = {name: made_of for name, made_of in cells.items() if name not in gone}
    return frozenset(gone) | guarded(atoms, left, minimum=minimum, worth=_ITEM_WORTH)


def cells_of(atoms: Mapping[Name, int], *, paired: bool) -> dict[Name, frozenset[Name]]:
    """The groups that the report counts for an item. Atoms are (matched here, took that assessment, before, after)."""
    cells = {
        "assessed": _some(atoms, taken=True),
        "difficulty": _some(atoms, taken=True, after="1"),
        "not right": _some(atoms, taken=True, after="0-"),
    }
    if not paired:
        return cells
    both = {"before": "10", "after": "10", "matched": True}
    return cells | {
        "n": _some(atoms, matched=True),
        "answered": _some(atoms, **both),
        "right before": _some(atoms, **both | {"before": "1"}),
        "wrong before": _some(atoms, **both | {"before": "0"}),
        "right after": _some(atoms, **both | {"after": "1"}),
        "wrong after": _some(atoms, **both | {"after": "0"}),
        "improved": _some(atoms, **both | {"before": "0", "after": "1"}),
        "reinforced": _some(atoms, **both | {"before": "1", "after": "1"}),
        "unresolved": _some(atoms, **both | {"before": "0", "after": "0"}),
        "declined": _some(atoms, **both | {"before": "1", "after": "0"}),
    }


def _some(
    atoms: Mapping[Name, int],
    *,
    matched: bool | None = None,
    taken: bool | None = None,
    before: str = "",
    after: str = "",
) -> frozenset[Name]:
    return frozenset(
        atom
        for atom in atoms
        if (matched is None or atom[0] == matched)
        and (taken is None or atom[1] == taken)
        and (not before or atom[2] in before)
        and (not after or atom[3] in after)
    )


def atoms_of(groups: Sequence[Group], asked: Item, *, versions: tuple[str, ...], pair_id: str) -> Counter[Name]:
    """Who answered an assessment item how, with their answer to its twin where `pair_id` names one.

    `versions`: the assessment whose difficulty is shown. Marks are those of `marks.py`, and x where there is none.
    """
    found: Counter[Name] = Counter()
    wanted = pairs.item_version(asked)
    for one in groups:
        if one.after_edition is None:
            continue
        items = scored(one.after_edition.assessment.items)
        taken = tuple(pairs.item_version(each) for each in items) == versions
        matched = one.before_edition is not None
        place = next((at for at, each in enumerate(items) if pairs.item_version(each) == wanted), None)
        if place is None or not (taken or matched):
            continue
        first = _twin(one, pair_id) if matched else None
        second = one.after[:, place]
        before = first if first is not None else np.full(second.shape, ord("x"), dtype=np.uint8)
        codes, numbers = np.unique(before.astype(np.int32) * 256 + second, return_counts=True)
        for code, number in zip(codes.tolist(), numbers.tolist(), strict=True):
            found[matched, taken, chr(code // 256), chr(code % 256)] += number
    return found


def _twin(group: Group, pair_id: str) -> np.ndarray | None:
    for pair in pairs.between(group.before_edition, group.after_edition):  # type: ignore[arg-type]
        if pair.version.pair_id == pair_id:
            return group.before[:, pair.before_place]
    return None


def assessment_versions(groups: Sequence[Group]) -> tuple[str, ...]:
    """The versions of the items of the assessment that most of these learners took: as `analysis` chooses."""
    taken: Counter[tuple[str, ...]] = Counter()
    for one in groups:
        if one.after_edition is not None:
            taken[tuple(pairs.item_version(each) for each in scored(one.after_edition.assessment.items))] += one.n
    return max(taken, key=lambda one: taken[one], default=())
