"""Whatever befalls an audit file on its way, the verifier ends and says so: hostile archives, 2,000 random damages."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
import zipfile
import zlib
from dataclasses import replace

import pytest

from cme_xblock.evidence import archive, layout, manifest
from cme_xblock.evidence.report import Verdict
from cme_xblock.evidence.verify import verify
from tests import hanging
from tests.evidence import sample
from tests.evidence.test_verify import WHOLE, broken, looked

VARIANTS = 2_000


def _flipped(rng: random.Random) -> bytes:
    content = bytearray(WHOLE)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(content)


def _cut(rng: random.Random) -> bytes:
    at = rng.randrange(len(WHOLE))
    return rng.choice((WHOLE[:at], WHOLE[at:], WHOLE[:at] + WHOLE[at + rng.randrange(1, 200) :]))


def _grown(rng: random.Random) -> bytes:
    at, more = rng.randrange(len(WHOLE) + 1), rng.randbytes(rng.randrange(1, 300))
    return WHOLE[:at] + more + WHOLE[at:]


def _moved(rng: random.Random) -> bytes:
    one, two, three = sorted(rng.sample(range(len(WHOLE)), 3))
    return WHOLE[:one] + WHOLE[two:three] + WHOLE[one:two] + WHOLE[three:]


def _zeroed(rng: random.Random) -> bytes:
    at, number = rng.randrange(len(WHOLE)), rng.randrange(1, 600)
    return WHOLE[:at] + bytes(min(number, len(WHOLE) - at)) + WHOLE[at + number :]


def _members(rng: random.Random) -> bytes:
    """The archive built anew of its own members: left out, twice, in another order, under another name."""
    stream = io.BytesIO(WHOLE)
    packed = [
        (one, stream.getbuffer()[one.begins : one.ends].tobytes()) for one in archive.read(io.BytesIO(WHOLE)).members
    ]
    what = rng.choice(("drop", "twice", "swap", "rename"))
    place = rng.randrange(len(packed))
    if what == "drop":
        del packed[place]
    elif what == "twice":
        packed.insert(rng.randrange(len(packed)), packed[place])
    elif what == "swap":
        other = rng.choice([one for one in range(len(packed)) if one != place])
        packed[place], packed[other] = packed[other], packed[place]
    else:
        one, content = packed[place]
        packed[place] = (archive.Member(rng.choice(("other.txt", "editions/x.json")), *_rest(one)), content)
    return put_together(packed)


def _rest(one: archive.Member) -> tuple[int, int, int, int, int]:
    return one.method, one.crc, one.packed, one.size, one.offset


def put_together(packed: list[tuple[archive.Member, bytes]]) -> bytes:
    """An archive in our form of these members, already packed."""
    body, listed = b"", b""
    for one, content in packed:
        here = archive.Member(one.name, *_rest(one)[:4], len(body))
        body += here.local() + content
        listed += here.central()
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, len(packed), len(packed), len(listed), len(body), 0)
    return body + listed + end


DAMAGES = (_flipped, _flipped, _flipped, _cut, _grown, _moved, _zeroed, _members)


def contents(content: bytes) -> list[tuple[str, bytes]]:
    stream = io.BytesIO(content)
    return [(one.name, b"".join(archive.content(stream, one))) for one in archive.read(stream).members]


def test_two_thousand_damages_are_each_found_or_shown_to_be_none():
    rng = random.Random(20261122)
    same = contents(WHOLE)
    harmless = 0
    for number in range(VARIANTS):
        damaged = DAMAGES[number % len(DAMAGES)](rng)
        if damaged == WHOLE:
            harmless += 1
            continue
        report = looked(damaged)
        if report.verdict is Verdict.BROKEN:
            assert any(one.faults for one in report.checks), number
            assert all(len(fault) < 400 for one in report.checks for fault in one.faults), number
        else:
            # Deflate's last byte has bits that mean nothing: what is read is the same to the letter.
            assert contents(damaged) == same, number
            harmless += 1
    assert harmless < VARIANTS / 100


def test_a_changed_byte_is_found_in_the_file_in_which_it_is():
    for one in archive.read(io.BytesIO(WHOLE)).members:
        at = one.begins + one.packed // 2
        report = looked(WHOLE[:at] + bytes([WHOLE[at] ^ 4]) + WHOLE[at + 1 :])
        said = " ".join(fault for faults in broken(report).values() for fault in faults)
        assert one.name in said or one.name in (manifest.MANIFEST, manifest.SIGNATURE), said
        assert report.verdict is Verdict.BROKEN


def test_random_bytes_and_other_archives_are_no_audit_files():
    rng = random.Random(7)
    for number in range(200):
        content = rng.randbytes(rng.randrange(4_000))
        assert looked(content + (b"PK\x05\x06" + rng.randbytes(18) if number % 2 else b"")).verdict is Verdict.BROKEN
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as other:
        other.writestr("index.html", "hello")
    assert "no audit file" in broken(looked(stream.getvalue()))["signature"][0]


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "/etc/passwd",
        "a/../../b",
        "C:\\x",
        "a\\b",
        "Index.html",
        "a//b",
        ".hidden",
        "x" * 120,
        "a\nb",
        "ä",
    ],
)
def test_a_name_that_leads_elsewhere_is_named_and_not_read(name: str):
    stream = io.BytesIO(WHOLE)
    with zipfile.ZipFile(stream, "a") as added:
        added.writestr(name, "evil")
    report = looked(stream.getvalue())
    assert report.verdict is Verdict.BROKEN
    assert "no file of ours has such a name" in " ".join(broken(report)["archive"])
    with pytest.raises(ValueError, match="no name"), archive.Writer(io.BytesIO()).member(name):
        pass


def test_a_file_that_is_there_twice_is_found():
    stream = io.BytesIO(WHOLE)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(stream, "a") as added:
        added.writestr("index.html", "another")
    assert "index.html is in the archive twice." in broken(looked(stream.getvalue()))["archive"]


@pytest.mark.parametrize(
    ("damaged", "says"),
    [
        (WHOLE + b"\0", "1 bytes behind the end"),
        (WHOLE + WHOLE, "does not end where"),
        (b"MZ" + WHOLE, "The list of files was changed"),
        (WHOLE[:-2] + b"\x01\x00", "has a comment"),
        (WHOLE[:-40], "its end is missing"),
        (b"", "too short"),
    ],
)
def test_what_lies_around_the_archive_is_found(damaged: bytes, says: str):
    assert says in " ".join(broken(looked(damaged))["archive"])


def packed() -> list[tuple[archive.Member, bytes]]:
    members = archive.read(io.BytesIO(WHOLE)).members
    return [(one, WHOLE[one.begins : one.ends]) for one in members]


def with_gap(place: int) -> bytes:
    """The same members, each where the list says, with bytes between them that no member has."""
    body, listed = b"", b""
    for number, (one, content) in enumerate(packed()):
        body += b"hidden" if number == place else b""
        here = archive.Member(one.name, *_rest(one)[:4], len(body))
        body += here.local() + content
        listed += here.central()
    number = len(packed())
    body += b"hidden" if place == number else b""
    return body + listed + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, number, number, len(listed), len(body), 0)


def with_first(**changes: object) -> bytes:
    """The same archive, whose first member is not what it says; header and list agree."""
    (one, content), *rest = packed()
    more = bytes(changes.pop("more", b""))  # type: ignore[call-overload]
    return put_together([(replace(one, packed=one.packed + len(more), **changes), content + more), *rest])


@pytest.mark.parametrize(
    ("damaged", "check", "says"),
    [
        (with_gap(2), "archive", "does not lie behind the file before it"),
        (with_gap(len(packed())), "archive", "do not end where the list"),
        (with_first(crc=7), "files", "another length or checksum"),
        (with_first(more=b"hidden"), "files", "can't be unpacked to its end"),
        (WHOLE[:-14] + b"\x06\0\x06\0" + WHOLE[-10:], "archive", "counts 6 files, and the list has 7"),
    ],
)
def test_what_is_hidden_between_or_inside_the_files_is_found(damaged: bytes, check: str, says: str):
    report = looked(damaged)
    assert says in " ".join(broken(report)[check]), broken(report)


def test_a_manifest_or_signature_in_another_form_is_refused_whoever_signed_it():
    lines = [sample.line(1)]
    true = dict(contents(sample.signed(sample.contents(lines), sample.counts(lines))))
    spaced = true[manifest.MANIFEST].replace(b'{"about"', b'{ "about"')
    for parse, raw in (
        (manifest.parse, spaced),
        (manifest.parse, b"[]"),
        (manifest.parse, b"\xff"),
        (manifest.parse_signature, true[manifest.SIGNATURE].replace(b'"fingerprint":"', b'"fingerprint":"0', 1)),
    ):
        with pytest.raises(manifest.ManifestError):
            parse(raw)


def test_a_long_line_is_let_go(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(layout, "LONGEST_LINE", 1 << 20)
    lines = [sample.line(1)]
    inside = sample.contents(lines)
    inside[layout.ledger(1)] = b"".join(random.Random(1).randbytes(4096).replace(b"\n", b" ") + b"x" * 60_000
                                        for _ in range(500))  # fmt: skip
    content = sample.signed(inside, sample.counts(lines))
    tracemalloc.start()
    report = looked(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.verdict is Verdict.BROKEN
    assert peak < 12 << 20


def bomb(size: int, *, said: int) -> bytes:
    """A member of zeros that unpacks to `size` and says, also in a signed manifest, to be `said` bytes long."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()
    name = layout.ledger(1)
    listed = (manifest.Listed(name, "0" * 64, said),)
    made = manifest.Manifest(sample.text(sample.NOW), "s", sample.ABOUT, {}, 0, True, listed).dumps()
    signature = manifest.Signature("t", sample.public(), sample.SECRET.sign(manifest.signed(made))).dumps()
    own = [
        (archive.Member(one, 0, zlib.crc32(content), len(content), len(content), 0), content)
        for one, content in ((manifest.MANIFEST, made), (manifest.SIGNATURE, signature))
    ]
    return put_together([(archive.Member(name, 8, 0, len(packed), said, 0), packed), *own])


