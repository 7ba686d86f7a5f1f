"""Codes as people read them, and dates and amounts in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import formats

from cme_xblock.activity.codes import Format
from cme_xblock.activity.message import N_
from cme_xblock.participation.progress import Part
from cme_xblock.rules.amounts import number

PARTS: Mapping[Part, str] = {
    Part.OVERVIEW: N_("Overview"),
    Part.BASELINE: N_("Baseline"),
    Part.CONTENT: N_("Content"),
    Part.ATTENDANCE: N_("Attendance"),
    Part.ASSESSMENT: N_("Assessment"),
    Part.EVALUATION: N_("Evaluation"),
    Part.CLAIM: N_("Claim"),
    Part.CERTIFICATE: N_("Certificate"),
    Part.FOLLOW_UP: N_("Follow-up"),
    Part.RETENTION: N_("What has stayed"),
}

FORMATS: Mapping[Format, str] = {
    Format.LIVE: N_("Live activity"),
    Format.RSS: N_("Regularly scheduled series"),
    Format.ENDURING: N_("Enduring material"),
    Format.JOURNAL: N_("Journal-based CME activity"),
    Format.TEST_ITEM_WRITING: N_("Test-item writing activity"),
    Format.MANUSCRIPT_REVIEW: N_("Manuscript review activity"),
    Format.PI_CME: N_("PI CME activity"),
    Format.POINT_OF_CARE: N_("Internet point-of-care activity"),
    Format.OTHER: N_("Other activity"),
}


def day(value: date | None) -> str:
    """A civil date in the reader's language; a dash where there is none."""
    return str(formats.date_format(value, "DATE_FORMAT")) if value else "–"


def amount(value: Decimal) -> str:
    """An amount of credit in the reader's language: 0.25 in English, 0,25 in German. What is sent stays 0.25."""
    return str(formats.number_format(number(value)))


def moment(value: datetime, zone: str) -> str:
    """An instant in the activity's zone, which is named, in the reader's language."""
    local = value.astimezone(ZoneInfo(zone))
    return f"{formats.date_format(local, 'DATETIME_FORMAT')} ({local.tzname()})"
