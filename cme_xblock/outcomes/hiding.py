"""What a report must not show: one plan for people, one for scores, one for each question. PURE.

Each is made by `suppression.plan`, over the finest groups that the report's numbers can tell apart. Scores are sums of
right answers, so that an item's hidden count could be had from a mean: that plan counts answers and not people.
Source: promise 11; spec 5.3, rules 14 and 15; docs/decisions/0029.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Item
from cme_xblock.outcomes import pairs, sureness
from cme_xblock.outcomes.analysis import PROFESSION, Analysis
from cme_xblock.outcomes.cohort import Cohort, Group
from cme_xblock.outcomes.marks import MISSING, RIGHT, Reached
from cme_xblock.outcomes.pairs import Version, scored
from cme_xblock.outcomes.planner import Name, Parts, Planner, plain
from cme_xblock.outcomes.sureness import Sureness
from cme_xblock.participation.evaluation import PRACTICE

# The learners by when they were counted in the report's steps, as of `cohort.by_code`.
Coded = Mapping[int, tuple[Group, ...]]
NO_CODES: Coded = {}
BEFORE, AFTER = "before", "after"
SIDES = (BEFORE, AFTER)
SEGMENTS = ("improved", "reinforced", "unresolved", "declined")
TOTAL = ""
# What a reader would miss most is given up last.
_WORTH = {
    "registered": 8, "matched": 9, Reached.ASSESSED: 7, Reached.CLAIMED: 7, Reached.STARTED: 6, Reached.CONTENT: 6,
    Reached.BASELINE: 5, "before_only": 4, "after_only": 4, PROFESSION: 3, **dict.fromkeys(PRACTICE, 2),
}  # fmt: skip
_ITEM_WORTH = {"sum before": 20, "sum after": 20, "n": 9, "assessed": 8, "answered": 7, "said": 6, "right before": 5,
               "wrong before": 5, "right after": 5, "wrong after": 5, "difficulty": 3, "not right": 3, "sure before": 2,
               "sure after": 2}  # fmt: skip


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


def people(cohort: Cohort, known: Sequence[Wording], *, minimum: int, planner: Planner = plain) -> frozenset[Name]:
    """The hidden ones among: registered, the steps reached, matched and not, wordings, professions of the first.

    Cells: "registered", a Reached, "matched", "before_only", "after_only", ("wording", its place), and (fact, code) as
    of `analysis.Analysis.groups`.
    """
    kinds = cohort.kinds
    matched = {place for one in known for place in one.places}
    cells: dict[Name, frozenset[Name]] = {"registered": frozenset(kinds)}
    for step in STEPS:
        cells[step] = frozenset(kind for kind in kinds if kind[2] & step)
    if cohort.reached.get(Reached.RETAINED):
        # Told beside the retention check, where there is one.
        cells[Reached.RETAINED] = frozenset(kind for kind in kinds if kind[2] & Reached.RETAINED)
    cells["matched"] = frozenset(kind for kind in kinds if kind[0] in matched)
    for name, lacks in (("before_only", "after_edition"), ("after_only", "before_edition")):
        only = {place for place, one in enumerate(cohort.groups) if getattr(one, lacks) is None}
        cells[name] = frozenset(kind for kind in kinds if kind[0] in only)
    for number, one in enumerate(known):
        cells["wording", number] = frozenset(kind for kind in kinds if kind[0] in one.places)
    if known:
        cells |= _groups(cohort, cells["wording", 0])
    worth = {name: _WORTH.get(name[0] if isinstance(name, tuple) else name, 2) for name in cells}
    worth |= {("wording", number): 4 if number else 10 for number in range(len(known))}
    return planner("people", kinds, cells, minimum=minimum, worth=worth)


def _groups(cohort: Cohort, main: frozenset[Name]) -> dict[Name, frozenset[Name]]:
    """The learners of the first wording by profession and by what they said of their practice."""
    by: dict[Name, set[Name]] = {}
    facts = PRACTICE if len(cohort.practices) > 1 else ()
    for kind in sorted(main):
        by.setdefault((PROFESSION, cohort.professions[kind[1]]), set()).add(kind)
        for place, fact in enumerate(facts):
            by.setdefault((fact, cohort.practices[kind[3]][place]), set()).add(kind)
    return {name: frozenset(kinds) for name, kinds in sorted(by.items())}


STEPS = (
    Reached.ACKNOWLEDGED, Reached.BASELINE, Reached.STARTED, Reached.CONTENT, Reached.ASSESSED, Reached.PASSED,
    Reached.EVALUATED, Reached.CLAIMED, Reached.COMPLETED,
)  # fmt: skip


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
    sides: frozenset[str],
    paired: bool,
    minimum: int,
    table: str = "",
    planner: Planner = plain,
    sure: frozenset[str] = frozenset(),
    parts: Parts | None = None,
) -> frozenset[Name]:
    """The hidden ones among an item's cells (see `cells_of`).

    `sides`: those hidden already, for the scores' sake; `sure`: cells hidden already, for the calibration's. "sum
    before" and "sum after" are what follows from a mean less the other questions: where one has to go, the means do.
    """
    cells = cells_of(atoms, paired=paired)
    if paired:
        cells |= {
            f"sum {side}": _some(atoms, matched=True, **{side: "1"}) for side in SIDES if side not in sides
        }  # fmt: skip
    gone: set[Name] = set(sure)
    for side in sides:
        gone |= {f"right {side}", f"wrong {side}", *SEGMENTS}
    if AFTER in sides:
        gone |= {"difficulty", "not right"}
    left = {name: made_of for name, made_of in cells.items() if name not in gone}
    return frozenset(gone) | planner(table, atoms, left, minimum=minimum, worth=_ITEM_WORTH, parts=parts)


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
    """The hidden ones among ("level", l), ("right", l), and ("sure" or "said wrong" or "wrong sure", place of a pair).

    Atoms are answers: (place of the pair, level, right). What a question hides must stay hidden from the sum of all.
    """
    atoms = calibrated(found, side)
    tops = {place: one.top for place, one in found.pairs.items()}
    cells: dict[Name, frozenset[Name]] = {}
    for level in sorted({atom[1] for atom in atoms}):
        cells["level", level] = frozenset(atom for atom in atoms if atom[1] == level)
        cells["right", level] = frozenset(atom for atom in cells["level", level] if atom[2])
    for place, top in tops.items():
        cells["sure", place] = frozenset(atom for atom in atoms if atom[0] == place and atom[1] >= top)
        cells["said wrong", place] = frozenset(atom for atom in atoms if atom[0] == place and not atom[2])
        cells["wrong sure", place] = cells["sure", place] & cells["said wrong", place]
    worth = {name: 2 if name[0] in ("level", "right") else 1 for name in cells}
    return planner(f"calibration {side} {table}", atoms, cells, minimum=minimum, worth=worth, parts=parts)


def calibrated(found: Sureness | None, side: str) -> Counter[Name]:
    """Answers by the place of the pair, how sure (the level), and whether right."""
    atoms: Counter[Name] = Counter()
    for place, one in found.pairs.items() if found is not None else ():
        levels, right = (one.before, one.right_before) if side == BEFORE else (one.after, one.right_after)
        codes, numbers = np.unique(levels.astype(np.int32) * 2 + right, return_counts=True)  # type: ignore[operator]
        for code, number in zip(codes.tolist(), numbers.tolist(), strict=True):
            atoms[place, code // 2, code % 2] = number
    return atoms


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
        sure = _sure_codes(one, pair_id, before, second) if matched else np.zeros(second.shape, dtype=np.int32)
        codes = (sure * 256 + before.astype(np.int32)) * 256 + second
        for code, number in zip(*(each.tolist() for each in np.unique(codes, return_counts=True)), strict=True):
            marks = chr(code // 256 % 256), chr(code % 256)
            found[matched, taken, *marks, *_sure_text(code // 65536)] += number
    return found


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


def assessment_versions(groups: Sequence[Group]) -> tuple[str, ...]:
    """The versions of the items of the assessment that most of these learners took: as `analysis` chooses."""
    taken: Counter[tuple[str, ...]] = Counter()
    for one in groups:
        if one.after_edition is not None:
            taken[tuple(pairs.item_version(each) for each in scored(one.after_edition.assessment.items))] += one.n
    return max(taken, key=lambda one: taken[one], default=())
