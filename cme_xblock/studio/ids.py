"""Ids that authors leave to us: made from the words, unique among their kind, and kept ever after."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from cme_xblock.activity import richtext
from cme_xblock.activity.evaluation import EvaluationItem
from cme_xblock.activity.fields import Value
from cme_xblock.activity.model import Activity, Item

_V = TypeVar("_V", bound=Value)
_LETTERS = re.compile("[^a-z0-9]+")
_LONGEST = 40
_WORDS = 4
_TITLES = frozenset({"dr", "prof", "md", "phd", "do", "rn", "jr", "sr", "pharmd", "mph", "msn", "np", "pa"})


def fill(activity: Activity) -> Activity:
    """The activity with an id wherever one is empty; ids that are there stay."""
    taken = {one.id for one in (*activity.baseline.items, *activity.assessment.items)}
    asked = activity.evaluation
    return replace(
        activity,
        activity_id=activity.activity_id or slug(activity.title, words=8),
        objectives=_each(activity.objectives, lambda one: slug(one.text), "objective"),
        people=_each(activity.people, lambda one: surname(one.name), "person"),
        sessions=_each(activity.sessions, lambda one: slug(one.title), "session"),
        references=_each(activity.references, lambda one: slug(one.citation, words=2), "reference"),
        baseline=replace(activity.baseline, items=_items(activity.baseline.items, "b", taken)),
        assessment=replace(activity.assessment, items=_items(activity.assessment.items, "a", taken)),
        evaluation=replace(asked, items=_asked(asked.items)),
    )


def slug(text: str, *, words: int = _WORDS) -> str:
    """The first words of a text in lower-case letters and digits: `choose-nonopioid-treatment-first`."""
    return "-".join(_plain(text).split("-")[:words])[:_LONGEST].strip("-")


def surname(name: str) -> str:
    """The last word of a name that is no title or degree."""
    words = [one for one in _plain(name.partition(",")[0]).split("-") if one not in _TITLES]
    return words[-1][:_LONGEST] if words else ""


def letter(index: int) -> str:
    """The usual name of an option: a to z, then o27."""
    return chr(ord("a") + index) if index < 26 else f"o{index + 1}"


def _plain(text: str) -> str:
    flat = unicodedata.normalize("NFKD", richtext.plain(text)[:400]).encode("ascii", "ignore").decode().lower()
    return _LETTERS.sub("-", flat).strip("-")


def _each(members: tuple[_V, ...], wish: Callable[[Any], str], otherwise: str) -> tuple[_V, ...]:
    taken = {getattr(one, "id") for one in members}  # noqa: B009 - every class here has an id, Value itself has none
    return tuple(_with_id(one, wish(one) or otherwise, taken) for one in members)


def _items(items: tuple[Item, ...], half: str, taken: set[str]) -> tuple[Item, ...]:
    done = []
    for number, one in enumerate(items, start=1):
        options = {each.id for each in one.options}
        lettered = tuple(_with_id(each, letter(index), options) for index, each in enumerate(one.options))
        done.append(replace(_with_id(one, f"{half}{number}", taken), options=lettered))
    return tuple(done)


def _asked(items: tuple[EvaluationItem, ...]) -> tuple[EvaluationItem, ...]:
    done, taken = [], {one.id for one in items}
    for number, one in enumerate(items, start=1):
        options = {each.id for each in one.options}
        lettered = tuple(_with_id(each, letter(index), options) for index, each in enumerate(one.options))
        done.append(replace(_with_id(one, one.library or f"e{number}", taken), options=lettered))
    return tuple(done)


def _with_id(one: _V, wish: str, taken: set[str]) -> _V:
    """The value with an id, which is then taken: the wish, or the wish with the first number that is free."""
    if getattr(one, "id"):  # noqa: B009 - as above
        return one
    found, number = wish, 2
    while found in taken:
        found, number = f"{wish}-{number}", number + 1
    taken.add(found)
    changed: dict[str, Any] = {"id": found}
    return replace(one, **changed)
