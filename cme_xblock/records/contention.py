"""What to do when several requests want the same rows: try again for a while, then say so.

Databases answer contention in their own ways (a deadlock, a lock not given in time, a snapshot that is too old). All of
them mean "nothing was written, ask again", which is the one thing that this module knows.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connections, transaction

T = TypeVar("T")

ATTEMPTS = 10
SECONDS = 10.0
_FIRST_PAUSE = 0.005
_LONGEST_PAUSE = 0.25

# PostgreSQL: serialization_failure, deadlock_detected, lock_not_available.
_SQLSTATES = frozenset({"40001", "40P01", "55P03"})
# MySQL and MariaDB: lock wait timeout, deadlock, record changed since last read (snapshot isolation of MariaDB 11).
_MYSQL_CODES = frozenset({1205, 1213, 1020})


class LedgerBusy(RuntimeError):  # noqa: N818 - says what is the case
    """The record could not be written for now, because others were writing it. Nothing was written; ask again."""

    def __init__(self) -> None:
        super().__init__("The record is being written by another request. Nothing was written; try again in a moment.")


class Conflict(Exception):  # noqa: N818 - says what is the case
    """Raised by work inside `run`: what was decided on is no longer true, so decide again."""


def run(work: Callable[[], T], *, using: str) -> T:
    """Do `work` in one transaction, and again where it met contention; up to 10 times and 10 seconds.

    `work` has to read what it decides on anew each time. Inside an outer transaction it runs once, under a savepoint:
    the outer snapshot cannot be renewed from within, so trying again would meet the same conflict.

    Raises LedgerBusy where contention lasts. Every other error passes, and rolls back.
    """
    nested = connections[using].in_atomic_block
    until = time.monotonic() + SECONDS
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic(using=using):
                return work()
        except Conflict as error:
            cause: Exception = error
        except OperationalError as error:
            if not is_contention(error):
                raise
            cause = error
        if nested or time.monotonic() > until:
            break
        time.sleep(_pause(attempt))
    raise LedgerBusy from cause


def is_contention(error: OperationalError) -> bool:
    """Whether a database error means "another transaction was in the way"."""
    cause = error.__cause__
    state = getattr(cause, "pgcode", None) or getattr(cause, "sqlstate", None)
    if state is not None:
        return state in _SQLSTATES
    if error.args and isinstance(error.args[0], int):
        return error.args[0] in _MYSQL_CODES
    # SQLite has no codes before Python 3.11's sqlite_errorname, and Django passes on its text alone.
    return "is locked" in str(error)


def _pause(attempt: int) -> float:
    """Seconds to wait: doubled each time, and random, so that two who collided do not collide again in step."""
    return random.uniform(0.5, 1.0) * min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)  # noqa: S311 - no secret
