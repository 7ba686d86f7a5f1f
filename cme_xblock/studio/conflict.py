"""Two authors at once: what somebody else changed, beside what is changed on this page, and the two brought together.

Members of a group are known by their id, company or name, so that a new person above another one changes nothing of
the other. A row is one field, or one member that came or went, or the order of a group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cme_xblock.activity import richtext
from cme_xblock.activity.fields import Value
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.activity.shapes import Kind, Shape, shapes
from cme_xblock.host.language import Language
from cme_xblock.studio import choices, layout, values
from cme_xblock.studio.described import Field

_LONGEST = 240


class _Absent:
    """What a member is where it is not."""


_ABSENT = _Absent()


@dataclass(frozen=True)
class Row:
    """One thing that differs: where, in words, and how it stands in the three. `both`: changed here and there."""

    path: str
    label: str
    old: str
    theirs: str
    mine: str
    both: bool


@dataclass(frozen=True)
class _Leaf:
    path: str
    labels: tuple[str, ...]
    old: Any
    theirs: Any
    mine: Any
    shape: Shape
    field: Field | None
    # Said here and not read off the path or the label: an author's id may look like anything.
    is_order: bool = False


def rows(old: Activity, theirs: Activity, mine: Activity, language: Language) -> list[Row]:
    """What somebody else changed since `old`, except where this page has the same already."""
    found = []
    for leaf in _differences(Activity, (old, theirs, mine), "", ()):
        if leaf.theirs in (leaf.old, leaf.mine):
            continue
        labels = " › ".join(language.gettext(one) for one in leaf.labels if one)
        shown = [_words(one, leaf, language) for one in (leaf.old, leaf.theirs, leaf.mine)]
        found.append(Row(leaf.path, labels, shown[0], shown[1], shown[2], both=leaf.mine != leaf.old))
    return found


def merged(old: Activity, theirs: Activity, mine: Activity, *, mine_at: frozenset[str]) -> Activity:
    """Both authors' changes. Where only one changed something, that; where they differ, theirs unless in `mine_at`."""
    done: Activity = _merged(Activity, (old, theirs, mine), "", mine_at)
    return done


def _merged(cls: type, three: tuple[Any, Any, Any], path: str, mine_at: frozenset[str]) -> Any:
    changed: dict[str, Any] = {}
    for shape in shapes(cls):
        here = f"{path}{shape.name}"
        old, theirs, mine = (getattr(one, shape.name) for one in three)
        if shape.kind is Kind.NESTED and not shape.repeated:
            changed[shape.name] = _merged(shape.holds, (old, theirs, mine), f"{here}.", mine_at)
        elif shape.kind is Kind.NESTED:
            changed[shape.name] = _merged_members(shape, (old, theirs, mine), here, mine_at)
        else:
            changed[shape.name] = _choose(old, theirs, mine, mine_at=here in mine_at)
    return replace(three[2], **changed)


def _merged_members(
    shape: Shape, three: tuple[tuple[Value, ...], ...], path: str, mine_at: frozenset[str]
) -> tuple[Any, ...]:
    keyed = tuple(_keyed(one) for one in three)
    chosen: dict[str, Any] = {}
    for key in {**keyed[0], **keyed[1], **keyed[2]}:
        here = f"{path}[{key}]"
        old, theirs, mine = (one.get(key, _ABSENT) for one in keyed)
        if theirs is not _ABSENT and mine is not _ABSENT:
            base = shape.holds() if old is _ABSENT else old
            chosen[key] = _merged(shape.holds, (base, theirs, mine), f"{here}.", mine_at)
        else:
            chosen[key] = _choose(old, theirs, mine, mine_at=here in mine_at)
    order = _choose(*(tuple(one) for one in keyed), mine_at=f"{path}[]" in mine_at)
    last = [key for key in chosen if key not in order]
    return tuple(chosen[key] for key in (*order, *last) if chosen.get(key, _ABSENT) is not _ABSENT)


def _choose(old: Any, theirs: Any, mine: Any, *, mine_at: bool) -> Any:
    if theirs == old or mine_at:
        return mine
    return theirs


def _differences(cls: type, three: tuple[Any, Any, Any], path: str, labels: tuple[str, ...]) -> Iterator[_Leaf]:
    words = layout.table(cls)
    for shape in shapes(cls):
        here = f"{path}{shape.name}"
        held: tuple[Any, Any, Any] = tuple(getattr(one, shape.name) for one in three)  # type: ignore[assignment]
        if shape.kind is Kind.NESTED and not shape.repeated:
            yield from _differences(shape.holds, held, f"{here}.", (layout.section_of(here).title,))
            continue
        field = words[shape.name]
        above = labels or ((layout.section_of(here).title,) if cls is Activity else ())
        if shape.kind is Kind.NESTED:
            yield from _member_differences(shape, held, here, (*above, field.label))
        elif held[1] != held[0]:
            yield _Leaf(here, (*above, field.label), *held, shape, field)


def _member_differences(
    shape: Shape, three: tuple[Any, Any, Any], path: str, labels: tuple[str, ...]
) -> Iterator[_Leaf]:
    keyed = tuple(_keyed(one) for one in three)
    for key in {**keyed[0], **keyed[1], **keyed[2]}:
        here, named = f"{path}[{key}]", (*labels, key)
        old, theirs, mine = (one.get(key, _ABSENT) for one in keyed)
        if theirs is not _ABSENT and mine is not _ABSENT:
            base = shape.holds() if old is _ABSENT else old
            yield from _differences(shape.holds, (base, theirs, mine), f"{here}.", named)
        elif theirs != old:
            yield _Leaf(here, named, old, theirs, mine, shape, None)
    orders = tuple(tuple(one) for one in keyed)
    common = set(orders[0]) & set(orders[1])
    before, after = ([key for key in one if key in common] for one in orders[:2])
    if before != after:
        yield _Leaf(f"{path}[]", (*labels, ORDER), *orders, shape, None, is_order=True)


def _keyed(members: tuple[Any, ...]) -> dict[str, Any]:
    """Members by what tells them apart: id, company, name; the number of those that have nothing, or the same."""
    found: dict[str, Any] = {}
    for index, one in enumerate(members):
        names = (getattr(one, name, "") for name in ("id", "system", "company", "name", "board", "code"))
        key = next((name for name in names if name), f"{index + 1}")
        if key in found:
            key = f"{key} ({index + 1})"
        found[key] = one
    return found


def _words(held: Any, leaf: _Leaf, language: Language) -> str:
    gettext = language.gettext
    if held is _ABSENT:
        return gettext(MISSING)
    if leaf.is_order:
        return _short(", ".join(held))
    if isinstance(held, Value):
        return gettext(PRESENT)
    if isinstance(held, bool):
        return gettext(YES if held else NO)
    many = held if isinstance(held, tuple) else (held,)
    labels = choices.CODES.get(leaf.shape.holds, {})
    if leaf.field is not None and leaf.field.choices in choices.TABLES:
        labels = choices.TABLES[leaf.field.choices]()
    texts = (values.text(one, leaf.shape, leaf.field) for one in many)
    shown = ", ".join(gettext(labels[one]) if one in labels else richtext.plain(one) for one in texts)
    return _short(shown) or gettext(EMPTY)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


ORDER = N_("Order")
MISSING = N_("(not there)")
PRESENT = N_("(there)")
EMPTY = N_("(empty)")
YES = N_("Yes")
NO = N_("No")
