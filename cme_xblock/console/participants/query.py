"""One page of a list of participants, with any filter, in any order, without walking through the others.

The kinds of participants of an activity (state x profession x systems x delivery) are few, and counted. So a filter is
a choice among kinds: rare kinds are fetched whole and sorted here, of each frequent one the first rows of its own index
are enough. No query sorts more than a few thousand rows or skips what it does not show.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from django.db import models
from django.db.models.functions import Cast

from cme_xblock.console.participants import derive
from cme_xblock.records.models import Participant, ParticipantFacet

__all__ = ["ORDERS", "Choice", "Page", "counts", "funnel", "page", "starting_with"]

ROWS = 50
MOST_FOUND = 200
# Kinds that have together so many people are fetched whole.
_WHOLE = 1500
ORDERS: Mapping[str, tuple[str, bool]] = {
    "name": ("by_name", False),
    "-name": ("by_name", True),
    "moved": ("moved_at", False),
    "-moved": ("moved_at", True),
}
_Kind = tuple[str, str, str, str, str, int]


@dataclass(frozen=True)
class Choice:
    """What somebody wants to see: empty for all. `after`: the participation (primary key) behind which to go on."""

    state: str = ""
    profession: str = ""
    system: str = ""
    delivery: str = ""
    order: str = "name"
    after: int = 0

    @property
    def is_filtered(self) -> bool:
        """Whether anybody is left out."""
        return bool(self.state or self.profession or self.system or self.delivery)


@dataclass(frozen=True)
class Page:
    """One page: rows in their order, how many there are in all, and behind whom the next page begins (0: nowhere)."""

    rows: Sequence[Participant]
    total: int
    next: int


def page(activity_key: str, choice: Choice, *, size: int = ROWS) -> Page:
    """The rows of that choice. A handful of queries, each along an index."""
    kinds = [one for one in _kinds(activity_key) if _fits(one, choice)]
    total = sum(one[5] for one in kinds)
    column, down = ORDERS[choice.order]
    rows = Participant.objects.filter(activity_key=activity_key)
    start = _sorted_by(rows.filter(pk=choice.after), column).first() if choice.after else None
    found: Iterable[tuple[str, int]]
    if not choice.is_filtered:
        found = _behind(rows, column, start, size + 1, down=down)
    else:
        found = _merged(rows, kinds, column, start, size + 1, down=down)
    keys = [pk for _, pk in found]
    there = Participant.objects.select_related("participation").in_bulk(keys[:size])
    shown = [there[pk] for pk in keys[:size] if pk in there]
    return Page(shown, total, keys[size - 1] if len(keys) > size else 0)


def counts(activity_key: str, choice: Choice) -> Mapping[str, Mapping[str, int]]:
    """For each filter what can be chosen and how many people it would leave, the other filters as they are."""
    kinds = _kinds(activity_key)
    found: dict[str, dict[str, int]] = {"state": {}, "profession": {}, "system": {}, "delivery": {}}
    for name, options in found.items():
        others = replace(choice, **{name: ""})  # type: ignore[arg-type]
        for kind in kinds:
            if _fits(kind, others):
                for value in _values(kind)[name]:
                    options[value] = options.get(value, 0) + kind[5]
    return found


def funnel(activity_key: str) -> Mapping[str, int]:
    """How many stand in each state."""
    found: dict[str, int] = {}
    for kind in _kinds(activity_key):
        found[kind[1]] = found.get(kind[1], 0) + kind[5]
    return found


def starting_with(activity_key: str, text: str) -> tuple[Sequence[Participant], bool]:
    """Whose name, or its last word, begins with that text; whether there are more than the 200 that are given.

    None for less than two letters, which too many names begin with.
    """
    key = derive.sort_key(text)
    if len(key) < 4:
        return (), False
    rows = Participant.objects.filter(activity_key=activity_key).select_related("participation")
    found: dict[int, Participant] = {}
    for column in ("by_name", "by_family"):
        # `g` follows every hexadecimal digit; LIKE would not use the index in every collation.
        some = rows.filter(**{f"{column}__gte": key, f"{column}__lt": f"{key}g"}).order_by(column, "pk")
        found |= {one.pk: one for one in some[: MOST_FOUND + 1]}
    ordered = sorted(found.values(), key=lambda one: (one.by_name, one.pk))
    return ordered[:MOST_FOUND], len(ordered) > MOST_FOUND


def _kinds(activity_key: str) -> list[_Kind]:
    rows = ParticipantFacet.objects.filter(activity_key=activity_key, people__gt=0)
    return list(rows.values_list("facet", "state", "profession", "systems", "delivery", "people"))


def _values(kind: _Kind) -> Mapping[str, Sequence[str]]:
    _, state, profession, systems, delivery, _ = kind
    return {
        "state": [state],
        "profession": [profession] if profession else [],
        "system": [one for one in systems.split(",") if one],
        "delivery": [delivery],
    }


def _fits(kind: _Kind, choice: Choice) -> bool:
    values = _values(kind)
    wanted = {one.name: getattr(choice, one.name) for one in fields(choice) if one.name in values}
    return all(not value or value in values[name] for name, value in wanted.items())


def _merged(
    rows: models.QuerySet[Participant],
    kinds: Sequence[_Kind],
    column: str,
    start: tuple[str, int] | None,
    size: int,
    *,
    down: bool,
) -> list[tuple[str, int]]:
    """The first rows of all these kinds together."""
    whole, taken, found = [], 0, []
    for kind in sorted(kinds, key=lambda one: one[5]):
        if taken + kind[5] <= _WHOLE:
            taken += kind[5]
            whole.append(kind[0])
        else:
            found += _behind(rows.filter(facet=kind[0]), column, start, size, down=down)
    if whole:
        few = _sorted_by(rows.filter(facet__in=whole).order_by(), column)
        found += [one for one in few if _is_behind(one, start, down=down)]
    pick: Callable[[int, list[tuple[str, int]]], list[tuple[str, int]]] = heapq.nlargest if down else heapq.nsmallest
    return pick(size, found)


def _behind(
    rows: models.QuerySet[Participant], column: str, start: tuple[str, int] | None, size: int, *, down: bool
) -> list[tuple[str, int]]:
    """The first rows behind `start`, along the index: first those that are alike in the column, then the others."""
    ordered = _sorted_by(rows.order_by(*(("-" if down else "") + name for name in (column, "pk"))), column)
    if start is None:
        return list(ordered[:size])
    how = "lt" if down else "gt"
    value, pk = start
    found = list(ordered.filter(**{column: value, f"pk__{how}": pk})[:size])
    if len(found) < size:
        found += list(ordered.filter(**{f"{column}__{how}": value})[: size - len(found)])
    return found


def _sorted_by(rows: models.QuerySet[Participant], column: str) -> models.QuerySet[Participant, tuple[str, int]]:
    """What a row is sorted by, as the text that is stored: an instant's text sorts as the instants do."""
    return rows.annotate(key=Cast(column, models.CharField(max_length=96))).values_list("key", "pk")


def _is_behind(one: tuple[str, int], start: tuple[str, int] | None, *, down: bool) -> bool:
    if start is None:
        return True
    return one < start if down else one > start
