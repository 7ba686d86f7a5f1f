"""Whatever the receiver does, the row ends right and the receiver holds the credit once. Cases in cases/."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from cme_xblock.records.models import Delivery
from tests.reporting import world

pytestmark = pytest.mark.django_db

CASES = json.loads((Path(__file__).parent / "cases" / "misbehaviours.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_misbehaviour_ends_right_and_each_credit_is_there_once(case, far, connected, clock):
    # 120 days, so that even a receiver that is down for good comes to its end.
    for rule in case["rules"]:
        far.misbehave(**rule)
    connected(**world.patience(case["rules"][0]["trouble"] if case.get("too_late") else ""))
    world.claim()
    world.run_until_settled(clock)
    row = Delivery.objects.get()
    assert (row.state, row.reason) == (case["state"], case.get("reason", ""))
    assert far.held() == ({row.credit_id: 1} if case["held"] else {})
    assert len(far.arrivals("save")) == case["saves"]
    assert row.settled_at is not None
    assert (row.lease_owner, row.lease_until) == ("", None)


def test_a_receiver_that_stores_late_still_holds_the_credit_once(tmp_path, settings, clock):
    """It drops the connection, knows nothing of the credit when asked, and stores it after all: its own check helps."""
    with world.far_side(tmp_path / "late.sqlite3", clock, duplicates=False) as far:
        settings.CME_ENDPOINTS = [world.endpoint(far.url, settle_seconds=0.0)]
        far.misbehave("drop_then_store", seconds=1.5)
        world.claim()
        world.run(clock)
        world.run(clock)  # asked: certainly not there (yet)
        assert world.states() == {"ready": 1}
        while "stored" not in far.arrivals("save"):
            time.sleep(0.05)
        clock.forward(hours=1)
        world.run(clock)  # sent again, and told that it is a duplicate
        row = Delivery.objects.get()
        assert (row.state, row.reason) == ("unknown", "duplicate")
        world.run_until_settled(clock)
        row.refresh_from_db()
        assert row.state == "accepted"
        assert far.arrivals("save") == ["drop_then_store", "stored", "duplicate"]
        assert far.held() == {row.credit_id: 1}


def test_one_bad_row_never_blocks_the_others(far, connected, clock):
    claims = [world.claim(str(number)) for number in range(5)]
    bad = claims[2].deliveries.get()
    far.misbehave("error_500", times=None, credit_id=bad.credit_id)
    world.run(clock)
    assert world.states() == {"pending": 4, "unknown": 1}
    clock.forward(minutes=5)
    world.run(clock)
    assert world.states() == {"accepted": 4, "ready": 1}


def test_an_unreachable_receiver_is_left_alone_after_five_tries(connected, clock):
    connected(url="http://127.0.0.1:9/nobody")
    for number in range(8):
        world.claim(str(number))
    assert world.run(clock).ready == 5
    assert Delivery.objects.filter(reason="unreachable", attempts=1, sent_at=None).count() == 5
    assert Delivery.objects.filter(attempts=0, lease_owner="").count() == 3


def test_retry_after_is_honoured(far, connected, clock):
    far.misbehave("busy_429", seconds=600)
    world.claim()
    world.run(clock)
    clock.forward(seconds=599)
    assert world.run(clock).worked == 0
    clock.forward(seconds=1)
    assert world.run(clock).pending == 1
