"""Right before something leaves, all that may have changed is read again: of each document, of each half of one."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from cme_xblock.records.models import Delivery, EndpointSetting, Participation
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import administering, decisions, engine, last_look, leases, stored
from cme_xblock.reporting.administering import Asked
from cme_xblock.reporting.endpoints.base import Outcome
from tests.reporting import paper, world
from tests.reporting.paper import claims

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def withdraw(keys: list[str]) -> None:
    """The learners of these say no."""
    for row in Delivery.objects.filter(credit_id__in=keys).select_related("participation"):
        world.agree(row.participation.learner_id, granted=False)


def while_sending(far: paper.Receiver, number: int, do: Any) -> None:
    """Do it while the receiver has the n-th document in hand."""

    def trouble(keys: list[str]) -> Outcome | None:
        if len(far.documents) == number:
            do(keys)
        return None

    far.trouble = trouble


def test_who_withdraws_between_two_halves_is_not_in_the_second(desk, clock):
    """The document of eight is refused as a whole; meanwhile the last of them withdraws."""
    far = desk(batch_max=8, purpose=world.PURPOSE)
    made = claims(8)
    keys = [one.deliveries.get().credit_id for one in made]
    far.poison = {keys[0]}
    while_sending(far, 1, lambda _: withdraw(keys[7:]))
    world.run(clock)
    assert [keys[7] in document for document in far.documents] == [True] + [False] * (len(far.documents) - 1)
    assert made[7].deliveries.get().reason == "no_consent"
    assert world.states() == {"accepted": 6, "refused": 1, "held": 1}


def test_an_endpoint_paused_between_two_halves_gets_no_second(desk, clock):
    far = desk(batch_max=8)
    keys = [one.deliveries.get().credit_id for one in claims(8)]
    far.poison = {keys[0]}
    while_sending(far, 1, lambda _: decisions.pause("paper", by="op", reason="stop", now=clock()))
    world.run(clock)
    assert len(far.documents) == 1
    assert world.states() == {"ready": 8}
    assert set(Delivery.objects.values_list("attempts", "lease_owner")) == {(0, "")}


def test_an_account_that_is_retired_meanwhile_is_not_sent(desk, clock):
    """No consent is asked for here, so nothing else would stop it."""
    far = desk(batch_max=1)
    claims(12)

    def retire(_: list[str]) -> None:
        going = Delivery.objects.filter(state=State.SENDING).exclude(credit_id__in=far.documents[-1])
        people = Participation.objects.filter(deliveries__in=going)
        QuerySet.update(people, sealed_at=clock())

    while_sending(far, 5, retire)
    world.run(clock)
    held = Delivery.objects.filter(state="held")
    assert held.count() > 0
    assert set(held.values_list("reason", flat=True)) == {"retired"}
    assert not far.copies.keys() & set(held.values_list("credit_id", flat=True))


def test_what_another_worker_took_over_is_not_sent_by_the_first(desk, clock):
    """Its clock is an hour ahead, so that between two sendings it takes rows for left behind that are not."""
    far = desk(batch_max=1)
    claims(12)
    came: list[int] = []

    def ahead() -> None:
        its = world.Clock(clock() + timedelta(hours=1))
        for _round in range(3):
            came.append(engine.run_once(now=its, owner="another", chance=lambda: 0.0).accepted)
            its.forward(minutes=5)

    def now() -> datetime:
        if len(far.documents) == 5 and not came:
            ahead()
        return clock()

    counts = engine.run_once(now=now, owner="first", chance=lambda: 0.0)
    assert sum(came) > 0
    assert set(far.copies.values()) == {1}
    assert world.states() == {"accepted": 12}
    assert counts.lost > 0


def test_one_look_is_one_query_for_one_and_for_many(desk, clock):
    desk(batch_max=8, purpose=world.PURPOSE)
    claims(4)
    from cme_xblock.reporting import config

    endpoint = config.endpoints()["paper"]
    rows = leases.reserve("paper", State.READY, owner="me", now=clock(), seconds=60.0, limit=10)
    taken = leases.take_all(rows, owner="me", now=clock(), seconds=60.0)
    for some in (taken[:1], taken):
        last_look.at(some, endpoint)
        with CaptureQueriesContext(connection) as asked:
            look = last_look.at(some, endpoint)
        assert len(asked) == 1
        assert (look.lost, look.problems, look.paused, look.changed) == (frozenset(), {}, False, False)


@pytest.fixture
def in_the_admin(desk, settings) -> EndpointSetting:
    """The receiver of paper, as an administrator has described it."""
    desk(batch_max=1)
    settings.CME_ENDPOINTS = []
    row = EndpointSetting(
        name="paper", kind=paper.KIND, settings_text=json.dumps({"options": {"batch_max": 1}, "send_waits": [1.0]})
    )
    administering.save(row, Asked(), by="ida", now=world.START)
    return row


@pytest.mark.parametrize("change", ["enabled", "settings_text"])
def test_an_endpoint_that_is_changed_meanwhile_gets_nothing_by_the_old_settings(in_the_admin, clock, change):
    far = paper.far
    claims(12)
    now = {"enabled": False, "settings_text": json.dumps({"options": {"batch_max": 2}, "send_waits": [1.0]})}[change]

    def another_process(_: list[str]) -> None:
        at = clock() + timedelta(seconds=1)
        EndpointSetting.objects.filter(pk=in_the_admin.pk).update(**{change: now, "changed_at": at})

    while_sending(far, 5, another_process)
    stored.rows()  # this process believes for a while what it has read
    world.run(clock)
    assert len(far.documents) == 5
    assert world.states() == {"accepted": 5, "ready": 7}
    assert set(Delivery.objects.filter(state="ready").values_list("attempts", "lease_owner")) == {(0, "")}
    stored.forget()
    world.run(clock)
    assert world.states() == ({"accepted": 5, "ready": 7} if change == "enabled" else {"accepted": 12})
    assert set(far.copies.values()) == {1}
