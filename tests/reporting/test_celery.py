"""The engine under a real Celery with Redis, its workers killed: each credit still arrives once."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
import uuid

import pytest
from django.db import connection

from cme_xblock.records.models import Delivery, DeliveryAttempt
from tests.reporting import workers, world

celery = pytest.importorskip("celery")
pytest.importorskip("redis")

HOST, PORT = os.environ.get("CME_TEST_REDIS", "127.0.0.1:6379").rsplit(":", 1)
BROKER = f"redis://{HOST}:{PORT}/0"
DELIVERIES, KILLS = 40, 4


def redis_is_there() -> bool:
    try:
        socket.create_connection((HOST, int(PORT)), timeout=0.5).close()
    except OSError:
        return False
    return True


pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not redis_is_there(), reason=f"no Redis on {HOST}:{PORT} (CME_TEST_REDIS)"),
]


@pytest.fixture
def queue(monkeypatch):
    """A queue of this test's own, and a sender to it; nothing is left of it in Redis."""
    name = f"cme-test-{uuid.uuid4().hex}"
    monkeypatch.setenv("CME_TEST_BROKER", BROKER)
    monkeypatch.setenv("CME_TEST_QUEUE", name)
    app = celery.Celery("sender", broker=BROKER)
    app.conf.task_default_queue = name
    yield app
    with app.connection_for_write() as link:
        channel = link.default_channel
        keys = channel.client.keys(f"*{name}*")
        if keys:
            channel.client.delete(*keys)
    app.close()


def worker(log) -> subprocess.Popen[bytes]:
    arguments = ["worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "tests.reporting.celery_app", *arguments],
        cwd=workers.ROOT,
        env=workers.environment(),
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """The whole worker at once, as the kernel does when memory is short."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_killed_workers_of_celery_lose_nothing_and_send_nothing_twice(live, queue, tmp_path):
    chance = random.Random(20261122)
    live.misbehave("slow", times=None, seconds=0.05)
    for number in range(DELIVERIES):
        world.claim(str(number))
    with (tmp_path / "worker.log").open("wb") as log:
        for round_ in range(KILLS + 1):
            process, before = worker(log), len(live.store.arrivals())
            try:
                until = time.monotonic() + 60
                while time.monotonic() < until and not all_accepted():
                    queue.send_task("cme_xblock.deliver", args=("pars",))
                    time.sleep(0.1)
                    if round_ < KILLS and len(live.store.arrivals()) > before:
                        time.sleep(chance.uniform(0, 0.3))
                        break
            finally:
                kill(process)
    assert all_accepted(), (tmp_path / "worker.log").read_text()[-3000:]
    assert set(live.held().values()) == {1}
    assert len(live.held()) == DELIVERIES
    # Some of the kills must have hit a sending, or this test has shown nothing.
    assert DeliveryAttempt.objects.filter(outcome="lease_expired").exists()


def all_accepted() -> bool:
    connection.close()
    return not Delivery.objects.exclude(state="accepted").exists()
