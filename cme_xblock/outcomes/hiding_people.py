"""What a report must not show of people: one plan for everything that it counts in people. PURE.

It is made over everybody by group, profession, practice and steps reached. Numbers of people that stand in the tables
of questions are in it, so that none of these is left over by subtraction; what the plan lets be shown is known to
whoever reads those tables (`tells`). Source: promise 11; spec 5.3, rules 14 and 15; docs/decisions/0029, 0042.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from cme_xblock.outcomes import pairs
from cme_xblock.outcomes.analysis import PROFESSION
from cme_xblock.outcomes.cohort import Cohort, Group
from cme_xblock.outcomes.marks import Reached
from cme_xblock.outcomes.pairs import Version, scored
from cme_xblock.outcomes.planner import Name, Planner, plain
from cme_xblock.participation.evaluation import PRACTICE

# Who took the assessment whose questions' difficulty is told: those of the first wording, and who has no baseline.
TAKEN = "taken"
# What a reader would miss most is given up last.
_WORTH = {
    "registered": 8, "matched": 9, Reached.ASSESSED: 7, Reached.CLAIMED: 7, Reached.STARTED: 6, Reached.CONTENT: 6,
    Reached.BASELINE: 5, TAKEN: 5, "before_only": 4, "after_only": 4, PROFESSION: 3, **dict.fromkeys(PRACTICE, 2),
}  # fmt: skip


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

    Cells: "registered", a Reached, "matched", "before_only", "after_only", ("wording", its place), TAKEN, and (fact,
    code) as of `analysis.Analysis.groups`.
    """
    cells = _cells(cohort, known)
    worth = {name: _WORTH.get(name[0] if isinstance(name, tuple) else name, 2) for name in cells}
    worth |= {("wording", number): 4 if number else 10 for number in range(len(known))}
    return planner("people", cohort.kinds, cells, minimum=minimum, worth=worth)


def _cells(cohort: Cohort, known: Sequence[Wording]) -> dict[Name, frozenset[Name]]:
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
        took = _took(cohort, known[0])
        cells[TAKEN] = frozenset(kind for kind in kinds if kind[0] in took)
        cells |= _groups(cohort, cells["wording", 0])
    return cells


def of_first(cohort: Cohort, first: Wording) -> tuple[int, ...]:
    """The places of the groups that the main tables are made of: the first wording's, and who has only one side."""
    return tuple(
        place
        for place, one in enumerate(cohort.groups)
        if place in first.places or one.before_edition is None or one.after_edition is None
    )


def _took(cohort: Cohort, first: Wording) -> frozenset[int]:
    """The groups of TAKEN."""
    ours = of_first(cohort, first)
    versions = assessment_versions([cohort.groups[place] for place in ours])
    return frozenset(place for place in ours if versions and taken_by(cohort.groups[place]) == versions)


def around(cohort: Cohort, gone: frozenset[Name], *, step: Reached) -> frozenset[Name] | None:
    """The kinds of the smallest shown group that everybody belongs to who came so far; None where none is shown.

    Who of it has not come so far is left over by a number of those who have. `gone`: of `people`.
    """
    cells = _cells(cohort, wordings(cohort))
    came = {kind for kind, number in cohort.kinds.items() if number and kind[2] & step}
    shown = [made_of for name, made_of in cells.items() if name not in gone and came <= made_of]
    return min(shown, key=lambda made_of: sum(cohort.kinds[kind] for kind in made_of), default=None)


@dataclass(frozen=True)
class Told:
    """What the report tells in people of some groups, to whom the tables of questions belong.

    `of`: whether it tells how many are together in those at these places among the groups. `taken`: whether it may tell
    how many took the assessment.
    """

    of: Callable[[frozenset[int]], bool]
    taken: bool


NOTHING_TOLD = Told(lambda _: False, taken=True)


def told(
    cohort: Cohort, known: Sequence[Wording], gone: frozenset[Name], places: Sequence[int], *, taken: bool
) -> Told:
    """What is told of the groups at these places of the cohort. `taken`: whether difficulties are shown at all."""
    is_told = tells(cohort, known, gone)
    return Told(lambda some: is_told({places[one] for one in some}), taken and TAKEN not in gone)


def tells(cohort: Cohort, known: Sequence[Wording], gone: frozenset[Name]) -> Callable[[Collection[int]], bool]:
    """Whether what is shown of people tells how many are in the groups of these places together.

    `gone`: of `people`. A number is told if its people are a sum of shown cells with any factors.
    """
    kinds = [kind for kind, number in cohort.kinds.items() if number]
    shown = [made_of for name, made_of in _cells(cohort, known).items() if name not in gone]
    within = np.array([[kind in made_of for kind in kinds] for made_of in shown], dtype=np.float64)
    within = within.reshape(len(shown), len(kinds))
    _, values, right = np.linalg.svd(within, full_matrices=False)
    span = right[values > _SMALL * max(1.0, float(values.max(initial=0.0)))]

    def is_told(places: Collection[int]) -> bool:
        group = np.array([kind[0] in places for kind in kinds], dtype=np.float64)
        return bool(np.abs(group - span.T @ (span @ group)).max(initial=0.0) < _SMALL)

    return is_told


_SMALL = 1e-8


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


def assessment_versions(groups: Sequence[Group]) -> tuple[str, ...]:
    """The versions of the items of the assessment that most of these learners took: as `analysis` chooses."""
    taken: Counter[tuple[str, ...]] = Counter()
    for one in groups:
        if one.after_edition is not None:
            taken[taken_by(one)] += one.n
    return max(taken, key=lambda one: taken[one], default=())


def taken_by(group: Group) -> tuple[str, ...]:
    """The versions of the items of their assessment; nothing where they have none."""
    items = scored(group.after_edition.assessment.items) if group.after_edition is not None else ()
    return tuple(pairs.item_version(one) for one in items)
