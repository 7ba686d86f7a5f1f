"""The words of an activity that learners read, with their places: what the rules on wording look through.

What only the course team and the accreditor read (the gap, notes, evidence) is not among them. Knows no rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cme_xblock.activity import richtext
from cme_xblock.activity.model import Activity, Item
from cme_xblock.activity.remembered import remembered
from cme_xblock.rules.finding import place


@remembered
def passages(activity: Activity) -> tuple[tuple[str, str], ...]:
    """Every text that learners read and that is not empty, as pairs of place and text."""
    return tuple((where, text) for where, text in _passages(activity) if text)


@remembered
def _folded(activity: Activity) -> str:
    return "\n".join(text for _, text in passages(activity)).lower()


def find(activity: Activity, pattern: re.Pattern[str], *, hints: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Places in whose words the pattern stands, with what was found. Markup is no word.

    One of the hints, in small letters, must be in a text at all: an activity may have some thousand texts, nearly all
    with nothing to find, and to look for a plain word is a hundred times faster than to try the pattern.
    """
    for where, text in _hinted(activity, hints):
        if found := pattern.search(richtext.plain(text)):
            yield where, " ".join(found[0].split())


def find_raw(activity: Activity, pattern: re.Pattern[str], *, hints: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The same, with the markup: for addresses of links, all of them."""
    for where, text in _hinted(activity, hints):
        yield from ((where, found[0]) for found in pattern.finditer(text))


def _hinted(activity: Activity, hints: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if any(hint in _folded(activity) for hint in hints):
        for where, text in passages(activity):
            folded = text.lower()
            if any(hint in folded for hint in hints):
                yield where, text


def _passages(activity: Activity) -> Iterator[tuple[str, str]]:
    for name in ("title", "description", "medium", "technical_requirements"):
        yield name, getattr(activity, name)
    yield "audience.description", activity.audience.description
    for index, objective in enumerate(activity.objectives):
        yield place("objectives", objective.id, index), objective.text
    for index, offering in enumerate(activity.offerings):
        yield f"{place('offerings', offering.system, index)}.statement", offering.statement
    yield "claim.completion_instructions", activity.claim.completion_instructions
    yield "baseline.introduction", activity.baseline.introduction
    yield "content.introduction", activity.content.introduction
    yield "assessment.introduction", activity.assessment.introduction
    for part, items in (("baseline", activity.baseline.items), ("assessment", activity.assessment.items)):
        for index, item in enumerate(items):
            yield from _item(place(f"{part}.items", item.id, index), item)


def _item(where: str, item: Item) -> Iterator[tuple[str, str]]:
    yield f"{where}.stem", item.stem
    yield f"{where}.rationale", item.rationale
    for index, option in enumerate(item.options):
        yield place(f"{where}.options", option.id, index), option.text
