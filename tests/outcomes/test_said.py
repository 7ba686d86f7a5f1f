"""What learners said moves with the report: one more evaluation changes no number, and no step tells of a few."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from cme_xblock.outcomes import report_evaluation, said
from cme_xblock.outcomes.commitments import Followed
from cme_xblock.outcomes.evidence import Evaluated, Evidence
from cme_xblock.outcomes.said import Frozen
from cme_xblock.outcomes.shapes import Form
from cme_xblock.outcomes.steps import Memory
from tests.outcomes.test_steps import ACTIVITY

QUESTIONS = tuple(
    {"id": name, "kind": kind, "purpose": "other", "objective": "", "subject": "", "stem": f"{name}?",
     "choices": [{"id": one, "text": one, "comment": False} for one in "54321"]}
    for name, kind in (("met", "rating"), ("format", "single"), ("several", "multiple"))
)  # fmt: skip


def answered(n: int, seed: int = 1) -> Evaluated:
    """The first n of the same people."""
    chance = random.Random(seed)
    counts: dict[str, Counter[str]] = {str(one["id"]): Counter() for one in QUESTIONS}
    numbers: Counter[str] = Counter()
    for _ in range(n):
        for name, counter in counts.items():
            if chance.random() < 0.95:
                numbers[name] += 1
                picked = chance.choices("54321", (6, 4, 2, 1, 0.5), k=3 if name == "several" else 1)
                counter.update(set(picked))
    sums = {
        name: {"answered": numbers[name], "counts": dict(one), "texts": [f"{name} {n}"]} for name, one in counts.items()
    }
    return Evaluated(QUESTIONS, n, sums, anonymous=False)


def shown(n: int, memory: Memory) -> dict[tuple[str, str, int], int]:
    """Every count that the section shows, by table, row and column; of a share also what is left of its whole."""
    found = {}
    for section in report_evaluation.evaluation(Evidence((answered(n),)), minimum=5, planner=memory):
        for table in section.tables:
            for row in table.rows:
                name = row[0].text.format() if row[0].text else ""
                for place, cell in enumerate(row[1:], start=1):
                    if cell.value is not None and cell.form in (Form.COUNT, Form.SHARE):
                        found[table.id, name, place] = round(cell.value)
                        if cell.of:
                            found[table.id, name, -place] = cell.of - round(cell.value)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_no_two_steps_differ_by_a_few(seed: int) -> None:
    """Whatever is shown in two steps moved by nobody or by five; the parts of a question and what was left out, too."""
    chance = random.Random(seed)
    sizes = sorted(chance.sample(range(12, 160), 5))
    past, seen = [], []
    for n in sizes:
        memory = Memory(past)
        seen.append(shown(n, memory))
        past = [*past, memory.shown]
    compared = 0
    for place, later in enumerate(seen):
        for earlier in seen[:place]:
            for name in earlier.keys() & later.keys():
                compared += 1
                assert not 0 < abs(later[name] - earlier[name]) < 5, (sizes, name)
    assert compared > 5


def test_without_memory_they_do() -> None:
    first, second = shown(40, Memory()), shown(43, Memory())
    assert any(0 < abs(second[name] - first[name]) < 5 for name in first.keys() & second.keys())


def test_between_steps_counts_stay() -> None:
    """An evaluation that came later is not counted, and no text is remembered."""
    frozen = said.loads(said.dumps(said.step(Evidence((answered(40),)), (), minimum=5)))
    later = said.as_of(Evidence((answered(41),)), frozen)
    [one] = later.evaluations
    assert one.n == 40
    assert one.sums["met"]["counts"] == answered(40).sums["met"]["counts"]
    assert one.sums["met"]["texts"] == []
    other = replace(answered(60), questions=QUESTIONS[:1])
    assert said.as_of(Evidence((other,)), frozen).evaluations == ()
    assert said.as_of(Evidence((answered(3),)), None).evaluations[0].n == 3
    assert "met 4" not in said.dumps(frozen)


def test_of_anonymous_evaluations_nothing_is_remembered() -> None:
    """Neither their counts nor their groups: what is kept with a time leads to a few people's answers."""
    anonymous = replace(answered(40), anonymous=True)
    assert said.step(Evidence((anonymous,)), (), minimum=5) == Frozen()
    memory = Memory()
    assert list(report_evaluation.evaluation(Evidence((anonymous,)), minimum=5, planner=memory))
    assert memory.shown == {}
    assert said.as_of(Evidence((anonymous,)), Frozen()).evaluations == (anonymous,)


