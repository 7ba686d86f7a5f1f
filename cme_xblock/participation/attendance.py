"""Attendance: who was in which session, by the code said there or by the provider's roster.

Decides and describes. A code is never written down, right or wrong; a wrong one is counted, so that nobody guesses on.
A presenter's own session is teaching and never a learner's credit. Source: spec R-2.4, R-2.5; part 7, cases 5, 17, 34
and 35.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.participation.entries import Draft, Entry, Kind, is_complete
from cme_xblock.participation.refusal import Refusal
from cme_xblock.rules import calendar, formats, sessions
from cme_xblock.rules.credit_system import CreditSystem
from cme_xblock.rules.sessions import Held

if TYPE_CHECKING:
    from cme_xblock.participation.progress import Progress

LONGEST_CODE = 100
LONGEST_EVIDENCE = 500
# So many wrong codes in so long a time; then a learner waits.
MOST_WRONG = 5
WAIT = timedelta(minutes=15)


class Method(StrEnum):
    """How attendance came to be known. Stored: add, never rename."""

    CODE = "code"
    ROSTER = "roster"


class Role(StrEnum):
    """As what somebody was in a session. Stored: add, never rename."""

    LEARNER = "learner"
    PRESENTER = "presenter"


@dataclass(frozen=True)
class Attended:
    """One session as it was last recorded: whole minutes, how it is known, and as what the person was there."""

    session: str
    minutes: int
    method: str
    role: str
    at: datetime
    evidence: str = ""


@dataclass(frozen=True)
class Row:
    """One line of a roster, for one learner. `minutes` None: the whole session. `evidence`: where it is on paper."""

    session: str
    minutes: int | None = None
    role: Role = Role.LEARNER
    evidence: str = ""


def applies(activity: Activity) -> bool:
    """Whether credit goes by attended sessions in this activity's format."""
    return activity.format in formats.SESSIONS


def fold(entries: Iterable[Entry]) -> dict[str, Attended]:
    """By session what was recorded last and not withdrawn. Never raises for what an entry holds."""
    found: dict[str, Attended] = {}
    for one in entries:
        if is_complete(one):
            apply(found, one, one.at)
    return found


def apply(found: dict[str, Attended], entry: Entry, at: datetime) -> None:
    """One entry's change to what was attended."""
    session = entry.payload.get("session")
    if not isinstance(session, str):
        return
    if entry.kind == Kind.ATTENDANCE_WITHDRAWN:
        found.pop(session, None)
    elif entry.kind == Kind.ATTENDANCE_RECORDED:
        minutes, role = entry.payload.get("minutes"), entry.payload.get("role", Role.LEARNER)
        if type(minutes) is int and minutes > 0:
            evidence = entry.payload.get("evidence", "")
            method = str(entry.payload.get("method", ""))
            found[session] = Attended(session, minutes, method, str(role), at, str(evidence))


def minutes(activity: Activity, found: Mapping[str, Attended], role: Role = Role.LEARNER) -> dict[str, int]:
    """Minutes by session of this activity as that role; sessions that the edition does not have are left out."""
    known = sessions.held(activity)
    return {key: one.minutes for key, one in found.items() if key in known and one.role == role}


def latest_end(activity: Activity, attended: Mapping[str, int]) -> datetime | None:
    """When the last of these sessions ends: the moment of completion of a live activity (case 5)."""
    known = sessions.held(activity)
    return max((known[key].end for key in attended if key in known), default=None)


def attended_minutes(activity: Activity, attended: Mapping[str, int]) -> int:
    """The minutes that count for credit: of sessions at the same time, one."""
    return sum(sessions.chosen(activity, attended).values())


def most(system: CreditSystem, activity: Activity, attended: Mapping[str, int]) -> Decimal | None:
    """The most credit that so much attendance gives, in the system's unit; None where credit goes by something else."""
    return sessions.credit(system, activity, attended) if applies(activity) else None


def teaching(activity: Activity, presented: Mapping[str, int]) -> Decimal:
    """AMA PRA credit for teaching, apart from any learner's: sessions of one title are repeats. Source: case 17."""
    named = ((one.title or one.id, presented[one.id]) for one in activity.sessions if one.id in presented)
    return formats.teaching(named)


def enter(
    progress: Progress, activity: Activity, edition: str, code: object, *, account: str, now: datetime
) -> Draft | Refusal:
    """What a learner's code makes: attendance, a wrong code on record, or a refusal that records nothing.

    `account` is the person's name on the platform, to know presenters by; `now` an aware instant.
    """
    typed = sessions.typed(code) if isinstance(code, str) and len(code) <= LONGEST_CODE else ""
    if not typed:
        return Refusal("no_code", Message(N_("Type the code that was said in the session.")), field="code")
    wait = wrong_until(progress.wrong_codes, now)
    if wait is not None:
        params = {"time": clock(activity, wait)}
        text = N_("Too many wrong codes. Try again at {time}, or ask the provider to put you on the roster.")
        return Refusal("too_many_codes", Message(text, params), field="code")
    one = _of_code(activity, typed)
    if one is None or now < one.start:
        return Draft(Kind.ATTENDANCE_REFUSED, edition, {"reason": "unknown_code"})
    return _unfit(progress, activity, one, account, now) or _recorded(
        edition, one.session.id, one.minutes, Method.CODE, Role.LEARNER
    )


