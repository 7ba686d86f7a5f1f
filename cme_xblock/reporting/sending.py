"""One batch, or a few: made ready, looked at once more, sent or asked about, judged, settled.

Made ready while the rows are only reserved, so that a worker that is killed at it leaves nothing to doubt. From the
moment in which they are taken until their answer is settled they may have been sent. Several batches are made ready and
taken with one statement each; every one is looked at once more right before it leaves, and what came of them is written
together a moment later.

When the receiver refuses a document as a whole, the batch is halved until the record that is to blame is alone: that
one is refused, the others go. What can't be made ready is given up alone in the same way.

Logs name deliveries by their uuid and nothing else: an exception's text may quote what was being rendered, so only its
type and place are written down.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import Error
from django.views.decorators.debug import sensitive_variables

from cme_xblock.records import vault
from cme_xblock.records.faults import place
from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import State
from cme_xblock.records.models.participation import new_uuid
from cme_xblock.reporting import decisions, facts, gauges, last_look, leases, moves, order, schedule, states
from cme_xblock.reporting import registrations as activities
from cme_xblock.reporting.endpoints import exchange
from cme_xblock.reporting.endpoints.base import Endpoint, Outcome, Payload, Problem, Result
from cme_xblock.reporting.endpoints.digest import digest
from cme_xblock.reporting.leases import LEASE_SHORT, NOT_NOW, PAUSED, Lease, Move, Sent
from cme_xblock.reporting.states import Action

__all__ = ["Clock", "Done", "Worker", "place", "work"]

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

# A key is missing or wrong: an operator can put it back, so what is owed waits. Neither error quotes a value.
_VAULT_SHUT = (vault.VaultError, ImproperlyConfigured)
# Who answers for a pause that the receiver asked for.
ENGINE = "engine"
# Seconds for which an answer may wait for others to be written with it.
_UNWRITTEN = 0.1
# Beyond so many records, taking every person out of the log's excerpt costs more than sending.
_EXCERPT_RECORDS = 10
_TOO_BIG = Outcome(
    Result.REFUSED, "too_big", "The document is too long for the receiver, so it was not sent.", whole=True
)


@dataclass(frozen=True)
class Worker:
    """What stays the same during one run."""

    now: Clock
    owner: str
    chance: Callable[[], float]
    places: gauges.Places


@dataclass
class Done:
    """What came of it, by the names of `engine.Counts`; `halt`: nothing more should be sent there in this run.

    `seconds`: from the first sending to the last answer.
    """

    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    halt: bool = False


@dataclass(frozen=True)
class _Ready:
    """Rows with what is to be sent of them, the document of all, and where the other rows go."""

    rows: tuple[Delivery, ...] = ()
    payloads: Mapping[int, Payload] = field(default_factory=dict, repr=False)
    document: bytes = field(default=b"", repr=False)
    stopped: tuple[tuple[Delivery, Move], ...] = ()


@dataclass(frozen=True)
class _Held:
    """One row under a lease."""

    lease: Lease
    payload: Payload = field(repr=False)


def work(
    batches: Sequence[Sequence[Delivery]],
    endpoint: Endpoint,
    worker: Worker,
    breaker: gauges.Breaker,
    *,
    may: Callable[[], bool] = lambda: True,
) -> Done:
    """Do reserved rows of one state that are taken together, each batch a document. Raises only for the database.

    `may`: asked between two documents, whether the next one may be sent at this moment.
    """
    work = _Work(endpoint, worker, breaker, may)
    if states.WORK[State(batches[0][0].state)] is Action.SEND:
        work.send(batches)
    else:
        for rows in batches:
            work.ask(rows)
    return work.done


class _Work:
    """Batches on their way under one lease."""

    def __init__(self, endpoint: Endpoint, worker: Worker, breaker: gauges.Breaker, may: Callable[[], bool]) -> None:
        self.done = Done()
        self._endpoint, self._worker, self._breaker, self._may = endpoint, worker, breaker, may
        # Answers that are not written yet, and since when there are some (monotonic seconds).
        self._heard: list[tuple[Lease, Move]] = []
        self._since = 0.0
        self._seconds = endpoint.config.lease_seconds
        # Once for all: what waits together is found together again.
        chance = worker.chance()
        self._chance = lambda: chance

    @sensitive_variables()
    def send(self, batches: Sequence[Sequence[Delivery]]) -> None:
        """Send what all that it needs is still there for."""
        ready = self._ready(batches)
        stopped = [(leases.reserved(row, owner=self._worker.owner), move) for one in ready for row, move in one.stopped]
        self._settle(stopped, self._worker.now())
        rows = [row for one in ready for row in one.rows]
        if not rows:
            return
        taken = leases.take_all(rows, owner=self._worker.owner, now=self._worker.now(), seconds=self._seconds)
        held = {one.delivery.pk: one for one in taken}
        begun = time.monotonic()
        try:
            for number, one in enumerate(one for one in ready if one.rows):
                mine = [held[row.pk] for row in one.rows if row.pk in held]
                if mine and number and (self.done.halt or not self._may()):
                    self._put_back(mine)
                elif mine:
                    self._send(one, mine)
        finally:
            self.done.seconds = time.monotonic() - begun
            self._write()

    @sensitive_variables()
    def ask(self, rows: Sequence[Delivery]) -> None:
        """Ask what became of these. Nothing identified leaves, so no consent is needed."""
        taken = leases.take_all(rows, owner=self._worker.owner, now=self._worker.now(), seconds=self._seconds)
        if not taken:
            return
        if not self._endpoint.capabilities().readback:
            # It takes the same thing twice without harm, so it need not be asked.
            self._judge([(one, Outcome(Result.NOT_FOUND)) for one in taken], now=True)
            return
        try:
            found = facts.payloads([one.delivery for one in taken], self._endpoint, asking=True)
        except Error:
            raise
        except Exception as error:  # noqa: BLE001 - the question waits, and so does the row
            log.error("Deliveries to %s can't be asked about (%s).", self._endpoint.config.name, place(error))
            self._judge([(one, Outcome(Result.UNKNOWN, "program_error")) for one in taken], now=True)
            return
        held = [_Held(one, found[one.delivery.pk]) for one in taken]  # type: ignore[arg-type]
        outcomes = self._carefully(self._endpoint.reconcile, held)
        self._judge([(one.lease, _of(one, outcomes)) for one in held], now=True)

    def _ready(self, batches: Sequence[Sequence[Delivery]]) -> list[_Ready]:
        """What can be sent, each batch in one document; where that can't be made of all of them, each by itself."""
        rows = [row for batch in batches for row in batch]
        try:
            found = facts.payloads(rows, self._endpoint)
            return [self._checked(batch, found) for batch in batches]
        except Error:
            raise
        except _VAULT_SHUT as error:
            move = moves.on_problem(Problem("vault", str(error)), now=self._worker.now())
            return [_Ready(stopped=tuple((row, move) for row in rows))]
        except Exception as error:  # noqa: BLE001 - whatever it is, trying again would fail again
            if len(rows) > 1:
                return [one for row in rows for one in self._ready([[row]])]
            log.error("Delivery %s could not be made ready (%s); it is given up.", rows[0].uuid, place(error))
            return [_Ready(stopped=((rows[0], self._given_up()),))]

    def _checked(self, rows: Sequence[Delivery], found: Mapping[int, Payload | Problem]) -> _Ready:
        now = self._worker.now()
        good: dict[int, Payload] = {}
        stopped = []
        for row in rows:
            one = found[row.pk]
            problem = one if isinstance(one, Problem) else next(iter(self._endpoint.validate(one)), None)
            if problem is not None:
                stopped.append((row, moves.on_problem(problem, now=now)))
            else:
                good[row.pk] = one  # type: ignore[assignment]
        document = self._endpoint.render(list(good.values()), now=now) if good else b""
        return _Ready(tuple(row for row in rows if row.pk in good), good, document, tuple(stopped))

    def _given_up(self) -> Move:
        now = self._worker.now()
        return Move(State.DEAD, now, "program_error", "The document could not be made; see the log.")

    @sensitive_variables()
    def _send(self, ready: _Ready, taken: Sequence[Lease]) -> None:
        left = self._looked_at(taken)
        held = [_Held(one, ready.payloads[one.delivery.pk]) for one in left]
        if held:
            self._exchange(held, ready.document if len(held) == len(ready.rows) else None)

    def _put_back(self, taken: Sequence[Lease]) -> None:
        """These were taken, and will not be sent now."""
        now = self._worker.now()
        move = Move(State.READY, now, NOT_NOW, "The endpoint wanted no more for now; nothing was sent.")
        self._settle([(one, move) for one in taken], now)

    def _looked_at(self, taken: Sequence[Lease]) -> list[Lease]:
        """Those that may still leave at this moment; the others are settled."""
        now = self._worker.now()
        look = last_look.at(taken, self._endpoint)
        if look.lost:
            self.done.counts["lost"] += len(look.lost)
        mine = [one for one in taken if one.delivery.pk not in look.lost]
        pks = [one.delivery.pk for one in mine]
        stopped = {pk: moves.on_problem(problem, now=now) for pk, problem in look.problems.items()}
        if look.paused or look.changed:
            self.done.halt = True
            reason, why = (PAUSED, "The endpoint was paused") if look.paused else (NOT_NOW, "Its settings were changed")
            stopped = dict.fromkeys(pks, Move(State.READY, now, reason, f"{why}; nothing was sent."))
        elif mine and now + timedelta(seconds=self._endpoint.config.total_timeout) > min(one.until for one in mine):
            move = Move(State.READY, now, LEASE_SHORT, "The worker was held up; nothing was sent.")
            stopped = dict.fromkeys(pks, move) | stopped
        self._settle([(one, stopped[one.delivery.pk]) for one in mine if one.delivery.pk in stopped], now)
        return [one for one in mine if one.delivery.pk not in stopped]

    @sensitive_variables()
    def _exchange(self, held: Sequence[_Held], document: bytes | None) -> None:
        """Send these in one document; in halves, where the receiver refuses it as a whole."""
        if document is None:
            document = self._endpoint.render([one.payload for one in held], now=self._worker.now())
        if len(document) > self._endpoint.capabilities().bytes_max:
            outcomes: Mapping[str, Outcome] = {one.payload.key: _TOO_BIG for one in held}
        else:
            with exchange.leaving_within(self._time_left(held)):
                outcomes = self._carefully(lambda payloads: self._endpoint.send(document, payloads), held)
        judged = [(one.lease, _of(one, outcomes)) for one in held]
        if len(held) == 1 or not any(one.whole and one.result is Result.REFUSED for _, one in judged):
            self._judge(judged, self._log_of(document, held))
            return
        for half in (held[: len(held) // 2], held[len(held) // 2 :]):
            self._exchange_again(half)

    def _time_left(self, held: Sequence[_Held]) -> float:
        """Seconds within which a request has to leave, so that its answer is there before its lease ends."""
        until = min(one.lease.until for one in held)
        return (until - self._worker.now()).total_seconds() - self._endpoint.config.total_timeout

    @sensitive_variables()
    def _exchange_again(self, half: Sequence[_Held]) -> None:
        """Send these of a document that was refused. It took a while, so all is looked at once more."""
        now = self._worker.now()
        renewed = leases.renew([one.lease for one in half], now=now, seconds=self._seconds)
        if renewed is None:  # they are found again, and asked about
            self.done.counts["lost"] += len(half)
            return
        left = {one.delivery.pk: one for one in self._looked_at(renewed)}
        still = [replace(one, lease=left[pk]) for one in half if (pk := one.lease.delivery.pk) in left]
        if still:
            self._exchange(still, None)

    def _carefully(
        self, exchange: Callable[[Sequence[Any]], Mapping[str, Outcome]], held: Sequence[_Held]
    ) -> Mapping[str, Outcome]:
        """The outcomes; where the program itself fails in the middle of an exchange, nobody knows what arrived."""
        try:
            return exchange([one.payload for one in held])
        except Exception as error:  # noqa: BLE001 - a row must not be lost between "sent" and "not sent"
            log.error("Delivery %s: an exchange failed (%s).", held[0].lease.delivery.uuid, place(error))
            return {one.payload.key: Outcome(Result.UNKNOWN, "program_error") for one in held}

    def _log_of(self, document: bytes, held: Sequence[_Held]) -> Sent:
        text = f"{len(held)} records"
        if len(held) <= _EXCERPT_RECORDS:
            text = document[:4000].decode("utf-8", "replace")
            for one in held:
                text = self._endpoint.redact(text, one.payload)
        return Sent(new_uuid(), len(held), text, len(document), digest(document))

    def _judge(self, outcomes: Sequence[tuple[Lease, Outcome]], sent: Sent | None = None, *, now: bool = False) -> None:
        """Take in what came of one exchange, and tell the breaker once. Written `now`, or in a moment with others."""
        at = self._worker.now()
        for lease, outcome in outcomes:
            if outcome.number:
                activities.learned(lease.delivery, self._endpoint, outcome.number, now=at)
        self._since = self._since if self._heard else time.monotonic()
        self._heard += [
            (lease, moves.after(one, lease, self._endpoint, now=at, chance=self._chance, sent=sent))
            for lease, one in outcomes
        ]
        stop = next((one.stop for _, one in outcomes if one.stop), "")
        # Only what went well waits to be written, and not for long: what is not written is asked about after a crash.
        smooth = all(one.result in (Result.ACCEPTED, Result.PENDING) for _, one in outcomes)
        if now or stop or not smooth or time.monotonic() - self._since > _UNWRITTEN:
            self._write()
        if stop:
            decisions.pause(self._endpoint.config.name, by=ENGINE, reason=stop, now=at)
            self.done.halt = True
        # One that was answered shows that somebody is there.
        telling = min((one for _, one in outcomes), key=gauges.failed)
        wait = schedule.retry_after(telling.retry_after, now=at) if telling.retry_after else None
        if not self._breaker.told(telling, now=at, wait=wait):
            self.done.halt = True

    def _write(self) -> None:
        """Settle what was heard."""
        heard, self._heard = self._heard, []
        self._settle(heard, self._worker.now())

    def _settle(self, pairs: Sequence[tuple[Lease, Move]], now: datetime) -> None:
        if not pairs:
            return
        for (lease, move), written in zip(pairs, leases.settle_all(pairs, now=now), strict=True):
            row = lease.delivery
            if written:
                log.info("Delivery %s to %s: %s %s", row.uuid, row.endpoint, move.state, move.reason)
            else:
                log.warning("Delivery %s: its lease had run out, so this worker's result was not written.", row.uuid)
            self.done.counts[str(move.state) if written else "lost"] += 1
        settled = [lease.delivery.order_key for lease, move in pairs if move.state in states.FINAL]
        order.wake(self._endpoint.config.name, settled, now=now)


def _of(held: _Held, outcomes: Mapping[str, Outcome]) -> Outcome:
    """What was said of this one; silence is no answer."""
    return outcomes.get(held.payload.key, Outcome(Result.UNKNOWN, "answer_unclear"))
