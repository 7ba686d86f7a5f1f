"""Looking again at what is held: does it have all it needs by now?"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import router, transaction
from django.db.models import QuerySet

from cme_xblock.records import faults
from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import config, facts, states
from cme_xblock.reporting.endpoints.base import Endpoint, Problem

__all__ = ["BY_HAND", "NEVER", "look_again", "release_held", "same"]

log = logging.getLogger(__name__)

# A consent comes through our own pages, which release at once; anything else may change without our noticing.
_LOOK_AGAIN = timedelta(hours=1)
_LOOK_AGAIN_CONSENT = timedelta(hours=24)
# For what no fact will ever release.
NEVER = datetime.max.replace(tzinfo=UTC)
# Held by a person, or for a person: only a decision goes on from there.
BY_HAND = ("by_hand", "no_void")


def release_held(
    *,
    now: datetime,
    learner_key: str = "",
    claims: Iterable[int] | None = None,
    deliveries: Iterable[int] | None = None,
    due_only: bool = False,
    limit: int = 500,
) -> int:
    """Look at held rows again and make those ready that have all they need; how many became ready.

    Call it with `learner_key` (keys.learner_key), `claims` or `deliveries` (primary keys) when facts of theirs arrived;
    the engine calls it for rows whose time has come (`due_only`). Rows that stay held get the reason of today. What a
    person holds is left alone.
    """
    known = config.endpoints()
    rows = Delivery.objects.filter(state=State.HELD, endpoint__in=known).exclude(reason__in=BY_HAND)
    if learner_key:
        rows = rows.filter(participation__learner_key=learner_key)
    if claims is not None:
        rows = rows.filter(claim_id__in=list(claims))
    if deliveries is not None:
        rows = rows.filter(pk__in=list(deliveries))
    if due_only:
        rows = rows.filter(next_attempt_at__lte=now)
    rows = rows.select_related(*facts.RELATED).defer("edition__canonical").order_by("next_attempt_at", "pk")
    released = 0
    for row in list(rows[:limit]):
        try:
            with transaction.atomic(using=router.db_for_write(Delivery)):
                released += _release(row, known[row.endpoint], now=now)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are sent
            # One claim whose edition is damaged must not keep the others from being sent.
            log.error("Delivery %s could not be looked at (%s); it stays held.", row.uuid, faults.place(error))
            _still_held(row, Problem("program_error", "The program failed on this row; see its log."), now=now)
    return released


def same(row: Delivery) -> QuerySet[Delivery]:
    """The row, if nobody has moved it since it was read."""
    return Delivery.objects.filter(pk=row.pk, state=row.state, fence=row.fence)


def look_again(problem: Problem, now: datetime) -> datetime:
    """When to look at a row again that this keeps from being sent."""
    if problem.code == facts.RETIRED.code or problem.code in BY_HAND:
        return NEVER
    return now + (_LOOK_AGAIN_CONSENT if problem.code == facts.NO_CONSENT.code else _LOOK_AGAIN)


def _release(row: Delivery, endpoint: Endpoint, *, now: datetime) -> int:
    problem = facts.missing(row, endpoint)
    if problem:
        _still_held(row, problem, now=now)
        return 0
    states.require(State.HELD, State.READY)
    credit_id = row.credit_id or endpoint.key(row.subject, row.kind, row.revision)
    return same(row).update(state=State.READY, reason="", detail="", credit_id=credit_id, next_attempt_at=now)


def _still_held(row: Delivery, problem: Problem, *, now: datetime) -> None:
    same(row).update(reason=problem.code, detail=problem.detail, next_attempt_at=look_again(problem, now))
