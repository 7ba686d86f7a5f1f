"""What one export is about: which activities, which rows of them, and in which order they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max, Q, QuerySet

from cme_xblock.console.exports.columns import Columns
from cme_xblock.records.models import Participation

# So many participations are read at once. Each page is one transaction of a background export.
PAGE = 2_000


@dataclass(frozen=True)
class Scope:
    """What is exported. `activities`: their keys, in the file's order. `filters` as `filtering.parse` gives them.

    `tests` and `sealed`: whether participations that only tested, or whose account was retired, are among it.
    `last`: the highest participation there was when the export began, so that it ends. `secret`: 32 bytes of this
    export alone, for pseudonyms; empty where there are none. `minimum`: the smallest group that a number may tell of.
    """

    activities: tuple[str, ...]
    filters: Mapping[str, Any] = field(default_factory=dict)
    tests: bool = False
    sealed: bool = False
    last: int = 0
    secret: bytes = field(default=b"", repr=False)
    minimum: int = 5

    def participations(self, activity_key: str) -> QuerySet[Participation]:
        """Those of one activity that belong into it."""
        return Participation.objects.filter(self.belongs(), activity_key=activity_key, pk__lte=self.last)

    def belongs(self, path: str = "") -> Q:
        """Which participations belong into it. `path`: the way to them from another table, as in `participation__`."""
        found = Q()
        if not self.tests:
            found &= Q(**{f"{path}is_test": False})
        if not self.sealed:
            found &= Q(**{f"{path}sealed_at__isnull": True})
        return found


class Moved(RuntimeError):  # noqa: N818 - says what is the case
    """What a file is made of became another thing while it was made: one half would not fit to the other."""

    def __init__(self) -> None:
        super().__init__("The numbers of the report moved while the file was made. Start it again.")


@dataclass(frozen=True)
class Page:
    """Some rows, on their side. `cursor`: where the next page begins. `done`: participations passed so far with it."""

    columns: Columns
    cursor: dict[str, int]
    done: int

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.columns[0]) if self.columns else 0


START: dict[str, int] = {"activity": 0, "after": 0, "done": 0}


def highest() -> int:
    """The highest participation that there is."""
    return Participation.objects.aggregate(most=Max("pk"))["most"] or 0


def total(scope: Scope) -> int:
    """How many participations will be passed: what progress is measured by."""
    return sum(scope.participations(key).count() for key in scope.activities)


@dataclass(frozen=True)
class Stretch:
    """A run of one activity's participations: after this one, up to that one. `first`: the activity begins here."""

    activity: str
    after: int
    upto: int
    count: int
    first: bool


def stretches(
    scope: Scope, cursor: Mapping[str, int], *, size: int = PAGE, most: int = PAGE
) -> Iterator[tuple[Stretch, dict[str, int]]]:
    """The runs from the cursor on, each with the cursor behind it. Two short queries for each; nothing is kept.

    `most`: of which not more at once, where each of them has many rows.
    """
    size = min(size, most)
    after, done = cursor["after"], cursor["done"]
    for place in range(cursor["activity"], len(scope.activities)):
        key = scope.activities[place]
        while True:
            pks = list(
                scope.participations(key).filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:size]
            )
            done += len(pks)
            ended = len(pks) < size
            upto = scope.last if ended else pks[-1]
            following = {"activity": place + ended, "after": 0 if ended else upto, "done": done}
            yield Stretch(key, after, upto, len(pks), after == 0), following
            after = following["after"]
            if ended:
                break
