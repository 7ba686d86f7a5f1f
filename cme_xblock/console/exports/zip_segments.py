"""A ZIP archive written in segments, each by another process if need be. PURE.

A member is compressed as raw deflate; after each segment the compressor is emptied (Z_FULL_FLUSH), which ends it on a
byte and forgets what came before. So the segments of two compressors make one stream, and checksum and sizes go on as
numbers. Sizes come behind the member (bit 3 of its flags). Source: PKWARE APPNOTE 6.3, 4.3 and 4.4; RFC 1951.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

_VERSION, _FLAGS, _DEFLATE = 20, 0x0808, 8
# 1 January 1980, the first day there is: the same rows make the same file.
_TIME, _DATE = 0, 0x21
_LIMIT = 0xFFFFFFFF
_LAST = zlib.compressobj(1, zlib.DEFLATED, -15).flush(zlib.Z_FINISH)


class TooLargeError(ValueError):
    """The archive would need ZIP64, which not every spreadsheet reads. CSV and JSON Lines have no limit."""

    def __init__(self) -> None:
        super().__init__("These rows make a workbook of more than 4 GB. Export them as CSV or JSON Lines.")


class Archive:
    """The archive so far: where it stands, the members that are closed, and the one that is open."""

    def __init__(self) -> None:
        self._offset = 0
        self._members: list[list[Any]] = []
        self._open: list[Any] | None = None

    @property
    def size(self) -> int:
        """How many bytes the open member has, not compressed."""
        return 0 if self._open is None else int(self._open[4])

    def state(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {"offset": self._offset, "members": self._members, "open": self._open}

    @classmethod
    def resumed(cls, state: dict[str, Any]) -> Archive:
        """The archive of `state()`."""
        archive = cls()
        archive._offset = state["offset"]
        archive._members = [list(one) for one in state["members"]]
        archive._open = None if state["open"] is None else list(state["open"])
        return archive

    def open(self, name: str) -> bytes:
        """Begin a member. `name`: ours, ASCII."""
        self._open = [name, self._offset, 0, 0, 0]
        head = struct.pack("<IHHHHHIIIHH", 0x04034B50, _VERSION, _FLAGS, _DEFLATE, _TIME, _DATE, 0, 0, 0, len(name), 0)
        return self._moved(head + name.encode("ascii"))

    def write(self, content: bytes) -> bytes:
        """A segment of the open member."""
        member = self._opened()
        packer = zlib.compressobj(1, zlib.DEFLATED, -15)
        made = packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)
        member[2] = zlib.crc32(content, member[2])
        member[3] += len(made)
        member[4] += len(content)
        return self._moved(made)

    def close(self) -> bytes:
        """End the open member. Raises TooLargeError."""
        member = self._opened()
        member[3] += len(_LAST)
        if max(member[3], member[4]) >= _LIMIT:
            raise TooLargeError
        self._members.append(member)
        self._open = None
        return self._moved(_LAST + struct.pack("<IIII", 0x08074B50, *member[2:]))

    def end(self) -> bytes:
        """The directory. Raises TooLargeError."""
        entries = b"".join(_entry(*one) for one in self._members)
        if self._offset + len(entries) >= _LIMIT:
            raise TooLargeError
        count = len(self._members)
        tail = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(entries), self._offset, 0)
        return self._moved(entries + tail)

    def _opened(self) -> list[Any]:
        if self._open is None:
            message = "No member is open."
            raise RuntimeError(message)
        return self._open

    def _moved(self, made: bytes) -> bytes:
        self._offset += len(made)
        if self._offset >= _LIMIT:
            raise TooLargeError
        return made


def _entry(name: str, offset: int, crc: int, packed: int, size: int) -> bytes:
    head = struct.pack(
        "<IHHHHHHIIIHHHHHII", 0x02014B50, _VERSION, _VERSION, _FLAGS, _DEFLATE, _TIME, _DATE, crc, packed, size,
        len(name), 0, 0, 0, 0, 0, offset,
    )  # fmt: skip
    return head + name.encode("ascii")
