"""Civil time of an activity: its zone, the civil date of an instant there, and the limits that dates set.

Knows dates and zones, not learners. Source: spec part 7, cases 4, 8 and 9; R-1.16.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from cme_xblock.activity.days import add_days, add_years
from cme_xblock.activity.model import Activity

__all__ = [
    "add_days",
    "add_years",
    "civil_date",
    "claim_over",
    "edition_day",
    "expired",
    "find_zone",
    "last_claim_day",
    "released",
    "zone",
]


@lru_cache(maxsize=256)
def find_zone(name: str) -> ZoneInfo | None:
    """The IANA time zone of that name, or None. Names come from authors, so a path or a folder's name is no error."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None


def zone(activity: Activity) -> tzinfo:
    """The activity's time zone; UTC while it names none that exists, which `check.py` blocks."""
    return find_zone(activity.time_zone) or UTC


def civil_date(activity: Activity, instant: datetime) -> date:
    """The civil date of an aware instant in the activity's zone: the date that credit carries. Source: cases 8, 9."""
    try:
        return instant.astimezone(zone(activity)).date()
    except OverflowError:
        return instant.date()


def edition_day(activity: Activity) -> date | None:
    """The day whose wordings and profiles an edition uses, its last review or release: so it always says the same."""
    return activity.last_review or activity.release


def released(activity: Activity, now: datetime) -> bool:
    """Whether the release date has come, in the activity's zone."""
    return activity.release is None or civil_date(activity, now) >= activity.release


def expired(activity: Activity, now: datetime) -> bool:
    """Whether the expiry date is over: it counts until 23:59:59 of that date in the activity's zone. Source: case 4."""
    return activity.expiry is not None and civil_date(activity, now) > activity.expiry


def last_claim_day(activity: Activity) -> date | None:
    """The last civil date on which a completion in time may be claimed; None without expiry. Source: case 4."""
    return None if activity.expiry is None else add_days(activity.expiry, max(0, activity.claim.window_days))


def claim_over(activity: Activity, now: datetime) -> bool:
    """Whether the last day on which a completion may be claimed is over, in the activity's zone."""
    last = last_claim_day(activity)
    return last is not None and civil_date(activity, now) > last
