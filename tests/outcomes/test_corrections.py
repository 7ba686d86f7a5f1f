"""Who leaves the numbers is given away by no two reports: an attacker who keeps all of them and solves for few people.

Learners are marked as tests and unmarked, retired, deleted and merged between looks. Every number that a look shows is
kept as the set of people that it counts, those who left since included; then linear algebra looks for any factors that
make one to four people of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache

from cme_xblock.activity.evaluation import EvaluationItem
from cme_xblock.activity.model import Activity
from cme_xblock.outcomes import refresh, releasing, report, report_groups
from cme_xblock.outcomes.analysis import PROFESSION
from cme_xblock.outcomes.cohort import Cohort
from cme_xblock.outcomes.marks import Reached
from cme_xblock.outcomes.pairs import item_version
from cme_xblock.outcomes.shapes import Report
from cme_xblock.participation.evaluation import PRACTICE
from cme_xblock.records import deletion_order, editions, evaluations, keys
from cme_xblock.records.models import Edition, FirstAttempts, OutcomesRelease, Participation, ReleasedAttempts
from tests.outcomes import people
from tests.outcomes.test_refresh import KEY, NOW, activity

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ITEMS, LIMIT = 3, 5
FIELDS = ("cardiology", "family", "")
COLUMNS = ("reached", "profession", "before", "after", "practice")


@dataclass(frozen=True)
class Facts:
    """What the report counts of somebody."""

    reached: int
    profession: str
    before: str
    after: str
    practice: str


def asking() -> Activity:
    """The activity, which asks for the field of work as well."""
    one = activity()
    items = (EvaluationItem(id="field", library="specialty", required=True),)
    return replace(one, evaluation=replace(one.evaluation, items=items))


@dataclass
class Office:
    """The learners of one activity, what staff do to them, and everything that all looks have shown."""

    seed: int
    chance: random.Random = field(init=False)
    activity: Activity = field(default_factory=asking)
    learners: dict[int, int] = field(default_factory=dict)
    copied: dict[int, Facts] = field(default_factory=dict)
    last: Report | None = None
    looks: int = 0
    known: dict[str, dict[Any, np.ndarray]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        cache.clear()
        self.chance = random.Random(self.seed)
        sha256 = editions.publish(people.COURSE, self.activity, source="cme@x", now=NOW)
        self.edition = Edition.objects.get(sha256=sha256).pk

    # What learners and staff do.

    def come(self, number: int) -> None:
        for _ in range(number):
            place = len(self.learners)
            name = f"{self.seed}-{place}"
            made = Participation.objects.create(
                key=keys.text_sha(name), course_key=people.COURSE, activity_id=people.ACTIVITY, learner_id=name,
                activity_key=KEY, learner_key=keys.learner_key(name), started_at=NOW,
            )  # fmt: skip
            self.learners[place] = made.pk
            first, second = self.chance.random() < 0.9, self.chance.random() < 0.85
            FirstAttempts.objects.create(pk=made.pk, activity_key=KEY, seen_seq=0, **self._row(first, second))

    def further(self, number: int) -> None:
        """Some who had answered only before answer after."""
        rows = FirstAttempts.objects.filter(activity_key=KEY, after_edition=None, before_edition__isnull=False)
        for one in rows.order_by("pk")[:number]:
            test = one.reached & Reached.TEST
            done = self._row(first=True, second=True) | {"before": one.before}
            FirstAttempts.objects.filter(pk=one.pk).update(**done | {"reached": done["reached"] | test})

    def mark(self, places: list[int], *, test: bool = True) -> None:
        for pk in self._pks(places):
            reached = FirstAttempts.objects.get(pk=pk).reached & ~int(Reached.TEST)
            FirstAttempts.objects.filter(pk=pk).update(reached=reached | (int(Reached.TEST) if test else 0))
            Participation.objects.mark(pk, is_test=test)

    def retire(self, places: list[int]) -> None:
        evaluations.forget_words(self._pks(places))

    def delete(self, places: list[int]) -> None:
        deletion_order.erase(self._pks(places))

    def merge(self, places: list[int]) -> None:
        """The later of two claims of one person is withdrawn; so its profession and its step are gone."""
        for one in FirstAttempts.objects.filter(pk__in=self._pks(places)):
            reached = one.reached & ~int(Reached.CLAIMED | Reached.COMPLETED)
            FirstAttempts.objects.filter(pk=one.pk).update(reached=reached, profession="")

    def _pks(self, places: list[int]) -> list[int]:
        there = set(FirstAttempts.objects.values_list("pk", flat=True))
        return [pk for place in places if (pk := self.learners[place]) in there]

    def _row(self, first: bool, second: bool) -> dict[str, Any]:
        claimed = second and self.chance.random() < 0.7
        reached = int(Reached.ACKNOWLEDGED)
        reached |= int(Reached.BASELINE) if first else 0
        reached |= int(Reached.STARTED | Reached.CONTENT | Reached.ASSESSED) if second else 0
        reached |= int(Reached.CLAIMED | Reached.COMPLETED) if claimed else 0
        where = self.chance.choice(FIELDS) if second else ""
        return {
            "reached": reached, "profession": self.chance.choice(("md", "rn")) if claimed else "",
            "before_edition_id": self.edition if first else None, "before": self._answers(0.4) if first else "",
            "after_edition_id": self.edition if second else None, "after": self._answers(0.8) if second else "",
            "practice": f"{where}|||" if where else "",
        }  # fmt: skip

    def _answers(self, share: float) -> str:
        return "".join("1" if self.chance.random() < share else "0" for _ in range(ITEMS))

    # What a reader keeps.

    def look(self) -> Report:
        """Look, and keep every number; between two steps the report has to be the same to the letter."""
        self.looks += 1
        steps = OutcomesRelease.objects.count()
        refresh.refresh(KEY)
        standing = releasing.current(KEY, self.activity, minimum=LIMIT, now=NOW + timedelta(days=self.looks))
        asked: dict[str, tuple[Mapping[Any, int], Mapping[Any, frozenset[Any]]]] = {}

        def planner(table: str, atoms: Any, cells: Any, **how: Any) -> frozenset[Any]:
            gone = standing.planner(table, atoms, cells, **how)
            asked[table] = atoms, {name: made_of for name, made_of in cells.items() if name not in gone}
            return gone

        made = report.build(standing.cohort, self.activity, planner=planner, evidence=_said(standing))
        moved = OutcomesRelease.objects.count() > steps
        if moved:
            self.copied = self._standing(FirstAttempts)
        for facts in (self.copied, self._left()):
            found = dict(self._numbers(standing.cohort, asked, made, facts))
            if all(sums.sum() == value for value, sums in found.values()):
                break
        else:
            wrong = {name: (value, sums.sum()) for name, (value, sums) in found.items() if sums.sum() != value}
            pytest.fail(f"numbers of people whom nobody knows: {wrong}")
        for (table, name), (_, sums) in found.items():
            self.known.setdefault(table, {})[self.looks, name] = sums
        self.last = made
        return made

    def _standing(self, table: Any) -> dict[int, Facts]:
        rows = {pk: Facts(*row) for pk, *row in table.objects.filter(activity_key=KEY).values_list("pk", *COLUMNS)}
        return {
            place: rows[pk]
            for place, pk in self.learners.items()
            if pk in rows and not rows[pk].reached & Reached.TEST
        }

    def _left(self) -> dict[int, Facts]:
        """The copy without what was deleted or forgotten since the step."""
        return self._standing(ReleasedAttempts)

    def _numbers(self, cohort: Cohort, asked: Any, made: Report, facts: dict[int, Facts]) -> Any:
        """By table and name: the number that is shown, and the people (or answers) whom it counts."""
        versions = {item_version(one): place for place, one in enumerate(self.activity.assessment.items)}
        for table, (atoms, cells) in asked.items():
            kind, _, rest = table.partition(" ")
            known = frozenset
            if kind == "people":
                # Of the practice, which may be forgotten, only the groups tell.
                known = _whose
                stands = {place: _kind(one, cohort) for place, one in facts.items()}
            elif kind == "item":
                stands = {place: _atom(one, versions[rest.split(" ")[0]]) for place, one in facts.items()}
            elif kind == "scores":
                yield from self._answered(table, rest.split(" ")[0], atoms, cells, facts)
                continue
            else:
                continue
            # Groups are read from the tables: what is shown of them may not be counted anew.
            for name, made_of in ((name, made_of) for name, made_of in cells.items() if not _is_group(name)):
                there = [place for place, atom in stands.items() if atom in known(made_of)]
                yield (table, name), (sum(atoms[one] for one in made_of), self._sums(there))
        for fact, code, value in _groups(made):
            there = [place for place, one in facts.items() if one.before and one.after and _fact(one, fact) == code]
            yield ("people", (fact, code)), (value, self._sums(there))

    def _answered(self, table: str, side: str, atoms: Any, cells: Any, facts: dict[int, Facts]) -> Any:
        for name, made_of in cells.items():
            there = [
                place * ITEMS + at
                for place, one in facts.items()
                if one.before and one.after
                for at, mark in enumerate(getattr(one, side))
                if (at, mark == "1") in made_of
            ]
            yield (table, name), (sum(atoms[one] for one in made_of), self._sums(there, wide=ITEMS))

    def _sums(self, there: list[int], wide: int = 1) -> np.ndarray:
        found = np.zeros(400 * wide)
        found[there] = 1
        return found

    def broken(self) -> Any:
        """A table, and one to four people of whom all shown numbers of it together tell; None where there is none."""
        for table, sums in self.known.items():
            found = few(np.array(list({one.tobytes(): one for one in sums.values()}.values())))
            if found:
                return table, found
        return None


def _said(standing: Any) -> Any:
    """What the report tells beside the learners' marks: nobody has said anything, but groups may be kept with it."""
    from cme_xblock.outcomes import said
    from cme_xblock.outcomes.evidence import NOTHING_ELSE

    return said.as_of(NOTHING_ELSE, standing.evidence)


