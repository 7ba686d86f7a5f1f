"""The verification of an audit file with nothing but the file and a public key.

It never raises for what a file holds, unpacks no more than the signed manifest says, and keeps no more than one
learner's ledger in memory. Each check stands for itself: where one is broken, the others still say what they can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, BinaryIO

from cme_xblock.activity import canonical
from cme_xblock.activity.jcs import ActivityError
from cme_xblock.evidence import archive, keys, layout, learner, manifest
from cme_xblock.evidence.archive import Archive, ArchiveError, Member
from cme_xblock.evidence.manifest import Listed, Manifest, ManifestError
from cme_xblock.evidence.report import Check, Report

# Text packs to a tenth, hashes not at all. Nothing of ours unpacks to so many times its size.
MOST_TIMES = 200
_FREE = 1 << 20
_SOME = 20
_TITLES = {
    "archive": "The archive is whole, with nothing hidden in it",
    "signature": "The provider's signature",
    "files": "Every file is as it was signed, and none is added or missing",
    "shown": "What learners were shown is there, word for word",
    "chain": "Every learner's ledger is an unbroken chain",
    "claim": "Every claim is what its learner attested",
    "evaluation": "Evaluations with a name are as they were handed in",
    "count": "The file has as much as it says",
}


def verify(stream: BinaryIO, trusted: keys.Trusted | None) -> Report:
    """Look at everything. `stream`: can go back; `trusted`: what the reader believes in, or None."""
    checks = {name: Check(name, title) for name, title in _TITLES.items()}
    report = Report(tuple(checks.values()))
    try:
        found = archive.read(stream)
    except ArchiveError as error:
        checks["archive"].fault(str(error))
        return report
    checks["archive"].faulted(found.oddities)
    checks["archive"].done(f"{len(found.members)} files.")
    signed = _signature(stream, found, checks["signature"], report, trusted)
    contents = _Contents(stream, found, checks)
    contents.read(signed)
    if signed is not None:
        report.told = [*_told(signed), *contents.times.told()]
    return report


def _signature(
    stream: BinaryIO, found: Archive, check: Check, report: Report, trusted: keys.Trusted | None
) -> Manifest | None:
    """The manifest, whether its signature holds or not; None where it can't be read."""
    try:
        raw = _small(stream, found, manifest.MANIFEST)
    except (ArchiveError, ManifestError) as error:
        check.fault(str(error))
        return None
    try:
        signature = manifest.parse_signature(_small(stream, found, manifest.SIGNATURE))
        report.fingerprint = keys.fingerprint(signature.public)
        if not signature.holds(raw):
            check.fault("The signature is not one over this manifest: one of the two was changed.")
        if trusted is not None:
            report.is_theirs = trusted.has(signature.public)
            if not report.is_theirs:
                check.fault("It is signed with another key than the one you gave: it is not from that provider.")
        whose = "that you gave" if report.is_theirs else "that is in the file: compare it with the provider's"
        check.done(f"Key {signature.key_id!r} {whose}, fingerprint {keys.spelled(report.fingerprint)}.")
    except (ArchiveError, ManifestError) as error:
        check.fault(str(error))
    try:
        return manifest.parse(raw)
    except ManifestError as error:
        check.fault(str(error))
        return None


def _small(stream: BinaryIO, found: Archive, name: str) -> bytes:
    """A member that is read as a whole."""
    member = next((one for one in found.members if one.name == name), None)
    if member is None:
        raise ManifestError(f"There is no {name}: this is no audit file, or it was taken out.")
    if member.size > manifest.LARGEST:
        raise ManifestError(f"{name} is far larger than one of ours.")
    return b"".join(archive.content(stream, member))


@dataclass
class Times:
    """When learners acknowledged the disclosures, beside when they first took part. Source: spec R-1.5.

    No fault of the file: who signed the sheet of a live session may never have opened the course.
    """

    acknowledged: int = 0
    late: int = 0
    some: list[str] = field(default_factory=list)

    def add(self, found: learner.Found, line: Mapping[str, Any]) -> None:
        """Count one learner."""
        self.acknowledged += found.acknowledged
        self.late += found.late
        if found.late and len(self.some) < _SOME:
            self.some.append(str(line["participation"]))

    def told(self) -> Iterator[str]:
        """It in words."""
        yield f"{self.acknowledged} learners acknowledged the disclosures."
        if self.late:
            yield f"{self.late} took part without, or before: {', '.join(map(_plain, self.some))}."


