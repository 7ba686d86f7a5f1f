"""Reading an activity's learners into arrays: one query for the marks, few for what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from cme_xblock.activity.model import Activity
from cme_xblock.outcomes.cohort import Cohort, Group, Marks
from cme_xblock.outcomes.marks import Reached, scored
from cme_xblock.records import editions
from cme_xblock.records.models import Edition, FirstAttempts, Participation, PublishedEdition

_COLUMNS = ("reached", "profession", "before_edition", "before", "after_edition", "after")
_COLUMNS = ("reached", "profession", "before_edition", "before", "after_edition", "after")
_TEST = int(Reached.TEST)


def read(activity_key: str) -> Cohort:
    """The cohort of that activity (keys.activity_key), as it was counted last. Memory: some bytes for each mark.

    One query for all learners, and two for the editions. Whole columns are worked on: a step for each learner in
    Python would cost more than the query.
    """
    rows = list(FirstAttempts.objects.filter(activity_key=activity_key).order_by().values_list(*_COLUMNS))
    # Column by column: to turn all rows around at once takes three times as long.
    fetched = [list(map(itemgetter(place), rows)) for place in range(len(_COLUMNS))]
    flags = np.fromiter(fetched[0], dtype=np.int64, count=len(rows))
    if (flags & _TEST).any():
        real = (flags & _TEST) == 0
        flags, fetched = flags[real], [list(compress(column, real)) for column in fetched]
    _reached, names, first, before, second, after = fetched
    pairs = sorted(set(zip(first, second, strict=True)), key=str)
    known = _editions({pk for pair in pairs for pk in pair if pk is not None})
    professions = {name: place for place, name in enumerate(sorted({"", *names}))}
    coded = np.fromiter(map(professions.__getitem__, names), dtype=np.int16, count=len(names))
    groups, kinds = [], {}
    for pair in pairs:
        ours = np.ones(len(names), dtype=bool)
        columns = (before, after)
        if len(pairs) > 1:
            ours = np.fromiter((both == pair for both in zip(first, second, strict=True)), bool, len(names))
            columns = tuple(list(compress(column, ours)) for column in columns)
        place = len(groups) if pair != (None, None) else -1
        if place >= 0:
            groups.append(_group(*columns, known.get(pair[0]), known.get(pair[1]), coded[ours]))
        kinds |= _kinds(place, coded[ours], flags[ours])
    reached = {flag: int(np.count_nonzero(flags & flag)) for flag in Reached}
    return Cohort(len(names), reached, tuple(professions), tuple(groups), kinds)


def _kinds(place: int, professions: NDArray[np.int16], flags: NDArray[np.int64]) -> dict[tuple[int, int, int], int]:
    """How many learners of one pair of editions there are of each profession and each way they came."""
    span = int(max(Reached)) * 2
    found, counts = np.unique(professions.astype(np.int64) * span + flags, return_counts=True)
    return {
        (place, int(code) // span, int(code) % span): int(count) for code, count in zip(found, counts, strict=True)
    }


def _editions(pks: set[int]) -> Mapping[int | None, Activity]:
    names = dict(Edition.objects.filter(pk__in=pks).values_list("pk", "sha256"))
    found = editions.load(set(names.values()))
    return {pk: found[sha256] for pk, sha256 in names.items()}


def _group(
    marks_before: Sequence[str],
    marks_after: Sequence[str],
    before: Activity | None,
    after: Activity | None,
    professions: NDArray[np.int16],
) -> Group:
    return Group(
        before,
        after,
        _matrix(marks_before, len(scored(before.baseline.items)) if before else 0),
        _matrix(marks_after, len(scored(after.assessment.items)) if after else 0),
        professions,
    )


def _matrix(marks: Sequence[str], items: int) -> Marks:
    """The marks as bytes; a row of another length than its edition has items says nothing."""
    if not items:
        return np.zeros((len(marks), 0), dtype=np.uint8)
    if set(map(len, marks)) != {items}:
        marks = [one if len(one) == items else "-" * items for one in marks]
    return np.frombuffer("".join(marks).encode(), dtype=np.uint8).reshape(len(marks), items)


# Learners of this name are invented (`demo/cohort.py`): a platform's ids are numbers, so no real one has it.
SIMULATED = "simulated-"


def has_simulated(activity_key: str) -> bool:
    """Whether any learner of that activity is invented. One query."""
    return Participation.objects.filter(activity_key=activity_key, learner_id__startswith=SIMULATED).exists()


@dataclass(frozen=True)
class Reported:
    """An activity as it is published now, and the course it is in."""

    course_key: str
    activity: Activity


def reported(activity_key: str) -> Reported | None:
    """The activity of that key, or None where none was ever published. One query, two where it is not cached."""
    found = PublishedEdition.objects.filter(activity_key=activity_key)
    row = found.values_list("edition__course_key", "edition__sha256").first()
    return Reported(row[0], editions.load(row[1])[row[1]]) if row else None
