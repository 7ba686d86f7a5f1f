"""Reading the retention check: for each question how many answered how before, after and later."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity, Item
from cme_xblock.outcomes import pairs
from cme_xblock.outcomes.marks import Reached
from cme_xblock.outcomes.pairs import scored
from cme_xblock.outcomes.steps import text_of
from cme_xblock.records import editions
from cme_xblock.records.models import Edition, FirstAttempts, ReleasedAttempts, ReleasedDeparted

_COLUMNS = ("before_edition", "before", "after_edition", "after", "later_edition", "later")
_NONE = "x"
# Which wording of all pairs a matched learner met (empty for who has no baseline), before, after, later.
Key = tuple[str, str, str, str]
# before, after, later, and the place of the trail.
_Row = tuple[str, str, str, int]
# Since which step somebody had answered after (1), and later (2), or was not counted (0): where it changed.
Since = tuple[tuple[int, int], ...]
_AFTER, _LATER = 1, 2


@dataclass(frozen=True)
class Asked:
    """One question that came again. `counts`: learners by the wording that they met, and their marks of that question.

    Keys are (wording, before, after, later), the first empty for who is not matched; marks are those of `marks.py`, x
    where it was not asked then. `when`: the same by the steps of the report (see `releasing.py`) since which they had
    answered after, and later.
    """

    item: Item
    version: str
    counts: Mapping[Key, int]
    when: Mapping[tuple[Key, Since], int]


def read(activity_key: str, *, table: type[FirstAttempts | ReleasedAttempts] = ReleasedAttempts) -> tuple[Asked, ...]:
    """The questions that came again to anybody, in the assessment's order; none where there was no check.

    `table`: the learners as the report shows them, or as they are.
    """
    rows = table.objects.filter(activity_key=activity_key)
    if not rows.exclude(later="").exists():
        return ()
    groups: defaultdict[tuple[int | None, int | None, int | None], list[_Row]] = defaultdict(list)
    places: dict[Since, int] = {}
    columns = (*_COLUMNS, *(("trail",) if table is ReleasedAttempts else ()))
    found = list(rows.filter(after_edition__isnull=False).order_by().values_list("reached", *columns))
    if table is ReleasedAttempts:
        departed = ReleasedDeparted.objects.filter(activity_key=activity_key, after_edition__isnull=False)
        found += departed.order_by("pk").values_list("reached", *_COLUMNS)
    for reached, first, before, second, after, third, later, *trail in found:
        if not reached & Reached.TEST:
            place = places.setdefault(_since("".join(trail)), len(places))
            groups[first, second, third].append((before, after, later, place))
    known = _editions(activity_key)
    shown: dict[str, Item] = {}
    counts: _Counts = defaultdict(Counter)
    for (first, second, third), marks in sorted(groups.items(), key=str):
        _count(marks, (known.get(first), known.get(second), known.get(third)), (shown, counts), list(places))
    asked = {version for version, each in counts.items() if any(key[3] in "10" for key, _ in each)}
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
    for (key, since), number in asked.when.items():
        trail, at, stood = [], dict(since), 0
        for step, places in enumerate(past, start=1):
            stood = at.get(step, stood)
            group = (*key[:3], key[3] if stood == _LATER else _NONE)
            trail.append(places.get(text_of(group), -1) if stood else -1)
        found[tuple(trail), key] += number
    return found


def _summed(when: Mapping[tuple[Key, Since], int]) -> Mapping[Key, int]:
    counts: Counter[Key] = Counter()
    for (key, _), number in when.items():
        counts[key] += number
    return counts


def _since(trail: str) -> Since:
    found: list[tuple[int, int]] = []
    for number, stands in json.loads(trail) if trail else ():
        reached = json.loads(stands)[2] if stands else 0
        now = (_LATER if reached & Reached.RETAINED else _AFTER) if reached & Reached.ASSESSED else 0
        if now != (found[-1][1] if found else 0):
            found.append((number, now))
    return tuple(found)


_Counts = defaultdict[str, Counter[tuple[Key, Since]]]


def _editions(activity_key: str) -> Mapping[int | None, Activity]:
    names = dict(Edition.objects.filter(activity_key=activity_key).values_list("pk", "sha256"))
    found = editions.load(set(names.values()))
    return {pk: found[sha256] for pk, sha256 in names.items() if sha256 in found}


def _count(
    marks: list[_Row],
    editions_of: tuple[Activity | None, Activity | None, Activity | None],
    into: tuple[dict[str, Item], _Counts],
    whens: Sequence[Since],
) -> None:
    (shown, counts), (before, after, later) = into, editions_of
    if after is None:
        return
    items = scored(after.assessment.items)
    columns = [_columns([str(one[place]) for one in marks]) for place in range(3)]
    steps = np.array([one[3] for one in marks], dtype=np.int64)
    met = pairs.between(before, after) if before else ()
    twins = {one.version.pair_id: one.before_place for one in met}
    wording = canonical.digest([[one.version.before, one.version.after] for one in met]) if before else ""
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
        codes = (found[0] * 65536 + found[1] * 256 + found[2]) * len(whens) + steps
        for code, number in zip(*(one.tolist() for one in np.unique(codes, return_counts=True)), strict=True):
            marked, when = divmod(code, len(whens))
            key = (wording, chr(marked >> 16), chr(marked >> 8 & 255), chr(marked & 255))
            counts[version][key, whens[when]] += number


def _columns(marks: list[str]) -> NDArray[np.uint8] | None:
    """The marks as bytes, learners by items; None where they are not all of one length."""
    if not marks or len(set(map(len, marks))) != 1 or not marks[0]:
        return None
    return np.frombuffer("".join(marks).encode(), dtype=np.uint8).reshape(len(marks), len(marks[0]))


def _column(matrix: NDArray[np.uint8] | None, place: int | None, n: int) -> NDArray[np.int64]:
    if matrix is None or place is None or place >= matrix.shape[1]:
        return np.full(n, ord(_NONE), dtype=np.int64)
    return matrix[:, place].astype(np.int64)
