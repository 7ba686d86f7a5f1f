"""Reading an activity's learners into arrays: one query for the marks, few for what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.model import Activity
from cme_xblock.outcomes.cohort import Cohort, Group, Marks
from cme_xblock.outcomes.marks import Reached
from cme_xblock.outcomes.pairs import scored
from cme_xblock.participation import evaluation
from cme_xblock.records import editions, trails
from cme_xblock.records.models import (
    Edition,
    FirstAttempts,
    Participation,
    PublishedEdition,
    ReleasedAttempts,
    ReleasedDeparted,
)

# A key of `Cohort.kinds`.
Kind = tuple[int, int, int, int]

_COLUMNS = ("reached", "profession", "before_edition", "before", "after_edition", "after")
# Read where some edition asks for it, and not otherwise: each is as long as the marks.
_SURE, _PRACTICE = ("before_sure", "after_sure"), ("practice",)
_TEST = int(Reached.TEST)
_NOTHING_SAID = "|" * (len(evaluation.PRACTICE) - 1)


def read(
    activity_key: str,
    *,
    table: type[FirstAttempts | ReleasedAttempts] = FirstAttempts,
    codes: Mapping[int, int] | None = None,
) -> Cohort:
    """The cohort of that activity (keys.activity_key), as it was counted last. Memory: some bytes for each mark.

    `table`: the learners as they are, or as the report shows them (`releasing.py`), with those who were deleted since.
    `codes`: by participation, for `Group.codes`.

    One query for all learners, and two for the editions. Whole columns are worked on: a step for each learner in
    Python would cost more than the query.
    """
    known = _editions(activity_key)
    wanted = (*_wanted(known.values()), *(("pk",) if codes is not None else ()))
    rows = list(table.objects.filter(activity_key=activity_key).order_by().values_list(*wanted))
    if table is ReleasedAttempts:
        rows += ReleasedDeparted.objects.filter(activity_key=activity_key).order_by("pk").values_list(*wanted)
    # Column by column: to turn all rows around at once takes three times as long.
    columns = {name: list(map(itemgetter(place), rows)) for place, name in enumerate(wanted)}
    if codes is not None:
        columns["codes"] = [codes.get(int(pk), 0) for pk in columns.pop("pk")]  # type: ignore[misc]
    flags = np.fromiter(columns.pop("reached"), dtype=np.int64, count=len(rows))
    if (flags & _TEST).any():
        real = (flags & _TEST) == 0
        flags, columns = flags[real], {name: list(compress(one, real)) for name, one in columns.items()}
    return _cohort(flags, columns, known)


def _cohort(flags: NDArray[np.int64], columns: Mapping[str, list[str]], known: Mapping[int | None, Activity]) -> Cohort:
    first, second = columns["before_edition"], columns["after_edition"]
    pairs = sorted(set(zip(first, second, strict=True)), key=str)
    professions, coded = _coded(columns["profession"], "")
    practices, told = _coded(columns.get("practice"), "")
    coded, told = coded.astype(np.int16), told if told.size else np.zeros(flags.size, dtype=np.int32)
    groups: list[Group] = []
    kinds: dict[tuple[int, int, int, int], int] = {}
    for pair in pairs:
        ours = np.ones(flags.size, dtype=bool)
        those = columns
        if len(pairs) > 1:
            ours = np.fromiter((both == pair for both in zip(first, second, strict=True)), bool, flags.size)
            those = {name: list(compress(column, ours)) for name, column in columns.items()}
        place = len(groups) if pair != (None, None) else -1
        if place >= 0:
            groups.append(_group(those, known.get(pair[0]), known.get(pair[1]), coded[ours], told[ours]))  # type: ignore[call-overload]
        kinds |= _kinds(place, coded[ours], flags[ours], told[ours])
    reached = {flag: int(np.count_nonzero(flags & flag)) for flag in Reached}
    said = tuple(tuple((one or _NOTHING_SAID).split("|")) for one in practices)
    return Cohort(flags.size, reached, tuple(professions), tuple(groups), kinds, said)


def _coded(names: Sequence[str] | None, always: str) -> tuple[list[str], NDArray[np.int32]]:
    """The different names in their order, `always` among them, and each row's as its place."""
    places = {name: place for place, name in enumerate(sorted({always, *(names or ())}))}
    return list(places), np.fromiter(map(places.__getitem__, names or ()), dtype=np.int32, count=len(names or ()))


