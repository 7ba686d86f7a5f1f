"""Anchors of all chains: written once a day to a file outside the database. What they prove is in `anchors_check`.

Each anchoring says what is new since the one before: the ends of participations that went on, new claims, editions and
decisions, and the end of every other chain. So the file grows with what happens, and whatever it ever said of a row
must still be true: a chain goes on, and is never another one. What was deleted when its time was over is explained by
its certificate of deletion. Source: docs/decisions, on evidence.

.. setting_name: CME_ANCHOR_FILE
.. setting_default: ""
.. setting_description: The file that `cme_anchor` adds to: on another machine, or append-only (`chattr +a`, an object
    store with a lock), for it is to show what somebody did who could write to the database.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db.models import Max, Model

from cme_xblock.activity import canonical
from cme_xblock.evidence import anchors
from cme_xblock.evidence.anchors import Line, Signer
from cme_xblock.records import signing
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

__all__ = ["DELETIONS", "Anchored", "TornFile", "decision_sha", "file", "signer", "write"]

_SETTING = "CME_ANCHOR_FILE"
# Rows on one line: a line stays far below the longest that is read.
_ROWS = 1_000
_PAGE = 5_000
# A transaction that was open when an anchoring read the tables has rows with smaller numbers than it saw. None is open
# for so long: each anchoring begins where everything was committed when the one before it ran. What is said twice does
# no harm.
_OVERLAP = timedelta(hours=1)
DELETIONS = "deletions"
# What new rows are found by. Their primary keys only grow.
_GROWING: Mapping[str, type[Model]] = {
    "entries": EntryRow,
    "claims": Claim,
    "editions": Edition,
    "decisions": DeliveryDecision,
    "desk": DeskEntry,
}
_COUNTED: Mapping[str, type[Model]] = {
    **_GROWING,
    "participations": Participation,
    "access": AccessEntry,
    DELETIONS: DeletionCertificate,
}


class TornFile(RuntimeError):  # noqa: N818 - says what is the case
    """The anchor file holds something, and no anchor: it is another file, or was overwritten."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not empty and has no anchor in it: name another file, and look what happened.")


@dataclass(frozen=True)
class Anchored:
    """What was written: lines, and the last line's number and hash, to be kept anywhere else as well."""

    lines: int
    seq: int
    hash: str
    rows: Mapping[str, int] = field(default_factory=dict)


def file() -> Path | None:
    """The file of the setting, or None."""
    found = getattr(settings, _SETTING, "")
    return Path(found) if found else None


def signer() -> Signer | None:
    """The key that signs, or None where the site has none. Raises ImproperlyConfigured."""
    keyring = signing.evidence()
    if not keyring or keyring[0].private is None:
        return None
    return Signer(keyring[0].id, keyring[0].public, keyring[0].private)


