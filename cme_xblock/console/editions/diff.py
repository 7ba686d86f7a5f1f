"""What changed between two editions, field by field, as an author would say it. PURE.

Members that have a name of their own (items, people, objectives …) are compared by it, so that an added question is one
line and not a change of all that follow. Longer texts are compared word by word.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cme_xblock.activity import canonical, richtext
from cme_xblock.activity.model import Activity

__all__ = ["Change", "Piece", "between"]

# By what a member is known: the first of these that all members of a list have, each another.
_NAMES = ("id", "system", "board", "key", "name", "company", "code", "url")
_WORDS = re.compile(r"\s+|\S+")
_LONGEST = 20_000


@dataclass(frozen=True)
class Piece:
    """A piece of a text: `how` is "same", "out" or "in"."""

    how: str
    text: str


@dataclass(frozen=True)
class Change:
    """One field that is different. `where`: the way to it, from the outside in; `pieces`: the old and the new text."""

    where: Sequence[str]
    pieces: Sequence[Piece]
    kind: str = "changed"


@dataclass
class _Walk:
    found: list[Change] = field(default_factory=list)

    def values(self, old: Any, new: Any, where: tuple[str, ...]) -> None:
        if old == new:
            return
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            for name in dict.fromkeys([*old, *new]):
                self.values(old.get(name), new.get(name), (*where, name))
        elif isinstance(old, list) and isinstance(new, list) and _named(old, new):
            self._members(old, new, where)
        else:
            kind = "added" if old in (None, "", []) else "removed" if new in (None, "", []) else "changed"
            self.found.append(Change(where, tuple(_pieces(_text(old), _text(new))), kind))

    def _members(self, old: list[Any], new: list[Any], where: tuple[str, ...]) -> None:
        name = _named(old, new)
        before, after = ({str(one[name]): one for one in some} for some in (old, new))
        for key in dict.fromkeys([*before, *after]):
            if key not in before:
                self.found.append(Change((*where, key), (Piece("in", _text(after[key])),), "added"))
            elif key not in after:
                self.found.append(Change((*where, key), (Piece("out", _text(before[key])),), "removed"))
            else:
                self.values(before[key], after[key], (*where, key))
        if [key for key in before if key in after] != [key for key in after if key in before]:
            pieces = (Piece("out", ", ".join(before)), Piece("in", ", ".join(after)))
            self.found.append(Change((*where, "order"), pieces))


def between(old: Activity, new: Activity) -> Sequence[Change]:
    """Every field in which the two differ, in the order of the activity's own form."""
    walk = _Walk()
    walk.values(canonical.to_data(old), canonical.to_data(new), ())
    return walk.found


def _named(old: Sequence[Any], new: Sequence[Any]) -> str:
    """By what the members of these lists are known, or empty."""
    every = [*old, *new]
    if not every or not all(isinstance(one, Mapping) for one in every):
        return ""
    for name in _NAMES:
        if all(isinstance(one.get(name), str) and one[name] for one in every) and all(
            len({one[name] for one in some}) == len(some) for some in (old, new)
        ):
            return name
    return ""


def _text(value: Any) -> str:
    """A value as it is read: text without markup, the parts of a whole behind one another."""
    if value is None:
        return ""
    if isinstance(value, str):
        return richtext.plain(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_text(one)}" for name, one in value.items() if _text(one))
    return str(value)


def _pieces(old: str, new: str) -> Iterator[Piece]:
    """Word by word; very long texts as a whole."""
    if not old or not new or len(old) + len(new) > _LONGEST:
        yield from (Piece(how, text) for how, text in (("out", old), ("in", new)) if text)
        return
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    for tag, first, last, start, end in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        gone, come = "".join(a[first:last]), "".join(b[start:end])
        if tag == "equal":
            yield Piece("same", gone)
        else:
            yield from (Piece(how, text) for how, text in (("out", gone), ("in", come)) if text)