def _is_group(name: Any) -> bool:
    return isinstance(name, tuple) and name[0] in (PROFESSION, *PRACTICE)


def _kind(one: Facts, cohort: Cohort) -> Any:
    sides = [(group.before_edition is not None, group.after_edition is not None) for group in cohort.groups]
    mine = (bool(one.before), bool(one.after))
    return sides.index(mine) if mine in sides else -1, cohort.professions.index(one.profession), one.reached


def _whose(made_of: frozenset[Any]) -> frozenset[Any]:
    return frozenset(kind[:3] for kind in made_of)


def _atom(one: Facts, at: int) -> Any:
    if not one.after:
        return None
    return bool(one.before), True, one.before[at] if one.before else "x", one.after[at]


def _fact(one: Facts, fact: str) -> str:
    return one.profession if fact == PROFESSION else (one.practice or "|||").split("|")[PRACTICE.index(fact)]


def _groups(made: Report) -> Any:
    """Every group whose number is shown, as the page shows it."""
    facts = {id_: fact for fact, id_ in report_groups._IDS.items()}
    tables = [table for section in made.sections if section.id == "groups" for table in section.tables]
    for table in tables:
        fact = facts[table.id]
        codes = {text: code for code, text in report_groups._labels(fact).items()}
        for row in table.rows:
            label = str(row[0].text.text)
            code = "" if label in report_groups.UNKNOWN.values() else codes.get(label, label)
            if row[1].value is not None:
                yield fact, code, round(row[1].value)


