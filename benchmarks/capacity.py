"""What a learner takes of the database: `python -m benchmarks.capacity [--learners 400]`.

Simulated learners go the demonstration's whole way through the same functions as a page: disclosure, baseline, content,
assessment, evaluation, claim, one receiver that follows the ledger. Then each table is asked for its size on disk, rows
and indexes together. The page docs/how-to/plan-capacity.md takes its figures from here.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import warnings
from datetime import UTC, datetime

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
COURSE = "course-v1:Simulated+CME+2026"
SIZES = {
    "postgresql": "SELECT relname, pg_total_relation_size(c.oid), reltuples::bigint FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE nspname = 'public' AND relkind = 'r' AND relname LIKE 'cme_xblock_%'",
    "mysql": "SELECT table_name, data_length + index_length, table_rows FROM information_schema.tables"
    " WHERE table_schema = DATABASE() AND table_name LIKE 'cme_xblock_%'",
}


def main() -> None:
    """Measure and print; each server in a process of its own, for settings are read once."""
    parser = argparse.ArgumentParser(description="Bytes of each learner, by table.")
    parser.add_argument("--learners", type=int, default=400)
    parser.add_argument("--databases", nargs="+", default=["mariadb", "postgres"], choices=("mariadb", "postgres"))
    options = parser.parse_args()
    if len(options.databases) > 1:
        for one in options.databases:
            command = [sys.executable, "-m", "benchmarks.capacity", "--learners", str(options.learners)]
            subprocess.run([*command, "--databases", one], check=True)
        return
    os.environ["CME_TEST_DATABASE"] = options.databases[0]
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    warnings.filterwarnings("ignore", category=UserWarning)
    import django

    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    made = setup_databases(verbosity=0, interactive=False)
    try:
        _measure(options.learners)
    finally:
        teardown_databases(made, verbosity=0)


def _measure(learners: int) -> None:
    from django.conf import settings
    from django.db import connection

    from demo import cohort
    from tests.browser.test_way import activity

    receiver = {"name": "lrs", "kind": "webhook", "label": "Follower", "url": "https://hook.example.invalid/"}
    settings.CME_ENDPOINTS = [{**receiver, "secret_env": "CME_BENCH_SECRET"}]
    empty = _sizes()
    started = time.perf_counter()
    cohort.install(COURSE, activity(), learners=learners, now=NOW)
    seconds = time.perf_counter() - started
    grown = {name: size - empty.get(name, 0) for name, size in _sizes().items()}
    total = sum(grown.values())
    version = connection.mysql_server_info if connection.vendor == "mysql" else connection.pg_version
    print(f"\n{connection.vendor} {version}: {learners} simulated learners, {seconds * 1000 / learners:.1f} ms each")
    print(f"{'table':<36} {'bytes each':>10} {'share':>6}")
    for name, size in sorted(grown.items(), key=lambda one: -one[1]):
        if size > 0:
            print(f"{name.removeprefix('cme_xblock_'):<36} {size / learners:>10.0f} {size / total:>6.0%}")
    print(f"{'all':<36} {total / learners:>10.0f}")
    _verify(learners)


def _verify(learners: int) -> None:
    """How long the check of every record takes, as `cme_verify` makes it each night."""
    from cme_xblock.records import verify

    started = time.perf_counter()
    report = verify.verify_all()
    seconds = time.perf_counter() - started
    each = f"{seconds * 1000 / learners:.2f} ms a learner, {report.entries / seconds:.0f} entries a second"
    print(f"cme_verify: {report.entries} entries in {seconds:.1f} s, {each}, {len(report.findings)} findings")


def _sizes() -> dict[str, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
        else:
            for name in connection.introspection.table_names(cursor):
                cursor.execute(f"ANALYZE TABLE {connection.ops.quote_name(name)}")
                cursor.fetchall()
        cursor.execute(SIZES[connection.vendor])
        return {str(name): int(size or 0) for name, size, _ in cursor.fetchall()}


if __name__ == "__main__":
    main()
