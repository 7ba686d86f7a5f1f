"""A zip archive of the one form that an audit file has: written as a stream, and read as if it came from a stranger.

Every byte that is not content follows from the names, sizes and checksums: no dates, no comments, no extra fields, no
encryption, no gaps, nothing behind the end. So a reader compares instead of interpreting, and there is no place in
which something could be hidden or said twice. Any zip program opens it. No member and no archive is larger than 4 GiB,
which is why learners are written in several members.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_LOCAL_SIGNATURE, _CENTRAL_SIGNATURE, _END_SIGNATURE = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_VERSION, _UNIX = 20, 3 << 8
# The first day that zip can say: a file that says no time is the same file whenever it is made.
_DAY = (1 << 5) | 1
_MODE = 0o100644 << 16
_STORED, _DEFLATED = 0, 8
_LEVEL = 6
_CHUNK = 1 << 16
LARGEST = (1 << 32) - 2
MOST_MEMBERS = 65_534
# What the list of so many members can be long, with names as long as they may be.
_LONGEST_LIST = MOST_MEMBERS * (46 + 302)

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}(?:/[a-z0-9][a-z0-9_.-]{0,99}){0,2}")
_LONGEST_NAME = 200


class ArchiveError(ValueError):
    """Something that can't be read any further, in words: where, and what."""


class TooLarge(ValueError):  # noqa: N818 - says what is the case
    """More than this form of archive can hold."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} would be larger than 4 GiB: make a file for each year, or of fewer learners.")


@dataclass(frozen=True)
class Member:
    """One file inside. `offset`: where its header begins; `packed`, `size`: bytes as they lie there, and unpacked."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    offset: int

    @property
    def begins(self) -> int:
        """Where its content begins."""
        return self.offset + _LOCAL.size + len(self.name)

    @property
    def ends(self) -> int:
        """The first byte behind it."""
        return self.begins + self.packed

    def local(self) -> bytes:
        """The header in front of the content, which follows from the rest."""
        numbers = (_VERSION, 0, self.method, 0, _DAY, self.crc, self.packed, self.size, len(self.name), 0)
        return _LOCAL.pack(_LOCAL_SIGNATURE, *numbers) + self.name.encode("ascii")

    def central(self) -> bytes:
        """The same in the list at the end."""
        numbers = (_UNIX | _VERSION, _VERSION, 0, self.method, 0, _DAY, self.crc, self.packed, self.size)
        rest = (len(self.name), 0, 0, 0, 0, _MODE, self.offset)
        return _CENTRAL.pack(_CENTRAL_SIGNATURE, *numbers, *rest) + self.name.encode("ascii")


def is_name(name: str) -> bool:
    """Whether a member may be called that: small letters and digits, at most two folders, no way out of them."""
    return len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) is not None


class Sink:
    """Where the content of one member is written to. `sha256` and `size` are of what was written."""

    def __init__(self, stream: BinaryIO, *, packs: bool) -> None:
        self._stream, self._hash = stream, sha256()
        self._packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15) if packs else None
        self.crc = self.size = self.packed = 0

    def write(self, content: bytes) -> None:
        """Add bytes."""
        self._hash.update(content)
        self.crc = zlib.crc32(content, self.crc)
        self.size += len(content)
        self._put(self._packer.compress(content) if self._packer else content)

    def end(self) -> None:
        """Nothing more comes."""
        if self._packer:
            self._put(self._packer.flush())

    @property
    def sha256(self) -> str:
        """Of all bytes so far: 64 hex digits."""
        return self._hash.hexdigest()

    def _put(self, content: bytes) -> None:
        self.packed += len(content)
        self._stream.write(content)


