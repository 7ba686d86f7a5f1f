"""An activity as the form sends it: one flat mapping from paths such as `people.0.relationships.1.company` to values.

A value is text, or true and false for a box. What stands in a text field is what its reader would type: 75 for a pass
mark of 0.75, nothing for a number that is zero. `parse.py` is the way back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cme_xblock.activity import scalars
from cme_xblock.activity.fields import Value
from cme_xblock.activity.model import Activity
from cme_xblock.activity.shapes import Kind, Shape, shapes
from cme_xblock.studio.described import Field, Widget
from cme_xblock.studio.layout import table

Flat = Mapping[str, str | bool]


def of(activity: Activity) -> dict[str, str | bool]:
    """Every field of the activity by its path."""
    return dict(_group(activity, ""))


def _group(value: Value, path: str) -> Iterator[tuple[str, str | bool]]:
    for shape in shapes(type(value)):
        held = getattr(value, shape.name)
        here = f"{path}{shape.name}"
        if shape.repeated:
            for index, one in enumerate(held):
                yield from _one(one, f"{here}.{index}", shape, None)
        else:
            field = table(type(value)).get(shape.name) if shape.kind is not Kind.NESTED else None
            yield from _one(held, here, shape, field)


def _one(value: Any, path: str, shape: Shape, field: Field | None) -> Iterator[tuple[str, str | bool]]:
    if shape.kind is Kind.NESTED:
        yield from _group(value, f"{path}.")
    else:
        yield path, value if shape.kind is Kind.FLAG else text(value, shape, field)


def text(value: Any, shape: Shape, field: Field | None) -> str:
    """What stands in the field of a value that is not a box."""
    if value is None:
        return ""
    if shape.kind is Kind.INTEGER:
        return "" if value == 0 == shape.default else str(value)
    if isinstance(value, Decimal):
        return percent(value) if field is not None and field.widget is Widget.PERCENT else scalars.decimal_text(value)
    if isinstance(value, datetime):
        return scalars.moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    # StrEnum and text alike.
    return str.__str__(value)


def percent(share: Decimal) -> str:
    """A share of 1 in per cent, exactly: 0.725 as 72.5."""
    written = format(share.scaleb(2), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written
