"""The report moves in steps: what is shown stays until so many are new that the move itself gives nobody away.

`current` is what page and files show; it tries a step first. A step is let out when next to nothing of what was shown
has to be hidden for it, and is then a row for good. Source: promise 11; docs/decisions/0034.
"""

from __future__ import annotations

import json
import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.core.cache import cache
from django.db import IntegrityError, connections, models, router
from django.db.models import F, Q

from cme_xblock.activity.model import Activity
from cme_xblock.outcomes import (
    gathering,
    hiding_people,
    measured,
    peers,
    reading,
    report,
    report_groups,
    report_retention,
    retained,
    said,
    standings,
    steps,
    wheres,
)
from cme_xblock.outcomes.cohort import Cohort
from cme_xblock.outcomes.evidence import Evidence
from cme_xblock.outcomes.marks import Reached
from cme_xblock.outcomes.planner import Planner
from cme_xblock.outcomes.steps import Memory, Shown, text_of
from cme_xblock.records import contention, faults
from cme_xblock.records.models import FirstAttempts, OutcomesRelease, ReleasedAttempts, ReleasedDeparted
from cme_xblock.records.models.base import utc

log = logging.getLogger(__name__)

# A step has at least so many more people than the last one, by its size, and loses at most so much of what it showed.
_GROWTH, _LOSS = 10, 10
# Where so many times as many are on record, what waiting has not cured is given up: a report of half is no report.
_TWICE = 2
_CHUNK = 500
# So many who move the same way are written by one statement; for fewer a statement each would cost more.
_TOGETHER = 20
_COPIED = (
    "activity_key", "reached", "profession", "before_edition_id", "before", "after_edition_id", "after",
    "later_edition_id", "later", "before_sure", "after_sure", "practice",
)  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """What the report shows now: whom it counts, who says what is hidden, and the counts of what learners said.

    Before the first step all is hidden.
    """

    cohort: Cohort
    planner: Planner
    evidence: said.Frozen | None = None


def current(activity_key: str, activity: Activity, *, minimum: int, now: datetime) -> Standing:
    """The learners of that activity (keys.activity_key) as the report shows them, after a step where one is possible.

    `activity`: as published; `minimum`: as of `suppression.plan`; `now`: aware. Call `refresh` first.
    """
    step(activity_key, activity, minimum=minimum, now=now)
    last = _last(activity_key)
    if last is None:
        # What is shown before the first step would be compared with it.
        return Standing(reading.read(activity_key), steps.Held({}), said.Frozen())
    shown = {table: frozenset(one["cells"]) for table, one in json.loads(last.tables).items()}
    cohort = replace(reading.read(activity_key, table=ReleasedAttempts), told=json.loads(last.practice))
    return Standing(cohort, steps.Held(shown, minimum > last.minimum), said.loads(last.evidence))


def moved_at(activity_key: str) -> datetime | None:
    """When the report's numbers moved last; None before the first step. One query."""
    return _releases(activity_key).order_by("-number").values_list("at", flat=True).first()


def behind(activity_key: str, *, minimum: int) -> int:
    """At least how many people are on record and not yet in the report, in steps of `minimum`: a live count would tell
    of each one who comes.
    """
    last = _last(activity_key)
    more = _real(activity_key).count() - last.learners if last else 0
    return max(more, 0) // minimum * minimum