class Writer:
    """Writes an archive, one member after the other, to a stream that can go back. Memory does not grow with it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._offset = 0
        self._names: set[str] = set()
        self.members: list[Member] = []

    @contextmanager
    def member(self, name: str, *, packs: bool = True) -> Iterator[Sink]:
        """A sink for the next member. Raises ValueError for a name that is none or was used, TooLarge."""
        if not is_name(name) or name in self._names:
            raise ValueError(f"{name!r} is no name of a member, or is one already")
        self._names.add(name)
        method = _DEFLATED if packs else _STORED
        start = self._offset
        # In its place comes the true header, when the sizes are known.
        self._stream.write(Member(name, method, 0, 0, 0, start).local())
        sink = Sink(self._stream, packs=packs)
        yield sink
        sink.end()
        if max(sink.size, sink.packed) > LARGEST or len(self.members) >= MOST_MEMBERS:
            raise TooLarge(name)
        made = Member(name, method, sink.crc, sink.packed, sink.size, start)
        if made.ends > LARGEST:
            raise TooLarge("The archive")
        self._stream.seek(start)
        self._stream.write(made.local())
        self._stream.seek(made.ends)
        self._offset = made.ends
        self.members.append(made)

    def close(self) -> None:
        """Write the list of members. Nothing comes after it."""
        listed = b"".join(one.central() for one in self.members)
        self._stream.write(listed + _end(len(self.members), len(listed), self._offset))


def _end(number: int, size: int, offset: int) -> bytes:
    return _END.pack(_END_SIGNATURE, 0, 0, number, number, size, offset, 0)


@dataclass(frozen=True)
class Archive:
    """What an archive lists, in its order, and in words what about it is not as this form wants it."""

    members: tuple[Member, ...]
    oddities: tuple[str, ...]


def read(stream: BinaryIO) -> Archive:
    """The members of an archive, and every oddity of its outside. Raises ArchiveError where nothing can be listed.

    No content is unpacked. Whatever the stream holds, this ends: nothing it says of itself is believed unseen.
    """
    length = stream.seek(0, 2)
    end, odd = _find_end(stream, length)
    at, oddities = end, [odd] if odd else []
    number, size, offset = _listed(stream, at)
    if offset + size != at:
        oddities.append("The list of files does not end where the end of the archive begins.")
    members: list[Member] = []
    if size > at or offset > at or size > _LONGEST_LIST:
        raise ArchiveError("The list of files lies outside of the file: it was cut or changed.")
    stream.seek(offset)
    listed = stream.read(size)
    place = 0
    while place < len(listed):
        member, used = _entry(listed, place, oddities)
        members.append(member)
        place += used
    if len(members) != number:
        oddities.append(f"The end of the archive counts {number} files, and the list has {len(members)}.")
    oddities += _layout(stream, members, offset)
    return Archive(tuple(members), tuple(oddities))


def _find_end(stream: BinaryIO, length: int) -> tuple[int, str]:
    """Where the end record begins, and what is odd about it."""
    if length < _END.size:
        raise ArchiveError("This is no zip archive: it is too short to be one.")
    stream.seek(max(0, length - _END.size - (1 << 16)))
    base = stream.tell()
    tail = stream.read()
    if tail[-_END.size :][:4] == _END_SIGNATURE:
        return length - _END.size, ""
    found = tail.rfind(_END_SIGNATURE)
    if found < 0 or len(tail) - found < _END.size:
        raise ArchiveError("This is no zip archive, or its end is missing: it was cut, or is no audit file.")
    more = length - base - found - _END.size
    return base + found, f"There are {more} bytes behind the end of the archive."


def _listed(stream: BinaryIO, at: int) -> tuple[int, int, int]:
    stream.seek(at)
    raw = stream.read(_END.size)
    _, disk, first, here, number, size, offset, comment = _END.unpack(raw)
    if (disk, first, comment) != (0, 0, 0) or here != number:
        raise ArchiveError("The end of the archive has a comment, or says that it is one of several: ours does not.")
    if 0xFFFFFFFF in (size, offset) or number == 0xFFFF:
        raise ArchiveError("The archive says that it is larger than 4 GiB: ours is not.")
    return number, size, offset


def _entry(listed: bytes, place: int, oddities: list[str]) -> tuple[Member, int]:
    if len(listed) - place < _CENTRAL.size:
        raise ArchiveError("The list of files is cut.")
    found = _CENTRAL.unpack_from(listed, place)
    signature, method, crc, packed, size = found[0], found[4], found[7], found[8], found[9]
    name_length, extra, comment, offset = found[10], found[11], found[12], found[16]
    used = _CENTRAL.size + name_length + extra + comment
    if signature != _CENTRAL_SIGNATURE or place + used > len(listed):
        raise ArchiveError("The list of files was changed: what stands in it is no file.")
    name = listed[place + _CENTRAL.size : place + _CENTRAL.size + name_length].decode("ascii", "backslashreplace")
    member = Member(name, method, crc, packed, size, offset)
    if not is_name(name):
        oddities.append(f"A file is called {name[:80]!r}: no file of ours has such a name, so it is not read.")
    elif method not in (_STORED, _DEFLATED) or listed[place : place + used] != member.central():
        oddities.append(f"What the list of files says of {name} is not in our form.")
    return member, used


def _layout(stream: BinaryIO, members: list[Member], end: int) -> Iterator[str]:
    """Files lie one behind the other from the first byte to the list, each once, each with its own header."""
    names: set[str] = set()
    expected = 0
    for one in members:
        if one.name in names:
            yield f"{one.name} is in the archive twice."
        names.add(one.name)
        if one.offset != expected:
            yield f"{one.name} does not lie behind the file before it: something is hidden there, or lies on another."
        expected = one.ends
        if is_name(one.name):
            stream.seek(min(one.offset, end))
            wanted = one.local()
            if stream.read(len(wanted)) != wanted:
                yield f"The header of {one.name} is not what the list of files says."
    if expected != end:
        yield "The files do not end where the list of them begins."


def content(stream: BinaryIO, member: Member) -> Iterator[bytes]:
    """The unpacked bytes of one member, a piece at a time, never more than it says to have.

    Raises ArchiveError where it can't be unpacked, is longer or shorter than it says, or has another checksum.
    """
    stream.seek(member.begins)
    left, size, crc = member.packed, 0, 0
    unpack = zlib.decompressobj(-15) if member.method == _DEFLATED else None
    while left > 0:
        raw = stream.read(min(_CHUNK, left))
        if not raw:
            raise ArchiveError(f"{member.name} is cut.")
        left -= len(raw)
        for piece in _unpacked(unpack, raw, member):
            size += len(piece)
            crc = zlib.crc32(piece, crc)
            if size > member.size:
                raise ArchiveError(f"{member.name} is longer than the archive says.")
            yield piece
    if unpack is not None and (not unpack.eof or unpack.unused_data):
        raise ArchiveError(f"{member.name} can't be unpacked to its end.")
    if size != member.size or crc != member.crc:
        raise ArchiveError(f"{member.name} has another length or checksum than the archive says.")


def _unpacked(unpack: zlib._Decompress | None, raw: bytes, member: Member) -> Iterator[bytes]:
    """Pieces of at most 64 KiB, however far a few bytes would unpack."""
    if unpack is None:
        yield raw
        return
    while raw:
        try:
            piece = unpack.decompress(raw, _CHUNK)
        except zlib.error:
            raise ArchiveError(f"{member.name} can't be unpacked: bytes of it were changed.") from None
        raw = unpack.unconsumed_tail
        if piece:
            yield piece
        if unpack.unused_data or (not piece and not raw):
            return
