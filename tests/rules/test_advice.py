"""Advice speaks of a flaw where it is, with the reason, and of nothing that only looks like it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from cme_xblock.activity import olx
from cme_xblock.activity.codes import ItemKind, Level
from cme_xblock.activity.model import Activity, Assessment, Baseline, Item, Objective, Option, Reference
from cme_xblock.rules.advice import LINTS, Advice, advise, pairs
from tests import hanging
from tests.activity.strategies import activities
from tests.rules.variant import cases

CASES = cases(Path(__file__).parent / "cases" / "advice.toml")
ROOT = Path(__file__).parents[2]
# Flaws of a whole test, with tests of their own below.
WHOLE = {
    "objective_without_item",
    "true_false_overused",
    "pair_missing",
    "pair_objective",
    "pair_kind",
    "pair_level",
    "pair_identical",
    "key_position",
    "key_longest_often",
}
STEM = "A man of 60 has chest pain. Which step comes next?"
OPTIONS = ("*Aspirin", "Heparin", "Warfarin", "Alteplase")


def item(name: str = "q", *, stem: str = STEM, options: tuple[str, ...] = OPTIONS, **fields: Any) -> Item:
    """A question without a flaw; the options that begin with a star are right."""
    listed = tuple(
        Option(id=chr(ord("a") + index), correct=text.startswith("*"), text=text.removeprefix("*"))
        for index, text in enumerate(options)
    )
    return Item(
        **{"id": name, "objective": "o1", "rationale": "So.", "references": ("r1",), **fields},
        stem=stem,
        options=listed,
    )


def activity(assessment: tuple[Item, ...], baseline: tuple[Item, ...] = (), **fields: Any) -> Activity:
    return Activity(
        objectives=(Objective("o1", "Choose."),),
        references=(Reference("r1", "", "A guideline."),),
        baseline=Baseline(items=baseline),
        assessment=Assessment(items=assessment, **fields),
    )


def said(one: Activity, code: str) -> list[Advice]:
    return [advice for advice in advise(one) if advice.code == code]


def of_case(case: dict[str, Any]) -> Activity:
    kind = ItemKind(case.get("kind", "single"))
    fields = {name: case[name] for name in ("objective", "rationale") if name in case}
    asked = item(
        stem=case.get("stem", STEM),
        options=tuple(case.get("options", OPTIONS)),
        references=tuple(case.get("references", ["r1"])),
        kind=kind,
        **fields,
    )
    shuffled = case.get("shuffle_options", False)
    if case.get("part") == "baseline":
        result = activity((), (asked,), shuffle_options=shuffled)
    else:
        result = activity((asked,), shuffle_options=shuffled)
    return replace(result, language=case.get("language", "en"))


def name(case: dict[str, Any]) -> str:
    shown = case.get("why") or case.get("stem") or " / ".join(case.get("options", []))
    return f"{case['code']}{'' if 'where' in case else ' not'}: {shown[:60]}"


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_flaw_is_spoken_of_where_it_is_and_nowhere_else(case: dict[str, Any]) -> None:
    found = said(of_case(case), case["code"])
    if "where" not in case:
        assert found == []
        return
    assert f"{case.get('part', 'assessment')}.items[q]{case['where']}" in [one.where for one in found]
    assert case.get("says", "") in str(found[0].message)


def test_every_flaw_has_a_case_that_shows_it_and_one_that_comes_close() -> None:
    codes = {one.code for one in LINTS}
    assert len(codes) == len(LINTS)
    assert {one["code"] for one in CASES if "where" in one} == codes - WHOLE
    assert {one["code"] for one in CASES if "where" not in one} == codes - WHOLE


def test_nothing_is_said_of_a_good_question() -> None:
    assert advise(activity((item(),))) == ()
    assert advise(Activity()) == ()


def test_every_advice_has_a_next_step_a_reason_and_a_source() -> None:
    for one in LINTS:
        # What is the case, and what to do.
        assert one.message.count(". ") >= 1 or "; " in one.message, one.code
        assert one.message.endswith(".")
        assert one.reason.endswith(".")
        assert one.source


def test_of_the_demonstration_little_is_said() -> None:
    demo = olx.from_xml((ROOT / "demo" / "activity.xml").read_bytes())
    assert {(one.code, one.where) for one in advise(demo)} == {
        ("key_repeats_stem", "baseline.items[b1].options[a]"),
        ("key_repeats_stem", "baseline.items[b2].options[d]"),
    }


def test_an_objective_needs_an_assessment_question() -> None:
    one = activity((item(),), (item("b", objective="o2"),))
    one = replace(one, objectives=(*one.objectives, Objective("o2", "Treat."), Objective("o3", "Refer.")))
    assert [advice.where for advice in said(one, "objective_without_item")] == ["objectives[o2]", "objectives[o3]"]


def test_true_false_questions_are_counted() -> None:
    def mixed(true_false: int, others: int) -> Activity:
        truths = [item(f"t{n}", kind=ItemKind.TRUE_FALSE, options=("*True", "False")) for n in range(true_false)]
        return activity((*truths, *(item(f"s{n}") for n in range(others))))

    assert [one.where for one in said(mixed(3, 5), "true_false_overused")] == ["assessment.items"]
    assert said(mixed(3, 6), "true_false_overused") == []
    assert said(mixed(2, 0), "true_false_overused") == []


def keyed(places: str) -> tuple[Item, ...]:
    """One question for each letter, with the key at that letter's place."""
    return tuple(
        item(f"q{number}", options=tuple(f"{'*' if option == place else ''}Drug {option}" for option in "ABCD"))
        for number, place in enumerate(places)
    )


