"""Remembers what a pure function made of an activity, by the object itself.

An activity is a tree of some hundred values: to hash or to compare one, as `functools.cache` would, costs more than
most of what is asked of it. It never changes, and `records` and `parts` keep one object for each edition, so the
object's identity is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from cme_xblock.activity.model import Activity

T = TypeVar("T")

_KEPT = 128


def remembered(work: Callable[[Activity], T]) -> Callable[[Activity], T]:
    """`work`, a pure function of one activity, asked once for each object while it is among the last 128."""
    kept: dict[int, tuple[Activity, T]] = {}

    @wraps(work)
    def ask(activity: Activity) -> T:
        known = kept.get(id(activity))
        # The object is kept with the answer, so that its id is not given to another one meanwhile.
        if known is not None and known[0] is activity:
            return known[1]
        answer = work(activity)
        if len(kept) >= _KEPT:
            kept.clear()
        kept[id(activity)] = (activity, answer)
        return answer

    return ask
