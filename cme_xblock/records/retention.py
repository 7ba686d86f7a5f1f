"""How long a record of credit has to be kept: six years at least, from its completion or its last correction.

Source: ACCME, CME activity and attendance records retention (six years from the date of the activity); spec R-1.14.
Nothing here deletes; who does asks here first.
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from cme_xblock.records.models import Claim, Participation

__all__ = ["LEAST_YEARS", "participation_until", "retain_until", "years"]

LEAST_YEARS = 6

_SETTING = "CME_RETAIN_YEARS"
_MOST_YEARS = 100


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


def participation_until(participation: Participation) -> date | None:
    """Until when one participation has to be kept; None where it bears no credit. One query.

    A claim that follows another one in the same credit system is a correction, made on the day when it was claimed.
    """
    until: date | None = None
    seen: set[str] = set()
    columns = ("system", "completed_on", "claimed_at", "zone")
    for system, completed_on, claimed_at, zone in (
        Claim.objects.filter(participation_id=participation.pk).order_by("pk").values_list(*columns)
    ):
        corrected_on = claimed_at.astimezone(ZoneInfo(zone)).date() if system in seen else None
        seen.add(system)
        found = retain_until(completed_on, corrected_on)
        until = max(until or found, found)
    return until
