"""A year of claims, written straight into the tables: what the pages and exports of administrators are measured on.

`python -m benchmarks.claims_data --size 100000 [--database mariadb]` says how long that takes. Simulated learners;
nothing of them went through a ledger, so `cme_verify` would object to every one. Shares of a provider's year: 2 % of
the participations are tests, 1 % retired, 3 % of the claims superseded, nine of ten credits delivered.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

COURSE = "course-v1:Simulated+CME+2026"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)
PROVIDERS = ("Lakeshore Academic Health (simulated)", "Hill County Hospital (simulated)")
_PROFESSIONS = (("md", "ama_pra_1"), ("md", "ama_pra_1"), ("md", "ama_pra_1"), ("do", "ama_pra_1"), ("rn", "ancc"),
                ("pharmd", "acpe_pharmacist"), ("pa", "aapa_1"))  # fmt: skip
_STATES = ("accepted",) * 18 + ("held", "refused")
_GIVEN = ("Aisha", "Björn", "Chidi", "Dolores", "Émile", "Fumiko", "Grzegorz", "Hye-jin", "Ioana", "José")
_FAMILY = ("O'Neill", "Nakamura", "van den Berg", "Østergård", "Smith, Jr.", "Šimůnek", "Al-Masri", "Lopez", "Wu")
_CHUNK = 5_000
_STATEMENT = (
    "I attest that I took part in this activity and claim the credit commensurate with the extent of my participation."
)


@dataclass(frozen=True)
class Made:
    """What was written: the activities' keys, each with as many participations as the others (one more at most)."""

    activities: tuple[str, ...]
    claims: int


def fill(size: int, *, activities: int = 20, deliveries: bool = False, seed: int = 1) -> Made:
    """Write so many claims, each of a participation of its own, spread over activities of two providers.

    `seed`: also what keeps several fills of one database apart. Nothing else may write meanwhile.
    """
    places = _activities(activities, seed)
    tables = ["participation", "entryrow", "claim", "liveclaim", *(["delivery"] if deliveries else [])]
    after = {name: _highest(name) for name in tables}
    rows = _rows(size, places, random.Random(seed), seed, after)
    while chunk := list(islice(rows, _CHUNK)):
        for place, table in enumerate(tables):
            _insert(table, [row for one in chunk for row in one[place]])
    _settle()
    return Made(tuple(key for key, _edition, _name in places), size)


def _activities(number: int, seed: int) -> list[tuple[str, int, str]]:
    """Key, edition's primary key and activity id of each; every one published."""
    from cme_xblock.activity.model import Provider
    from cme_xblock.records import editions, keys
    from cme_xblock.records.models import Edition
    from tests.outcomes import people

    found = []
    for place in range(number):
        name = f"simulated-{seed}-{place}"
        one = replace(
            people.activity(4, title=f"Simulated activity {seed}.{place}"), activity_id=name,
            provider=Provider(name=PROVIDERS[place % len(PROVIDERS)]), release=date(2026, 1, 1),
            expiry=date(2027, 1, 1) + timedelta(days=place),
        )  # fmt: skip
        sha256 = editions.publish(COURSE, one, source=f"cme@{name}", now=BEGIN)
        key = keys.activity_key(COURSE, name)
        found.append((key, Edition.objects.get(activity_key=key, sha256=sha256).pk, name))
    return found


Rows = tuple[list[tuple[Any, ...]], ...]


def _rows(
    size: int, places: Sequence[tuple[str, int, str]], chance: random.Random, seed: int, after: dict[str, int]
) -> Iterator[Rows]:
    """For each claim the rows of every table, in the order in which they are written."""
    claim_pk = after["claim"]
    for number in range(1, size + 1):
        key, edition, name = places[number % len(places)]
        learner, retired = f"simulated-{seed}-{number}", chance.random() < 0.01
        own = hashlib.sha256(learner.encode()).hexdigest()
        participation = hashlib.sha256("\0".join((COURSE, name, learner)).encode()).hexdigest()
        begun = BEGIN + timedelta(seconds=chance.randrange(320 * 86_400))
        at, test = begun + timedelta(minutes=50), chance.random() < 0.02
        profession, system = chance.choice(_PROFESSIONS)
        pk, claims = after["participation"] + number, 2 if chance.random() < 0.03 else 1
        head = (
            pk, _uuid(own, 0), participation, COURSE, name, learner, key,
            hashlib.sha256(f"learner\0{learner}".encode()).hexdigest(), claims, own, _text(begun),
            _text(NOW) if retired else None, test,
        )  # fmt: skip
        entries, made = [], []
        for turn in range(claims):
            claim_pk += 1
            uuid, amount = _uuid(own, turn + 1), Decimal(chance.randrange(1, 9)) / 4
            kind = "credit_corrected" if turn else "credit_claimed"
            payload = f'{{"amount":"{amount}","claim":"{uuid}","system":"{system}"}}'
            entry = after["entryrow"] + claim_pk - after["claim"]
            entries.append((entry, turn + 1, kind, payload, _text(at), "0" * 64, own, pk, edition))
            made.append((
                claim_pk, uuid, system, amount, profession, f"{chance.choice(_GIVEN)} {chance.choice(_FAMILY)}",
                at.date(), _text(at), "America/New_York", _STATEMENT, own, _code(own, turn), _text(at),
                claim_pk - 1 if turn else None, "amount" if turn else "", own, pk, edition, entry,
            ))  # fmt: skip
        live = [
            (after["liveclaim"] + number, hashlib.sha256(f"{participation}{system}".encode()).hexdigest(), claim_pk)
        ]
        state = chance.choice(_STATES)
        owed = (
            after.get("delivery", 0) + number, _uuid(own, 9), f"claim:{uuid}", claim_pk, pk, edition, key, "", "pars",
            "cme", "add", 1, f"{uuid}@example.org", state, "" if state == "accepted" else "licence_unknown", "", 1, 0,
            _text(at), "", None, None, 1, _text(at), _text(at), _text(at) if state in ("accepted", "refused") else None,
        )  # fmt: skip
        yield [head], entries, made, live, [owed]


