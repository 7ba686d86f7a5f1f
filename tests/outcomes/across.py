"""An attacker who has all numbers of a report together, and knows how activities are built, but nobody's answers.

What such a reader can compute is a sum of shown numbers with any factors. It tells of a group of people if it counts
each of them once or not at all, whatever people may have answered: that nobody happens to have answered in some way is
not known to a reader. So it is tried on every way in which each question can be answered, for each kind of people, and
not on those that occur. A group of one to four people that is found so is a number that should not have been shown.

How: such a sum is a function of what somebody is and of each answer by itself, because every number of the report is.
If it is 0 or 1 everywhere, then it depends for one kind of people on one question at most: of two that both changed it,
both together would make it 2 or -1. That is a mixed-integer program, which is solved here without what the product
uses to hide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from cme_xblock.activity.model import Activity, Item
from cme_xblock.outcomes import cohort as cohorts
from cme_xblock.outcomes import hiding, hiding_people, report, report_groups, sureness
from cme_xblock.outcomes.analysis import PROFESSION
from cme_xblock.outcomes.cohort import Cohort, Group
from cme_xblock.outcomes.hiding import TOTAL
from cme_xblock.outcomes.pairs import scored
from cme_xblock.outcomes.planner import plain
from cme_xblock.outcomes.shapes import Report
from cme_xblock.outcomes.view import View
from cme_xblock.participation.evaluation import PRACTICE

State = tuple[Any, ...]
LIMIT = 5


@dataclass
class Told:
    """Everything that one or several reports tell.

    `people`: how many there are of each kind. `cells`: each number of people, as what it counts of a kind (0 or 1).
    `who`: what of a kind is known of each answer. `states`: for each question the ways in which somebody of a kind can
    have answered it, with how many of the same `who` did. `sums`: each number of answers, as what it counts of a kind
    that has answered a question so.
    """

    people: Mapping[Any, int]
    who: Callable[[Any], Hashable]
    cells: dict[Any, Callable[[Any], int]] = field(default_factory=dict)
    states: dict[Any, Callable[[Any], Mapping[Hashable, int]]] = field(default_factory=dict)
    sums: dict[Any, Callable[[Any, Any, Any], int]] = field(default_factory=dict)


@dataclass
class Program:
    """The mixed-integer program: columns are the factors of the numbers, then what the sum is where."""

    names: list[Any] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    bounds: list[tuple[float, float]] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    entries: list[tuple[int, int, float]] = field(default_factory=list)
    limits: list[tuple[float, float]] = field(default_factory=list)

    def column(self, name: Any, low: float, high: float, *, whole: bool, cost: float = 0.0) -> int:
        self.names.append(name)
        self.whole.append(whole)
        self.bounds.append((low, high))
        self.cost.append(cost)
        return len(self.names) - 1

    def row(self, entries: Mapping[int, float], low: float, high: float) -> None:
        self.entries += [(len(self.limits), column, value) for column, value in entries.items() if value]
        self.limits.append((low, high))

    def solve(self) -> dict[Any, float] | None:
        rows, columns, values = zip(*self.entries, strict=True)
        matrix = coo_array((values, (rows, columns)), shape=(len(self.limits), len(self.names))).tocsc()
        low, high = zip(*self.bounds, strict=True)
        least, most = zip(*self.limits, strict=True)
        found = milp(
            np.array(self.cost), integrality=np.array(self.whole, dtype=int), bounds=Bounds(low, high),
            constraints=LinearConstraint(matrix, least, most), options={"time_limit": 120},
        )  # fmt: skip
        assert found.status in (0, 2), found.message
        return dict(zip(self.names, found.x, strict=True)) if found.x is not None else None


def few(told: Told, *, limit: int = LIMIT) -> dict[Any, float] | None:
    """A sum of told numbers that counts one to `limit` - 1 people: its factors, and whom it counts; None without."""
    program = Program()
    factors = {name: program.column(("factor", name), -8, 8, whole=False) for name in (*told.cells, *told.sums)}
    classes: dict[Any, Any] = {}
    counted: Counter[int] = Counter()
    answers = _answers_of(told)
    for kind, number in _merged(told).items():
        # What the sum is of somebody of that kind who has answered everything in the first of its ways.
        base: Counter[int] = Counter({factors[name]: cell(kind) for name, cell in told.cells.items()})
        here = _class(told, kind)
        if here not in classes:
            classes[here] = _moves(program, told, kind, factors)
            for question, state, move in classes[here][1]:
                counted[move] += answers[here][question, state]
        base.update(classes[here][0])
        column = program.column(("is", kind), 0, 1, whole=True)
        base[column] -= 1
        program.row(base, 0, 0)
        counted[column] += number
        for _, _, move in classes[here][1]:
            program.row({column: 1, move: 1}, 0, 1)
    program.row(counted, 1, limit - 1)
    found = program.solve()
    return {name: round(value, 4) for name, value in found.items() if abs(value) > 1e-6} if found else None


def _moves(program: Program, told: Told, kind: Any, factors: Mapping[Any, int]) -> Any:
    """What the sum gains from the first way to answer a question to each other way; from one question at most."""
    firsts: Counter[int] = Counter()
    moves, chosen = [], []
    for question, of in told.states.items():
        states = of(kind)
        if not states:
            continue
        first, *others = states
        gains = {state: Counter({factors[name]: one(kind, question, state) for name, one in told.sums.items()})
                 for state in states}  # fmt: skip
        firsts.update(gains[first])
        is_it = program.column(("question", question, kind), 0, 1, whole=True)
        chosen.append(is_it)
        for state in others:
            move = program.column(("answer", question, kind, state), -1, 1, whole=True)
            gain = Counter(gains[state])
            gain.subtract(gains[first])
            gain[move] -= 1
            program.row(gain, 0, 0)
            program.row({move: 1, is_it: -1}, -np.inf, 0)
            program.row({move: 1, is_it: 1}, 0, np.inf)
            moves.append((question, state, move))
    if chosen:
        program.row(dict.fromkeys(chosen, 1), 0, 1)
    return firsts, moves


def _class(told: Told, kind: Any) -> Any:
    """Kinds whose answers are told in the same way, so that what is told of one's answers is told of the other's."""
    return tuple(
        tuple((state, *(one(kind, question, state) for one in told.sums.values())) for state in of(kind))
        for question, of in told.states.items()
    )


def _answers_of(told: Told) -> dict[Any, Counter[Any]]:
    """How many of each class have answered each question in each way."""
    found: dict[Any, Counter[Any]] = {}
    seen = set()
    for kind in told.people:
        who = told.who(kind)
        if who not in seen:
            seen.add(who)
            here = found.setdefault(_class(told, kind), Counter())
            for question, of in told.states.items():
                here.update({(question, state): number for state, number in of(kind).items()})
    return found


def _merged(told: Told) -> dict[Any, int]:
    """One kind for all that no number tells apart."""
    first: dict[Any, Any] = {}
    found: Counter[Any] = Counter()
    for kind, number in told.people.items():
        if number:
            name = (tuple(cell(kind) for cell in told.cells.values()), _class(told, kind))
            found[first.setdefault(name, kind)] += number
    return dict(found)


# How many levels of being sure there are, from which on somebody is, and behind what they stand.
LEVELS, SURE, SAID = 5, 4, 4


def of_report(cohort: Cohort, made_of: Activity, *, means: bool = True) -> tuple[Report, Told]:
    """The report of that cohort, and what all its tables of people, questions and scores tell together."""
    shown: dict[str, Any] = {}
    views: list[tuple[tuple[Group, ...], View]] = []

    def planner(table: str, atoms: Any, cells: Any, **how: Any) -> frozenset[Any]:
        gone = plain(table, atoms, cells, **how)
        shown[table] = {name: made_of for name, made_of in cells.items() if name not in gone}
        return gone

    def of(found: Any, groups: Any, **how: Any) -> View:
        view = View.of(found, groups, **how)
        views.append((groups, view))
        return view

    with patch.object(report, "View", SimpleNamespace(of=of)):
        made = report.build(cohort, made_of, planner=planner)
    told = Told(cohort.kinds, lambda kind: (kind[0], kind[1], kind[3]))
    for name, kinds in shown["people"].items():
        told.cells[name] = lambda kind, kinds=kinds: int(kind in kinds)
    for number, (groups, view) in enumerate(views):
        _tell(told, number, cohort, groups, view)
    if means and views:
        _means(told, made, cohort, views[0])
    return made, told


def _tell(told: Told, number: int, cohort: Cohort, groups: tuple[Group, ...], view: View) -> None:
    """What the tables on one wording tell of each of its questions, and of its scores."""
    versions = hiding_people.assessment_versions(groups)
    main = {one.after.id: (place, one) for place, one in enumerate(view.found.main)}
    places = {place: one for place, one in enumerate(cohort.groups) if any(one is each for each in groups)}
    for key, gone in view.gone.items():
        item = main[key][1].after if key in main else next(one.item for one in view.found.items if one.item.id == key)
        pair_id = main[key][1].version.pair_id if key in main else ""
        ways = {
            (place, *who): _ways(some, item, versions, pair_id)
            for place, one in places.items()
            for who, some in _alike(one)
        }
        question = (number, key)
        told.states[question] = lambda kind, ways=ways: ways.get((kind[0], kind[1], kind[3]), {})
        cells = hiding.cells_of({_atom(way): 0 for one in ways.values() for way in one}, paired=key in main)
        for name, made_of in cells.items():
            if name not in gone:
                told.sums[*question, name] = lambda kind, asked, way, question=question, made_of=made_of: int(
                    asked == question and _atom(way) in made_of
                )
    for side, hidden in view.calibration.items():
        for level in range(1, LEVELS + 1):
            for right in [False, True] if {("level", level), ("right", level)}.isdisjoint(hidden) else []:
                at = hiding.SIDES.index(side)
                told.sums[number, "level", side, level, right] = (
                    lambda kind, asked, way, at=at, level=level, right=right: int(
                        asked[0] == number and len(way) > SAID and way[SAID + at] == level
                        and (not right or way[2 + at] == "1")
                    )
                )  # fmt: skip
    scores = {TOTAL: [*main], **{name: [key for key, (_, one) in main.items() if one.after.objective == name]
                                 for name in view.found.objectives}}  # fmt: skip
    for name, keys in scores.items():
        result = view.found.objectives.get(name, view.found.score)
        if keys and view.shown_score(name, result) is not None:
            for side in (2, 3):
                told.sums[number, "score", name, side] = lambda kind, asked, way, keys=keys, side=side: int(
                    asked[0] == number and asked[1] in keys and way[0] and way[side] == "1"
                )


def _ways(group: Group, item: Item, versions: tuple[str, ...], pair_id: str) -> Mapping[State, int]:
    """Every way in which these can have answered a question, and how many did; nothing where they did not meet it.

    A way: whether matched, whether they took that assessment, the marks before and after, and how sure where both were
    said.
    """
    atoms = hiding.atoms_of([group], item, versions=versions, pair_id=pair_id)
    if not atoms:
        return {}
    who = next(iter(atoms))[:2]
    if not who[0]:
        return {(*who, "x", one): atoms[*who, "x", one] for one in "10-"}
    said = sureness.learners(group, pair_id)
    ways = dict.fromkeys(((*who, *one) for one in product("10-", repeat=2)), 0)
    if said is not None:
        levels = range(1, LEVELS + 1)
        ways |= dict.fromkeys(((*who, *one) for one in product("10", "10", levels, levels)), 0)
    place = next(at for at, one in enumerate(scored(group.after_edition.assessment.items)) if one.id == item.id)
    twin = hiding._twin(group, pair_id)
    for at in range(group.n):
        marks = chr(twin[at]) if twin is not None else "x", chr(group.after[at, place])
        sure = (int(said[0][at]), int(said[1][at])) if said is not None and "-" not in marks else (0, 0)
        way = (*who, *marks, *(sure if all(sure) else ()))
        ways[way] = ways.get(way, 0) + 1
    assert sum(ways.values()) == sum(atoms.values())
    return ways


def _atom(way: State) -> Any:
    """What the product calls that way to answer."""
    if len(way) == SAID:
        return way
    before, after = way[SAID:]
    return (*way[:SAID], f"{int(before >= SURE)}{int(after >= SURE)}{'-=+'[1 + (after > before) - (after < before)]}")


def _alike(group: Group) -> Iterable[tuple[tuple[int, int], Group]]:
    """The learners of a group by profession and practice."""
    practices = group.practices if group.practices is not None else np.zeros(group.n, dtype=np.int32)
    for who in sorted(set(zip(group.professions.tolist(), practices.tolist(), strict=True))):
        yield who, cohorts._some(group, (group.professions == who[0]) & (practices == who[1]))


def _means(told: Told, made: Report, cohort: Cohort, first: tuple[tuple[Group, ...], View]) -> None:
    """The scores of groups of people: what they tell of answers differs from group to group."""
    tables = {one.id: one for section in made.sections for one in section.tables}
    for at, fact in enumerate((PROFESSION, *PRACTICE), start=-1):
        table = tables.get(report_groups._IDS[fact])
        if table is None or len(table.columns) < 3:
            continue
        codes = {text: code for code, text in report_groups._labels(fact).items()}
        for row in table.rows:
            label = str(row[0].text.text if row[0].text else "")
            code = "" if label in report_groups.UNKNOWN.values() else codes.get(label, label)
            if row[2].value is None:
                continue
            for side in (2, 3):
                told.sums["group", fact, code, side] = lambda kind, asked, way, at=at, code=code, side=side: int(
                    asked[0] == 0
                    and way[0]
                    and way[side] == "1"
                    and (cohort.professions[kind[1]] if at < 0 else cohort.practices[kind[3]][at]) == code
                )
