"""What is owed and not delivered, counted: by activity, receiver and reason, with the last day that is in time.

A credit is owed until it is accepted. What was refused or given up is owed no less, unless it was sent anew, or the
claim counts no more. What a learner has not agreed to is not owed. Source: spec part 9; PARS closes a year on 31 March.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from cme_xblock.participation import deadlines
from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import Operation, State
from cme_xblock.records.purge import NOT_OWED
from cme_xblock.reporting import config
from cme_xblock.reporting.endpoints.base import Endpoint
from cme_xblock.reporting.states import OPEN
from cme_xblock.rules import credit_system

__all__ = ["STUCK", "Owed", "by_activity", "close_of_year", "of_activities", "rows_in", "sent_anew"]

STUCK = (State.REFUSED, State.DEAD, State.UNKNOWN)
_MARCH, _LAST_OF_MARCH = 3, 31
_PARS = "pars"
_CHUNK = 500


@dataclass(frozen=True)
class Owed:
    """So many of one activity that stand at one receiver in one state for one reason.

    `due`: the last day in time of the first of them, None without a deadline; `late`: how many are behind theirs.
    `closes`: whether that day is the close of a year.
    """

    activity_key: str
    endpoint: str
    state: str
    reason: str
    count: int
    due: date | None
    late: int
    closes: bool

    @property
    def stuck(self) -> bool:
        """Whether it stands still until a person decides."""
        return self.state in STUCK


def of_activities(activity_keys: Sequence[str], *, today: date) -> Sequence[Owed]:
    """All that is owed of these activities, what is due first at the top. A query for each 500 activities."""
    known, systems = config.endpoints(), credit_system.load()
    found: dict[tuple[str, str, str, str], list[tuple[date | None, bool, int]]] = {}
    for start in range(0, len(activity_keys), _CHUNK):
        rows = rows_in(activity_keys[start : start + _CHUNK]).order_by()
        columns = ("activity_key", "endpoint", "state", "reason", "claim__system", "claim__completed_on")
        for key, endpoint, state, reason, system, completed, count in rows.values_list(*columns).annotate(Count("pk")):
            day, closes = _due(known.get(endpoint), systems.get(system), completed)
            found.setdefault((key, endpoint, state, reason), []).append((day, closes, count))
    made = [_sum(place, days, today) for place, days in found.items()]
    return sorted(made, key=lambda one: (one.due or date.max, one.endpoint, one.state, one.reason, one.activity_key))


def rows_in(activity_keys: Iterable[str]) -> QuerySet[Delivery]:
    """The deliveries of claims in these activities that are owed and not delivered."""
    stuck = Q(state__in=(State.REFUSED, State.DEAD)) & (Q(operation=Operation.DELETE) | Q(claim__live__isnull=False))
    rows = Delivery.objects.filter(Q(state__in=list(OPEN)) | (stuck & ~sent_anew()))
    rows = rows.filter(activity_key__in=list(activity_keys), claim__isnull=False)
    return rows.exclude(state=State.HELD, reason__in=NOT_OWED)


def sent_anew() -> Exists:
    """Whether a newer revision of the same delivery is there: that one counts."""
    same = {name: OuterRef(name) for name in ("endpoint", "subject", "kind", "operation")}
    return Exists(Delivery.objects.filter(**same, revision__gt=OuterRef("revision")))


def close_of_year(completed_on: date) -> date:
    """The day on which PARS closes the year of that completion: 31 March of the next. Source: spec pars, part 1."""
    return date(completed_on.year + 1, _MARCH, _LAST_OF_MARCH)


def _due(
    endpoint: Endpoint | None, system: credit_system.CreditSystem | None, completed_on: date
) -> tuple[date | None, bool]:
    """The last day in time, and whether it is the close of a year."""
    days = list(_days(endpoint, system, completed_on))
    closing = close_of_year(completed_on) if endpoint is not None and endpoint.config.kind.startswith(_PARS) else None
    first = min([*days, *([closing] if closing else [])], default=None)
    return first, first is not None and first == closing and first not in days


def _days(endpoint: Endpoint | None, system: credit_system.CreditSystem | None, completed_on: date) -> Iterator[date]:
    by = deadlines.report_by(system, completed_on) if system is not None else None
    if by is not None:
        yield by
    within = endpoint.capabilities().deadline_days if endpoint is not None else None
    if within is not None:
        yield completed_on + timedelta(days=within)


def _sum(place: tuple[str, str, str, str], days: Sequence[tuple[date | None, bool, int]], today: date) -> Owed:
    key, endpoint, state, reason = place
    known = [(day, closes) for day, closes, _ in days if day is not None]
    due, closes = min(known, default=(None, False))
    return Owed(
        activity_key=key,
        endpoint=endpoint,
        state=state,
        reason=reason,
        count=sum(count for _, _, count in days),
        due=due,
        late=sum(count for day, _, count in days if day is not None and day < today),
        closes=closes,
    )


def by_activity(found: Iterable[Owed]) -> Mapping[str, Sequence[Owed]]:
    """The same, by activity."""
    made: dict[str, list[Owed]] = {}
    for one in found:
        made.setdefault(one.activity_key, []).append(one)
    return made
