"""What can't be read at all is refused with a sentence; traps are refused before they close."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import pytest

from cme_xblock.activity.importers import ImportFailed, archive, read
from cme_xblock.activity.importers import people as people_table
from tests import hanging
from tests.activity.importers.world import case

ITEM = case("qti21_single.xml")


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as target:
        for name, content in entries:
            target.writestr(name, content, compress_type=method)
    return made.getvalue()


def linked() -> bytes:
    entry = zipfile.ZipInfo("link.xml")
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    return packed((entry, b"/etc/passwd"))


def encrypted() -> bytes:
    data = bytearray(packed(("item.xml", ITEM), method=zipfile.ZIP_STORED))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def twice() -> bytes:
    data = packed(("item-1.xml", ITEM), ("item-2.xml", ITEM))
    return data.replace(b"item-2.xml", b"item-1.xml")


def tarred(name: str, *, kind: bytes = tarfile.REGTYPE, size: int = 0) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as target:
        entry = tarfile.TarInfo(name)
        entry.type, entry.size, entry.linkname = kind, size, "/etc/passwd" if kind != tarfile.REGTYPE else ""
        target.addfile(entry, io.BytesIO(b"\0" * size))
    return made.getvalue()


BOMB = b"<!DOCTYPE a [<!ENTITY b 'bbbbbbbbbb'><!ENTITY c '&b;&b;&b;&b;'>]><assessmentItem>&c;</assessmentItem>"
FAR = b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><assessmentItem>&b;</assessmentItem>"
REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b" \n ", "it is empty"),
    "word_old": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old version of Word or Excel"),
    "word_new": (packed(("word/document.xml", b"<a/>")), "Word document"),
    "pdf": (b"%PDF-1.7\n", "it is a PDF"),
    "rtf": (b"{\\rtf1 A. x}", "rich text"),
    "picture": (b"\x89PNG\r\n\x1a\n", "a picture"),
    "moodle_xml": (b"<quiz><question/></quiz>", "export the questions from Moodle as GIFT"),
    "manifest": (b"<manifest/>", "import the whole package"),
    "test": (b"<qti-assessment-test/>", "import the whole package"),
    "page": (b"<html><body>Hi</body></html>", "a web page"),
    "other_xml": (b"<svg/>", "neither QTI nor a problem"),
    "prose": (b"Dear all, here are the questions.", "not GIFT, Aiken or a table"),
    "nul": (b"What\0is it?", "NUL"),
    "utf16_broken": (b"\xff\xfea\xd8b", "utf-16"),
    "entities": (BOMB, "DOCTYPE"),
    "external_entity": (FAR, "DOCTYPE"),
    "odd_encoding": (b'<?xml version="1.0" encoding="utf-7"?><assessmentItem/>', "written in utf-7"),
    "deep": (b"<assessmentItem>" + b"<a>" * 200 + b"</a>" * 200 + b"</assessmentItem>", "nested deeper"),
    "not_closed": (b"<assessmentItem><itemBody>", "not well-formed XML"),
    "large_xml": (b"<assessmentItem>" + b"a" * 4_100_000, "larger than 4 MB of text"),
    "large_text": (b"Q {T}\n\n" * 1_500_000, "larger than 4 MB of text"),
    "many_lines": (b"\n" * 200_001 + b"Q {T}", "more than 200000 lines"),
    "many_tags": (b"<problem>" + b"<p/>" * 400_001 + b"</problem>", "more than 400000 tags"),
    "empty_zip": (packed(), "nothing in the archive is a question"),
    "broken_zip": (packed(("a.xml", ITEM))[:-30], "damaged"),
    "traversal": (packed(("../../etc/item.xml", ITEM)), "points outside the archive"),
    "absolute": (packed(("/etc/item.xml", ITEM)), "points outside the archive"),
    "drive": (packed(("C:\\item.xml", ITEM)), "points outside the archive"),
    "link": (linked(), "link or a device"),
    "encrypted": (encrypted(), "encrypted"),
    "twice": (twice(), "twice"),
    "unusual": (packed(("a.xml", ITEM), method=zipfile.ZIP_BZIP2), "unusual way"),
    "steep": (packed(("a.xml", b" " * 5_000_000)), "times its size"),
    "many": (packed(*((f"{number}.xml", b"") for number in range(10_001))), "more than 10000 files"),
    "no_questions": (packed(("notes.xml", b"<notes/>")), "No question was found"),
    "tar_traversal": (tarred("../problem/a.xml"), "points outside the archive"),
    "tar_link": (tarred("problem/a.xml", kind=tarfile.SYMTYPE), "link or a device"),
    "tar_hard_link": (tarred("problem/a.xml", kind=tarfile.LNKTYPE), "link or a device"),
    "tar_device": (tarred("problem/a.xml", kind=tarfile.CHRTYPE), "link or a device"),
    "tar_large_file": (tarred("problem/a.xml", size=9_000_000), "larger than 4 MB"),
    "tar_bomb": (gzip.compress(b"\0" * 400_000_000, 9), "No question was found"),
    "no_tar": (gzip.compress(b"hello" * 200), "no tar.gz"),
    "cut_gzip": (tarred("problem/a.xml")[:40], "damaged"),
    "no_headings": (b"a,b\n1,2\n", "not GIFT, Aiken or a table"),
    "heading_twice": (b"stem,key,stem\n1,2,3\n", "there twice"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_each_trap_and_each_mistake_gets_its_sentence(name: str) -> None:
    data, says = REFUSED[name]
    with hanging.computing(), pytest.raises(ImportFailed) as caught:
        read(data, name="file.dat")
    assert says in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_file_of_more_than_100_mb_is_refused_at_once() -> None:
    with pytest.raises(ImportFailed, match=r"big\.zip is larger than 100 MB"):
        read(b"PK\x03\x04" + bytes(archive.LARGEST_IN), name="big.zip")


def test_a_tar_that_unpacks_to_more_than_it_may_is_refused() -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as target:
        for number in range(3):
            entry = tarfile.TarInfo(f"static/{number}.mp4")
            entry.size = 90_000_000
            target.addfile(entry, io.BytesIO(bytes(90_000_000)))
    with pytest.raises(ImportFailed, match=r"times its size|larger than 200 MB"):
        read(made.getvalue(), name="course.tar.gz")


def test_more_comes_out_than_the_header_says_and_is_cut_off() -> None:
    data = bytearray(packed(("a.xml", b"<assessmentItem>" + b" " * 500_000 + b"</assessmentItem>")))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    found = read(bytes(data), name="lies.zip")
    assert found.items == ()
    assert [one.place for one in found.problems] == ["a.xml"]


def test_an_entry_without_a_name_is_passed_over() -> None:
    """Found by mutation: a name that begins with NUL is no name."""
    data = packed(("one.xml", ITEM), ("x.xml", ITEM)).replace(b"x.xml", b"\0.xml")
    assert [one.place for one in read(data, name="nameless.zip").items] == ["one.xml"]


def test_an_archive_inside_is_not_opened_and_that_is_said() -> None:
    found = read(packed(("one.xml", ITEM), ("inner.zip", packed(("two.xml", ITEM)))), name="outer.zip")
    assert [one.place for one in found.items] == ["one.xml"]
    assert ("inner.zip", "An archive inside the archive was not opened.") in [
        (one.place, str(one.message)) for one in found.notes
    ]


def test_one_broken_item_spoils_no_other() -> None:
    found = read(packed(("a.xml", BOMB), ("b.xml", ITEM), ("c.xml", b"<a")), name="mixed.zip")
    assert len(found.items) == 1
    assert [one.place for one in found.problems] == ["a.xml", "c.xml"]


def test_people_are_refused_in_the_same_way() -> None:
    for data, says in (
        (b"", "no row holds the headings name"),
        (b"name,role\n", "no row under them"),
        (b"PK\x03\x04", "damaged"),
    ):
        with pytest.raises(ImportFailed, match=says):
            people_table.read(data, name="people.csv")
