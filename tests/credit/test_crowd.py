"""200 threads, 50 learners: claims, corrections and withdrawals at the same moment, each on a connection of its own."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from cme_xblock.records import verify
from tests.credit import crowd
from tests.reporting import world

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

THREADS, LEARNERS, TURNS = 200, 50, 4
# Servers allow about a hundred connections, and others use them too: so many threads are inside at once.
AT_ONCE = 40


def test_two_hundred_threads_leave_one_live_claim_each_and_nothing_untold(settings) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time, so that nothing can collide: this is about MariaDB, PostgreSQL")
    settings.CME_ENDPOINTS = [world.endpoint("https://pars.example.org/services/pars.svc")]
    edition = crowd.ready(LEARNERS)
    # A thread that waits for its place holds no connection.
    inside = threading.BoundedSemaphore(AT_ONCE)

    def work(number: int) -> list[str]:
        rng = random.Random(number)
        with inside:
            try:
                return [crowd.act(edition, rng, LEARNERS) for _ in range(TURNS)]
            finally:
                connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        became = Counter(one for results in pool.map(work, range(THREADS)) for one in results)

    assert {"credit_claimed", "credit_corrected", "credit_voided", "reported"} <= became.keys(), became
    assert became["LedgerBusy"] < THREADS * TURNS / 10, became
    assert crowd.broken() == []
    report = verify.verify_all()
    assert report.findings == []
    assert report.claims == became["credit_claimed"] + crowd.Claim.objects.filter(replaces__isnull=False).count()
