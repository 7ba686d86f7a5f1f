"""Reading the retention check: for each question how many answered how before, after and later."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cme_xblock.activity.model import Activity, Item
from cme_xblock.outcomes import pairs
from cme_xblock.outcomes.marks import Reached
from cme_xblock.outcomes.pairs import scored
from cme_xblock.outcomes.steps import text_of
from cme_xblock.records import editions
from cme_xblock.records.models import Edition, FirstAttempts, ReleasedAttempts

_COLUMNS = ("before_edition", "before", "after_edition", "after", "later_edition", "later")
_NONE = "x"
Key = tuple[bool, str, str, str]
# before, after, later, and the steps of the report in which after and later were there.
_Row = tuple[str, str, str, int, int]
_MOST_STEPS = 10_000


@dataclass(frozen=True)
class Asked:
    """One question that came again. `counts`: learners by whether they are matched, and their marks of that question.

    Keys are (matched, before, after, later); marks are those of `marks.py`, x where it was not asked then. `when`: the
    same by the steps of the report (see `releasing.py`) in which they had answered after, and later; 0 for not yet.
    """

    item: Item
    version: str
    counts: Mapping[Key, int]
    when: Mapping[tuple[Key, int, int], int]


def read(activity_key: str, *, table: type[FirstAttempts | ReleasedAttempts] = ReleasedAttempts) -> tuple[Asked, ...]:
    """The questions that came again to anybody, in the assessment's order; none where there was no check.

    `table`: the learners as the report shows them, or as they are.
    """
    rows = table.objects.filter(activity_key=activity_key)
    if not rows.exclude(later="").exists():
        return ()
    groups: defaultdict[tuple[int | None, int | None, int | None], list[_Row]] = defaultdict(list)
    columns = (*_COLUMNS, *(("trail",) if table is ReleasedAttempts else ()))
    for reached, first, before, second, after, third, later, *trail in (
        rows.filter(after_edition__isnull=False).order_by().values_list("reached", *columns)
    ):
        if not reached & Reached.TEST:
            groups[first, second, third].append((before, after, later, *_steps("".join(trail))))
    known = _editions(activity_key)
    shown: dict[str, Item] = {}
    counts: defaultdict[str, Counter[tuple[Key, int, int]]] = defaultdict(Counter)
    for (first, second, third), marks in sorted(groups.items(), key=str):
        _count(marks, known.get(first), known.get(second), known.get(third), (shown, counts))
    asked = {
        version for version, found in counts.items() if any(key[3] in "10" for key, *_ in found)
    }  # fmt: skip
    return tuple(
        Asked(shown[version], version, _summed(counts[version]), counts[version])
        for version in shown
        if version in asked
    )


def moves(asked: Asked, past: Sequence[Mapping[str, int]]) -> Mapping[tuple[tuple[int, ...], Key], int]:
    """How many stood where at each step, and stand where now, for `steps.Memory`.

    `past`: the places of the question's groups at each step, by name; empty where it was not there.
    """
    found: Counter[tuple[tuple[int, ...], Key]] = Counter()
    for (key, came, again), number in asked.when.items():
        trail = []
        for step, places in enumerate(past, start=1):
            stood = (*key[:3], key[3] if 0 < again <= step else _NONE)
            trail.append(places.get(text_of(stood), -1) if 0 < came <= step else -1)
        found[tuple(trail), key] += number
    return found


def _summed(when: Mapping[tuple[Key, int, int], int]) -> Mapping[Key, int]:
    counts: Counter[Key] = Counter()
    for (key, _, _), number in when.items():
        counts[key] += number
    return counts


def _steps(trail: str) -> tuple[int, int]:
    """In which step somebody had answered after, and later; 0 for in none yet."""
    came = again = 0
    for number, stands in json.loads(trail) if trail else ():
        reached = json.loads(stands)[2] if stands else 0
        came = came or (number if reached & Reached.ASSESSED else 0)
        again = again or (number if reached & Reached.RETAINED else 0)
    return came, again


def _editions(activity_key: str) -> Mapping[int | None, Activity]:
    names = dict(Edition.objects.filter(activity_key=activity_key).values_list("pk", "sha256"))
    found = editions.load(set(names.values()))
    return {pk: found[sha256] for pk, sha256 in names.items() if sha256 in found}


def _count(
    marks: list[_Row],
    before: Activity | None,
    after: Activity | None,
    later: Activity | None,
    into: tuple[dict[str, Item], defaultdict[str, Counter[tuple[Key, int, int]]]],
) -> None:
    shown, counts = into
    if after is None:
        return
    items = scored(after.assessment.items)
    columns = [_columns([str(one[place]) for one in marks]) for place in range(3)]
    steps = np.array([one[3] * _MOST_STEPS + one[4] for one in marks], dtype=np.int64)
    twins = {one.version.pair_id: one.before_place for one in pairs.between(before, after)} if before else {}
    again = (
        {pairs.item_version(one): place for place, one in enumerate(scored(later.assessment.items))} if later else {}
    )
    for place, item in enumerate(items):
        version = pairs.item_version(item)
        shown[version] = item
        found = [
            _column(columns[0], twins.get(item.pair_id), len(marks)),
            _column(columns[1], place, len(marks)),
            _column(columns[2], again.get(version), len(marks)),
        ]
        codes = (found[0] * 65536 + found[1] * 256 + found[2]) * _MOST_STEPS**2 + steps
        for code, number in zip(*(one.tolist() for one in np.unique(codes, return_counts=True)), strict=True):
            marked, when = divmod(code, _MOST_STEPS**2)
            key = (before is not None, chr(marked >> 16), chr(marked >> 8 & 255), chr(marked & 255))
            counts[version][key, *divmod(when, _MOST_STEPS)] += number


def _columns(marks: list[str]) -> NDArray[np.uint8] | None:
    """The marks as bytes, learners by items; None where they are not all of one length."""
    if not marks or len(set(map(len, marks))) != 1 or not marks[0]:
        return None
    return np.frombuffer("".join(marks).encode(), dtype=np.uint8).reshape(len(marks), len(marks[0]))


def _column(matrix: NDArray[np.uint8] | None, place: int | None, n: int) -> NDArray[np.int64]:
    if matrix is None or place is None or place >= matrix.shape[1]:
        return np.full(n, ord(_NONE), dtype=np.int64)
    return matrix[:, place].astype(np.int64)
