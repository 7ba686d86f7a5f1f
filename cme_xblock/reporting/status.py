"""Where each credit stands, in a sentence for the learner who earned it, and how it came there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from cme_xblock.activity.message import N_, Message
from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import Operation, State
from cme_xblock.records.prepared import Prepared
from cme_xblock.reporting import identifiers
from cme_xblock.reporting.config import endpoints
from cme_xblock.reporting.endpoints.base import Endpoint
from cme_xblock.reporting.states import FINAL

_HELD: Mapping[str, str] = {
    "no_consent": N_("Not sent: you did not agree to sending. You can do so below."),
    "identity_incomplete": N_("Not sent yet: {receiver} needs from you: {needs}. Add what is missing below."),
    "no_activity_number": N_(
        "Not sent yet: the provider is still registering this activity with {receiver}. There is nothing for you to do."
    ),
    "resend": N_("Waiting to be sent to {receiver}."),
}
_HELD_OTHER = N_("Not sent yet: the connection to {receiver} is being set up. There is nothing for you to do.")

_REFUSED: Mapping[str, str] = {
    "identity": N_(
        "{receiver} could not match you by what it has from you: {needs}. Correct it below, and it is sent again; your "
        "credit stays."
    ),
    "activity": N_(
        "{receiver} did not take it, because of how this activity is registered there. The provider has to correct "
        "that; there is nothing for you to do."
    ),
    "window": N_("{receiver} did not take it, because of the date of completion. Ask the provider to look into it."),
}
_REFUSED_OTHER = N_("{receiver} did not take it. The provider has to look into it; there is nothing for you to do.")

# What the learner alone can put right, behind the door of permissions and numbers.
_LEARNERS = ((State.HELD, "no_consent"), (State.HELD, "identity_incomplete"), (State.REFUSED, "identity"))
_EITHER = N_("NPI or state licence")
_NEEDED = N_("what it finds you by")

_OWED = N_("Claimed; to be reported to {receiver}.")
_OWED_AGAIN = N_("To be sent to {receiver} once more.")
_OWED_ANEW = N_("Your claim was changed: the new one is to be reported to {receiver}.")
_SENT = N_("Sent to {receiver}.")
_ANSWERED: Mapping[str, str] = {
    State.ACCEPTED: N_("Accepted by {receiver}."),
    State.REFUSED: N_("Not taken by {receiver}."),
    State.DEAD: N_("Given up after several tries."),
    State.CANCELLED: N_("Taken back before it was sent to {receiver}."),
}
_VOID_OWED = N_("Your claim was changed: {receiver} is asked to take the former one out.")
_VOID_SENT = N_("{receiver} was asked to take the former one out.")
_VOIDED = N_("{receiver} has taken the former one out.")

_OTHER: Mapping[str, str] = {
    State.READY: N_("Waiting to be sent to {receiver}."),
    State.SENDING: N_("Sent to {receiver}; waiting for its answer."),
    State.PENDING: N_("Sent to {receiver}; waiting for its answer."),
    State.ACCEPTED: N_("Accepted by {receiver} on {date}."),
    State.UNKNOWN: N_("Sent to {receiver}; we are checking that it arrived."),
    State.DEAD: N_("Not sent to {receiver} in spite of several tries. The provider has to look into it."),
    State.CANCELLED: N_("Not sent to {receiver}: the provider took it back."),
}


@dataclass(frozen=True)
class Step:
    """One thing that happened on the way, and when (aware)."""

    text: Message
    at: datetime


@dataclass(frozen=True)
class Line:
    """Where one credit stands with one endpoint.

    `state` is a value of State, `reason` a stable code; `at` is when it got there, or when it was owed. `steps`: what
    happened so far, the oldest first, with what a correction took back. `zone`: the activity's. `needs`: the kinds of
    identifiers that the receiver finds the learner by, where that is the trouble; `needed` has the words.
    """

    endpoint: str
    receiver: str
    state: str
    reason: str
    sentence: Message
    at: datetime
    steps: tuple[Step, ...] = ()
    zone: str = "UTC"
    needs: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether asking again is useless: the page may stop polling."""
        return self.state in FINAL

    @property
    def fixable(self) -> bool:
        """Whether the learner alone can put it right: a permission, or what the receiver finds them by."""
        return (self.state, self.reason) in _LEARNERS


def needed(names: Iterable[str]) -> tuple[Message, ...]:
    """What a receiver needs, in the learner's words; NPI and licence as the one or the other."""
    wanted = identifiers.in_order(names)
    either = set(wanted) >= identifiers.NPI_OR_LICENCE
    found: list[Message] = []
    for name in wanted:
        one = Message(_EITHER) if either and name in identifiers.NPI_OR_LICENCE else identifiers.kind(name).label
        if one not in found:
            found.append(one)
    return tuple(found) or (Message(_NEEDED),)


