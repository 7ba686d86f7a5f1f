"""Corrections by staff: shown before they are done, done once, with a reason, in the record and in the access log."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import editions, ledger, verify
from cme_xblock.records.models import AccessEntry, Claim, Delivery, Participation
from tests.blocks import kept, sessions
from tests.console.world import COURSE_A, PROVIDER_A, World, publish
from tests.credit import corrected
from tests.credit.corrected import earned
from tests.rules import sample

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated")]


@pytest.fixture
def claim(world: World, settings: Any) -> Claim:
    """Credit that a learner earned by the blocks themselves, in an activity of provider A."""
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    from dataclasses import replace

    made = sample.activity()
    return earned("42", activity=replace(made, provider=replace(made.provider, name=PROVIDER_A)))


def address(claim: Claim, way: str) -> str:
    row = claim.participation
    return f"/cme/activities/{row.activity_key}/learners/{row.uuid}/correct/{way}/"


def hidden(html: str, name: str) -> str:
    [found] = re.findall(rf'name="{name}" value="([^"]*)"', html)
    return str(found)


def checked(client: Client, claim: Claim, way: str, **values: str) -> tuple[int, str]:
    response = client.post(address(claim, way), {"claim": claim.uuid, **values})
    return response.status_code, response.content.decode()


def done(client: Client, claim: Claim, way: str, **values: str) -> Any:
    status, html = checked(client, claim, way, **values)
    assert status == 200, html
    assert "This would happen" in html
    sent = {name: hidden(html, name) for name in ("claim", "head", "sure")}
    return client.post(address(claim, way), {**values, **sent}), {**values, **sent}


def test_withdrawing_is_shown_first_and_then_done_once(world: World, claim: Claim) -> None:
    client = world.client("office_a")
    before = (Claim.objects.count(), Participation.objects.get(pk=claim.participation_id).head_seq)
    status, html = checked(client, claim, "void", reason="Never attended.")
    assert status == 200
    assert "counts no more" in html
    assert (Claim.objects.count(), Participation.objects.get(pk=claim.participation_id).head_seq) == before
    response, sent = done(client, claim, "void", reason="Never attended.")
    assert response.status_code == 302
    assert not corrected.again(claim).is_live
    again = client.post(address(claim, "void"), sent)
    assert again.status_code == 302
    assert Participation.objects.get(pk=claim.participation_id).head_seq == before[1] + 1
    entries = AccessEntry.objects.filter(what="correction:void")
    assert [(one.why, one.subject, one.reader_name) for one in entries] == [
        ("Never attended.", claim.participation.uuid, "office_a")
    ]
    assert b"Done, and in the record below." in client.get(response["Location"]).content
    assert verify.verify_all().findings == []


def test_an_amount_is_superseded_with_evidence(world: World, claim: Claim) -> None:
    client = world.client("office_a")
    response, _ = done(client, claim, "amount", amount="0.25", reason="Half was missed.", evidence="")
    assert response.status_code == 302
    assert str(corrected.live("42").amount) == "0.250"
    page = client.get(response["Location"]).content.decode()
    assert "Half was missed." in page
    assert "What the learner attested" in page


def test_a_name_is_certified_anew(world: World, claim: Claim) -> None:
    client = world.client("office_a")
    response, _ = done(client, claim, "name", name="Ana Maria Müller", reason="Married.", evidence="Passport seen.")
    assert response.status_code == 302
    assert corrected.live("42").name_certified == "Ana Maria Müller"


def test_a_withdrawn_credit_counts_again(world: World, claim: Claim) -> None:
    client = world.client("office_a")
    done(client, claim, "void", reason="Doubt.")
    response, _ = done(client, claim, "reissue", reason="The doubt was wrong.", evidence="Mail of 3 March")
    assert response.status_code == 302
    assert corrected.live("42").amount == claim.amount


def test_attempts_are_given_anew_and_a_test_is_marked(world: World, claim: Claim) -> None:
    client = world.client("office_a")
    status, html = checked(client, claim, "attempts", reason="The page broke.")
    assert status == 409
    assert "no limit of attempts" in html
    response, _ = done(client, claim, "test", reason="Our own account.")
    assert response.status_code == 302
    assert Participation.objects.get(pk=claim.participation_id).is_test
    assert not Delivery.objects.filter(claim=claim, operation="add").exclude(state="cancelled").exists()


@pytest.mark.parametrize(
    ("way", "values", "says"),
    [
        ("void", {"reason": " "}, "Reason is missing."),
        ("void", {"reason": "x" * 501}, "At most 500"),
        ("void", {"reason": "a\x00b"}, "only text"),
        ("amount", {"reason": "r", "amount": ""}, "is missing"),
        ("amount", {"reason": "r", "amount": "0.3"}, "0.25"),
        ("amount", {"reason": "r", "amount": "99"}, "99"),
        ("amount", {"reason": "r", "amount": "<script>"}, "&lt;script&gt;"),
        ("profession", {"reason": "r", "profession": "wizard"}, "choose one of the list"),
        ("name", {"reason": "r", "name": "Ana"}, "Evidence is missing."),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_changed(
    world: World, claim: Claim, way: str, values: dict[str, str], says: str
) -> None:
    before = Participation.objects.get(pk=claim.participation_id).head_seq
    for more in ({}, {"sure": "00000000-0000-4000-8000-000000000000", "head": str(before)}):
        status, html = checked(world.client("office_a"), claim, way, **values, **more)
        assert status in (400, 409)
        assert says in html
        assert "Traceback" not in html
    assert Participation.objects.get(pk=claim.participation_id).head_seq == before
    assert not AccessEntry.objects.filter(what__startswith="correction:").exists()


def test_what_was_decided_on_an_older_state_is_not_done(world: World, claim: Claim) -> None:
    client = world.client("office_a")
    _, html = checked(client, claim, "void", reason="First.")
    sent = {"reason": "First.", **{name: hidden(html, name) for name in ("claim", "head", "sure")}}
    done(client, claim, "name", name="Ana Maria", reason="Other office.", evidence="Passport.")
    response = client.post(address(claim, "void"), sent)
    assert response.status_code == 409
    assert b"has changed since" in response.content
    assert corrected.live("42").name_certified == "Ana Maria"


def test_a_claim_of_somebody_else_is_not_reached(world: World, claim: Claim) -> None:
    other = Claim.objects.get(participation__uuid=world.named["b"]["uuid"])
    client = world.client("office_a")
    response = client.post(address(claim, "void"), {"claim": other.uuid, "reason": "r"})
    assert response.status_code == 403
    assert response.content == client.post(address(claim, "void"), {"claim": "x", "reason": "r"}).content


def test_whoever_only_reads_sees_no_way_to_correct(world: World, claim: Claim) -> None:
    key = claim.participation.activity_key
    page = f"/cme/activities/{key}/learners/{claim.participation.uuid}/"
    assert b"/correct/" in world.client("office_a").get(page).content
    assert world.client("office_b").get(page).status_code == 403
    assert (
        world.client("teacher_a").get(f"/cme/activities/{world.a}/learners/{world.named['a']['uuid']}/").status_code
        == 200
    )
    seen = world.client("surveyor_a").get(f"/cme/activities/{world.a}/learners/{world.named['a']['uuid']}/").content
    assert b"/correct/" not in seen
    assert b"Kim Certified" in seen


def test_attendance_is_entered_late_with_evidence(world: World) -> None:
    activity = sessions.running(over=True)
    key = publish(COURSE_A, PROVIDER_A, activity)
    edition = editions.record(COURSE_A, activity, now=datetime.now(UTC))
    begun = Draft(Kind.DISCLOSURE_ACKNOWLEDGED, edition, {"disclosure": "0" * 64})
    ledger.append(COURSE_A, activity.activity_id, "42", decide=lambda _: begun, now=datetime.now(UTC))
    row = Participation.objects.get(activity_key=key, learner_id="42")
    client, page = world.client("office_a"), f"/cme/activities/{key}/learners/{row.uuid}/"
    assert "Enter attendance late" in client.get(page).content.decode()
    values = {"session": "s1", "minutes": "45", "reason": "Came late to the list.", "evidence": "Sign-in sheet"}
    for wrong in ({"evidence": ""}, {"session": "s9"}, {"minutes": "-1"}, {"minutes": "999"}, {"minutes": "many"}):
        assert client.post(f"{page}correct/attendance/", {**values, **wrong}).status_code in (400, 409), wrong
    html = client.post(f"{page}correct/attendance/", values).content.decode()
    assert "Attendance of s1 is recorded (45 minutes)." in html
    sent = {**values, **{name: hidden(html, name) for name in ("head", "sure")}}
    assert client.post(f"{page}correct/attendance/", sent).status_code == 302
    shown = client.get(page).content.decode()
    assert "Attendance recorded" in shown
    assert "Sign-in sheet (Came late to the list.)" in shown
