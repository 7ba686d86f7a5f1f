"""What a report must not show of answers: one plan for scores, one for each question. PURE.

Each is made by `spans.plan`, over the finest groups that the report's numbers can tell apart. Scores are sums of right
answers, so that an item's hidden count could be had from a mean: that plan counts answers and not people.
Source: promise 11; spec 5.3, rules 14 and 15; docs/decisions/0029.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Item
from cme_xblock.outcomes import pairs, sureness
from cme_xblock.outcomes.analysis import Analysis
from cme_xblock.outcomes.cohort import Group
from cme_xblock.outcomes.hiding_people import taken_by
from cme_xblock.outcomes.marks import MISSING, RIGHT
from cme_xblock.outcomes.pairs import Version, scored
from cme_xblock.outcomes.planner import TOLD, Name, Parts, Planner, plain
from cme_xblock.outcomes.sureness import Sureness

# The learners by when they were counted in the report's steps, as of `cohort.by_code`.
Coded = Mapping[int, tuple[Group, ...]]
NO_CODES: Coded = {}
# Whether matched, and whether they took the assessment whose difficulties are told.
Who = tuple[bool, bool]
BEFORE, AFTER = "before", "after"
SIDES = (BEFORE, AFTER)
SEGMENTS = ("improved", "reinforced", "unresolved", "declined")
TOTAL = ""
# What a reader would miss most is given up last.
_ITEM_WORTH = {"sum before": 20, "sum after": 20, "n": 9, "assessed": 8, "answered": 7, "said": 6, "right before": 5,
               "wrong before": 5, "right after": 5, "wrong after": 5, "difficulty": 3, "not right": 3, "sure before": 2,
               "sure after": 2}  # fmt: skip


def scores(
    found: Analysis, *, minimum: int, planner: Planner = plain, coded: Coded = NO_CODES
) -> frozenset[tuple[str, str, Name]]:
    """The hidden ones among ("score", side, objective or TOTAL) and ("item", side, its place).

    Atoms are answers: right ones and others of each item. What an item hides has to stay hidden from the means.
    `coded`: of `cohort.by_code`, the learners of the analysis and perhaps others.
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
        table = f"scores {side} {canonical.digest([[one.version.before, one.version.after] for one in found.main])}"
        parts = parts_of(coded, partial(_answers, found, side))
        for cell in planner(table, atoms, cells, minimum=minimum, worth=worth, parts=parts):
            gone.add((cell[0], side, cell[1]))
    return frozenset(gone)


def _answers(found: Analysis, side: str, groups: Sequence[Group]) -> Counter[Name]:
    """Right answers and others to each main pair, of some of the learners."""
    wanted = tuple(one.version for one in found.main)
    atoms: Counter[Name] = Counter()
    for group in groups:
        if group.before_edition is None or group.after_edition is None:
            continue
        met = pairs.between(group.before_edition, group.after_edition)
        if tuple(one.version for one in met) != wanted:
            continue
        for place, pair in enumerate(met):
            marks = group.before[:, pair.before_place], group.after[:, pair.after_place]
            both = (marks[0] != ord(MISSING)) & (marks[1] != ord(MISSING))
            right = int(np.count_nonzero(both & (marks[side == AFTER] == ord(RIGHT))))
            atoms[place, True] += right
            atoms[place, False] += group.n - right
    return atoms


def parts_of(coded: Coded, count: Callable[[tuple[Group, ...]], Mapping[Name, int]]) -> Parts | None:
    """A table by when its people were counted; None where the report does not know."""
    return (lambda: {code: count(groups) for code, groups in coded.items()}) if coded else None


def _scores(found: Analysis) -> dict[str, list[int]]:
    by: dict[str, list[int]] = {TOTAL: list(range(len(found.main)))}
    for place, one in enumerate(found.main):
        if one.after.objective:
            by.setdefault(one.after.objective, []).append(place)
    return by


def item(
    atoms: Mapping[Name, int],
    *,
    paired: bool,
    minimum: int,
    table: str = "",
    planner: Planner = plain,
    already: frozenset[Name] = frozenset(),
    known: Sequence[frozenset[Who]] = (),
    parts: Parts | None = None,
) -> frozenset[Name]:
    """The hidden ones among an item's cells (see `cells_of`).

    `already`: of `hidden_already`. "sum before" and "sum after" are what follows from a mean less the other questions:
    where one has to go, the means do. `known`: of whom it is told elsewhere how many they are together.
    """
    cells = cells_of(atoms, paired=paired)
    worth = dict(_ITEM_WORTH)
    for some in known:
        made_of = frozenset(atom for atom in atoms if atom[:2] in some)
        name = next((one for one in ("n", "assessed") if cells.get(one) == made_of), f"known {sorted(some)}")
        cells[name], worth[name] = made_of, TOLD
    if paired:
        cells |= {f"sum {side}": _some(atoms, matched=True, **{side: "1"}) for side in SIDES}  # fmt: skip
    left = {name: made_of for name, made_of in cells.items() if name not in already}
    gone = planner(table, atoms, left, minimum=minimum, worth=worth, parts=parts)
    return gone | (already - {f"sum {side}" for side in SIDES})


