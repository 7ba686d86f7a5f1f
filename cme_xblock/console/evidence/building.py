"""The archive of one audit file, written member by member; memory does not grow with the learners.

The same records give the same file, but for the time at which it was made.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO

from cme_xblock.activity import canonical
from cme_xblock.console.evidence import abstract, ledgers, printed
from cme_xblock.console.evidence.gathered import Gathered
from cme_xblock.console.evidence.ledgers import Tally
from cme_xblock.console.evidence.measured import measure
from cme_xblock.console.evidence.missing import Missing, missing
from cme_xblock.console.exports import texts
from cme_xblock.evidence import archive, keys, layout, manifest
from cme_xblock.evidence.anchors import Signer
from cme_xblock.evidence.manifest import Listed, Manifest, Signature
from cme_xblock.records.models.base import instant_text

__all__ = ["Built", "Maker", "build", "published_keys"]


@dataclass(frozen=True)
class Maker:
    """Who makes it: the key that signs, the site's address, and where its public keys are published."""

    signer: Signer
    site: str
    keys_url: str


@dataclass(frozen=True)
class Built:
    """What was made: the elements that are not there, and how many learners there are."""

    missing: tuple[Missing, ...]
    tally: Tally


def build(
    found: Gathered, stream: BinaryIO, maker: Maker, *, now: datetime, page: Callable[[int], None] = lambda _: None
) -> Built:
    """Write the file. `stream`: can go back; `now`: aware; `page` is told how many learners are done, and may raise.

    Raises archive.TooLarge beyond 4 GiB.
    """
    writer, tally = _Members(archive.Writer(stream)), Tally()
    known = _shown(found, writer)
    with TemporaryFile() as participants, TemporaryFile() as corrections:
        _heading(participants, ledgers.PARTICIPANTS)
        _heading(corrections, ledgers.CORRECTED)
        _learners(found, writer, tally, known, (participants, corrections), page)
        writer.copy("participants.csv", participants)
        writer.copy("corrections.csv", corrections)
    measured = measure(found, now=now)
    writer.add("evaluation.csv", measured.sums_csv)
    lacks = missing(found.activity, tally, collected=found.collected, matched=measured.matched)
    parts = abstract.parts(found, tally, lacks, measured=measured.sums, change=measured.change, answer=measured.answer)
    simulated = bool(measured.simulated or tally.simulated)
    sheet = printed.Sheet(found, parts, lacks, now, keys.fingerprint(maker.signer.public), maker, simulated)
    writer.add("collected.json", canonical.dumps({"by_number": dict(found.collected)}))
    writer.add("audit.json", canonical.dumps(_data(found, tally, lacks, parts, now)))
    for name, content in printed.files(sheet):
        writer.add(name, content)
    writer.add("keys.json", canonical.dumps(published_keys([maker.signer], maker.keys_url)))
    _sign(found, writer, tally, lacks, maker, now=now, simulated=simulated)
    return Built(lacks, tally)


class _Members:
    """Members of the archive, each with its hash for the manifest."""

    def __init__(self, writer: archive.Writer) -> None:
        self.writer = writer
        self.listed: list[Listed] = []

    def add(self, name: str, content: bytes) -> None:
        self.stream(name, (content,))

    def copy(self, name: str, source: IO[bytes]) -> None:
        source.seek(0)
        self.stream(name, iter(lambda: source.read(1 << 16), b""))

    def stream(self, name: str, pieces: Iterable[bytes]) -> None:
        with self.writer.member(name) as sink:
            for one in pieces:
                sink.write(one)
        self.listed.append(Listed(name, sink.sha256, sink.size))


def _shown(found: Gathered, writer: _Members) -> Mapping[str, set[str]]:
    """What is named by its hash; the hashes, for whoever checks the ledgers."""
    texts_ = {
        layout.EDITIONS: {one.sha256: one.text.encode() for one in found.editions},
        layout.DISCLOSURES: found.disclosures,
        layout.WORDINGS: found.wordings,
    }
    for kind, by_hash in texts_.items():
        for sha256, content in by_hash.items():
            writer.add(layout.by_hash(kind, sha256), content)
    return {kind: set(by_hash) for kind, by_hash in texts_.items()}


