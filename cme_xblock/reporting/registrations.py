"""Activities at accreditors: who decided what about them, what they are known by, and what that sets free.

A decision is a row and a debt in one transaction: the row says who and why, the delivery goes out as any other. What
would make a second activity there, or is not complete enough to be taken, is named before anything is owed.
Source: spec pars, 1.6 and 2.3.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import router, transaction

from cme_xblock.activity import canonical
from cme_xblock.records import keys, numbers
from cme_xblock.records.models import ActivityDecision, Delivery
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting.endpoints.base import Endpoint

__all__ = ["Standing", "facts_of", "last", "learned", "pin"]

log = logging.getLogger(__name__)

NO_NUMBER = "no_activity_number"


@dataclass(frozen=True)
class Standing:
    """What the last decision about an activity said. `guarded`: what told it apart at the accreditor's then.

    `edition`: the SHA-256 of the edition that was decided about.
    """

    operation: str
    facts: Mapping[str, Any]
    guarded: Mapping[str, str]
    by: str
    reason: str
    at: datetime
    edition: str = ""


def last(activity_key: str, endpoint: str) -> Standing | None:
    """The last decision about that activity there, or None before the first. One query."""
    rows = ActivityDecision.objects.filter(activity_key=activity_key, endpoint=endpoint).order_by("-pk")
    row = rows.select_related("edition").defer("edition__canonical").first()
    if row is None:
        return None
    said = (row.operation, json.loads(row.facts), json.loads(row.guarded), row.by, row.reason, row.at)
    return Standing(*said, edition=row.edition.sha256)


def facts_of(activity_key: str, endpoint: str) -> Mapping[str, Any]:
    """What was said of the activity for that endpoint, {} where nothing was."""
    found = last(activity_key, endpoint)
    return found.facts if found else {}


def keep(decision: ActivityDecision, *, facts: Mapping[str, Any], guarded: Mapping[str, str]) -> ActivityDecision:
    """Write a decision down. Call it in the transaction that owes it."""
    decision.facts = canonical.dumps(facts).decode()
    decision.guarded = canonical.dumps(dict(guarded)).decode()
    decision.save()
    return decision


def learned(delivery: Delivery, endpoint: Endpoint, number: str, *, now: datetime) -> None:
    """An answer gave the activity's number: pin it. Another one than is known is never taken over, and is logged."""
    try:
        pin(endpoint.number_name(), delivery.activity_key, number, endpoint=endpoint.config.name, now=now)
    except numbers.NumberTaken:
        log.error(
            "Delivery %s: %s answered with another number of the activity than is pinned; a second activity may have "
            "been made there. Look at it, then use cme_pars_activity pin.",
            delivery.uuid,
            endpoint.config.name,
        )


def pin(name: str, activity_key: str, number: str, *, endpoint: str, now: datetime, replace: bool = False) -> bool:
    """Keep the number and wake what has waited for it; whether it is new. Raises numbers.NumberTaken."""
    using = router.db_for_write(Delivery)
    with transaction.atomic(using=using):
        new = numbers.pin(name, activity_key, number, endpoint=endpoint, now=now, replace=replace)
        # Looked at by the next run of the engine, which sends what has nothing else against it.
        Delivery.objects.filter(activity_key=activity_key, state=State.HELD, reason=NO_NUMBER).update(
            next_attempt_at=now
        )
    return new


def key_of(course_key: str, activity_id: str) -> str:
    """The activity's key in the records."""
    return keys.activity_key(course_key, activity_id)
