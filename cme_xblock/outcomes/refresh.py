"""Bringing the first attempts of an activity up to date: only participations whose ledger has moved since are read.

Nothing is computed while a learner waits; a report asks for it first. It can be broken off and begun again at any
time, and two at once do the same work twice and no harm.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db import connections, models, router
from django.db.models import F, Q

from cme_xblock.outcomes import marks
from cme_xblock.participation.entries import Entry, Kind
from cme_xblock.participation.evaluation import PRACTICE
from cme_xblock.records import editions
from cme_xblock.records.models import Edition, EntryRow, FirstAttempts, Participation, PracticeFacts

_CHUNK = 500
_WRITTEN = (
    "activity_key", "seen_seq", "reached", "profession", "before_edition", "before", "after_edition", "after",
    "before_sure", "after_sure", "practice", "later_edition", "later",
)  # fmt: skip


def refresh(activity_key: str, *, limit: int | None = None) -> int:
    """Count what is new in that activity (keys.activity_key), at most `limit` participations; how many were counted.

    A participation whose ledger cannot be read is left as it was: `cme_verify` names it. A few queries for each 500.
    """
    done, after = 0, 0
    while limit is None or done < limit:
        size = _CHUNK if limit is None else min(_CHUNK, limit - done)
        moved = list(_moved(activity_key).filter(pk__gt=after).order_by("pk").values_list("pk", "head_seq")[:size])
        if not moved:
            break
        after = moved[-1][0]
        _count(activity_key, dict(moved))
        done += len(moved)
    return done


def waiting(activity_key: str) -> int:
    """How many participations have moved since they were counted. One query."""
    return _moved(activity_key).count()


def _moved(activity_key: str) -> models.QuerySet[Participation]:
    # A head only grows; "unlike" would make the database look for each row twice.
    stale = Q(first_attempts__isnull=True) | Q(first_attempts__seen_seq__lt=F("head_seq"))
    return Participation.objects.filter(stale, activity_key=activity_key, head_seq__gt=0)


def _count(activity_key: str, heads: Mapping[int, int]) -> None:
    chains = entries_of(heads)
    names = {one.edition for chain in chains.values() for one in chain}
    known = editions.load(names)
    rows = dict(Edition.objects.filter(activity_key=activity_key, sha256__in=names).values_list("sha256", "pk"))
    practice = {
        pk: "|".join(facts) if any(facts) else ""
        for pk, *facts in PracticeFacts.objects.filter(participation_id__in=list(heads)).values_list("pk", *PRACTICE)
    }
    found = [
        _row(activity_key, pk, heads[pk], marks.of(chain, known), rows, practice.get(pk, ""))
        for pk, chain in chains.items()
        if len(chain) >= heads[pk]
    ]
    using = router.db_for_write(FirstAttempts)
    target = connections[using].features.supports_update_conflicts_with_target
    FirstAttempts.objects.using(using).bulk_create(
        found,
        update_conflicts=True,
        update_fields=list(_WRITTEN),
        unique_fields=["participation"] if target else None,
    )


def entries_of(heads: Mapping[int, int]) -> Mapping[int, Sequence[Entry]]:
    """The entries up to the head of each; a row that is damaged ends its chain there."""
    columns = ("participation_id", "seq", "kind", "edition__sha256", "at", "payload", "prev", "hash")
    rows = EntryRow.objects.filter(participation_id__in=list(heads)).order_by("participation_id", "seq")
    chains: dict[int, list[Entry]] = defaultdict(list)
    broken: set[int] = set()
    for pk, seq, kind, edition, at, payload, prev, sha256 in rows.values_list(*columns).iterator(chunk_size=5000):
        if pk in broken or seq > heads[pk]:
            continue
        try:
            chains[pk].append(Entry(seq, Kind(kind), edition, at, json.loads(payload), prev, sha256))
        except (ValueError, TypeError):
            broken.add(pk)
    return chains


def _row(
    activity_key: str, pk: int, head: int, found: marks.Marks, rows: Mapping[str, int], practice: str
) -> FirstAttempts:
    return FirstAttempts(
        participation_id=pk,
        activity_key=activity_key,
        seen_seq=head,
        reached=int(found.reached),
        profession=found.profession,
        before_edition_id=rows.get(found.before_edition),
        before=found.before,
        after_edition_id=rows.get(found.after_edition),
        after=found.after,
        before_sure=found.before_sure,
        later_edition_id=rows.get(found.later_edition),
        later=found.later,
        after_sure=found.after_sure,
        practice=practice,
    )
