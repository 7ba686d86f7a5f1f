"""Which format a file is in, from its content; its name decides only where the content leaves a choice.

Files that people mistake for questions (Word, PDF, old Excel, Moodle XML) get an answer that says what to do instead.
"""

from __future__ import annotations

import re

from cme_xblock.activity.importers import archive, items_table, table, xlsx
from cme_xblock.activity.importers.outcome import ImportFailed
from cme_xblock.activity.importers.qti_package import MANIFEST
from cme_xblock.activity.importers.textfile import decode
from cme_xblock.activity.importers.xmltext import local, parse
from cme_xblock.activity.message import N_, Message

KINDS = ("qti", "gift", "aiken", "olx", "csv", "xlsx")

_ANSWER = re.compile(r"^[ \t]*ANSWER\s*:\s*[A-Z]\b", re.IGNORECASE | re.MULTILINE)
_GIFT = re.compile(
    r"(?<!\\)\{\s*(?:[~=#]|T\b|F\b|TRUE\b|FALSE\b|[^{}\n]{0,200}[~=]|\})|^[ \t]*(?:\$CATEGORY:|::.{1,300}?::)",
    re.MULTILINE,
)
_OLX = (
    ("problem course library library_content vertical sequential chapter problembank itembank split_test conditional")
    .replace("_", "")
    .split()
)
_MISTAKEN = (
    (b"\xd0\xcf\x11\xe0", N_("it is of an old version of Word or Excel: save questions in a table as .xlsx or CSV")),
    (b"%PDF", N_("it is a PDF: copy the questions into the template (CSV or Excel), or write them as Aiken text")),
    (b"{\\rtf", N_("it is rich text: save the questions as plain text in the form of Aiken or GIFT")),
    (b"\x89PNG", N_("it is a picture")),
    (b"\xff\xd8\xff", N_("it is a picture")),
)
_TAGS = {
    "quiz": N_("it is Moodle XML: export the questions from Moodle as GIFT, or as Aiken"),
    "manifest": N_("it is the manifest of a package: import the whole package, the .zip file"),
    "assessmenttest": N_("it is the test of a package, without its questions: import the whole package, the .zip file"),
    "html": N_("it is a web page: export the questions as QTI, GIFT, Aiken or a table"),
}


def detect(data: bytes, *, name: str = "") -> str:
    """One of `KINDS`. Raises ImportFailed, saying what is read and what to do, where it is none of them."""
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise _failed(N_("it is empty"), name)
    for mark, problem in _MISTAKEN:
        if data.startswith(mark):
            raise _failed(problem, name)
    if archive.is_gzip(data):
        return "olx"
    if archive.is_zip(data):
        return _zipped(data, name)
    text, _ = decode(data, name=name)
    bare = text.lstrip()
    return _xml(data, name) if bare.startswith("<") and not _GIFT.search(text[:100_000]) else _text(text, name)


def _zipped(data: bytes, name: str) -> str:
    packed = archive.read(data, name=name)
    if xlsx.WORKBOOK in packed.names:
        return "xlsx"
    if packed.named(MANIFEST):
        return "qti"
    if any(one.startswith("word/") for one in packed.names):
        problem = N_("it is a Word document: copy the questions into the template, or save them as plain text (Aiken)")
        raise _failed(problem, name)
    if "moodle_backup.xml" in packed.names:
        raise _failed(N_("it is a backup of Moodle: export the questions as GIFT instead"), name)
    folders = {part for one in packed.named(".xml") for part in one.split("/")[:-1]}
    if folders & {"problem", "vertical"} or any(
        one.split("/")[-1] in ("course.xml", "library.xml") for one in packed.names
    ):
        return "olx"
    if packed.named(".xml", ".qti"):
        return "qti"
    raise _failed(N_("nothing in the archive is a question"), name)


def _xml(data: bytes, name: str) -> str:
    tag = local(parse(data, name=name or "XML"))
    if tag in ("assessmentitem", "questestinterop"):
        return "qti"
    if tag in _OLX:
        return "olx"
    problem = _TAGS.get(tag, N_("it is XML, but neither QTI nor a problem of Open edX"))
    raise _failed(problem, name)


def _text(text: str, name: str) -> str:
    ending = name.lower().rpartition(".")[2]
    answers, blocks = bool(_ANSWER.search(text)), bool(_GIFT.search(text))
    if ending in ("csv", "tsv") or _is_table(text):
        return "csv"
    if ending == "gift" or (blocks and not answers):
        return "gift"
    if answers:
        return "aiken"
    problem = N_("it is text, but not GIFT, Aiken or a table with the headings of the template")
    raise _failed(problem, name)


def _is_table(text: str) -> bool:
    first = [one for one in text[:20_000].split("\n") if one.strip()][:15]
    cells = ([cell.strip(' "') for cell in line.split(mark)] for line in first for mark in ",;\t")
    return any(table.recognised(one, items_table.KNOWN, items_table.NEEDED) for one in cells)


def _failed(text: str, name: str) -> ImportFailed:
    frame = N_("{name} can't be imported: {problem}.")
    return ImportFailed(Message(frame, {"name": name or Message(N_("The file")), "problem": Message(text)}))