def few(rows: np.ndarray) -> list[int] | None:
    """Columns of one to four people whose sum is a combination of the rows with any factors; tried two by two."""
    kinds, first, counts = np.unique(rows, axis=1, return_index=True, return_counts=True)
    there = kinds.any(axis=0)
    kinds, first, counts = kinds[:, there], first[there], counts[there]
    _, values, right = np.linalg.svd(kinds, full_matrices=False)
    span = right[values > 1e-9 * values.max()]
    away = np.eye(counts.size) - span.T @ span
    small = np.flatnonzero(counts < LIMIT)
    halves = [(), *((one,) for one in small), *((one, other) for one in small for other in small if one < other)]
    halves = [some for some in halves if counts[list(some)].sum() < LIMIT]
    thrown = np.random.default_rng(7).normal(size=counts.size) @ away
    sums = np.array([thrown[list(some)].sum() for some in halves])
    order = np.argsort(sums)
    low, high = (np.searchsorted(sums[order], -sums + by) for by in (-1e-9, 1e-9))
    for at in np.flatnonzero(high > low):
        for other in order[low[at] : high[at]]:
            group = sorted({*halves[at], *halves[other]})
            number = counts[group].sum() if group else 0
            disjoint = len(group) == len(halves[at]) + len(halves[other])
            if disjoint and 0 < number < LIMIT and np.abs(away[:, group].sum(axis=1)).max() < 1e-7:
                return [int(first[one]) for one in group]
    return None


