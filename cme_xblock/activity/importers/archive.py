"""Archives of other systems, read without trust: zip, and tar packed with gzip. Nothing is ever written to a disk.

Limits hold for what really comes out, whatever the headers promise. An archive that tries to reach outside itself is
refused as a whole: nobody packs such names by accident. This module knows no format of questions.
"""

from __future__ import annotations

import gzip
import io
import posixpath
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cme_xblock.activity.importers.outcome import ImportFailed
from cme_xblock.activity.message import N_, Message

LARGEST_IN = 100_000_000
LARGEST_OUT = 200_000_000
LARGEST_FILE = 4_000_000
MOST_FILES = 10_000
# Text packs to a twentieth at best; a bomb to a thousandth. Below a megabyte neither matters.
STEEPEST = 200
STEEP_FROM = 1_000_000
# Of XML, in one archive: a library of thousands of questions is a few megabytes.
LARGEST_KEPT = 40_000_000

_BLOCK = 512
_ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".imscc", ".bz2", ".xz")
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db")


@dataclass(frozen=True)
class Archive:
    """An archive that was found harmless. `names` in its own order; `nested` are archives inside, never opened."""

    names: tuple[str, ...]
    nested: tuple[str, ...]
    read: Callable[[str], bytes]

    def named(self, *endings: str) -> list[str]:
        """The names that end so, whatever their case."""
        return [one for one in self.names if one.lower().endswith(endings)]


