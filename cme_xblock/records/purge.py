"""Forgetting identifiers that nobody waits for any more.

An identifier is kept to be sent. When everything that needed it is settled, and the time in which a correction may
still be asked for is over, it goes, unless its learner agreed to be remembered. What is left is the record of credit,
which never had it. Counts are all that is reported. Source: spec R-6.6, R-6.8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from cme_xblock.records import consents
from cme_xblock.records.models import ConsentEvent, Delivery, Identifier
from cme_xblock.records.models.delivery import State

__all__ = ["NOT_OWED", "SETTLED", "Report", "keep_days", "purge", "still_owed"]

# What the engine is done with, and why a held one is not waiting for an identifier: `reporting` has the same words.
SETTLED = (State.ACCEPTED, State.REFUSED, State.DEAD, State.CANCELLED)
NOT_OWED = ("no_consent", "retired")

_SETTING = "CME_IDENTIFIER_KEEP_DAYS"
_KEEP_DAYS = 90
_PAGE = 100


@dataclass
class Report:
    """What was found: learners with identifiers, why those of some stay, and what was deleted.

    `purged` and `identifiers`: learners and rows that were, or in a dry run would be, deleted.
    """

    learners: int = 0
    owed: int = 0
    remembered: int = 0
    recent: int = 0
    purged: int = 0
    identifiers: int = 0


def keep_days() -> int:
    """For how many days identifiers stay after the last thing that needed them.

    .. setting_name: CME_IDENTIFIER_KEEP_DAYS
    .. setting_default: 90
    .. setting_description: Days for which a learner's identifiers are kept after the last delivery was settled, so that
        a correction need not ask for them again. Raises ImproperlyConfigured where it is no whole number from 0 up.
    """
    configured = getattr(settings, _SETTING, _KEEP_DAYS)
    if type(configured) is not int or configured < 0:
        message = f"{_SETTING} is a whole number of days, 0 or more: correct the setting."
        raise ImproperlyConfigured(message)
    return configured


def purge(*, now: datetime, dry_run: bool) -> Report:
    """Delete the identifiers of every learner to whose credit nothing is owed any more. Run it every night.

    Kept: what an open delivery needs; what was given, owed, settled or agreed to within `keep_days`; and all of a
    learner whose last word on being remembered is yes. A delivery that is held because the learner did not agree to
    sending is not waiting for an identifier. May run while learners write, and be interrupted. `now`: aware.
    """
    report = Report()
    horizon = now - timedelta(days=keep_days())
    for page in _learners():
        report.learners += len(page)
        due = set(page)
        for name, keep in (
            ("owed", set(still_owed().filter(_of(page)).values_list(_LEARNER, flat=True))),
            ("remembered", consents.remembered(page)),
            ("recent", _recent(page, horizon)),
        ):
            setattr(report, name, getattr(report, name) + len(due & keep))
            due -= keep
        report.purged += len(due)
        report.identifiers += _delete(sorted(due), horizon, dry_run=dry_run)
    return report


_LEARNER = "participation__learner_key"


def _learners() -> Iterator[list[str]]:
    """The keys of all learners who have identifiers, a page at a time."""
    last = ""
    rows = Identifier.objects.order_by("learner_key").values_list("learner_key", flat=True).distinct()
    while page := list(rows.filter(learner_key__gt=last)[:_PAGE]):
        yield page
        last = page[-1]


def _of(page: list[str]) -> Q:
    return Q(**{f"{_LEARNER}__in": page})


def still_owed() -> QuerySet[Delivery]:
    """What still may be sent, and may need an identifier."""
    return Delivery.objects.exclude(state__in=SETTLED).exclude(state=State.HELD, reason__in=NOT_OWED)


def _recent(page: list[str], horizon: datetime) -> set[str]:
    """Whose identifiers something happened to after `horizon`: given, owed for, settled, or a permission changed."""
    latest = (
        Identifier.objects.filter(learner_key__in=page).values_list("learner_key").annotate(Max("at")),
        Delivery.objects.filter(_of(page)).values_list(_LEARNER).annotate(Max("created_at")),
        Delivery.objects.filter(_of(page)).values_list(_LEARNER).annotate(Max("settled_at")),
        ConsentEvent.objects.filter(participation__learner_key__in=page)
        .values_list("participation__learner_key")
        .annotate(Max("at")),
    )
    return {learner for rows in latest for learner, at in rows.order_by() if at is not None and at > horizon}


def _delete(learners: list[str], horizon: datetime, *, dry_run: bool) -> int:
    """Delete, or count. Asked once more in the same statement, for a learner may have claimed since."""
    owed = still_owed().filter(**{_LEARNER: OuterRef("learner_key")})
    rows = Identifier.objects.filter(~Exists(owed), learner_key__in=learners, at__lte=horizon)
    if dry_run or not learners:
        return rows.count() if learners else 0
    return rows.delete()[0]
