"""Reading an activity's learners into arrays: one query for the marks, one or two for the editions they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cme_xblock.activity.model import Activity
from cme_xblock.outcomes.cohort import Cohort, Group, Marks
from cme_xblock.outcomes.marks import Reached, scored
from cme_xblock.records import editions
from cme_xblock.records.models import Edition, FirstAttempts

_COLUMNS = ("reached", "profession", "before_edition", "before", "after_edition", "after")
_CHUNK = 20_000


def read(activity_key: str) -> Cohort:
    """The cohort of that activity (keys.activity_key), as it was counted last. Memory: some bytes for each mark."""
    rows = FirstAttempts.objects.filter(activity_key=activity_key).order_by()
    gathered: dict[tuple[int | None, int | None], _Gathered] = {}
    reached = np.zeros(len(Reached), dtype=np.int64)
    professions: dict[str, int] = {"": 0}
    registered = 0
    bits = np.array([int(one) for one in Reached], dtype=np.int64)
    for flags, profession, first, before, second, after in rows.values_list(*_COLUMNS).iterator(chunk_size=_CHUNK):
        if flags & Reached.TEST:
            continue
        registered += 1
        reached += (flags & bits) > 0
        if first is None and second is None:
            continue
        one = gathered.get((first, second))
        if one is None:
            one = gathered[first, second] = _Gathered([], [], [])
        one.before.append(before)
        one.after.append(after)
        one.professions.append(professions.setdefault(profession, len(professions)))
    known = _editions({pk for pair in gathered for pk in pair if pk is not None})
    return Cohort(
        registered=registered,
        reached={flag: int(number) for flag, number in zip(Reached, reached, strict=True)},
        professions=tuple(professions),
        groups=tuple(
            _group(one, known.get(first), known.get(second))
            for (first, second), one in sorted(gathered.items(), key=lambda item: str(item[0]))
        ),
    )


@dataclass(frozen=True)
class _Gathered:
    before: list[str]
    after: list[str]
    professions: list[int]


def _editions(pks: set[int]) -> Mapping[int | None, Activity]:
    names = dict(Edition.objects.filter(pk__in=pks).values_list("pk", "sha256"))
    found = editions.load(set(names.values()))
    return {pk: found[sha256] for pk, sha256 in names.items()}


def _group(gathered: _Gathered, before: Activity | None, after: Activity | None) -> Group:
    return Group(
        before,
        after,
        _matrix(gathered.before, len(scored(before.baseline.items)) if before else 0),
        _matrix(gathered.after, len(scored(after.assessment.items)) if after else 0),
        np.array(gathered.professions, dtype=np.int16),
    )


def _matrix(marks: list[str], items: int) -> Marks:
    """The marks as bytes; a row of another length than its edition has items says nothing."""
    whole = [one if len(one) == items else "-" * items for one in marks] if items else []
    joined = np.frombuffer("".join(whole).encode(), dtype=np.uint8)
    return joined.reshape(len(marks), items) if items else np.zeros((len(marks), 0), dtype=np.uint8)
