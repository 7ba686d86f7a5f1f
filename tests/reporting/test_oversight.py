"""What the course team sees of reporting: every state and reason in words, the next deadline, and never a learner."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from cme_xblock.records import keys
from cme_xblock.records.models import Claim
from cme_xblock.reporting import oversight
from tests.reporting import world

pytestmark = pytest.mark.django_db

KEY = keys.activity_key(world.COURSE, "opioids")


def put(claim: Claim, state: str, reason: str = "", **values: Any) -> None:
    claim.deliveries.update(state=state, reason=reason, **values)


def test_what_stands_where_is_counted_with_its_next_step(connected):
    claims = [world.claim(str(number)) for number in range(9)]
    places = [("accepted", ""), ("accepted", ""), ("ready", ""), ("pending", ""), ("held", "no_consent")]
    places += [
        ("held", "no_activity_number"),
        ("refused", "identity"),
        ("refused", "identity"),
        ("dead", "unreachable"),
    ]
    for number, (claim, (state, reason)) in enumerate(zip(claims, places, strict=True)):
        put(claim, state, reason, created_at=world.START - timedelta(days=number))
    (found,) = oversight.of_activity(KEY)
    assert (found.receiver, found.delivered, found.waiting) == ("PARS", 2, 2)
    assert [(one.count, one.state, one.reason) for one in found.kept] == [
        (2, "refused", "identity"),
        (1, "dead", "unreachable"),
        (1, "held", "no_activity_number"),
        (1, "held", "no_consent"),
    ]
    steps = {one.reason: str(one.step) for one in found.kept}
    assert steps["no_activity_number"] == "Register it with PARS, and enter the number in Studio."
    assert "cme_deliveries list --endpoint pars" in steps["unreachable"]
    # The oldest that is owed: not the one that was refused longer ago, nor the one whose learner has not agreed.
    assert found.oldest == world.START - timedelta(days=5)


def test_the_next_deadline_is_that_of_what_is_still_open(desk):
    desk(deadline_days=60)
    first, second = world.claim("1"), world.claim("2")
    (found,) = oversight.of_activity(KEY)
    assert found.due == date(2027, 1, 21)
    put(first, "accepted")
    put(second, "held", "no_consent")
    (found,) = oversight.of_activity(KEY)
    assert (found.due, found.oldest) == (None, None)


def test_without_a_rule_there_is_no_deadline(desk):
    desk()
    world.claim()
    (found,) = oversight.of_activity(KEY)
    assert (found.waiting, found.due) == (1, None)


def test_two_queries_for_any_number_of_learners(connected, django_assert_num_queries):
    for number in range(5):
        world.claim(str(number))
    with django_assert_num_queries(2):
        oversight.of_activity(KEY)
    with django_assert_num_queries(1):
        assert oversight.of_activity("0" * 64) == ()
