"""Anchors: what the ends of all chains were on a day, in a file that the database's owner does not own.

A chain proves that nothing was changed inside of it. Who rewrites all of it, or cuts it at its end together with its
head, leaves a chain that is whole. So once a day the ends go to a file outside: one line of canonical JSON each, never
changed, each with the hash of the line before and signed. Here is the file's form; what the lines say is compared with
the database in `records.anchors`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cme_xblock.activity import canonical
from cme_xblock.activity.jcs import ActivityError
from cme_xblock.evidence import keys
from cme_xblock.participation.entries import GENESIS

FORMAT = 1
# The kinds of lines. TOTALS ends an anchoring: it counts, and says from where the next one goes on.
HEADS, CLAIMS, EDITIONS, DECISIONS, CHAINS, TOTALS = "heads", "claims", "editions", "decisions", "chains", "totals"
KINDS = frozenset({HEADS, CLAIMS, EDITIONS, DECISIONS, CHAINS, TOTALS})
_SAID = b"cme_xblock anchor, format 1\n"
LONGEST = 1 << 20
_BACK = 1 << 16


@dataclass(frozen=True)
class Signer:
    """Who signs the lines."""

    key_id: str
    public: bytes
    private: Ed25519PrivateKey


@dataclass(frozen=True)
class Line:
    """One line: its number from 1, when it was written (an instant as text), what it says, and its own hash.

    `rows` by kind: heads [participation, seq, hash]; claims [claim, participation, hash]; editions [activity_key,
    sha256]; decisions [number, participation or empty, sha256]; chains [name, seq, hash]. `facts`: of TOTALS.
    """

    seq: int
    at: str
    kind: str
    rows: tuple[tuple[Any, ...], ...]
    facts: Mapping[str, Any]
    hash: str


@dataclass(frozen=True)
class Fault:
    """A line that is not as it was written: its place in the file, from 1, and what about it."""

    place: int
    message: str


def written(
    *, seq: int, at: str, kind: str, rows: Sequence[Sequence[Any]], facts: Mapping[str, Any], prev: str,
    signer: Signer | None,
) -> tuple[bytes, str]:  # fmt: skip
    """The line as bytes, with its end, and its hash. Without a signer it is chained and not signed."""
    body = {
        "format": FORMAT,
        "seq": seq,
        "at": at,
        "kind": kind,
        "rows": [list(one) for one in rows],
        "facts": dict(facts),
        "prev": prev,
    }
    outer: dict[str, Any] = {"body": body}
    if signer is not None:
        outer["key_id"] = signer.key_id
        outer["public_key"] = keys.encode(signer.public)
        outer["signature"] = keys.encode(signer.private.sign(_SAID + canonical.dumps(body)))
    raw = canonical.dumps(outer)
    return raw + b"\n", sha256(raw).hexdigest()


def read(stream: BinaryIO, trusted: keys.Trusted | None) -> Iterator[Line | Fault]:
    """The lines of a file in order, and what is wrong with them. Never raises for what it holds.

    `trusted`: the keys that may have signed; None where lines are not signed. A line that was torn in the middle of
    writing is passed over where the next one follows the line before it: nothing of it was ever said.
    """
    prev, seq, torn = GENESIS, 0, ""
    for place, raw in enumerate(_raw(stream), start=1):
        if not raw:
            continue
        line = _line(raw, trusted)
        if isinstance(line, str):
            if torn:
                yield Fault(place - 1, torn)
            torn = line
            continue
        body, found = line
        if torn and (body["prev"] != prev or body["seq"] != seq + 1):
            yield Fault(place - 1, torn)
        elif body["prev"] != prev or body["seq"] != seq + 1:
            yield Fault(place, f"Line {body['seq']} does not follow line {seq}: lines are missing, or changed places.")
        torn = ""
        prev, seq = found.hash, found.seq
        yield found
    if torn:
        yield Fault(place, f"The last line is torn: {torn}")


def last_totals(stream: BinaryIO) -> tuple[Line | None, str, int, bool]:
    """The last TOTALS line that can be read, the hash and number of the very last line, and whether the end is whole.

    Reads from the end, for the file is years long.
    """
    end = stream.seek(0, os.SEEK_END)
    whole, prev, seq = True, GENESIS, 0
    first = True
    for raw in _backwards(stream, end):
        line = _line(raw, None)
        if isinstance(line, str):
            whole = whole and not first
            continue
        if first or seq == 0:
            prev, seq = line[1].hash, line[1].seq
        first = False
        if line[1].kind == TOTALS:
            return line[1], prev, seq, whole
    return None, prev, seq, whole


def _raw(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    while raw := stream.readline(LONGEST):
        yield raw.rstrip(b"\n")


def _backwards(stream: BinaryIO, end: int) -> Iterator[bytes]:
    """The lines from the last to the first, without empty ones."""
    rest = b""
    while end > 0:
        begin = max(0, end - _BACK)
        stream.seek(begin)
        block = stream.read(end - begin) + rest
        first, *lines = block.split(b"\n")
        yield from (one for one in reversed(lines) if one)
        rest, end = first, begin
    if rest:
        yield rest


def _line(raw: bytes, trusted: keys.Trusted | None) -> tuple[Mapping[str, Any], Line] | str:
    """A line's body and what it says, or what is wrong with it."""
    try:
        outer = canonical.loads(raw)
        if canonical.dumps(outer) != raw:
            return "It is not in canonical form: it was changed."
    except ActivityError:
        return "It can't be read: it was changed, or torn in the middle of writing."
    body = outer.get("body") if isinstance(outer, dict) else None
    if not isinstance(body, dict) or not _is_body(body):
        return "It is no anchor."
    if trusted is not None and (unsigned := _unsigned(outer, body, trusted)):
        return unsigned
    rows = tuple(tuple(one) for one in body["rows"])
    return body, Line(body["seq"], body["at"], body["kind"], rows, body["facts"], sha256(raw).hexdigest())


def _unsigned(outer: Mapping[str, Any], body: Mapping[str, Any], trusted: keys.Trusted) -> str:
    """What is wrong with a line's signature, or nothing."""
    public, signature = keys.decode(outer.get("public_key"), size=32), keys.decode(outer.get("signature"), size=64)
    if public is None or signature is None:
        return "It is not signed."
    if not keys.is_signed(public, signature, _SAID + canonical.dumps(body)):
        return "Its signature does not hold: it was changed."
    return "" if trusted.has(public) else "It is signed with a key that is not the provider's."


def _is_body(body: Mapping[str, Any]) -> bool:
    return (
        body.keys() == {"format", "seq", "at", "kind", "rows", "facts", "prev"}
        and body["format"] == FORMAT
        and type(body["seq"]) is int
        and isinstance(body["at"], str)
        and body["kind"] in KINDS
        and isinstance(body["rows"], list)
        and all(isinstance(one, list) and _is_row(body["kind"], one) for one in body["rows"])
        and isinstance(body["facts"], dict)
        and isinstance(body["prev"], str)
    )


_ROWS: Mapping[str, tuple[type, ...]] = {
    HEADS: (str, int, str),
    CLAIMS: (str, str, str),
    EDITIONS: (str, str),
    DECISIONS: (int, str, str),
    CHAINS: (str, int, str),
    TOTALS: (),
}


def _is_row(kind: str, row: Sequence[Any]) -> bool:
    return [type(one) for one in row] == list(_ROWS[kind])
