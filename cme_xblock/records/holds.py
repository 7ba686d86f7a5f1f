"""Legal holds: that nothing of an activity, a provider or a learner may be deleted, until somebody lifts it.

The purge asks here before every deletion, in the transaction that deletes. Source: spec R-6.5; issue 7.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import IntegrityError, models, router, transaction

from cme_xblock.records.models import LegalHold, LegalHoldLift, LegalHoldSubject, Participation
from cme_xblock.records.models.base import utc

__all__ = ["Scope", "held", "lift", "of", "of_learners", "open_holds", "place", "severed", "subjects"]

Scope = LegalHold.Scope
_LONGEST = 500


def place(scope: str, key: str, *, name: str, by: str, reason: str, now: datetime, office: str = "") -> LegalHold:
    """Hold everything of that subject. `key`: keys.activity_key, provider_key or learner_key; `now`: aware.

    `name` is of an activity or a provider, for the list; of a learner there is none. `office`: keys.provider_key of
    the office that places it; empty for an operator. Raises ValueError where who or why is missing, or where no such
    scope exists.
    """
    _check(by, reason)
    if scope not in Scope.values or not key:
        raise ValueError("A hold is on an activity, a provider or a learner: say which.")
    shown = "" if scope == Scope.LEARNER else name[:255]
    with transaction.atomic(using=router.db_for_write(LegalHold)):
        hold = LegalHold.objects.create(
            scope=scope, name=shown, by=by, reason=reason.strip(), at=utc(now), office=office
        )
        LegalHoldSubject.objects.create(hold=hold, key=key)
    return hold


def lift(uuid: str, *, by: str, reason: str, now: datetime) -> bool:
    """Say that a hold is over. False where there is none, or it was lifted before. Raises ValueError as `place`."""
    _check(by, reason)
    hold = LegalHold.objects.filter(uuid=uuid, lift=None).first()
    if hold is None:
        return False
    try:
        with transaction.atomic(using=router.db_for_write(LegalHold)):
            LegalHoldLift.objects.create(hold=hold, by=by, reason=reason.strip(), at=utc(now))
    except IntegrityError:
        # Somebody else lifted it at this moment.
        return False
    return True


def open_holds() -> models.QuerySet[LegalHold]:
    """All holds that are not lifted, oldest first."""
    return LegalHold.objects.filter(lift=None).order_by("pk")


def of(keys: Collection[str]) -> models.QuerySet[LegalHold]:
    """The holds on any of these subjects, lifted ones too, newest first."""
    return LegalHold.objects.filter(subjects__key__in=list(keys)).select_related("lift").order_by("-pk").distinct()


def of_learners(keys: Collection[str], *, office: str) -> models.QuerySet[LegalHold]:
    """The holds on these learners (keys.learner_key) that this office placed; another office has a case of its own."""
    rows = LegalHold.objects.filter(scope=Scope.LEARNER, office=office, subjects__key__in=list(keys))
    return rows.select_related("lift").order_by("-pk").distinct()


def held(keys: Iterable[str]) -> set[str]:
    """Those of the keys on which there is a hold now. One query."""
    wanted = set(keys)
    rows = LegalHoldSubject.objects.filter(key__in=wanted, hold__lift=None)
    return set(rows.values_list("key", flat=True))


def subjects(scope: str) -> set[str]:
    """What holds of that scope are on, lifted ones too. One query: there are few."""
    return set(LegalHoldSubject.objects.filter(hold__scope=scope).values_list("key", flat=True))


def severed(learner_key: str, participations: Collection[int]) -> None:
    """A learner was retired: holds go on, on the sealed participations. For `retirement.seal`, in its transaction.

    Nothing is left that was made of the learner's id.
    """
    rows = list(LegalHoldSubject.objects.filter(key=learner_key))
    if not rows:
        return
    new = list(Participation.objects.filter(pk__in=participations).values_list("learner_key", flat=True))
    LegalHoldSubject.objects.bulk_create(
        LegalHoldSubject(hold_id=hold, key=key) for hold in {one.hold_id for one in rows} for key in new
    )
    LegalHoldSubject.objects.filter(pk__in=[one.pk for one in rows]).delete()


def _check(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip() or len(reason) > _LONGEST:
        raise ValueError(f"Say who and why, in at most {_LONGEST} characters: both are kept.")
