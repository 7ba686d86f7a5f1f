"""Reserving deliveries, taking them, letting go of them, and finding those whose worker is gone: conditional updates.

Any number of workers may run. A worker reserves some due rows, which keeps others off them and says nothing about
sending: when it is killed, they are due again as they were. Right before something leaves, it takes them: from there on
they may have been sent. What keeps workers apart is one UPDATE that names the state, the owner and the fence which the
worker saw: the database lets one of them through. Who comes back with an old fence changes nothing, however late. No
database lock is held while something is sent.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import OperationalError, connections, router
from django.db.models import F, Q

from cme_xblock.records import contention
from cme_xblock.records.models import Delivery, DeliveryAttempt
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import facts, states
from cme_xblock.reporting.states import Action

_TRIES, _PAUSE = 5, 0.02

LEASE_EXPIRED = "lease_expired"
LEASE_SHORT = "lease_short"
NOT_NOW = "not_now"
PAUSED = "paused"
# Taken, and then not sent after all: no attempt.
_NOT_SENT = (LEASE_SHORT, NOT_NOW, PAUSED)


@dataclass(frozen=True)
class Lease:
    """The right to work on one delivery until `until`, as long as nobody else got a higher fence."""

    delivery: Delivery
    owner: str
    fence: int
    state: State
    action: Action
    since: datetime
    until: datetime
    attempts: int
    checks: int


@dataclass(frozen=True)
class Sent:
    """What left, as the log keeps it: `batch` is the same for all that left together, `request` is redacted."""

    batch: str = ""
    batch_size: int = 1
    request: str = ""
    request_bytes: int = 0
    request_hash: str = ""


@dataclass(frozen=True)
class Move:
    """Where a delivery goes after a lease, and what the log keeps of it.

    `next_at`: when to look again. `left`: whether anything identified left this machine, or may have.
    """

    state: State
    next_at: datetime
    reason: str = ""
    detail: str = ""
    outcome: str = ""
    http_status: int | None = None
    excerpt: str = ""
    answer_hash: str = ""
    left: bool = False
    sent: Sent = field(default_factory=Sent)


def reserve(endpoint: str, state: State, *, owner: str, now: datetime, seconds: float, limit: int) -> list[Delivery]:
    """Due rows of that endpoint and state, the longest due first, kept from all other workers for so many seconds.

    They come with what `facts.RELATED` names. Costs the same however many rows are settled.
    """
    using = router.db_for_write(Delivery)
    until = now + timedelta(seconds=seconds)

    def work() -> list[int]:
        due = Delivery.objects.using(using).filter(_free(now), endpoint=endpoint, state=state, next_attempt_at__lte=now)
        due = due.order_by("next_attempt_at", "pk")
        if connections[using].features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        found = list(due.values_list("pk", flat=True)[:limit])
        if found:
            Delivery.objects.filter(_free(now), pk__in=found, state=state).update(
                lease_owner=owner, leased_at=now, lease_until=until, fence=F("fence") + 1
            )
        return found

    found = contention.run(work, using=using)
    if not found:
        return []
    mine = Delivery.objects.filter(pk__in=found, state=state, lease_owner=owner, leased_at=now)
    mine = mine.select_related(*facts.RELATED).defer("edition__canonical")
    return list(mine.order_by("next_attempt_at", "pk"))


def reserved(row: Delivery, *, owner: str) -> Lease:
    """The lease that a reservation is, for a row that is settled without being sent."""
    state = State(row.state)
    since, until = row.leased_at or row.created_at, row.lease_until or row.created_at
    return Lease(row, owner, row.fence, state, states.WORK[state], since, until, row.attempts, row.checks)


def take(row: Delivery, *, owner: str, now: datetime, seconds: float) -> Lease | None:
    """Lease a due delivery, as it was read; None where another worker was faster or it is no longer due."""
    taken = Delivery.objects.filter(
        _free(now) | Q(lease_owner=owner), pk=row.pk, state=row.state, fence=row.fence, next_attempt_at__lte=now
    )
    values = _taken(State(row.state), owner, now, seconds)
    return _lease(row, owner, now, seconds) if patiently(lambda: taken.update(**values)) == 1 else None


def seize(row: Delivery, *, owner: str, now: datetime, seconds: float) -> Lease | None:
    """As `take` of one that is asked about, whenever it is due: for an answer that came by itself."""
    if states.WORK.get(State(row.state)) is not Action.ASK:
        return None
    free = Delivery.objects.filter(_free(now), pk=row.pk, state=row.state, fence=row.fence)
    values = _taken(State(row.state), owner, now, seconds)
    return _lease(row, owner, now, seconds) if patiently(lambda: free.update(**values)) == 1 else None


def take_all(rows: Sequence[Delivery], *, owner: str, now: datetime, seconds: float) -> list[Lease]:
    """Lease rows that this worker has reserved, all of one state; those that it no longer has are left out."""
    state = State(rows[0].state)
    if len(rows) == 1:
        lease = take(rows[0], owner=owner, now=now, seconds=seconds)
        return [lease] if lease else []
    mine = Delivery.objects.filter(pk__in=[row.pk for row in rows], state=state, lease_owner=owner)
    values = _taken(state, owner, now, seconds)
    if patiently(lambda: mine.filter(lease_until__gt=now).update(**values)) == len(rows):
        return [_lease(row, owner, now, seconds) for row in rows]
    there = Delivery.objects.filter(pk__in=[row.pk for row in rows], lease_owner=owner, leased_at=now)
    fences = dict(there.filter(state=values["state"]).values_list("pk", "fence"))
    return [_lease(row, owner, now, seconds) for row in rows if fences.get(row.pk) == row.fence + 1]


def renew(leases: Sequence[Lease], *, now: datetime, seconds: float) -> list[Lease] | None:
    """Hold these longer, and give them as they are then; None where not all of them are this worker's any more."""
    until = now + timedelta(seconds=seconds)
    mine = Delivery.objects.filter(
        pk__in=[one.delivery.pk for one in leases], state=leases[0].state, lease_owner=leases[0].owner
    )
    if patiently(lambda: mine.filter(lease_until__gt=now).update(lease_until=until)) != len(leases):
        return None
    return [replace(one, until=until) for one in leases]


