"""The same number of xAPI statements to the same LRS: event-routing-backends, and this project's endpoint and engine.

    python -m benchmarks.xapi --statements 2000

The LRS is the rehearsal desk in a process of its own, with its memory for a store. Each way gets statements of its own,
made before the clock starts where it does not make them itself. Prints a table; asserts only that all arrived.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PASSWORD_ENV = "CME_BENCH_LRS_PASSWORD"
USER, PASSWORD = "bench", "rehearsal"
COURSE, ACTIVITY = "course-v1:Example+CME+2026", "bench"
BATCH = 50


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each way, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3, help="the fastest of so many is shown (default 3)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="cme-bench-") as folder, _receiver() as address:
        _set_up(folder)
        ways = list(_ways(address, options.statements))
        # In turns, so that a slow moment of the machine hits all alike.
        taken = [[_timed(make, address, options.statements) for _, make, _ in ways] for _ in range(options.rounds)]
        best = [min(times) for times in zip(*taken, strict=True)]
        rows = [(name, requests, one) for (name, _, requests), one in zip(ways, best, strict=True)]
        _show(rows, options.statements)


def _ways(address: str, count: int) -> Iterator[tuple[str, Callable[[], Callable[[], None]], int]]:
    """Each way's name, what prepares one run of it and gives the run, and how many requests it takes."""
    if find_spec("event_routing_backends"):
        yield "event-routing-backends, one by one", lambda: _theirs(address, count, batch=1), count
        name = f"event-routing-backends, batches of {BATCH}"
        yield name, lambda: _theirs(address, count, batch=BATCH), -(-count // BATCH)
    else:
        sys.stdout.write("event-routing-backends is not installed: it is left out.\n")
    yield "requests.Session, the same bytes, one by one", lambda: _session(address, count), count
    yield "our endpoint, one by one", lambda: _ours(address, count, batch=1), count
    yield f"our endpoint, batches of {BATCH}", lambda: _ours(address, count, batch=BATCH), -(-count // BATCH)
    yield f"our engine with its tables, batches of {BATCH}", lambda: _engine(address, count), -(-count // BATCH)


def _set_up(folder: str) -> None:
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    os.environ["CME_BENCH_DATABASE"] = str(Path(folder) / "bench.sqlite3")
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    os.environ[PASSWORD_ENV] = PASSWORD
    import django
    from django.conf import settings

    if find_spec("event_routing_backends"):
        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "event_routing_backends"]
    settings.CME_ENDPOINTS = []
    django.setup()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)


@contextmanager
def _receiver() -> Iterator[str]:
    """An LRS in a process of its own; its address."""
    told: multiprocessing.Queue[str] = multiprocessing.Queue()
    process = multiprocessing.Process(target=_serve, args=(told,), daemon=True)
    process.start()
    try:
        yield told.get(timeout=60)
    finally:
        process.terminate()
        process.join()


def _serve(told: multiprocessing.Queue[str]) -> None:
    sys.path.insert(0, str(ROOT))
    from cme_xblock.reporting.sandbox.server import Receiver
    from cme_xblock.reporting.sandbox.store import Store
    from cme_xblock.reporting.sandbox.xapi_desk import XapiDesk

    receiver = Receiver(XapiDesk(Store(None), time.time))
    told.put(f"{receiver.address}/xapi/xAPI")
    receiver.serve_forever()


def _timed(make: Callable[[], Callable[[], None]], address: str, count: int) -> float:
    run = make()
    before = _held(address)
    begun = time.perf_counter()
    run()
    taken = time.perf_counter() - begun
    assert _held(address) - before == count, f"{_held(address) - before} of {count} arrived"
    return taken


def _held(address: str) -> int:
    from urllib.request import urlopen

    with urlopen(address.removesuffix("xAPI") + "api/count") as answer:  # noqa: S310 - our own process
        return int(json.load(answer)["records"])


def _endpoint(address: str) -> Any:
    from cme_xblock.reporting.endpoints.base import EndpointConfig
    from cme_xblock.reporting.endpoints.xapi import XapiLrs

    return XapiLrs.from_config(EndpointConfig(**_setting(address)))


def _setting(address: str) -> dict[str, Any]:
    return {
        "name": "lrs",
        "kind": "xapi_lrs",
        "url": address,
        "user": USER,
        "password_env": PASSWORD_ENV,
        "allow_insecure_loopback": True,
        "options": {"home_page": "https://lms.example.org"},
    }


def _events(count: int) -> list[Any]:
    """Entries that become one statement each."""
    from benchmarks import scene
    from cme_xblock.reporting.endpoints.base import Event

    one = Event(
        operation="add", key="", kind="disclosure_acknowledged", learner=uuid.uuid4().hex, at=datetime.now(UTC), seq=1,
        activity=scene.activity(), payload={"disclosure": "d" * 64}, activity_id=ACTIVITY, course_key=COURSE,
        edition="e" * 64,
    )  # fmt: skip
    return [replace(one, key=str(uuid.uuid4())) for _ in range(count)]


def _ours(address: str, count: int, *, batch: int) -> Callable[[], None]:
    lrs, events, now = _endpoint(address), _events(count), datetime.now(UTC)

    def run() -> None:
        for at in range(0, count, batch):
            some = events[at : at + batch]
            found = lrs.send(lrs.render(some, now=now), some)
            assert {str(one.result) for one in found.values()} == {"accepted"}

    return run


def _engine(address: str, count: int) -> Callable[[], None]:
    """Rows in the table, reserved, leased, sent, settled and logged, as a worker does it."""
    from django.conf import settings

    from benchmarks import scene
    from cme_xblock.participation.entries import Draft, Kind
    from cme_xblock.records import editions, ledger
    from cme_xblock.reporting import engine

    settings.CME_ENDPOINTS = [_setting(address)]
    now = datetime.now(UTC)
    edition = editions.record(COURSE, replace(scene.activity(), activity_id=ACTIVITY), now=now)
    draft = Draft(Kind.DISCLOSURE_ACKNOWLEDGED, edition, {"disclosure": "d" * 64})
    for _ in range(count):
        ledger.append(COURSE, ACTIVITY, uuid.uuid4().hex, decide=lambda _: draft, now=now)

    def run() -> None:
        while engine.run_once(now=lambda: datetime.now(UTC), owner="bench", limit=1000).worked:
            pass

    return run


def _theirs(address: str, count: int, *, batch: int) -> Callable[[], None]:
    """Their client as their backend calls it, with statements of their library made of ours."""
    from event_routing_backends.models import RouterConfiguration
    from event_routing_backends.utils.xapi_lrs_client import LrsClient
    from tincan import Statement

    client = LrsClient(
        url=address, version="1.0.3", auth_scheme=RouterConfiguration.AUTH_BASIC, username=USER, password=PASSWORD
    )
    lrs = _endpoint(address)
    text = lrs.render(_events(count), now=datetime.now(UTC))
    statements = [Statement(one) for one in json.loads(text)]

    def run() -> None:
        for at in range(0, count, batch):
            if batch == 1:
                client.send(statements[at], "bench")
            else:
                client.bulk_send(statements[at : at + batch])

    return run


def _session(address: str, count: int) -> Callable[[], None]:
    """The floor: what the same bytes take with the usual client."""
    import requests

    lrs, now = _endpoint(address), datetime.now(UTC)
    bodies = [lrs.render([one], now=now) for one in _events(count)]
    headers = {"Content-Type": "application/json", "X-Experience-API-Version": "1.0.3"}

    def run() -> None:
        with requests.Session() as session:
            session.auth = (USER, PASSWORD)
            for body in bodies:
                assert session.post(f"{address}/statements", data=body, headers=headers, timeout=30).status_code == 200

    return run


def _show(rows: Sequence[tuple[str, int, float]], count: int) -> None:
    from benchmarks import tables

    first = rows[0][2]
    tables.show(
        f"{count} xAPI statements to the same LRS, one worker, the fastest round",
        ("way", "requests", "statements/s", "ms each", f"times as fast as {rows[0][0]}"),
        [(name, requests, count / taken, taken / count * 1000, first / taken) for name, requests, taken in rows],
    )


if __name__ == "__main__":
    main()
