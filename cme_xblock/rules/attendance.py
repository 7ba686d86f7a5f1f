"""Rules on the sessions of live activities and series. Source: spec R-2.4, R-3.7; part 7, cases 5, 17 and 34."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from cme_xblock.activity.codes import Format
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.activity.sessions import Session
from cme_xblock.rules import amounts, formats, sessions
from cme_xblock.rules.finding import Hit, Severity, Source, place, rule
from cme_xblock.rules.offered import of_family, offerings, weight

_CASE_5 = Source("Credit of a live activity goes by attended sessions (spec part 7, case 5)", "D")
_UNITS = Source(
    "AMA PRA: only certified segments count, and simultaneous sessions once (spec R-2.4)",
    "S",
    "https://medicine.wright.edu/continuing-medical-education/activity-types",
)
_SERIES = Source(
    "AAFP: at most 3.75 credits for a session of a series (spec R-3.7)",
    "S",
    "http://www.aafp.org/cme/creditsys/about/apply/faq.html",
)
_TEACHING = Source(
    "AMA PRA: who presents a session can't claim it as a learner (spec R-2.5)",
    "S",
    "http://usuhs.mil/che/otherlearning.html",
)

SHORTEST_CODE = 6
_LONGEST = timedelta(hours=16)
_LONGEST_WINDOW = 24 * 60
_AAFP_SESSION = Decimal("3.75")


def _each(activity: Activity) -> Iterator[tuple[str, Session]]:
    return ((place("sessions", one.id, index), one) for index, one in enumerate(activity.sessions))


def _name(session: Session, index_or_where: str) -> dict[str, str]:
    return {"session": session.title or session.id or index_or_where}


@rule(
    "sessions_missing",
    Severity.BLOCK,
    source=_CASE_5,
    message=N_("A live activity has no sessions, so nobody's attendance can be recorded."),
    fix=N_("Add each session with its begin and end."),
)
def sessions_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Live formats give credit for attended sessions."""
    if activity.format in formats.SESSIONS and not activity.sessions:
        yield Hit("sessions")


@rule(
    "sessions_unused",
    Severity.WARN,
    source=_CASE_5,
    message=N_("Sessions are described, but this format does not go by attendance."),
    fix=N_("Choose a live format, or remove the sessions. A recording put online is another activity."),
)
def sessions_unused(activity: Activity, today: date) -> Iterator[Hit]:
    """Sessions belong to live activities and series."""
    if activity.format not in formats.SESSIONS and activity.sessions:
        yield Hit("sessions")


@rule(
    "session_undated",
    Severity.BLOCK,
    source=_CASE_5,
    message=N_("A session has no begin or no end ({session})."),
    fix=N_("Give both, in the activity's time zone."),
)
def session_undated(activity: Activity, today: date) -> Iterator[Hit]:
    """A session begins and ends."""
    for where, one in _each(activity):
        if one.start is None or one.end is None:
            yield Hit(where, _name(one, where))


@rule(
    "session_backwards",
    Severity.BLOCK,
    source=_CASE_5,
    message=N_("A session ends before it begins, or a break does ({session})."),
    fix=N_("Put begin and end in order. At the change to winter time an hour comes twice: the first one counts."),
)
def session_backwards(activity: Activity, today: date) -> Iterator[Hit]:
    """The end lies behind the begin, in session and break."""
    for where, one in _each(activity):
        if _reversed(activity, one.start, one.end):
            yield Hit(f"{where}.end", _name(one, where))
        for index, pause in enumerate(one.breaks):
            if _reversed(activity, pause.start, pause.end):
                yield Hit(f"{where}.breaks[{index}]", _name(one, where))


def _reversed(activity: Activity, start: datetime | None, end: datetime | None) -> bool:
    return start is not None and end is not None and end <= start