def let_go(rows: Iterable[Delivery], *, owner: str) -> None:
    """Give reserved rows back as they were. What was taken meanwhile is no longer reserved and stays."""
    pks = [row.pk for row in rows]
    mine = Delivery.objects.filter(pk__in=pks, state__in=list(states.WORK), lease_owner=owner)
    if pks:
        patiently(lambda: mine.update(lease_owner="", leased_at=None, lease_until=None))


def settle(lease: Lease, move: Move, *, now: datetime) -> bool:
    """Write what came of a lease and its line in the log, together; False where the lease was no longer ours.

    Raises states.IllegalMoveError for a move that the program must not make.
    """
    states.require(lease.state, move.state)

    def work() -> bool:
        ours = Delivery.objects.filter(
            pk=lease.delivery.pk, state=lease.state, lease_owner=lease.owner, fence=lease.fence
        )
        if ours.update(**_values(lease, move, now)) != 1:
            return False
        _attempt(lease, move, now).save()
        return True

    return contention.run(work, using=router.db_for_write(Delivery))


def settle_all(pairs: Sequence[tuple[Lease, Move]], *, now: datetime) -> list[bool]:
    """As `settle` for each, in one transaction where all leases are still ours; which ones were written, in order."""
    if len(pairs) == 1:
        return [settle(*pairs[0], now=now)]
    for lease, move in pairs:
        states.require(lease.state, move.state)
    alike: dict[tuple[Any, ...], list[Lease]] = {}
    values: dict[tuple[Any, ...], dict[str, Any]] = {}
    for lease, move in pairs:
        new = _values(lease, move, now)
        group = (lease.state, lease.fence, lease.owner, *sorted(new.items()))
        alike.setdefault(group, []).append(lease)
        values[group] = new

    def work() -> None:
        for group, leases in alike.items():
            state, fence, owner = group[:3]
            ours = Delivery.objects.filter(
                pk__in=[one.delivery.pk for one in leases], state=state, lease_owner=owner, fence=fence
            )
            if ours.update(**values[group]) != len(leases):
                raise _NotAllOursError
        DeliveryAttempt.objects.bulk_create(_attempt(lease, move, now) for lease, move in pairs)

    try:
        contention.run(work, using=router.db_for_write(Delivery))
    except _NotAllOursError:
        return [settle(lease, move, now=now) for lease, move in pairs]
    return [True] * len(pairs)


