"""What would be sent, what would not and why, and what the receiver has already: nothing is written and nothing sent.

With `compare` the receiver is asked about each key, where it can be asked; that names nobody, but it is the network.
The document's text is not shown, for it names people; its size and hash are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import Operation, State
from cme_xblock.reporting import config, decisions, facts, order
from cme_xblock.reporting.endpoints.base import Endpoint, Outcome, Problem, Result
from cme_xblock.reporting.endpoints.digest import digest

__all__ = ["Line", "audit", "run"]

_WAITING = (State.HELD, State.READY)
_MARKS: Mapping[str, str] = {
    "send": "+",
    "there": "=",
    "delete": "-",
    "wait": ".",
    "held": "!",
    "refuse": "x",
    "missing": "?",
}


@dataclass(frozen=True)
class Line:
    """What would become of one delivery.

    `verdict`: "send" (the receiver has it not), "there" (it has it already: it would not be sent twice), "delete" (it
    would be taken back), "wait" (another one comes first), "held", "refuse" (by us, before anything leaves), or of
    `audit` "missing". `size` and `hash`: of the document it would make by itself.
    """

    uuid: str
    key: str
    verdict: str
    reason: str = ""
    detail: str = ""
    size: int = 0
    hash: str = ""

    def __str__(self) -> str:
        what = f"{self.size} bytes {self.hash[:12]}" if self.size else f"{self.reason}: {self.detail}".rstrip(": ")
        return f"{_MARKS[self.verdict]} {self.uuid} {self.key or '-'} {self.verdict} {what}".rstrip()


def run(
    name: str, *, now: datetime, limit: int = 100, compare: bool = False, only: Collection[str] | None = None
) -> Iterator[Line]:
    """What would become of the deliveries that wait for that endpoint, the longest due first, due or not.

    `only`: of these alone, by their uuid. Raises KeyError for an endpoint that is not configured.
    """
    endpoint = config.endpoints()[name]
    if decisions.paused([name]):
        yield Line("", "", "held", "paused", f"{name} is paused: nothing would be sent before it is resumed.")
    elif not endpoint.config.enabled:
        yield Line("", "", "held", "disabled", f"{name} is disabled in CME_ENDPOINTS: nothing would be sent.")
    waiting = Delivery.objects.filter(endpoint=name, state__in=_WAITING).order_by("next_attempt_at", "pk")
    if only is not None:
        waiting = waiting.filter(uuid__in=list(only))
    rows = list(waiting.select_related(*facts.RELATED).defer("edition__canonical")[:limit])
    turns = order.verdicts(rows, name)
    known = _asked(rows, endpoint) if compare and endpoint.capabilities().readback else {}
    for row in rows:
        yield _line(row, endpoint, turns[row.pk], known.get(row.credit_id or ""), now=now)


def audit(name: str, *, since: datetime, limit: int = 1000) -> Iterator[Line]:
    """What that endpoint accepted since then and does not have any more, the newest first: it was lost over there.

    An acceptance is the receiver's last word, so the engine does not come back to it by itself; this does. What it
    names can be replayed. Raises KeyError for an endpoint that is not configured.
    """
    endpoint = config.endpoints()[name]
    if not endpoint.capabilities().readback:
        return
    accepted = Delivery.objects.filter(endpoint=name, state=State.ACCEPTED, next_attempt_at__gte=since)
    rows = accepted.select_related(*facts.RELATED).defer("edition__canonical").order_by("-next_attempt_at", "-pk")
    there = list(rows[:limit])
    # What was taken back since is rightly gone.
    taken_back = set(
        Delivery.objects.filter(endpoint=name, subject__in=[row.subject for row in there], operation=Operation.DELETE)
        .exclude(state=State.CANCELLED)
        .values_list("subject", "kind", "revision")
    )
    wanted = [
        row
        for row in there
        if row.operation == Operation.ADD and (row.subject, row.kind, row.revision) not in taken_back
    ]
    known = _asked(wanted, endpoint)
    for row in wanted:
        outcome = known.get(row.credit_id or "")
        if outcome is not None and outcome.result is Result.NOT_FOUND:
            yield Line(
                row.uuid, row.credit_id or "", "missing", "missing", "It was accepted, and is not there: replay it."
            )


def _asked(rows: Sequence[Delivery], endpoint: Endpoint) -> Mapping[str, Outcome]:
    """What the receiver says of them."""
    named = [row for row in rows if row.credit_id]
    found = facts.payloads(named, endpoint, asking=True)
    known: dict[str, Outcome] = {}
    size = max(endpoint.capabilities().batch_max, 1)
    payloads = [found[row.pk] for row in named]
    for start in range(0, len(payloads), size):
        known.update(endpoint.reconcile(payloads[start : start + size]))
    return known


def _line(row: Delivery, endpoint: Endpoint, turn: str | Problem, known: Outcome | None, *, now: datetime) -> Line:
    key = row.credit_id or ""
    if row.state == State.HELD and row.reason in ("by_hand", "no_void"):
        return Line(row.uuid, key, "held", row.reason, row.detail)
    if turn == order.WAIT:
        return Line(row.uuid, key, "wait", order.IN_TURN, "An earlier one of the same credit comes first.")
    if turn == order.NOTHING_THERE:
        return Line(row.uuid, key, "wait", order.NOTHING_THERE, "What it would take back is not there.")
    found = turn if isinstance(turn, Problem) else facts.payloads([row], endpoint)[row.pk]
    problem = found if isinstance(found, Problem) else next(iter(endpoint.validate(found)), None)
    if problem is not None:
        return Line(row.uuid, key, "held" if problem.hold else "refuse", problem.code, problem.detail)
    document = endpoint.render([found], now=now)
    verdict = "delete" if row.operation == "delete" else "send"
    if known is not None and known.result in (Result.ACCEPTED, Result.PENDING) and verdict == "send":
        return Line(row.uuid, key, "there", str(known.result), "The receiver has it already.")
    return Line(row.uuid, key, verdict, size=len(document), hash=digest(document))