def standing(
    activity_key: str, *, table: type[FirstAttempts | ReleasedAttempts] = FirstAttempts
) -> tuple[Mapping[int, Kind], Mapping[Kind, str]]:
    """In which group of `Cohort.kinds` each learner stands now, by participation; and what each group is always called.

    Tests are in none. Two queries. A group's own name is of places in one cohort, which change with the next learner.
    """
    wanted = _wanted(_editions(activity_key).values())
    columns = ("pk", "reached", "profession", "before_edition", "after_edition", "practice")
    rows = table.objects.filter(activity_key=activity_key).order_by().values_list(*columns)
    real = [row if "practice" in wanted else (*row[:5], "") for row in rows if not row[1] & _TEST]
    pairs = [pair for pair in sorted({row[3:5] for row in real}, key=str) if pair != (None, None)]
    places = {pair: place for place, pair in enumerate(pairs)}
    professions, practices = (
        {name: place for place, name in enumerate(sorted({"", *(row[column] for row in real)}))} for column in (2, 5)
    )
    found, names = {}, {}
    for pk, reached, profession, before, after, practice in real:
        kind = (places.get((before, after), -1), professions[profession], reached, practices[practice])
        found[pk] = kind
        names[kind] = trails.name(
            before=before, after=after, reached=reached, profession=profession, practice=practice
        )
    return found, names


def _wanted(known: Iterable[Activity]) -> tuple[str, ...]:
    """The columns that hold anything for these editions."""
    each = list(known)
    sure = any(
        part.ask_confidence or any(one.kind is ItemKind.CONFIDENCE for one in part.items)
        for one in each
        for part in (one.baseline, one.assessment)
    )
    practice = any(question.fact for one in each for question in evaluation.questions(one))
    return (*_COLUMNS, *(_SURE if sure else ()), *(_PRACTICE if practice else ()))


def _kinds(
    place: int, professions: NDArray[np.int16], flags: NDArray[np.int64], practices: NDArray[np.int32]
) -> dict[tuple[int, int, int, int], int]:
    """How many learners of one pair of editions there are of each profession, practice and each way they came."""
    span = int(max(Reached)) * 2
    most = int(professions.max(initial=0)) + 1
    codes = (practices.astype(np.int64) * most + professions) * span + flags
    found, counts = np.unique(codes, return_counts=True)
    return {
        (place, code // span % most, code % span, code // span // most): number
        for code, number in zip(found.tolist(), counts.tolist(), strict=True)
    }


def _editions(activity_key: str) -> Mapping[int | None, Activity]:
    """The editions of that activity by their primary keys."""
    names = dict(Edition.objects.filter(activity_key=activity_key).values_list("pk", "sha256"))
    found = editions.load(set(names.values()))
    return {pk: found[sha256] for pk, sha256 in names.items() if sha256 in found}


def _group(
    columns: Mapping[str, list[str]],
    before: Activity | None,
    after: Activity | None,
    professions: NDArray[np.int16],
    practices: NDArray[np.int32],
) -> Group:
    asked = (before.baseline.items if before else ()), (after.assessment.items if after else ())
    sure = [
        _matrix(columns[name], len(items)) if name in columns else None
        for name, items in zip(_SURE, asked, strict=True)
    ]
    return Group(
        before,
        after,
        _matrix(columns["before"], len(scored(asked[0]))),
        _matrix(columns["after"], len(scored(asked[1]))),
        professions,
        practices if "practice" in columns else None,
        *sure,
        np.fromiter(columns["codes"], dtype=np.int32, count=professions.size) if "codes" in columns else None,
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
    """An activity as it is published now, its edition, and the course it is in."""

    course_key: str
    activity: Activity
    sha256: str = ""


def reported(activity_key: str) -> Reported | None:
    """The activity of that key, or None where none was ever published. One query, two where it is not cached."""
    found = PublishedEdition.objects.filter(activity_key=activity_key)
    row = found.values_list("edition__course_key", "edition__sha256").first()
    return Reported(row[0], editions.load(row[1])[row[1]], row[1]) if row else None
