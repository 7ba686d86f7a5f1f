"""The log of who looked at whom: entries that are added, chained by their hashes, and never changed.

What is worth an entry is the caller's to know. Nothing here asks who may look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connections, models, router, transaction

from cme_xblock.activity import canonical
from cme_xblock.participation.entries import GENESIS
from cme_xblock.records import contention, keys
from cme_xblock.records.models import AccessChain, AccessEntry
from cme_xblock.records.models.base import instant_text, utc

__all__ = ["SITE", "Look", "append", "faults", "fingerprint", "is_written"]

# The chain of what belongs to no provider.
SITE = "site"
_HASHED = ("uuid", "seq", "reader_id", "reader_name", "role", "what", "course_key", "activity_key", "subject", "count",
           "why", "prev")  # fmt: skip
_PAGE = 1000


@dataclass(frozen=True)
class Look:
    """What shall be written: by whom, in which role, at what, of how many, and why.

    `chain`: keys.provider_key, or SITE. `subject`: a participation's uuid where it is about one person. `uuid`: of the
    entry, where the caller has to know again what was done already.
    """

    chain: str
    reader_id: str
    reader_name: str
    role: str
    what: str
    count: int
    why: str
    course_key: str = ""
    activity_key: str = ""
    subject: str = ""
    uuid: str = ""


def append(look: Look, *, now: datetime) -> AccessEntry:
    """Add the entry at the end of its chain. Works from autocommit and inside an outer transaction.

    Raises LedgerBusy where others keep writing there, ValueError where who, what or why is missing.
    """
    if not (look.chain and look.reader_id and look.what and look.why.strip()):
        message = "An access entry says who looked, at what, and why: give all of them."
        raise ValueError(message)
    using = router.db_for_write(AccessEntry)

    def work() -> AccessEntry:
        chain = _locked(look.chain, using)
        given = (name for name in Look.__dataclass_fields__ if name != "chain" and (name != "uuid" or look.uuid))
        values = {name: getattr(look, name) for name in given}
        limits = {one.name: one.max_length for one in AccessEntry._meta.concrete_fields}
        cut = {name: value[: limits[name]] if isinstance(value, str) else value for name, value in values.items()}
        entry = AccessEntry(chain=chain, seq=chain.head_seq + 1, at=utc(now), prev=chain.head_hash, **cut)
        entry.hash = fingerprint(entry, chain.name)
        try:
            with transaction.atomic(using=using):
                entry.save()
        except IntegrityError as error:
            raise contention.Conflict from error
        here = AccessChain.objects.filter(pk=chain.pk, head_seq=chain.head_seq)
        if not here.update(head_seq=entry.seq, head_hash=entry.hash):
            raise contention.Conflict
        return entry

    return contention.run(work, using=using)


def is_written(uuid: str) -> bool:
    """Whether an entry of that number is there: what it tells of was done."""
    return AccessEntry.objects.filter(uuid=uuid).exists()


def fingerprint(entry: AccessEntry, chain: str) -> str:
    """The SHA-256 of all that an entry says, of its chain's name and of the hash before it."""
    said = {name: getattr(entry, name) for name in _HASHED}
    return keys.text_sha(canonical.dumps({**said, "at": _instant(entry.at), "chain": chain}).decode())


def faults(chain: AccessChain) -> list[tuple[str, str]]:
    """What is wrong with a chain, as (where, message). Reads it in pages; memory does not grow with it.

    The chain's row as the caller read it: entries that were added since are not looked at.
    """
    found: list[tuple[str, str]] = []
    seq, last, name = 0, GENESIS, f"access log {chain.name}"
    while page := list(AccessEntry.objects.filter(chain=chain, seq__gt=seq).order_by("seq")[:_PAGE]):
        for entry in page:
            if entry.seq > chain.head_seq:
                return found
            where = f"{name}, entry {entry.seq}"
            if entry.seq != seq + 1:
                found.append((where, f"Entries {seq + 1} to {entry.seq - 1} are missing."))
            elif entry.prev != last:
                found.append((where, "The entry does not follow the one before it."))
            if fingerprint(entry, chain.name) != entry.hash:
                found.append((where, "The entry says something else than when it was written."))
            seq, last = entry.seq, entry.hash
    if (seq, last) != (chain.head_seq, chain.head_hash):
        found.append((name, f"The head is entry {chain.head_seq} and the last entry is {seq}: the end was cut off."))
    return found


def _instant(at: object) -> str:
    return instant_text(at) if isinstance(at, datetime) else str(at)


def _locked(name: str, using: str) -> AccessChain:
    """The chain's row, locked, as it is committed now; made if it was not there."""
    rows = AccessChain.objects.using(using)
    if not connections[using].features.has_select_for_update:
        # By an update that changes nothing: a transaction that reads first is thrown out where another one wrote.
        rows.filter(name=name).update(head_seq=models.F("head_seq"))
    chain = rows.select_for_update().filter(name=name).first()
    if chain is None:
        try:
            with transaction.atomic(using=using):
                rows.create(name=name)
        except IntegrityError as error:
            raise contention.Conflict from error
        chain = rows.select_for_update().filter(name=name).first()
    if chain is None:
        raise contention.Conflict
    return chain
