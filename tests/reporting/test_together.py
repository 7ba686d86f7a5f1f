"""Records that each go by themselves and are taken together: what happens in the middle loses and doubles none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cme_xblock.records.models import Delivery, DeliveryAttempt
from cme_xblock.reporting import decisions, engine, sending
from cme_xblock.reporting.endpoints.base import Outcome, Result
from tests.reporting import paper, world
from tests.reporting.paper import claims

pytestmark = pytest.mark.django_db

# By then eight were taken together: 1, 2, 4, 3 (so many were reserved), 8.
LATER = 12


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow this machine is, the receiver counts as quick."""
    monkeypatch.setattr(engine, "_MOMENT", 10_000.0)
    monkeypatch.setattr(sending, "_UNWRITTEN", 10_000.0)


class Killed(BaseException):
    """The worker is gone, as far as the program can tell."""


def at_sending(number: int, do: Callable[[], Outcome | None]) -> Callable[[list[str]], Outcome | None]:
    """What the receiver does while it gets its n-th document; nothing with the others."""

    def trouble(keys: list[str]) -> Outcome | None:
        return do() if len(paper.far.documents) == number else None

    return trouble


def test_a_quick_receiver_costs_few_queries_each(desk, clock):
    far = desk(batch_max=1)
    claims(60)
    with CaptureQueriesContext(connection) as asked:
        assert world.run(clock).accepted == 60
    assert [len(one) for one in far.documents] == [1] * 60
    assert len(asked) < 60 * 3
    assert DeliveryAttempt.objects.filter(outcome="accepted", batch_size=1).count() == 60


@pytest.mark.parametrize("options", [{"readback": False}, {"readback": True}])
def test_where_nobody_can_be_asked_they_are_taken_one_by_one(desk, clock, options):
    far = desk(batch_max=1, **options)
    claims(30)
    taken: list[int] = []

    def look(keys: list[str]) -> None:
        taken.append(Delivery.objects.filter(state="sending").count())

    far.trouble = look
    world.run(clock)
    assert max(taken) == 1 if not options["readback"] else max(taken) > 4


def test_a_consent_that_is_withdrawn_in_the_middle_counts_at_once(desk, clock):
    far = desk(batch_max=1, purpose=world.PURPOSE)
    claims(20)

    def withdrawn() -> None:
        for row in Delivery.objects.filter(state="sending").select_related("participation"):
            if row.credit_id not in far.documents[-1]:
                world.agree(row.participation.learner_id, granted=False)

    far.trouble = at_sending(LATER, withdrawn)
    world.run(clock)
    held = Delivery.objects.filter(state="held")
    assert held.count() > 2
    assert set(held.values_list("reason", "attempts", "sent_at")) == {("no_consent", 0, None)}
    assert not far.copies.keys() & set(held.values_list("credit_id", flat=True))
    assert world.states()["accepted"] + held.count() == 20


def test_a_pause_in_the_middle_stops_the_next_one(desk, clock):
    far = desk(batch_max=1)
    claims(20)
    far.trouble = at_sending(LATER, lambda: decisions.pause("paper", by="op", reason="stop", now=clock()))
    world.run(clock)
    assert len(far.documents) == LATER
    assert world.states() == {"accepted": LATER, "ready": 20 - LATER}
    assert set(Delivery.objects.filter(state="ready").values_list("attempts", "lease_owner", "sent_at")) == {
        (0, "", None)
    }
    decisions.resume("paper", by="op", reason="on", now=clock())
    world.run(clock)
    assert world.states() == {"accepted": 20}
    assert set(far.copies.values()) == {1}


def test_a_worker_that_is_killed_in_the_middle_loses_and_doubles_nothing(desk, clock):
    far = desk(batch_max=1)
    claims(20)

    def killed() -> None:
        raise Killed

    far.trouble = at_sending(LATER, killed)
    with pytest.raises(Killed):
        world.run(clock)
    assert world.states()["sending"] > 1
    far.trouble = lambda keys: None
    for _ in range(4):
        clock.forward(minutes=10)
        world.run(clock, owner="another")
    assert world.states() == {"accepted": 20}
    assert set(far.copies.values()) == {1}


def test_a_kill_before_anything_is_written_loses_and_doubles_nothing(desk, clock, monkeypatch):
    """The worst moment: several were answered, none of the answers is in the table."""
    far = desk(batch_max=1)
    claims(20)
    real = Delivery.objects.none().__class__.update

    def update(self, **values):
        if len(far.documents) >= LATER and values.get("state") == "accepted":
            raise Killed
        return real(self, **values)

    with monkeypatch.context() as patched:
        patched.setattr("django.db.models.query.QuerySet.update", update)
        with pytest.raises(Killed):
            world.run(clock)
    unwritten = world.states()["sending"]
    assert unwritten > 1
    assert len(far.copies) > world.states()["accepted"] + 1
    for _ in range(4):
        clock.forward(minutes=10)
        world.run(clock, owner="another")
    assert world.states() == {"accepted": 20}
    assert set(far.copies.values()) == {1}
    assert DeliveryAttempt.objects.filter(outcome="lease_expired").count() == unwritten


def test_after_trouble_it_is_one_by_one_again(desk, clock):
    far = desk(batch_max=1)
    claims(30)
    taken: list[int] = []

    def trouble(keys: list[str]) -> Outcome | None:
        taken.append(Delivery.objects.filter(state="sending").count())
        return Outcome(Result.UNKNOWN, "no_answer") if len(taken) == 8 else None

    far.trouble = trouble
    world.run(clock)
    last_of_them = taken.index(1, 8)
    assert taken[7] > 1
    assert taken[last_of_them + 1] == 2, "and from there on by and by more"
