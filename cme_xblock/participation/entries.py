"""Entries: the facts of one participation, append-only and chained by hash, so that any change of them shows.

Knows how a chain is made and checked, and what each kind must carry. What the entries add up to is `progress.py`; who
may write one is `decide.py`; where they are kept is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from cme_xblock.activity import canonical
from cme_xblock.activity.message import N_, Message

# What the first entry of a participation has as `prev`.
GENESIS = "0" * 64


class Kind(StrEnum):
    """What happened. Stored for six years and more: add, never rename."""

    DISCLOSURE_ACKNOWLEDGED = "disclosure_acknowledged"
    BASELINE_SUBMITTED = "baseline_submitted"
    CONTENT_COMPLETED = "content_completed"
    ASSESSMENT_SUBMITTED = "assessment_submitted"
    EVALUATION_SUBMITTED = "evaluation_submitted"
    CREDIT_CLAIMED = "credit_claimed"
    COMPLETED_WITHOUT_CREDIT = "completed_without_credit"
    CREDIT_CORRECTED = "credit_corrected"
    CREDIT_VOIDED = "credit_voided"
    ATTEMPTS_RESET = "attempts_reset"
    REGRADED = "regraded"
    TEST_MARKED = "test_marked"
    INCIDENT_RECORDED = "incident_recorded"
    ATTENDANCE_RECORDED = "attendance_recorded"
    ATTENDANCE_REFUSED = "attendance_refused"
    ATTENDANCE_WITHDRAWN = "attendance_withdrawn"
    RETENTION_SUBMITTED = "retention_submitted"


@dataclass(frozen=True)
class Draft:
    """A fact about to be written: what, under which edition (its sha256), with which payload (JSON without floats)."""

    kind: Kind
    edition: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """A fact as written. `seq` counts from 1, `at` is an aware UTC instant, `prev` is the hash of the entry before."""

    seq: int
    kind: Kind
    edition: str
    at: datetime
    payload: Mapping[str, Any]
    prev: str
    hash: str


def chain_hash(
    *, participation: str, seq: int, kind: str, edition: str, at: datetime, payload: Mapping[str, Any], prev: str
) -> str:
    """The hash of one entry, over everything in it, the participation it belongs to and the entry before.

    `at` counts in microseconds of UTC. Raises ValueError for a naive `at`, and canonical's error for a payload that is
    not JSON without floats.
    """
    if at.tzinfo is None:
        raise ValueError("an entry's instant must be aware: give it with its time zone")
    return canonical.digest(
        {
            "participation": participation,
            "seq": seq,
            "kind": str(kind),
            "edition": edition,
            "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "payload": dict(payload),
            "prev": prev,
        }
    )


def seal(draft: Draft, *, participation: str, after: Entry | None, at: datetime) -> Entry:
    """The entry that a draft becomes when it is written at `at`, behind `after` (None: as the first)."""
    seq = 1 if after is None else after.seq + 1
    prev = GENESIS if after is None else after.hash
    instant = at.astimezone(UTC)
    digest = chain_hash(
        participation=participation,
        seq=seq,
        kind=draft.kind,
        edition=draft.edition,
        at=instant,
        payload=draft.payload,
        prev=prev,
    )
    return Entry(
        seq=seq, kind=draft.kind, edition=draft.edition, at=instant, payload=draft.payload, prev=prev, hash=digest
    )


def verify(participation: str, entries: Iterable[Entry]) -> tuple[Message, ...]:
    """What is wrong with a chain: edits, gaps, changed order, entries of another participation, time running backwards.

    Empty when the chain is whole. It can't see entries missing at the end: compare the last hash with the one kept
    apart for that. Never raises for what an entry holds.
    """
    problems: list[Message] = []
    seq, prev, latest = 0, GENESIS, datetime.min.replace(tzinfo=UTC)
    for one in entries:
        where = {"seq": str(one.seq)}
        if one.seq != seq + 1:
            expected = {**where, "expected": str(seq + 1)}
            problems.append(Message(N_("Entry {seq} stands where entry {expected} should."), expected))
        if one.prev != prev:
            problems.append(Message(N_("Entry {seq} does not follow the entry before it."), where))
        if _hash_of(participation, one) != one.hash:
            problems.append(Message(N_("Entry {seq} was changed, or belongs to another participation."), where))
        if one.at.tzinfo is None or one.at < latest:
            problems.append(Message(N_("Entry {seq} is dated before the entry in front of it."), where))
        else:
            latest = one.at
        if not is_complete(one):
            problems.append(Message(N_("Entry {seq} lacks something that its kind must carry."), where))
        seq, prev = one.seq, one.hash
    return tuple(problems)


def is_complete(entry: Entry) -> bool:
    """Whether the kind is known and the payload carries what that kind must carry."""
    carries = _CARRIES.get(entry.kind)
    return carries is not None and isinstance(entry.payload, Mapping) and carries <= entry.payload.keys()


_CARRIES: Mapping[str, frozenset[str]] = {
    Kind.DISCLOSURE_ACKNOWLEDGED: frozenset({"disclosure"}),
    Kind.BASELINE_SUBMITTED: frozenset({"responses"}),
    Kind.CONTENT_COMPLETED: frozenset({"section"}),
    Kind.ATTENDANCE_RECORDED: frozenset({"session", "minutes", "method", "role"}),
    Kind.ATTENDANCE_REFUSED: frozenset({"reason"}),
    Kind.ATTENDANCE_WITHDRAWN: frozenset({"session", "reason", "by"}),
    Kind.ASSESSMENT_SUBMITTED: frozenset({"attempt", "responses"}),
    Kind.RETENTION_SUBMITTED: frozenset({"responses"}),
    # Of an anonymous evaluation it says no more than that one was handed in.
    Kind.EVALUATION_SUBMITTED: frozenset({"mode"}),
    Kind.CREDIT_CLAIMED: frozenset({"system", "amount"}),
    Kind.COMPLETED_WITHOUT_CREDIT: frozenset({"completed_on"}),
    Kind.CREDIT_CORRECTED: frozenset({"claim", "replaces", "system", "amount", "change", "reason", "by"}),
    Kind.CREDIT_VOIDED: frozenset({"claim", "reason", "by"}),
    Kind.ATTEMPTS_RESET: frozenset({"reason", "by"}),
    Kind.REGRADED: frozenset({"keys", "reason", "by"}),
    Kind.TEST_MARKED: frozenset({"test", "by"}),
    Kind.INCIDENT_RECORDED: frozenset({"about", "reason", "by"}),
}


def _hash_of(participation: str, entry: Entry) -> str:
    try:
        return chain_hash(
            participation=participation,
            seq=entry.seq,
            kind=entry.kind,
            edition=entry.edition,
            at=entry.at,
            payload=entry.payload,
            prev=entry.prev,
        )
    except (ValueError, TypeError):
        return ""
