"""The numbers under which accreditors know activities: pinned once they are learned, and read by whoever reports."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, router, transaction

from cme_xblock.records import keys
from cme_xblock.records.models import ActivityNumber

__all__ = ["NumberTaken", "forget", "pin", "pinned"]


class NumberTaken(RuntimeError):  # noqa: N818 - says what is the case
    """The activity has another number already; replacing it is a person's decision."""

    def __init__(self, there: str) -> None:
        super().__init__(f"The activity is known under {there}. Replace that only if you know that it is wrong.")
        self.there = there


def pinned(name: str, activity_key: str) -> str:
    """The number of that name that the activity has, or "". One query."""
    rows = ActivityNumber.objects.filter(key=keys.number_key(name, activity_key))
    return rows.values_list("number", flat=True).first() or ""


def pin(name: str, activity_key: str, number: str, *, endpoint: str, now: datetime, replace: bool = False) -> bool:
    """Keep that number for the activity; False where it is there already.

    `endpoint`: who learned it, "" for a person. Raises NumberTaken where it has another one, unless `replace`.
    """
    key = keys.number_key(name, activity_key)
    try:
        with transaction.atomic(using=router.db_for_write(ActivityNumber)):
            ActivityNumber.objects.create(
                key=key, name=name, activity_key=activity_key, number=number, endpoint=endpoint, at=now
            )
        return True
    except IntegrityError:
        there = ActivityNumber.objects.get(key=key).number
    if there == number:
        return False
    if there and not replace:
        raise NumberTaken(there)
    return bool(ActivityNumber.objects.filter(key=key, number=there).update(number=number, endpoint=endpoint, at=now))


def forget(name: str, activity_key: str, *, now: datetime) -> bool:
    """Take the number away, where the accreditor deleted the activity and gives another; whether there was one."""
    rows = ActivityNumber.objects.filter(key=keys.number_key(name, activity_key)).exclude(number="")
    return bool(rows.update(number="", endpoint="", at=now))
