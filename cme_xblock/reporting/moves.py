"""What an outcome does to a delivery: where it goes, and when somebody looks again. PURE but for the row types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import schedule
from cme_xblock.reporting.endpoints.base import Endpoint, EndpointConfig, Outcome, Problem, Result
from cme_xblock.reporting.leases import LEASE_EXPIRED, Lease, Move, Sent
from cme_xblock.reporting.releasing import NEVER, look_again
from cme_xblock.reporting.states import Action

LOOK_THERE = "It may have arrived, and the receiver can't be asked: look there, then replay or cancel this delivery."

# What has arrived, or may have; of files there is no status of HTTP.
_RECEIPT_WITHIN = timedelta(days=5)
READ_IT_IN = "The receiver decides later, and can't be asked: when its receipt is there, read it in (cme_receipts)."
_LEFT = (Result.UNKNOWN, Result.PENDING, Result.ACCEPTED)
_FINAL = {Result.ACCEPTED: State.ACCEPTED, Result.REFUSED: State.REFUSED}


def after(
    outcome: Outcome,
    lease: Lease,
    endpoint: Endpoint,
    *,
    now: datetime,
    chance: Callable[[], float],
    sent: Sent | None = None,
) -> Move:
    """Where the delivery goes after this outcome of a sending or a question."""
    patience = schedule.retry_after(outcome.retry_after, now=now) if outcome.retry_after else None
    state, wait, reason = _next(outcome, lease, endpoint.config, chance)
    next_at, detail = now + max(wait, patience or timedelta()), outcome.detail
    if state is State.UNKNOWN and not can_go_on(endpoint):
        next_at, detail = NEVER, outcome.detail or LOOK_THERE
    if state is State.PENDING and not endpoint.capabilities().readback:
        # Nobody asks about it; when its receipt does not come either, it may have arrived or not.
        next_at, detail, reason = now + _RECEIPT_WITHIN, outcome.detail or READ_IT_IN, outcome.reason
    return Move(
        state=state,
        next_at=next_at,
        reason=reason,
        detail=detail,
        outcome=outcome.result,
        http_status=outcome.http_status,
        excerpt=outcome.excerpt,
        answer_hash=outcome.answer_hash,
        left=lease.action is Action.SEND and (outcome.http_status is not None or outcome.result in _LEFT),
        sent=sent or Sent(),
    )


def on_problem(problem: Problem, *, now: datetime) -> Move:
    """Where a delivery goes that can't be sent as it is: held while waiting helps, refused where it does not."""
    if problem.hold:
        return Move(State.HELD, look_again(problem, now), problem.code, problem.detail)
    return Move(State.REFUSED, now, problem.code, problem.detail)


def can_go_on(endpoint: Endpoint) -> bool:
    """Whether the program itself finds a way on from "it may have arrived"."""
    capabilities = endpoint.capabilities()
    return capabilities.readback or capabilities.idempotent


def patience(endpoint: Endpoint, *, now: datetime) -> datetime:
    """When to look again at a row that may have arrived: "not there" is not to be believed at once."""
    return now + timedelta(seconds=endpoint.config.settle_seconds) if can_go_on(endpoint) else NEVER


def _next(
    outcome: Outcome, lease: Lease, config: EndpointConfig, chance: Callable[[], float]
) -> tuple[State, timedelta, str]:
    result = outcome.result
    asking = config.ask_waits or schedule.ASKING
    if result in _FINAL:
        return _FINAL[result], timedelta(), outcome.reason
    if result is Result.PENDING:
        checks = lease.checks if lease.state is State.PENDING else 0
        return State.PENDING, schedule.wait(asking, checks + 1, chance=chance), ""
    if lease.action is Action.SEND and result is Result.RETRY:
        return _again(outcome.reason, lease, config, chance)
    if lease.action is Action.SEND or (result is Result.NOT_FOUND and lease.state is State.PENDING):
        reason = "vanished" if result is Result.NOT_FOUND else outcome.reason
        return State.UNKNOWN, timedelta(seconds=config.settle_seconds), reason
    if result is Result.NOT_FOUND:
        return _again(lease.delivery.reason, lease, config, chance)
    return lease.state, schedule.wait(asking, lease.checks, chance=chance), outcome.reason or lease.delivery.reason


def _again(
    reason: str, lease: Lease, config: EndpointConfig, chance: Callable[[], float]
) -> tuple[State, timedelta, str]:
    """It certainly is not there: send it again, by and by, or give it up."""
    if lease.attempts >= config.send_attempts:
        return State.DEAD, timedelta(), reason
    if reason == LEASE_EXPIRED:  # the fault was ours, not the receiver's: no need to be patient with it
        return State.READY, timedelta(), reason
    return State.READY, schedule.wait(config.send_waits or schedule.SENDING, lease.attempts, chance=chance), reason
