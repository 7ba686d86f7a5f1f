"""The anchor file against the database: is everything still true that was ever said of a row?

Finds what the chains themselves cannot: entries cut at the end together with head and claim, a row that is gone with
all that pointed to it, a database that was rewritten so that every hash in it fits. Reads the file line by line and
the tables by the rows of a line, so memory does not grow with either. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.models import Q

from cme_xblock.evidence import anchors, keys
from cme_xblock.evidence.anchors import Fault, Line
from cme_xblock.records import signing
from cme_xblock.records.anchors import _COUNTED, DELETIONS, decision_sha
from cme_xblock.records.certificates import explained
from cme_xblock.records.models import (
    AccessChain,
    AccessEntry,
    Claim,
    DeletionCertificate,
    DeliveryDecision,
    DeskEntry,
    DeskPerson,
    Edition,
    EntryRow,
    Participation,
)
from cme_xblock.records.models.base import instant_text
from cme_xblock.records.verify_claims import Finding

__all__ = ["Compared", "compare"]

# A day, and the time in which a nightly job may be late.
_LATE = timedelta(hours=36)


@dataclass
class Compared:
    """What was read: lines, rows that were compared, and when the last anchor was written."""

    lines: int = 0
    rows: int = 0
    last_at: str = ""
    last_hash: str = ""


def compare(path: Path, *, now: datetime, done: Compared | None = None) -> Iterator[Finding]:
    """What is not as the anchors say. `now`: aware, to say whether the last anchor is too old. Raises OSError.

    Lines must be signed where this site has keys that sign. `done`, where given, is filled while it goes on.
    """
    seen = done if done is not None else Compared()
    known = signing.evidence()
    trusted = keys.Trusted(frozenset(keys.fingerprint(one.public) for one in known)) if known else None
    with path.open("rb") as stream:
        for one in anchors.read(stream, trusted):
            if isinstance(one, Fault):
                yield Finding("anchor_file", f"anchor file, line {one.place}", one.message)
                continue
            seen.lines, seen.last_at, seen.last_hash = seen.lines + 1, one.at, one.hash
            seen.rows += len(one.rows)
            yield from _CHECKS[one.kind](one)
    if not seen.last_at:
        yield Finding("anchor_none", "anchor file", "There is no anchor in the file: run cme_anchor every day.")
    elif seen.last_at < instant_text(now - _LATE):
        message = f"The last anchor is of {seen.last_at}: cme_anchor has not run since, or the file was cut."
        yield Finding("anchor_late", "anchor file", message)


def _heads(line: Line) -> Iterator[Finding]:
    rows = {uuid: (seq, sha256) for uuid, seq, sha256 in line.rows}
    found = {
        uuid: (pk, head)
        for pk, uuid, head in Participation.objects.filter(uuid__in=list(rows)).values_list("pk", "uuid", "head_seq")
    }
    hashes = _hashes(EntryRow, "participation_id", [(pk, rows[uuid][0]) for uuid, (pk, _) in found.items()])
    gone = explained([one for one in rows if one not in found])
    for uuid, (seq, sha256) in rows.items():
        where = f"participation {uuid}"
        if uuid not in found:
            if uuid not in gone:
                message = (
                    f"It was there on {line.at} with {seq} entries, and is gone without a certificate of deletion."
                )
                yield Finding("anchored_gone", where, message)
            continue
        pk, head = found[uuid]
        yield from _chain(where, line, seq=seq, sha256=sha256, head=head, there=hashes.get((pk, seq)))


def _chain(where: str, line: Line, *, seq: int, sha256: str, head: int, there: str | None) -> Iterator[Finding]:
    """One chain against what an anchor says of its end."""
    if seq == 0:
        return
    if head < seq or there is None:
        message = f"On {line.at} it had {seq} entries, and entry {seq} is not there: the chain was cut."
        yield Finding("anchored_cut", where, message)
    elif there != sha256:
        message = f"Entry {seq} is another one than on {line.at}: the chain was written anew."
        yield Finding("anchored_rewritten", where, message)


def _hashes(model: Any, owner: str, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """The hash of each entry by its chain's primary key and its number."""
    by_seq: dict[int, list[int]] = {}
    for pk, seq in wanted:
        by_seq.setdefault(seq, []).append(pk)
    found: dict[tuple[int, int], str] = {}
    for seq, pks in by_seq.items():
        rows = model.objects.filter(Q(**{f"{owner}__in": pks}), seq=seq).values_list(owner, "seq", "hash")
        found.update({(pk, number): sha256 for pk, number, sha256 in rows})
    return found


