"""Where each credit stands, in a sentence for the learner who earned it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from cme_xblock.activity.message import N_, Message
from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import Operation, State
from cme_xblock.records.prepared import Prepared
from cme_xblock.reporting.config import endpoints
from cme_xblock.reporting.states import FINAL

_HELD: Mapping[str, str] = {
    "no_consent": N_("Not sent: you did not agree to sending. You can do so below."),
    "identity_incomplete": N_(
        "Not sent yet: {receiver} needs your name, the month and day of your birth, and your NPI or state licence. "
        "Add what is missing below."
    ),
    "no_activity_number": N_(
        "Not sent yet: the provider is still registering this activity with {receiver}. There is nothing for you to do."
    ),
    "resend": N_("Waiting to be sent to {receiver}."),
}
_HELD_OTHER = N_("Not sent yet: the connection to {receiver} is being set up. There is nothing for you to do.")

_REFUSED: Mapping[str, str] = {
    "identity": N_(
        "{receiver} could not match you by your name, the month and day of your birth, and your NPI or licence. "
        "Correct them below, and it is sent again; your credit stays."
    ),
    "activity": N_(
        "{receiver} did not take it, because of how this activity is registered there. The provider has to correct "
        "that; there is nothing for you to do."
    ),
    "window": N_("{receiver} did not take it, because of the date of completion. Ask the provider to look into it."),
}
_REFUSED_OTHER = N_("{receiver} did not take it. The provider has to look into it; there is nothing for you to do.")

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
class Line:
    """Where one credit stands with one endpoint.

    `state` is a value of State, `reason` a stable code; `at` is when it got there, or when it was owed.
    """

    endpoint: str
    receiver: str
    state: str
    reason: str
    sentence: Message
    at: datetime

    @property
    def settled(self) -> bool:
        """Whether asking again is useless: the page may stop polling."""
        return self.state in FINAL


def for_claims(claim_ids: Iterable[int]) -> Mapping[int, tuple[Line, ...]]:
    """The lines of each claim (by primary key), in the order of the endpoints' names. One query.

    A credit that was sent anew shows its last revision. A claim that is owed to nobody has an empty tuple.
    """
    wanted = list(claim_ids)
    if not wanted:
        return {}
    return dict.fromkeys(wanted, ()) | _lines(_columns(Delivery.objects.filter(claim_id__in=wanted)))


def for_participation(key: str) -> Mapping[int, tuple[Line, ...]]:
    """The same for the live claims of one participation (`keys.participation_key`) that are owed to somebody."""
    return _lines(_OF_PARTICIPATION(key))


def _columns(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery, tuple[Any, ...]]:
    """What `_lines` takes of each delivery, the newest last."""
    columns = ("claim_id", "endpoint", "kind", "state", "reason", "settled_at", "sent_at", "created_at", "claim__zone")
    ordered = deliveries.filter(operation=Operation.ADD).order_by("endpoint", "kind", "revision")
    return ordered.values_list(*columns)


_OF_PARTICIPATION = Prepared(
    Delivery,
    lambda key: _columns(Delivery.objects.filter(claim__participation__key=key, claim__live__isnull=False)),
)


def _lines(rows: Iterable[tuple[Any, ...]]) -> dict[int, tuple[Line, ...]]:
    labels = {name: one.config.label for name, one in endpoints().items()}
    latest: dict[int, dict[tuple[str, str], Line]] = {}
    for claim_id, endpoint, kind, state, reason, settled, sent, created, zone in rows:
        at = settled or sent or created
        sentence = _sentence(labels.get(endpoint, endpoint), state, reason, at, zone)
        line = Line(endpoint, labels.get(endpoint, endpoint), state, reason, sentence, at)
        latest.setdefault(claim_id, {})[endpoint, kind] = line
    return {claim_id: tuple(lines.values()) for claim_id, lines in latest.items()}


def _sentence(receiver: str, state: str, reason: str, at: datetime, zone: str) -> Message:
    params = {"receiver": receiver}
    if state == State.HELD:
        return Message(_HELD.get(reason, _HELD_OTHER), params)
    if state == State.REFUSED:
        return Message(_REFUSED.get(reason, _REFUSED_OTHER), params)
    if state == State.ACCEPTED:
        params["date"] = at.astimezone(ZoneInfo(zone)).date().isoformat()
    return Message(_OTHER[state], params)
