"""The ledger: reading one learner's entries, and adding the next one, or several that belong together.

Entries are facts, so there is one way to write: read what is there, decide, and add, as one step. Two requests of
the same learner are put in order by a lock on the participation; the compare-and-swap of its head and the unique number
of an entry hold the order even where a database has no such lock. What may be added is decided by the caller.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connections, router, transaction
from django.db.models import QuerySet
from django.dispatch import Signal

from cme_xblock.activity import canonical
from cme_xblock.participation.entries import Draft, Entry, Kind, seal
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records import contention, editions, keys
from cme_xblock.records.contention import LedgerBusy
from cme_xblock.records.models import EntryRow, Participation
from cme_xblock.records.models.base import utc
from cme_xblock.records.prepared import Prepared

__all__ = ["Ledger", "LedgerBroken", "LedgerBusy", "Proposal", "Several", "append", "entries", "read", "written"]

# Sent in the transaction that writes them, with `participation`, `entries` and `now`; an error in a receiver rolls all
# of it back. For what must be told of entries and lies above this room: `reporting` owes them to whoever follows.
written = Signal()

_CLOCK_SKEW = timedelta(minutes=1)


class LedgerBroken(RuntimeError):  # noqa: N818 - says what is the case
    """A participation's head and its entries disagree, so nothing may be added before a person has looked."""

    def __init__(self, uuid: str) -> None:
        super().__init__(f"The ledger of participation {uuid} is damaged: run cme_verify to see where.")


@dataclass(frozen=True)
class Ledger:
    """One learner's participation, None before the first entry, and its entries in order."""

    participation: Participation | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Proposal:
    """An entry to add, and what has to be written together with it (a claim, its deliveries), or not at all."""

    draft: Draft
    effects: Callable[[Participation, Entry], None]


@dataclass(frozen=True)
class Several:
    """Entries to add one behind the other, with what has to be written together with them: all of it, or nothing.

    `drafts`: at least one. `effects` is called once, with the entries in the order of the drafts.
    """

    drafts: tuple[Draft, ...]
    effects: Callable[[Participation, tuple[Entry, ...]], None]


Decide = Callable[[tuple[Entry, ...]], Draft | Refusal | Proposal | Several]


@dataclass(frozen=True)
class _Place:
    """Whose ledger it is."""

    course_key: str
    activity_id: str
    learner_id: str

    @property
    def key(self) -> str:
        return keys.participation_key(self.course_key, self.activity_id, self.learner_id)


def read(course_key: str, activity_id: str, learner_id: str) -> Ledger:
    """One learner's ledger in one activity. Two queries, one before the first entry; writes nothing.

    `learner_id`: the host's id, as a string. Raises ValueError for keys that cannot be stored, LedgerBroken for an
    entry that cannot be read.
    """
    key = _Place(course_key, activity_id, learner_id).key
    participation = Participation.objects.filter(key=key).first()
    if participation is None:
        return Ledger(None, ())
    return Ledger(participation, _entries(participation))


def entries(course_key: str, activity_id: str, learner_id: str) -> tuple[Entry, ...]:
    """One learner's entries alone, in order: what a page needs. One query; writes nothing. Raises as `read` does."""
    key = _Place(course_key, activity_id, learner_id).key
    try:
        return tuple(_entry(*row) for row in _ENTRIES(key))
    except (ValueError, TypeError) as error:
        raise LedgerBroken(Participation.objects.get(key=key).uuid) from error


def append(course_key: str, activity_id: str, learner_id: str, *, decide: Decide, now: datetime) -> Entry | Refusal:
    """Add the entry that `decide` makes of the entries so far, with its effects, in one transaction.

    `decide` gets all entries and gives a Draft, a Proposal, Several, or a Refusal, upon which nothing is written. It is
    called again with the newer entries where another request came first, so it must not write by itself. An error in it
    or in the effects rolls everything back and passes on. Gives the entry, of Several the last one; `append_all` gives
    all entries there are then.

    `now`: an aware datetime, the entry's time. Works from autocommit and inside an outer transaction.

    Raises LedgerBusy where others keep writing (nothing was written; ask again), EditionMissing where the draft's
    edition is not recorded, LedgerBroken where the stored chain has no proper end, ValueError for unusable keys.
    """
    entries = append_all(course_key, activity_id, learner_id, decide=decide, now=now)
    return entries if isinstance(entries, Refusal) else entries[-1]


