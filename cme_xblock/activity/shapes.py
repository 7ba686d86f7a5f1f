"""The declarations of `model.py`, read once: what each field holds and how it stands in OLX.

Both codecs are driven by this table, so a field that is added to the model is at once in the JSON and in the OLX.
This module knows nothing of JSON, XML or CME.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from cme_xblock.activity.fields import ATTRIBUTE, BODY, ELEMENT, MANY, TEXT, Value


class Kind(Enum):
    """What one value of a field is."""

    STRING = "text"
    FLAG = "true or false"
    INTEGER = "whole number"
    DECIMAL = "decimal number"
    DATE = "date"
    MOMENT = "date and time of day"
    CODE = "one of a list of codes"
    NESTED = "a value with fields of its own"


_SCALARS: dict[type, Kind] = {
    str: Kind.STRING,
    bool: Kind.FLAG,
    int: Kind.INTEGER,
    Decimal: Kind.DECIMAL,
    date: Kind.DATE,
    datetime: Kind.MOMENT,
}


@dataclass(frozen=True)
class Shape:
    """One field: what it holds, and how it stands in OLX.

    `kind` says what it holds, `holds` is the Python type; `how`, `tag` and `wrapper` are as declared by `fields.py`.
    `optional` fields may be None, which is then the default; `repeated` fields are tuples.
    """

    name: str
    kind: Kind
    holds: type
    optional: bool
    repeated: bool
    default: Any
    how: str
    tag: str
    wrapper: str


_TABLE: dict[type, tuple[Shape, ...]] = {}


def shapes(cls: type) -> tuple[Shape, ...]:
    """The fields of a class of the model, in declared order; read once for each class.

    Raises TypeError for a declaration that could not go through OLX and JSON unchanged: a defect of the model, found by
    the first test that imports it.
    """
    if cls not in _TABLE:
        hints = get_type_hints(cls)
        found = tuple(_shape(field, hints[field.name]) for field in dataclasses.fields(cls))
        _refuse_clash(cls, found)
        _TABLE[cls] = found
    return _TABLE[cls]


def _refuse_clash(cls: type, found: tuple[Shape, ...]) -> None:
    """Refuse fields that OLX could not tell from each other."""
    beside_body = {ATTRIBUTE, BODY} if any(one.how == BODY for one in found) else set()
    if beside_body and ([one.how for one in found].count(BODY) > 1 or {one.how for one in found} - beside_body):
        raise TypeError(f"{cls.__name__}: one body at most, and beside attributes only")
    places = [one.wrapper or one.tag for one in found if one.how not in (ATTRIBUTE, BODY)]
    if len(places) != len(set(places)):
        raise TypeError(f"{cls.__name__}: two fields have the same element")


def _shape(field: dataclasses.Field[Any], hint: Any) -> Shape:
    how = field.metadata["olx"]
    repeated = get_origin(hint) is tuple
    held = get_args(hint)[0] if repeated else hint
    optional = isinstance(held, UnionType)
    if optional:
        held = next(one for one in get_args(held) if one is not NoneType)
    shape = Shape(
        name=field.name,
        kind=_kind(field.name, held),
        holds=held,
        optional=optional,
        repeated=repeated,
        default=field.default,
        how=how,
        tag=field.metadata.get("tag", field.name),
        wrapper=field.metadata.get("wrapper", ""),
    )
    _refuse_unfit(shape)
    return shape


def _kind(name: str, held: Any) -> Kind:
    if held in _SCALARS:
        return _SCALARS[held]
    if isinstance(held, type) and issubclass(held, StrEnum):
        return Kind.CODE
    if isinstance(held, type) and issubclass(held, Value):
        return Kind.NESTED
    raise TypeError(f"{name}: no codec for {held!r}")


def _refuse_unfit(shape: Shape) -> None:
    """Refuse what OLX could not tell apart on the way back."""
    wrong = (
        (shape.repeated != (shape.how == MANY))
        or (shape.how == ELEMENT and shape.kind is not Kind.NESTED)
        or (shape.how == ATTRIBUTE and shape.kind is Kind.NESTED)
        or (shape.how in (TEXT, BODY) and (shape.kind is not Kind.STRING or shape.default != ""))
        or (shape.optional and (shape.default is not None or shape.repeated))
    )
    if wrong:
        raise TypeError(f"{shape.name}: {shape.how} does not fit {shape.holds.__name__} with {shape.default!r}")
