"""Sending what is owed: each due delivery once under a lease, its answer judged, its row settled.

`run_once` is the whole engine. Celery, `manage.py cme_deliver` and the tests all call it; any number may call it at the
same time. It never sends twice what may have arrived: that is asked about first (`states.py` has the moves, `moves.py`
the waits, `leases.py` the updates that keep workers apart).

Logs name deliveries by their uuid and nothing else: an exception's text may quote what was being rendered, so only its
type and place are written down.
"""

from __future__ import annotations

import dataclasses
import logging
import secrets
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.db.models import Q
from django.views.decorators.debug import sensitive_variables

from cme_xblock.records import vault
from cme_xblock.records.contention import LedgerBusy
from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import config, facts, leases, moves, outbox, states
from cme_xblock.reporting.endpoints.base import Endpoint, Outcome, Problem, Result
from cme_xblock.reporting.leases import Lease, Move
from cme_xblock.reporting.states import Action

__all__ = ["Counts", "run_once"]

log = logging.getLogger(__name__)

# After so many failed connections in a row, an endpoint's other rows wait for the next run: each would only wait for
# the same time-out.
_UNREACHABLE_MAX = 3

# A key is missing or wrong: an operator can put it back, so what is owed waits. Neither error quotes a value.
_VAULT_SHUT = (vault.VaultError, ImproperlyConfigured)

_CHANCE = secrets.SystemRandom().random

Clock = Callable[[], datetime]


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
    lost: int = 0
    failed: int = 0

    @property
    def worked(self) -> int:
        """How many leases were taken; 0 means that there was nothing to do."""
        return sum(getattr(self, field.name) for field in dataclasses.fields(self)) - self.released - self.recovered


@dataclass(frozen=True)
class _Run:
    """What stays the same during one run."""

    now: Clock
    owner: str
    chance: Callable[[], float]
    endpoints: Mapping[str, Endpoint]
    unreachable: Counter[str]


def run_once(
    *,
    now: Clock,
    owner: str,
    limit: int = 100,
    chance: Callable[[], float] = _CHANCE,
    stop: Callable[[], bool] = lambda: False,
) -> Counts:
    """Work through the deliveries that are due, at most `limit`, and say what came of them.

    `now`: the clock. `owner`: a name for this worker, at most 100 characters, different from all others that run.
    `chance`: 0 to 1, spreads retries. `stop`: asked between rows; True ends the run in order.
    """
    enabled = {name: one for name, one in config.endpoints().items() if one.config.enabled}
    run = _Run(now, owner, chance, enabled, Counter())
    counts: Counter[str] = Counter()
    counts["released"] = outbox.release_held(now=now(), due_only=True, limit=limit)
    counts["recovered"] = _recovered(run, limit)
    for row in _due(run, limit):
        if stop():
            break
        if run.unreachable[row.endpoint] < _UNREACHABLE_MAX:
            counts[_guarded(row, run)] += 1
    counts.pop("", None)
    return Counts(**counts)


def _recovered(run: _Run, limit: int) -> int:
    settle_seconds = {name: one.config.settle_seconds for name, one in run.endpoints.items()}
    try:
        return leases.recover(now=run.now(), settle_seconds=settle_seconds, limit=limit)
    except LedgerBusy:
        return 0  # other workers are at it


def _due(run: _Run, limit: int) -> list[Delivery]:
    now = run.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    rows = Delivery.objects.filter(
        free, state__in=list(states.WORK), next_attempt_at__lte=now, endpoint__in=list(run.endpoints)
    )
    rows = rows.select_related(*facts.RELATED).defer("edition__canonical")
    return list(rows.order_by("next_attempt_at", "pk")[:limit])


def _guarded(row: Delivery, run: _Run) -> str:
    """Work on one row; whatever goes wrong with it stays with it. The name of its count, "" where it was not ours."""
    try:
        return _work(row, run)
    except (DatabaseError, LedgerBusy) as error:
        # The lease runs out and the row is found again, as after a crash.
        log.warning("Delivery %s: the database failed (%s); it will be taken up again.", row.uuid, _place(error))
    except Exception as error:  # noqa: BLE001 - one bad row must not keep the others
        log.error("Delivery %s: the program failed (%s); it will be taken up again.", row.uuid, _place(error))
    return "failed"