def append_all(
    course_key: str, activity_id: str, learner_id: str, *, decide: Decide, now: datetime
) -> tuple[Entry, ...] | Refusal:
    """The same, and gives the whole ledger as it is afterwards, so that nobody has to read it again."""
    place = _Place(course_key, activity_id, learner_id)
    using = router.db_for_write(Participation)
    at = utc(now)

    def work() -> tuple[Entry, ...] | Refusal:
        participation = _locked(place, using=using, now=at)
        entries = _current(participation)
        decision = decide(entries)
        if isinstance(decision, Draft):
            return entries + _write(participation, entries, drafts=(decision,), now=at)
        if isinstance(decision, Proposal):
            [entry] = _write(participation, entries, drafts=(decision.draft,), now=at)
            decision.effects(participation, entry)
            return (*entries, entry)
        if isinstance(decision, Several):
            written = _write(participation, entries, drafts=decision.drafts, now=at)
            decision.effects(participation, written)
            return entries + written
        # A first request that is refused leaves not even an empty participation behind.
        transaction.set_rollback(True, using=using)
        return decision

    return contention.run(work, using=using)


def _locked(place: _Place, *, using: str, now: datetime) -> Participation:
    """The participation's row, locked, as it is committed now; made if it was not there."""
    participation = _lock(place.key, using)
    if participation is None:
        features = connections[using].features
        Participation.objects.ensure(
            Participation(
                key=place.key,
                course_key=place.course_key,
                activity_id=place.activity_id,
                learner_id=place.learner_id,
                activity_key=keys.activity_key(place.course_key, place.activity_id),
                learner_key=keys.learner_key(place.learner_id),
                started_at=now,
            ),
            using_target=features.supports_update_conflicts_with_target,
        )
        participation = _lock(place.key, using)
    if participation is None:
        raise contention.Conflict
    return participation


def _lock(key: str, using: str) -> Participation | None:
    if not connections[using].features.has_select_for_update and not Participation.objects.touch(key):
        return None
    return Participation.objects.select_for_update().filter(key=key).order_by().first()


def _current(participation: Participation) -> tuple[Entry, ...]:
    """The entries up to the locked head."""
    for lock in (False, True):
        # An outer transaction's snapshot may be older than the lock (MySQL, repeatable read): a locking read is not.
        entries = _entries(participation, lock=lock)
        if len(entries) == participation.head_seq and (not entries or entries[-1].hash == participation.head_hash):
            return entries
    raise LedgerBroken(participation.uuid)


def _entries(participation: Participation, *, lock: bool = False) -> tuple[Entry, ...]:
    rows = EntryRow.objects.filter(participation_id=participation.pk)
    try:
        return tuple(_entry(*row) for row in _columns(rows.select_for_update() if lock else rows))
    except (ValueError, TypeError) as error:
        raise LedgerBroken(participation.uuid) from error


def _columns(rows: QuerySet[EntryRow]) -> QuerySet[EntryRow, tuple[Any, ...]]:
    """What `_entry` takes of each row, in order."""
    return rows.order_by("seq").values_list("seq", "kind", "edition__sha256", "at", "payload", "prev", "hash")


_ENTRIES = Prepared(EntryRow, lambda key: _columns(EntryRow.objects.filter(participation__key=key)))


def _entry(seq: int, kind: str, edition: str, at: datetime, payload: str, prev: str, sha256: str) -> Entry:
    if not isinstance(at, datetime):
        raise TypeError("an instant that cannot be read")
    return Entry(seq=seq, kind=Kind(kind), edition=edition, at=at, payload=json.loads(payload), prev=prev, hash=sha256)


def _write(
    participation: Participation, entries: tuple[Entry, ...], *, drafts: tuple[Draft, ...], now: datetime
) -> tuple[Entry, ...]:
    """The entries, sealed one behind the other and stored; the head moves once, to the last."""
    sealed: list[Entry] = []
    texts: list[str] = []
    last = entries[-1] if entries else None
    at = _in_order(now, last)
    for draft in drafts:
        texts.append(canonical.dumps(draft.payload).decode())
        # Hashed as it will be read, not as it was handed in.
        as_read = replace(draft, payload=json.loads(texts[-1]))
        last = seal(as_read, participation=participation.uuid, after=last, at=at)
        sealed.append(last)
    rows = {one: editions.row(participation.activity_key, one) for one in {one.edition for one in sealed}}
    head = sealed[-1]
    moved = Participation.objects.move_head(
        participation.pk, expected=participation.head_seq, seq=head.seq, sha256=head.hash
    )
    if not moved:
        raise contention.Conflict
    stored = [
        EntryRow(
            participation=participation,
            seq=one.seq,
            kind=str(one.kind),
            edition=rows[one.edition],
            payload=text,
            at=one.at,
            prev=one.prev,
            hash=one.hash,
        )
        for one, text in zip(sealed, texts, strict=True)
    ]
    participation.just_written = EntryRow.objects.bulk_create(stored)
    participation.refresh_head(seq=head.seq, sha256=head.hash)
    written.send(sender=EntryRow, participation=participation, entries=tuple(sealed), now=now)
    return tuple(sealed)


def _in_order(now: datetime, last: Entry | None) -> datetime:
    """The entry's time: never before the entry in front of it by what two servers' clocks usually differ.

    A clock that is further off is a fault that an operator has to see: the time stays, and cme_verify names it.
    """
    if last is not None and last.at - _CLOCK_SKEW <= now < last.at:
        return last.at
    return now
