"""How fast the engine sends, beside a bare loop of `requests.Session` that posts the same bodies.

    CME_TEST_DATABASE=mariadb python -m benchmarks.throughput --records 2000
    CME_TEST_DATABASE=postgres python -m benchmarks.throughput --only webhook pars --workers 1 4

Both send to the same receiver in a process of its own (`benchmarks/quick.py`), in turns. The engine does all that it
does in earnest: rows reserved, taken, looked at once more, sent, settled and logged. The bare loop gets the very
requests that the engine has just made, and keeps nothing; the floor (`benchmarks/floor.py`) posts them too, and does
with the database, in SQL by hand, the least that keeps the same promises. Makes a database of its own on the server
that CME_TEST_DATABASE names (SQLite without it) and drops it again. Asserts only that all was accepted.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from urllib.request import urlopen

SECRET_ENV, SECRET = "CME_BENCH_SECRET", "whsec_YmVuY2htYXJrcyBvbmx5LCBub3RoaW5nIGVsc2U="
PACKAGES = ("Django", "requests", "cme-xblock")


@dataclass(frozen=True)
class Way:
    """One kind of endpoint: its setting, and what is owed to it (arguments of `owed.write`)."""

    name: str
    setting: dict[str, Any]
    owed: dict[str, str]


@dataclass(frozen=True)
class Run:
    """What one run took. `seconds`: of the clock; `busy`: of this process's CPU, all workers together."""

    seconds: float
    busy: float
    bodies: int


def ways(address: str) -> list[Way]:
    """Those there are, with endpoints that take one record at a time and such that take many."""
    pars = {"kind": "pars_learners", "provider_id": "0000000", "ccid_domain": "lms.example.org"}
    wire: dict[str, Any] = {"namespaces": {"extension": "urn:placeholder:accme-pars"}}
    many = wire | {"batch": {"max": 25, "bytes": 262_144}}
    claim = {"kind": "cme", "system": "ama_pra_1", "profession": "md"}
    nurse = {"kind": "ce", "system": "ancc", "profession": "nurse"}
    entry = {"kind": "disclosure_acknowledged", "entry": "disclosure_acknowledged"}
    boards = {"kind": "cebroker", "provider_id": "50-1234", "wire": {"credit": {"ancc": {"professions": ["nurse"]}}}}
    lrs = {"kind": "xapi_lrs", "options": {"home_page": "https://lms.example.org"}}
    all_ways = (
        Way("webhook, one by one", {"kind": "webhook", "secret_env": SECRET_ENV, "url": "webhook"}, entry),
        Way("pars, one by one", {**pars, "wire": wire, "url": "pars"}, claim),
        Way("pars, batches of 25", {**pars, "wire": many, "url": "pars"}, claim),
        Way("xapi, batches of 50", {**lrs, "url": "xapi"}, entry | {"kind": "acknowledged"}),
        Way("cebroker, batches of 200", {**boards, "url": "cebroker"}, nurse),
    )
    return [Way(one.name, _common(one.setting, address, number), one.owed) for number, one in enumerate(all_ways)]


