"""Reading XML that anyone may have written: a hardened parser, and the error that says what is wrong where.

Every foreign XML of the project goes through `parse`. Entities, document types, the network and inclusion are off; size
and depth are bounded. This module knows nothing of activities.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.scalars import excerpt

# An activity with a hundred items stays far below both.
LARGEST = 1_000_000
DEEPEST = 20

_XINCLUDE = "http://www.w3.org/2001/XInclude"
_DECLARATION = re.compile(r"<\?xml\s[^>]{0,200}?\bencoding\s*=\s*[\"']([^\"'>]{0,60})[\"']")
_UNKNOWN_ENTITY = re.compile(r"Entity '([^']{1,60})' not defined")
_POSITION = re.compile(r",? line \d+, column \d+.*", re.DOTALL)
_TOO_DEEP = etree.XPath("/*" * (DEEPEST + 1))
_INCLUSIONS = etree.XPath("//x:*", namespaces={"x": _XINCLUDE})


class OlxError(ValueError):
    """OLX that can't be read: `message` says what was expected, `element` and `line` where.

    `element` is the tag, or the tag with the attribute in question: `<offering amount="abc">`; empty where the text is
    no XML at all. `line` counts from 1; None for an element that was not read from text. A start tag written over
    several lines counts where it ends.
    """

    def __init__(self, message: Message, *, element: str = "", line: int | None = None) -> None:
        super().__init__(message, element, line)
        self.message = message
        self.element = element
        self.line = line

    def format(self, gettext: Callable[[str], str] = str) -> str:
        """The whole sentence in the reader's language, with element and line."""
        params: dict[str, str | Message] = {
            "element": self.element,
            "line": str(self.line),
            "problem": self.message,
        }
        frame = "{problem}"
        if self.element and self.line:
            frame = N_("{element} in line {line}: {problem}")
        elif self.line:
            frame = N_("line {line}: {problem}")
        elif self.element:
            frame = N_("{element}: {problem}")
        return Message(frame, params).format(gettext)

    def __str__(self) -> str:
        return self.format()


def parse(source: str | bytes, *, largest: int = LARGEST) -> etree._Element:
    """The root element of an XML text, at most `largest` bytes of UTF-8.

    Comments and processing instructions are kept in the tree. Raises OlxError, and nothing else, for what is not well
    formed, too large, deeper than 20 elements, not UTF-8, or makes use of a DOCTYPE, entities or XInclude.
    """
    data = _utf8(source, largest)
    text = data.decode("utf-8")
    _refuse_foreign_encoding(text)
    _refuse_doctype(text)
    try:
        root = etree.fromstring(data, hardened())
    except etree.XMLSyntaxError as error:
        raise _syntax_error(error) from None
    _refuse_structure(root)
    return root


def hardened(*, bare: bool = False) -> etree.XMLParser:
    """A parser of UTF-8 with entities, DTDs and the network off. `bare`: without comments and instructions.

    The encoding is ours, whatever a declaration says: callers have decoded the text, and the parser must not decide
    otherwise.
    """
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_pis=bare,
        remove_comments=bare,
    )


def tag_of(element: etree._Element) -> str:
    """The tag for a message, `<item>`, without its namespace's address."""
    return f"<{etree.QName(element).localname}>"


def line_of(element: etree._Element) -> int | None:
    """The line in which the element's start tag ends; None for an element that was not read from text."""
    line = element.sourceline
    return line if isinstance(line, int) else None


def _utf8(source: str | bytes, largest: int) -> bytes:
    if len(source) > largest:
        raise OlxError(Message(N_("the text is longer than {largest} bytes"), {"largest": str(largest)}))
    try:
        data = source.encode("utf-8") if isinstance(source, str) else source.removeprefix(b"\xef\xbb\xbf")
        data.decode("utf-8")
    except UnicodeEncodeError as error:
        line = error.object.count("\n", 0, error.start) + 1
        raise OlxError(Message(N_("a character here is half of a surrogate pair: remove it")), line=line) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise OlxError(Message(N_("a character here is not UTF-8: save the text as UTF-8")), line=line) from None
    if len(data) > largest:
        raise OlxError(Message(N_("the text is longer than {largest} bytes"), {"largest": str(largest)}))
    if b"\x00" in data:
        line = data.count(b"\n", 0, data.index(b"\x00")) + 1
        raise OlxError(Message(N_("the character NUL can't stand in XML: save the text as UTF-8")), line=line)
    return data.removeprefix(b"\xef\xbb\xbf")


def _refuse_foreign_encoding(source: str) -> None:
    declared = _DECLARATION.match(source)
    if declared and declared[1].lower() not in ("utf-8", "us-ascii"):
        text = N_("the text says that it is written in {name}: save it as UTF-8")
        raise OlxError(Message(text, {"name": excerpt(declared[1])}), line=1)


def _refuse_doctype(text: str) -> None:
    """Look before the parser does: it would already read the entities that a DOCTYPE declares."""
    at = 0
    while True:
        while at < len(text) and text[at] in " \t\r\n":
            at += 1
        closing = "-->" if text.startswith("<!--", at) else "?>" if text.startswith("<?", at) else ""
        # The first "-" or "?" after the opening may not close it: "<!-->" is no comment.
        end = text.find(closing, at + (4 if closing == "-->" else 2)) if closing else -1
        if end < 0:
            break
        at = end + len(closing)
    if text[at : at + 9].upper() == "<!DOCTYPE":
        problem = Message(N_("a DOCTYPE can't stand here, nor the entities that it declares: remove it"))
        raise OlxError(problem, line=text.count("\n", 0, at) + 1)


def _syntax_error(error: etree.XMLSyntaxError) -> OlxError:
    said = error.msg or ""
    line = error.lineno or None
    if entity := _UNKNOWN_ENTITY.search(said):
        text = N_("the entity &{name}; is not known in XML: write the character itself")
        return OlxError(Message(text, {"name": excerpt(entity[1])}), line=line)
    if "empty" in said or not said:
        return OlxError(Message(N_("the text is empty: expected an XML element")))
    # libxml2 quotes what it stumbled over, which may be a character that turns a line around.
    said = excerpt(_POSITION.sub("", said), length=200)
    return OlxError(Message(N_("this is not well-formed XML: {problem}"), {"problem": said}), line=line)


def _refuse_structure(root: etree._Element) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise OlxError(Message(N_("a DOCTYPE can't stand here, nor the entities that it declares: remove it")), line=1)
    for found in _elements(_TOO_DEEP, root):
        problem = Message(N_("expected elements nested no deeper than {depth} levels"), {"depth": str(DEEPEST)})
        raise OlxError(problem, element=tag_of(found), line=line_of(found))
    for found in _elements(_INCLUSIONS, root):
        problem = Message(N_("XInclude can't stand here: write the included text itself"))
        raise OlxError(problem, element=tag_of(found), line=line_of(found))


def _elements(query: etree.XPath, root: etree._Element) -> list[etree._Element]:
    found = query(root)
    return [one for one in found if isinstance(one, etree._Element)] if isinstance(found, list) else []
