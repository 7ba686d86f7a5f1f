"""Bringing the list of participants up to date: only what was written since is read, a little at each look.

Entries and attempts to deliver are only ever added, so a mark says up to which of them the list is true. The mark stays
half a minute behind, because a transaction that began earlier may commit later. What this still misses is found by
`everything`, which the command `cme_participants` runs. Several at once put themselves in order by a lock on the mark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connections, models, router, transaction
from django.db.models import F, Q

from cme_xblock.console.participants import derive
from cme_xblock.console.participants.derive import Owed, Reported, Shown
from cme_xblock.outcomes import refresh as chains
from cme_xblock.records import editions
from cme_xblock.records.models import (
    Claim,
    Delivery,
    DeliveryAttempt,
    DeliveryDecision,
    EntryRow,
    Participant,
    ParticipantFacet,
    Participation,
    RefreshMark,
)
from cme_xblock.records.models.delivery import State as Sent
from cme_xblock.records.models.participant import NAMELESS

__all__ = ["everything", "refresh"]

# So many participations are counted while somebody waits.
AT_ONCE = 100
_SCAN = 5000
_BEHIND = timedelta(seconds=30)
_ENTRIES, _ATTEMPTS, _DECISIONS = "entries", "attempts", "decisions"
_WRITTEN = ("activity_key", "seen_seq", "facet", "state", "profession", "systems", "delivery", "by_name", "by_family",
            "moved_at")  # fmt: skip


def refresh(*, now: datetime, limit: int = AT_ONCE, first: str = "") -> int:
    """Count what was written since, of every activity, at most `limit` participations; how many were counted.

    `first`: the activity (keys.activity_key) that somebody looks at, whose own come before the others'. Does nothing
    where another process is at it. `now`: an aware datetime.
    """
    using = router.db_for_write(Participant)
    with transaction.atomic(using=using):
        marks = _locked(using)
        if marks is None:
            return 0
        done = _entries(marks[_ENTRIES], now=now, limit=limit, first=first)
        for name, rows, at in (
            (_ATTEMPTS, DeliveryAttempt.objects.filter(delivery__participation__isnull=False), "ended_at"),
            (_DECISIONS, DeliveryDecision.objects.filter(delivery__participation__isnull=False), "at"),
        ):
            _deliveries(marks[name], rows, at, now=now)
        _released(now=now)
    return done


def everything(*, now: datetime, anew: bool = False) -> int:
    """The same until nothing is left; how many were counted. `anew`: from the first row of all, for what was missed."""
    if anew:
        RefreshMark.objects.filter(name__in=(_ENTRIES, _ATTEMPTS, _DECISIONS)).update(seen=0)
    total = 0
    while True:
        before = dict(RefreshMark.objects.values_list("name", "seen"))
        done = refresh(now=now, limit=1000)
        total += done
        if not done and dict(RefreshMark.objects.values_list("name", "seen")) == before:
            return total


def _locked(using: str) -> Mapping[str, RefreshMark] | None:
    """The marks, locked; None where another process has them."""
    names = (_ATTEMPTS, _DECISIONS, _ENTRIES)
    rows = RefreshMark.objects.using(using).filter(name__in=names).order_by("name")
    features = connections[using].features
    if not features.has_select_for_update:
        # First of all: a transaction that reads first and writes later is thrown out where another one wrote meanwhile.
        rows.order_by().update(seen=F("seen"))
    if rows.count() < len(names):
        for name in names:
            RefreshMark.objects.using(using).get_or_create(name=name)
    skip = bool(features.has_select_for_update_skip_locked)
    found = {one.name: one for one in rows.select_for_update(skip_locked=skip)}
    return found if len(found) == len(names) else None


def _entries(mark: RefreshMark, *, now: datetime, limit: int, first: str) -> int:
    rows = EntryRow.objects.filter(pk__gt=mark.seen).order_by("pk")
    scanned = list(rows.values_list("pk", "participation_id", "at")[:_SCAN])
    if not scanned:
        return 0
    moved = _moved(Q(pk__in={one for _, one, _ in scanned}), limit + 1)
    if first and (len(moved) > limit or len(scanned) == _SCAN):
        # There is more than one look takes: the list that is looked at comes first, wherever its entries stand.
        here = _moved(Q(activity_key=first), limit)
        moved = [*here, *(one for one in moved if one not in here)]
    _count(moved[:limit])
    if len(moved) <= limit:
        _advance(mark, [(pk, at) for pk, _, at in scanned], now=now)
    return min(len(moved), limit)


def _moved(which: Q, most: int) -> list[_Moved]:
    stale = Q(participant__isnull=True) | Q(participant__seen_seq__lt=F("head_seq"))
    rows = Participation.objects.filter(stale, which, head_seq__gt=0).order_by("pk")
    return [_Moved(*one) for one in rows.values_list("pk", "head_seq", "activity_key", "sealed_at")[:most]]


def _deliveries(mark: RefreshMark, rows: models.QuerySet, at: str, *, now: datetime) -> None:
    found = rows.filter(pk__gt=mark.seen).order_by("pk").values_list("pk", "delivery__participation_id", at)
    scanned = list(found[:_SCAN])
    _recount({one for _, one, _ in scanned})
    _advance(mark, [(pk, moment) for pk, _, moment in scanned], now=now)


def _released(*, now: datetime) -> None:
    """What stood as held and has become ready leaves no attempt until it is sent."""
    rows = Delivery.objects.filter(state=Sent.READY, next_attempt_at__gt=now - 2 * _BEHIND)
    held = rows.filter(participation__participant__delivery=Reported.HELD)
    _recount(set(held.values_list("participation_id", flat=True)[:_SCAN]))


def _advance(mark: RefreshMark, scanned: Sequence[tuple[int, datetime]], *, now: datetime) -> None:
    """Move the mark to the last row that is old enough for every earlier one to be committed."""
    settled = mark.seen
    for pk, at in scanned:
        if isinstance(at, datetime) and at > now - _BEHIND:
            break
        settled = pk
    if settled != mark.seen:
        RefreshMark.objects.filter(pk=mark.pk).update(seen=settled)


@dataclass(frozen=True)
class _Moved:
    pk: int
    head: int
    activity_key: str
    sealed_at: datetime | None


def _count(moved: Sequence[_Moved]) -> None:
    if not moved:
        return
    heads = {one.pk: one.head for one in moved}
    found = chains.entries_of(heads)
    known = editions.load({one.edition for chain in found.values() for one in chain})
    owed, names = _owed(heads), _names([one.pk for one in moved if one.sealed_at is None])
    rows = []
    for one in moved:
        chain = found.get(one.pk, ())
        if len(chain) < one.head:
            # Its ledger can't be read: `cme_verify` names it.
            continue
        shown, delivery = derive.of_entries(chain, known), derive.reported(owed.get(one.pk, ()))
        name = names.get(one.pk, "")
        rows.append(_row(one, shown, delivery, name, moved_at=chain[-1].at))
    _store(rows)


def _row(one: _Moved, shown: Shown, delivery: Reported, name: str, *, moved_at: datetime) -> Participant:
    return Participant(
        participation_id=one.pk,
        activity_key=one.activity_key,
        seen_seq=one.head,
        facet=derive.facet(shown, delivery),
        state=shown.state,
        profession=shown.profession,
        systems=shown.systems,
        delivery=delivery,
        by_name=derive.sort_key(name) or NAMELESS,
        by_family=derive.family_key(name) or NAMELESS,
        moved_at=moved_at,
    )


def _recount(participations: Collection[int]) -> None:
    """Only how the reports of these stand."""
    owed = _owed(participations)
    changed = []
    for row in Participant.objects.filter(pk__in=list(participations)):
        delivery = derive.reported(owed.get(row.pk, ()))
        if delivery != row.delivery:
            row.delivery = delivery
            row.facet = derive.facet(Shown(derive.State(row.state), row.profession, row.systems), delivery)
            changed.append(row)
    _store(changed)


def _owed(participations: Iterable[int]) -> Mapping[int, Sequence[Owed]]:
    rows = Delivery.objects.filter(participation_id__in=list(participations), claim__isnull=False).values_list(
        "participation_id", "endpoint", "subject", "kind", "operation", "revision", "state", "claim__live"
    )
    found: dict[int, list[Owed]] = defaultdict(list)
    for pk, endpoint, subject, kind, operation, revision, state, live in rows:
        found[pk].append(Owed((endpoint, subject, kind, operation), revision, state, live is not None))
    return found


def _names(participations: Sequence[int]) -> Mapping[int, str]:
    """The name on the last certificate, of those that count if any does."""
    rows = Claim.objects.filter(participation_id__in=list(participations)).order_by("pk")
    found: dict[int, tuple[bool, str]] = {}
    for pk, name, live in rows.values_list("participation_id", "name_certified", "live"):
        if live is not None or not found.get(pk, (False,))[0]:
            found[pk] = (live is not None, name)
    return {pk: name for pk, (_, name) in found.items()}


def _store(rows: Sequence[Participant]) -> None:
    """Write the rows, and move the counts by what changed. The caller holds the mark's lock."""
    if not rows:
        return
    old = dict(Participant.objects.filter(pk__in=[one.pk for one in rows]).values_list("pk", "facet"))
    moves: dict[tuple[str, str], int] = defaultdict(int)
    samples: dict[tuple[str, str], Participant] = {}
    for one in rows:
        if old.get(one.pk) != one.facet:
            if one.pk in old:
                moves[one.activity_key, old[one.pk]] -= 1
            moves[one.activity_key, one.facet] += 1
            samples[one.activity_key, one.facet] = one
    using = router.db_for_write(Participant)
    target = connections[using].features.supports_update_conflicts_with_target
    Participant.objects.using(using).bulk_create(
        rows,
        update_conflicts=True,
        update_fields=list(_WRITTEN),
        unique_fields=["participation"] if target else None,
        batch_size=500,
    )
    for (activity_key, facet), by in moves.items():
        _move(activity_key, facet, by, samples.get((activity_key, facet)))


def _move(activity_key: str, facet: str, by: int, sample: Participant | None) -> None:
    counts = ParticipantFacet.objects.filter(activity_key=activity_key, facet=facet)
    if not by or counts.update(people=F("people") + by) or sample is None:
        return
    ParticipantFacet.objects.create(
        activity_key=activity_key,
        facet=facet,
        state=sample.state,
        profession=sample.profession,
        systems=sample.systems,
        delivery=sample.delivery,
        people=by,
    )
