"""Surveyors' leave to read: given for named activities and a time, taken back before it, and asked at each page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import router, transaction

from cme_xblock.records.models import SurveyorGrant
from cme_xblock.records.models.base import utc

__all__ = ["LONGEST", "end", "give", "holds", "of_activity", "of_reader"]

# A survey takes months; who comes back for the next one is let in anew.
LONGEST = timedelta(days=366)


def give(
    activity_keys: Collection[str],
    *,
    reader_id: str,
    reader_name: str,
    until: datetime,
    by: str,
    why: str,
    now: datetime,
) -> Sequence[SurveyorGrant]:
    """Let that person read these activities until then, one row for each. All of them, or none.

    Raises ValueError, in words for the administrator, where nobody, nothing or no proper time is named.
    """
    if not reader_id or not activity_keys:
        raise ValueError("Name the surveyor's account and at least one activity.")
    if not why.strip():
        raise ValueError("Say what the survey is, such as: ACCME reaccreditation 2026.")
    if not now < until <= now + LONGEST:
        raise ValueError(f"Choose an end after today and within {LONGEST.days} days.")
    rows = [
        SurveyorGrant(
            reader_id=reader_id,
            reader_name=reader_name[:255],
            activity_key=key,
            since=utc(now),
            until=utc(until),
            granted_by=by,
            granted_at=utc(now),
            why=why.strip()[:500],
        )
        for key in dict.fromkeys(activity_keys)
    ]
    with transaction.atomic(using=router.db_for_write(SurveyorGrant)):
        return SurveyorGrant.objects.bulk_create(rows)


def end(uuid: str, activity_key: str, *, by: str, now: datetime) -> bool:
    """Take one back. False where there is none of that activity, or it has ended already."""
    rows = SurveyorGrant.objects.filter(uuid=uuid, activity_key=activity_key, ended_at=None, until__gt=utc(now))
    return bool(rows.update(ended_at=utc(now), ended_by=by))


def holds(reader_id: str, *, now: datetime) -> frozenset[str]:
    """The keys of the activities that this person may read now. One query."""
    at = utc(now)
    rows = SurveyorGrant.objects.filter(reader_id=reader_id, until__gt=at, since__lte=at, ended_at=None)
    # A collation may take another id for the same: compared once more, letter by letter.
    found = rows.values_list("reader_id", "activity_key")
    return frozenset(key for reader, key in found if reader == reader_id)


def of_reader(reader_id: str) -> Sequence[SurveyorGrant]:
    """All that this person was ever given, the newest first."""
    rows = SurveyorGrant.objects.filter(reader_id=reader_id).order_by("-pk")
    return [row for row in rows if row.reader_id == reader_id]


def of_activity(activity_key: str) -> Sequence[SurveyorGrant]:
    """All that were let in here, the newest first."""
    return list(SurveyorGrant.objects.filter(activity_key=activity_key).order_by("-pk"))
