"""How long a record of credit has to be kept: six years at least, from its completion or its last correction.

Source: ACCME, CME activity and attendance records retention (six years from the date of the activity); spec R-1.14.
Nothing here deletes; `deletion`, which does, asks here first.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import F

from cme_xblock.records.models import Claim, Participation

__all__ = ["LEAST_YEARS", "earliest_today", "participation_until", "retain_until", "until", "years"]

LEAST_YEARS = 6

_SETTING = "CME_RETAIN_YEARS"
_MOST_YEARS = 100
# Where a civil day begins first, so that what is done at a moment has the latest date; and where it begins last.
_AHEAD, _BEHIND = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


def years() -> int:
    """For how many years a record of credit is kept here.

    .. setting_name: CME_RETAIN_YEARS
    .. setting_default: 6
    .. setting_description: Years from completion, or from the last correction, for which a record of credit is kept.
        Six is what accreditors ask for; more is allowed, less is refused. Raises ImproperlyConfigured then.
    """
    configured = getattr(settings, _SETTING, LEAST_YEARS)
    if type(configured) is not int or not LEAST_YEARS <= configured <= _MOST_YEARS:
        message = f"{_SETTING} is a whole number of years from {LEAST_YEARS} to {_MOST_YEARS}: correct the setting."
        raise ImproperlyConfigured(message)
    return configured


def retain_until(completed_on: date, corrected_on: date | None = None) -> date:
    """The last day on which the record must be there: years after the completion or, if later, the last correction.

    Dates are civil dates in the activity's time zone. What began on 29 February ends on 1 March, for six years are not
    over on the 28th.
    """
    since = max(completed_on, corrected_on or completed_on)
    year = since.year + years()
    try:
        return since.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def participation_until(participation: Participation) -> date:
    """Until when one participation has to be kept. Three queries; see `until`."""
    return until([participation.pk])[participation.pk]


def until(participations: Collection[int]) -> dict[int, date]:
    """Until when each of these participations, by primary key, has to be kept. Three queries.

    Years after the completion of a claim or, if later, after the last entry: a correction, a withdrawal and a new
    grading are entries too. That holds without a claim as well, for taking part is a record of its own (R-1.14). Days
    are those of the claim's zone and, where there is none, of the zone that is farthest ahead.
    """
    days: dict[int, list[date]] = {pk: [] for pk in participations}
    zones: dict[int, tzinfo] = {}
    claims = Claim.objects.filter(participation_id__in=participations).order_by("pk")
    for owner, completed_on, claimed_at, zone in claims.values_list(
        "participation_id", "completed_on", "claimed_at", "zone"
    ):
        zones[owner] = ZoneInfo(zone)
        days[owner] += [completed_on, claimed_at.astimezone(zones[owner]).date()]
    last = Participation.objects.filter(pk__in=participations, entries__seq=F("head_seq"))
    for owner, at in last.values_list("pk", "entries__at"):
        days[owner].append(at.astimezone(zones.get(owner, _AHEAD)).date())
    for owner, started_at in Participation.objects.filter(pk__in=[pk for pk in days if not days[pk]]).values_list(
        "pk", "started_at"
    ):
        days[owner].append(started_at.astimezone(_AHEAD).date())
    return {owner: retain_until(max(found)) for owner, found in days.items() if found}


def earliest_today(now: datetime) -> date:
    """The civil date where it is earliest on earth: what is over there is over everywhere. `now`: aware."""
    return now.astimezone(_BEHIND).date()
