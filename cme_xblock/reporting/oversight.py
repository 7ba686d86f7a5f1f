"""How the reporting of one activity stands, for its course team: counts and what to do, never who.

Two queries, however many learners and receivers there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Min, QuerySet

from cme_xblock.activity.message import N_, Message
from cme_xblock.participation import deadlines
from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import Operation, State
from cme_xblock.records.purge import NOT_OWED
from cme_xblock.reporting.config import endpoints
from cme_xblock.reporting.endpoints.base import Endpoint
from cme_xblock.reporting.states import OPEN
from cme_xblock.rules import credit_system

__all__ = ["HELD", "REFUSED", "Kept", "Overview", "of_activity"]

_OPERATOR = N_("The site's operator has to look: cme_deliveries list --endpoint {endpoint}.")
_SETUP = N_("The connection is not set up in full. The site's operator finds out with: cme_endpoints check {endpoint}.")
# Reason: what it is, and what to do next.
HELD: Mapping[str, tuple[str, str]] = {
    "no_consent": (N_("The learner has not agreed to sending"), N_("Nothing to do: it is theirs to decide.")),
    "retired": (N_("The account was retired"), N_("Nothing to do: nothing is sent any more.")),
    "identity_incomplete": (
        N_("A name, birthday or number of the learner is missing"),
        N_("Learners read on their page what is missing. Remind them to look there."),
    ),
    "no_activity_number": (
        N_("The activity has no number of the accreditor's"),
        N_("Register it with {receiver}, and enter the number in Studio."),
    ),
    "setting_missing": (N_("A setting of the connection is missing"), _SETUP),
    "setting_wrong": (N_("A setting of the connection is wrong"), _SETUP),
    "vault": (N_("Identifiers can not be opened"), N_("The site's operator has to put the key back.")),
    "by_hand": (N_("Somebody holds it"), N_("cme_deliveries show says who and why; cme_deliveries resume lets it go.")),
    "no_void": (N_("It has to be taken back by hand"), N_("Take it back at {receiver}, then cancel this delivery.")),
    "not_taken_back": (N_("The former claim was not taken back"), N_("Replay or cancel the deletion before it.")),
    "moc_type_missing": (N_("The MOC registration names no type of credit"), N_("Add it to the activity in Studio.")),
    "resend": (N_("Waiting to be sent again"), N_("Nothing to do.")),
}
REFUSED: Mapping[str, tuple[str, str]] = {
    "identity": (
        N_("The learner was not found there"),
        N_("Learners read it on their page and can correct their numbers; it is then sent again."),
    ),
    "activity": (
        N_("The activity is not registered there as it is here"),
        N_("Correct the registration with {receiver}, then have it replayed."),
    ),
    "window": (
        N_("The date of completion was not taken"),
        N_("Ask {receiver} for an exception, then have it replayed."),
    ),
    "amount": (
        N_("The amount was not taken"),
        N_("Compare it with what is registered, correct, then have it replayed."),
    ),
    "not_registered": (
        N_("The activity is not registered for this credit"),
        N_("Register it with {receiver}, then have it replayed."),
    ),
    "pass_mark": (N_("The pass mark was not taken"), N_("Compare it with the board's rule, then have it replayed.")),
}
_OTHER = {
    State.HELD: N_("Held back"),
    State.REFUSED: N_("Refused by {receiver}"),
    State.DEAD: N_("Given up after several tries"),
    State.UNKNOWN: N_("It may have arrived; that is being found out"),
}
_STUCK = (State.HELD, State.REFUSED, State.DEAD, State.UNKNOWN)


@dataclass(frozen=True)
class Kept:
    """So many that stand still in one state for one reason: `what` it is, and the `step` to take."""

    state: str
    reason: str
    count: int
    what: Message
    step: Message


@dataclass(frozen=True)
class Overview:
    """One receiver. `delivered`: accepted; `waiting`: on their way; `kept`: the others, most of them first.

    `oldest`: since when the oldest waits that is owed and open; `due`: the last day in time for the first open credit;
    None where there is none.
    """

    endpoint: str
    receiver: str
    delivered: int = 0
    waiting: int = 0
    kept: tuple[Kept, ...] = ()
    oldest: datetime | None = None
    due: date | None = None


@dataclass
class _Sum:
    delivered: int = 0
    waiting: int = 0
    kept: dict[tuple[str, str], int] = field(default_factory=dict)
    oldest: datetime | None = None


def of_activity(activity_key: str) -> tuple[Overview, ...]:
    """Each receiver that is owed something of this activity (`keys.activity_key`), by name. Two queries."""
    known = endpoints()
    rows = Delivery.objects.filter(activity_key=activity_key).order_by()
    sums: dict[str, _Sum] = {}
    counted = rows.values_list("endpoint", "state", "reason", "operation").annotate(Count("pk"), Min("created_at"))
    for endpoint, state, reason, operation, count, since in counted:
        _add(sums.setdefault(endpoint, _Sum()), (state, reason, operation), count, since)
    due = _due(rows, known) if sums else {}
    return tuple(
        _overview(name, known[name].config.label if name in known else name, one, due.get(name))
        for name, one in sorted(sums.items())
    )


def _add(one: _Sum, place: tuple[str, str, str], count: int, since: datetime | str) -> None:
    state, reason, operation = place
    if state == State.ACCEPTED:
        one.delivered += count if operation != Operation.DELETE else 0
    elif state in _STUCK:
        one.kept[state, reason] = one.kept.get((state, reason), 0) + count
    elif state != State.CANCELLED:
        one.waiting += count
    if state in OPEN and not (state == State.HELD and reason in NOT_OWED):
        # An aggregate of a text column comes as the text that it is.
        at = datetime.fromisoformat(since) if isinstance(since, str) else since
        one.oldest = min(at, one.oldest or at)


def _overview(name: str, receiver: str, one: _Sum, due: date | None) -> Overview:
    most_first = sorted(one.kept.items(), key=lambda each: (-each[1], each[0]))
    kept = tuple(_kept(state, reason, count, name, receiver) for (state, reason), count in most_first)
    return Overview(name, receiver, one.delivered, one.waiting, kept, one.oldest, due)


def _kept(state: str, reason: str, count: int, endpoint: str, receiver: str) -> Kept:
    table = {State.HELD: HELD, State.REFUSED: REFUSED}.get(State(state), {})
    what, step = table.get(reason, (_OTHER[State(state)], _OPERATOR))
    params = {"receiver": receiver, "endpoint": endpoint, "reason": reason}
    return Kept(state, reason, count, Message(what, params), Message(step, params))


def _due(rows: QuerySet[Delivery], known: Mapping[str, Endpoint]) -> Mapping[str, date]:
    """By endpoint, the first day after which an open credit is late: the accreditor's rule, or the receiver's."""
    systems = credit_system.load()
    open_rows = rows.filter(state__in=list(OPEN), operation=Operation.ADD, claim__isnull=False)
    owed = open_rows.exclude(state=State.HELD, reason__in=NOT_OWED)
    found: dict[str, date] = {}
    for endpoint, system, first in owed.values_list("endpoint", "claim__system").annotate(Min("claim__completed_on")):
        days = [deadlines.report_by(systems[system], first)] if system in systems else []
        within = known[endpoint].capabilities().deadline_days if endpoint in known else None
        if within is not None:
            days.append(first + timedelta(days=within))
        for day in days:
            if day is not None:
                found[endpoint] = min(day, found.get(endpoint, day))
    return found
