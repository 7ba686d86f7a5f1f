"""An activity as OLX, for people to review, edit and keep under version control; and back, without loss.

Fields stand as `fields.py` declares them; what equals its default is left out, so a default of the model may never be
changed (it would change what existing files say). Text in elements is plain: markup in it is an error, not content.
This module knows nothing of blocks, storage or accreditors' rules, and reads elements as if they came from a stranger.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from lxml import etree

from cme_xblock.activity import scalars
from cme_xblock.activity.fields import ATTRIBUTE, BODY, ELEMENT, TEXT, Value
from cme_xblock.activity.model import Activity
from cme_xblock.activity.reading import read, refuse_tag
from cme_xblock.activity.shapes import Kind, Shape, shapes
from cme_xblock.activity.source import OlxError, parse

__all__ = ["OlxError", "from_element", "from_xml", "parse", "to_element", "to_xml"]

TAG = "activity"


def to_element(activity: Activity, tag: str = TAG) -> etree._Element:
    """The activity as a new element. The caller adds the platform's own attributes (`url_name` and the like)."""
    return _write(activity, tag)


def to_xml(activity: Activity, tag: str = TAG) -> str:
    """The activity as indented XML without a declaration, ending in a line feed; equal activities give equal text."""
    return etree.tostring(to_element(activity, tag), pretty_print=True, encoding="unicode")


def from_element(element: etree._Element, *, ignore: Collection[str] = ()) -> Activity:
    """The activity that an element describes, whatever its tag.

    `ignore` names attributes of this element that are the platform's and not the activity's (`url_name`,
    `display_name`, `xblock-family` …); a name that is a field of the activity is read all the same. Absent fields take
    their defaults. Raises OlxError, and nothing else.
    """
    activity: Activity = read(element, Activity, ignore=frozenset(ignore))
    return activity


def from_xml(source: str | bytes, *, tag: str = TAG, ignore: Collection[str] = ()) -> Activity:
    """The activity that an XML text describes; its root element must be `tag`. Raises OlxError, and nothing else."""
    root = parse(source)
    refuse_tag(root, tag)
    return from_element(root, ignore=ignore)


_WRITTEN: dict[Kind, Callable[[Any], str]] = {
    Kind.STRING: str,
    Kind.FLAG: scalars.flag_text,
    Kind.INTEGER: str,
    Kind.DECIMAL: scalars.decimal_text,
    Kind.DATE: lambda value: str(value.isoformat()),
    Kind.MOMENT: scalars.moment_text,
    Kind.CODE: lambda value: str(value.value),
}


def _write(value: Value, tag: str) -> etree._Element:
    made = etree.Element(tag)
    for shape in shapes(type(value)):
        given = getattr(value, shape.name)
        if given == shape.default:
            continue
        if shape.how == ATTRIBUTE:
            made.set(shape.name, _WRITTEN[shape.kind](given))
        elif shape.how == BODY:
            made.text = given
        elif shape.how in (TEXT, ELEMENT):
            made.append(_write_single(given, shape))
        else:
            place = etree.SubElement(made, shape.wrapper) if shape.wrapper else made
            place.extend([_write_single(one, shape) for one in given])
    return made


def _write_single(value: Any, shape: Shape) -> etree._Element:
    if shape.kind is Kind.NESTED:
        return _write(value, shape.tag)
    made = etree.Element(shape.tag)
    made.text = _WRITTEN[shape.kind](value)
    return made