def is_zip(data: bytes) -> bool:
    """Whether the bytes begin like a zip file."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def is_gzip(data: bytes) -> bool:
    """Whether the bytes begin like a gzip file."""
    return data[:2] == b"\x1f\x8b"


def read(data: bytes, *, name: str = "") -> Archive:
    """The archive. Raises ImportFailed, and nothing else, and so does its `read`."""
    shown = name or "archive"
    if len(data) > LARGEST_IN:
        raise _failed(N_("it is larger than {most} MB"), shown, most=str(LARGEST_IN // 1_000_000))
    return _zip(data, shown) if is_zip(data) else _tar(data, shown)


def _zip(data: bytes, shown: str) -> Archive:
    try:
        packed = zipfile.ZipFile(io.BytesIO(data))
        entries = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error, EOFError, OverflowError):
        raise _failed(N_("it is damaged, or no zip file: pack it again"), shown) from None
    if len(entries) > MOST_FILES:
        raise _failed(N_("it holds more than {most} files"), shown, most=str(MOST_FILES))
    found: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for entry in entries:
        name = _safe(entry.filename, shown)
        if not name or entry.is_dir():
            continue
        _refuse_entry(entry, name, shown)
        if name in found:
            raise _failed(N_("it holds {file} twice, so it is unclear which is meant"), shown, file=name)
        total += entry.file_size
        found[name] = entry
    if total > LARGEST_OUT:
        raise _failed(N_("unpacked it would be larger than {most} MB"), shown, most=str(LARGEST_OUT // 1_000_000))

    room = [LARGEST_KEPT]

    def content(name: str) -> bytes:
        inside = _unzipped(packed, found[name], shown)
        room[0] -= len(inside)
        if room[0] < 0:
            raise _failed(N_("it holds more than {most} MB of XML"), shown, most=str(LARGEST_KEPT // 1_000_000))
        return inside

    return _archive(tuple(found), content)


def _refuse_entry(entry: zipfile.ZipInfo, name: str, shown: str) -> None:
    if entry.flag_bits & 0x41:
        raise _failed(N_("{file} in it is encrypted: pack it again without a password"), shown, file=name)
    mode = entry.external_attr >> 16
    if entry.create_system == 3 and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise _failed(N_("{file} in it is a link or a device, not a file"), shown, file=name)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _failed(N_("{file} in it is packed in an unusual way: pack it again as a plain zip"), shown, file=name)
    if entry.file_size > STEEP_FROM and entry.file_size > STEEPEST * max(entry.compress_size, 1):
        raise _failed(N_("{file} in it would unpack to {ratio} times its size"), shown, file=name, ratio=f">{STEEPEST}")


def _unzipped(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, shown: str) -> bytes:
    try:
        with packed.open(entry) as stream:
            content = stream.read(LARGEST_FILE + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        ValueError,
        OSError,
        RuntimeError,
        NotImplementedError,
        struct.error,
    ):
        raise _failed(N_("{file} in it is damaged: pack it again"), shown, file=entry.filename) from None
    if len(content) > LARGEST_FILE:
        most = str(LARGEST_FILE // 1_000_000)
        raise _failed(N_("{file} in it is larger than {most} MB"), shown, file=entry.filename, most=most)
    return content


def _tar(data: bytes, shown: str) -> Archive:
    kept: dict[str, bytes] = {}
    names: dict[str, None] = {}
    room = LARGEST_KEPT
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            for raw, size in _members(_Counted(stream, len(data), shown), shown):
                name = _safe(raw, shown)
                if not name:
                    continue
                if name in names:
                    raise _failed(N_("it holds {file} twice, so it is unclear which is meant"), shown, file=name)
                names[name] = None
                if name.lower().endswith(".xml"):
                    room -= size.wanted
                    if room < 0:
                        most = str(LARGEST_KEPT // 1_000_000)
                        raise _failed(N_("it holds more than {most} MB of XML"), shown, most=most)
                    kept[name] = size.read()
                if len(names) > MOST_FILES:
                    raise _failed(N_("it holds more than {most} files"), shown, most=str(MOST_FILES))
    except (OSError, EOFError, zlib.error, struct.error):
        raise _failed(N_("it is damaged, or no tar.gz file: pack it again"), shown) from None

    def content(name: str) -> bytes:
        return kept.get(name, b"")

    return _archive(tuple(names), content)


class _Counted:
    """A stream that says stop when more comes out than any course needs."""

    def __init__(self, stream: gzip.GzipFile, packed: int, shown: str) -> None:
        self._stream = stream
        self._shown = shown
        self._left = LARGEST_OUT
        # Tar pads with zeros, which pack to nothing, so small archives are steep without being bombs.
        self._steep = max(STEEPEST * packed, 10 * STEEP_FROM)

    def read(self, size: int) -> bytes:
        """Exactly so many bytes, or fewer at the end."""
        self._left -= size
        self._steep -= size
        if self._left < 0:
            most = str(LARGEST_OUT // 1_000_000)
            raise _failed(N_("unpacked it would be larger than {most} MB"), self._shown, most=most)
        if self._steep < 0:
            raise _failed(N_("it would unpack to {ratio} times its size"), self._shown, ratio=f">{STEEPEST}")
        return self._stream.read(size)

    def skip(self, size: int) -> None:
        """Pass over so many bytes without holding them."""
        while size > 0:
            got = len(self.read(min(size, 1 << 20)))
            if not got:
                return
            size -= got


@dataclass
class _Body:
    """What a member holds; it must be read before the next one is asked for."""

    stream: _Counted
    wanted: int
    shown: str
    done: bool = False

    def read(self) -> bytes:
        """The content, of at most the allowed size."""
        if self.wanted > LARGEST_FILE:
            most = str(LARGEST_FILE // 1_000_000)
            raise _failed(N_("a file in it is larger than {most} MB"), self.shown, most=most)
        self.done = True
        return self.stream.read(self.wanted)


def _members(stream: _Counted, shown: str) -> Iterator[tuple[str, _Body]]:
    """The plain files of a tar. Not `tarfile`: it holds headers of any size in memory, and follows links."""
    long_name = ""
    while True:
        header = stream.read(_BLOCK)
        if len(header) < _BLOCK or not header.strip(b"\0"):
            return
        size, form = _checked(header, shown), header[156:157]
        if form in (b"L", b"x", b"g"):
            if size > 1 << 16:
                raise _failed(N_("a name in it is too long"), shown)
            said = stream.read(size)
            long_name = _long_name(said, form) or long_name
            stream.skip(-size % _BLOCK)
            continue
        name, long_name = long_name or _short_name(header), ""
        if form in (b"1", b"2", b"3", b"4", b"6"):
            raise _failed(N_("{file} in it is a link or a device, not a file"), shown, file=name)
        body = _Body(stream, size, shown)
        if form in (b"0", b"\0", b"7"):
            yield name, body
        stream.skip((0 if body.done else size) + (-size % _BLOCK))


def _checked(header: bytes, shown: str) -> int:
    try:
        stated = int(header[148:156].strip(b" \0") or b"0", 8)
        size = int(header[124:136].strip(b" \0") or b"0", 8)
    except ValueError:
        stated, size = -1, 0
    if stated != sum(header) - sum(header[148:156]) + 8 * 32 or size < 0:
        raise _failed(N_("it is damaged, or no tar.gz file: pack it again"), shown)
    return size


def _short_name(header: bytes) -> str:
    name = header[:100].split(b"\0", 1)[0]
    prefix = header[345:500].split(b"\0", 1)[0] if header[257:262] == b"ustar" and header[263:265] == b"00" else b""
    return (prefix + b"/" + name if prefix else name).decode("utf-8", "replace")


def _long_name(said: bytes, form: bytes) -> str:
    if form == b"L":
        return said.rstrip(b"\0").decode("utf-8", "replace")
    found = ""
    for line in said.split(b"\n") if form == b"x" else ():
        _, _, pair = line.partition(b" ")
        if pair.startswith(b"path="):
            found = pair[5:].decode("utf-8", "replace")
    return found


def _safe(raw: str, shown: str) -> str:
    """The name in one form; empty for folders and litter. Backslashes are what some Windows tools write."""
    name = raw.replace("\\", "/")
    if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/") or "\0" in name:
        raise _failed(N_("{file} in it points outside the archive, so nothing of it is read"), shown, file=raw[:120])
    name = posixpath.normpath(name) if name else ""
    if name == "." or raw.endswith(("/", "\\")) or name.startswith(_LITTER[0]) or name.endswith(_LITTER[1:]):
        return ""
    return name


def _archive(names: tuple[str, ...], content: Callable[[str], bytes]) -> Archive:
    return Archive(names, tuple(one for one in names if one.lower().endswith(_ARCHIVES)), content)


def _failed(text: str, shown: str, **params: str) -> ImportFailed:
    frame = N_("The archive {name} was not read: {problem}.")
    return ImportFailed(Message(frame, {"name": shown, "problem": Message(text, params)}))