class _Row(NamedTuple):
    """What is read of each delivery."""

    claim: int
    live: int | None
    system: str
    profession: str
    zone: str
    endpoint: str
    kind: str
    operation: str
    state: str
    reason: str
    settled: datetime | None
    sent: datetime | None
    created: datetime


def for_claims(claim_ids: Iterable[int]) -> Mapping[int, tuple[Line, ...]]:
    """The lines of each claim (by primary key), in the order of the endpoints' names. One query.

    A credit that was sent anew shows its last revision. A claim that is owed to nobody has an empty tuple.
    """
    wanted = list(claim_ids)
    if not wanted:
        return {}
    rows = [_Row(*one) for one in _columns(Delivery.objects.filter(claim_id__in=wanted))]
    found: dict[int, tuple[Line, ...]] = dict.fromkeys(wanted, ())
    for claim in wanted:
        found |= _lines(one._replace(live=claim) for one in rows if one.claim == claim)
    return found


def for_participation(key: str) -> Mapping[int, tuple[Line, ...]]:
    """The same for the live claims of one participation (`keys.participation_key`) that are owed to somebody.

    The steps of a claim begin with those of the claims that it replaced. One query.
    """
    return _lines(_Row(*one) for one in _OF_PARTICIPATION(key))


def _columns(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery, tuple[Any, ...]]:
    """What `_Row` takes of each delivery, the newest last."""
    return deliveries.order_by("endpoint", "kind", "pk").values_list(
        "claim_id",
        "claim__live__pk",
        "claim__system",
        "claim__profession",
        "claim__zone",
        "endpoint",
        "kind",
        "operation",
        "state",
        "reason",
        "settled_at",
        "sent_at",
        "created_at",
    )


_OF_PARTICIPATION = Prepared(Delivery, lambda key: _columns(Delivery.objects.filter(claim__participation__key=key)))


def _lines(rows: Iterable[_Row]) -> dict[int, tuple[Line, ...]]:
    known = endpoints()
    families: dict[tuple[str, str, str], list[_Row]] = {}
    for row in rows:
        families.setdefault((row.system, row.endpoint, row.kind), []).append(row)
    found: dict[int, list[Line]] = {}
    for family in families.values():
        counting = [one for one in family if one.live is not None and one.operation == Operation.ADD]
        if counting:
            # Each claim that counts stands in one family, and the newest delivery says where it stands.
            found.setdefault(counting[-1].claim, []).append(
                _line(counting[-1], family, known.get(counting[-1].endpoint))
            )
    return {claim: tuple(sorted(lines, key=lambda one: one.endpoint)) for claim, lines in found.items()}


def _line(row: _Row, family: Iterable[_Row], endpoint: Endpoint | None) -> Line:
    receiver = endpoint.config.label if endpoint else row.endpoint
    at = row.settled or row.sent or row.created
    needs = _needs(endpoint, row)
    sentence = _sentence(receiver, row, at, needs)
    return Line(row.endpoint, receiver, row.state, row.reason, sentence, at, _steps(family, receiver), row.zone, needs)


def _sentence(receiver: str, row: _Row, at: datetime, needs: Iterable[str]) -> Message:
    params = {"receiver": receiver}
    if (row.state, row.reason) in _LEARNERS[1:]:
        params["needs"] = "; ".join(one.format() for one in needed(needs))
    if row.state == State.HELD:
        return Message(_HELD.get(row.reason, _HELD_OTHER), params)
    if row.state == State.REFUSED:
        return Message(_REFUSED.get(row.reason, _REFUSED_OTHER), params)
    if row.state == State.ACCEPTED:
        params["date"] = at.astimezone(ZoneInfo(row.zone)).date().isoformat()
    return Message(_OTHER[row.state], params)


def _needs(endpoint: Endpoint | None, row: _Row) -> tuple[str, ...]:
    """What that receiver asks of who claims this credit."""
    if endpoint is None or (row.state, row.reason) not in _LEARNERS[1:]:
        return ()
    return tuple(endpoint.identifiers(row.system, row.profession))


def _steps(family: Iterable[_Row], receiver: str) -> tuple[Step, ...]:
    """What happened to the credit at that receiver, the oldest first."""
    found: list[tuple[datetime, str]] = []
    before: _Row | None = None
    for row in family:
        if row.operation == Operation.DELETE:
            said = [(row.created, _VOID_OWED), (row.sent, _VOID_SENT)]
            said.append((row.settled if row.state == State.ACCEPTED else None, _VOIDED))
        elif row.operation == Operation.ADD:
            owed = _OWED if before is None else _OWED_AGAIN if before.claim == row.claim else _OWED_ANEW
            said = [(row.created, owed), (row.sent, _SENT), (row.settled, _ANSWERED.get(row.state, ""))]
            before = row
        else:
            continue
        found += [(at, text) for at, text in said if at is not None and text]
    return tuple(Step(Message(text, {"receiver": receiver}), at) for at, text in sorted(found, key=lambda one: one[0]))
