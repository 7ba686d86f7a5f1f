"""Codes, dates and amounts as an administrator reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import formats, timezone

from cme_xblock.activity.message import N_
from cme_xblock.console.participants.derive import Reported, State
from cme_xblock.participation.entries import Kind
from cme_xblock.records.models.delivery import State as Sent
from cme_xblock.rules import credit_system, professions
from cme_xblock.rules.amounts import number

STATES: Mapping[str, str] = {
    State.BEGUN: N_("Begun"),
    State.STUDYING: N_("Under way"),
    State.FAILED: N_("Assessment not passed"),
    State.PASSED: N_("Passed, nothing claimed"),
    State.CLAIMED: N_("Credit claimed"),
    State.NO_CREDIT: N_("Completed without credit"),
    State.WITHDRAWN: N_("Credit withdrawn"),
    State.TEST: N_("Test account"),
}
REPORTED: Mapping[str, str] = {
    Reported.NONE: N_("Nothing owed"),
    Reported.HELD: N_("Held: something is missing"),
    Reported.WAITING: N_("On its way"),
    Reported.STUCK: N_("Refused or given up"),
    Reported.DELIVERED: N_("Delivered"),
}
SENT: Mapping[str, str] = {
    Sent.HELD: N_("Held"),
    Sent.READY: N_("Ready to send"),
    Sent.SENDING: N_("Being sent"),
    Sent.PENDING: N_("The receiver has not decided"),
    Sent.ACCEPTED: N_("Accepted"),
    Sent.REFUSED: N_("Refused"),
    Sent.UNKNOWN: N_("May have arrived"),
    Sent.DEAD: N_("Given up"),
    Sent.CANCELLED: N_("Cancelled"),
}
# How a state looks: the last part of a class of console.css.
LOOKS: Mapping[str, str] = {
    Sent.HELD: "soon",
    Sent.REFUSED: "bad",
    Sent.DEAD: "bad",
    Sent.UNKNOWN: "soon",
    Sent.ACCEPTED: "good",
    Reported.STUCK: "bad",
    Reported.DELIVERED: "good",
}
KINDS: Mapping[str, str] = {
    Kind.DISCLOSURE_ACKNOWLEDGED: N_("Disclosures acknowledged"),
    Kind.BASELINE_SUBMITTED: N_("Baseline submitted"),
    Kind.CONTENT_COMPLETED: N_("Content completed"),
    Kind.ASSESSMENT_SUBMITTED: N_("Assessment submitted"),
    Kind.EVALUATION_SUBMITTED: N_("Evaluation submitted"),
    Kind.CREDIT_CLAIMED: N_("Credit claimed"),
    Kind.COMPLETED_WITHOUT_CREDIT: N_("Completed without credit"),
    Kind.CREDIT_CORRECTED: N_("Credit corrected"),
    Kind.CREDIT_VOIDED: N_("Credit withdrawn"),
    Kind.ATTEMPTS_RESET: N_("Attempts given anew"),
    Kind.REGRADED: N_("Scored by a corrected key"),
    Kind.TEST_MARKED: N_("Marked as a test, or as none"),
    Kind.INCIDENT_RECORDED: N_("Told of an error in what was shown"),
    Kind.ATTENDANCE_RECORDED: N_("Attendance recorded"),
    Kind.ATTENDANCE_REFUSED: N_("Attendance code not taken"),
    Kind.ATTENDANCE_WITHDRAWN: N_("Attendance withdrawn"),
    Kind.RETENTION_SUBMITTED: N_("Questions answered again, some time later"),
}


def day(value: date | None) -> str:
    """A civil date in the reader's language; a dash where there is none."""
    return str(formats.date_format(value, "DATE_FORMAT")) if value else "–"


def moment(value: object, zone: str = "") -> str:
    """An instant in that zone, or in the site's, which is named; the text itself where it is no instant."""
    if not isinstance(value, datetime):
        return str(value)
    try:
        local = value.astimezone(ZoneInfo(zone)) if zone else timezone.localtime(value)
    except (ZoneInfoNotFoundError, ValueError):
        local = timezone.localtime(value)
    return f"{formats.date_format(local, 'DATETIME_FORMAT')} ({local.tzname()})"


def amount(value: Decimal, system: str, gettext: Callable[[str], str]) -> str:
    """An amount of credit with its unit: 0.5 AMA PRA Category 1 Credit."""
    return f"{formats.number_format(number(value))} {system_name(system, gettext)}"


def system_name(code: str, gettext: Callable[[str], str]) -> str:
    """What a credit system is called; its code where nobody knows it any more."""
    found = credit_system.load().get(code)
    return gettext(found.short_name) if found else code


def profession(code: str, gettext: Callable[[str], str]) -> str:
    """What a profession is called; a dash for none."""
    found = professions.load().get(code)
    return gettext(found.label) if found else code or "–"