Do = Callable[[Office], None]


def some(first: int, number: int) -> list[int]:
    return list(range(first, first + number))


def acts(name: str, number: int) -> Do:
    return lambda office: getattr(office, name)(some(7, number))


def mixed(office: Office) -> None:
    office.mark(some(3, 2))
    office.retire([9])
    office.delete([14])
    office.merge([20, 21])
    office.come(4)


ATTACKS: dict[str, list[Do]] = {
    "nobody leaves": [lambda one: one.come(1), lambda one: one.further(1)],
    **{f"mark {number}": [acts("mark", number)] for number in (1, 2, 4, 5, 6, 12)},
    **{
        f"mark and unmark {number}": [acts("mark", number), lambda one, n=number: one.mark(some(7, n), test=False)]
        for number in (1, 2, 4, 5, 6, 12)
    },
    **{f"retire {number}": [acts("retire", number)] for number in (1, 3, 5)},
    **{f"delete {number}": [acts("delete", number)] for number in (1, 3, 5)},
    **{f"merge {number}": [acts("merge", number)] for number in (1, 2, 4)},
    "mixed with newcomers": [mixed, lambda one: one.mark(some(3, 1), test=False)],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_who_left_is_given_away_by_no_two_reports(attack: str) -> None:
    office = Office(seed=1)
    office.come(60)
    first = office.look()
    for act in ATTACKS[attack]:
        act(office)
        assert office.look() == first or OutcomesRelease.objects.count() > 1
        office.come(3)
        office.look()
        office.come(12)
        office.further(3)
        office.look()
    for number in (40, 80):
        office.come(number)
        office.look()
    assert office.broken() is None
    # It is no standstill: what was done has come to count.
    assert OutcomesRelease.objects.count() > 1
    [last] = OutcomesRelease.objects.order_by("-number")[:1]
    assert last.learners == len(office.copied)


@pytest.mark.parametrize("seed", [1, 2])
def test_one_by_one_over_ten_looks(seed: int) -> None:
    """Somebody looks after each single thing that staff do."""
    office = Office(seed)
    office.come(70)
    office.look()
    for number in range(10):
        what = ("mark", "retire", "delete", "merge", "unmark")[number % 5]
        if what == "unmark":
            office.mark([number - 4], test=False)
        else:
            getattr(office, what)([number])
        office.come(number % 4 * 3)
        office.look()
    office.come(60)
    office.look()
    assert office.broken() is None
    assert OutcomesRelease.objects.count() > 1


def test_the_attack_finds_one_who_is_missing() -> None:
    """The attack itself is no empty gesture: two reports of which one lacks a person, or half of three."""
    whole = np.ones(20)
    less = whole.copy()
    less[3] = 0
    assert few(np.array([whole, less])) == [3]
    ab, ac, bc = np.zeros((3, 23))
    ab[:9], ac[:3], ac[9:], bc[3:] = 1, 1, 1, 1
    assert few(np.array([ab, ac, bc])) is not None
    assert few(np.array([whole, np.r_[np.ones(10), np.zeros(10)]])) is None
