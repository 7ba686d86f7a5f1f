"""How sure a learner is of each answer, where the author asks: kept beside the answers, never scored.

So that "wrong and sure" can be seen. Source: spec 5.3, rule 12; the scale is the library's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Item
from cme_xblock.participation.refusal import Refusal, first_or_all
from cme_xblock.rules import library
from cme_xblock.rules.library import Choice

# What stands before an item's id in the name of its field and of its draft.
PREFIX = "sure:"


def scale() -> tuple[Choice, ...]:
    """From not at all to extremely; the texts are English, marked for translation."""
    return library.load().scales[library.CONFIDENCE]


def parse(items: Sequence[Item], given: object, *, shown: Sequence[str] = ()) -> dict[str, str] | Refusal:
    """How sure, by item: the id of one choice for each item that has a right answer; or what is missing.

    `given` is any JSON value; `shown`: item ids in the order in which the learner saw them, to number them.
    """
    asked = [one for one in items if one.scored]
    if not isinstance(given, Mapping) or not given.keys() <= {one.id for one in asked}:
        return Refusal("malformed", Message(N_("The answers did not arrive as they were sent. Reload the page.")))
    places = {name: number for number, name in enumerate(shown or [one.id for one in items], start=1)}
    known = {one.id for one in scale()}
    found: dict[str, str] = {}
    missing: dict[str, Message] = {}
    for one in sorted(asked, key=lambda item: places.get(item.id, 0)):
        chosen = given.get(one.id)
        if not isinstance(chosen, list) or len(chosen) != 1 or type(chosen[0]) is not str or chosen[0] not in known:
            text = N_("Question {number}: say how sure you are of your answer, then send again.")
            missing[PREFIX + one.id] = Message(text, {"number": str(places.get(one.id, 0))})
        else:
            found[one.id] = chosen[0]
    if missing:
        return first_or_all(missing, code="unsure")
    return {one.id: found[one.id] for one in asked}


def drafted(items: Sequence[Item], given: object) -> dict[str, list[str]] | None:
    """Unsent choices by the name of their field; None for what our form never sends."""
    known, names = {one.id for one in scale()}, {one.id for one in items if one.scored}
    if not isinstance(given, Mapping) or not given.keys() <= names:
        return None
    fits = all(
        isinstance(one, list) and len(one) <= 1 and all(type(each) is str for each in one) for one in given.values()
    )
    if not fits or not {each for one in given.values() for each in one} <= known:
        return None
    return {PREFIX + name: list(one) for name, one in given.items()}
