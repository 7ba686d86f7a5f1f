"""Locks: what keeps a credit that is offered to somebody from being claimed, for now or for good.

One function for each reason; a new requirement of credit systems is one more in `_REASONS`. Each gives a refusal that
says what to do, or None. Source: spec R-2.2, R-3.4, R-4.2, R-4.5; part 7, cases 4 and 24.
"""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.participation.progress import Progress
from cme_xblock.participation.refusal import Refusal
from cme_xblock.rules import calendar, points

if TYPE_CHECKING:
    from cme_xblock.participation.attestation import CreditChoice


def of(progress: Progress, activity: Activity, choice: CreditChoice, *, now: datetime) -> Refusal | None:
    """The first reason why this credit can't be claimed at `now` (an aware instant) by who is that far, or None."""
    return next((found for reason in _REASONS if (found := reason(progress, activity, choice, now))), None)


def last_day(progress: Progress, choice: CreditChoice) -> date | None:
    """The last day on which the body takes this credit from who completed then; None where it sets none."""
    days = choice.system.claim_within_days
    last = [choice.registration.claim_by] if choice.registration and choice.registration.claim_by else []
    if days and progress.completed_on is not None and choice.system.sure("claim_within_days"):
        last.append(calendar.add_days(progress.completed_on, days))
    return min(last, default=None)


def best_share(progress: Progress) -> Fraction | None:
    """The largest share of right answers of an attempt that passed under this edition; None without one."""
    passed = [one for one in progress.attempts if one.passed and one.edition == progress.edition and one.total]
    return max((Fraction(one.correct, one.total) for one in passed), default=None)


def _barred(progress: Progress, activity: Activity, choice: CreditChoice, now: datetime) -> Refusal | None:
    """Staff took it back. Source: spec part 7, case 24."""
    if choice.system.code not in progress.barred:
        return None
    text = N_("The provider withdrew this credit ({system}). Write to the provider if this is not right.")
    return Refusal("withdrawn", Message(text, {"system": choice.system.short_name}), field="system")


def _not_in_force(progress: Progress, activity: Activity, choice: CreditChoice, now: datetime) -> Refusal | None:
    """The credit was not in force on the day of completion: not designated yet, or its approval over."""
    completed_on = progress.completed_on
    begun, ended = choice.offering.designated_on, choice.offering.approval_expires
    system = choice.system.short_name
    if begun is not None and completed_on is not None and completed_on < begun:
        text = N_("This credit was designated on {date}, after you completed the activity ({system}).")
        message = Message(text, {"date": begun.isoformat(), "system": system})
        return Refusal("not_designated_yet", message, field="system")
    if ended is not None and completed_on is not None and completed_on > ended:
        text = N_("The approval of this credit ended on {date}, before you completed the activity ({system}).")
        return Refusal("approval_over", Message(text, {"date": ended.isoformat(), "system": system}), field="system")
    return None


def _too_late(progress: Progress, activity: Activity, choice: CreditChoice, now: datetime) -> Refusal | None:
    """The body takes it only within so many days of the completion, or until a day. Source: spec R-3.4, R-4.5."""
    last = last_day(progress, choice)
    if last is None or calendar.civil_date(activity, now) <= last:
        return None
    text = N_("This credit could be claimed until {date} ({system}). Write to the provider if you need it.")
    params = {"date": last.isoformat(), "system": choice.system.short_name}
    return Refusal("too_late", Message(text, params), field="system")


def _unearned(progress: Progress, activity: Activity, choice: CreditChoice, now: datetime) -> Refusal | None:
    """A board's points need the learner's own evaluation, passed. Source: spec R-4.2, R-4.3."""
    if choice.registration is None:
        return None
    reason = points.unearned(activity, choice.registration, best_share(progress))
    return None if reason is None else Refusal("not_earned", reason, field="system")


def _not_evaluated(progress: Progress, activity: Activity, choice: CreditChoice, now: datetime) -> Refusal | None:
    """The body gives credit only to who has evaluated the activity. Source: spec R-3.18, R-6.2."""
    if progress.evaluated or not choice.system.needs_evaluation or not activity.evaluation.items:
        return None
    text = N_("This credit is given only after the evaluation ({system}). Answer it first, then claim.")
    return Refusal("not_evaluated", Message(text, {"system": choice.system.short_name}), field="system")


_REASONS = (_barred, _not_in_force, _too_late, _not_evaluated, _unearned)
