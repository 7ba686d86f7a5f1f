"""Scoring is exact, and the order of items is the same everywhere."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.model import Item, Option
from cme_xblock.participation import scoring
from cme_xblock.participation.scoring import Score
from tests.rules import sample

ITEMS = sample.assessment_items()
RIGHT = sample.right_assessment()


def of(correct: int, total: int) -> Score:
    return Score(correct=correct, total=total, per_item={})


def test_confidence_is_not_scored() -> None:
    assert scoring.score(ITEMS, RIGHT) == Score(3, 3, {"a1": True, "a2": True, "a3": True})
    assert scoring.score(ITEMS, {**RIGHT, "a4": ["1"]}).correct == 3


@pytest.mark.parametrize("chosen", [[], ["a"], ["b"], ["c"], ["a", "c"], ["a", "b", "c"]])
def test_multiple_response_is_all_or_nothing(chosen: list[str]) -> None:
    assert scoring.score(ITEMS, {**RIGHT, "a3": chosen}).per_item["a3"] is False
    assert scoring.score(ITEMS, {**RIGHT, "a3": ["b", "a"]}).per_item["a3"] is True


def test_an_item_without_answer_or_without_key_is_wrong() -> None:
    assert scoring.score(ITEMS, {}) == Score(0, 3, {"a1": False, "a2": False, "a3": False})
    keyless = Item(id="x", options=(Option(id="a"), Option(id="b")))
    assert scoring.score([keyless], {"x": []}).correct == 0


@pytest.mark.parametrize(
    ("correct", "total", "mark", "passed"),
    [
        (7, 10, "0.7", True),
        (6, 10, "0.7", False),
        (2, 3, "0.66", True),
        (2, 3, "0.67", False),
        (2, 3, "0.666666666666", True),
        (2, 3, "0.666666666667", False),
        (3, 3, "1", True),
        (2, 3, "1", False),
        (0, 3, "0.01", False),
        # A share that no binary float can hold: 0.29 * 100 is 28.999999999999996 as float.
        (29, 100, "0.29", True),
        (57, 100, "0.57", True),
        (0, 0, "0.5", False),
        (3, 3, None, False),
        (3, 3, "NaN", False),
    ],
)
def test_the_pass_mark_is_reached_exactly_or_not(correct: int, total: int, mark: str | None, passed: bool) -> None:
    assert scoring.passed(of(correct, total), None if mark is None else Decimal(mark)) is passed


@given(st.integers(1, 200), st.decimals("0.001", "1", places=3))
def test_as_many_as_are_needed_pass_and_one_less_does_not(total: int, mark: Decimal) -> None:
    needed = scoring.needed(total, mark)
    assert scoring.passed(of(needed, total), mark)
    assert not scoring.passed(of(needed - 1, total), mark)


def test_the_order_depends_on_the_seed_alone() -> None:
    once = scoring.order(ITEMS, "learner-1")
    assert set(once) == set(ITEMS)
    assert scoring.order(ITEMS[::-1], "learner-1") == once
    orders = {tuple(one.id for one in scoring.order(ITEMS, f"learner-{n}")) for n in range(50)}
    assert len(orders) > 10


def test_the_order_of_one_seed_never_changes() -> None:
    """A learner who reloads after an upgrade must find the same order."""
    assert "".join(one.id for one in scoring.order(ITEMS, "learner-1")) == "a3a2a4a1"


def test_options_of_scales_and_of_true_false_stay_in_their_order() -> None:
    options = tuple(Option(id=str(n)) for n in range(8))
    for kind, stays in ((ItemKind.CONFIDENCE, True), (ItemKind.TRUE_FALSE, True), (ItemKind.SINGLE, False)):
        item = Item(id="x", kind=kind, options=options)
        assert (scoring.order_options(item, "seed") == options) is stays
    one, other = (Item(id=name, options=options) for name in "xy")
    assert scoring.order_options(one, "seed") != scoring.order_options(other, "seed")
