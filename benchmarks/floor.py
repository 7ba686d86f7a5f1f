"""The least that any engine has to do with a database to keep its promises, written by hand, around the bare loop.

Every row is reserved, taken before it leaves, looked at once more right before its document leaves, settled with a line
in the log: the same statements on the same tables, as plain SQL, a hundred rows at a time. Nothing is gathered,
decrypted, made, checked or read in an answer. What is slower than this is the engine's own; what this is slower than
the bare loop, the promises cost whoever keeps them.
"""

# ruff: noqa: S608 - only our own names are put into the SQL
from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

# Seconds spent on each step since somebody cleared it, of this process alone.
SPENT: Counter[str] = Counter()

_TOGETHER = 100
_WHEN = "2026-11-22T12:00:00.000000Z"


def run(requests_made: Sequence[Any], pks: Sequence[int], purpose: str) -> list[Any]:
    """Post these, as the bare loop does, for so many deliveries. `purpose`: the consent that is looked for."""
    import requests

    with requests.Session() as session:
        for some, documents in _groups(requests_made, pks):
            _timed("reserved", lambda some=some: _mark(some, "state = state"))
            _timed("taken", lambda some=some: _mark(some, "state = 'sending'"))
            for rows, (method, url, headers, body) in documents:
                _timed("looked at", lambda rows=rows: _look(rows, purpose))
                answer = session.request(method, url, data=body, headers=headers, timeout=30)
                assert answer.status_code == 200, answer.status_code
            _timed("settled", lambda some=some: _settle(some))
    return list(requests_made)


def _timed(what: str, do: Callable[[], None]) -> None:
    begun = time.perf_counter()
    do()
    SPENT[what] += time.perf_counter() - begun


def _groups(requests_made: Sequence[Any], pks: Sequence[int]) -> Iterator[tuple[list[int], list[tuple[Any, Any]]]]:
    """About a hundred rows, with the documents in which they leave."""
    each = max(len(pks) // len(requests_made), 1)
    documents = max(_TOGETHER // each, 1)
    for begun in range(0, len(requests_made), documents):
        some = requests_made[begun : begun + documents]
        rows = [list(pks[number * each : (number + 1) * each]) for number in range(begun, begun + len(some))]
        yield [pk for one in rows for pk in one], list(zip(rows, some, strict=True))


def _mark(pks: Sequence[int], what: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE cme_xblock_delivery SET {what}, lease_owner = %s, lease_until = %s, fence = fence + 1 "
            f"WHERE id IN ({_places(pks)}) AND state IN ('accepted', 'sending')",
            ["floor", _WHEN, *pks],
        )


def _look(pks: Sequence[int], purpose: str) -> None:
    from cme_xblock.records.models import Delivery
    from cme_xblock.reporting import last_look

    rows = list(Delivery.objects.filter(pk__in=pks).only("uuid")) if len(pks) > 1 else [_Named(pks[0])]
    last_look.rows(rows, purpose)


class _Named:
    """One row by what the look knows it by."""

    uuids: dict[int, str] = {}

    def __init__(self, pk: int) -> None:
        self.pk, self.uuid = pk, self.uuids[pk]


def prepare(pks: Sequence[int]) -> None:
    """Look up by which names the rows are looked at; not part of what is measured."""
    from cme_xblock.records.models import Delivery

    _Named.uuids = dict(Delivery.objects.filter(pk__in=pks).values_list("pk", "uuid"))


def _settle(pks: Sequence[int]) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cme_xblock_delivery SET state = 'accepted', lease_owner = '', lease_until = NULL, settled_at = %s, "
            f"next_attempt_at = %s WHERE id IN ({_places(pks)}) AND lease_owner = 'floor'",
            [_WHEN, _WHEN, *pks],
        )
        each = "(%s, 9000000, 'send', %s, %s, 'accepted', '', 200, %s, '', 1, %s, 1000, %s, %s)"
        values = [value for pk in pks for value in (pk, _WHEN, _WHEN, "x" * 200, "y" * 500, "0" * 64, "1" * 64)]
        cursor.execute(
            "INSERT INTO cme_xblock_deliveryattempt (delivery_id, number, action, started_at, ended_at, outcome, "
            "reason, http_status, excerpt, batch, batch_size, request, request_bytes, request_hash, answer_hash) "
            f"VALUES {', '.join([each] * len(pks))}",
            values,
        )


def _places(pks: Sequence[int]) -> str:
    return ", ".join(["%s"] * len(pks))
