"""Sending what is owed: each due delivery once under a lease, its answer judged, its row settled.

`run_once` is the whole engine. Celery, `manage.py cme_deliver` and the tests all call it; any number may call it at the
same time. It goes round the endpoints, one batch each, so that none waits for another. `sending.py` does one batch,
`leases.py` keeps workers apart, `gauges.py` spares an endpoint, `order.py` says whose turn it is.
"""

from __future__ import annotations

import dataclasses
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import Error

from cme_xblock.records.contention import LedgerBusy
from cme_xblock.records.faults import place
from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import config, decisions, gauges, leases, moves, order, releasing, sending
from cme_xblock.reporting.endpoints.base import Endpoint, Problem
from cme_xblock.reporting.leases import Move
from cme_xblock.reporting.sending import Clock, Worker

__all__ = ["Counts", "run_once"]

log = logging.getLogger(__name__)

_CHANCE = secrets.SystemRandom().random

# Rows that are reserved at a time where they are sent one by one: few enough to leave some for the other workers.
_RESERVE = 10
# Records that are taken together, although each goes by itself: what leaves and is answered in so many seconds,
# and no more than that. A worker that is killed leaves as many to ask about.
_MOMENT, _TOGETHER = 0.25, 100
# What is asked about comes first, for others may be waiting for it in order.
_LANES = (State.UNKNOWN, State.PENDING, State.READY)


@dataclass(frozen=True)
class Counts:
    """What one run did. `released` and `recovered` are rows; the others count leases by what came of them.

    `lost`: settled by somebody else in the meantime. `failed`: the program or the database failed; the row comes back.
    """

    released: int = 0
    recovered: int = 0
    held: int = 0
    ready: int = 0
    pending: int = 0
    accepted: int = 0
    refused: int = 0
    unknown: int = 0
    dead: int = 0
    cancelled: int = 0
    lost: int = 0
    failed: int = 0

    @property
    def worked(self) -> int:
        """How many leases were taken; 0 means that there was nothing to do."""
        return sum(getattr(self, field.name) for field in dataclasses.fields(self)) - self.released - self.recovered


def run_once(
    *,
    now: Clock,
    owner: str,
    limit: int = 100,
    chance: Callable[[], float] = _CHANCE,
    stop: Callable[[], bool] = lambda: False,
    only: Iterable[str] | None = None,
) -> Counts:
    """Work through the deliveries that are due, at most `limit`, and say what came of them.

    `now`: the clock. `owner`: a name for this worker, at most 100 characters, different from all others that run.
    `chance`: 0 to 1, spreads retries. `stop`: asked between batches; True ends the run in order. `only`: names of
    endpoints, where not all are meant.
    """
    known = {name: one for name, one in config.endpoints().items() if one.config.enabled}
    if only is not None:
        known = {name: known[name] for name in only if name in known}
    counts: Counter[str] = Counter()
    counts["released"] = releasing.release_held(now=now(), due_only=True, limit=limit)
    counts["recovered"] = _recovered(known, now, limit)
    idle = decisions.paused(known)
    with gauges.places(owner) as places:
        worker = Worker(now, owner, chance, places)
        lanes = [_Lane(one, state, worker) for one in known.values() if one.config.name not in idle for state in _LANES]
        _go_round(lanes, counts, limit=limit, stop=stop)
    counts.pop("", None)
    return Counts(**counts)


def _go_round(lanes: list[_Lane], counts: Counter[str], *, limit: int, stop: Callable[[], bool]) -> None:
    left = limit
    try:
        while lanes and left > 0:
            for lane in list(lanes):
                if left <= 0 or stop():
                    return
                done = lane.turn(left)
                if done is None:
                    lanes.remove(lane)
                    continue
                counts.update(done)
                left -= sum(done.values())
    finally:
        for lane in lanes:
            lane.let_go()


def _recovered(known: dict[str, Endpoint], now: Clock, limit: int) -> int:
    at = now()
    patience = {name: moves.patience(one, now=at) for name, one in known.items()}
    try:
        return leases.recover(now=at, patience=patience, limit=limit)
    except LedgerBusy:
        return 0  # other workers are at it


