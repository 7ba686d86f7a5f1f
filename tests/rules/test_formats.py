"""What each format is credited by. Source: spec R-2.5."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cme_xblock.activity.codes import Format
from cme_xblock.rules import formats
from cme_xblock.rules.formats import By


def test_every_format_says_what_it_is_credited_by() -> None:
    assert set(formats.RULES) == set(Format)
    assert {one for one, of in formats.RULES.items() if of.by is By.ATTENDANCE} == {Format.LIVE, Format.RSS}
    assert {one for one, of in formats.RULES.items() if of.by is By.TIME} == {Format.ENDURING, Format.OTHER}
    assert {one for one, of in formats.RULES.items() if of.assessed} == {Format.ENDURING, Format.JOURNAL}


@pytest.mark.parametrize(
    ("made", "credit"),
    [
        (formats.journal(1), "1"),
        (formats.journal(3), "3"),
        (formats.item_writing(1), "10"),
        (formats.manuscripts(2), "6"),
        (formats.point_of_care(1), "0.5"),
        (formats.point_of_care(5), "2.5"),
        (formats.journal(0), "0"),
        (formats.manuscripts(-1), "0"),
    ],
)
def test_a_piece_of_work_has_its_credit(made: Decimal, credit: str) -> None:
    assert made == Decimal(credit)


@pytest.mark.parametrize(
    ("stages", "credit"),
    [
        ("", "0"),
        ("A", "5"),
        ("AB", "10"),
        ("ABC", "20"),
        ("CBA", "20"),
        # Whoever did not begin at stage A, or left one out, has what stands before it.
        ("B", "0"),
        ("BC", "0"),
        ("AC", "5"),
    ],
)
def test_performance_improvement_counts_stages_in_their_order(stages: str, credit: str) -> None:
    assert formats.performance_improvement(tuple(stages)) == Decimal(credit)


@pytest.mark.parametrize(
    ("presented", "credit"),
    [
        ([("a", 60)], "2"),
        ([("a", 30)], "1"),
        ([("a", 60), ("b", 30)], "3"),
        # A repeat counts once, the longer one.
        ([("a", 60), ("a", 60)], "2"),
        ([("a", 30), ("a", 60)], "2"),
        ([("a", 50)], "1.75"),
        ([("a", 3)], "0"),
        ([("a", 4)], "0.25"),
        ([], "0"),
        ([("a", -60)], "0"),
    ],
)
def test_teaching_is_two_credits_an_hour_once_for_repeats(presented: list[tuple[str, int]], credit: str) -> None:
    made = formats.teaching(presented)
    assert made == Decimal(credit)
    assert made % Decimal("0.25") == 0


def test_the_usual_amounts_are_those_of_the_booklet() -> None:
    assert {one.value: formats.said(one) for one in Format if formats.usual(one)} == {
        "journal": "1.0",
        "test_item_writing": "10.0",
        "manuscript_review": "3.0",
        "pi_cme": "5.0, 10.0, 15.0, and 20.0",
        "point_of_care": "0.5",
    }


@pytest.mark.parametrize(
    ("kind", "designated", "claimable"),
    [
        (Format.PI_CME, "20", "5 10 20"),
        (Format.PI_CME, "15", "5 10 15"),
        (Format.PI_CME, "10", "5 10"),
        (Format.JOURNAL, "1", "1"),
        (Format.POINT_OF_CARE, "1.5", "0.5 1 1.5"),
        (Format.MANUSCRIPT_REVIEW, "6", "3 6"),
        (Format.TEST_ITEM_WRITING, "10", "10"),
    ],
)
def test_work_is_claimed_by_the_piece(kind: Format, designated: str, claimable: str) -> None:
    grid = [Decimal(quarter) / 4 for quarter in range(1, int(Decimal(designated) * 4) + 1)]
    assert formats.claimable(kind, grid) == tuple(map(Decimal, claimable.split()))


@pytest.mark.parametrize(("kind", "designated"), [(Format.ENDURING, "2"), (Format.LIVE, "2"), (Format.PI_CME, "7.5")])
def test_time_and_what_no_pieces_add_up_to_is_claimed_in_all_steps(kind: Format, designated: str) -> None:
    grid = [Decimal(quarter) / 4 for quarter in range(1, int(Decimal(designated) * 4) + 1)]
    assert formats.claimable(kind, grid) == tuple(grid)
    assert formats.claimable(kind, []) == ()
