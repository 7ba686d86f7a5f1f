"""Deliveries as an administrator looks after them: what would happen is shown, what is decided is done once."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from cme_xblock.console.deliveries import owed
from cme_xblock.records.models import AccessEntry, Delivery, DeliveryDecision, EndpointControl
from cme_xblock.reporting import outbox
from tests.blocks import kept
from tests.console.world import COURSE_A, World
from tests.credit import held

pytestmark = pytest.mark.django_db


@pytest.fixture
def owing(world: World, settings: Any) -> Any:
    """Makes a delivery of a new claim in provider A's activity, put into a state."""
    settings.CME_ENDPOINTS = kept.ENDPOINTS

    def make(learner: str, state: str = "held", reason: str = "identity_incomplete", **values: Any) -> Delivery:
        claim = held.claim(learner=learner, course=COURSE_A, **values)
        [row] = outbox.owe(claim, now=held.NOW)
        Delivery.objects.filter(pk=row.pk).update(state=state, reason=reason, credit_id=f"key-{learner}")
        return Delivery.objects.get(pk=row.pk)

    return make


def here(world: World) -> str:
    return f"/cme/activities/{world.a}/deliveries/"


def sure(html: str) -> str:
    [found] = re.findall(r'name="sure" value="([^"]*)"', html)
    return str(found)


def test_what_was_refused_is_sent_again_after_it_was_shown(world: World, owing: Any) -> None:
    rows = [owing(str(number), "refused", "identity") for number in (1, 2)]
    client = world.client("office_a")
    page = client.get(here(world)).content.decode()
    assert "Refused (2)" in page
    assert "The learner was not found there" in page
    sent = {"do": "replay", "reason": "NPI corrected.", "delivery": [one.uuid for one in rows]}
    shown = client.post(here(world), sent).content.decode()
    assert Delivery.objects.filter(endpoint="pars").count() == 2
    assert not DeliveryDecision.objects.exists()
    assert "Nothing is changed yet" in shown
    again = {**sent, "sure": sure(shown)}
    assert client.post(here(world), again).status_code == 302
    assert client.post(here(world), again).status_code == 302
    assert Delivery.objects.filter(endpoint="pars").count() == 4
    assert sorted(DeliveryDecision.objects.values_list("action", "reason")) == [("replay", "NPI corrected.")] * 2
    assert AccessEntry.objects.filter(what="delivery:replay", count=2, why="NPI corrected.").count() == 1


