"""The canonical form of an activity: plain data, RFC 8785 bytes, SHA-256.

An edition is kept as these bytes and named by their hash, for six years and more, so neither may change by accident:
`tests/activity/cases/golden.*` fails when it does. Numbers other than integers are strings ("1.25"), dates are
ISO 8601 strings, text is NFC; every field is written, also an empty one.
This module knows nothing of XML, storage or accreditors' rules, and reads data as if it came from a stranger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from cme_xblock.activity import scalars
from cme_xblock.activity.jcs import LARGEST_INTEGER, ActivityError, digest, dumps, loads, refuse, shown, too_large
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.activity.shapes import Kind, Shape, shapes

__all__ = ["ActivityError", "digest", "dumps", "from_data", "loads", "sha256", "to_data"]

_Codec = Callable[[Any], Any]


def to_data(activity: Activity) -> dict[str, Any]:
    """The activity as JSON-able data with every field present.

    Raises ActivityError where a field holds what its declaration does not allow (a float for an amount, say).
    """
    data: dict[str, Any] = _codec(Activity).encode(activity)
    return data


def from_data(data: object) -> Activity:
    """The activity that `to_data` wrote, or that someone says so.

    An absent field takes its default, so that an edition written before the field existed still loads (its hash is then
    the one it was stored under, not the hash of what is loaded). Raises ActivityError, and nothing else, for unknown
    fields and wrong types.
    """
    activity: Activity = _codec(Activity).decode(data)
    return activity


def sha256(activity: Activity) -> str:
    """The name of this edition of the activity: SHA-256 of its canonical bytes, 64 lower-case hexadecimal digits."""
    return digest(to_data(activity))


@dataclass(frozen=True)
class _Pair:
    """Both directions of one value: what JSON holds, what the dataclass holds."""

    encode: _Codec
    decode: _Codec


@cache
def _codec(cls: type) -> _Pair:
    fields = {one.name: _field(one) for one in shapes(cls)}
    encoders = tuple((name, pair.encode) for name, pair in fields.items())
    decoders = {name: pair.decode for name, pair in fields.items()}

    def encode(value: Any) -> dict[str, Any]:
        if type(value) is not cls:
            refuse(Message(N_("expected {name}"), {"name": cls.__name__}), value)
        data = {}
        for name, one in encoders:
            try:
                data[name] = one(getattr(value, name))
            except ActivityError as error:
                raise error.inside(name) from None
        return data

    def decode(data: Any) -> Any:
        if not isinstance(data, dict):
            refuse(N_("expected an object with named fields"), data)
        given = {}
        for name, value in data.items():
            one = decoders.get(name)
            if one is None:
                raise _unknown(name, decoders)
            try:
                given[name] = one(value)
            except ActivityError as error:
                raise error.inside(name) from None
        try:
            return cls(**given)
        except ValueError:
            raise _blamed(given) from None

    return _Pair(encode, decode)


def _field(shape: Shape) -> _Pair:
    single = _codec(shape.holds) if shape.kind is Kind.NESTED else _scalar(shape)
    if shape.repeated:
        return _list(single)
    return _optional(single) if shape.optional else single


def _list(single: _Pair) -> _Pair:
    def each(values: Any, codec: _Codec) -> list[Any]:
        done: list[Any] = []
        try:
            done.extend(codec(value) for value in values)
        except ActivityError as error:
            raise error.inside(f"[{len(done)}]") from None
        return done

    def encode(values: Any) -> list[Any]:
        if not isinstance(values, tuple):
            refuse(N_("expected a tuple"), values)
        return each(values, single.encode)

    def decode(data: Any) -> tuple[Any, ...]:
        if not isinstance(data, list | tuple):
            refuse(N_("expected a list"), data)
        return tuple(each(data, single.decode))

    return _Pair(encode, decode)


def _optional(single: _Pair) -> _Pair:
    return _Pair(
        lambda value: None if value is None else single.encode(value),
        lambda data: None if data is None else single.decode(data),
    )


def _scalar(shape: Shape) -> _Pair:
    if shape.kind is Kind.CODE:
        codes: Any = shape.holds
        return _Pair(
            lambda value: value.value if type(value) is codes else refuse(N_("expected a code"), value),
            lambda data: _parsed(data, lambda text: scalars.code_of(codes, text), N_("expected a code as text")),
        )
    return _SCALARS[shape.kind]


def _string(value: Any) -> str:
    return value if type(value) is str else refuse(N_("expected text"), value)


def _flag(value: Any) -> bool:
    return value if type(value) is bool else refuse(N_("expected true or false"), value)


def _integer(value: Any) -> int:
    if type(value) is not int:
        refuse(N_("expected a whole number such as 30"), value)
    if abs(value) > LARGEST_INTEGER:
        raise too_large()
    return value


def _decimal_text(value: Any) -> str:
    if type(value) is not Decimal:
        refuse(N_("expected a Decimal"), value)
    return scalars.decimal_text(value)


def _date_text(value: Any) -> str:
    # A datetime is a date to isinstance, and would be written with its time.
    return value.isoformat() if type(value) is date else refuse(N_("expected a date without a time"), value)


def _moment_text(value: Any) -> str:
    # To the minute and without a zone: anything else would come back as another value.
    if type(value) is not datetime or value.tzinfo is not None or value.second or value.microsecond or value.fold:
        refuse(N_("expected a date and time of day, to the minute and without a zone"), value)
    return scalars.moment_text(value)


_SCALARS = {
    Kind.STRING: _Pair(_string, _string),
    Kind.FLAG: _Pair(_flag, _flag),
    Kind.INTEGER: _Pair(_integer, _integer),
    Kind.DECIMAL: _Pair(
        _decimal_text,
        lambda data: _parsed(data, scalars.decimal_of, N_('expected a decimal number as text, such as "0.75"')),
    ),
    Kind.DATE: _Pair(
        _date_text,
        lambda data: _parsed(data, scalars.date_of, N_('expected a date as text, such as "2026-11-22"')),
    ),
    Kind.MOMENT: _Pair(
        _moment_text,
        lambda data: _parsed(
            data, scalars.moment_of, N_('expected a date and time as text, such as "2026-11-22T18:30"')
        ),
    ),
}


def _parsed(data: Any, parse: Callable[[str], Any], wanted: str) -> Any:
    if type(data) is not str:
        refuse(wanted, data)
    try:
        return parse(data)
    except scalars.UnfitError as error:
        found: dict[str, str | Message] = {"found": shown(data), "expected": error.message}
        raise ActivityError("", Message(N_("found {found}: {expected}"), found)) from None


def _unknown(name: object, known: Iterable[str]) -> ActivityError:
    if not isinstance(name, str):
        refuse(N_("expected text as the name of every field"), name)
    params: dict[str, str | Message] = {"name": shown(name), "hint": scalars.allowed(name, known)}
    return ActivityError("", Message(N_("unknown field {name}: {hint}"), params))


def _blamed(given: dict[str, Any]) -> ActivityError:
    """The error of a class that refused its fields, told of the field that it refused: text that XML can't carry."""
    for name, value in given.items():
        for place, text in enumerate(value if isinstance(value, tuple) else (value,)):
            try:
                scalars.text_of(text) if isinstance(text, str) else None
            except scalars.UnfitError as error:
                return ActivityError(f"{name}[{place}]" if isinstance(value, tuple) else name, error.message)
    return ActivityError("", Message(N_("the fields do not fit each other")))
