"""Deleting records whose time is over: the one way in which entries, claims and all that hangs on them ever go.

Every night the participations whose term has passed are looked at one by one, under a lock: nothing is deleted a day
earlier, nothing that is under a legal hold, still owed to an accreditor, or damaged. What goes leaves a certificate:
which kinds, how many, under which rule, and the hashes of the chains that ended; no name, no number of a person. With
it the anchors of the years before still hold. Source: spec R-1.14, R-6.5, R-6.6; ADR on evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import router

from cme_xblock.records import (
    audit_files,
    certificates,
    contention,
    editions,
    exports,
    holds,
    keys,
    purge,
    retention,
    verify,
)
from cme_xblock.records.certificates import gone_key
from cme_xblock.records.deletion_order import erase
from cme_xblock.records.models import Edition, Participation

__all__ = ["RETENTION", "Report", "TooEarly", "delete", "run"]

_PAGE = 100
RETENTION = "retention"


class TooEarly(RuntimeError):  # noqa: N818 - says what is the case
    """Somebody asked to delete a record before its term, or one that must stay for another reason."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Nothing was deleted: {why}.")


@dataclass
class Report:
    """How many participations were looked at, why those whose term has passed stay, and what was deleted.

    `young`: their term has not passed; `held`: legal hold; `owed`: a delivery is open; `damaged`: a hash does not fit,
    and a person must look first. `rows`: deleted rows by kind; in a dry run none.
    """

    looked: int = 0
    young: int = 0
    held: int = 0
    owed: int = 0
    damaged: int = 0
    deleted: int = 0
    certificates: int = 0
    rows: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Sorted:
    """One page: which of it may go, and until when each of those had to stay."""

    due: dict[int, date]
    young: set[int]
    held: set[int]
    owed: set[int]
    damaged: set[int]


def run(*, now: datetime, dry_run: bool) -> Report:
    """Delete what is over. Run it every night; it may be interrupted, and goes on the next time. `now`: aware.

    Raises ImproperlyConfigured where CME_RETAIN_YEARS is less than six.
    """
    report = Report()
    for page in _candidates(now):
        sorted_ = _sort(page, now=now)
        for name in ("young", "held", "owed", "damaged"):
            setattr(report, name, getattr(report, name) + len(getattr(sorted_, name)))
        report.looked += len(page)
        report.deleted += len(sorted_.due)
        due = [one for one in page if one.pk in sorted_.due]
        for activity_key in sorted({one.activity_key for one in due}) if not dry_run else ():
            same = [one.pk for one in due if one.activity_key == activity_key]
            report.rows += delete(same, now=now)
            report.certificates += 1
    return report


def delete(participations: Collection[int], *, now: datetime) -> Counter[str]:
    """Delete these participations of one activity with all that is theirs, and certify it; how many rows of each kind.

    All or nothing, in one transaction that locks them and asks everything again. Raises TooEarly where one of them must
    stay, and then nothing is deleted.
    """

    def work() -> Counter[str]:
        rows = list(Participation.objects.select_for_update().filter(pk__in=participations).order_by("pk"))
        found = _sort(rows, now=now)
        if len(found.due) < len(participations) or len({one.activity_key for one in rows}) != 1:
            kept = {name: len(getattr(found, name)) for name in ("young", "held", "owed", "damaged")}
            raise TooEarly(
                ", ".join(f"{number} {name}" for name, number in kept.items() if number) or "others came first"
            )
        chains = sorted((gone_key(one.uuid), one.head_seq, one.head_hash) for one in rows)
        gone = erase([one.pk for one in rows])
        facts = {
            "reason": RETENTION,
            "rule": f"{retention.years()} years after completion, or after the last entry if that is later",
            "activity_key": rows[0].activity_key,
            "last_day": max(found.due.values()).isoformat(),
            "counts": dict(gone),
        }
        certificates.certify(facts, chains, now=now)
        # Copies for download have these learners too.
        audit_files.forget({rows[0].activity_key})
        exports.forget({rows[0].activity_key})
        return gone

    return contention.run(work, using=router.db_for_write(Participation))


def _candidates(now: datetime) -> Iterator[list[Participation]]:
    """Participations that began long enough ago, a page at a time."""
    today = retention.earliest_today(now)
    before = now.replace(year=today.year - retention.years(), month=today.month, day=1)
    rows = Participation.objects.filter(started_at__lt=_month_later(before)).order_by("pk")
    last = 0
    while page := list(rows.filter(pk__gt=last)[:_PAGE]):
        yield page
        last = page[-1].pk


def _month_later(at: datetime) -> datetime:
    """The first of the month after: wide enough for every zone, and narrow enough to leave six years alone."""
    return at.replace(year=at.year + 1, month=1) if at.month == 12 else at.replace(month=at.month + 1)


def _sort(page: Sequence[Participation], *, now: datetime) -> _Sorted:
    today = retention.earliest_today(now)
    until = retention.until([one.pk for one in page])
    over = [one for one in page if until[one.pk] < today]
    held = _held(over)
    owed = set(
        purge.still_owed()
        .filter(participation_id__in=[one.pk for one in over])
        .values_list("participation_id", flat=True)
    )
    left = [one for one in over if one.pk not in held | owed]
    damaged = verify.damaged(left)
    return _Sorted(
        due={one.pk: until[one.pk] for one in left if one.pk not in damaged},
        young={one.pk for one in page} - {one.pk for one in over},
        held=held,
        owed=owed - held,
        damaged=damaged,
    )


def _held(over: Sequence[Participation]) -> set[int]:
    """Those that are under a hold: of their activity, its provider, or their learner."""
    providers = {key: _providers(key) for key in {one.activity_key for one in over}}
    asked = {one.learner_key for one in over} | set(providers)
    found = holds.held(asked.union(*providers.values()))
    return {
        one.pk for one in over if {one.activity_key, one.learner_key} & found or providers[one.activity_key] & found
    }


def _providers(activity_key: str) -> set[str]:
    """The keys of every provider that ever answered for an activity, by its editions."""
    found: set[str] = set()
    for sha256 in Edition.objects.filter(activity_key=activity_key).values_list("sha256", flat=True):
        try:
            found.add(keys.provider_key(editions.load(sha256)[sha256].provider.name))
        except (editions.EditionDamaged, ValueError):
            # Whose it is can't be said: `cme_verify` names the edition.
            continue
    return found - {""}
