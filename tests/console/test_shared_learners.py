"""A learner of two providers, and one who left: whose matter their records are, and whose not any more."""

from __future__ import annotations

from typing import Any

import pytest

from cme_xblock.records import holds, keys, retirement
from cme_xblock.records.models import AccessEntry, Claim, LegalHold, ProviderTask
from tests.console.world import NOW, World

pytestmark = pytest.mark.django_db

SECRET = "Case 77, served on 3 November"


def _audit(key: str) -> str:
    return f"/cme/activities/{key}/audit/"


def _held_by_b(world: World) -> LegalHold:
    """B's office holds the learner whom both providers have."""
    given = {"scope": "learner", "number": world.named["b"]["uuid"], "hold_reason": SECRET}
    answer = world.client("office_b").post(_audit(world.b) + "hold/", given)
    assert answer.status_code == 302
    return LegalHold.objects.get(reason=SECRET)


def test_a_hold_on_a_shared_learner_is_seen_by_the_office_that_placed_it(world: World) -> None:
    _held_by_b(world)
    theirs = world.client("office_b").get(_audit(world.b)).content.decode()
    ours = world.client("office_a").get(_audit(world.a)).content.decode()
    assert SECRET in theirs
    assert SECRET not in ours


def test_another_office_does_not_lift_it(world: World) -> None:
    hold = _held_by_b(world)
    address = f"{_audit(world.a)}holds/{hold.uuid}/lift/"
    assert world.client("office_a").post(address, {"lift_reason": "x"}).status_code == 403
    assert holds.open_holds().filter(pk=hold.pk).exists()
    own = f"{_audit(world.b)}holds/{hold.uuid}/lift/"
    assert world.client("office_b").post(own, {"lift_reason": "Settled"}).status_code == 302
    assert not holds.open_holds().filter(pk=hold.pk).exists()


def test_what_an_operator_holds_by_command_no_office_lifts(world: World, settings: Any) -> None:
    by_command = holds.place("learner", keys.learner_key("900"), name="", by="counsel", reason=SECRET, now=NOW)
    for office, key in (("office_a", world.a), ("office_b", world.b)):
        client = world.client(office)
        assert SECRET not in client.get(_audit(key)).content.decode()
        address = f"{_audit(key)}holds/{by_command.uuid}/lift/"
        assert client.post(address, {"lift_reason": "x"}).status_code == 403
    assert holds.open_holds().filter(pk=by_command.pk).exists()


def _retired(world: World) -> None:
    retirement.seal("900", now=NOW)


@pytest.mark.parametrize("account", ["teacher_a", "office_a", "surveyor_a"])
def test_a_list_does_not_name_whoever_left_the_platform(world: World, account: str) -> None:
    client, address = world.client(account), f"/cme/activities/{world.a}/learners/"
    assert "Kim Certified" in client.get(address).content.decode()
    _retired(world)
    assert "Kim Certified" not in client.get(address).content.decode()
    number = Claim.objects.get(participation__activity_key=world.a).uuid
    found = client.post(address, {"q": number}).content.decode()
    assert "Kim Certified" not in found


@pytest.mark.parametrize(("account", "status"), [("teacher_a", 403), ("office_a", 200), ("surveyor_a", 200)])
def test_a_sealed_ledger_is_for_audits(world: World, account: str, status: int) -> None:
    address = f"/cme/activities/{world.a}/learners/{world.named['a']['uuid']}/"
    client = world.client(account)
    assert client.get(address).status_code == 200
    _retired(world)
    answer = client.get(address)
    assert answer.status_code == status
    assert ("Kim Certified" in answer.content.decode()) is (status == 200)


def test_a_report_of_bias_is_settled_by_its_own_number_alone(world: World) -> None:
    """A longer one settled nothing, was answered as done, and was in the log as done."""
    task = ProviderTask.objects.create(key="k" * 64, kind="commercial_bias", activity_key=world.a, subject="pool:x")
    answer = world.client("office_a").post(
        f"/cme/activities/{world.a}/bias/", {"task": f"{task.uuid}x", "note": "Seen"}
    )
    task.refresh_from_db()
    settled = task.state == "settled"
    assert (answer.status_code == 302) is settled
    assert AccessEntry.objects.filter(what="bias_settled").exists() is settled
