"""Currency: which of an activity's dates come due, how many days are left, and what to do before then.

A notice is no finding: everything may still be in order today. Knows dates of the activity and of those in control of
content, no learner. Source: spec R-1.16 (expiry, review), R-1.2 and R-1.4 (disclosure), R-3.6 (approval), R-4.5 (MOC).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, Person
from cme_xblock.rules import credit_system
from cme_xblock.rules.calendar import add_days, add_years
from cme_xblock.rules.finding import place

# How many days ahead people are told, and on the day itself.
DAYS = (90, 30, 7, 0)
# Years between two reviews, and the years in which a disclosure ages and lapses.
_REVIEW = 3
_AGES = 1
_LAPSES = 2


class Kind(StrEnum):
    """What comes due."""

    EXPIRY = "expiry"
    REVIEW = "review"
    APPROVAL = "approval"
    DISCLOSURE_AGES = "disclosure_ages"
    DISCLOSURE_LAPSES = "disclosure_lapses"
    MOC = "moc"


@dataclass(frozen=True)
class Notice:
    """One date that comes due or is over. `date` is the last day on which all is well; `days_left` is below 0 after it.

    `where` is a path into the activity, `offerings[aapa].approval_expires`.
    """

    kind: Kind
    where: str
    date: date
    days_left: int
    message: Message


def due(activity: Activity, *, today: date, ahead: int = max(DAYS)) -> tuple[Notice, ...]:
    """What comes due within `ahead` days or is over, the earliest first.

    `today`: the civil date where the activity is. After the activity's own expiry only that is said, and what learners
    can still lose: a board's claim date. Nothing is said of dates beyond the expiry, for they no longer matter.
    """
    found = (notice for notice in _dates(activity, today) if notice.days_left <= ahead)
    return tuple(sorted(found, key=lambda one: (one.date, one.where)))


def reminders(
    activity: Activity, *, today: date, since: date | None = None, days: Collection[int] = DAYS
) -> tuple[Notice, ...]:
    """What is to be told today: the dates that are exactly so many `days` away.

    `since`: the first day on which nobody was told, where days were missed; each date is told once then, as it stands
    today. Nothing is told where `since` lies after `today`.
    """
    missed = (today - (since or today)).days
    return tuple(
        one
        for one in due(activity, today=today, ahead=max(days, default=0))
        if any(one.days_left <= day <= one.days_left + missed for day in days)
    )


def _dates(activity: Activity, today: date) -> Iterator[Notice]:
    expiry = activity.expiry
    over = expiry is not None and expiry < today
    if expiry is not None:
        yield _notice(Kind.EXPIRY, "expiry", expiry, today, {})
    for notice in (*_approvals(activity, today), *_review(activity, today), *_disclosures(activity, today)):
        if not over and (expiry is None or notice.date <= expiry):
            yield notice
    yield from _moc(activity, today)


def _review(activity: Activity, today: date) -> Iterator[Notice]:
    if activity.last_review is not None:
        yield _notice(Kind.REVIEW, "last_review", add_years(activity.last_review, _REVIEW), today, {})


def _approvals(activity: Activity, today: date) -> Iterator[Notice]:
    systems = credit_system.for_activity(activity)
    for index, one in enumerate(activity.offerings):
        if one.approval_expires is not None:
            where = f"{place('offerings', one.system, index)}.approval_expires"
            name = systems[one.system].short_name if one.system in systems else one.system
            yield _notice(Kind.APPROVAL, where, one.approval_expires, today, {"system": name})


def _disclosures(activity: Activity, today: date) -> Iterator[Notice]:
    for index, person in enumerate(activity.people):
        if person.disclosed_on is not None:
            where = f"{place('people', person.id, index)}.disclosed_on"
            yield _disclosure(person, person.disclosed_on, where, today)


def _disclosure(person: Person, disclosed: date, where: str, today: date) -> Notice:
    """One notice for each person: of the twelve months, until the lapse itself is near."""
    params = {"person": person.name or person.id, "disclosed": disclosed.isoformat()}
    lapse = add_years(disclosed, _LAPSES)
    if add_days(lapse, -max(DAYS)) <= today:
        return _notice(Kind.DISCLOSURE_LAPSES, where, lapse, today, params)
    return _notice(Kind.DISCLOSURE_AGES, where, add_years(disclosed, _AGES), today, params)


def _moc(activity: Activity, today: date) -> Iterator[Notice]:
    for index, one in enumerate(activity.offerings):
        for number, board in enumerate(one.moc):
            if board.claim_by is not None:
                where = f"{place('offerings', one.system, index)}.moc[{number}].claim_by"
                yield _notice(Kind.MOC, where, board.claim_by, today, {"board": board.board})


def _notice(kind: Kind, where: str, day: date, today: date, params: dict[str, str]) -> Notice:
    left = (day - today).days
    ahead, on, over = _TEXTS[kind]
    text = ahead if left > 0 else over if left < 0 else on
    values = {**params, "date": day.isoformat(), "days": str(abs(left))}
    return Notice(kind, where, day, left, Message(text, values))


# Before the day, on the day, after the day. A day is always named with its date, so that "1 days" is not needed.
_TEXTS = {
    Kind.EXPIRY: (
        N_("The activity expires after {date} (days left: {days}). Renew it if it is to go on."),
        N_("The activity expires after today, {date}. Renew it if it is to go on."),
        N_("The activity expired after {date} (days ago: {days}). Nobody can start it. Renew it if it is to go on."),
    ),
    Kind.REVIEW: (
        N_("The content must be reviewed by {date}, three years after the last review (days left: {days})."),
        N_("The content must be reviewed by today, {date}, three years after the last review."),
        N_("The content was to be reviewed by {date}, three years after the last review (days ago: {days})."),
    ),
    Kind.APPROVAL: (
        N_("The approval of {system} holds until {date} (days left: {days}). Apply again if it is to go on."),
        N_("The approval of {system} holds until today, {date}. Take the credit out tomorrow unless it is renewed."),
        N_("The approval of {system} held until {date} (days ago: {days}). Take the credit out unless it is renewed."),
    ),
    Kind.DISCLOSURE_AGES: (
        N_("{person} disclosed on {disclosed}, which will be 12 months ago on {date} (days left: {days}). Ask again."),
        N_("{person} disclosed on {disclosed}, 12 months ago today. Ask again."),
        N_("{person} disclosed on {disclosed}, more than 12 months ago. Ask again."),
    ),
    Kind.DISCLOSURE_LAPSES: (
        N_("{person} disclosed on {disclosed}, which is out of date after {date} (days left: {days}). Ask again now."),
        N_("{person} disclosed on {disclosed}, which is out of date after today. Ask again now."),
        N_("{person} disclosed on {disclosed}, more than 24 months ago. Ask again now: the look-back is 24 months."),
    ),
    Kind.MOC: (
        N_("MOC points of {board} can be claimed until {date} (days left: {days})."),
        N_("MOC points of {board} can be claimed until today, {date}."),
        N_("MOC points of {board} could be claimed until {date} (days ago: {days})."),
    ),
}
