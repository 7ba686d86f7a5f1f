"""The crash test in small; `benchmarks/crash.py` is the same with 20,000 deliveries and on every database."""

from __future__ import annotations

import pytest

from tests.reporting import crash

# So many that workers die several times before the last one is there, on a quick machine too.
NUMBER = 160


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_everything_arrives_once_while_workers_die_and_the_receiver_misbehaves(settings):
    with crash.receiver(0.1) as address:
        settings.CME_ENDPOINTS = [crash.settings_of(address)]
        crash.seed(NUMBER)
        report = crash.run(address, workers_at_once=3, pause=0.3, patience=150)
    assert report.states == {"accepted": NUMBER}
    assert report.copies == {1: NUMBER}
    assert report.kills >= 2