def write(path: Path, *, now: datetime) -> Anchored:
    """Add one anchoring at the end of the file. `now`: aware. Two at a time wait for each other.

    Raises OSError where the file can't be written, TornFile where it is none of ours.
    """
    with path.open("ab+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        last, prev, seq, _ = anchors.last_totals(stream)
        if not seq and stream.seek(0, os.SEEK_END):
            raise TornFile(path)
        writer = _Writer(stream, prev=prev, seq=seq, at=now)
        since = _marks(last, "safe")
        upto = {name: _newest(model) for name, model in _GROWING.items()}
        for kind, rows in _news(since, upto):
            writer.add(kind, rows)
        facts = {
            "counts": {name: model._base_manager.count() for name, model in _COUNTED.items()},
            "upto": upto,
            "safe": _safe(last, now),
        }
        writer.line(anchors.TOTALS, (), facts)
        stream.flush()
        os.fsync(stream.fileno())
        return Anchored(writer.lines, writer.seq, writer.prev, writer.rows)


class _Writer:
    """Adds lines at the end, each behind the one before."""

    def __init__(self, stream: BinaryIO, *, prev: str, seq: int, at: datetime) -> None:
        self._stream, self._at, self._signer = stream, instant_text(at), signer()
        self.prev, self.seq, self.lines = prev, seq, 0
        self.rows: dict[str, int] = {}
        end = stream.seek(0, os.SEEK_END)
        if end:
            stream.seek(end - 1)
            # A line that was torn when the machine went down ends here; a reader passes it over.
            self._stream.write(b"" if stream.read(1) == b"\n" else b"\n")

    def add(self, kind: str, rows: Iterable[Sequence[Any]]) -> None:
        """Lines with these rows, and none where there are none."""
        page: list[Sequence[Any]] = []
        for row in rows:
            page.append(row)
            if len(page) == _ROWS:
                self.line(kind, page, {})
                page = []
        if page:
            self.line(kind, page, {})

    def line(self, kind: str, rows: Sequence[Sequence[Any]], facts: Mapping[str, Any]) -> None:
        """One line, in one write."""
        raw, self.prev = anchors.written(
            seq=self.seq + 1, at=self._at, kind=kind, rows=rows, facts=facts, prev=self.prev, signer=self._signer
        )
        self._stream.write(raw)
        self.seq += 1
        self.lines += 1
        self.rows[kind] = self.rows.get(kind, 0) + len(rows)


def decision_sha(decision: DeliveryDecision) -> str:
    """The hash of all that a decision about a delivery says."""
    names = ("delivery_id", "endpoint", "action", "by", "reason", "before")
    at = decision.at
    facts = {name: getattr(decision, name) for name in names}
    return canonical.digest({**facts, "at": instant_text(at) if isinstance(at, datetime) else str(at)})


def _marks(last: Line | None, name: str) -> dict[str, int]:
    """The primary keys that an earlier anchoring named so; zeros where there is none."""
    found = last.facts.get(name) if last is not None else None
    known = found if isinstance(found, dict) else {}
    return {one: known[one] if type(known.get(one)) is int else 0 for one in _GROWING}


def _safe(last: Line | None, now: datetime) -> dict[str, int]:
    """Up to where everything is committed that an anchoring of now sees, and so the next one need not look again."""
    old = last is not None and last.at <= instant_text(now - _OVERLAP)
    return _marks(last, "upto" if old else "safe")


def _newest(model: type[Model]) -> int:
    return int(model._base_manager.aggregate(Max("pk"))["pk__max"] or 0)


def _news(since: Mapping[str, int], upto: Mapping[str, int]) -> Iterator[tuple[str, Iterable[Sequence[Any]]]]:
    yield anchors.EDITIONS, _new(Edition, since["editions"], upto["editions"], "activity_key", "sha256")
    yield anchors.HEADS, _heads(since["entries"], upto["entries"])
    yield anchors.CLAIMS, _new(Claim, since["claims"], upto["claims"], "uuid", "participation__uuid", "hash")
    yield anchors.DECISIONS, _decisions(since["decisions"], upto["decisions"])
    yield anchors.CHAINS, _chains(since["desk"], upto["desk"])


def _pages(model: type[Model], since: int, upto: int, *columns: str) -> Iterator[list[tuple[Any, ...]]]:
    rows = model._base_manager.filter(pk__lte=upto).order_by("pk").values_list("pk", *columns)
    while page := list(rows.filter(pk__gt=since)[:_PAGE]):
        yield page
        since = page[-1][0]


def _new(model: type[Model], since: int, upto: int, *columns: str) -> Iterator[tuple[Any, ...]]:
    for page in _pages(model, since, upto, *columns):
        yield from (row[1:] for row in page)


def _heads(since: int, upto: int) -> Iterator[tuple[str, int, str]]:
    for page in _pages(EntryRow, since, upto, "participation_id"):
        owners = list(dict.fromkeys(row[1] for row in page))
        for begin in range(0, len(owners), _ROWS):
            some = Participation.objects.filter(pk__in=owners[begin : begin + _ROWS]).order_by("pk")
            yield from some.values_list("uuid", "head_seq", "head_hash")


def _decisions(since: int, upto: int) -> Iterator[tuple[int, str, str]]:
    rows = DeliveryDecision.objects.filter(pk__gt=since, pk__lte=upto).order_by("pk")
    for one in rows.select_related("delivery__participation").iterator(chunk_size=_ROWS):
        owner = one.delivery.participation if one.delivery is not None else None
        yield one.pk, owner.uuid if owner is not None else "", decision_sha(one)


def _chains(since: int, upto: int) -> Iterator[tuple[str, int, str]]:
    """The end of every chain that is no participation's."""
    for name, seq, sha256 in AccessChain.objects.order_by("pk").values_list("name", "head_seq", "head_hash"):
        yield f"access:{name}", seq, sha256
    for page in _pages(DeskEntry, since, upto, "person_id"):
        some = DeskPerson.objects.filter(pk__in={row[1] for row in page}).order_by("pk")
        for uuid, seq, sha256 in some.values_list("uuid", "head_seq", "head_hash"):
            yield f"desk:{uuid}", seq, sha256
    last = DeletionCertificate.objects.order_by("-seq").first()
    if last is not None:
        yield DELETIONS, last.seq, last.hash