class _Contents:
    """One walk over all members, in their order."""

    def __init__(self, stream: BinaryIO, found: Archive, checks: dict[str, Check]) -> None:
        self._stream, self._found, self._checks = stream, found, checks
        self._known: dict[str, set[str]] = {layout.EDITIONS: set(), layout.DISCLOSURES: set(), layout.WORDINGS: set()}
        self._counts = {"participations": 0, "entries": 0, "claims": 0}
        self.times = Times()
        self._seen: set[str] = set()
        self._room = 0

    def read(self, signed: Manifest | None) -> None:
        """Read every member that may be read, and compare with what was signed."""
        files = self._checks["files"]
        if signed is None:
            return
        listed = {one.name: one for one in signed.files}
        if len(listed) < len(signed.files):
            files.fault("The manifest lists a file twice.")
        length = self._stream.seek(0, 2)
        self._room = max(length, 1) * MOST_TIMES + _FREE
        expected = [one.name for one in signed.files]
        there = [one.name for one in self._found.members]
        if there != [*expected, manifest.MANIFEST, manifest.SIGNATURE]:
            files.faulted(f"{name} was added: nobody signed it." for name in sorted(set(there) - set(expected) - _OWN))
            files.faulted(f"{name} is missing." for name in sorted(set(expected) - set(there)))
            if sorted(there) == sorted([*expected, *_OWN]):
                files.fault("The files lie in another order than they were signed in.")
        for member in self._found.members:
            one = listed.get(member.name)
            if one is not None and member.name not in self._seen:
                self._seen.add(member.name)
                self._member(member, one, files)
        files.done(f"{len(signed.files)} files.")
        self._close(signed)

    def _member(self, member: Member, one: Listed, files: Check) -> None:
        if member.size != one.size or member.size > self._room:
            files.fault(f"{member.name} says to be {member.size} bytes long, and was signed with {one.size}.")
            return
        self._room -= member.size
        digest = sha256()
        try:
            pieces = self._hashed(archive.content(self._stream, member), digest)
            if layout.is_ledger(member.name):
                self._ledgers(member.name, pieces)
            else:
                for _ in pieces:
                    pass
        except ArchiveError as error:
            files.fault(str(error))
            return
        if digest.hexdigest() != one.sha256:
            files.fault(f"{member.name} was changed: it has another hash than when it was signed.")
        named = layout.hashed(member.name)
        if named is not None:
            if digest.hexdigest() == named[1]:
                self._known[named[0]].add(named[1])
            else:
                self._checks["shown"].fault(f"{member.name} is not what it is named by: its hash is another one.")

    @staticmethod
    def _hashed(pieces: Iterator[bytes], digest: Any) -> Iterator[bytes]:
        for one in pieces:
            digest.update(one)
            yield one

    def _ledgers(self, name: str, pieces: Iterator[bytes]) -> None:
        for number, line in enumerate(_lines(pieces), start=1):
            where = f"{name}, line {number}"
            data = _parsed(line)
            if not isinstance(data, dict):
                self._checks["chain"].fault(f"{where} can't be read: it was changed.")
                continue
            found = learner.check(data, self._known)
            self._counts["participations"] += 1
            self._counts["entries"] += found.entries
            self._counts["claims"] += found.claims
            self.times.add(found, data)
            for fault in found.faults:
                self._checks[fault.about].fault(fault.message)

    def _close(self, signed: Manifest) -> None:
        """What can be said at the end."""
        n, known = self._counts, self._known
        shown = ", ".join(f"{len(known[kind])} {kind}" for kind in known)
        self._checks["shown"].done(f"{shown}.")
        self._checks["chain"].done(f"{n['entries']} entries of {n['participations']} learners.")
        self._checks["claim"].done(f"{n['claims']} claims.")
        self._checks["evaluation"].done("")
        for name in ("participations", "entries", "claims"):
            if signed.counts.get(name) != n[name]:
                self._checks["count"].fault(f"It says {signed.counts.get(name)} {name}, and has {n[name]}.")
        self._checks["count"].done("")


_OWN = frozenset({manifest.MANIFEST, manifest.SIGNATURE})


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The lines of a stream of bytes; of one that is too long, nothing."""
    kept = bytearray()
    for piece in pieces:
        kept += piece
        if b"\n" in piece:
            *whole, rest = bytes(kept).split(b"\n")
            yield from whole
            kept = bytearray(rest)
        if len(kept) > layout.LONGEST_LINE:
            kept.clear()
            yield b""
    if kept:
        yield bytes(kept)


def _parsed(line: bytes) -> Any:
    try:
        return canonical.loads(line)
    except ActivityError:
        return None


def _told(signed: Manifest) -> Iterator[str]:
    """What the signed manifest says of the file."""
    about = signed.about
    yield f"The file is about “{_plain(about.get('title', ''))}” of {_plain(about.get('provider', ''))}."
    yield f"It was made on {_plain(signed.made_at)} by {_plain(signed.site)}."
    if signed.simulated:
        yield "Its learners are simulated."
    if signed.missing:
        yield f"It says itself that {signed.missing} elements that accreditors ask for are MISSING: see index.html."


def _plain(text: str) -> str:
    """Text from a file on a terminal: no control characters, which could overwrite what stands there."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:200]
