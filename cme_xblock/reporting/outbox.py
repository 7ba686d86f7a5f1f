"""What is owed, written down: in the claim's own transaction, so that there is no credit without its letter.

The outbox decides nothing about sending. A row starts as `ready`, or as `held` with the reason; `release_held` looks
again when a fact has arrived: a consent, an identity, an activity number, a setting.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import router, transaction
from django.db.models import Max, QuerySet

from cme_xblock.records import keys
from cme_xblock.records.models import Claim, Delivery
from cme_xblock.records.models.delivery import Operation, State
from cme_xblock.reporting import config, facts, states
from cme_xblock.reporting.endpoints.base import Endpoint, Problem

__all__ = ["NEVER", "NotResendable", "owe", "release_held", "resend"]

log = logging.getLogger(__name__)

# A consent comes through our own pages, which release at once; anything else may change without our noticing.
_LOOK_AGAIN = timedelta(hours=1)
_LOOK_AGAIN_CONSENT = timedelta(hours=24)
# For what no fact will ever release.
NEVER = datetime.max.replace(tzinfo=UTC)


class NotResendable(RuntimeError):  # noqa: N818 - says what is the case
    """Only a refused or given-up delivery can be sent anew, and only its last revision."""


def owe(claim: Claim, *, now: datetime) -> list[Delivery]:
    """Write what this claim owes to which endpoint, and give the rows. Call it in the claim's transaction.

    `now`: an aware datetime. Calling it again changes nothing and gives the same rows. A disabled endpoint is owed as
    any other; it only has to wait. Raises ImproperlyConfigured for a wrong setting, for a credit that nobody owes would
    never be seen again.
    """
    wanted = [one for one in config.endpoints().values() if one.wants(claim.system, claim.profession)]
    if not wanted:
        return []
    with transaction.atomic(using=router.db_for_write(Delivery)):
        there = {(row.endpoint, row.kind): row for row in claim.deliveries.filter(operation=Operation.ADD, revision=1)}
        new = [
            _owed(claim, one, now=now) for one in wanted if (one.config.name, one.kind_of(claim.system)) not in there
        ]
        if new:
            # One by one: not every database gives back the primary keys of a bulk insert, and there are one or two.
            for row in new:
                row.save(force_insert=True)
    return [*there.values(), *new]


def release_held(
    *,
    now: datetime,
    learner_key: str = "",
    claims: Iterable[int] | None = None,
    due_only: bool = False,
    limit: int = 500,
) -> int:
    """Look at held rows again and make those ready that have all they need; how many became ready.

    Call it with `learner_key` (keys.learner_key) or `claims` (primary keys) when facts of theirs arrived; the engine
    calls it for rows whose time has come (`due_only`). Rows that stay held get the reason of today.
    """
    rows = Delivery.objects.filter(state=State.HELD)
    if learner_key:
        rows = rows.filter(claim__participation__learner_key=learner_key)
    if claims is not None:
        rows = rows.filter(claim_id__in=list(claims))
    if due_only:
        rows = rows.filter(next_attempt_at__lte=now)
    known = config.endpoints()
    rows = rows.filter(endpoint__in=known).select_related("claim__participation", "claim__edition")
    rows = rows.defer("claim__edition__canonical").order_by("next_attempt_at", "pk")
    released = 0
    for row in list(rows[:limit]):
        try:
            with transaction.atomic(using=router.db_for_write(Delivery)):
                released += _release(row, known[row.endpoint], now=now)
        except Exception:
            # One claim whose edition is damaged must not keep the others from being sent.
            log.exception("Delivery %s could not be looked at; it stays held.", row.uuid)
            _still_held(row, Problem("program_error", "The program failed on this row; see its log."), now=now)
    return released


def resend(delivery_uuid: str, *, now: datetime) -> Delivery:
    """A person's decision to send once more what was refused or given up; gives the row that will be sent.

    What was given up certainly is not at the receiver, so it goes out under its own CreditID. What the receiver refused
    stays as it is, and a new revision with a new CreditID is owed, for PARS may not take a CreditID twice (spec pars
    1.6). Raises NotResendable, and Delivery.DoesNotExist.
    """
    with transaction.atomic(using=router.db_for_write(Delivery)):
        row = Delivery.objects.select_related("claim__participation", "claim__edition").get(uuid=delivery_uuid)
        last = Delivery.objects.filter(
            claim=row.claim_id, endpoint=row.endpoint, kind=row.kind, operation=row.operation
        ).aggregate(Max("revision"))["revision__max"]
        if row.state not in (State.REFUSED, State.DEAD) or row.revision != last:
            raise NotResendable(f"Delivery {row.uuid} is {row.state}: only the last refused or dead one is sent anew.")
        if row.state == State.DEAD:
            states.require(State.DEAD, State.HELD)
            _same(row).update(
                state=State.HELD, reason="resend", detail="", attempts=0, checks=0, settled_at=None, next_attempt_at=now
            )
            row.refresh_from_db()
        else:
            endpoint = config.endpoints()[row.endpoint]
            row = _owed(row.claim, endpoint, now=now, revision=row.revision + 1)
            row.save(force_insert=True)
    release_held(now=now, claims=[row.claim_id])
    row.refresh_from_db()
    return row


def _owed(claim: Claim, endpoint: Endpoint, *, now: datetime, revision: int = 1) -> Delivery:
    kind = endpoint.kind_of(claim.system)
    problem = facts.missing(claim, endpoint)
    return Delivery(
        claim=claim,
        subject=f"claim:{claim.uuid}",
        participation_id=claim.participation_id,
        edition_id=claim.edition_id,
        activity_key=claim.participation.activity_key,
        order_key=keys.order_key(claim.participation.uuid, claim.system),
        endpoint=endpoint.config.name,
        kind=kind,
        operation=Operation.ADD,
        revision=revision,
        credit_id=endpoint.credit_id(claim.uuid, kind, revision),
        state=State.HELD if problem else State.READY,
        reason=problem.code if problem else "",
        detail=problem.detail if problem else "",
        next_attempt_at=_look_again(problem, now) if problem else now,
        created_at=now,
    )


def _release(row: Delivery, endpoint: Endpoint, *, now: datetime) -> int:
    problem = facts.missing(row.claim, endpoint)
    if problem:
        _still_held(row, problem, now=now)
        return 0
    states.require(State.HELD, State.READY)
    credit_id = row.credit_id or endpoint.credit_id(row.claim.uuid, row.kind, row.revision)
    return _same(row).update(state=State.READY, reason="", detail="", credit_id=credit_id, next_attempt_at=now)


def _still_held(row: Delivery, problem: Problem, *, now: datetime) -> None:
    _same(row).update(reason=problem.code, detail=problem.detail, next_attempt_at=_look_again(problem, now))


def _same(row: Delivery) -> QuerySet[Delivery]:
    """The row, if nobody has moved it since it was read."""
    return Delivery.objects.filter(pk=row.pk, state=row.state, fence=row.fence)


def _look_again(problem: Problem, now: datetime) -> datetime:
    if problem.code == facts.RETIRED.code:
        return NEVER
    return now + (_LOOK_AGAIN_CONSENT if problem.code == facts.NO_CONSENT.code else _LOOK_AGAIN)