def recover(*, now: datetime, patience: Mapping[str, datetime], limit: int) -> int:
    """Find sendings whose worker is gone, and make them `unknown`: they may have arrived. How many were found.

    `patience`: for each endpoint, when to look at such a row again. An endpoint that is no longer configured keeps its
    rows as they are.
    """
    rows = Delivery.objects.filter(state=State.SENDING, lease_until__lte=now, endpoint__in=patience)
    found = 0
    for row in list(rows.order_by("lease_until", "pk")[:limit]):
        found += contention.run(partial(_lost, row, patience[row.endpoint], now), using=rows.db)
    return found


def patiently(update: Callable[[], int]) -> int:
    """One update outside a transaction, again where it met another worker's: a database may throw either one out."""
    for _ in range(_TRIES - 1):
        try:
            return update()
        except OperationalError as error:
            if not contention.is_contention(error):
                raise
            time.sleep(random.uniform(0, _PAUSE))  # noqa: S311 - no secret
    return update()


class _NotAllOursError(Exception):
    """Some lease of a batch ran out; settle one by one."""


def _free(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lte=now)


def _taken(state: State, owner: str, now: datetime, seconds: float) -> dict[str, Any]:
    """The columns of a row that is taken."""
    action = states.WORK[state]
    new = State.SENDING if action is Action.SEND else state
    if new is not state:
        states.require(state, new)
    counted = {"attempts": F("attempts") + 1} if action is Action.SEND else {"checks": F("checks") + 1}
    until = now + timedelta(seconds=seconds)
    return {
        "state": new, "lease_owner": owner, "leased_at": now, "lease_until": until, "fence": F("fence") + 1, **counted
    }  # fmt: skip


def _lease(row: Delivery, owner: str, now: datetime, seconds: float) -> Lease:
    old = State(row.state)
    action = states.WORK[old]
    return Lease(
        delivery=row,
        owner=owner,
        fence=row.fence + 1,
        state=State.SENDING if action is Action.SEND else old,
        action=action,
        since=now,
        until=now + timedelta(seconds=seconds),
        attempts=row.attempts + (action is Action.SEND),
        checks=row.checks + (action is Action.ASK),
    )


def _values(lease: Lease, move: Move, now: datetime) -> dict[str, Any]:
    attempts, checks = _counters(lease, move)
    values: dict[str, Any] = {
        "state": move.state,
        "reason": move.reason,
        "detail": move.detail[:500],
        "attempts": attempts,
        "checks": checks,
        # Nobody looks at a final row again; the same instant for all lets them be written by one statement.
        "next_attempt_at": now if move.state in states.FINAL else move.next_at,
        "lease_owner": "",
        "leased_at": None,
        "lease_until": None,
        "settled_at": now if move.state in states.FINAL else None,
    }
    if move.left and lease.delivery.sent_at is None:
        values["sent_at"] = lease.since
    return values


def _attempt(lease: Lease, move: Move, now: datetime) -> DeliveryAttempt:
    return DeliveryAttempt(
        delivery=lease.delivery,
        number=lease.fence,
        action=lease.action,
        started_at=lease.since,
        ended_at=now,
        outcome=move.outcome or move.state,
        reason=move.reason,
        http_status=move.http_status,
        excerpt=move.excerpt[:500],
        answer_hash=move.answer_hash,
        batch=move.sent.batch,
        batch_size=move.sent.batch_size,
        request=move.sent.request[:500],
        request_bytes=move.sent.request_bytes,
        request_hash=move.sent.request_hash,
    )


def _lost(row: Delivery, next_at: datetime, now: datetime) -> int:
    states.require(State.SENDING, State.UNKNOWN)
    lost = Delivery.objects.filter(pk=row.pk, state=State.SENDING, fence=row.fence, lease_until__lte=now)
    changed = lost.update(
        state=State.UNKNOWN,
        reason=LEASE_EXPIRED,
        detail="",
        checks=0,
        next_attempt_at=next_at,
        lease_owner="",
        leased_at=None,
        lease_until=None,
        sent_at=row.sent_at or row.leased_at,
    )
    if changed:
        DeliveryAttempt(
            delivery=row,
            number=row.fence,
            action=Action.SEND,
            started_at=row.leased_at or now,
            ended_at=now,
            outcome=LEASE_EXPIRED,
            reason=LEASE_EXPIRED,
        ).save()
    return changed


def _counters(lease: Lease, move: Move) -> tuple[int, int]:
    """Attempts and checks after the move: what never left was no attempt, and a new state starts its checks anew."""
    attempts = lease.attempts
    stopped = move.state is State.HELD or move.reason in _NOT_SENT
    if lease.state is State.SENDING and stopped:
        attempts -= 1
    return attempts, lease.checks if move.state is lease.state else 0
