"""What the receiver remembers, in one SQLite file that survives its restarts: records, arrivals, instructions.

Threads share one connection behind a lock. What is committed is in the file at once, so a killed receiver loses nothing
that it had answered for.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cme_xblock.reporting.sandbox.checks import Arrived
from cme_xblock.reporting.sandbox.misbehave import Rule, Trouble

_TABLES = """
CREATE TABLE IF NOT EXISTS record (
    id INTEGER PRIMARY KEY, credit_id TEXT NOT NULL, person TEXT NOT NULL, activity TEXT NOT NULL, title TEXT NOT NULL,
    certification TEXT NOT NULL, amount TEXT NOT NULL, completed_on TEXT NOT NULL, received_at REAL NOT NULL,
    decide_at REAL NOT NULL, rejection TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS record_by_credit ON record (credit_id);
CREATE TABLE IF NOT EXISTS arrival (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, request TEXT NOT NULL, credit_id TEXT NOT NULL, result TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS rule (
    id INTEGER PRIMARY KEY, trouble TEXT NOT NULL, affects TEXT NOT NULL, times INTEGER, credit_id TEXT NOT NULL,
    seconds REAL NOT NULL, text TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class Kept:
    """One record as the receiver holds it. Times are seconds since 1970."""

    credit_id: str
    person: str
    activity: str
    title: str
    certification: str
    amount: str
    completed_on: str
    received_at: float
    decide_at: float
    rejection: str

    def status(self, at: float) -> str:
        """`pending`, and from `decide_at` on `accepted` or `refused`."""
        if at < self.decide_at:
            return "pending"
        return "refused" if self.rejection else "accepted"


@dataclass(frozen=True)
class Arrival:
    """One line of the receiver's log."""

    at: float
    request: str
    credit_id: str
    result: str
    detail: str


class Store:
    """The file. `duplicates` True keeps every record that comes, as a receiver without duplicate check would."""

    def __init__(self, path: Path, *, duplicates: bool = False) -> None:
        self._duplicates = duplicates
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        with self._open() as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            db.executescript(_TABLES)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._db
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def keep(self, arrived: Arrived, *, at: float, decide_at: float, rejection: str) -> bool:
        """Keep one record; False where its CreditID is there already, even a deleted one."""
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            there = db.execute("SELECT 1 FROM record WHERE credit_id = ?", (arrived.credit_id,)).fetchone()
            if there and not self._duplicates:
                db.execute("ROLLBACK")
                return False
            db.execute(
                "INSERT INTO record (credit_id, person, activity, title, certification, amount, completed_on,"
                " received_at, decide_at, rejection) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    arrived.credit_id, arrived.person, arrived.activity, arrived.title, arrived.certification,
                    arrived.amount, arrived.completed_on, at, decide_at, rejection,
                ),
            )  # fmt: skip
            db.execute("COMMIT")
        return True

    def remove(self, credit_id: str) -> bool:
        """Mark a record as deleted; False where there is none."""
        with self._open() as db:
            done = db.execute("UPDATE record SET deleted = 1 WHERE credit_id = ? AND deleted = 0", (credit_id,))
            return done.rowcount > 0

    def find(self, credit_id: str) -> Kept | None:
        """The record of that CreditID, or None."""
        found = self._records("WHERE deleted = 0 AND credit_id = ? ORDER BY id LIMIT 1", (credit_id,))
        return found[0] if found else None

    def records(self, *, limit: int = 1_000_000) -> list[Kept]:
        """All records that are not deleted, newest first."""
        return self._records("WHERE deleted = 0 ORDER BY id DESC LIMIT ?", (limit,))

    def _records(self, where: str, values: tuple[object, ...]) -> list[Kept]:
        columns = ", ".join(Kept.__dataclass_fields__)
        with self._open() as db:
            return [Kept(*row) for row in db.execute(f"SELECT {columns} FROM record {where}", values)]  # noqa: S608 - constants

    def log(self, arrival: Arrival) -> None:
        """Add one line to the log."""
        with self._open() as db:
            db.execute(
                "INSERT INTO arrival (at, request, credit_id, result, detail) VALUES (?, ?, ?, ?, ?)",
                (arrival.at, arrival.request, arrival.credit_id, arrival.result, arrival.detail),
            )

    def arrivals(self, *, limit: int = 1_000_000) -> list[Arrival]:
        """The log, newest first."""
        query = "SELECT at, request, credit_id, result, detail FROM arrival ORDER BY id DESC LIMIT ?"
        with self._open() as db:
            return [Arrival(*row) for row in db.execute(query, (limit,))]

    def instruct(self, rule: Rule) -> None:
        """Add an instruction; it is followed after those that are there."""
        with self._open() as db:
            db.execute(
                "INSERT INTO rule (trouble, affects, times, credit_id, seconds, text) VALUES (?, ?, ?, ?, ?, ?)",
                (rule.trouble, rule.on, rule.times, rule.credit_id, rule.seconds, rule.text),
            )

    def rules(self) -> list[Rule]:
        """The instructions still in force, in order."""
        query = "SELECT trouble, affects, times, credit_id, seconds, text FROM rule ORDER BY id"
        with self._open() as db:
            return [Rule(Trouble(row[0]), *row[1:]) for row in db.execute(query)]

    def behave(self) -> None:
        """Forget all instructions."""
        with self._open() as db:
            db.execute("DELETE FROM rule")

    def next_trouble(self, on: str, credit_id: str) -> Rule | None:
        """The instruction that this request meets, used up by one; None for a good day."""
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            row = db.execute(
                "SELECT trouble, affects, times, credit_id, seconds, text, id FROM rule"
                " WHERE affects = ? AND credit_id IN ('', ?) ORDER BY id LIMIT 1",
                (on, credit_id),
            ).fetchone()
            if row and row[2] is not None:
                db.execute("UPDATE rule SET times = times - 1 WHERE id = ?", (row[6],))
                db.execute("DELETE FROM rule WHERE times <= 0")
            db.execute("COMMIT")
        return Rule(Trouble(row[0]), *row[1:6]) if row else None

    def clear(self) -> None:
        """Forget everything."""
        with self._open() as db:
            db.executescript("DELETE FROM record; DELETE FROM arrival; DELETE FROM rule;")
