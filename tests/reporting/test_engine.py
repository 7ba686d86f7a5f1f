"""The engine against a receiver that really listens: what goes well, and what must not leave."""

from __future__ import annotations

import pytest

from cme_xblock.records.models import Delivery, DeliveryAttempt
from tests.reporting import world

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_credit_is_sent_once_and_then_accepted(far, connected, clock):
    world.claim()
    assert world.states() == {"ready": 1}
    assert world.run(clock).pending == 1
    assert world.run(clock).worked == 0
    clock.forward(seconds=31)
    assert world.run(clock).accepted == 1
    (kept,) = far.store.records()
    row = Delivery.objects.get()
    assert kept.credit_id == row.credit_id
    assert (kept.amount, kept.certification, kept.activity) == ("1.50", "AMA PRA Category 1", "202600001")
    assert kept.completed_on == "2026-11-22"
    assert far.arrivals("save") == ["stored"]
    assert row.sent_at == world.START
    assert [(one.action, one.outcome) for one in DeliveryAttempt.objects.order_by("number")] == [
        ("send", "pending"),
        ("ask", "accepted"),
    ]
