"""Taking a delivery, letting go of it, and finding those whose worker is gone: the three conditional updates.

Any number of workers may run. What keeps them apart is one UPDATE that names the state and the fence which the worker
saw: the database lets one of them through. Who comes back with an old fence changes nothing, however late. No database
lock is held while something is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import router
from django.db.models import F, Q

from cme_xblock.records import contention
from cme_xblock.records.models import Delivery, DeliveryAttempt
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import states
from cme_xblock.reporting.states import Action

LEASE_EXPIRED = "lease_expired"


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
    left: bool = False


def take(row: Delivery, *, owner: str, now: datetime, seconds: float) -> Lease | None:
    """Lease a due delivery, as it was read; None where another worker was faster or it is no longer due."""
    old = State(row.state)
    action = states.WORK[old]
    new = State.SENDING if action is Action.SEND else old
    if new is not old:
        states.require(old, new)
    until = now + timedelta(seconds=seconds)
    counted = {"attempts": F("attempts") + 1} if action is Action.SEND else {"checks": F("checks") + 1}
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    taken = Delivery.objects.filter(free, pk=row.pk, state=old, fence=row.fence, next_attempt_at__lte=now).update(
        state=new, lease_owner=owner, leased_at=now, lease_until=until, fence=F("fence") + 1, **counted
    )
    if taken != 1:
        return None
    return Lease(
        delivery=row,
        owner=owner,
        fence=row.fence + 1,
        state=new,
        action=action,
        since=now,
        until=until,
        attempts=row.attempts + (action is Action.SEND),
        checks=row.checks + (action is Action.ASK),
    )


def settle(lease: Lease, move: Move, *, now: datetime) -> bool:
    """Write what came of a lease and its line in the log, together; False where the lease was no longer ours.

    Raises states.IllegalMoveError for a move that the program must not make.
    """
    states.require(lease.state, move.state)
    attempts, checks = _counters(lease, move)
    values = {
        "state": move.state,
        "reason": move.reason,
        "detail": move.detail[:500],
        "attempts": attempts,
        "checks": checks,
        "next_attempt_at": move.next_at,
        "lease_owner": "",
        "leased_at": None,
        "lease_until": None,
        "settled_at": now if move.state in states.FINAL else None,
    }
    if move.left and lease.delivery.sent_at is None:
        values["sent_at"] = lease.since

    def work() -> bool:
        ours = Delivery.objects.filter(
            pk=lease.delivery.pk, state=lease.state, lease_owner=lease.owner, fence=lease.fence
        )
        if ours.update(**values) != 1:
            return False
        DeliveryAttempt(
            delivery=lease.delivery,
            number=lease.fence,
            action=lease.action,
            started_at=lease.since,
            ended_at=now,
            outcome=move.outcome or move.state,
            reason=move.reason,
            http_status=move.http_status,
            excerpt=move.excerpt[:500],
        ).save()
        return True

    return contention.run(work, using=router.db_for_write(Delivery))


def recover(*, now: datetime, settle_seconds: dict[str, float], limit: int) -> int:
    """Find sendings whose worker is gone, and make them `unknown`: they may have arrived. How many were found.

    `settle_seconds`: for each endpoint, how long "not there" is not to be believed. An endpoint that is no longer
    configured keeps its rows as they are.
    """
    rows = Delivery.objects.filter(state=State.SENDING, lease_until__lte=now, endpoint__in=settle_seconds)
    found = 0
    for row in list(rows.order_by("lease_until", "pk")[:limit]):
        next_at = now + timedelta(seconds=settle_seconds[row.endpoint])
        found += contention.run(lambda row=row, next_at=next_at: _lost(row, next_at, now), using=rows.db)
    return found


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
    if lease.action is Action.SEND and move.state is State.HELD:
        attempts -= 1
    return attempts, lease.checks if move.state is lease.state else 0
