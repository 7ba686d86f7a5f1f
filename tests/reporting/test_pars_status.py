"""What PARS asks for before an activity is a draft, active or closed: named, with what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from cme_xblock.activity.codes import Answer, Format
from cme_xblock.activity.model import Provider, Support, SupportSource
from cme_xblock.reporting.endpoints import pars_status
from cme_xblock.reporting.endpoints.pars_facts import Facts
from cme_xblock.reporting.endpoints.pars_sheet import sheet
from cme_xblock.reporting.endpoints.pars_status import Status
from tests.reporting.pars_world import BARE, FULL, SAID, TEAM, facts, wire

ENDED, OPEN = date(2028, 1, 15), date(2028, 1, 14)


def judged(activity=FULL, said=None, today=ENDED, closed=False, **over):
    one = sheet(
        activity,
        key="k",
        number="",
        provider_id="0000000",
        counts={},
        facts=facts() if said is None else said,
        wire=wire(**over),
    )
    found = pars_status.missing(one, wire(**over))
    return {each.code: each for each in found}, pars_status.status(one, wire(**over), today=today, closed=closed)


def test_an_activity_with_all_of_it_lacks_nothing():
    assert judged() == ({}, Status.READY_TO_CLOSE)
    assert judged(closed=True) == ({}, Status.CLOSED)
    assert judged(today=OPEN, closed=True) == ({}, Status.ACTIVE)


@pytest.mark.parametrize(
    ("change", "code", "level"),
    [
        ({"title": ""}, "title", Status.DRAFT),
        ({"format": Format.LIVE, "release": None}, "start", Status.DRAFT),
        ({"expiry": None}, "end", Status.DRAFT),
        ({"expiry": date(2026, 1, 14)}, "order", Status.DRAFT),
        ({"expiry": date(2029, 1, 16)}, "too_long", Status.DRAFT),
        ({"format": Format.LIVE, "expiry": date(2027, 1, 15)}, "too_long", Status.DRAFT),
        ({"description": ""}, "description", Status.ACTIVE),
        ({"description": "x" * 2501}, "description", Status.ACTIVE),
        ({"offerings": ()}, "credit", Status.ACTIVE),
        ({"offerings": (replace(FULL.offerings[0], amount=Decimal("1.3"), moc=()),)}, "amount", Status.ACTIVE),
        ({"format": Format.MANUSCRIPT_REVIEW, "expiry": date(2026, 2, 1)}, "delivery", Status.ACTIVE),
        ({"provider": replace(FULL.provider, joint_providers=())}, "joint_provider", Status.CLOSED),
        ({"support": Support()}, "support", Status.CLOSED),
        ({"support": Support(Answer.YES)}, "support", Status.CLOSED),
        ({"support": Support(Answer.YES, (SupportSource("A"),))}, "support_amount", Status.CLOSED),
        (
            {"support": Support(Answer.YES, (SupportSource("A", amount=Decimal("5000.50")),))},
            "support_amount",
            Status.CLOSED,
        ),
    ],
)
def test_what_the_author_left_out_is_named(change, code, level):
    found, status = judged(replace(FULL, **change))
    assert found[code].needed_for is level
    assert found[code].text.endswith(".")
    reached = {Status.DRAFT: Status.NONE, Status.ACTIVE: Status.DRAFT, Status.CLOSED: Status.READY_TO_CLOSE}
    assert status is reached[level]


@pytest.mark.parametrize(
    ("left_out", "code", "level"),
    [
        ("public", "public", Status.ACTIVE),
        ("fee", "public", Status.ACTIVE),
        ("outcomes", "outcomes", Status.CLOSED),
        ("moc", "moc_attested", Status.CLOSED),
        ("moc", "moc_practice_area", Status.CLOSED),
    ],
)
def test_what_nobody_has_said_is_named(left_out, code, level):
    found, _ = judged(said=facts({key: value for key, value in SAID.items() if key != left_out}))
    assert found[code].needed_for is level


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"points": Decimal("1.30")}, "moc_points"),
        ({"points": Decimal("1.75")}, "moc_points"),
        ({"points": None}, "moc_points"),
        ({"claim_by": None}, "moc_claim_by"),
        ({"credit_types": ("patient_safety",)}, "moc_type"),
        ({"board": "xyz"}, "moc_board"),
        ({"board": "aba"}, "moc_content"),
    ],
)
def test_what_a_registration_for_a_board_lacks_is_named(change, code):
    offering = FULL.offerings[0]
    found, status = judged(replace(FULL, offerings=(replace(offering, moc=(replace(offering.moc[0], **change),)),)))
    assert found[code].needed_for is Status.CLOSED
    assert status is Status.READY_TO_CLOSE


def test_enduring_material_may_last_three_years_and_a_series_twelve_months():
    assert "too_long" not in judged(replace(FULL, expiry=date(2029, 1, 15)))[0]
    assert "too_long" not in judged(replace(BARE, release=date(2026, 1, 1), expiry=date(2026, 12, 31)))[0]
    assert "too_long" in judged(replace(BARE, release=date(2026, 1, 1), expiry=date(2027, 1, 1)))[0]


def test_an_activity_in_person_has_a_place():
    assert "location" in judged(said=facts(delivery=["in_person"]))[0]
    assert "location" in judged(said=facts(delivery=["in_person"], location={"city": "X", "country": "USA"}))[0]
    place = {"city": "Ulm", "country": "DEU"}
    assert "location" not in judged(said=facts(delivery=["in_person"], location=place))[0]


def test_nothing_is_closed_before_its_end():
    one = sheet(FULL, key="k", number="", provider_id="", counts={}, facts=facts(), wire=wire())
    assert [each.code for each in pars_status.against_closing(one, wire(), today=OPEN)] == ["not_ended"]
    assert pars_status.against_closing(one, wire(), today=ENDED) == ()


def test_joint_accreditation_asks_for_more():
    ja = {"portal": {"kind": "ja"}}
    assert {"interprofessional"} <= judged(TEAM, **ja)[0].keys()
    nobody = replace(TEAM, audience=replace(TEAM.audience, professions=()))
    assert {"professions"} <= judged(nobody, **ja)[0].keys()
    assert judged(TEAM, facts(interprofessional=False), **ja)[0] == {}


def test_a_bare_activity_can_be_a_draft():
    assert judged(replace(BARE, provider=Provider(), description=""), Facts())[1] is Status.DRAFT
