"""What all workers know together of an endpoint: is it answering, how fast may it be asked, who talks to it now.

Three brakes, all in tables, so that they hold across processes and machines: a circuit breaker, a token bucket for the
rate, and places for concurrency. Each change is one conditional update. A healthy endpoint without a rate costs one
read each run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import IntegrityError, router, transaction
from django.db.models import F, Q

from cme_xblock.records.models import EndpointGauge, EndpointSlot
from cme_xblock.reporting.endpoints.base import EndpointConfig, Outcome, Result

__all__ = ["FAILURES", "Breaker", "Places", "failed", "places", "row_of", "spend"]

# After so many exchanges in a row that found nobody able to answer, the others wait: each would only wait for the same
# time-out. Then one probe goes through; each time that it fails, the pause is twice as long.
# Of them a worker has to have seen some itself, or there were twice as many: several workers of a receiver that fails
# now and then come to five quickly, although most are answered.
FAILURES = 5
_SEEN = 2
_FIRST_PAUSE = 30.0
_LONGEST_PAUSE = 900.0
# A burst of so much time's worth may go out at once.
_BURST = timedelta(seconds=10)
_TRIES = 8
# For so long a worker believes what it read of a breaker that was closed.
_FRESH = timedelta(seconds=1)

_SILENT = ("unreachable", "no_answer", "certificate", "receiver_error")
_THROTTLED = (429, 502, 503, 504)


def failed(outcome: Outcome) -> bool:
    """Whether the exchange says that nobody over there is able to answer; a refusal is an answer."""
    if outcome.result in (Result.ACCEPTED, Result.PENDING, Result.REFUSED, Result.NOT_FOUND):
        return False
    return outcome.reason in _SILENT or (outcome.http_status or 0) >= 500 or outcome.http_status == 429


class Breaker:
    """The circuit breaker of one endpoint, as one worker sees it during one run."""

    def __init__(self, config: EndpointConfig) -> None:
        self._name = config.name
        self._probe = timedelta(seconds=config.lease_seconds)
        self._troubled = False
        self._mine = 0
        self._closed_at: datetime | None = None

    def lets(self, now: datetime) -> bool:
        """Whether something may be sent now. One read; where it is half open, this worker takes the probe."""
        if self._closed_at is not None and not self._troubled and self._closed_at <= now < self._closed_at + _FRESH:
            return True
        row = EndpointGauge.objects.filter(endpoint=self._name).values("failures", "open_until", "probe_until").first()
        self._troubled = bool(row and (row["failures"] or row["open_until"]))
        self._closed_at = now if row is None or row["open_until"] is None else None
        if row is None or row["open_until"] is None:
            return True
        if now < row["open_until"]:
            return False
        free = Q(probe_until__isnull=True) | Q(probe_until__lte=now)
        half_open = EndpointGauge.objects.filter(free, endpoint=self._name, open_until=row["open_until"])
        return half_open.update(probe_until=now + self._probe) == 1

    def told(self, outcome: Outcome, *, now: datetime, wait: timedelta | None) -> bool:
        """Take an outcome into account; False where nothing more should be sent in this run.

        `wait`: what the receiver itself asked for.
        """
        if not failed(outcome):
            self._mine = 0
            if self._troubled:
                EndpointGauge.objects.filter(endpoint=self._name).update(
                    failures=0, trips=0, open_until=None, probe_until=None
                )
                self._troubled = False
            return True
        self._troubled = True
        self._mine += 1
        if outcome.http_status in _THROTTLED and wait:
            self._open(now, min(wait.total_seconds(), _LONGEST_PAUSE), trips=F("trips"))
            return False
        row = row_of(self._name)
        EndpointGauge.objects.filter(pk=row.pk).update(failures=F("failures") + 1)
        row.refresh_from_db()
        probing = row.open_until is not None and row.open_until <= now
        # Another worker, for which all goes well, looks at the row once in a second only, and does not know that it is
        # to be set back: that there were so many in a row, this one has to have seen something of itself.
        enough = row.failures >= FAILURES and self._mine >= _SEEN
        if not enough and row.failures < 2 * FAILURES and not probing:
            return True
        self._open(now, min(_FIRST_PAUSE * 2**row.trips, _LONGEST_PAUSE), trips=F("trips") + 1)
        return False

    def _open(self, now: datetime, seconds: float, *, trips: F | object) -> None:
        row = row_of(self._name)
        closed = Q(open_until__isnull=True) | Q(open_until__lte=now)
        EndpointGauge.objects.filter(closed, pk=row.pk).update(
            open_until=now + timedelta(seconds=seconds), probe_until=None, trips=trips
        )


def spend(config: EndpointConfig, *, now: datetime) -> bool:
    """Whether the rate lets one more exchange pass at this moment; it is counted then. Nothing is asked without a rate.

    A token bucket, kept as one instant: when the bucket is full again. Each exchange moves it on by its share of a
    minute, and none may move it further ahead than ten seconds; one at least always may. What is not used is not saved
    up beyond that.
    """
    if not config.rate_per_minute:
        return True
    share = timedelta(minutes=1 / config.rate_per_minute)
    room = max(_BURST, share)
    for _ in range(_TRIES):
        row = row_of(config.name)
        full = max(row.full_at, now) if row.full_at else now
        if full + share - now > room:
            return False
        unchanged = EndpointGauge.objects.filter(pk=row.pk, version=row.version)
        if unchanged.update(full_at=full + share, version=F("version") + 1):
            return True
    return False  # others are spending it; the next run will see


class Places:
    """The places from which one worker may talk to endpoints: as many for each endpoint as its `concurrency`."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._until: dict[str, datetime] = {}

    def have(self, config: EndpointConfig, *, now: datetime) -> bool:
        """Whether this worker has a place there, or got one now; it lasts for a lease and is renewed in time."""
        length = timedelta(seconds=config.lease_seconds)
        if self._until.get(config.name, now) > now + length / 2:
            return True
        free = Q(until__isnull=True) | Q(until__lte=now) | Q(owner=self._owner)
        values = {"owner": self._owner, "until": now + length}
        if config.name in self._until:
            mine = EndpointSlot.objects.filter(endpoint=config.name, owner=self._owner)
            if mine.update(**values):
                self._until[config.name] = now + length
                return True
        numbers = list(range(config.concurrency))
        random.shuffle(numbers)
        for number in numbers:
            place = EndpointSlot.objects.filter(free, endpoint=config.name, number=number)
            if place.update(**values) or _made(config.name, number, values):
                self._until[config.name] = now + length
                return True
        return False

    def give_back(self) -> None:
        """Free them all, at the end of a run."""
        for name in self._until:
            EndpointSlot.objects.filter(endpoint=name, owner=self._owner).update(owner="", until=None)
        self._until.clear()


@contextmanager
def places(owner: str) -> Iterator[Places]:
    """Places for one run, given back at its end."""
    mine = Places(owner)
    try:
        yield mine
    finally:
        mine.give_back()


def _made(endpoint: str, number: int, values: dict[str, object]) -> bool:
    """Make a place that was never there, as taken."""
    if EndpointSlot.objects.filter(endpoint=endpoint, number=number).exists():
        return False
    try:
        with transaction.atomic(using=router.db_for_write(EndpointSlot)):
            EndpointSlot.objects.create(endpoint=endpoint, number=number, **values)
    except IntegrityError:
        return False
    return True


def row_of(name: str) -> EndpointGauge:
    """The endpoint's row, made if it was not there."""
    row = EndpointGauge.objects.filter(endpoint=name).first()
    if row is not None:
        return row
    try:
        with transaction.atomic(using=router.db_for_write(EndpointGauge)):
            return EndpointGauge.objects.create(endpoint=name)
    except IntegrityError:
        return EndpointGauge.objects.get(endpoint=name)
