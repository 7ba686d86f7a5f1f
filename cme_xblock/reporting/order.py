"""One after another: what may leave now, what waits its turn, and what has nothing left to do.

Rows of one endpoint with the same `order_key` are about the same thing: the credits of one participation in one system,
the entries of one ledger, one activity. They leave in the order in which they were owed, which is that of their primary
keys, for they are written under the lock of their participation.

What an earlier row's end means for a later one:

- accepted, cancelled: the later one goes.
- refused or dead, an addition: the later one goes, for nothing is there that it could double. If the later one is its
  deletion, that is cancelled: there is nothing to delete.
- refused or dead, a deletion: a later addition is held, for the receiver would have the credit twice. A person replays
  the deletion, or does it by hand and cancels it; then the addition goes.
- open in any way, held too: the later one waits, without being looked at again and again; whoever settles the earlier
  one wakes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import Operation, State
from cme_xblock.reporting import states
from cme_xblock.reporting.endpoints.base import Problem
from cme_xblock.reporting.leases import patiently

__all__ = ["IN_TURN", "NOTHING_THERE", "NOT_TAKEN_BACK", "park", "verdicts", "wake"]

IN_TURN = "in_turn"
NOTHING_THERE = "nothing_there"
NOT_TAKEN_BACK = Problem(
    "not_taken_back",
    "An earlier report of this credit could not be taken back: replay that deletion, or do it by hand and cancel it.",
)
WAIT, GO = "wait", "go"

# Whoever settles the earlier row wakes the later one; this is for a worker that was killed in between.
_LOOK_AGAIN = timedelta(hours=1)


def verdicts(rows: Sequence[Delivery], endpoint: str) -> Mapping[int, str | Problem]:
    """For each row by primary key GO, WAIT, NOTHING_THERE, or what it is held for. One query, two with a deletion."""
    keys = {row.order_key for row in rows if row.order_key}
    if not keys:
        return {row.pk: GO for row in rows}
    stuck = Q(operation=Operation.DELETE, state__in=(State.REFUSED, State.DEAD))
    around = Delivery.objects.filter(
        Q(state__in=list(states.OPEN)) | stuck, endpoint=endpoint, order_key__in=keys
    ).values_list("order_key", "pk", "state")
    earliest: dict[str, int] = {}
    stopped: dict[str, int] = {}
    for key, pk, state in around:
        least = earliest if state in states.OPEN else stopped
        least[key] = min(pk, least.get(key, pk))
    gone = _gone(rows, endpoint)
    return {row.pk: _verdict(row, earliest, stopped, gone) for row in rows}


def park(rows: Iterable[Delivery], *, endpoint: str, owner: str, now: datetime) -> None:
    """Let these wait until they are woken, and free them of this worker's reservation."""
    mine = Delivery.objects.filter(pk__in=[row.pk for row in rows], state=State.READY, lease_owner=owner)
    values = {"reason": IN_TURN, "next_attempt_at": now + _LOOK_AGAIN, "lease_owner": "", "leased_at": None}
    patiently(lambda: mine.update(**values, lease_until=None))
    # Whoever settled the earlier row before this was written has woken nobody, so look once more after it is written.
    again = verdicts(list(rows), endpoint)
    ready = [row.order_key for row in rows if again[row.pk] != WAIT]
    wake(endpoint, ready, now=now)


def wake(endpoint: str, order_keys: Iterable[str], *, now: datetime) -> int:
    """Make what waits in these orders due. Call it after the transaction that settled an earlier row."""
    keys = {key for key in order_keys if key}
    if not keys:
        return 0
    parked = Q(state=State.READY, reason=IN_TURN) | Q(state=State.HELD, reason=NOT_TAKEN_BACK.code)
    waiting = Delivery.objects.filter(parked, endpoint=endpoint, order_key__in=keys)
    return patiently(lambda: waiting.update(next_attempt_at=now))


def _verdict(
    row: Delivery, earliest: Mapping[str, int], stopped: Mapping[str, int], gone: set[tuple[str, str, int]]
) -> str | Problem:
    if earliest.get(row.order_key, row.pk) < row.pk:
        return WAIT
    if row.operation == Operation.DELETE and (row.subject, row.kind, row.revision) in gone:
        return NOTHING_THERE
    if row.operation == Operation.ADD and stopped.get(row.order_key, row.pk) < row.pk:
        return NOT_TAKEN_BACK
    return GO


def _gone(rows: Iterable[Delivery], endpoint: str) -> set[tuple[str, str, int]]:
    """The additions that these deletions are about, as far as they certainly are not at the receiver."""
    subjects = [row.subject for row in rows if row.operation == Operation.DELETE and row.claim_id is not None]
    if not subjects:
        return set()
    there = Delivery.objects.filter(
        endpoint=endpoint,
        subject__in=subjects,
        operation=Operation.ADD,
        state__in=(State.REFUSED, State.DEAD, State.CANCELLED),
    )
    return set(there.values_list("subject", "kind", "revision"))
