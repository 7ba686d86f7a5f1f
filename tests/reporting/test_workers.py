"""Many workers, killed workers, stopped workers: each credit still arrives once. Real processes, real database."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import connection

from cme_xblock.records.models import Delivery, DeliveryAttempt
from cme_xblock.reporting import engine, leases
from tests.reporting import workers, world

KILLS, DELIVERIES = 30, 60


def in_threads(number, work):
    """Run `work(index)` in so many threads that begin together; what they gave."""
    gate, results = threading.Barrier(number), [None] * number

    def one(index):
        gate.wait()
        try:
            results[index] = work(index)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_many_workers_exactly_one_gets_a_delivery(far, connected, clock):
    for number in range(5):
        world.claim(str(number))
    for row in list(Delivery.objects.all()):
        won = in_threads(6, lambda index, row=row: leases.take(row, owner=f"w{index}", now=clock(), seconds=60))
        assert len([one for one in won if one]) == 1
    assert set(Delivery.objects.values_list("state", "attempts", "fence")) == {("sending", 1, 1)}


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_many_settlements_exactly_one_is_written(far, connected, clock):
    world.claim()
    lease = leases.take(Delivery.objects.get(), owner="worker", now=clock(), seconds=60)
    moves = [leases.Move(state, clock(), outcome=state, left=True) for state in ("pending", "accepted", "refused") * 2]
    written = in_threads(6, lambda index: leases.settle(lease, moves[index], now=clock()))
    assert written.count(True) == 1
    row = Delivery.objects.get()
    assert list(DeliveryAttempt.objects.values_list("number", "outcome")) == [(1, row.state)]


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_nothing_twice(far, connected, clock):
    for number in range(12):
        world.claim(str(number))
    in_threads(4, lambda index: engine.run_once(now=clock, owner=f"worker {index}"))
    world.run(clock)  # whoever met contention left its row to be found
    assert len(far.held()) == 12
    assert set(far.held().values()) == {1}
    clock.forward(minutes=5)
    in_threads(4, lambda index: engine.run_once(now=clock, owner=f"asker {index}"))
    world.run_until_settled(clock)
    assert world.states() == {"accepted": 12}
    assert set(Counter(far.arrivals("save"))) == {"stored"}


def wait_for(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.002)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_at_any_moment_loses_nothing_and_sends_nothing_twice(live):
    chance = random.Random(20261122)
    live.misbehave("slow", times=None, seconds=0.03)
    with workers.nursery("--loop", "--interval", "0.05") as nursery:
        for kill in range(KILLS):
            for number in range(DELIVERIES // KILLS):
                world.claim(f"{kill}.{number}")
            before = len(live.store.arrivals())
            worker = nursery.start()
            wait_for(lambda before=before: len(live.store.arrivals()) > before)
            time.sleep(chance.uniform(0, 0.08))
            assert workers.is_there(worker)
            os.kill(worker, signal.SIGKILL)
            wait_for(lambda worker=worker: not workers.is_there(worker))
        interrupted = Delivery.objects.filter(state="sending").count()
        last = [nursery.start() for _ in range(2)]
        wait_for(lambda: world.states() == {"accepted": DELIVERIES})
        for worker in last:
            os.kill(worker, signal.SIGTERM)
            wait_for(lambda worker=worker: not workers.is_there(worker))
    assert world.states() == {"accepted": DELIVERIES}
    assert set(live.held().values()) == {1}
    assert len(live.held()) == DELIVERIES
    # Some of the kills must have hit a sending, or this test has shown nothing.
    assert interrupted + DeliveryAttempt.objects.filter(outcome="lease_expired").count() >= KILLS // 5


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_told_to_stop_finishes_the_delivery_at_hand(live):
    for number in range(4):
        world.claim(str(number))
    live.misbehave("slow", times=None, seconds=0.2)
    worker = workers.start("--loop", "--interval", "60")
    while not live.store.arrivals():
        time.sleep(0.01)
    worker.terminate()
    said, _ = worker.communicate(timeout=60)
    assert worker.returncode == 0, said
    assert "pending" in said
    assert not Delivery.objects.filter(state="sending").exists()
    assert Delivery.objects.filter(state="ready").exists()


@pytest.mark.django_db
def test_the_command_works_through_all_that_is_due(live, capsys):
    for number in range(5):
        world.claim(str(number), now=datetime.now(UTC))
    call_command("cme_deliver", "--once", "--limit", "2")
    # Whoever runs slowly sees some accepted already: the receiver lives by the real time here.
    assert set(world.states()) <= {"pending", "accepted"}
    assert capsys.readouterr().out.count("pending 2") == 2


@pytest.mark.django_db
def test_a_service_outlives_a_database_that_is_away(connected, tmp_path):
    """Also where it is away when the service starts: nobody looks after it at night."""
    away = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "not" / "there")}
    worker = workers.start("--watch", "--interval", "0.05", database=away)
    said = [worker.stdout.readline() for _ in range(2)]
    worker.terminate()
    worker.communicate(timeout=60)
    assert all("the database failed (OperationalError)" in one for one in said), said
    assert worker.returncode == 0