@pytest.mark.parametrize(
    ("then", "now", "moves"),
    [
        ((40, 30, 12, 10, 8), (46, 36, 18, 10, 8), True),
        ((40, 30, 12, 10, 8), (41, 30, 12, 10, 8), False),
        ((40, 30, 12, 10, 8), (45, 35, 15, 12, 8), False),
        ((40, 30, 12, 10, 8), (46, 32, 12, 10, 10), False),
        ((40, 30, None, None, 18), (50, 40, None, None, 26), False),
        ((40, 30, None, None, 18), (50, 40, None, None, 23), True),
        ((40, 30, 12, 10, 8), (40, 30, 12, 10, 8), True),
        # Of those who handed in an evaluation two more have no plan.
        ((40, 30, 12, 10, 8, 50), (46, 36, 18, 10, 8, 58), False),
        ((40, 30, 12, 10, 8, 50), (46, 36, 18, 10, 8, 56), True),
    ],
)
def test_plans_move_by_enough_or_not_at_all(then: said.Numbers, now: said.Numbers, moves: bool) -> None:
    """Also who is yet to answer, and what is hidden between the shown ones."""
    evidence = Evidence(followed=(Followed("o1", *now[:5], evaluated=(*now, None)[5]),))
    found = said.step(evidence, [Frozen({}, {"o1": then})], minimum=5)
    assert found.followed["o1"][:5] == (now if moves else then)[:5]
    [told] = said.as_of(evidence, found).followed
    assert (told.committed, told.answered) == found.followed["o1"][:2]


HOPES = ("buprenorphine at home", "pain in older adults", "motivational interviewing", "sleep and pain", "more time")
ASKED = {"id": "needs", "kind": "text", "purpose": "needs", "objective": "", "subject": "", "stem": "What else?",
         "choices": []}  # fmt: skip


def wrote(n: int, seed: int, *, anonymous: bool = False) -> Evidence:
    """The same people, n of them: what else they need, what they mean to do, and why it came to nothing."""
    chance = random.Random(seed)
    each = [[" and ".join(chance.sample(HOPES, chance.choice((1, 1, 2)))) for _ in range(3)] for _ in range(n)]
    needs, plans, reasons = (list(column) for column in zip(*each, strict=True))
    one = Evaluated((ASKED,), n, {"needs": {"answered": n, "counts": {}, "texts": needs}}, anonymous=anonymous)
    followed = (Followed("o1", n, n, n, 0, 0, tuple(sorted(reasons))),)
    return Evidence((one,), followed, {"o1": tuple(sorted(plans))}, unnamed=frozenset({"o1"} if anonymous else ()))


def themes_of(evidence: Evidence) -> dict[tuple[str, str], int]:
    """Every theme that the report shows, by table and words."""
    sections = [
        *report_evaluation.wishes(evidence, minimum=5),
        *report_evaluation.plans(evidence, ACTIVITY, minimum=5),
    ]
    tables = [table for section in sections for table in section.tables if table.id != "follow-up"]
    return {
        (table.id, str(row[1].text)): round(row[2].value)
        for table in tables
        for row in table.rows
        if row[2].value is not None
    }


@pytest.mark.parametrize("seed", range(8))
def test_themes_move_in_steps_and_by_nobody_or_five(seed: int) -> None:
    """Of each theme, and of what a pair of words leaves of one of its words; between two steps nothing moves."""
    chance = random.Random(seed)
    past: list[Frozen] = []
    seen = []
    for n in sorted(chance.sample(range(12, 120), 6)):
        frozen = said.loads(said.dumps(said.step(wrote(n, seed), past, minimum=5)))
        seen.append(themes_of(said.as_of(wrote(n, seed), frozen)))
        assert themes_of(said.as_of(wrote(n + 1, seed), frozen)) == seen[-1]
        past.append(frozen)
    moved = 0
    for place, later in enumerate(seen):
        for earlier in seen[:place]:
            for name in earlier.keys() & later.keys():
                moved += later[name] != earlier[name]
                assert not 0 < abs(later[name] - earlier[name]) < 5, name
                for table, word in earlier.keys() & later.keys():
                    if table == name[0] and word != name[1] and word in name[1].split():
                        left = [one[table, word] - one[name] for one in (earlier, later)]
                        assert not 0 < abs(left[1] - left[0]) < 5, (name, word)
    assert moved


def test_themes_without_steps_move_by_one() -> None:
    """The attack itself finds something where nothing is remembered: in anonymous answers."""
    first, second = (themes_of(said.as_of(wrote(n, 1, anonymous=True), Frozen())) for n in (40, 42))
    assert any(0 < abs(second[name] - first[name]) < 5 for name in first.keys() & second.keys() if name[0] == "themes")


def test_of_texts_only_words_that_five_share_are_kept() -> None:
    """A retired learner's words are in no row of a step, unless many others wrote them too."""
    evidence = wrote(40, 3)
    own = "Ask Bartholomew about fentanyl"
    evidence = replace(evidence, plans={"o1": (*evidence.plans["o1"], own)})
    kept = said.dumps(said.step(evidence, (), minimum=5))
    assert "pain" in kept
    assert "bartholomew" not in kept.casefold()
    assert "home and" not in kept
    anonymous = said.step(wrote(40, 3, anonymous=True), (), minimum=5)
    assert set(anonymous.themes) == {said.REASONS}