@rule(
    "session_outside",
    Severity.BLOCK,
    source=_CASE_5,
    message=N_("A session lies outside the activity's dates ({session})."),
    fix=N_("Put it between release and expiry, or mend those: both days belong to the activity."),
)
def session_outside(activity: Activity, today: date) -> Iterator[Hit]:
    """Sessions lie between release and expiry."""
    for where, one in _each(activity):
        early = activity.release is not None and one.start is not None and one.start.date() < activity.release
        late = activity.expiry is not None and one.end is not None and one.end.date() > activity.expiry
        if early or late:
            yield Hit(where, _name(one, where))


@rule(
    "session_time_skipped",
    Severity.WARN,
    source=_CASE_5,
    message=N_("{time} is no time in the activity's zone: clocks are put forward then ({session})."),
    fix=N_("Choose a time that the clock shows on that day."),
)
def session_time_skipped(activity: Activity, today: date) -> Iterator[Hit]:
    """The clock shows the times that are given."""
    for where, one in _each(activity):
        for name, time in (("start", one.start), ("end", one.end)):
            if time is not None and date.min < time.date() < date.max and not sessions.exists(activity, time):
                yield Hit(f"{where}.{name}", {**_name(one, where), "time": time.isoformat(" ", "minutes")})


@rule(
    "session_long",
    Severity.WARN,
    source=_CASE_5,
    message=N_("A session is longer than {hours} hours ({session})."),
    fix=N_("Check its dates, and make one session of each part that people attend or miss as a whole."),
)
def session_long(activity: Activity, today: date) -> Iterator[Hit]:
    """A session is what somebody attends as a whole."""
    for where, one in _each(activity):
        if one.start is not None and one.end is not None and one.end - one.start > _LONGEST:
            hours = str(_LONGEST // timedelta(hours=1))
            yield Hit(f"{where}.end", {**_name(one, where), "hours": hours})


@rule(
    "session_minutes",
    Severity.BLOCK,
    source=_UNITS,
    message=N_("The minutes that count do not fit the session's times ({session})."),
    fix=N_("Between begin and end, without the breaks, lie {most} minutes. Leave the field empty to count all."),
)
def session_minutes(activity: Activity, today: date) -> Iterator[Hit]:
    """No more minutes count than the session has without its breaks, and at least one does."""
    for where, one in _each(activity):
        if one.start is None or one.end is None or one.end <= one.start:
            continue
        most = sessions.between(activity, one)
        if one.minutes < 0 or one.minutes > most or most < 1:
            yield Hit(f"{where}.minutes", {**_name(one, where), "most": str(most)})


@rule(
    "break_outside",
    Severity.WARN,
    source=_UNITS,
    message=N_("A break does not lie inside its session ({session})."),
    fix=N_("Give begin and end of the break, both within the session."),
)
def break_outside(activity: Activity, today: date) -> Iterator[Hit]:
    """A break begins and ends inside its session."""
    for where, one in _each(activity):
        for index, pause in enumerate(one.breaks):
            start, end = pause.start, pause.end
            known = start is not None and end is not None
            early = one.start is not None and start is not None and start < one.start
            late = one.end is not None and end is not None and end > one.end
            if not known or early or late:
                yield Hit(f"{where}.breaks[{index}]", _name(one, where))


@rule(
    "session_code_short",
    Severity.BLOCK,
    source=_CASE_5,
    message=N_("The code for attendance is too short ({session})."),
    fix=N_("Use {least} characters or more that nobody guesses, or leave it empty and keep a roster."),
)
def session_code_short(activity: Activity, today: date) -> Iterator[Hit]:
    """A code that can be guessed records nobody's attendance."""
    for where, one in _each(activity):
        if one.code and len(sessions.typed(one.code)) < SHORTEST_CODE:
            yield Hit(f"{where}.code", {**_name(one, where), "least": str(SHORTEST_CODE)})


@rule(
    "session_code_repeated",
    Severity.BLOCK,
    source=_CASE_5,
    message=N_("Two sessions have the same code for attendance ({session})."),
    fix=N_("Give each session its own: who knows one code has been in one room."),
)
def session_code_repeated(activity: Activity, today: date) -> Iterator[Hit]:
    """One code, one session, however it is typed."""
    seen: set[str] = set()
    for where, one in _each(activity):
        code = sessions.typed(one.code)
        if code and code in seen:
            yield Hit(f"{where}.code", _name(one, where))
        seen.add(code)


@rule(
    "session_code_window",
    Severity.WARN,
    source=_CASE_5,
    message=N_("The code is taken until {minutes} minutes after the end ({session})."),
    fix=N_("Choose 0 to {most} minutes: a code that holds for longer goes from hand to hand."),
)
def session_code_window(activity: Activity, today: date) -> Iterator[Hit]:
    """A code is taken for a day at most."""
    for where, one in _each(activity):
        if one.code and not 0 <= one.code_minutes <= _LONGEST_WINDOW:
            params = {**_name(one, where), "minutes": str(one.code_minutes), "most": str(_LONGEST_WINDOW)}
            yield Hit(f"{where}.code_minutes", params)


@rule(
    "presenter_unknown",
    Severity.WARN,
    source=_TEACHING,
    message=N_('"{person}" presents a session but is not among the people in control of content ({session}).'),
    fix=N_("Add the person under People and disclosures, or mend the id."),
)
def presenter_unknown(activity: Activity, today: date) -> Iterator[Hit]:
    """Whoever presents is in control of content."""
    known = {one.id for one in activity.people}
    for where, one in _each(activity):
        for index, person in enumerate(one.presenters):
            if person not in known:
                yield Hit(f"{where}.presenters[{index}]", {**_name(one, where), "person": person})


@rule(
    "credit_beyond_sessions",
    Severity.BLOCK,
    source=_UNITS,
    message=N_("{amount} are more than the sessions come to ({system})."),
    fix=N_("Who attends all that one person can attend gets {most}. Mend the amount or the sessions."),
)
def credit_beyond_sessions(activity: Activity, today: date) -> Iterator[Hit]:
    """Designated is at most what one person can attend: sessions at the same time count once."""
    if activity.format not in formats.SESSIONS or not sessions.held(activity):
        return
    for where, one, system in offerings(activity):
        most = sessions.credit(system, activity, sessions.everything(activity))
        if one.amount is not None and amounts.designated(system, one.amount) is None and one.amount > most:
            params = {
                "amount": amounts.number(one.amount),
                "system": system.short_name,
                "most": amounts.number(most),
            }
            yield Hit(f"{where}.amount", params, weight(system, "unit_minutes", "increment"))


@rule(
    "series_session_long",
    Severity.WARN,
    source=_SERIES,
    message=N_("A session comes to {amount}, more than a session of a series may bring ({session}, {system})."),
    fix=N_("At most {most} are credited. Count fewer minutes, or divide the session."),
)
def series_session_long(activity: Activity, today: date) -> Iterator[Hit]:
    """The AAFP credits a session of a series with 3.75 at most."""
    if activity.format is not Format.RSS:
        return
    for _, _, system in of_family(activity, "aafp"):
        for where, one in _each(activity):
            amount = amounts.round_minutes(system, one.minutes or sessions.between(activity, one))
            if amount > _AAFP_SESSION:
                params = {"amount": amounts.number(amount), "most": amounts.number(_AAFP_SESSION)}
                yield Hit(f"{where}.end", {**_name(one, where), **params, "system": system.short_name})


RULES = (
    sessions_missing,
    sessions_unused,
    session_undated,
    session_backwards,
    session_outside,
    session_time_skipped,
    session_long,
    session_minutes,
    break_outside,
    session_code_short,
    session_code_repeated,
    session_code_window,
    presenter_unknown,
    credit_beyond_sessions,
    series_session_long,
)
