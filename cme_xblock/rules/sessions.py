"""Sessions of a live activity: when they are, which of their minutes count, and what attended minutes come to.

Civil times become instants in the activity's zone here and nowhere else. Nobody is in two rooms at once: of sessions
that overlap only those count that go together, chosen so that the most minutes remain. Knows no learner. Source: AMA
PRA; spec R-2.4 (simultaneous sessions counted once), R-3.18 (a day's maximum); part 7, cases 5 and 34.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from cme_xblock.activity.codes import Format
from cme_xblock.activity.model import Activity
from cme_xblock.activity.remembered import remembered
from cme_xblock.activity.sessions import Session
from cme_xblock.rules import amounts, calendar
from cme_xblock.rules.credit_system import CreditSystem

_MINUTE = timedelta(minutes=1)
_LONGEST_WINDOW = 24 * 60


@dataclass(frozen=True)
class Held:
    """One session with its instants (aware, UTC), its civil day and the whole minutes that count."""

    session: Session
    start: datetime
    end: datetime
    day: date
    minutes: int

    @property
    def code_until(self) -> datetime:
        """The last instant at which its code is taken."""
        return self.end + min(max(0, self.session.code_minutes), _LONGEST_WINDOW) * _MINUTE


def instant(activity: Activity, civil: datetime) -> datetime:
    """The aware UTC instant of a civil time in the activity's zone; of an hour that comes twice, the first."""
    return civil.replace(tzinfo=calendar.zone(activity), fold=0).astimezone(UTC)


def exists(activity: Activity, civil: datetime) -> bool:
    """Whether a clock in the activity's zone shows that time: at the change to summer time an hour is left out."""
    return instant(activity, civil).astimezone(calendar.zone(activity)).replace(tzinfo=None, fold=0) == civil


@remembered
def held(activity: Activity) -> Mapping[str, Held]:
    """The sessions that have an id, a start, an end behind it and minutes that count, by id, in order of their end."""
    found = [one for session in activity.sessions if (one := _held(activity, session)) is not None]
    return {one.session.id: one for one in sorted(found, key=lambda one: (one.end, one.start, one.session.id))}


def _held(activity: Activity, session: Session) -> Held | None:
    if not session.id or session.start is None or session.end is None:
        return None
    try:
        start, end = instant(activity, session.start), instant(activity, session.end)
    except OverflowError:
        return None
    minutes = session.minutes or between(activity, session)
    if end <= start or minutes <= 0:
        return None
    return Held(session, start, end, session.start.date(), min(minutes, (end - start) // _MINUTE))


def between(activity: Activity, session: Session) -> int:
    """The whole minutes from a session's start to its end without its breaks; 0 where it has no such times."""
    if session.start is None or session.end is None:
        return 0
    try:
        first, last = instant(activity, session.start), instant(activity, session.end)
        pauses = sorted(
            (max(first, instant(activity, one.start)), min(last, instant(activity, one.end)))
            for one in session.breaks
            if one.start is not None and one.end is not None
        )
    except OverflowError:
        return 0
    total, until = last - first, first
    for start, end in pauses:
        if end > max(start, until):
            total -= end - max(start, until)
            until = end
    return max(0, total // _MINUTE)


def chosen(activity: Activity, attended: Mapping[str, int]) -> Mapping[str, int]:
    """Of the minutes attended by session, those that count: never more than a session has, and no time twice.

    The schedule without overlaps that has the most minutes (weighted interval scheduling). Unknown sessions are left
    out; a session may begin in the minute in which another ends.
    """
    known = held(activity)
    running = [(one, min(attended[key], one.minutes)) for key, one in known.items() if attended.get(key, 0) > 0]
    best: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    for index, (one, minutes) in enumerate(running):
        before = sum(other.end <= one.start for other, _ in running[:index])
        taken = (best[before][0] + minutes, (*best[before][1], index))
        best.append(max(best[-1], taken, key=lambda each: each[0]))
    return {running[index][0].session.id: running[index][1] for index in best[-1][1]}


def typed(code: str) -> str:
    """A code as it is compared: without spaces and hyphens, in one case, for it was heard and not read."""
    return "".join(one for one in code.casefold() if one.isalnum())


def everything(activity: Activity) -> Mapping[str, int]:
    """All minutes of all sessions, as if somebody had attended them: what an activity can be designated for."""
    return {key: one.minutes for key, one in held(activity).items()}


def credit(system: CreditSystem, activity: Activity, attended: Mapping[str, int]) -> Decimal:
    """The most credit for the minutes attended by session, in the system's steps.

    A series (RSS) is designated by session, so each session is rounded by itself and the credits are summed (case 34);
    any other activity is rounded once, over all. A day brings no more than the system's daily maximum.
    """
    known, counted = held(activity), chosen(activity, attended)
    days: dict[date, list[int]] = {}
    for key, minutes in counted.items():
        days.setdefault(known[key].day, []).append(minutes)
    if activity.format is Format.RSS:
        rounded = [sum((amounts.round_minutes(system, one) for one in day), Decimal(0)) for day in days.values()]
        return sum((_within_day(system, one) for one in rounded), Decimal(0))
    daily = [_within_day(system, Decimal(sum(day)), unit=system.unit_minutes) for day in days.values()]
    return amounts.round_minutes(system, sum(daily, Decimal(0)))


def _within_day(system: CreditSystem, amount: Decimal, *, unit: int = 1) -> Decimal:
    """An amount of one day, or with `unit` its minutes, at most what the system allows in a day."""
    return amount if system.daily_maximum is None else min(amount, system.daily_maximum * unit)
