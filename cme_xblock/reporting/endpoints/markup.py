"""Writing XML as text: what has to be escaped, and what XML cannot hold at all. PURE.

Many records are written as text, many times faster than element by element; a single document is written by the same
code and then checked by a parser and a schema, so that the two can't drift apart. Bytes as lxml would write them.
"""

from __future__ import annotations

import re

_TEXT = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ATTRIBUTE = re.compile('[&<>"\r\n\t\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')
_ESCAPED = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;",
}  # fmt: skip


class UnwritableError(ValueError):
    """A text holds a character that XML cannot carry. The message does not quote it."""

    def __init__(self) -> None:
        super().__init__("A text holds a control character, which XML cannot carry. Type it anew.")


def text(value: str) -> str:
    """The text between two tags. Raises UnwritableError."""
    return _TEXT.sub(_escape, value) if _TEXT.search(value) else value


def attribute(value: str) -> str:
    """The text between the quotes of an attribute. Raises UnwritableError."""
    return _ATTRIBUTE.sub(_escape, value) if _ATTRIBUTE.search(value) else value


def _escape(found: re.Match[str]) -> str:
    try:
        return _ESCAPED[found[0]]
    except KeyError:
        raise UnwritableError from None
