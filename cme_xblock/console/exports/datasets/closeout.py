"""The year's closing: for each activity the numbers that PARS asks for, and what of its credit is not there yet.

Exact numbers, because the accreditor wants them exact: so it takes the permission for identified exports. Source: spec
pars, 1.8 and 2.4; R-1.17; ACCME: data are due by 31 March of the following year.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Count, Sum

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.console.access import May
from cme_xblock.console.exports.columns import Column, Columns, Form
from cme_xblock.console.exports.datasets import rows
from cme_xblock.console.exports.datasets.base import among, as_number, between
from cme_xblock.console.exports.datasets.whole import WholeDataset
from cme_xblock.console.exports.scope import Scope
from cme_xblock.records.models import ActivityNumber, Claim, Delivery
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import counting
from cme_xblock.rules import professions

_OPEN = (State.HELD, State.READY, State.SENDING, State.PENDING, State.UNKNOWN)
_FAILED = (State.REFUSED, State.DEAD)


class CloseOut(WholeDataset):
    """One row is one activity."""

    id = "closeout"
    title = N_("Closing numbers")
    about = N_("One line for each activity: learners as PARS counts them, credit, support, and what is not reported.")
    may = May.EXPORT
    filters = ("since", "until", "endpoint")
    columns = (
        rows.ACTIVITY,
        rows.COURSE,
        rows.TITLE,
        Column("provider", Form.TEXT, N_("The accredited provider.")),
        Column("format", Form.TEXT, N_("The activity's format; a code.")),
        Column("numbers", Form.TEXT, N_("The numbers it has at accreditors, as in `pars_activity_id 201234567`.")),
        Column("first_day", Form.DAY, N_("Release, or the first session's day.")),
        Column("last_day", Form.DAY, N_("Expiry, or the last session's day.")),
        Column("designated", Form.TEXT, N_("What is designated, as in `ama_pra_1 1.5`.")),
        Column("physicians", Form.COUNT, N_("Learners who are physicians, by what they said when they claimed.")),
        Column("others", Form.COUNT, N_("Learners of all other professions.")),
        Column("unknown", Form.COUNT, N_("Learners who never said their profession.")),
        Column("claims", Form.COUNT, N_("Claims that count and were completed in the period.")),
        Column("credit", Form.TEXT, N_("Their amounts added up, as in `ama_pra_1 120.5; ancc 30`.")),
        Column("support", Form.TEXT, N_("Commercial support, as in `Acme Pharma (monetary) 5000`.")),
        Column("reported", Form.COUNT, N_("Of their deliveries: accepted.")),
        Column("open", Form.COUNT, N_("Not settled yet, or waiting for something.")),
        Column("failed", Form.COUNT, N_("Refused or given up: a person has to look.")),
        Column("first_completion", Form.DAY, N_("The first completion in the period.")),
        Column("last_completion", Form.DAY, N_("The last one.")),
    )

    def whole(self, scope: Scope, activity_key: str) -> Columns:
        """The line of one activity; none where nothing was ever published under that key."""
        # Here, because numpy takes a moment that no page should pay.
        from cme_xblock.outcomes import reading

        found = reading.reported(activity_key)
        if found is None:
            return rows.turned((), self.columns)
        activity = found.activity
        learners = _learners(activity_key, activity)
        claims = Claim.objects.filter(
            scope.belongs("participation__"), between(scope.filters, "completed_on"), live__isnull=False,
            participation__activity_key=activity_key,
        )  # fmt: skip
        deliveries = Delivery.objects.filter(
            among(scope.filters, "endpoint", "endpoint"), claim__in=claims.values("pk")
        )
        states = dict(deliveries.order_by().values_list("state").annotate(Count("pk")))
        days = list(claims.order_by("completed_on").values_list("completed_on", flat=True).distinct())
        first, last = _days(activity)
        row = (
            *rows.place(activity_key), activity.provider.name, str(activity.format), _numbers(activity_key, activity),
            first, last, "; ".join(f"{one.system} {one.amount:f}" for one in activity.offerings if one.amount),
            *learners, claims.count(), _credit(claims), _support(activity),
            states.get(State.ACCEPTED, 0), _some(states, _OPEN), _some(states, _FAILED),
            str(days[0]) if days else None, str(days[-1]) if days else None,
        )  # fmt: skip
        return rows.turned([row], self.columns)


def _learners(activity_key: str, activity: Activity) -> tuple[int, int, int]:
    """Physicians, others, and those who never said. Over all years, as the accreditor counts them."""
    known = professions.load()
    counts: Counter[str] = Counter()
    for code, number in counting.learners(activity_key, activity.format).items():
        said = known.get(code)
        counts["unknown" if said is None else "physicians" if said.physician else "others"] += number
    return counts["physicians"], counts["others"], counts["unknown"]


def _numbers(activity_key: str, activity: Activity) -> str:
    rows_ = ActivityNumber.objects.filter(activity_key=activity_key).exclude(number="")
    pinned = dict(rows_.values_list("name", "number"))
    own = {one.name: one.value for offering in activity.offerings for one in offering.identifiers if one.value}
    return "; ".join(f"{name} {value}" for name, value in sorted({**own, **pinned}.items()))


def _days(activity: Activity) -> tuple[str | None, str | None]:
    starts = [one.start.date() for one in activity.sessions if one.start]
    ends = [one.end.date() for one in activity.sessions if one.end]
    first: date | None = min(starts, default=activity.release)
    last: date | None = max(ends, default=activity.expiry)
    return (first.isoformat() if first else None), (last.isoformat() if last else None)


def _credit(claims: Any) -> str:
    sums = claims.order_by("system").values_list("system").annotate(Sum("amount"))
    return "; ".join(f"{system} {as_number(total):f}" for system, total in sums)


def _support(activity: Activity) -> str:
    return "; ".join(
        f"{one.company} ({one.kind})" + (f" {one.amount:f}" if one.amount else "") for one in activity.support.sources
    )


def _some(states: Mapping[str, int], names: tuple[State, ...]) -> int:
    return sum(states.get(one, 0) for one in names)
