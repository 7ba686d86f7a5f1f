"""Which baseline item goes with which assessment item. PURE.

By the author's `pair_id`, never by place or text. An edited item is another version, and versions are never mixed: the
same question means the same stem, options and key. Source: spec 5.3, rule 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity, Item
from cme_xblock.activity.remembered import remembered


@dataclass(frozen=True)
class Version:
    """One pair in one wording. `before` and `after` are `item_version`s; `same`: the very same question both times."""

    pair_id: str
    before: str
    after: str

    @property
    def same(self) -> bool:
        """Whether the two are identical; otherwise they are parallel forms."""
        return self.before == self.after


@dataclass(frozen=True)
class Pair:
    """A pair between two editions: the places of its marks, its version, and the items themselves."""

    version: Version
    before_place: int
    after_place: int
    before: Item
    after: Item


def scored(items: Sequence[Item]) -> tuple[Item, ...]:
    """The items that have a mark, in the order of the marks."""
    return tuple(one for one in items if one.scored)


def item_version(item: Item) -> str:
    """The sha256 of what the learner decided on: kind, stem, options and key."""
    options = [{"id": one.id, "text": one.text, "correct": one.correct} for one in item.options]
    return canonical.digest({"kind": str(item.kind), "stem": item.stem, "options": options})


def between(before: Activity, after: Activity) -> tuple[Pair, ...]:
    """The pairs of one edition's baseline with another's assessment, in the order of the assessment.

    A pair_id that stands at several items of one side names no pair: nobody could say which.
    """
    first, second = _by_pair(scored(before.baseline.items)), _by_pair(scored(after.assessment.items))
    versions = _versions(before) | _versions(after)
    return tuple(
        Pair(
            Version(pair_id, versions[id(first[pair_id][1])], versions[id(item)]),
            first[pair_id][0],
            place,
            first[pair_id][1],
            item,
        )
        for pair_id, (place, item) in second.items()
        if pair_id in first
    )


@remembered
def _versions(activity: Activity) -> dict[int, str]:
    return {id(one): item_version(one) for one in (*activity.baseline.items, *activity.assessment.items)}


def _by_pair(items: tuple[Item, ...]) -> dict[str, tuple[int, Item]]:
    found: dict[str, tuple[int, Item]] = {}
    twice = set()
    for place, item in enumerate(items):
        if item.pair_id in found:
            twice.add(item.pair_id)
        found[item.pair_id] = place, item
    return {pair_id: one for pair_id, one in found.items() if pair_id and pair_id not in twice}