def _learners(
    found: Gathered, writer: _Members, tally: Tally, known: Mapping[str, Any], lists: tuple[IO[bytes], IO[bytes]],
    page: Callable[[int], None],
) -> None:  # fmt: skip
    """The ledgers, so many learners to a member, and the rows of both lists."""
    lines = ledgers.lines(found.activity_key, known, tally, page=lambda: page(tally.participations))
    number = 0
    line = next(lines, None)
    while line is not None:
        number += 1
        with writer.writer.member(layout.ledger(number)) as sink:
            for _ in range(layout.LEARNERS_EACH):
                sink.write(canonical.dumps(line.data) + b"\n")
                _rows(lists[0], line.participants)
                _rows(lists[1], line.corrections)
                line = next(lines, None)
                if line is None:
                    break
        writer.listed.append(Listed(layout.ledger(number), sink.sha256, sink.size))


def _heading(file: IO[bytes], names: Sequence[str]) -> None:
    _rows(file, [names])


def _rows(file: IO[bytes], rows: Iterable[Sequence[Any]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([texts.inert(str(one)) for one in row] for row in rows)
    file.write(out.getvalue().encode())


def _data(
    found: Gathered, tally: Tally, lacks: Sequence[Missing], parts: Sequence[abstract.Part], now: datetime
) -> dict[str, Any]:
    """For programs: what index.html shows, and the decisions and numbers behind it."""
    return {
        "format": manifest.FORMAT,
        "made_at": instant_text(now),
        "missing": [{"part": one.part, "message": str(one.message)} for one in lacks],
        "activity_key": found.activity_key,
        "course_key": found.course_key,
        "activity_id": found.activity_id,
        "current": found.current.sha256,
        "editions": [{"sha256": one.sha256, "recorded_at": instant_text(one.recorded_at)} for one in found.editions],
        "damaged_editions": list(found.damaged),
        "parts": abstract.as_data(parts),
        "registrations": found.registrations,
        "numbers": found.numbers,
        "tasks": found.tasks,
        "counts": _counts(found, tally),
    }


def _counts(found: Gathered, tally: Tally) -> dict[str, int]:
    names = ("participations", "entries", "claims", "acknowledged", "late", "superseded", "corrections", "incidents")
    return {**{name: getattr(tally, name) for name in names}, "editions": len(found.editions)}


def _sign(
    found: Gathered, writer: _Members, tally: Tally, lacks: Sequence[Missing], maker: Maker, *, now: datetime,
    simulated: bool,
) -> None:  # fmt: skip
    activity = found.activity
    raw = Manifest(
        made_at=instant_text(now),
        site=maker.site,
        about={
            "activity_id": found.activity_id,
            "activity_key": found.activity_key,
            "course_key": found.course_key,
            "provider": activity.provider.name,
            "title": activity.title,
        },
        counts=_counts(found, tally),
        missing=len(lacks),
        simulated=simulated,
        files=tuple(writer.listed),
    ).dumps()
    signature = maker.signer.private.sign(manifest.signed(raw))
    own = Signature(maker.signer.key_id, maker.signer.public, signature)
    for name, content in ((manifest.MANIFEST, raw), (manifest.SIGNATURE, own.dumps())):
        with writer.writer.member(name, packs=False) as sink:
            sink.write(content)
    writer.writer.close()


def published_keys(signers: Iterable[Any], url: str) -> dict[str, Any]:
    """The public keys as they are published at an address and lie in a file: what `cme-xblock verify --key` takes.

    `signers`: have `public`, and `id` or `key_id`.
    """
    return {
        "url": url,
        "purpose": "Audit files, anchors and certificates of deletion of this site (cme_xblock).",
        "keys": [
            {
                "id": getattr(one, "key_id", None) or one.id,
                "algorithm": keys.ALGORITHM,
                "public_key": keys.encode(one.public),
                "fingerprint": keys.fingerprint(one.public),
            }
            for one in signers
        ],
    }
