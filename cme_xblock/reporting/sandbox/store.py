"""What a desk remembers, in one SQLite file that survives its restarts: records, arrivals, instructions.

Threads share one connection behind a lock. What is committed is in the file at once, so a killed receiver loses nothing
that it had answered for.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cme_xblock.reporting.sandbox.misbehave import Rule, Trouble

# Counts up with the tables: a file of another version is begun anew, for nothing in it is worth keeping.
_VERSION = 2
_TABLES = """
DROP TABLE IF EXISTS record; DROP TABLE IF EXISTS arrival; DROP TABLE IF EXISTS rule;
CREATE TABLE record (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, facts TEXT NOT NULL, body TEXT NOT NULL, received_at REAL NOT NULL,
    decide_at REAL NOT NULL, rejection TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX record_by_key ON record (key);
CREATE TABLE arrival (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, request TEXT NOT NULL, key TEXT NOT NULL, result TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE TABLE rule (
    id INTEGER PRIMARY KEY, trouble TEXT NOT NULL, affects TEXT NOT NULL, times INTEGER, key TEXT NOT NULL,
    seconds REAL NOT NULL, text TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class Kept:
    """One record as the desk holds it, under the key that the sender knows it by. Times are seconds since 1970.

    `facts`: what the inbox may show, with no person in the clear. `body`: what the desk gives back when it is asked for
    the record itself; "" at desks that give nothing back.
    """

    key: str
    facts: Mapping[str, str]
    received_at: float
    decide_at: float
    rejection: str = ""
    body: str = ""

    def status(self, at: float) -> str:
        """`pending`, and from `decide_at` on `accepted` or `refused`."""
        if at < self.decide_at:
            return "pending"
        return "refused" if self.rejection else "accepted"


@dataclass(frozen=True)
class Arrival:
    """One line of the desk's log."""

    at: float
    request: str
    key: str
    result: str
    detail: str


class Store:
    """The file, or None for memory alone. `duplicates` True keeps every record that comes, as a receiver without
    duplicate check would.
    """

    def __init__(self, path: Path | None, *, duplicates: bool = False) -> None:
        self._duplicates = duplicates
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path or ":memory:", timeout=30, isolation_level=None, check_same_thread=False)
        with self._open() as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            if db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
                db.executescript(f"{_TABLES} PRAGMA user_version = {_VERSION};")
            # Remembered here, so that on a good day no request has to look for instructions.
            self._ruled = db.execute("SELECT count(*) FROM rule").fetchone()[0] > 0

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

    def keep(self, *records: Kept) -> list[bool]:
        """Keep these records, all at once; False for each whose key is there already, even of a deleted one."""
        kept = []
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            for one in records:
                there = db.execute("SELECT 1 FROM record WHERE key = ? LIMIT 1", (one.key,)).fetchone()
                kept.append(self._duplicates or not there)
                if kept[-1]:
                    db.execute(
                        "INSERT INTO record (key, facts, body, received_at, decide_at, rejection)"
                        " VALUES (?, ?, ?, ?, ?, ?)",
                        (one.key, json.dumps(dict(one.facts)), one.body, one.received_at, one.decide_at, one.rejection),
                    )
            db.execute("COMMIT")
        return kept

    def remove(self, key: str) -> bool:
        """Mark a record as deleted; False where there is none."""
        with self._open() as db:
            done = db.execute("UPDATE record SET deleted = 1 WHERE key = ? AND deleted = 0", (key,))
            return done.rowcount > 0

    def mark(self, key: str, facts: Mapping[str, str]) -> None:
        """Add to the facts of that record, if it is there."""
        with self._open() as db:
            db.execute("UPDATE record SET facts = json_patch(facts, ?) WHERE key = ?", (json.dumps(dict(facts)), key))

    def find(self, key: str) -> Kept | None:
        """The record of that key, or None."""
        found = self._records("WHERE deleted = 0 AND key = ? ORDER BY id LIMIT 1", (key,))
        return found[0] if found else None

    def records(self, *, limit: int = 1_000_000) -> list[Kept]:
        """All records that are not deleted, newest first."""
        return self._records("WHERE deleted = 0 ORDER BY id DESC LIMIT ?", (limit,))

    def count(self) -> int:
        """How many records there are that are not deleted."""
        with self._open() as db:
            return int(db.execute("SELECT count(*) FROM record WHERE deleted = 0").fetchone()[0])

    def forget(self) -> None:
        """Forget all records as if they had never come; the log and the instructions stay."""
        with self._open() as db:
            db.execute("DELETE FROM record")

    def _records(self, where: str, values: tuple[object, ...]) -> list[Kept]:
        query = f"SELECT key, facts, received_at, decide_at, rejection, body FROM record {where}"  # noqa: S608 - constants
        with self._open() as db:
            rows = db.execute(query, values).fetchall()
        return [Kept(row[0], json.loads(row[1]), *row[2:]) for row in rows]

    def log(self, arrival: Arrival) -> None:
        """Add one line to the log."""
        with self._open() as db:
            db.execute(
                "INSERT INTO arrival (at, request, key, result, detail) VALUES (?, ?, ?, ?, ?)",
                (arrival.at, arrival.request, arrival.key, arrival.result, arrival.detail),
            )

    def arrivals(self, *, limit: int = 1_000_000) -> list[Arrival]:
        """The log, newest first."""
        query = "SELECT at, request, key, result, detail FROM arrival ORDER BY id DESC LIMIT ?"
        with self._open() as db:
            return [Arrival(*row) for row in db.execute(query, (limit,))]

    def instruct(self, rule: Rule) -> None:
        """Add an instruction; it is followed after those that are there."""
        with self._open() as db:
            self._ruled = True
            db.execute(
                "INSERT INTO rule (trouble, affects, times, key, seconds, text) VALUES (?, ?, ?, ?, ?, ?)",
                (rule.trouble, rule.on, rule.times, rule.key, rule.seconds, rule.text),
            )

    def rules(self) -> list[Rule]:
        """The instructions still in force, in order."""
        query = "SELECT trouble, affects, times, key, seconds, text FROM rule ORDER BY id"
        with self._open() as db:
            return [Rule(Trouble(row[0]), *row[1:]) for row in db.execute(query)]

    def behave(self) -> None:
        """Forget all instructions."""
        with self._open() as db:
            db.execute("DELETE FROM rule")
            self._ruled = False

    def next_trouble(self, on: str, *keys: str) -> Rule | None:
        """The instruction that a request about these records meets, used up by one; None for a good day."""
        if not self._ruled:
            return None
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            rows = db.execute(
                "SELECT trouble, affects, times, key, seconds, text, id FROM rule WHERE affects = ? ORDER BY id", (on,)
            ).fetchall()
            row = next((one for one in rows if one[3] in ("", *keys)), None)
            if row and row[2] is not None:
                db.execute("UPDATE rule SET times = times - 1 WHERE id = ?", (row[6],))
                db.execute("DELETE FROM rule WHERE times <= 0")
            db.execute("COMMIT")
        return Rule(Trouble(row[0]), *row[1:6]) if row else None

    def clear(self) -> None:
        """Forget everything."""
        with self._open() as db:
            db.executescript("DELETE FROM record; DELETE FROM arrival; DELETE FROM rule;")
            self._ruled = False