def _claims(line: Line) -> Iterator[Finding]:
    found = dict(Claim.objects.filter(uuid__in=[row[0] for row in line.rows]).values_list("uuid", "hash"))
    gone = explained(sorted({owner for uuid, owner, _ in line.rows if uuid not in found}))
    for uuid, owner, sha256 in line.rows:
        where = f"participation {owner}, claim {uuid}"
        if uuid not in found and owner not in gone:
            yield Finding("anchored_gone", where, f"The claim was there on {line.at}, and is gone.")
        elif uuid in found and found[uuid] != sha256:
            yield Finding("anchored_rewritten", where, f"The claim is another one than on {line.at}.")


def _editions(line: Line) -> Iterator[Finding]:
    there = set(
        Edition.objects.filter(activity_key__in=[row[0] for row in line.rows]).values_list("activity_key", "sha256")
    )
    for activity, sha256 in line.rows:
        if (activity, sha256) not in there:
            yield Finding("anchored_gone", f"edition {sha256}", f"The edition was there on {line.at}, and is gone.")


def _decisions(line: Line) -> Iterator[Finding]:
    found = {one.pk: one for one in DeliveryDecision.objects.filter(pk__in=[row[0] for row in line.rows])}
    gone = explained(sorted({owner for pk, owner, _ in line.rows if pk not in found and owner}))
    for pk, owner, sha256 in line.rows:
        where = f"decision {pk} about a delivery"
        if pk not in found and owner not in gone:
            yield Finding("anchored_gone", where, f"It was there on {line.at}, and is gone.")
        elif pk in found and decision_sha(found[pk]) != sha256:
            yield Finding("anchored_rewritten", where, f"It says something else than on {line.at}.")


def _chains(line: Line) -> Iterator[Finding]:
    for name, seq, sha256 in line.rows:
        kind, _, rest = name.partition(":")
        found = _SEQUENCES[kind](rest, seq) if kind in _SEQUENCES else None
        if found is not None:
            yield from _chain(name, line, seq=seq, sha256=sha256, head=found[0], there=found[1])
        elif seq and not explained([name]):
            message = f"The chain was there on {line.at} with {seq} entries, and is gone."
            yield Finding("anchored_gone", name, message)


def _access(name: str, seq: int) -> tuple[int, str | None] | None:
    chain = AccessChain.objects.filter(name=name).first()
    if chain is None:
        return None
    there = AccessEntry.objects.filter(chain=chain, seq=seq).values_list("hash", flat=True).first()
    return chain.head_seq, there


def _desk(uuid: str, seq: int) -> tuple[int, str | None] | None:
    person = DeskPerson.objects.filter(uuid=uuid).first()
    if person is None:
        return None
    there = DeskEntry.objects.filter(person=person, seq=seq).values_list("hash", flat=True).first()
    return person.head_seq, there


def _deletions(_: str, seq: int) -> tuple[int, str | None]:
    there = DeletionCertificate.objects.filter(seq=seq).values_list("hash", flat=True).first()
    return seq, there


def _totals(line: Line) -> Iterator[Finding]:
    """Certificates and access entries are never deleted: there can't be fewer of them than there were."""
    counts = line.facts.get("counts")
    for name in ("access", DELETIONS, "editions"):
        before = counts.get(name) if isinstance(counts, dict) else None
        now = _COUNTED[name]._base_manager.count()
        if type(before) is int and now < before:
            message = f"On {line.at} there were {before}, and now there are {now}."
            yield Finding("anchored_fewer", f"all {name}", message)


_SEQUENCES: Mapping[str, Callable[[str, int], tuple[int, str | None] | None]] = {
    "access": _access,
    "desk": _desk,
    DELETIONS: _deletions,
}
_CHECKS: Mapping[str, Callable[[Line], Iterator[Finding]]] = {
    anchors.HEADS: _heads,
    anchors.CLAIMS: _claims,
    anchors.EDITIONS: _editions,
    anchors.DECISIONS: _decisions,
    anchors.CHAINS: _chains,
    anchors.TOTALS: _totals,
}
