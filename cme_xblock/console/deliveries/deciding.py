"""Decisions about deliveries: what each is for, trying it without a trace, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import router, transaction

from cme_xblock.activity.message import N_
from cme_xblock.host import language
from cme_xblock.records import contention
from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import config, decisions, dryrun

__all__ = ["ACTIONS", "Action", "Decided", "decide", "rehearse"]


@dataclass(frozen=True)
class Action:
    """One decision: its title, when it is the right one, and from which states it is offered."""

    title: str
    hint: str
    do: Callable[..., Delivery]
    states: frozenset[str]


@dataclass(frozen=True)
class Decided:
    """What became, or would become, of one delivery: `problem` why nothing, else what it is `told`."""

    row: Delivery
    problem: str = ""
    told: str = ""


ACTIONS: Mapping[str, Action] = {
    "replay": Action(
        N_("Send again"),
        N_("After what was wrong has been put right."),
        decisions.replay,
        frozenset({State.REFUSED, State.DEAD, State.CANCELLED, State.UNKNOWN}),
    ),
    "hold": Action(
        N_("Hold"), N_("Keep it from being sent for now."), decisions.hold, frozenset({State.HELD, State.READY})
    ),
    "release": Action(N_("Let go"), N_("What a person holds goes on."), decisions.release, frozenset({State.HELD})),
    "cancel": Action(
        N_("Cancel"),
        N_("Leave it alone for good, for example because it was entered by hand."),
        decisions.cancel,
        frozenset({State.HELD, State.READY, State.REFUSED, State.DEAD, State.UNKNOWN}),
    ),
}


def decide(rows: Sequence[Delivery], action: str, *, by: str, reason: str, now: datetime) -> Sequence[Decided]:
    """Do it to each; what is not possible for one keeps no other from it. Call it in a transaction."""
    return [_one(row, action, by=by, reason=reason, now=now, look=False) for row in rows]


def rehearse(rows: Sequence[Delivery], action: str, *, by: str, reason: str, now: datetime) -> Sequence[Decided]:
    """What would become of each, with what would be sent. Nothing is written, and nothing leaves this machine.

    Raises LedgerBusy where workers write these rows all the time.
    """
    using = router.db_for_write(Delivery)

    def without_a_trace() -> Sequence[Decided]:
        said = [_one(row, action, by=by, reason=reason, now=now, look=True) for row in rows]
        transaction.set_rollback(True, using=using)
        return said

    # A worker writes the same rows: on a database that throws a reader out then, look again.
    return contention.run(without_a_trace, using=using)


def _one(row: Delivery, action: str, *, by: str, reason: str, now: datetime, look: bool) -> Decided:
    try:
        with transaction.atomic(using=router.db_for_write(Delivery)):
            after = ACTIONS[action].do(row.uuid, by=by, reason=reason, now=now)
    except (decisions.NotPossible, ValueError) as error:
        return Decided(row, problem=str(error))
    return Decided(row, told=_would(after, now) if look else str(after.state))


def _would(after: Delivery, now: datetime) -> str:
    """What the next run would do with it."""
    if after.state not in (State.HELD, State.READY):
        return str(State(after.state).label)
    if after.endpoint not in config.endpoints():
        return f"{after.reason} {after.detail}".strip()
    lines = [one for one in dryrun.run(after.endpoint, now=now, limit=1, only=[after.uuid]) if one.uuid == after.uuid]
    if not lines:
        return str(State(after.state).label)
    [line] = lines
    say = language.current().gettext
    params = {"size": line.size, "why": f"{line.reason} {line.detail}".strip()}
    return say(_VERDICTS.get(line.verdict, "{why}")).format(**params)


_VERDICTS: Mapping[str, str] = {
    "send": N_("It would be sent: {size} bytes."),
    "delete": N_("It would be taken back there."),
    "there": N_("The receiver has it already; it would not be sent twice."),
    "wait": N_("It would wait: {why}"),
    "held": N_("It would be held: {why}"),
    "refuse": N_("It would not be sent: {why}"),
}