def hidden_already(*, sides: Iterable[str], sure: Iterable[str], is_taken_told: bool) -> frozenset[Name]:
    """The cells of an item that are hidden for the sake of other numbers, before its own plan is made.

    `sides`: of which the scores hide it; `sure`: cells that the calibration hides; `is_taken_told`: whether it may be
    told how many took the assessment.
    """
    gone: set[Name] = set(sure)
    for side in sides:
        gone |= {f"sum {side}", f"right {side}", f"wrong {side}", *SEGMENTS}
    if AFTER in sides:
        gone |= {"difficulty", "not right"}
    return frozenset(gone | (set() if is_taken_told else {"assessed", "difficulty", "not right"}))


def cells_of(atoms: Mapping[Name, int], *, paired: bool) -> dict[Name, frozenset[Name]]:
    """The groups that the report counts for an item.

    Atoms are (matched here, took that assessment, before, after), and how sure where that was said both times: whether
    before and after (1 or 0), and how it moved (+, = or -).
    """
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
        **_sure_cells(atoms),
    }


def _sure_cells(atoms: Mapping[Name, int]) -> dict[Name, frozenset[Name]]:
    """How sure, and wrong: of those who said how sure they were both times."""
    said = frozenset(atom for atom in atoms if len(atom) > _MARKED)
    if not said:
        return {}
    cells: dict[Name, frozenset[Name]] = {"said": said}
    for place, side in enumerate(SIDES):
        cells[f"sure {side}"] = frozenset(atom for atom in said if atom[4][place] == "1")
        cells[f"said wrong {side}"] = frozenset(atom for atom in said if atom[2 + place] == "0")
        cells[f"wrong sure {side}"] = cells[f"sure {side}"] & cells[f"said wrong {side}"]
    for name, sign in SHIFTS.items():
        cells[name] = frozenset(atom for atom in said if atom[4][2] == sign)
    return cells


def calibration(
    found: Sureness, side: str, table: str, *, minimum: int, planner: Planner = plain, parts: Parts | None = None
) -> frozenset[Name]:
    """The hidden ones among ("level", l), ("right", l), and (one of QUESTIONS_SURE, place of a pair).

    Atoms are answers: (place of the pair, level, right). What a question hides must stay hidden from the sum of all.
    """
    atoms = calibrated(found, side)
    tops = {place: one.top for place, one in found.pairs.items()}
    cells: dict[Name, frozenset[Name]] = {}
    for level in sorted({atom[1] for atom in atoms}):
        cells["level", level] = frozenset(atom for atom in atoms if atom[1] == level)
        cells["right", level] = frozenset(atom for atom in cells["level", level] if atom[2])
    for place, top in tops.items():
        cells["said", place] = frozenset(atom for atom in atoms if atom[0] == place)
        cells["sure", place] = frozenset(atom for atom in atoms if atom[0] == place and atom[1] >= top)
        cells["said wrong", place] = frozenset(atom for atom in atoms if atom[0] == place and not atom[2])
        cells["wrong sure", place] = cells["sure", place] & cells["said wrong", place]
    worth = {name: 2 if name[0] in ("level", "right") else 1 for name in cells}
    return planner(f"calibration {side} {table}", atoms, cells, minimum=minimum, worth=worth, parts=parts)


# What is told of how sure learners were of each question: the first of both sides together, the others of each.
QUESTIONS_SURE = ("said", "sure", "said wrong", "wrong sure")


def sure_cell(name: str, side: str) -> str:
    """What a question's plan calls one of QUESTIONS_SURE."""
    return name if name == "said" else f"{name} {side}"