@pytest.mark.parametrize("said", [10, (1 << 32) - 2])
def test_a_bomb_goes_off_in_nobodys_memory(said: int):
    content = bomb(512 << 20, said=said)
    tracemalloc.start()
    with hanging.computing(at_most=60):
        report = verify(io.BytesIO(content), sample.trusted())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.verdict is Verdict.BROKEN
    assert peak < 20 << 20


def test_a_line_without_an_end_fills_no_memory():
    lines = [sample.line(1)]
    inside = sample.contents(lines)
    # Not quite as packed as a bomb, so that it is read at all.
    rng = random.Random(1)
    inside[layout.ledger(1)] = b"".join(rng.randbytes(4096) + bytes(60_000) for _ in range(1_200))
    tracemalloc.start()
    report = looked(sample.signed(inside, sample.counts(lines)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.verdict is Verdict.BROKEN
    assert peak < 4 * layout.LONGEST_LINE


def test_control_characters_of_a_title_do_not_reach_the_terminal():
    lines = [sample.line(1)]
    about = sample.ABOUT
    try:
        sample.ABOUT = {**about, "title": "Good\r\x1b[2Jholds"}
        report = looked(sample.signed(sample.contents(lines), sample.counts(lines)))
    finally:
        sample.ABOUT = about
    assert not any("\x1b" in one or "\r" in one for one in report.lines())
