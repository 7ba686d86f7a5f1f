"""Single values of an activity as text, and back: the same text in JSON, in OLX attributes and in error messages.

Strict on the way in, one form on the way out. This module knows nothing of JSON, XML or CME.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from cme_xblock.activity.fields import FRACTION_DIGITS, WHOLE_DIGITS, clean, plain
from cme_xblock.activity.message import N_, Message

_C = TypeVar("_C", bound=StrEnum)

# [0-9] and not \d, which also takes Arabic, Devanagari and other digits.
_DECIMAL = re.compile(rf"-?[0-9]{{1,{WHOLE_DIGITS}}}(?:\.[0-9]{{1,{FRACTION_DIGITS}}})?")
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")


class UnfitError(ValueError):
    """A text that is not what its field holds; `message` says what was expected."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def text_of(given: str) -> str:
    """Text as an activity keeps it. Raises UnfitError for characters that XML 1.0 can't carry."""
    try:
        return clean(given)
    except ValueError as error:
        # The sentence names the code point, never the character: it may be one that no log or page can show.
        raise UnfitError(Message("{problem}", {"problem": str(error)})) from None


def decimal_of(given: str) -> Decimal:
    """A number such as 0.75; no exponent, no sign but a minus, at most 12 digits before and after the point."""
    if not _DECIMAL.fullmatch(given):
        raise UnfitError(Message(N_("expected a decimal number such as 0.75")))
    return plain(Decimal(given))


def decimal_text(value: Decimal) -> str:
    """The one way to write a number: 1.5, never 1.50 or 15E-1."""
    return format(plain(value), "f")


def integer_of(given: str) -> int:
    """A whole number such as 30."""
    if not _INTEGER.fullmatch(given):
        raise UnfitError(Message(N_("expected a whole number such as 30")))
    return int(given)


def flag_of(given: str) -> bool:
    """`true` or `false`."""
    if given not in ("true", "false"):
        raise UnfitError(Message(N_("expected true or false")))
    return given == "true"


def flag_text(value: bool) -> str:
    """`true` or `false`."""
    return "true" if value else "false"


def date_of(given: str) -> date:
    """A civil date as year-month-day, for example 2026-11-22."""
    if not _DATE.fullmatch(given):
        raise UnfitError(Message(N_("expected a date as year-month-day, such as 2026-11-22")))
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise UnfitError(Message(N_("expected a day that exists, as year-month-day such as 2026-11-22"))) from None


def moment_of(given: str) -> datetime:
    """A civil date with its time of day, to the minute and without a zone, for example 2026-11-22T18:30."""
    if not _MOMENT.fullmatch(given):
        raise UnfitError(Message(N_("expected date and time as year-month-dayThour:minute, such as 2026-11-22T18:30")))
    try:
        return datetime.fromisoformat(given)
    except ValueError:
        raise UnfitError(Message(N_("expected a day and a time that exist, such as 2026-11-22T18:30"))) from None


def moment_text(value: datetime) -> str:
    """The one way to write a civil date and time: 2026-11-22T18:30."""
    return value.isoformat(timespec="minutes")


def code_of(codes: type[_C], given: str) -> _C:
    """One of the codes of an enumeration."""
    try:
        return codes(given)
    except ValueError:
        raise UnfitError(allowed(given, (one.value for one in codes))) from None


def allowed(given: str, names: Iterable[str]) -> Message:
    """ "expected one of …", with the name that was probably meant."""
    known = sorted(names)
    # Only the beginning: difflib takes quadratic time, and the text may be anything.
    near = difflib.get_close_matches(given[:80].lower(), known, n=1, cutoff=0.6)
    names = ", ".join(known)
    if near:
        return Message(N_("expected one of {names}; did you mean {near}?"), {"names": names, "near": near[0]})
    return Message(N_("expected one of {names}"), {"names": names})


def excerpt(given: str, *, length: int = 40) -> str:
    """The beginning of a text, on one line and safe to show in a message or to write to a log."""
    line = " ".join(given[: length * 4].split())
    shown = "".join(one if one.isprintable() else "\ufffd" for one in line)
    return shown if len(shown) <= length and len(given) <= length * 4 else shown[: length - 1] + "…"
