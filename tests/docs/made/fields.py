"""What an author can write: fields of the form, of the blocks and of OLX, as the model and the form declare them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from importlib.metadata import entry_points
from typing import Any

from xblock.fields import Field, Scope

from cme_xblock.activity.fields import ATTRIBUTE, BODY, MANY
from cme_xblock.activity.model import Activity
from cme_xblock.activity.scalars import decimal_text, flag_text
from cme_xblock.activity.shapes import Kind, Shape, shapes
from cme_xblock.cme_block import CmeXBlock
from cme_xblock.cme_content_block import CmeContentXBlock
from cme_xblock.cme_part_block import CmePartXBlock
from cme_xblock.participation.progress import Part
from cme_xblock.studio import choices, layout
from tests.docs.made import code, table

HEAD = """# Fields and OLX

For course authors, and for whoever writes or reviews an activity as a file. Each field of the form with its reason, and
where it stands in OLX. Nothing is required of a file: what is absent has its default, and what is missing is
[a finding](rules.md). What the reader does not know (an element, an attribute, a code, markup inside of text) is an
error that names line and place; nothing is dropped in silence.

(This page is made from the code: `python -m tests.docs.made`. Where it is out of date, a test fails.)

"""
BLOCKS = """## The blocks

{rows}
`weight` is the activity's weight in the grade. `parts` holds names of parts: {parts}. A block that has none
chosen shows all. Only `drafts` is stored for each learner in the platform's own tables; what counts is in the records.

"""
FORM = """## The OLX of an activity

An `<activity>` stands inside of `<cme>`, and alone in a file for `cme-xblock lint`:

```xml
<cme url_name="opioids" display_name="Accredited activity" parts="[]">
  <activity activity_id="opioids" format="enduring" expiry="2027-11-22">
    <title>Prescribing opioids</title>
    <objectives>
      <objective id="o1">Choose a treatment before opioids.</objective>
    </objectives>
  </activity>
</cme>
```

| column "in OLX" | means |
|---|---|
| `@name` | an attribute of that name |
| `<name>` | an element with nothing but text in it |
| text | the element's own text |
| `<name>` … | an element with fields of its own, which have their own table below |
| `<all><one>` each | one `<one>` for each, together inside of `<all>` |

A number is written as `0.75`, a share of the whole too (`0.75` is 75 %); a date as `2026-11-22`, a time of day as
`2026-11-22T18:30`, both in the activity's own time zone; yes and no as `true` and `false`. What the form formats
(paragraphs, lists, bold) is kept in the text as it stands there, escaped.

"""


def page() -> str:
    """The whole page."""
    parts = [HEAD, _blocks(), FORM]
    for section in layout.SECTIONS:
        parts.append(f"### {section.title}\n\n{section.help}\n\n")
        names = [name for block in section.blocks for name in block.names]
        known = {one.path: one for one in layout.places(Activity)}
        parts.append(table(_HEADS, [_row(known[name]) for name in names]) + "\n")
    parts.append("## Values with fields of their own\n\n")
    for cls in _members():
        parts.append(f"### `<{_tags()[cls]}>`: {cls.__name__}\n\n{_said(cls)}\n\n")
        parts.append(table(_HEADS, [_row(one) for one in layout.places(cls)]) + "\n")
    parts.append("## Codes\n\n")
    for codes in _codes():
        words = choices.CODES.get(codes, {})
        parts.append(f"### {codes.__name__}\n\n{_said(codes)}\n\n")
        parts.append(table(("code", "in the form"), [(code(one), words.get(one, "–")) for one in codes]) + "\n")
    return "".join(parts).rstrip() + "\n"


_HEADS = ("in the form", "in OLX", "holds", "default", "why")


def _row(place: layout.Place) -> tuple[str, ...]:
    return place.field.label, _in_olx(place), _holds(place.shape), _default(place.shape), place.field.help or "–"


def _in_olx(place: layout.Place) -> str:
    shape, outer = place.shape, "".join(f"<{name}>" for name in place.path.split(".")[:-1])
    if shape.how == ATTRIBUTE:
        return f"`{outer}` `@{shape.name}`" if outer else f"`@{shape.name}`"
    if shape.how == BODY:
        return "text"
    wrapper = f"<{shape.wrapper}>" if shape.wrapper else ""
    return f"`{outer}{wrapper}<{shape.tag}>`{' each' if shape.how == MANY else ''}"


def _holds(shape: Shape) -> str:
    if shape.kind is Kind.NESTED:
        return f"[`<{shape.tag}>`](#{_anchor(shape.tag, shape.holds)}){', several' if shape.repeated else ''}"
    held = shape.kind.value
    if shape.kind is Kind.CODE:
        held = f"code: [{shape.holds.__name__}](#{shape.holds.__name__.lower()})"
    return f"{held}, several" if shape.repeated else held


def _anchor(tag: str, cls: type) -> str:
    return f"{tag}-{cls.__name__}".lower()


def _default(shape: Shape) -> str:
    given: Any = shape.default
    if shape.repeated or given in (None, "") or shape.kind is Kind.NESTED:
        return "–"
    if shape.kind is Kind.FLAG:
        return code(flag_text(given))
    return code(decimal_text(given) if shape.kind is Kind.DECIMAL else str(given))


def _said(cls: type) -> str:
    """What the code says of a class; its reference to our notes on the rules stays there."""
    return " ".join((cls.__doc__ or "").split())


def _walk(cls: type) -> Iterator[Shape]:
    for shape in shapes(cls):
        yield shape
        if shape.kind is Kind.NESTED:
            yield from _walk(shape.holds)


def _members() -> list[type]:
    """The classes of which there may be several, in the order of the model."""
    return list(dict.fromkeys(one.holds for one in _walk(Activity) if one.kind is Kind.NESTED and one.repeated))


def _tags() -> dict[type, str]:
    return {one.holds: one.tag for one in _walk(Activity) if one.kind is Kind.NESTED}


def _codes() -> list[type[StrEnum]]:
    return list(dict.fromkeys(one.holds for one in _walk(Activity) if one.kind is Kind.CODE))


def _blocks() -> str:
    rows = []
    for block in (CmeXBlock, CmePartXBlock, CmeContentXBlock):
        name = next(one.name for one in entry_points(group="xblock.v1") if one.value.endswith(f":{block.__name__}"))
        ours = {each for cls in block.__mro__ if cls.__module__.startswith("cme_xblock.") for each in vars(cls)}
        for field in block.fields.values():
            if field.name in ours and field.scope in _SCOPES:
                default = code(repr(field.default))
                rows.append((code(name), code(field.name), _type(field), _SCOPES[field.scope], default))
    made = table(("block", "field", "holds", "scope", "default"), rows)
    return BLOCKS.format(rows=made, parts=", ".join(code(one.value) for one in Part))


def _type(field: Field) -> str:
    """The platform's type of field: an own one is a kind of it."""
    return next(cls.__name__ for cls in type(field).__mro__ if cls.__module__ == "xblock.fields")


_SCOPES = {Scope.content: "content", Scope.settings: "settings", Scope.user_state: "user_state"}
