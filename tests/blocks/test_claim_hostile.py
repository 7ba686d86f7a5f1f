"""What somebody sends who does not use the page: several credits at once, of which one is not as it should be."""

from __future__ import annotations

from typing import Any

import pytest

from cme_xblock.records import verify
from cme_xblock.records.models import Claim
from tests.blocks import course, kept
from tests.blocks.clock import NOON, Clock
from tests.blocks.test_claim import accepted, described
from tests.blocks.way import Way

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def way(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Way:
    Clock(monkeypatch).at(NOON)  # approvals of the activity end some day
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    activity = described()
    course.install(activity)
    one = Way("ana", activity=activity)
    one.all_before_claim()
    return one


def test_whatever_is_sent_beside_a_right_credit_nothing_of_it_is_claimed(way: Way) -> None:
    """Several credits are one statement, so one that is at fault leaves nothing behind; and none is a fault of ours."""
    right = {**way.claim_form(), "name_certified": "Ana Müller", "amount:ama_pra_1": "0.5", "attested:ama_pra_1": True}
    points = {"amount:moc_abim": "0.25", "attested:moc_abim": True}
    hostile = [
        {"attested:ama_pra_1": "true"},
        {"attested:ama_pra_1": 1},
        {**points, "attested:moc_abim": "on"},
        {**points, "amount:moc_abim": 0.25},
        {**points, "amount:moc_abim": ["0.25"]},
        {**points, "amount:moc_abim": {"amount": "0.25"}},
        {**points, "amount:moc_abim": True},
        {**points, "amount:moc_abim": "9" * 200_000},
        {**points, "amount:moc_abim": "0.5", "amount:ama_pra_1": "0.25"},
        {**points, "wording:moc_abim": right["wording:ama_pra_1"]},
        {**points, "wording:moc_abim": [right["wording:moc_abim"]]},
        {"amount:moc_nobody": "0.25", "attested:moc_nobody": True},
        {"amount:": "0.25", "attested:": True},
        {"amount: ama_pra_1": "0.25", "attested: ama_pra_1": True},
        {"amount:AMA_PRA_1": "0.25", "attested:AMA_PRA_1": True},
        {"amount:participation": "0.5", "attested:participation": True, "profession": "student,md"},
        {"profession": "md," * 5 + "md"},
        {"profession": {"md": True}},
        {"profession": [["md"]]},
        {f"amount:x{number}": "1" for number in range(5_000)},
        {"edition": "0" * 64},
        {"name_certified": "Ana \u202emoc"},
        {"name_certified": ["Ana"]},
    ]
    for body in hostile:
        answer = way.submit("claim", **{**right, **body})
        assert 400 <= answer.status < 500, (body, answer.text[:200])
        assert answer.data["error"]["message"]
        assert len(answer.text) < 50_000
    assert Claim.objects.count() == 0
    assert verify.verify_all().found == 0
    accepted(way.submit("claim", **right))