_COLUMNS = {
    "participation": "id uuid key course_key activity_id learner_id activity_key learner_key head_seq head_hash "
    "started_at sealed_at is_test",
    "entryrow": "id seq kind payload at prev hash participation_id edition_id",
    "claim": "id uuid system amount profession name_certified completed_on completed_at zone statement wording_sha "
    "certificate_code claimed_at replaces_id change hash participation_id edition_id entry_id",
    "liveclaim": "id key claim_id",
    "delivery": "id uuid subject claim_id participation_id edition_id activity_key order_key endpoint kind operation "
    "revision credit_id state reason detail attempts checks next_attempt_at lease_owner leased_at lease_until fence "
    "created_at sent_at settled_at",
}


def _insert(table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    from django.db import connection, transaction

    columns = _COLUMNS[table].split()
    names = ", ".join(map(connection.ops.quote_name, columns))
    marks = ", ".join(["%s"] * len(columns))
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "mysql":
            # Our rows agree with each other: what the server would look up for each of them is known.
            cursor.execute("SET SESSION foreign_key_checks = 0, unique_checks = 0")
        elif connection.vendor == "sqlite":
            rows = [tuple(str(one) if isinstance(one, Decimal) else one for one in row) for row in rows]
        sql = f"INSERT INTO cme_xblock_{table} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
        if connection.vendor == "postgresql":
            from psycopg2.extras import execute_values

            execute_values(cursor, sql.replace(f"({marks})", "%s"), rows, page_size=1000)
        else:
            cursor.executemany(sql, rows)


def _highest(table: str) -> int:
    from django.apps import apps
    from django.db.models import Max

    return apps.get_model("cme_xblock", table).objects.aggregate(most=Max("pk"))["most"] or 0


def _settle() -> None:
    """Let the database know what came past its own counters, and count anew what it plans with."""
    from django.apps import apps
    from django.core.management.color import no_style
    from django.db import connection

    models = [apps.get_model("cme_xblock", name) for name in _COLUMNS]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
        if connection.vendor == "mysql":
            cursor.execute("SET SESSION foreign_key_checks = 1, unique_checks = 1")
            cursor.execute("ANALYZE TABLE " + ", ".join(f"cme_xblock_{name}" for name in _COLUMNS))
            cursor.fetchall()
        else:
            cursor.execute("ANALYZE")


def _text(at: datetime) -> str:
    return f"{at.isoformat(timespec='microseconds')[:26]}Z"


def _uuid(sha: str, turn: int) -> str:
    return f"{sha[:8]}-{sha[8:12]}-4{sha[13:16]}-a{sha[17:20]}-{sha[20:31]}{turn}"


def _code(sha: str, turn: int) -> str:
    return f"{sha[:39]}{turn}"


def in_database(database: str, work: Callable[[], None]) -> None:
    """Do the work in a database that is made for it and dropped afterwards; sqlite, postgres or mariadb."""
    import os
    import warnings

    os.environ["CME_TEST_DATABASE"] = database
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    warnings.filterwarnings("ignore", category=UserWarning)
    import django
    from django.conf import settings

    # With it Django keeps the text of every query, which is more memory than what is measured.
    settings.DEBUG = False
    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    made = setup_databases(verbosity=0, interactive=False)
    try:
        work()
    finally:
        teardown_databases(made, verbosity=0)


def main() -> None:
    """Say how long it takes."""
    parser = argparse.ArgumentParser(description="A year of simulated claims.")
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--database", default="mariadb", choices=("sqlite", "postgres", "mariadb"))
    options = parser.parse_args()

    def work() -> None:
        begun = time.monotonic()
        fill(options.size, deliveries=True)
        print(f"{options.size} claims with deliveries: {time.monotonic() - begun:.1f} s")

    in_database(options.database, work)


if __name__ == "__main__":
    main()
