"""An activity in which everything that must stay hidden for a while bears a mark, so that a leak is found anywhere.

The marks are put on by introspection: every text of an item and of a part, and every id, so that a new field of the
model is watched from the day it is there.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cme_xblock.activity.codes import Feedback
from cme_xblock.activity.model import Activity, Item
from tests.blocks.course import SECRET
from tests.rules import sample

# Fields that point to something which the overview shows to everybody.
PUBLIC = {"objective", "references"}
# A claim's own field has the value "correct": to correct it.
CORRECT = ('"correct":', 'name="correct', 'class="correct', "correct=")
KEY_MARKERS = ("cme-key", "cme-wrong", "cme-tag", ">Right answer<", '"key"', *CORRECT)
_MARK = re.compile(r"zq-[a-z0-9_-]+-qz")


@dataclass(frozen=True)
class Secrets:
    """The marks by what a learner must have done before seeing them; `never` are for nobody."""

    acknowledged: frozenset[str]
    answered: frozenset[str]
    read: frozenset[str]
    explained: frozenset[str]
    passed: frozenset[str]
    never: frozenset[str]

    def hidden(self, done: set[str]) -> frozenset[str]:
        """The marks that must not be anywhere for somebody who has done these things."""
        found = set(self.never)
        for name in ("acknowledged", "answered", "read", "explained", "passed"):
            if name not in done:
                found |= getattr(self, name)
        return frozenset(found)


def activity(feedback: Feedback = Feedback.AFTER_ATTEMPT, *, shuffle: bool = True) -> Activity:
    """The sample, marked."""
    plain = sample.activity()
    return replace(
        plain,
        baseline=_marked(
            replace(plain.baseline, introduction="In", items=_items(plain.baseline.items)), "intro-baseline"
        ),
        content=_marked(replace(plain.content, introduction="In"), "intro-content"),
        assessment=_marked(
            replace(
                plain.assessment,
                introduction="In",
                feedback=feedback,
                shuffle_items=shuffle,
                shuffle_options=shuffle,
                items=_items(plain.assessment.items),
            ),
            "intro-assessment",
        ),
        evaluation=_marked(
            replace(
                plain.evaluation,
                introduction="In",
                items=tuple(
                    _marked(replace(one, stem="Q"), one.id, keep=("library",)) for one in plain.evaluation.items
                ),
            ),
            "intro-evaluation",
        ),
    )


def secrets(of: Activity) -> Secrets:
    """Every mark of the activity, by who may see it when."""
    baseline, assessment = _marks(of.baseline), _marks(of.assessment)
    reasons = frozenset(mark for mark in assessment if "-rationale-" in mark)
    pairs = frozenset(mark for mark in baseline | assessment if "-pair_id-" in mark)
    found = Secrets(
        acknowledged=frozenset(mark for mark in baseline if "-rationale-" not in mark) - pairs,
        answered=_marks(of.content) | {SECRET},
        read=assessment - reasons - pairs,
        explained=reasons | set(KEY_MARKERS),
        passed=_marks(of.evaluation),
        never=frozenset(mark for mark in baseline if "-rationale-" in mark) | pairs,
    )
    assert all(getattr(found, one.name) for one in dataclasses.fields(found))
    return found


def leaks(text: str, hidden: frozenset[str]) -> list[str]:
    """Which of these stand in the text."""
    return sorted(one for one in hidden if one in text)


def _items(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(_item(one) for one in items)


def _item(item: Item) -> Item:
    # Twins have the same pair id, so that one is marked by its own value.
    pair = f"zq-pair_id-{item.pair_id}-qz" if item.pair_id else ""
    options = tuple(_marked(one, f"{item.id}-{number}") for number, one in enumerate(item.options))
    return replace(_marked(item, item.id), pair_id=pair, options=options)


def _marked(value: Any, name: str, *, keep: tuple[str, ...] = ()) -> Any:
    """The value with a mark of its own in each of its texts."""
    own = [
        one.name for one in dataclasses.fields(value) if one.type in ("str", str) and one.name not in (*PUBLIC, *keep)
    ]
    texts = [one for one in own if getattr(value, one)]
    return replace(value, **{one: f"zq-{one}-{name.lower()}-qz" for one in texts})


def _marks(value: Any) -> frozenset[str]:
    return frozenset(_MARK.findall(repr(value)))


def keys_swapped(of: Activity) -> Iterator[Activity]:
    """The same activity, each time with another right answer and reason for one of its scored items."""

    def swapped(items: tuple[Item, ...], number: int) -> tuple[Item, ...]:
        item = items[number]
        options = tuple(replace(option, correct=not option.correct) for option in item.options)
        other = replace(item, rationale=f"{item.rationale} not", options=options)
        return (*items[:number], other, *items[number + 1 :])

    for test in ("baseline", "assessment"):
        part = getattr(of, test)
        for number, item in enumerate(part.items):
            if item.scored:
                yield replace(of, **{test: replace(part, items=swapped(part.items, number))})
