"""The entries of one person's dossier at one provider: append-only, chained by hash, so that any change of them shows.

An entry's facts are codes, dates and numbers. What somebody wrote in words lies on a sheet beside it, of which the
entry has the salted hash: the words can be forgotten when their time is over, and the chain stays whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from cme_xblock.activity import canonical
from cme_xblock.activity.message import N_, Message

GENESIS = "0" * 64
# Who wrote an entry that no member of the staff did: the person, through their own link.
PERSON = "person"


class Kind(StrEnum):
    """What happened. Stored for six years and more: add, never rename."""

    NAMED = "named"
    INVITED = "invited"
    REMINDED = "reminded"
    GIVEN = "given"
    IMPORTED = "imported"
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    DECIDED = "decided"
    MITIGATED = "mitigated"
    EXCEPTED = "excepted"
    TAKEN = "taken"


@dataclass(frozen=True)
class Draft:
    """A fact about to be written: `by` an account's name or `PERSON`, `facts` and `words` JSON without floats."""

    kind: Kind
    by: str
    facts: Mapping[str, Any]
    words: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Entry:
    """A fact as written. `seq` counts from 1, `at` is an aware UTC instant, `prev` is the hash of the entry before.

    `words` is None where the kind has none, and where they were forgotten.
    """

    seq: int
    kind: Kind
    by: str
    at: datetime
    facts: Mapping[str, Any]
    prev: str
    hash: str
    words: Mapping[str, Any] | None = None


def sheet_hash(uuid: str, *, salt: str, words: Mapping[str, Any]) -> str:
    """What an entry says of its sheet. The salt keeps short words from being found by trying; it goes with them."""
    return canonical.digest({"sheet": uuid, "salt": salt, "words": dict(words)})


def chain_hash(*, person: str, seq: int, kind: str, by: str, at: datetime, facts: Mapping[str, Any], prev: str) -> str:
    """The hash of one entry, over everything in it, the person it belongs to and the entry before.

    `at` counts in microseconds of UTC. Raises ValueError for a naive `at`, and canonical's error for facts that are not
    JSON without floats.
    """
    if at.tzinfo is None:
        raise ValueError("an entry's instant must be aware: give it with its time zone")
    return canonical.digest(
        {
            "desk": person,
            "seq": seq,
            "kind": str(kind),
            "by": by,
            "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "facts": dict(facts),
            "prev": prev,
        }
    )


def seal(draft: Draft, *, person: str, after: Entry | None, at: datetime) -> Entry:
    """The entry that a draft becomes when it is written at `at`, behind `after` (None: as the first)."""
    seq = 1 if after is None else after.seq + 1
    prev = GENESIS if after is None else after.hash
    instant = at.astimezone(UTC)
    digest = chain_hash(person=person, seq=seq, kind=draft.kind, by=draft.by, at=instant, facts=draft.facts, prev=prev)
    return Entry(seq, draft.kind, draft.by, instant, draft.facts, prev, digest, draft.words)


def verify(person: str, entries: Iterable[Entry]) -> tuple[Message, ...]:
    """What is wrong with a chain: edits, gaps, changed order, entries of another person, time running backwards.

    Empty when the chain is whole. Never raises for what an entry holds.
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
        if _hash_of(person, one) != one.hash:
            problems.append(Message(N_("Entry {seq} was changed, or belongs to another person."), where))
        if one.at.tzinfo is None or one.at < latest:
            problems.append(Message(N_("Entry {seq} is dated before the entry in front of it."), where))
        else:
            latest = one.at
        if not is_complete(one):
            problems.append(Message(N_("Entry {seq} lacks something that its kind must carry."), where))
        seq, prev = one.seq, one.hash
    return tuple(problems)


def is_complete(entry: Entry) -> bool:
    """Whether the kind is known and the facts hold what that kind must carry."""
    carries = _CARRIES.get(entry.kind)
    return carries is not None and isinstance(entry.facts, Mapping) and carries <= entry.facts.keys()


_CARRIES: Mapping[str, frozenset[str]] = {
    Kind.NAMED: frozenset({"sheet"}),
    Kind.INVITED: frozenset({"invitation", "expires"}),
    Kind.REMINDED: frozenset({"invitation"}),
    Kind.GIVEN: frozenset({"number", "disclosed_on", "invitation", "texts", "sheet"}),
    Kind.IMPORTED: frozenset({"number", "disclosed_on", "file", "sheet"}),
    Kind.ASSIGNED: frozenset({"activity", "course_key", "activity_id", "roles"}),
    Kind.UNASSIGNED: frozenset({"activity"}),
    Kind.DECIDED: frozenset({"number", "relationship", "activity", "eligibility", "relevance", "on"}),
    Kind.MITIGATED: frozenset({"number", "relationship", "activity", "method", "on"}),
    Kind.EXCEPTED: frozenset({"activity", "exception"}),
    Kind.TAKEN: frozenset({"number", "activity"}),
}


def _hash_of(person: str, one: Entry) -> str:
    try:
        return chain_hash(
            person=person, seq=one.seq, kind=one.kind, by=one.by, at=one.at, facts=one.facts, prev=one.prev
        )
    except (ValueError, TypeError):
        return ""
