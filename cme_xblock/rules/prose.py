"""The words of an activity that learners read, with their places: what the rules on wording look through.

What only the course team and the accreditor read (the gap, notes, evidence) is not among them. Knows no rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
    """Places where the pattern stands, with what was found. One of the hints, lower case, must be in the text at all.

    An activity may have some thousand texts and nearly all have nothing to find: to look for a plain word in all of
    them at once is a hundred times faster than to try the pattern on each.
    """
    if any(hint in _folded(activity) for hint in hints):
        for where, text in passages(activity):
            if found := pattern.search(text):
                yield where, " ".join(found[0].split())


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