def _unfit(progress: Progress, activity: Activity, one: Held, account: str, now: datetime) -> Refusal | None:
    """Why the right code of a session is not taken from this person now, or None."""
    if now > one.code_until:
        params = {"time": clock(activity, one.code_until), "session": name(one)}
        text = N_(
            "The code of this session was taken until {time} ({session}). Write to the provider if you were there."
        )
        return Refusal("code_over", Message(text, params), field="code")
    if one.session.id in progress.attended or one.session.id in progress.presented:
        text = N_("Your attendance of this session is on record already ({session}).")
        return Refusal("already_done", Message(text, {"session": name(one)}), field="code")
    if presents(activity, one, account):
        text = N_("You present this session, so it gives you no learner's credit ({session}).")
        return Refusal("presenter", Message(text, {"session": name(one)}), field="code")
    return None


def wrong_code() -> Refusal:
    """What is said after a wrong code was put on record."""
    text = N_("No session that is on now has this code. Check it with the people in the room, then try again.")
    return Refusal("unknown_code", Message(text), field="code")


def from_roster(activity: Activity, edition: str, row: Row, *, by: str, now: datetime) -> Draft | Refusal:
    """The entry of one line of a roster, or why there is none. `by`: who brings it, a pseudonym of staff."""
    one = sessions.held(activity).get(row.session)
    if one is None or not applies(activity):
        known = ", ".join(sessions.held(activity)) or "–"
        text = N_('There is no session "{session}" with begin and end. Use one of: {known}.')
        return Refusal("unknown_session", Message(text, {"session": row.session[:80], "known": known}), field="session")
    if now < one.end:
        text = N_("This session ends at {time}. Bring the roster after that ({session}).")
        return Refusal("not_over", Message(text, {"time": clock(activity, one.end), "session": name(one)}))
    attended = one.minutes if row.minutes is None else row.minutes
    if not 0 < attended <= one.minutes:
        text = N_("{minutes} minutes cannot be attended here: the session has {most} ({session}).")
        params = {"minutes": str(attended), "most": str(one.minutes), "session": name(one)}
        return Refusal("minutes", Message(text, params), field="minutes")
    evidence = " ".join(row.evidence.split())
    if not evidence or len(evidence) > LONGEST_EVIDENCE:
        text = N_("Say in up to {most} characters where the attendance is on record, such as the sign-in sheet.")
        return Refusal("evidence", Message(text, {"most": str(LONGEST_EVIDENCE)}), field="evidence")
    return _recorded(edition, one.session.id, attended, Method.ROSTER, row.role, evidence=evidence, by=by)


def withdraw(attended: Mapping[str, Attended], edition: str, session: str, *, reason: str, by: str) -> Draft | Refusal:
    """The entry that takes attendance of one session back, with the reason; nothing is deleted."""
    if session not in attended:
        text = N_('No attendance of session "{session}" is on record.')
        return Refusal("not_attended", Message(text, {"session": session[:80]}), field="session")
    why = " ".join(reason.split())
    if not why or len(why) > LONGEST_EVIDENCE:
        text = N_("Say in up to {most} characters why the attendance is taken back.")
        return Refusal("reason", Message(text, {"most": str(LONGEST_EVIDENCE)}), field="reason")
    return Draft(Kind.ATTENDANCE_WITHDRAWN, edition, {"session": session, "reason": why, "by": by})


def wrong_until(wrong: Iterable[datetime], now: datetime) -> datetime | None:
    """Until when no code is taken after too many wrong ones, or None."""
    recent = sorted(at for at in wrong if now - at < WAIT)
    return recent[-MOST_WRONG] + WAIT if len(recent) >= MOST_WRONG else None


def presents(activity: Activity, one: Held, account: str) -> bool:
    """Whether the person of that account presents the session."""
    return bool(account) and any(
        person.account == account for person in activity.people if person.id in one.session.presenters
    )


def to_come(activity: Activity, attended: Iterable[str], now: datetime) -> tuple[Held, ...]:
    """Sessions whose attendance is not on record and could still be entered by the learner, in their order."""
    done = set(attended)
    return tuple(
        one
        for key, one in sessions.held(activity).items()
        if key not in done and now <= (one.code_until if one.session.code else one.end)
    )


def name(one: Held) -> str:
    """What a session is called."""
    return one.session.title or one.session.id


def clock(activity: Activity, instant: datetime) -> str:
    """An instant as civil date and time with the zone's name: `2026-01-15 10:30 EST`."""
    local = instant.astimezone(calendar.zone(activity))
    return f"{local:%Y-%m-%d %H:%M} {local.tzname() or activity.time_zone}"


def _of_code(activity: Activity, typed: str) -> Held | None:
    """The session with that code. Every code is compared, so that time tells nothing."""
    same = [
        one
        for one in sessions.held(activity).values()
        if hmac.compare_digest(sessions.typed(one.session.code).encode(), typed.encode())
    ]
    return same[0] if same else None


def _recorded(
    edition: str, session: str, attended: int, method: Method, role: Role, *, evidence: str = "", by: str = ""
) -> Draft:
    payload = {"session": session, "minutes": attended, "method": method.value, "role": role.value}
    if method is Method.ROSTER:
        payload |= {"evidence": evidence, "by": by}
    return Draft(Kind.ATTENDANCE_RECORDED, edition, payload)
