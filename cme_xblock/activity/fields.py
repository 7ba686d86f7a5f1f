"""How a field of the activity stands in OLX, and how its text and numbers are made comparable.

The dataclasses in `model.py` declare their fields with the functions here. Both codecs (`canonical.py` for JSON,
`olx.py` for OLX) read that declaration, so that a field is described once and can't be lost on one of the two ways.
This module knows nothing of CME.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

ATTRIBUTE = "attribute"
TEXT = "text"
BODY = "body"
ELEMENT = "element"
MANY = "many"

_V = TypeVar("_V")

# XML 1.0 has no way to write these, so no text of an activity may hold them (XML 1.0, production 2: Char).
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# Credit, points, shares and dollars need no more; together they stay inside decimal's default precision of 28 digits.
WHOLE_DIGITS = 12
FRACTION_DIGITS = 12


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


def _field(how: str, default: _V) -> _V:
    return dataclasses.field(default=default, metadata={"olx": how})


def clean(value: str) -> str:
    """Text in the one form that is stored, hashed and compared: NFC, line feeds, no outer white space.

    Raises ValueError, naming the character, for what XML 1.0 can't carry (control characters, lone surrogates).
    """
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    # str.__str__ and not str(): a subclass such as a template's safe text must not stay one.
    value = unicodedata.normalize("NFC", str.__str__(value)).strip()
    # isprintable() is several times faster than the search, and most text passes it: this runs on page views.
    if not value.isprintable() and (unfit := _NOT_XML.search(value)):
        raise ValueError(f"the character U+{ord(unfit[0]):04X} cannot be kept in an activity: remove it")
    return value


def plain(value: Decimal) -> Decimal:
    """The number in the one form that is stored, hashed and compared: 1.50 as 1.5, 1E+2 as 100, -0 as 0.

    Raises ValueError for NaN and infinities, and for more than 12 digits before or after the decimal point.
    """
    if not value.is_finite():
        raise ValueError("an amount in an activity is a number, never NaN or Infinity")
    if not value:
        return Decimal(0)
    # Before it is written out: 1E+999999999 is a short Decimal and a long text.
    if not -FRACTION_DIGITS <= value.adjusted() < WHOLE_DIGITS:
        raise ValueError(f"{value:.3E} is too large or too small for an amount in an activity")
    written = format(value, "f")
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    if len(written.partition(".")[2]) > FRACTION_DIGITS:
        raise ValueError(f"{value:.3E} has more than {FRACTION_DIGITS} digits after the decimal point: round it")
    return Decimal(written)


@dataclasses.dataclass(frozen=True)
class Value:
    """A frozen value with `clean` strings and `plain` decimals, so that equal activities are equal byte for byte."""

    def __post_init__(self) -> None:
        for name, given in vars(self).items():
            kept: Any
            if isinstance(given, Decimal):
                kept = plain(given)
            elif isinstance(given, tuple):
                kept = tuple(clean(one) if _is_text(one) else one for one in given)
            elif _is_text(given):
                kept = clean(given)
            else:
                continue
            object.__setattr__(self, name, kept)


def _is_text(given: object) -> bool:
    return type(given) is str or (isinstance(given, str) and not isinstance(given, Enum))
