"""How a field of the activity stands in OLX, and how its text is made comparable.

The dataclasses in `model.py` declare their fields with the functions here. Both codecs (`canonical.py` for JSON,
`olx.py` for OLX) read that declaration, so that a field is described once and can't be lost on one of the two ways.
This module knows nothing of CME.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from typing import Any, TypeVar

ATTRIBUTE = "attribute"
TEXT = "text"
BODY = "body"
ELEMENT = "element"
MANY = "many"

_V = TypeVar("_V")

# XML 1.0 has no way to write these, so no text of an activity may hold them (XML 1.0, production 2: Char).
_NOT_XML = frozenset(chr(c) for c in range(0x20)) - frozenset("\t\n\r") | frozenset("\ufffe\uffff")


def attribute(default: _V) -> _V:
    """An XML attribute of its own name: `<item id="a1">`. For names, codes, dates and amounts."""
    return _field(ATTRIBUTE, default)


def text(default: _V) -> _V:
    """A child element with nothing but text: `<gap>…</gap>`. For what people read. Absent in OLX when empty."""
    return _field(TEXT, default)


def body(default: _V) -> _V:
    """The element's own text: `<option id="a">10 mg</option>`. At most one field of a class, beside attributes only."""
    return _field(BODY, default)


def element(default: _V) -> _V:
    """One nested value as a child element of the field's name: `<provider name="…">…</provider>`."""
    return _field(ELEMENT, default)


def many(tag: str, *, wrapper: str = "") -> Any:
    """A tuple of nested values or of strings, as repeated `<tag>` elements, inside `<wrapper>` where one is named."""
    return dataclasses.field(default=(), metadata={"olx": MANY, "tag": tag, "wrapper": wrapper})


def _field(how: str, default: _V) -> Any:
    return dataclasses.field(default=default, metadata={"olx": how})


def clean(value: str) -> str:
    """Text in the one form that is stored, hashed and compared: NFC, line feeds, no outer white space.

    Raises ValueError, naming the character, for what XML 1.0 can't carry (control characters, lone surrogates).
    """
    value = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    for char in value:
        if char in _NOT_XML or "\ud800" <= char <= "\udfff":
            raise ValueError(f"the character U+{ord(char):04X} cannot be kept in an activity: remove it")
    return value


@dataclasses.dataclass(frozen=True)
class Value:
    """A frozen value whose strings are `clean`, so that equal activities are equal byte for byte."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            given = getattr(self, field.name)
            if type(given) is str:
                object.__setattr__(self, field.name, clean(given))
            elif isinstance(given, tuple) and any(type(one) is str for one in given):
                object.__setattr__(self, field.name, tuple(clean(one) for one in given))
