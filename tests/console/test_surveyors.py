"""Letting a surveyor in, for how long, for what; each wrong form is named; the end holds at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cme_xblock.host import people
from cme_xblock.records import grants
from cme_xblock.records.models import AccessEntry, SurveyorGrant
from tests.console.world import World

pytestmark = pytest.mark.django_db


def form(world: World, **changes: object) -> dict[str, object]:
    until = timezone.localdate() + timedelta(days=10)
    return {"account": str(world.users["learner"].pk), "until": until.isoformat(), "why": "Survey 2026", **changes}


def test_a_surveyor_is_let_in_and_shut_out_again(world: World) -> None:
    office, address = world.client("office_a"), f"/cme/activities/{world.a}/surveyors/"
    theirs = f"/cme/activities/{world.a}/"
    surveyor = world.client("learner")
    assert surveyor.get(theirs).status_code == 403
    assert office.post(address, form(world)).status_code == 302
    assert surveyor.get(theirs).status_code == 200
    assert surveyor.get(f"/cme/activities/{world.b}/").status_code == 403
    assert surveyor.get(f"{theirs}surveyors/").status_code == 403
    assert b"Survey 2026" in office.get(address).content
    grant = SurveyorGrant.objects.get(why="Survey 2026")
    assert office.post(address, {"end": grant.uuid}).status_code == 302
    assert surveyor.get(theirs).status_code == 403
    assert b"Taken back" in office.get(address).content
    assert set(AccessEntry.objects.values_list("what", flat=True)) >= {"surveyor_let_in", "surveyor_ended"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": ""},
        {"account": "a\x00b"},
        {"until": "yesterday"},
        {"until": "2020-01-01"},
        {"until": "9999-12-31"},
        {"until": ""},
        {"why": " "},
        {"why": "x" * 501},
    ],
)
def test_a_wrong_form_lets_nobody_in(world: World, wrong: dict[str, str]) -> None:
    before = SurveyorGrant.objects.count()
    response = world.client("office_a").post(f"/cme/activities/{world.a}/surveyors/", form(world, **wrong))
    assert response.status_code == 400
    assert b"Nothing was changed" in response.content
    assert SurveyorGrant.objects.count() == before


def test_nobody_lets_somebody_in_to_anothers_activity(world: World) -> None:
    response = world.client("office_a").post(f"/cme/activities/{world.a}/surveyors/", form(world, activity=world.b))
    assert response.status_code == 302
    assert {one.activity_key for one in SurveyorGrant.objects.filter(why="Survey 2026")} == {world.a}
    other = SurveyorGrant.objects.get(why="Survey 2026")
    assert (
        world.client("office_b").post(f"/cme/activities/{world.b}/surveyors/", {"end": other.uuid}).status_code == 302
    )
    assert grants.holds(people.learner_id(str(world.users["learner"].pk)), now=timezone.now()) == {world.a}