def step(activity_key: str, activity: Activity, *, minimum: int, now: datetime) -> bool:
    """Move the numbers, if enough people are new and nobody is given away by it; whether they moved.

    May be tried at any time and by several at once: one of them moves. A few seconds with many questions.
    """
    last = _last(activity_key)
    moved = _moved(activity_key)
    # Within the same step: after one that was let out as many people are others.
    attempt = _try(activity_key, last.number if last else 0, moved // minimum)
    if moved < max(minimum, (last.learners if last else 0) * _GROWTH // 100):
        return False
    # The first is never in vain, and nothing is shown without it.
    if last is not None and _tried(attempt):
        return False
    try:
        contention.run(
            lambda: _let_out(activity_key, activity, minimum, now), using=router.db_for_write(OutcomesRelease)
        )
    except _TooEarly:
        # Too little would be left of what is shown.
        return False
    except (IntegrityError, contention.LedgerBusy):
        # Another look makes the same step at this moment; whoever looks next may try.
        cache.delete(attempt)
        return False
    except Exception as error:  # noqa: BLE001 - whatever it is, what was shown stays shown
        log.error("The outcomes report of %s could not move on (%s).", activity_key, faults.place(error))
        return False
    return True


class _TooEarly(Exception):  # noqa: N818 - a signal inside this module
    """The step would hide too much of what is shown, or can't; whatever was written for it is undone."""


def _let_out(activity_key: str, activity: Activity, minimum: int, now: datetime) -> None:
    """Copy the learners, judge the copy, and keep it with what it shows; in one transaction."""
    before = list(_releases(activity_key).select_for_update().order_by("number"))
    past = [_tables(one) for one in before]
    ReleasedDeparted.objects.filter(activity_key=activity_key).delete()
    trails = _copied(activity_key)
    kinds, names = reading.standing(activity_key, table=ReleasedAttempts)
    codes = wheres.codes({pk: trails[pk] for pk in kinds}, {pk: names[kind] for pk, kind in kinds.items()}, len(past))
    cohort = reading.read(activity_key, table=ReleasedAttempts, codes=codes.editions)
    check = measured.check(activity_key, activity)
    moves = {steps.PEOPLE: _moves(past, trails, kinds)}
    moves |= {
        report_retention.name_of(one): retained.moves(one, _places(past, report_retention.name_of(one)))
        for one in check.asked
    }
    memory = Memory(past, moves, names, codes.whens)
    evidence = gathering.of(
        activity_key,
        minimum=minimum,
        codes=codes.evaluated,
        evaluated=_evaluated(cohort, kinds, codes, minimum=minimum, planner=memory),
    )
    if _is_told(past, Reached.EVALUATED) and not _is_told([memory.shown], Reached.EVALUATED):
        evidence = _without_those_who_evaluated(evidence)
    frozen = said.step(evidence, [said.loads(one.evidence) for one in before], minimum=minimum)
    evidence = replace(said.as_of(evidence, frozen), check=check)
    made = report.build(cohort, activity, minimum=minimum, planner=memory, evidence=evidence)
    if memory.refused or _costs_too_much(memory.shown, past, before, cohort.registered, minimum):
        raise _TooEarly
    number = len(past) + 1
    OutcomesRelease.objects.create(
        activity_key=activity_key,
        number=number,
        at=utc(now),
        learners=cohort.registered,
        matched=sum(one.n for one in cohort.groups if one.before_edition is not None and one.after_edition is not None),
        tables=_text(memory.shown),
        hidden=json.dumps({table: sorted(map(text_of, held)) for table, held in memory.held.items() if held}),
        evidence=said.dumps(frozen),
        peers=json.dumps(peers.of_tables(memory.shown, minimum=minimum)),
        trails=json.dumps({table: standings.dumps(one.trails) for table, one in memory.shown.items()}),
        practice=json.dumps(report_groups.kept(made)),
        minimum=minimum,
    )
    _follow(trails, {pk: names[kind] for pk, kind in kinds.items()}, number)


def _costs_too_much(
    shown: Mapping[str, Shown],
    past: Sequence[Mapping[str, Shown]],
    before: Sequence[OutcomesRelease],
    registered: int,
    minimum: int,
) -> bool:
    """Whether the step would hide more than a tenth of what is shown, and not twice as many have come since then."""
    if not past or registered < minimum:
        # Of fewer nothing is shown, so that nothing can be taken from it.
        return False
    had, gone = steps.lost(shown, past[-1])
    return gone * _LOSS > had and registered < _TWICE * before[-1].learners


def _without_those_who_evaluated(evidence: Evidence) -> Evidence:
    """How many handed one in was told, and is hidden now: evaluations that are somebody's, and plans, would tell it."""
    return replace(evidence, evaluations=tuple(one for one in evidence.evaluations if one.anonymous), followed=())


def _is_told(tables: Sequence[Mapping[str, Shown]], step: Reached) -> bool:
    """Whether any of these reports tells how many came so far."""
    return any(text_of(step) in one[steps.PEOPLE].cells for one in tables if steps.PEOPLE in one)


def _evaluated(
    cohort: Cohort, kinds: Mapping[int, reading.Kind], codes: wheres.Codes, *, minimum: int, planner: Planner
) -> Mapping[int, int] | None:
    """By when they were counted, how many handed in an evaluation; where that is hidden, those among whom they are.

    None where the report tells of no such people.
    """
    gone = hiding_people.people(cohort, hiding_people.wordings(cohort), minimum=minimum, planner=planner)
    among = hiding_people.around(cohort, gone, step=Reached.EVALUATED)
    if among is None:
        return None
    return Counter(codes.evaluated[pk] for pk, kind in kinds.items() if kind in among)


def _last(activity_key: str) -> OutcomesRelease | None:
    # What a step needs of the earlier ones is long, and no look needs it.
    return _releases(activity_key).order_by("-number").defer("trails", "peers").first()


def _releases(activity_key: str) -> models.QuerySet[OutcomesRelease]:
    return OutcomesRelease.objects.filter(activity_key=activity_key)


def _real(activity_key: str) -> models.QuerySet[FirstAttempts]:
    """Everybody on record who is no test."""
    rows = FirstAttempts.objects.filter(activity_key=activity_key)
    return rows.annotate(test=F("reached").bitand(int(Reached.TEST))).filter(test=0)


def _moved(activity_key: str) -> int:
    """How many people have come, come further, or left, since the last step. Three queries."""
    shown = "participation__released_attempts"
    further = Q(**{f"{shown}__isnull": True}) | Q(**{f"{shown}__reached__lt": F("reached")})
    marked = ReleasedAttempts.objects.filter(activity_key=activity_key).annotate(
        test=F("reached").bitand(int(Reached.TEST)),
        now=F("participation__first_attempts__reached").bitand(int(Reached.TEST)),
    )
    deleted = ReleasedDeparted.objects.filter(activity_key=activity_key).annotate(
        test=F("reached").bitand(int(Reached.TEST))
    )
    left = marked.filter(test=0, now__gt=0).count() + deleted.filter(test=0).count()
    return _real(activity_key).filter(further).count() + left


def _tried(attempt: str) -> bool:
    """Whether a step was tried with nearly as many new people: it would be in vain again, and takes a while."""
    return not cache.add(attempt, 1, 24 * 3600)


def _try(activity_key: str, step: int, moved: int) -> str:
    return f"cme-step:{activity_key}:{step}:{moved}"


def _moves(
    past: list[Mapping[str, Shown]], trails: Mapping[int, str], kinds: Mapping[int, reading.Kind]
) -> steps.Moves:
    """How many people stood where at each step, and stand where now."""
    found: Counter[tuple[tuple[int | str, ...], reading.Kind]] = Counter()
    for pk, kind in kinds.items():
        found[wheres.stood_at(trails.get(pk, ""), len(past)), kind] += 1
    return found


def _places(past: list[Mapping[str, Shown]], table: str) -> list[dict[str, int]]:
    """The places of a table's groups at each step, by name."""
    return [{name: place for place, (name, _) in enumerate(one[table].atoms)} if table in one else {} for one in past]


def _copied(activity_key: str) -> Mapping[int, str]:
    """Everybody as they are now; gives the trail of each until now."""
    using = router.db_for_write(ReleasedAttempts)
    shown = {one.pk: one for one in ReleasedAttempts.objects.using(using).filter(activity_key=activity_key)}
    changed = []
    for one in FirstAttempts.objects.using(using).filter(activity_key=activity_key).order_by("pk").iterator():
        copy = {column: getattr(one, column) for column in _COPIED}
        before = shown.get(one.pk)
        if before is None or any(getattr(before, column) != value for column, value in copy.items()):
            changed.append(ReleasedAttempts(pk=one.pk, **copy))
    _write(changed, _COPIED)
    return {pk: one.trail for pk, one in shown.items()} | {one.pk: "" for one in changed if one.pk not in shown}


def _follow(trails: Mapping[int, str], stands: Mapping[int, str], number: int) -> None:
    """Write where everybody stands since this step, where that is another group than before. Tests stand nowhere."""
    moved: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for pk, text in trails.items():
        moved[text, stands.get(pk, "")].append(pk)
    few: list[ReleasedAttempts] = []
    using = router.db_for_write(ReleasedAttempts)
    for (text, where), pks in moved.items():
        trail = json.loads(text) if text else []
        if (trail[-1][1] if trail else "") == where:
            continue
        now = json.dumps([*trail, [number, where]], separators=(",", ":"))
        if len(pks) < _TOGETHER:
            few += (ReleasedAttempts(pk=pk, reached=0, trail=now) for pk in pks)
            continue
        for begin in range(0, len(pks), _CHUNK):
            some = pks[begin : begin + _CHUNK]
            ReleasedAttempts.objects.using(using).filter(pk__in=some).update(trail=now)
    _write(few, ("trail",))


def _write(rows: list[ReleasedAttempts], columns: tuple[str, ...]) -> None:
    using = router.db_for_write(ReleasedAttempts)
    target = connections[using].features.supports_update_conflicts_with_target
    ReleasedAttempts.objects.using(using).bulk_create(
        rows,
        batch_size=_CHUNK,
        update_conflicts=True,
        update_fields=list(columns),
        unique_fields=["participation"] if target else None,
    )


def _text(shown: Mapping[str, Shown]) -> str:
    return json.dumps(
        {
            table: {"atoms": one.atoms, "cells": {name: sorted(made_of) for name, made_of in one.cells.items()}}
            for table, one in shown.items()
        },
        separators=(",", ":"),
    )


def _tables(one: OutcomesRelease) -> Mapping[str, Shown]:
    trails = json.loads(one.trails)
    return {
        table: Shown(
            tuple((name, count) for name, count in each["atoms"]),
            {name: frozenset(made_of) for name, made_of in each["cells"].items()},
            standings.loads(trails[table]) if table in trails else {},
        )
        for table, each in json.loads(one.tables).items()
    }