class _Lane:
    """What one worker has at hand of one endpoint's due rows in one state."""

    def __init__(self, endpoint: Endpoint, state: State, worker: Worker) -> None:
        self._endpoint, self._state, self._worker = endpoint, state, worker
        self._name = endpoint.config.name
        self._breaker = gauges.Breaker(endpoint.config)
        self._pace = _Pace(endpoint, state)
        self._rows: list[Delivery] = []

    def turn(self, most: int) -> Counter[str] | None:
        """Do what is taken at once; what came of it by the names of `Counts`, None where there is nothing to do."""
        try:
            counts: Counter[str] = Counter()
            if not self._rows:
                self._rows = self._reserved(most)
                if not self._rows:
                    return None
                self._rows = self._in_turn(counts)
            batches = self._batches(most)
            if not batches:
                return counts
            if not self._may():
                self.let_go()
                return None
            self._rows = self._rows[sum(map(len, batches)) :]
            done = sending.work(batches, self._endpoint, self._worker, self._breaker, may=self._may)
            self._pace.told(done)
            counts.update(done.counts)
            if done.halt:
                self.let_go()
                self._may = lambda: False  # type: ignore[method-assign]
            return counts
        except (Error, LedgerBusy) as error:
            # What was taken is found again when its lease is over, as after a crash.
            log.warning("Endpoint %s: the database failed (%s); its deliveries wait.", self._name, place(error))
        except Exception as error:  # noqa: BLE001 - one endpoint must not keep the others
            log.error("Endpoint %s: the program failed (%s); its deliveries wait.", self._name, place(error))
        self._rows = []
        return Counter(failed=1)

    def let_go(self) -> None:
        """Give back what was reserved and not done."""
        rows, self._rows = self._rows, []
        try:
            leases.let_go(rows, owner=self._worker.owner)
        except Error as error:
            log.warning("Endpoint %s: reserved deliveries wait for their time (%s).", self._name, place(error))

    def _reserved(self, most: int) -> list[Delivery]:
        if self._state is State.UNKNOWN and not moves.can_go_on(self._endpoint):
            return []
        batch = self._endpoint.capabilities().batch_max
        wanted = batch * max(max(_RESERVE, 2 * self._pace.size) // batch, 1)
        seconds = self._endpoint.config.lease_seconds
        return leases.reserve(
            self._name,
            self._state,
            owner=self._worker.owner,
            now=self._worker.now(),
            seconds=seconds,
            limit=min(wanted, most),
        )

    def _in_turn(self, counts: Counter[str]) -> list[Delivery]:
        """Those whose turn it is; the others are parked, held or cancelled."""
        if self._state is not State.READY:
            return self._rows
        verdicts = order.verdicts(self._rows, self._name)
        now = self._worker.now()
        waiting = [row for row in self._rows if verdicts[row.pk] == order.WAIT]
        if waiting:
            order.park(waiting, endpoint=self._name, owner=self._worker.owner, now=now)
        for row in self._rows:
            verdict = verdicts[row.pk]
            move = None
            if isinstance(verdict, Problem):
                move = moves.on_problem(verdict, now=now)
            elif verdict == order.NOTHING_THERE:
                move = Move(State.CANCELLED, now, order.NOTHING_THERE, "What it would take back is not there.")
            if move is not None and leases.settle(leases.reserved(row, owner=self._worker.owner), move, now=now):
                counts[str(move.state)] += 1
                order.wake(self._name, [row.order_key], now=now)
        return [row for row in self._rows if verdicts[row.pk] == order.GO]

    def _batches(self, most: int) -> list[list[Delivery]]:
        """The batches that are taken at once."""
        batches: list[list[Delivery]] = []
        rows = self._rows
        while rows and most > 0 and sum(map(len, batches)) < self._pace.size:
            batches.append(self._batch(rows, most))
            rows, most = rows[len(batches[-1]) :], most - len(batches[-1])
        return batches

    def _batch(self, rows: list[Delivery], most: int) -> list[Delivery]:
        """The rows that go together: of one kind of subject and, the more often they failed, the fewer.

        A record that makes the receiver fail without saying why is alone after a few tries, and spoils no other.
        """
        batch: list[Delivery] = []
        for row in rows:
            failures = row.attempts if self._state is State.READY else 0
            size = max(1, self._endpoint.capabilities().batch_max >> (2 * failures))
            alike = not batch or row.subject.partition(":")[0] == batch[0].subject.partition(":")[0]
            if len(batch) >= min(size, most) or not alike:
                break
            batch.append(row)
        return batch

    def _may(self) -> bool:
        """Whether this endpoint may be talked to at this moment."""
        now, its = self._worker.now(), self._endpoint.config
        if self._state is State.UNKNOWN and not self._endpoint.capabilities().readback:
            return True
        return self._worker.places.have(its, now=now) and self._breaker.lets(now) and gauges.spend(its, now=now)


class _Pace:
    """How many records are taken at once: one where the receiver is slow, or anything went wrong, or nobody can ask.

    What was taken may have arrived, and costs a question each when the worker is killed. So nothing is taken that will
    not be on its way in a moment.
    """

    def __init__(self, endpoint: Endpoint, state: State) -> None:
        may_be_many = state is State.READY and moves.can_go_on(endpoint) and not endpoint.config.rate_per_minute
        self._most = _TOGETHER if may_be_many else 1
        self.size = 1

    def told(self, done: sending.Done) -> None:
        """What came of the last ones, and how long it took."""
        records = sum(done.counts.values())
        if done.halt or done.counts.keys() - {State.ACCEPTED, State.PENDING}:
            self.size = 1
        else:
            in_a_moment = int(_MOMENT * records / max(done.seconds, 1e-6))
            self.size = max(1, min(self._most, 2 * self.size, in_a_moment))
