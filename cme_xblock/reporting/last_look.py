"""What may have changed since a delivery was made ready, read again right before it leaves: one query.

Between reserving a row and sending it, a learner may withdraw, a person may pause the endpoint or change its address,
an account may be retired, and another worker, whose clock is ahead, may take the row for one that was left behind. None
of it is believed from before: it is read here, of each document, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import BooleanField, Exists, OuterRef, QuerySet, Subquery, Value

from cme_xblock.records.models import ConsentEvent, Delivery, EndpointControl, EndpointSetting, Participation
from cme_xblock.records.models.base import instant_text
from cme_xblock.records.prepared import Prepared
from cme_xblock.reporting import facts
from cme_xblock.reporting.endpoints.base import Endpoint, Problem
from cme_xblock.reporting.leases import Lease

__all__ = ["Look", "at", "rows"]


@dataclass(frozen=True)
class Look:
    """What is the case at this moment, by primary keys of the deliveries that were looked at.

    `lost`: somebody else's, or settled; whoever looks has nothing to do with them any more. `problems`: what stands
    against sending these. `paused`: nothing goes to that endpoint. `changed`: its settings are others than those that
    the worker has.
    """

    lost: frozenset[int]
    problems: Mapping[int, Problem]
    paused: bool
    changed: bool


def at(taken: Sequence[Lease], endpoint: Endpoint) -> Look:
    """Look at these, all of that endpoint. One query."""
    found = {row.pk: row for row in rows([one.delivery for one in taken], endpoint.purpose())}
    lost = {one.delivery.pk for one in taken if not _is_ours(one, found.get(one.delivery.pk))}
    mine = [one.delivery for one in taken if one.delivery.pk not in lost]
    return Look(
        lost=frozenset(lost),
        problems={one.pk: problem for one in mine if (problem := _problem(one, found[one.pk], endpoint)) is not None},
        paused=any(row.paused for row in found.values()),
        changed=any(_written(row.as_of) != endpoint.config.as_of for row in found.values()),
    )


class _Row(NamedTuple):
    """One delivery as the table has it: its lease, its learner's word, and its endpoint. In the order of `_columns`."""

    pk: int
    state: str
    owner: str
    fence: int
    sealed_at: Any
    granted: Any
    paused: Any
    as_of: Any


def _columns(deliveries: QuerySet[Delivery], purpose: str) -> QuerySet[Any, tuple[Any, ...]]:
    # Each by an index of its own: a database plans that in half the time of a join.
    person = Participation.objects.filter(pk=OuterRef("participation_id"))
    said = ConsentEvent.objects.filter(participation_id=OuterRef("participation_id"), purpose=purpose).order_by("-id")
    paused = EndpointControl.objects.filter(endpoint=OuterRef("endpoint"), paused=True)
    settings = EndpointSetting.objects.filter(name=OuterRef("endpoint"))
    found = deliveries.order_by().annotate(
        sealed_at=Subquery(person.values("sealed_at")),
        granted=Subquery(said.values("granted")[:1]) if purpose else Value(None, BooleanField()),
        paused=Exists(paused),
        as_of=Subquery(settings.values("changed_at")),
    )
    return found.values_list("pk", "state", "lease_owner", "fence", "sealed_at", "granted", "paused", "as_of")


@lru_cache(maxsize=256)
def _of_one(purpose: str) -> Prepared:
    """Most are looked at one by one, right before each is sent."""
    return Prepared(Delivery, lambda uuid: _columns(Delivery.objects.filter(uuid=uuid), purpose))


def rows(deliveries: Sequence[Delivery], purpose: str) -> list[_Row]:
    """What the table says of these. `purpose`: of the consent that is asked for; "" for none."""
    if len(deliveries) == 1:
        return [_Row(*one) for one in _of_one(purpose)(deliveries[0].uuid)]
    return [_Row(*one) for one in _columns(Delivery.objects.filter(pk__in=[one.pk for one in deliveries]), purpose)]


def _is_ours(lease: Lease, row: _Row | None) -> bool:
    return row is not None and (row.state, row.owner, row.fence) == (lease.state, lease.owner, lease.fence)


def _problem(delivery: Delivery, row: _Row, endpoint: Endpoint) -> Problem | None:
    if row.sealed_at is not None:
        return facts.RETIRED
    return None if facts.may_leave(delivery, endpoint, agreed=bool(row.granted)) else facts.NO_CONSENT


def _written(as_of: Any) -> str:
    """The instant as text; "" for an endpoint of the settings file, which changes with the process alone."""
    return "" if as_of is None else as_of if isinstance(as_of, str) else instant_text(as_of)