@pytest.mark.parametrize(
    ("places", "found"),
    [
        # Of six with four options, five in one place: P = 4 * 19/4096 < 0.05; four: P = 4 * 154/4096 > 0.05.
        ("BBBBBA", True),
        ("BBBBAC", False),
        ("BBBBB", False),
        ("ABCDABCDABCD", False),
        ("CCCCCCCCCCABDABDABDA", False),
        ("CCCCCCCCCCCCABDABDAB", True),
    ],
)
def test_a_key_in_one_place_more_often_than_chance(places: str, found: bool) -> None:
    one = activity(keyed(places))
    assert bool(said(one, "key_position")) is found
    if found:
        assert f"In {max(map(places.count, places))} of {len(places)} questions" in str(
            said(one, "key_position")[0].message
        )
    assert said(replace(one, assessment=replace(one.assessment, shuffle_options=True)), "key_position") == []


def test_places_are_compared_among_questions_with_as_many_options() -> None:
    three = tuple(item(f"t{n}", options=("*Aspirin", "Heparin", "Warfarin")) for n in range(5))
    assert said(activity((*keyed("ABCD"), *three)), "key_position") == []
    assert said(activity((*keyed("ABCD"), *three, replace(three[0], id="t5"))), "key_position")


def test_a_key_that_is_the_longest_option_more_often_than_chance() -> None:
    def longest(count: int, total: int) -> Activity:
        return activity(
            tuple(
                item(f"q{n}", options=("*Aspirins" if n < count else "*Aspirin", "Heparin", "Warfari", "Altepla"))
                for n in range(total)
            )
        )

    # P(X >= 4 of 6 | 1/4) = 0.038; P(X >= 3) = 0.169.
    assert said(longest(4, 6), "key_longest_often")
    assert said(longest(3, 6), "key_longest_often") == []
    assert said(longest(5, 5), "key_longest_often") == []
    # As long as the longest is not longer.
    assert said(longest(0, 20), "key_longest_often") == []


OTHER = "A woman of 30 has a swollen leg. Which step comes next?"


def test_twins_stand_side_by_side_in_the_assessments_order() -> None:
    before = (item("b1", pair_id="p1"), item("b2", pair_id="p2"), item("b3"), item("b4", pair_id="p4"))
    after = (item("a2", pair_id="p2", stem=OTHER), item("a9"), item("a1", pair_id="p1"), item("a5", pair_id="p1"))
    rows = pairs(activity(after, before)).rows
    assert [(row.baseline and row.baseline.id, row.assessment and row.assessment.id, row.pair_id) for row in rows] == [
        ("b2", "a2", "p2"),
        (None, "a9", ""),
        ("b1", "a1", "p1"),
        (None, "a5", "p1"),
        ("b3", None, ""),
        ("b4", None, "p4"),
    ]
    notes = [[note.code for note in row.notes] for row in rows]
    assert notes == [[], ["pair_missing"], ["pair_identical"], ["pair_missing"], ["pair_missing"], ["pair_missing"]]


def test_twins_that_differ_in_more_than_words_are_noted() -> None:
    before = item("b", pair_id="p", objective="o2", kind=ItemKind.MULTIPLE, level=Level.DECLARATIVE)
    noted = pairs(activity((item("a", pair_id="p", stem=OTHER),), (before,))).rows[0].notes
    assert [one.code for one in noted] == ["pair_objective", "pair_kind", "pair_level"]
    assert {one.where for one in noted} == {"assessment.items[a]"}
    assert "(multiple and single)" in str(noted[1].message)


def test_twins_with_the_same_words_are_noted_unless_they_ask_for_confidence() -> None:
    def twins(kind: ItemKind) -> Activity:
        spaced = STEM.replace(" ", "  ").upper()
        options = tuple(reversed(OPTIONS))
        return activity(
            (item("a", pair_id="p", kind=kind),), (item("b", pair_id="p", stem=spaced, options=options, kind=kind),)
        )

    assert said(twins(ItemKind.SINGLE), "pair_identical")
    assert said(twins(ItemKind.CONFIDENCE), "pair_identical") == []


def test_without_a_baseline_no_question_lacks_a_twin() -> None:
    assert said(activity((item(),)), "pair_missing") == []
    assert said(activity((), (item(),)), "pair_missing") == []


@given(activities())
def test_any_draft_gets_advice_and_no_error(one: Activity) -> None:
    for advice in advise(one):
        assert str(advice.message)
        assert str(advice.reason)
    rows = pairs(one).rows
    both = sum(row.baseline is not None and row.assessment is not None for row in rows)
    assert len(rows) + both == len(one.baseline.items) + len(one.assessment.items)
    assert [row.assessment for row in rows if row.assessment is not None] == list(one.assessment.items)


HOSTILE = (
    "<b " * 20_000,
    "which following is true " * 5_000,
    "patients who " * 8_000,
    "a" + " " * 60_000 + "b",
    "a, " * 30_000 + "and",
    "." + ")" * 60_000 + " x",
    "1" * 60_000,
    "1,111" * 12_000,
    "&amp;" * 20_000,
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_no_text_makes_it_slow(text: str) -> None:
    with hanging.computing():
        advise(activity((item(stem=text, options=(f"*{text}", text[1:], text[2:], "None")),)))


def test_two_hundred_questions_are_no_hurdle() -> None:
    one = activity(keyed("ABCD" * 25), tuple(replace(other, id=f"b{other.id}") for other in keyed("DCBA" * 25)))
    with hanging.computing():
        advise(one)