def _work(row: Delivery, run: _Run) -> str:
    endpoint = run.endpoints[row.endpoint]
    lease = leases.take(row, owner=run.owner, now=run.now(), seconds=endpoint.config.lease_seconds)
    if lease is None:
        return ""
    move = _sent(lease, endpoint, run) if lease.action is Action.SEND else _asked(lease, endpoint, run)
    if not leases.settle(lease, move, now=run.now()):
        log.warning("Delivery %s: its lease had run out, so this worker's result was not written.", row.uuid)
        return "lost"
    log.info("Delivery %s to %s: %s %s", row.uuid, row.endpoint, move.state, move.reason)
    return str(move.state)


@sensitive_variables()
def _sent(lease: Lease, endpoint: Endpoint, run: _Run) -> Move:
    """Send one delivery, if all it needs is still there."""
    try:
        record = facts.payloads([lease.delivery], endpoint)[lease.delivery.pk]
        problem = record if isinstance(record, Problem) else next(iter(endpoint.validate(record)), None)
        if problem is not None:
            return moves.on_problem(problem, now=run.now())
        document = endpoint.render([record], now=run.now())
    except DatabaseError:
        raise
    except _VAULT_SHUT as error:
        return moves.on_problem(Problem("vault", str(error)), now=run.now())
    except Exception as error:  # noqa: BLE001 - whatever it is, trying again would fail again
        log.error("Delivery %s could not be made ready (%s); it is given up.", lease.delivery.uuid, _place(error))
        return Move(State.DEAD, run.now(), "program_error", "The document could not be made; see the log.")
    stopped = _last_look(lease, endpoint, run)
    if stopped is not None:
        return stopped
    outcome = _carefully(lambda: endpoint.send(document, [record])[record.key], lease)  # type: ignore[union-attr]
    return _judged(outcome, lease, endpoint, run)


def _last_look(lease: Lease, endpoint: Endpoint, run: _Run) -> Move | None:
    """What still stops a sending at the last moment: consent withdrawn meanwhile, or too little time on the lease."""
    now = run.now()
    if not facts.allowed([lease.delivery], endpoint):
        return moves.on_problem(facts.NO_CONSENT, now=now)
    if now + timedelta(seconds=endpoint.config.total_timeout) > lease.until:
        return Move(State.READY, now, "lease_short", "The worker was held up; nothing was sent.")
    return None


@sensitive_variables()
def _asked(lease: Lease, endpoint: Endpoint, run: _Run) -> Move:
    """Ask what became of one delivery. Nothing identified leaves, so no consent is needed."""
    record = facts.payloads([lease.delivery], endpoint, asking=True)[lease.delivery.pk]
    outcome = _carefully(lambda: endpoint.reconcile([record])[record.key], lease)  # type: ignore[union-attr]
    return _judged(outcome, lease, endpoint, run)


def _carefully(exchange: Callable[[], Outcome], lease: Lease) -> Outcome:
    """The outcome; where the program itself fails in the middle of an exchange, nobody knows what arrived."""
    try:
        return exchange()
    except Exception as error:  # noqa: BLE001 - the row must not be lost between "sent" and "not sent"
        log.error("Delivery %s: an exchange failed (%s).", lease.delivery.uuid, _place(error))
        return Outcome(Result.UNKNOWN, "program_error")


def _judged(outcome: Outcome, lease: Lease, endpoint: Endpoint, run: _Run) -> Move:
    name = endpoint.config.name
    run.unreachable[name] = run.unreachable[name] + 1 if outcome.reason == "unreachable" else 0
    return moves.after(outcome, lease, endpoint.config, now=run.now(), chance=run.chance)


def _place(error: BaseException) -> str:
    """The error's type and where it was raised, without its text, which may quote a person."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where
