"""What it costs to reserve the next 100 due rows, with few and with very many rows in the table.

    CME_TEST_DATABASE=postgres python -m benchmarks.claiming --rows 1000 100000 3000000

Makes a database of its own on the server that CME_TEST_DATABASE names, and drops it again. Settled rows are copied by
the database itself; 1,000 are due each time. Reserved, looked at for their order, and given back.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any

DUE, TIMES = 1000, 30


def main() -> None:
    """Run it as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 100_000, 3_000_000])
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from benchmarks import tables

    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        found = []
        for rows in sorted(given.rows):
            begun = time.monotonic()
            _fill(rows)
            filled = time.monotonic() - begun
            found.append((f"{rows:,}", *_measured(), filled))
            print(found[-1], flush=True)
    finally:
        connection.creation.destroy_test_db(settings.DATABASES["default"]["NAME"], verbosity=0)
    heads = ("settled rows", "median ms", "slowest ms", "filled in s")
    tables.show(f"Reserving 100 of {DUE} due rows, {connection.vendor}", heads, found)


def _measured() -> tuple[float, float]:
    from cme_xblock.records.models.delivery import State
    from cme_xblock.reporting import leases, order

    took = []
    for number in range(TIMES):
        now = datetime.now(UTC) + timedelta(seconds=number)
        before = time.perf_counter()
        rows = leases.reserve("pars", State.READY, owner="bench", now=now, seconds=60, limit=100)
        verdicts = order.verdicts(rows, "pars")
        took.append((time.perf_counter() - before) * 1000)
        assert len(rows) == len(verdicts) == 100
        leases.let_go(rows, owner="bench")
    return statistics.median(took), max(took)


def _fill(rows: int) -> None:
    """As many settled rows as asked for, and those that are due; doubled by the database until there are enough."""
    from django.db import connection

    from cme_xblock.records.models import Delivery

    now = datetime.now(UTC) - timedelta(hours=1)
    if not Delivery.objects.exists():
        Delivery.objects.bulk_create([_row(f"due{one}", "ready", now) for one in range(DUE)])
        Delivery.objects.bulk_create([_row(f"done{one}", "accepted", now) for one in range(1000)])
    table = Delivery._meta.db_table
    same = [field.column for field in Delivery._meta.concrete_fields if not field.primary_key]
    new = ("uuid", "subject", "order_key", "credit_id")
    with connection.cursor() as cursor:
        while (there := Delivery.objects.filter(state="accepted").count()) < rows:
            step = min(there, rows - there)
            columns = ", ".join(_next(there) if one in new else one for one in same)
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(same)}) SELECT {columns} FROM {table} "  # noqa: S608 - our own names
                f"WHERE state = 'accepted' ORDER BY id LIMIT {step}"
            )
        cursor.execute({"postgresql": "ANALYZE", "mysql": f"ANALYZE TABLE {table}"}.get(connection.vendor, "ANALYZE"))


def _next(offset: int) -> str:
    """A value that no row has: each greater than the one before, so that they go to the end of their indexes."""
    from django.db import connection

    if connection.vendor == "mysql":
        return f"CONCAT('{offset:08x}.', LPAD(id, 10, '0'))"
    return f"'{offset:08x}.' || SUBSTR('0000000000' || id, LENGTH('0000000000' || id) - 9)"


def _row(name: str, state: str, now: datetime) -> Any:
    from cme_xblock.records.models import Delivery

    return Delivery(
        uuid=name, subject=name, order_key=name, credit_id=name, endpoint="pars", kind="cme", state=state,
        next_attempt_at=now, created_at=now,
    )  # fmt: skip


if __name__ == "__main__":
    main()
