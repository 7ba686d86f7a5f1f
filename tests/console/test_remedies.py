"""Corrections that begin at an activity: shown first, done once, with a reason, in the record and in the access log."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client

from cme_xblock.participation.entries import Kind
from cme_xblock.records import ledger, verify
from cme_xblock.records.models import AccessEntry, Participation
from tests.blocks import kept, sessions
from tests.console.world import COURSE_A, PROVIDER_A, World, publish

pytestmark = pytest.mark.django_db


def hidden(html: str) -> dict[str, str]:
    """What the second step's form sends unseen, but the token of the session."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def decided(client: Client, page: str, values: dict[str, Any]) -> Any:
    """What the first step said, and the answer to the second."""
    first = client.post(page, values)
    html = first.content.decode()
    assert first.status_code == 200, html
    assert "This would happen" in html
    return html, client.post(page, {**values, **hidden(html)})


@pytest.fixture(autouse=True)
def platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host with accounts, as the LMS is: the workbench takes every name for a student's."""
    installed = apps.is_installed
    monkeypatch.setattr(apps, "is_installed", lambda app: app != "workbench" and installed(app))


@pytest.fixture
def late(world: World) -> str:
    """The page of late attendance in an activity of provider A, whose session is over."""
    return f"/cme/activities/{publish(COURSE_A, PROVIDER_A, sessions.running(over=True))}/corrections/attendance/"


VALUES = {"session": "s1", "minutes": "45", "reason": "Their badge did not scan.", "evidence": "Sign-in sheet, page 2"}


def test_attendance_of_somebody_who_never_began_is_shown_first_and_then_entered_once(world: World, late: str) -> None:
    person = User.objects.create_user("newcomer", email="new@example.org", first_name="Nele", last_name="Winter")
    client, values = world.client("office_a"), {**VALUES, "learner": "new@example.org"}
    assert client.get(late).status_code == 200  # the first look at an activity puts it into the index
    before = kept.rows()
    html = client.post(late, values).content.decode()
    assert "Nele Winter" in html
    assert "has no record in this activity yet" in html
    after = kept.rows()
    assert {name for name in before if after[name] != before[name]} <= {"AccessEntry", "AccessChain"}
    html, response = decided(client, late, values)
    assert response.status_code == 302
    row = Participation.objects.get(learner_id=str(person.pk))
    [entry] = ledger.read(row.course_key, row.activity_id, row.learner_id).entries
    assert entry.kind is Kind.ATTENDANCE_RECORDED
    assert entry.payload["minutes"] == 45
    assert entry.payload["evidence"] == "Sign-in sheet, page 2 (Their badge did not scan.)"
    assert b"Done, and on record." in client.get(response["Location"]).content
    again = client.post(late, {**values, **hidden(html)})
    assert again.status_code == 302
    assert Participation.objects.get(pk=row.pk).head_seq == row.head_seq
    assert AccessEntry.objects.get(what="remedy:attendance").why == VALUES["reason"]
    assert verify.verify_all().findings == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"learner": "nobody-here"}, "needs an account on this site first"),
        ({"learner": ""}, "Account is missing."),
        ({"learner": "a\x00b"}, "only text"),
        ({"session": "s9"}, "choose one of the list"),
        ({"minutes": "-1"}, "whole minutes"),
        ({"minutes": "999"}, "cannot be attended"),
        ({"evidence": ""}, "Evidence is missing."),
        ({"reason": ""}, "Reason is missing."),
        ({"evidence": "x" * 300, "reason": "y" * 300}, "Shorten one of them"),
    ],
)
def test_wrong_attendance_is_named_and_nothing_is_entered(
    world: World, late: str, wrong: dict[str, str], says: str
) -> None:
    User.objects.create_user("newcomer")
    client, rows = world.client("office_a"), Participation.objects.count()
    for more in ({}, {"sure": "00000000-0000-4000-8000-000000000000", "state": ""}):
        response = client.post(late, {**VALUES, "learner": "newcomer", **wrong, **more})
        assert response.status_code in (400, 409)
        assert says in response.content.decode()
    assert Participation.objects.count() == rows
    assert not AccessEntry.objects.filter(what="remedy:attendance").exists()


def test_attendance_decided_on_an_older_record_is_not_entered(world: World, late: str) -> None:
    User.objects.create_user("newcomer")
    client, values = world.client("office_a"), {**VALUES, "learner": "newcomer"}
    sent = hidden(client.post(late, values).content.decode())
    decided(client, late, {**values, "minutes": "30"})
    response = client.post(late, {**values, **sent})
    assert response.status_code == 409
    assert b"has changed since" in response.content


def test_a_live_activity_offers_attendance(world: World, late: str) -> None:
    assert "corrections/attendance/" in world.client("office_a").get(late.removesuffix("attendance/")).content.decode()


def test_an_activity_without_sessions_offers_no_attendance(world: World) -> None:
    client, someone = world.client("office_a"), User.objects.create_user("newcomer")
    page = f"/cme/activities/{world.a}/corrections/"
    assert "corrections/attendance/" not in client.get(page).content.decode()
    answer = client.post(f"{page}attendance/", {**VALUES, "learner": str(someone.pk)})
    assert answer.status_code in (400, 409)
    assert not Participation.objects.filter(learner_id=str(someone.pk)).exists()


def test_the_tab_is_the_offices_alone(world: World) -> None:
    page = f"/cme/activities/{world.a}/"
    assert b"/corrections/" in world.client("office_a").get(page).content
    for account in ("teacher_a", "surveyor_a"):
        assert b"/corrections/" not in world.client(account).get(page).content
