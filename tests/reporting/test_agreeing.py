"""Agreed, withdrawn, agreed again: the receiver has the credit, loses it, and has it once more."""

from __future__ import annotations

import pytest

from cme_xblock.credit import sharing
from cme_xblock.records import keys
from cme_xblock.records.answers import Said
from cme_xblock.records.models import Claim, Delivery, Participation
from cme_xblock.reporting import agreeing
from tests.reporting import world

pytestmark = pytest.mark.django_db


def say(clock: world.Clock, *, granted: bool) -> None:
    """What the door to what is sent to whom does."""
    key = keys.participation_key(world.COURSE, "opioids", "42")
    said = [("pars", Said(world.PURPOSE, "I agree.", granted=granted))]
    sharing.change(key, sharing.Change(said=said), now=clock())


def rows() -> list[tuple[str, int, str]]:
    return list(Delivery.objects.order_by("pk").values_list("operation", "revision", "state"))


@pytest.fixture
def accepted(far: world.Far, connected: object, clock: world.Clock) -> Claim:
    claim = world.claim()
    world.run_until_settled(clock)
    assert rows() == [("add", 1, "accepted")]
    return claim


def test_who_agrees_again_has_the_credit_deleted_and_sent_anew(
    accepted: Claim, far: world.Far, clock: world.Clock
) -> None:
    say(clock, granted=False)
    world.run(clock)
    # Taking it back names the learner, so that waits for a permission too.
    assert rows() == [("add", 1, "accepted"), ("delete", 1, "held")]
    clock.forward(hours=1)
    say(clock, granted=True)
    world.run_until_settled(clock)
    assert rows() == [("add", 1, "accepted"), ("delete", 1, "accepted"), ("add", 2, "accepted")]
    assert [one.key for one in far.store.records()] == [Delivery.objects.latest("pk").credit_id]


def test_agreeing_again_and_again_owes_one_credit(accepted: Claim, far: world.Far, clock: world.Clock) -> None:
    for _ in range(2):
        say(clock, granted=True)
    assert rows() == [("add", 1, "accepted")], "nothing was withdrawn"
    say(clock, granted=False)
    for _ in range(2):
        say(clock, granted=True)
        agreeing.owe_anew(Participation.objects.get(), ["pars"], now=clock())
    assert [one[:2] for one in rows()] == [("add", 1), ("delete", 1), ("add", 2)]


def test_withdrawn_twice_and_agreed_twice_goes_on(accepted: Claim, far: world.Far, clock: world.Clock) -> None:
    for granted in (False, True, False, True):
        say(clock, granted=granted)
        clock.forward(hours=1)
        if granted:
            world.run_until_settled(clock)
    assert [one[:2] for one in rows()] == [("add", 1), ("delete", 1), ("add", 2), ("delete", 2), ("add", 3)]
    assert len(far.store.records()) == 1


def test_what_never_left_is_sent_once(far: world.Far, connected: object, clock: world.Clock) -> None:
    world.claim()
    say(clock, granted=False)
    world.run(clock)
    say(clock, granted=True)
    world.run_until_settled(clock)
    assert rows() == [("add", 1, "accepted")]
    assert far.arrivals("delete") == []