def _common(setting: dict[str, Any], address: str, number: int) -> dict[str, Any]:
    common = {"name": f"e{number}", "label": "Bench", "user": "bench", "password_env": SECRET_ENV}
    return common | setting | {"url": f"{address}/{setting['url']}", "allow_insecure_loopback": True, "concurrency": 8}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each way with each number of workers, and print it."""
    given = _arguments(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ[SECRET_ENV] = SECRET
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with _receiver() as address:
            asked = [one for one in ways(address) if not given.only or one.name.split(",")[0] in given.only]
            rows = [row for one in asked for workers in given.workers for row in _measured(one, workers, given)]
            with urlopen(f"{address}/report") as answer:  # noqa: S310 - our own process
                told = json.load(answer)
    finally:
        connection.creation.destroy_test_db(settings.DATABASES["default"]["NAME"], verbosity=0)
    _show(rows, told, given)


def _measured(way: Way, workers: int, given: argparse.Namespace) -> list[tuple[object, ...]]:
    from django.conf import settings

    from benchmarks import floor, owed
    from cme_xblock.reporting import config

    settings.CME_ENDPOINTS = [way.setting]
    endpoint = config.endpoints()[way.setting["name"]]
    runs: dict[str, list[Run]] = {"engine": [], "bare": [], "floor": []}
    for number in range(given.rounds + 1):
        mark = f"{way.setting['name']}-{workers}-{number}"
        pks = owed.write(endpoint, given.records, mark=mark, **way.owed)
        sent, requests = _parallel(_engine, [None] * workers)
        _all_accepted(way)
        posted, _ = _parallel(_bare, [requests[one::workers] for one in range(workers)])
        floor.prepare(pks)
        shares = [(requests[one::workers], pks[one::workers], endpoint.purpose()) for one in range(workers)]
        floor.SPENT.clear()
        kept, _ = _parallel(lambda share: floor.run(*share), shares)
        if number:  # the first round warms up
            for name, run in (("engine", sent), ("bare", posted), ("floor", kept)):
                runs[name].append(run)
    ours, theirs, least = (min(runs[name], key=lambda run: run.seconds) for name in ("engine", "bare", "floor"))
    head = (f"{way.name}, {workers} worker{'s' if workers > 1 else ''}",)
    rates = (given.records / ours.seconds, ours.bodies / ours.seconds, theirs.bodies / theirs.seconds)
    of_bare = tuple(theirs.seconds / one.seconds * 100 for one in (ours, least))
    cpu = (ours.busy / given.records * 1000, theirs.busy / given.records * 1000)
    if workers == 1:
        each = ", ".join(f"{what} {spent / given.records * 1e6:.0f}" for what, spent in floor.SPENT.items())
        sys.stdout.write(f"{way.name}: of the floor's time, in microseconds a record: {each}\n")
    return [(*head, *rates, *of_bare, least.seconds / ours.seconds * 100, *cpu)]


def _parallel(work: Callable[[Any], list[Any]], shares: Sequence[Any]) -> tuple[Run, list[Any]]:
    """Do the work in so many processes at once, in this one where it is one; and what they gave, put together."""
    if len(shares) == 1:
        begun, busy = time.perf_counter(), time.process_time()
        found = work(shares[0])
        return Run(time.perf_counter() - begun, time.process_time() - busy, len(found)), found
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")
    gate, told = context.Barrier(len(shares) + 1), context.SimpleQueue()
    everyone = [context.Process(target=_one, args=(work, share, gate, told), daemon=True) for share in shares]
    for one in everyone:
        one.start()
    gate.wait()
    begun = time.perf_counter()
    found_all = [told.get() for _ in everyone]
    for one in everyone:
        one.join()
    ended = max(end for _, _, end in found_all)
    requests = [request for found, _, _ in found_all for request in found]
    return Run(ended - begun, sum(busy for _, busy, _ in found_all), len(requests)), requests


def _one(work: Callable[[Any], list[Any]], share: Any, gate: Any, told: Any) -> None:
    gate.wait()
    busy = time.process_time()
    found = work(share)
    told.put((found, time.process_time() - busy, time.perf_counter()))


def _engine(_: None) -> list[Any]:
    """What a worker does until nothing is due; the requests that it made."""
    from cme_xblock.reporting import engine
    from cme_xblock.reporting.endpoints import exchange

    requests: list[Any] = []
    real = exchange.exchange

    def noting(request: Any, *args: Any, **how: Any) -> Any:
        requests.append((request.method, request.url, dict(request.headers), request.body))
        return real(request, *args, **how)

    exchange.exchange = noting
    try:
        while engine.run_once(now=lambda: datetime.now(UTC), owner=f"bench {os.getpid()}", limit=1000).worked:
            pass
    finally:
        exchange.exchange = real
    return requests


def _bare(requests_made: Sequence[Any]) -> list[Any]:
    import requests

    with requests.Session() as session:
        for method, url, headers, body in requests_made:
            answer = session.request(method, url, data=body, headers=headers, timeout=30)
            assert answer.status_code == 200, answer.status_code
    return list(requests_made)


def _all_accepted(way: Way) -> None:
    from django.db.models import Count

    from cme_xblock.records.models import Delivery

    found = list(
        Delivery.objects.filter(endpoint=way.setting["name"]).values_list("state", "reason").annotate(Count("pk"))
    )
    assert {state for state, _, _ in found} == {"accepted"}, found


@contextmanager
def _receiver() -> Iterator[str]:
    """The receiver in a process of its own; its address."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.quick"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait(5)


def _show(rows: Sequence[tuple[object, ...]], told: dict[str, float], given: argparse.Namespace) -> None:
    from django.db import connection

    from benchmarks import tables

    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    tables.show(
        f"{given.records} records, the fastest of {given.rounds} rounds; {connection.vendor}, {os.cpu_count()} CPUs",
        (
            "endpoint",
            "records/s",
            "bodies/s",
            "bare bodies/s",
            "% of bare",
            "floor % of bare",
            "% of floor",
            "CPU ms each",
            "bare CPU ms each",
        ),
        rows,
        note=f"Python {platform.python_version()}, {versions}. The receiver took "
        f"{told['seconds'] / told['requests'] * 1000:.3f} ms to answer, on average of {told['requests']} requests.",
    )


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--only", nargs="+", default=(), help="webhook, pars, xapi, cebroker")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
