"""A board's points are one credit for each diplomate, activity and day, whatever account they are claimed with."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cme_xblock.records.models import Claim, Identifier, Participation
from tests.blocks import course, kept
from tests.blocks.clock import NOON, Clock
from tests.blocks.test_claim import accepted, described, faults
from tests.blocks.test_sharing import door
from tests.blocks.way import IDENTITY, Way
from tests.rules.variant import vary

pytestmark = pytest.mark.django_db(transaction=True)

ABP = {"board": "abp", "points": "0.5", "claim_by": "2028-01-15", "credit_types": []}
BOTH = {"ama_pra_1": "0.5", "moc_abp": "0.5"}
AGREED = {"consent:pars": True, **IDENTITY, "npi": ""}


@pytest.fixture
def two(settings: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Way, Way]:
    """Two accounts at the same activity, both ready to claim."""
    Clock(monkeypatch).at(NOON)
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    activity = replace(described(), offerings=vary({"offerings.0.moc": [ABP]}).offerings)
    course.install(activity)
    ways = Way("ana", activity=activity), Way("ana-again", activity=activity)
    for one in ways:
        one.all_before_claim()
    return ways


def test_the_same_number_from_another_account_gets_no_second_points(two: tuple[Way, Way]) -> None:
    first, second = two
    accepted(first.claim_all(BOTH, **AGREED, board_abp="123-456"))
    before = kept.rows()
    # However it is written.
    refused = second.claim_all(BOTH, **AGREED, board_abp="123 456")
    assert faults(refused) == {"board_abp"}
    assert "The board gives them once" in refused.text
    assert not re.search(r"123.?456", refused.text)
    assert kept.rows() == before, "nothing is written"
    accepted(second.claim_all({"ama_pra_1": "0.5"}, **AGREED))
    assert Claim.objects.filter(system="moc_abp").count() == 1


def test_another_diplomate_claims_on_the_same_day(two: tuple[Way, Way]) -> None:
    for one, number in zip(two, ("123456", "123457"), strict=True):
        accepted(one.claim_all(BOTH, **AGREED, board_abp=number))
    assert Claim.objects.filter(system="moc_abp").count() == 2


def test_a_number_given_afterwards_is_looked_at_too(two: tuple[Way, Way]) -> None:
    first, second = two
    accepted(first.claim_all(BOTH, **AGREED, board_abp="123456"))
    accepted(second.claim_all(BOTH))
    refused = door(second, **AGREED, board_abp="123456")
    assert faults(refused) == {"board_abp"}
    assert Identifier.objects.filter(kind="board_abp").count() == 1
    accepted(door(second, **AGREED, board_abp="999999"))
    assert Identifier.objects.filter(kind="board_abp").count() == 2


def test_another_day_is_another_credit(two: tuple[Way, Way], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = two
    accepted(first.claim_all(BOTH, **AGREED, board_abp="123456"))
    Clock(monkeypatch).at(datetime(2026, 7, 3, 16, tzinfo=UTC))
    third = Way("ana-later", activity=second.activity)
    third.all_before_claim()
    accepted(third.claim_all(BOTH, **AGREED, board_abp="123456"))
    days = Participation.objects.filter(claims__system="moc_abp").values_list("claims__completed_on", flat=True)
    assert len(set(days)) == 2