@pytest.mark.parametrize(
    ("state", "action", "then"),
    [
        ("held", "hold", "held"),
        ("held", "cancel", "cancelled"),
        ("dead", "replay", "held"),
        ("dead", "cancel", "cancelled"),
    ],
)
def test_each_decision_leads_where_it_says(world: World, owing: Any, state: str, action: str, then: str) -> None:
    row, client = owing("1", state), world.client("office_a")
    sent = {"do": action, "reason": "Why.", "delivery": row.uuid}
    html = client.post(here(world), sent).content.decode()
    row.refresh_from_db()
    assert row.state == state
    assert client.post(here(world), {**sent, "sure": sure(html)}).status_code == 302
    row.refresh_from_db()
    assert row.state == then
    history = client.get(f"{here(world)}{row.uuid}/").content.decode()
    assert "Why." in history


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"do": "explode"}, "Choose what shall be done"),
        ({"reason": " "}, "Say why"),
        ({"reason": "x" * 501}, "Say why"),
        ({"delivery": "0" * 36}, "Choose at least one"),
        ({"delivery": []}, "Choose at least one"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_changed(world: World, owing: Any, change: Any, says: str) -> None:
    row = owing("1", "refused")
    sent = {
        "do": "replay",
        "reason": "r",
        "delivery": row.uuid,
        "sure": "00000000-0000-4000-8000-000000000000",
        **change,
    }
    response = world.client("office_a").post(here(world), sent)
    assert response.status_code == 400
    assert says in response.content.decode()
    assert not DeliveryDecision.objects.exists()


def test_another_activitys_delivery_is_not_there(world: World, owing: Any) -> None:
    row = owing("1", "refused")
    other = world.client("office_b")
    theirs = f"/cme/activities/{world.b}/deliveries/"
    assert other.get(f"{theirs}{row.uuid}/").status_code == 403
    sent = {"do": "cancel", "reason": "r", "delivery": row.uuid}
    assert other.post(theirs, sent).status_code == 400
    assert Delivery.objects.get(pk=row.pk).state == "refused"


def test_what_is_not_possible_is_said_and_keeps_no_other_from_it(world: World, owing: Any) -> None:
    good, bad = owing("1", "refused"), owing("2", "pending")
    client = world.client("office_a")
    sent = {"do": "cancel", "reason": "By hand.", "delivery": [good.uuid, bad.uuid]}
    html = client.post(here(world), sent).content.decode()
    assert "only what is not under way" in html
    assert re.findall(r'name="delivery" value="([^"]*)"', html) == [good.uuid]
    response = client.post(here(world), {**sent, "sure": sure(html)})
    assert response.status_code == 409
    assert Delivery.objects.get(pk=good.pk).state == "cancelled"
    assert Delivery.objects.get(pk=bad.pk).state == "pending"


def test_what_is_owed_is_counted_with_its_deadline(world: World, owing: Any) -> None:
    owing("1", "refused", "identity", completed_on=date(2025, 12, 1))
    owing("2", "held", "identity_incomplete", completed_on=date(2026, 2, 1))
    owing("3", "held", "no_consent", completed_on=date(2025, 1, 1))
    owing("4", "accepted", "", completed_on=date(2025, 1, 1))
    owing("5", "cancelled", "", completed_on=date(2025, 1, 1))
    found = owed.of_activities([world.a, world.b], today=date(2026, 3, 31))
    assert [(one.state, one.reason, one.count, one.due, one.late, one.closes) for one in found] == [
        ("refused", "identity", 1, date(2026, 3, 31), 0, True),
        ("held", "identity_incomplete", 1, date(2027, 3, 31), 0, True),
    ]
    [first, _] = owed.of_activities([world.a], today=date(2026, 3, 31) + timedelta(days=1))
    assert first.late == 1


@pytest.mark.parametrize(
    ("system", "due"),
    [
        ("acpe_pharmacist", date(2026, 5, 1)),
        ("moc_abim", date(2026, 12, 31)),
        ("moc_abs", date(2026, 4, 1)),
        ("ama_pra_1", date(2027, 3, 31)),
    ],
)
def test_each_deadline_is_the_credits_own_or_the_close_of_the_year(
    world: World, owing: Any, system: str, due: date
) -> None:
    """60 days for pharmacists, the year's end for ABIM, 30 days for surgeons, 31 March for everything in PARS."""
    row = owing("1", "refused", "identity", completed_on=date(2026, 3, 2))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cme_xblock_claim SET system = %s WHERE id = %s", [system, row.claim_id])
    [found] = owed.of_activities([world.a], today=date(2026, 3, 3))
    assert (found.due, found.late, found.closes) == (due, 0, system == "ama_pra_1")
    [later] = owed.of_activities([world.a], today=due + timedelta(days=1))
    assert later.late == 1


def test_what_was_sent_anew_or_counts_no_more_is_not_owed_any_more(world: World, owing: Any) -> None:
    row = owing("1", "refused", "identity")
    void = owing("2", "refused", "identity")
    held.void(void.claim)
    found = owed.of_activities([world.a], today=date(2026, 3, 31))
    assert [one.count for one in found] == [1]
    client = world.client("office_a")
    sent = {"do": "replay", "reason": "r", "delivery": row.uuid}
    client.post(here(world), {**sent, "sure": sure(client.post(here(world), sent).content.decode())})
    new = Delivery.objects.get(subject=row.subject, revision=2)
    assert (new.state, new.reason) == ("held", "no_consent")
    assert owed.of_activities([world.a], today=date(2026, 3, 31)) == []
    Delivery.objects.filter(pk=new.pk).update(state="pending", reason="")
    assert [(one.state, one.count) for one in owed.of_activities([world.a], today=date(2026, 3, 31))] == [
        ("pending", 1)
    ]


def test_a_receiver_is_paused_by_whom_it_serves(world: World, owing: Any, settings: Any) -> None:
    owing("1", "refused", "identity")
    client = world.client("every_office")
    page = client.get("/cme/deliveries/").content.decode()
    assert "Refused" in page
    assert client.post("/cme/deliveries/", {"endpoint": "pars", "do": "pause", "reason": " "}).status_code == 400
    assert client.post("/cme/deliveries/", {"endpoint": "pars", "do": "pause", "reason": "Upgrade."}).status_code == 302
    assert EndpointControl.objects.get().paused
    assert "Upgrade." in client.get("/cme/deliveries/").content.decode()
    assert client.post("/cme/deliveries/", {"endpoint": "pars", "do": "resume", "reason": "Over."}).status_code == 302
    assert not EndpointControl.objects.get().paused
    one = world.client("office_a")
    assert one.post("/cme/deliveries/", {"endpoint": "pars", "do": "pause", "reason": "Mine."}).status_code == 400
    assert not EndpointControl.objects.get().paused


def test_another_providers_debts_are_not_listed(world: World, owing: Any) -> None:
    owing("1", "refused", "identity")
    assert b"PARS" not in world.client("office_b").get("/cme/deliveries/").content
