"""What a person may decide about deliveries and endpoints: pause, resume, hold, replay, cancel.

Each takes who decides and why, and leaves a row that says so. None of them touches what a worker has in hand: what may
be on its way at this moment is followed to its end first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import router, transaction
from django.db.models import Max

from cme_xblock.records.models import Delivery, DeliveryDecision, EndpointControl
from cme_xblock.records.models.delivery import Decided, Operation, State
from cme_xblock.reporting import config, facts, order, outbox, states
from cme_xblock.reporting.endpoints.base import Endpoint
from cme_xblock.reporting.releasing import BY_HAND, NEVER, release_held, same

__all__ = ["NotPossible", "cancel", "hold", "pause", "paused", "release", "replay", "resume"]

_BY_HAND = BY_HAND[0]


class NotPossible(RuntimeError):  # noqa: N818 - says what is the case
    """The delivery is not in a state in which that can be decided; the message says which, and what to do."""


def paused(names: Iterable[str]) -> set[str]:
    """Which of these endpoints are paused. One query."""
    return set(EndpointControl.objects.filter(endpoint__in=list(names), paused=True).values_list("endpoint", flat=True))


def pause(endpoint: str, *, by: str, reason: str, now: datetime) -> None:
    """Send nothing more to that endpoint, from this moment, in every worker. What is owed goes on being owed.

    `by`: who answers for it; `reason`: why, for whoever finds it paused. Raises ValueError without either, and for an
    endpoint that is not configured.
    """
    _switch(endpoint, Decided.PAUSE, by=by, reason=reason, now=now)


def resume(endpoint: str, *, by: str, reason: str, now: datetime) -> None:
    """Let that endpoint go on. Arguments and errors as of `pause`."""
    _switch(endpoint, Decided.RESUME, by=by, reason=reason, now=now)


def hold(uuid: str, *, by: str, reason: str, now: datetime) -> Delivery:
    """Keep this one from being sent until `release`. Raises NotPossible unless it is held or ready."""

    def work(row: Delivery) -> Delivery:
        _need(row, (State.HELD, State.READY), "only what has not left can be held")
        return _move(row, State.HELD, reason=_BY_HAND, next_attempt_at=NEVER, now=now)

    return _decided(uuid, Decided.HOLD, work, by=by, reason=reason, now=now)


def release(uuid: str, *, by: str, reason: str, now: datetime) -> Delivery:
    """Let one go on that a person holds. Raises NotPossible for any other."""

    def work(row: Delivery) -> Delivery:
        if row.state != State.HELD or row.reason != _BY_HAND:
            raise NotPossible(f"Delivery {row.uuid} is not held by a person: there is nothing to resume.")
        return _move(row, State.HELD, reason="resend", next_attempt_at=now, now=now)

    return _released(_decided(uuid, Decided.RESUME, work, by=by, reason=reason, now=now), now=now)


def replay(uuid: str, *, by: str, reason: str, now: datetime, missing: bool = False) -> Delivery:
    """Send once more what was refused, given up or cancelled; gives the row that will be sent.

    What was given up certainly is not at the receiver, so it goes out under its own key. A credit that was refused
    stays as it is, and a new revision with a new key is owed, for PARS may not take a CreditID twice (spec pars 1.6);
    elsewhere, and for a deletion, the same row goes once more. What may have arrived, at a receiver that can't be
    asked, is sent again too: whoever decides that has looked there. `missing`: it was accepted, and `dryrun.audit`, or
    the receiver's own staff, says that it is not there any more. Raises NotPossible, Delivery.DoesNotExist.
    """

    def work(row: Delivery) -> Delivery:
        endpoint = config.endpoints().get(row.endpoint)
        if endpoint is None:
            raise NotPossible(f"Endpoint {row.endpoint} is not configured: put it back into CME_ENDPOINTS first.")
        return _again(row, endpoint, missing=missing, now=now)

    return _released(_decided(uuid, Decided.REPLAY, work, by=by, reason=reason, now=now), now=now)


def cancel(uuid: str, *, by: str, reason: str, now: datetime) -> Delivery:
    """Leave this one alone for good, for example because it was done by hand. What waited for it goes on.

    Raises NotPossible for what a worker has in hand, what was accepted, and what the receiver may still accept.
    """

    def work(row: Delivery) -> Delivery:
        wanted = (State.HELD, State.READY, State.REFUSED, State.DEAD, State.UNKNOWN)
        _need(row, wanted, "only what is not under way can be cancelled")
        return _move(row, State.CANCELLED, reason=_BY_HAND, settled_at=now, now=now)

    row = _decided(uuid, Decided.CANCEL, work, by=by, reason=reason, now=now)
    order.wake(row.endpoint, [row.order_key], now=now)
    return row


def _switch(endpoint: str, action: Decided, *, by: str, reason: str, now: datetime) -> None:
    _answerable(by, reason)
    if endpoint not in config.endpoints():
        raise ValueError(f"There is no endpoint {endpoint}: see CME_ENDPOINTS for the names.")
    with transaction.atomic(using=router.db_for_write(EndpointControl)):
        EndpointControl.objects.update_or_create(
            endpoint=endpoint,
            defaults={"paused": action == Decided.PAUSE, "reason": reason, "by": by, "at": now},
        )
        DeliveryDecision(endpoint=endpoint, action=action, by=by, reason=reason, at=now).save()


def _decided(
    uuid: str, action: Decided, work: Callable[[Delivery], Delivery], *, by: str, reason: str, now: datetime
) -> Delivery:
    """Do it and write down who wanted it, together."""
    _answerable(by, reason)
    with transaction.atomic(using=router.db_for_write(Delivery)):
        rows = Delivery.objects.select_for_update().order_by()
        row = rows.get(uuid=uuid)
        before = row.state
        result = work(row)
        DeliveryDecision(
            delivery=row, endpoint=row.endpoint, action=action, by=by, reason=reason, before=before, at=now
        ).save()
    return result


def _answerable(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise ValueError("A decision needs who takes it and why: give both.")
    if len(by) > 255 or len(reason) > 500:
        raise ValueError("A name has at most 255 characters, a reason at most 500.")


def _need(row: Delivery, wanted: Iterable[State], rule: str) -> None:
    if row.state not in tuple(wanted) or row.lease_until is not None:
        raise NotPossible(f"Delivery {row.uuid} is {row.state}: {rule}. Look again when it is settled.")


def _move(row: Delivery, state: State, *, now: datetime, **values: object) -> Delivery:
    if state != row.state:
        states.require(State(row.state), state)
    same(row).update(state=state, detail="", **values)
    return Delivery.objects.select_related(*facts.RELATED).get(pk=row.pk)


def _again(row: Delivery, endpoint: Endpoint, *, missing: bool, now: datetime) -> Delivery:
    wanted = {State.REFUSED, State.DEAD, State.CANCELLED}
    if not endpoint.capabilities().readback:
        wanted.add(State.UNKNOWN)
    if missing:
        wanted = {State.ACCEPTED}
    _need(row, wanted, "it can't be sent again from there")
    family = Delivery.objects.filter(endpoint=row.endpoint, subject=row.subject, kind=row.kind, operation=row.operation)
    if row.revision != family.aggregate(Max("revision"))["revision__max"]:
        raise NotPossible(f"Delivery {row.uuid} was sent anew before: decide about its last revision.")
    if row.reason == outbox.RETRACTED:
        raise NotPossible(f"Delivery {row.uuid} was taken back by a correction: what is owed now is another delivery.")
    anew = row.state == State.REFUSED and row.claim_id is not None and row.operation == Operation.ADD
    if anew and not endpoint.capabilities().idempotent:
        new = outbox.of_revision(row, endpoint, row.revision + 1, now=now)
        new.save(force_insert=True)
        return new
    values = {"reason": "resend", "attempts": 0, "checks": 0, "settled_at": None, "next_attempt_at": now}
    if row.state == State.UNKNOWN:
        return _move(row, State.READY, now=now, **values)
    return _move(row, State.HELD, now=now, **values)


def _released(row: Delivery, *, now: datetime) -> Delivery:
    """The row after a look at whether it has all it needs."""
    if row.state == State.HELD:
        release_held(now=now, deliveries=[row.pk])
    row.refresh_from_db()
    return row
