"""Two accounts of one person: linked, and what both hold of the same credit counted once. Spec part 7, cases 3 and 26.

Nothing is moved: entries and claims stay where they were earned (docs/decisions/0027). For the console and `manage.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import router, transaction

from cme_xblock.credit import staff
from cme_xblock.credit.staff import Done
from cme_xblock.participation.correction import Who
from cme_xblock.records import accounts, claims, keys
from cme_xblock.records.models import AccountLink, Claim

__all__ = ["Merged", "merge"]


@dataclass(frozen=True)
class Merged:
    """What a merge did: how many claims are read together now, and what became of each that was there twice."""

    claims: int
    doubled: tuple[Done, ...]


def merge(given_up: str, kept: str, who: Who, *, now: datetime, dry_run: bool = False) -> Merged:
    """Link two accounts, by the host's ids, and withdraw the later of two live claims of one activity and credit.

    Both transcripts show all of it from then on, and neither account can claim what the other one has. Doing it again
    changes nothing. Raises accounts.MergeRefused, ValueError for unusable ids, LedgerBusy and LedgerBroken.
    """
    first, second = keys.learner_key(given_up), keys.learner_key(kept)
    using = router.db_for_write(AccountLink)
    with transaction.atomic(using=using):
        accounts.link(first, second, by=who.by, reason=who.reason, now=now)
        found = Claim.objects.filter(participation__learner_key__in=accounts.of(second), live__isnull=False)
        live = list(found.select_related("participation").order_by("claimed_at", "pk"))
        doubled = tuple(_withdrawn(one, who, now=now) for one in _later(live))
        if dry_run:
            transaction.set_rollback(True, using=using)
    return Merged(len(live), doubled)


def _later(live: list[Claim]) -> Iterator[Claim]:
    """Every claim of what an earlier one has already: the first one stays, for it is the one that was told."""
    seen: set[tuple[str, str]] = set()
    for one in live:
        place = (one.participation.activity_key, one.system)
        if place in seen:
            yield one
        seen.add(place)


def _withdrawn(claim: Claim, who: Who, *, now: datetime) -> Done:
    found = claims.by_uuid(claim.uuid)
    # It was read a moment ago, and nothing is ever deleted.
    return staff.withdraw(found or claim, who, now=now)