def calibrated(found: Sureness | None, side: str) -> Counter[Name]:
    """Answers by the place of the pair, how sure (the level), and whether right."""
    atoms: Counter[Name] = Counter()
    for place, one in found.pairs.items() if found is not None else ():
        levels, right = (one.before, one.right_before) if side == BEFORE else (one.after, one.right_after)
        codes, numbers = np.unique(levels.astype(np.int32) * 2 + right, return_counts=True)  # type: ignore[operator]
        for code, number in zip(codes.tolist(), numbers.tolist(), strict=True):
            atoms[place, code // 2, code % 2] = number
    return atoms


def alone(
    atoms: Mapping[Name, int], *, minimum: int, table: str, planner: Planner = plain, parts: Parts | None = None
) -> frozenset[Name]:
    """The hidden ones among "n", BEFORE and AFTER (who were sure), and SHIFTS, of an item that only asks how sure.

    `atoms`: of `alone_of`. All who are matched are told of elsewhere.
    """
    said = frozenset(atoms) - {_SILENT}
    cells: dict[Name, frozenset[Name]] = {"matched": frozenset(atoms), "n": said}
    cells |= {side: frozenset(one for one in said if one[place]) for place, side in enumerate(SIDES)}
    cells |= {name: frozenset(one for one in said if one[2] == sign) for name, sign in SHIFTS.items()}
    worth = {"matched": TOLD, "n": 9, BEFORE: 2, AFTER: 2}
    return planner(table, atoms, cells, minimum=minimum, worth=worth, parts=parts)


def alone_of(groups: Sequence[Group], main: Sequence[Version], name: str) -> Counter[Name]:
    """Matched learners by whether they were sure before, after, and how it moved; and who did not say it both times."""
    found: Counter[Name] = Counter()
    told = sureness.of(groups, main)
    for one in told.items if told is not None else ():
        if one.name == name:
            for before, after in zip(one.before.tolist(), one.after.tolist(), strict=True):
                found[before >= one.top, after >= one.top, "=+-"[(after > before) - (after < before)]] += 1
    matched = sum(one.n for one in groups if one.before_edition is not None and one.after_edition is not None)
    found[_SILENT] = max(matched - sum(found.values()), 0)
    return found


_SILENT = "silent"
_MARKED = 4
SHIFTS = {"surer": "+", "as sure": "=", "less sure": "-"}


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
    The last is how sure they were, as of `cells_of`.
    """
    found: Counter[Name] = Counter()
    for at, who, place in _met(groups, asked, versions):
        one, (matched, taken) = groups[at], who
        first = _twin(one, pair_id) if matched else None
        second = one.after[:, place]
        before = first if first is not None else np.full(second.shape, ord("x"), dtype=np.uint8)
        sure = _sure_codes(one, pair_id, before, second) if matched else np.zeros(second.shape, dtype=np.int32)
        codes = (sure * 256 + before.astype(np.int32)) * 256 + second
        for code, number in zip(*(each.tolist() for each in np.unique(codes, return_counts=True)), strict=True):
            marks = chr(code // 256 % 256), chr(code % 256)
            found[matched, taken, *marks, *_sure_text(code // 65536)] += number
    return found


def who_met(groups: Sequence[Group], asked: Item, *, versions: tuple[str, ...]) -> Mapping[Who, frozenset[int]]:
    """The places of the groups that `atoms_of` counts."""
    found: dict[Who, set[int]] = {}
    for at, who, _ in _met(groups, asked, versions):
        found.setdefault(who, set()).add(at)
    return {who: frozenset(places) for who, places in sorted(found.items())}


def _met(groups: Sequence[Group], asked: Item, versions: tuple[str, ...]) -> Iterator[tuple[int, Who, int]]:
    """The groups that met that question: their place, who they are, and the place of the question in their marks."""
    wanted = pairs.item_version(asked)
    for at, one in enumerate(groups):
        met = taken_by(one)
        who = one.before_edition is not None, met == versions
        if wanted in met and any(who):
            # Two questions may have the same words and not be the same: after two cases, say.
            named = [one.id for one in scored(one.after_edition.assessment.items)] if one.after_edition else []
            yield at, who, next((place for place, version in enumerate(met)
                                 if version == wanted and named[place] == asked.id), met.index(wanted))  # fmt: skip


def _sure_codes(group: Group, pair_id: str, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """0 where it was not said both times, else 1 + sure before × 6 + sure after × 3 + (1 + sign of the move)."""
    said = sureness.learners(group, pair_id)
    if said is None:
        return np.zeros(after.shape, dtype=np.int32)
    first, second, top = said
    there = (first > 0) & (second > 0) & (before != ord(MISSING)) & (after != ord(MISSING))
    codes = 1 + (first >= top) * 6 + (second >= top) * 3 + np.sign(second - first) + 1
    return np.where(there, codes, 0).astype(np.int32)


def _sure_text(code: int) -> tuple[str, ...]:
    rest = code - 1
    return (f"{rest // 6}{rest // 3 % 2}{'-=+'[rest % 3]}",) if code else ()


def _twin(group: Group, pair_id: str) -> np.ndarray | None:
    for pair in pairs.between(group.before_edition, group.after_edition):  # type: ignore[arg-type]
        if pair.version.pair_id == pair_id:
            return group.before[:, pair.before_place]
    return None
