"""What has stayed: numbers as statsmodels has them, and nobody given away beside the main tables or over time."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from cme_xblock.activity import canonical
from cme_xblock.activity.retention import Retention
from cme_xblock.outcomes import pairs, refresh, releasing, report, report_retention, retained, steps
from cme_xblock.outcomes.evidence import Check, Evidence
from cme_xblock.outcomes.marks import Reached
from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.pairs import item_version
from cme_xblock.outcomes.retained import Asked
from cme_xblock.outcomes.shapes import HIDDEN
from cme_xblock.outcomes.stats import retention
from cme_xblock.outcomes.steps import Memory, text_of
from cme_xblock.participation.entries import Kind
from cme_xblock.records import editions
from tests.outcomes import test_steps
from tests.outcomes.test_refresh import KEY, NOW, activity, answers, learn, write
from tests.outcomes.test_steps import ACTIVITY, Book, crowd_of


@pytest.mark.parametrize("seed", range(10))
def test_equal_to_statsmodels(seed: int) -> None:
    """A thousand random tables, small, large and degenerate: McNemar's p and Wilson's interval of what was kept."""
    chance = np.random.default_rng(seed)
    for number in range(100):
        n = int(chance.integers(1, 400)) if number % 4 else int(chance.integers(1, 9))
        shares = chance.random(2) if number % 7 else np.array([1.0, 1.0])
        after, later = (chance.random(n) < share for share in shares)
        both = chance.random(n) < 0.95
        [found] = retention.kept(after, later, both=both)
        table = [[int(np.sum(both & (after == x) & (later == y))) for y in (True, False)] for x in (True, False)]
        assert [[found.retained, found.lost], [found.gained, found.unresolved]] == table
        changed = table[0][1] + table[1][0]
        if changed and table[0][1] == table[1][0]:
            # The corrected statistic is never below 0 here; statsmodels squares -1.
            assert found.test.p == 1.0
        elif changed:
            expected = mcnemar(table, exact=changed < 25, correction=True).pvalue
            assert found.test.p == pytest.approx(expected, abs=1e-9)
        elif found.n:
            assert found.test.p == 1.0
        if found.right_after:
            low, high = proportion_confint(found.retained, found.right_after, method="wilson")
            assert (found.share.low, found.share.high) == pytest.approx((low, high), abs=1e-9)
        else:
            assert found.share.value is None


WRITTEN = Numbers()
# As `retained.Asked` has it: here all who have a baseline met the same; the others have none.
WORDING = canonical.digest([[one.version.before, one.version.after] for one in pairs.between(ACTIVITY, ACTIVITY)])


class Later(Book):
    """The same book, where some answer once more, some days after their assessment."""

    def __init__(self, n: int, seed: int) -> None:
        super().__init__(crowd_of(n, seed))
        chance = random.Random(seed + 100)
        self.later = [
            (one.days[2] + chance.randrange(40) if chance.random() < 0.75 else 999,
             "".join("1" if chance.random() < 0.6 else "0" for _ in range(test_steps.ITEMS)))
            for one in self.learners
        ]  # fmt: skip
        self.whens: list[int] = []

    def look(self, day: int, *, forgets: bool = False) -> None:
        cohort, kinds, _ = self._cohort(day)
        memory = Memory([] if forgets else self.past, {})
        atoms: dict[str, dict[int, Any]] = {}
        asked = []
        for number, item in enumerate(ACTIVITY.assessment.items):
            version = item_version(item)
            mine = {place: key for place in kinds if (key := self._key(place, number, day)) is not None}
            when = Counter((key, self._since(place)) for place, key in mine.items())
            one = Asked(item, version, Counter(mine.values()), when)
            past = [{} if "retention " + version not in step else
                    {name: at for at, (name, _) in enumerate(step["retention " + version].atoms)}
                    for step in self.past]  # fmt: skip
            memory.moves = {**memory.moves, report_retention.name_of(one): retained.moves(one, past)}
            atoms[version] = mine
            asked.append(one)
        moves = Counter((self.trails.get(place, (-1,) * len(self.past)), kind) for place, kind in kinds.items())
        memory.moves = {**memory.moves, steps.PEOPLE: moves}
        report.build(cohort, ACTIVITY, planner=memory, evidence=Evidence(check=Check(tuple(asked), 30)))
        self._keep(day, memory, kinds, atoms)

    def _keep(self, day: int, memory: Memory, kinds: dict[int, Any], atoms: dict[str, dict[int, Any]]) -> None:
        """What is shown of each question in both tables goes into one list: people are the same."""
        for table, shown in memory.shown.items():
            kind, _, rest = table.partition(" ")
            if kind not in ("item", "retention"):
                continue
            version = rest.split(" ")[0]
            for name, places in shown.cells.items():
                own = kind == "retention"
                if own and text_of_own(name) is None:
                    continue
                within = {shown.atoms[place][0] for place in places}
                sums = np.array([
                    text_of(key if own else (bool(key[0]), True, key[1], key[2])) in within if key else False
                    for key in (atoms[version].get(one) for one in range(len(self.learners)))
                ], dtype=int)  # fmt: skip
                assert sums.sum() == sum(shown.atoms[place][1] for place in places), (table, name)
                self.known.setdefault(version, {})[day, kind, name] = sums
        at = {name: place for place, (name, _) in enumerate(memory.shown[steps.PEOPLE].atoms)}
        for place in range(len(self.learners)):
            here = -1 if kinds.get(place) is None else at[text_of(kinds[place])]
            self.trails[place] = (*self.trails.get(place, (-1,) * len(self.past)), here)
        self.past.append(memory.shown)
        self.whens.append(day)

    def _key(self, place: int, number: int, day: int) -> Any:
        one = self.learners[place]
        if not one.bits(day) & Reached.ASSESSED:
            return None
        matched = bool(one.bits(day) & Reached.BASELINE)
        when, marks = self.later[place]
        first = one.before[number] if matched else "x"
        return WORDING if matched else "", first, one.after[number], marks[number] if day >= when else "x"

    def _since(self, place: int) -> retained.Since:
        """Since which steps they had answered after, and later."""
        days = (self.learners[place].days[2], self.later[place][0])
        stood = [sum(each >= day for day in days) for each in self.whens]
        return tuple((number, now) for number, (was, now) in enumerate(pairwise([0, *stood]), start=1) if was != now)


def text_of_own(name: str) -> str | None:
    """The name of a cell that the section shows; None for one that it only knows of."""
    return name if any(name == text_of(one) for one in report_retention._OWN) else None


@pytest.mark.parametrize("seed", range(3))
def test_nobody_is_given_away_beside_the_main_tables_nor_over_time(seed: int) -> None:
    book = Later(100, seed)
    for day in (30, 50, 75, 80, 130):
        book.look(day)
    assert book.broken() is None
    assert any(kind == "retention" for sums in book.known.values() for _, kind, _ in sums)


@pytest.mark.parametrize("seed", range(8))
def test_few_who_did_not_come_back_are_not_left_over(seed: int) -> None:
    """Nearly all came back, and most answered as before: what the main tables tell is known here, and nothing else."""
    book, chance = Later(80, seed), random.Random(seed)
    book.later = [
        (one.days[2] if chance.random() < 0.97 else 999,
         "".join(mark if chance.random() < 0.9 else "01"[mark == "0"] for mark in one.after))
        for one in book.learners
    ]  # fmt: skip
    book.look(130)
    assert book.broken() is None
    # And something is told all the same.
    assert any(kind == "retention" for sums in book.known.values() for _, kind, _ in sums)


def test_the_attack_finds_what_a_section_without_memory_gives_away() -> None:
    book = Later(100, 1)
    for day in (60, 63):
        book.look(day, forgets=True)
    assert book.broken() is not None


def test_below_the_limit_there_is_a_sentence_and_no_number() -> None:
    check = Check((Asked(ACTIVITY.assessment.items[0], "v", {(WORDING, "0", "1", "1"): 3}, {}),), 60)
    [section] = report_retention.sections(check, (), minimum=5, is_told=False)
    assert section.tables == ()
    [section] = report_retention.sections(check, (), minimum=5)
    assert {cell.why for cell in section.tables[0].rows[0][1:5]} == {HIDDEN}


@pytest.mark.parametrize("wrong", [1, 2, 3, 4])
def test_few_who_were_wrong_right_after_leave_a_limit(wrong: int) -> None:
    """Most of those who passed were right: a limit is told, which is the same whoever the few are."""
    counts = {(WORDING, "0", "1", "1"): 50 - wrong, (WORDING, "0", "1", "0"): 19, (WORDING, "0", "0", "1"): wrong}
    asked = Asked(ACTIVITY.assessment.items[0], "v", counts, {})
    [section] = report_retention.sections(Check((asked,), 60), (), minimum=5)
    row = section.tables[0].rows[0]
    assert row[3].value == 50
    assert [WRITTEN.cell(one) for one in (row[2], row[4])] == ["at least 94.2\u00a0%", "at least 67.6\u00a0%"]
    assert (50 - wrong) / (69 - wrong) * 100 >= (row[4].value or 100)
    assert row[5].value is None


@pytest.mark.django_db
@pytest.mark.database
def test_from_the_ledger_to_the_table() -> None:
    """Who answered again is counted by question, with what they said right after; who did not is not."""
    one = replace(activity(), retention=Retention(days=30))
    edition = editions.publish("course-v1:Example+CME+2026", one, source="cme@x", now=NOW)
    for number in range(40):
        learn(str(number), one, "100", "111" if number % 2 else "110")
        if number < 30:
            write(str(number), edition, Kind.RETENTION_SUBMITTED, {"responses": answers("a", "101")},
                  NOW + timedelta(days=31))  # fmt: skip
    refresh.refresh(KEY)
    releasing.current(KEY, one, minimum=5, now=NOW + timedelta(days=40))
    found = retained.read(KEY)
    assert len(found) == 3
    second = next(asked for asked in found if asked.item.id == "a1")
    [wording] = {key[0] for key in second.counts}
    assert wording
    assert second.counts == {(wording, "0", "1", "0"): 30, (wording, "0", "1", "x"): 10}
    third = next(asked for asked in found if asked.item.id == "a2")
    assert third.counts == {
        (wording, "0", "1", "1"): 15, (wording, "0", "0", "1"): 15,
        (wording, "0", "1", "x"): 5, (wording, "0", "0", "x"): 5,
    }  # fmt: skip
    assert {since for _, since in third.when} == {((1, 2),), ((1, 1),)}
