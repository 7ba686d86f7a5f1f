"""Where in the OLX source a finding's place is: from `people[dr-lee].relationships[0]` to a line.

The way back from a place in the dataclasses to an element follows the same declarations as the codec. Knows no rule.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any, get_args, get_type_hints

from lxml import etree

from cme_xblock.activity import source
from cme_xblock.activity.fields import ELEMENT, MANY, TEXT
from cme_xblock.activity.model import Activity

# The attributes by which a finding may name one of several.
_NAMES = ("id", "system", "name", "company")
_STEP = re.compile(r"([a-z_0-9]+)(?:\[([^\]]*)\])?")


def line_of(root: etree._Element, where: str) -> int | None:
    """The line of the element that `where` names, or of the nearest one around it; None for a source without lines."""
    element, kind = root, Activity
    for name, key in _STEP.findall(where):
        field = {one.name: one for one in dataclasses.fields(kind)}.get(name)
        found = _child(element, field, key) if field is not None else None
        if field is None or found is None:
            break
        element = found
        inner = _inner(kind, name)
        if inner is None:
            break
        kind = inner
    return source.line_of(element)


def _child(element: etree._Element, field: dataclasses.Field[Any], key: str) -> etree._Element | None:
    how = field.metadata["olx"]
    if how in (ELEMENT, TEXT):
        return element.find(field.name)
    if how != MANY:
        return None
    wrapper = field.metadata["wrapper"]
    around = element.find(wrapper) if wrapper else element
    if around is None:
        return None
    children = around.findall(field.metadata["tag"])
    named = [one for one in children if key and key in [one.get(name) for name in _NAMES]]
    if named:
        return named[0]
    if key.isdigit() and int(key) < len(children):
        return children[int(key)]
    return around if wrapper else None


def _inner(kind: type[Any], name: str) -> type[Any] | None:
    """The dataclass behind a field, or None where it holds something simple."""
    hint = get_type_hints(kind)[name]
    for one in (hint, *get_args(hint)):
        if isinstance(one, type) and dataclasses.is_dataclass(one):
            return one
    return None
