"""Reading XML of other systems: `activity.source.parse` for files that are larger, deeper and in older encodings.

Document types with declarations, entities, the network and inclusion are off; size and depth are bounded. What HTML
calls `&nbsp;` is read as that character, for exports are full of it. This module knows no format of questions.
"""

from __future__ import annotations

import html
import re
from html.entities import html5

from lxml import etree

from cme_xblock.activity.importers.outcome import ImportFailed
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.source import hardened

LARGEST = 4_000_000
DEEPEST = 100
# Each element takes far more memory than its text.
MOST_TAGS = 400_000

_DECLARATION = re.compile(rb"\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_HEAD = re.compile(r"<\?xml\b[^>]{0,300}\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE\b([^\[<>]{0,500})>", re.IGNORECASE)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30};)")
_POSITION = re.compile(r",? line \d+, column \d+.*", re.DOTALL)
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (DEEPEST + 1) + ")")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# Others would only open more doors: some of Python's codecs are no encodings of text.
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-15": "iso-8859-15",
    "utf-16": "utf-16",
}


def parse(data: bytes, *, name: str) -> etree._Element:
    """The root element. Raises ImportFailed, naming the file, for whatever is not well formed or not allowed."""
    if len(data) > LARGEST:
        raise _failed(N_("it is larger than {largest} MB of XML"), name, largest=str(LARGEST // 1_000_000))
    text = _without_doctype(_without_head(_decoded(data, name)), name)
    if text.count("<") > MOST_TAGS:
        raise _failed(N_("it has more than {most} tags"), name, most=str(MOST_TAGS))
    text = _ENTITY.sub(_character, text)
    try:
        root = etree.fromstring(text.encode("utf-8"), hardened(bare=True))
    except etree.XMLSyntaxError as error:
        said = " ".join(_POSITION.sub("", error.msg or "").split()) or "empty"
        raise _failed(
            N_("it is not well-formed XML: {said}, line {line}"), name, said=said, line=str(error.lineno or 1)
        ) from None
    except (UnicodeError, ValueError):
        raise _failed(N_("it holds characters that XML can't"), name) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _failed(N_("it declares a document type, which can hold traps: remove the DOCTYPE"), name)
    if _TOO_DEEP(root):
        raise _failed(N_("its elements are nested deeper than {most} levels"), name, most=str(DEEPEST))
    return root


def words(text: str) -> frozenset[str]:
    """The words of a text, for lists of tags."""
    return frozenset(text.split())


def said(element: etree._Element) -> str:
    """All text inside an element, on one line."""
    return " ".join("".join(str(one) for one in element.itertext()).split())


def local(element: etree._Element) -> str:
    """The tag in one spelling for QTI 2 and 3: `qti-choice-interaction` too is `choiceinteraction`."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2].lower().removeprefix("qti-").replace("-", "").replace("_", "")


def attr(element: etree._Element, name: str) -> str:
    """An attribute in one spelling for QTI 2 and 3: `name` is lower case without hyphens and lines."""
    found = element.get(name)
    if found is not None:
        return found.strip()
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2].lower().replace("-", "").replace("_", "") == name:
            return str(value).strip()
    return ""


def is_vast(element: etree._Element, *, most: int) -> bool:
    """Whether an element holds more elements than any question; counting stops there."""
    return any(number >= most for number, _ in enumerate(element.iter()))


def children(element: etree._Element, *names: str) -> list[etree._Element]:
    """The children with one of these `local` tags."""
    return [one for one in element if local(one) in names]


def descendants(element: etree._Element, *names: str) -> list[etree._Element]:
    """The elements inside, at any depth, with one of these `local` tags."""
    return [one for one in element.iterdescendants() if local(one) in names]


def _decoded(data: bytes, name: str) -> str:
    encoding = ""
    for mark, known in _BOMS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], known
            break
    if not encoding:
        declared = _DECLARATION.match(data[:400])
        said = declared[1].decode("ascii").lower() if declared else "utf-8"
        if said not in _ENCODINGS:
            raise _failed(N_("it is written in {said}: save it as UTF-8"), name, said=said)
        encoding = _ENCODINGS[said]
    try:
        text = data.decode(encoding)
    except UnicodeError:
        raise _failed(N_("a character in it is not {said}: save it as UTF-8"), name, said=encoding) from None
    if "\0" in text:
        raise _failed(N_("it holds the character NUL: save it as UTF-8"), name)
    return text


def _without_head(text: str) -> str:
    text = text.lstrip()
    found = _HEAD.match(text)
    return text[found.end() :] if found else text


def _without_doctype(text: str, name: str) -> str:
    """Older exports name a DTD by its address, which is harmless once ignored; declarations of their own are not."""
    at = text.find("<!DOCTYPE", 0, 20_000)
    if at < 0:
        return text
    found = _DOCTYPE.match(text, at)
    if found is None:
        raise _failed(N_("it declares a document type, which can hold traps: remove the DOCTYPE"), name)
    return text[:at] + "\n" * text.count("\n", at, found.end()) + text[found.end() :]


def _character(found: re.Match[str]) -> str:
    return html.escape(html5[found[1]]) if found[1] in html5 and html5[found[1]] not in "<>&\"'" else found[0]


def _failed(text: str, name: str, **params: str) -> ImportFailed:
    frame = N_("{name} can't be read: {problem}.")
    return ImportFailed(Message(frame, {"name": name or "XML", "problem": Message(text, params)}))
