"""Many deliveries, workers that are killed all the time, a receiver that misbehaves: what is left at the end?

For the test and for the benchmark. The receiver is a process of its own, keeps every copy that it gets of every key,
and is quick: it must not be the brake. Workers are `manage.py cme_deliver --watch`, as an operator runs it.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_KEY = re.compile(rb"ccid:[a-z0-9.]+:[a-z0-9-]+")
_TROUBLES = ("error", "store_then_error", "drop", "store_then_drop", "busy", "nonsense", "store_then_half")
_LEARNERS = 50


@dataclass(frozen=True)
class Report:
    """What came of it. `copies`: of how many keys the receiver has how many copies."""

    seconds: float
    kills: int
    interrupted: int
    copies: dict[int, int]
    states: dict[str, int]
    requests: int


class Desk(BaseHTTPRequestHandler):
    """PARS in a few lines: saves and tells, and misbehaves with the share that it was started with."""

    protocol_version = "HTTP/1.1"
    copies: Counter[str] = Counter()
    share = 0.0
    chance = random.Random(5)
    requests = 0

    def do_POST(self) -> None:
        """A record to keep."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        key = _KEY.findall(body)[0].decode()
        Desk.requests += 1
        trouble = Desk.chance.choice(_TROUBLES) if Desk.chance.random() < Desk.share else ""
        if not trouble or trouble.startswith("store"):
            Desk.copies[key] += 1
        if trouble.endswith("drop"):
            self.close_connection = True
            self.connection.close()
        elif trouble.endswith("error"):
            self._say(500, b"")
        elif trouble == "busy":
            self._say(429, b"", retry="0")
        elif trouble == "nonsense":
            self._say(200, b"<html><body>Welcome</body></html>")
        else:
            self._say(200, _answer(key, "accepted"), half=trouble == "store_then_half")

    def do_GET(self) -> None:
        """What became of a record; or all that there is, for the judge."""
        if self.path == "/report":
            self._say(200, json.dumps({"copies": Desk.copies, "requests": Desk.requests}).encode())
            return
        Desk.requests += 1
        key = re.findall(r"ccid[^&]*", self.path)[0].replace("%3A", ":")
        self._say(200, _answer(key, "accepted" if key in Desk.copies else "notfound"))

    def _say(self, status: int, body: bytes, *, half: bool = False, retry: str = "") -> None:
        head = f"HTTP/1.1 {status} x\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n"
        head += f"Retry-After: {retry}\r\n" if retry else ""
        # One write: two small ones would wait for each other's acknowledgement.
        self.wfile.write(head.encode() + b"Connection: close\r\n\r\n" + (body[: len(body) // 2] if half else body))
        self.close_connection = True

    def log_message(self, *_args: Any) -> None:
        """Nothing."""


def _answer(key: str, word: str) -> bytes:
    return (
        f"<LearnerActivityResponse><Status>{word}</Status><CreditID>{key}</CreditID></LearnerActivityResponse>"
    ).encode()


@contextmanager
def receiver(share: float) -> Iterator[str]:
    """The receiver in a process of its own; its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.reporting.crash", str(share)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait(5)


def settings_of(address: str) -> dict[str, Any]:
    """An endpoint that is as impatient as the workers are mortal."""
    from tests.reporting import world

    return world.endpoint(
        address, read_timeout=1.0, total_timeout=1.4, lease_seconds=3.0, settle_seconds=0.2, send_attempts=10_000,
        send_waits=[0.1, 0.5], ask_waits=[0.1, 0.5], concurrency=32,
    )  # fmt: skip


def seed(number: int) -> None:
    """So many claims with what is owed, of a few learners who agreed; written in bulk, as years of use would."""
    from django.db import transaction

    from cme_xblock.records import editions, keys
    from cme_xblock.records.models import Claim, ConsentEvent, Delivery, Edition, EntryRow, Participation
    from cme_xblock.reporting import facts, identity
    from tests.reporting import world

    sha256 = editions.record(world.COURSE, world.activity(), now=world.START)
    edition = Edition.objects.get(sha256=sha256)
    parsed = identity.parse(world.PERSON)
    assert isinstance(parsed, identity.Identity)
    for learner in range(_LEARNERS):
        facts.keep_identity(keys.learner_key(f"crash-{learner}"), parsed, now=world.START)
    now, attested = datetime.now(UTC), world.attestation(sha256)
    mine = {"participation__learner_id__startswith": "crash-"}
    with transaction.atomic():
        Participation.objects.bulk_create([_participation(one, edition) for one in range(number)], batch_size=1000)
        people = Participation.objects.filter(learner_id__startswith="crash-").order_by("pk")
        agreed = {"purpose": world.PURPOSE, "text": "I agree.", "granted": True, "at": now}
        ConsentEvent.objects.bulk_create([ConsentEvent(participation=one, **agreed) for one in people], batch_size=1000)
        told = {"kind": "credit_claimed", "payload": "{}", "at": now, "prev": "0" * 64, "hash": "0" * 64}
        EntryRow.objects.bulk_create(
            [EntryRow(participation=one, seq=1, edition=edition, **told) for one in people], batch_size=1000
        )
        rows = EntryRow.objects.filter(**mine).order_by("pk")
        Claim.objects.bulk_create([_claim(row, attested, edition, now) for row in rows], batch_size=1000)
        made = Claim.objects.filter(**mine).order_by("pk").select_related("participation")
        Delivery.objects.bulk_create([_delivery(claim, edition, now) for claim in made], batch_size=1000)


def _claim(row: Any, attested: Any, edition: Any, now: datetime) -> Any:
    from cme_xblock.records.models import Claim

    return Claim(
        participation_id=row.participation_id, edition=edition, entry=row, system=attested.system,
        amount=attested.amount, profession="md", name_certified="A", completed_on=attested.completed_on,
        completed_at=attested.completed_at, zone="UTC", statement="I claim.", claimed_at=now,
    )  # fmt: skip


def _participation(number: int, edition: Any) -> Any:
    from cme_xblock.records import keys
    from cme_xblock.records.models import Participation
    from tests.reporting import world

    learner = f"crash-{number % _LEARNERS}"
    return Participation(
        key=hashlib.sha256(f"crash {number}".encode()).hexdigest(), course_key=world.COURSE, activity_id="opioids",
        learner_id=learner, activity_key=edition.activity_key, learner_key=keys.learner_key(learner),
        started_at=world.START,
    )  # fmt: skip


def _delivery(claim: Any, edition: Any, now: datetime) -> Any:
    from cme_xblock.records import keys
    from cme_xblock.records.models import Delivery

    return Delivery(
        subject=f"claim:{claim.uuid}", claim=claim, participation_id=claim.participation_id, edition=edition,
        activity_key=edition.activity_key, order_key=keys.order_key(claim.participation.uuid, claim.system),
        endpoint="pars", kind="cme", credit_id=f"ccid:lms.example.org:{claim.uuid.replace('-', '')}-cme",
        state="ready", next_attempt_at=now, created_at=now,
    )  # fmt: skip


def run(
    address: str,
    *,
    workers_at_once: int,
    pause: float,
    patience: float,
    disturb: Callable[[float], None] = lambda seconds: None,
    told: Callable[[str], None] = lambda line: None,
) -> Report:
    """Let so many workers work, kill one every `pause` seconds, until nothing is open or `patience` is over (seconds).

    `disturb` is called with the seconds since the start, about every `pause`: it may restart the database.
    """
    from tests.reporting import workers

    chance = random.Random(20261122)
    start, kills = time.monotonic(), 0
    with workers.nursery("--watch", "--interval", "0.05") as nursery:
        pids = [nursery.start() for _ in range(workers_at_once)]
        while True:
            time.sleep(pause)
            seconds = time.monotonic() - start
            disturb(seconds)
            left = _left()
            told(f"{seconds:6.1f} s: {left} left, {kills} killed")
            if left == 0 or seconds > patience:
                break
            place = chance.randrange(len(pids))
            os.kill(pids[place], signal.SIGKILL)
            kills += 1
            pids[place] = nursery.start()
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        while any(workers.is_there(pid) for pid in pids):
            time.sleep(0.05)
    return _report(address, time.monotonic() - start, kills)


def _left() -> int:
    """How many are not accepted; -1 while the database is away."""
    from django.db import DatabaseError, connection

    from cme_xblock.records.models import Delivery

    try:
        connection.close_if_unusable_or_obsolete()
        return Delivery.objects.exclude(state="accepted").count()
    except DatabaseError:
        connection.close()
        return -1


def _report(address: str, seconds: float, kills: int) -> Report:
    from cme_xblock.records.models import Delivery, DeliveryAttempt

    with urllib.request.urlopen(f"{address}/report") as answer:  # noqa: S310 - our own receiver
        told_by_receiver = json.load(answer)
    return Report(
        seconds=seconds,
        kills=kills,
        interrupted=DeliveryAttempt.objects.filter(outcome="lease_expired").count(),
        copies=dict(Counter(told_by_receiver["copies"].values())),
        states=dict(Counter(Delivery.objects.values_list("state", flat=True))),
        requests=told_by_receiver["requests"],
    )


if __name__ == "__main__":
    Desk.share = float(sys.argv[1])
    with ThreadingHTTPServer(("127.0.0.1", 0), Desk) as server:
        server.daemon_threads = True
        server.request_queue_size = 128
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()
