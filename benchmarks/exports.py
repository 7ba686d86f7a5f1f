"""Exports at scale: `python -m benchmarks.exports [--sizes 1000 10000 100000 1000000] [--database mariadb]`.

One question: what does an export of claims cost beside a bare server-side cursor that writes the same columns with
`csv.writer`, and how do time and memory grow? The bare one runs in a process of its own, as ours does, so that the
peaks of memory are each their own. Files go to a temporary folder; the claims are simulated (`claims_data`).
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import claims_data

WAYS = ("bare", "csv", "jsonl", "xlsx", "background")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Exports at scale.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--database", default="mariadb", choices=("sqlite", "postgres", "mariadb"))
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    options = parser.parse_args()
    claims_data.in_database(options.database, lambda: _measure(options))


def _measure(options: argparse.Namespace) -> None:
    _head(options.database)
    print("{:>10} {:>12} {:>9} {:>9} {:>9} {:>8} {:>7} {:>9}".format(
        "claims", "way", "seconds", "rows/s", "to bare", "MB out", "peak MB", "grew by MB"))  # fmt: skip
    for number, size in enumerate(options.sizes, start=1):
        made = claims_data.fill(size, seed=number)
        bare = 0.0
        for way in options.ways:
            seconds, rows, out, before, peak = _apart(way, made.activities)
            bare = seconds if way == "bare" else bare
            share = f"{bare / seconds:>8.0%}" if bare else ""
            print(f"{size:>10} {way:>12} {seconds:>9.2f} {rows / seconds:>9.0f} {share:>9} {out / 1e6:>8.1f} "
                  f"{peak:>7.0f} {peak - before:>9.0f}", flush=True)  # fmt: skip


def _apart(way: str, activities: tuple[str, ...]) -> tuple[float, int, int, float, float]:
    """Do it in a process of its own: seconds, rows, bytes, memory before and at the peak in MB."""
    from django.db import connections

    connections.close_all()
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_work, args=(way, activities, theirs))
    process.start()
    theirs.close()
    found = ours.recv()
    process.join()
    return found  # type: ignore[no-any-return]


def _work(way: str, activities: tuple[str, ...], answer: Any) -> None:
    do: dict[str, Callable[[tuple[str, ...], Path], int]] = {
        "bare": _bare,
        "csv": lambda keys, path: _export(keys, path, "csv"),
        "jsonl": lambda keys, path: _export(keys, path, "jsonl"),
        "xlsx": lambda keys, path: _export(keys, path, "xlsx"),
        "background": _background,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        before = _peak()
        begun = time.perf_counter()
        rows = do[way](activities, path)
        seconds = time.perf_counter() - begun
        answer.send((seconds, rows, path.stat().st_size if path.exists() else 0, before, _peak()))


def _bare(activities: tuple[str, ...], path: Path) -> int:
    """The driver's own server-side cursor, its rows handed to csv.writer: the same tables, columns and conditions."""
    from django.db import connection, transaction

    from cme_xblock.console.exports.datasets.claims import Claims
    from cme_xblock.console.exports.scope import Scope

    scope = Scope(activities)
    rows = Claims().query(scope).filter(scope.belongs("participation__"), participation__activity_key__in=activities)
    sql, params = rows.values_list(*(one.path for one in Claims.sources)).query.sql_with_params()
    number = 0
    with path.open("w", newline="", encoding="utf-8") as file, transaction.atomic():
        writer = csv.writer(file)
        writer.writerow([one.column.name for one in Claims.sources])
        connection.ensure_connection()
        if connection.vendor == "mysql":
            from MySQLdb.cursors import SSCursor

            cursor = connection.connection.cursor(SSCursor)
        elif connection.vendor == "postgresql":
            cursor = connection.connection.cursor("bare")
        else:
            cursor = connection.connection.cursor()
            sql = sql.replace("%s", "?")
        cursor.execute(sql, params)
        while page := cursor.fetchmany(2000):
            writer.writerows(page)
            number += len(page)
        cursor.close()
    return number


def _export(activities: tuple[str, ...], path: Path, form: str) -> int:
    """As the page and the API stream it."""
    from cme_xblock.console.exports import formats, scope
    from cme_xblock.console.exports.datasets.claims import Claims

    dataset, number = Claims(), 0
    writer = formats.writer(form, dataset.columns)
    with path.open("wb") as file:
        file.write(writer.begin())
        for page in dataset.pages(scope.Scope(activities, last=scope.highest())):
            file.write(writer.rows(page.columns))
            number += page.rows
        file.write(writer.end())
    return number


def _background(activities: tuple[str, ...], path: Path) -> int:
    """As an administrator's job: each page in a transaction with the place to go on from, then read for a download."""
    from cme_xblock.console.exports import definition, jobs, working
    from cme_xblock.host.roles import Reader
    from cme_xblock.records import activity_index, exports, keys
    from cme_xblock.records.models import ActivityIndex, ExportJob

    def now() -> datetime:
        return datetime.now(UTC)

    asked = jobs.Asked(Reader("office", "office", frozenset({"*"})), "benchmark", now())
    rows = 0
    for provider in map(keys.provider_key, claims_data.PROVIDERS):
        activity_index.refresh()
        ours = ActivityIndex.objects.filter(provider_key=provider, activity_key__in=activities)
        named = list(ours.values_list("activity_key", flat=True))
        wanted = definition.read({"kind": "claims", "form": "csv", "activities": named})
        job = jobs.begin(wanted, asked, provider_key=provider)
        working.run(now=now, owner="benchmark", until=now() + timedelta(hours=1), only=job.uuid)
        done = ExportJob.objects.get(pk=job.pk)
        with path.open("ab") as file:
            for piece in exports.read(done):
                file.write(piece)
        rows += done.rows
        exports.drop(job.pk, "expired")
    return rows


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _head(database: str) -> None:
    from importlib.metadata import version

    packages = ("Django", "mysqlclient", "cme-xblock")
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} CPUs, {database}")
    print(f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in packages))


if __name__ == "__main__":
    main()
