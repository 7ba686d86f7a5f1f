"""Deadlines of one completed credit: until when it can be claimed and must be reported, and when to warn before.

For console, engine and reminders alike; what the days are is the credit system's data. All dates are civil dates in the
activity's zone, and a deadline is the last day that is in time. Source: spec R-3.4 (ACPE: 60 days, alerts at 30, 45 and
55), R-3.8 (AOA: a year), R-4.5 (ABIM: by 31 December, alert on 1 December); part 7, cases 4, 8 and 35; part 9.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from cme_xblock.activity.message import N_, Message
from cme_xblock.rules import calendar
from cme_xblock.rules.credit_system import CreditSystem

# Of 60 days: the 30th, the 45th and the 55th.
_SHARES = (Fraction(1, 2), Fraction(3, 4), Fraction(11, 12))
_DECEMBER = 12


class Step(StrEnum):
    """What has to be done by a deadline."""

    CLAIM = "claim"
    REPORT = "report"


class Stage(StrEnum):
    """How near a deadline is. FINE: no warning yet; three warnings; OVER: the last day has passed."""

    FINE = "fine"
    FIRST = "first"
    SECOND = "second"
    LAST = "last"
    OVER = "over"


@dataclass(frozen=True)
class Deadline:
    """One deadline on one day. `due` is the last day in time; `days_left` is negative behind it; `message` says it."""

    step: Step
    system: str
    due: date
    days_left: int
    stage: Stage
    message: Message


def report_by(system: CreditSystem, completed_on: date) -> date | None:
    """The last day on which the credit can be reported, the earliest where there are several; None without one."""
    days = [calendar.add_days(completed_on, system.report_within_days)] if system.report_within_days else []
    return min([*days, *([_year_end(completed_on)] if system.reported_by_year_end else [])], default=None)


def claim_by(system: CreditSystem, completed_on: date) -> date | None:
    """The last day on which the system lets the credit be claimed; None without one. See also `locks.py`."""
    return calendar.add_days(completed_on, system.claim_within_days) if system.claim_within_days else None


def warn_on(system: CreditSystem, completed_on: date) -> tuple[date, date, date] | None:
    """The three days from which to warn that a credit is not reported yet; None without a deadline.

    Of days counted from the completion: half, three quarters, and eleven twelfths of them. Of a year's end: 1, 15 and
    24 December. No warning lies before the completion.
    """
    due = report_by(system, completed_on)
    if due is None:
        return None
    if system.report_within_days and due == calendar.add_days(completed_on, system.report_within_days):
        found = [calendar.add_days(completed_on, int(system.report_within_days * share)) for share in _SHARES]
    else:
        found = [max(completed_on, date(completed_on.year, _DECEMBER, day)) for day in (1, 15, 24)]
    return found[0], found[1], found[2]


def to_report(system: CreditSystem, completed_on: date, *, today: date) -> Deadline | None:
    """How near the deadline of reporting is, for a credit that no receiver has yet; None without a deadline."""
    due, warnings = report_by(system, completed_on), warn_on(system, completed_on)
    if due is None or warnings is None:
        return None
    left = (due - today).days
    params = {"system": system.short_name, "date": due.isoformat(), "days": str(abs(left))}
    if left < 0:
        over = N_("Had to be reported by {date} and is {days} days late ({system}). Write to the accreditor.")
        return Deadline(Step.REPORT, system.code, due, left, Stage.OVER, Message(over, params))
    stage = (Stage.FINE, Stage.FIRST, Stage.SECOND, Stage.LAST)[sum(day <= today for day in warnings)]
    return Deadline(
        Step.REPORT,
        system.code,
        due,
        left,
        stage,
        Message(N_("To be reported by {date}, in {days} days ({system})."), params),
    )


def to_claim(system: CreditSystem, completed_on: date, *, today: date) -> Deadline | None:
    """How near the deadline of claiming is, for a credit that nobody has claimed yet; None without a deadline."""
    due = claim_by(system, completed_on)
    if due is None:
        return None
    left = (due - today).days
    params = {"system": system.short_name, "date": due.isoformat(), "days": str(abs(left))}
    if left < 0:
        over = N_("Could be claimed until {date} ({system}). It can't be reported any more.")
        return Deadline(Step.CLAIM, system.code, due, left, Stage.OVER, Message(over, params))
    gone = Fraction(system.claim_within_days - left, system.claim_within_days)
    stage = (Stage.FINE, Stage.FIRST, Stage.SECOND, Stage.LAST)[sum(share <= gone for share in _SHARES)]
    return Deadline(
        Step.CLAIM,
        system.code,
        due,
        left,
        stage,
        Message(N_("To be claimed by {date}, in {days} days ({system})."), params),
    )


def _year_end(day: date) -> date:
    return date(day.year, _DECEMBER, 31)
