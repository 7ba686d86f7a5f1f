"""Attendance brought by staff: a roster's lines into the ledgers, one learner's attendance taken back, and the counts.

For the console and for `manage.py`: whoever calls has asked whether this person may. Nothing is claimed here; that an
existing claim is larger than the attendance that remains is told. Source: spec part 7, cases 5, 17, 34 and 35.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.credit import staff
from cme_xblock.participation import attendance, credits, deadlines
from cme_xblock.participation.attendance import Role, Row
from cme_xblock.participation.entries import Draft, Entry, Kind
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records import editions, keys
from cme_xblock.records.models import EntryRow
from cme_xblock.rules import amounts, calendar, credit_system, offered, sessions

__all__ = ["Brought", "Place", "brought_to", "count", "record", "withdraw"]


@dataclass(frozen=True)
class Place:
    """An activity of a course with its current edition."""

    course_key: str
    activity_id: str
    edition: str
    activity: Activity


@dataclass(frozen=True)
class Brought:
    """What became of one line: recorded or refused; and what whoever brought it should know."""

    refusal: Refusal | None = None
    notes: tuple[Message, ...] = ()


def brought_to(course_key: str, activity_id: str) -> Place | None:
    """Where attendance goes: the activity as it is published now, None where there is none. Two queries."""
    current = editions.current(course_key, activity_id)
    if current is None:
        return None
    return Place(course_key, activity_id, current.sha256, editions.load(current.sha256)[current.sha256])


def record(place: Place, learner_id: str, row: Row, *, by: str, now: datetime, dry_run: bool = False) -> Brought:
    """One line of a roster into the learner's ledger. `by`: a pseudonym of staff (`staff.pseudonym`).

    The same line twice is recorded once. Raises LedgerBusy and LedgerBroken as the ledger does.
    """

    def decide(entries: tuple[Entry, ...]) -> Draft | Refusal:
        drafted = attendance.from_roster(place.activity, place.edition, row, by=by, now=now)
        known = attendance.fold(entries).get(row.session)
        if isinstance(drafted, Draft) and known is not None and _same(known, drafted):
            text = N_("This attendance is on record already ({session}).")
            return Refusal("already_done", Message(text, {"session": row.session}))
        return drafted

    return _done(place, learner_id, decide, now=now, dry_run=dry_run)


def withdraw(
    place: Place, learner_id: str, session: str, *, reason: str, by: str, now: datetime, dry_run: bool = False
) -> Brought:
    """Take the attendance of one session back, with the reason. A claim stays: correct it with `credit.staff`."""

    def decide(entries: tuple[Entry, ...]) -> Draft | Refusal:
        return attendance.withdraw(attendance.fold(entries), place.edition, session, reason=reason, by=by)

    return _done(place, learner_id, decide, now=now, dry_run=dry_run)


def count(place: Place) -> Mapping[str, int]:
    """How many learners attended each session, by session (case 34); tests are left out. One query."""
    rows = EntryRow.objects.filter(
        participation__activity_key=keys.activity_key(place.course_key, place.activity_id),
        participation__is_test=False,
        kind__in=(Kind.ATTENDANCE_RECORDED, Kind.ATTENDANCE_WITHDRAWN),
    ).order_by("participation_id", "seq")
    counts = dict.fromkeys(sessions.held(place.activity), 0)
    for _, of_one in groupby(rows.values_list("participation_id", "seq", "kind", "at", "payload"), lambda row: row[0]):
        entries = [Entry(seq, Kind(kind), "", at, json.loads(text), "", "") for _, seq, kind, at, text in of_one]
        for key, one in attendance.fold(entries).items():
            if key in counts and one.role == Role.LEARNER:
                counts[key] += 1
    return counts


def _same(known: attendance.Attended, drafted: Draft) -> bool:
    said = drafted.payload
    return (known.minutes, known.method, known.role) == (said["minutes"], said["method"], said["role"])


def _done(
    place: Place,
    learner_id: str,
    decide: Callable[[tuple[Entry, ...]], Draft | Refusal],
    *,
    now: datetime,
    dry_run: bool,
) -> Brought:
    """Write what is decided, and tell what it means for credit that is claimed or could be."""
    notes: list[Message] = []

    def watched(entries: tuple[Entry, ...]) -> Draft | Refusal:
        decision = decide(entries)
        if isinstance(decision, Draft):
            after = dict(attendance.fold(entries))
            attendance.apply(after, Entry(0, decision.kind, "", now, decision.payload, "", ""), now)
            notes[:] = [*_claims_beyond(place, entries, after), *_over(place, after, now)]
        return decision

    where = staff.Place(place.course_key, place.activity_id, learner_id)
    result = staff.write(where, watched, now=now, dry_run=dry_run)
    return Brought(refusal=result) if isinstance(result, Refusal) else Brought(notes=tuple(notes))


def _claims_beyond(
    place: Place, entries: tuple[Entry, ...], after: Mapping[str, attendance.Attended]
) -> Iterator[Message]:
    """Claims that are larger than what is attended now."""
    systems, minutes = credit_system.for_activity(place.activity), attendance.minutes(place.activity, after)
    for code, one in credits.fold(entries).live.items():
        most = attendance.most(systems[code], place.activity, minutes) if code in systems else None
        if most is not None and most < one.amount:
            params = {
                "amount": amounts.number(one.amount),
                "system": systems[code].short_name,
                "most": amounts.number(most),
            }
            text = N_("{amount} {system} is claimed, and the attendance gives {most}: lower or withdraw the claim.")
            yield Message(text, params)


def _over(place: Place, after: Mapping[str, attendance.Attended], now: datetime) -> Iterator[Message]:
    """Credit that this attendance brings too late to be claimed. Source: spec part 7, cases 4 and 35."""
    activity, today = place.activity, calendar.civil_date(place.activity, now)
    ended = attendance.latest_end(activity, attendance.minutes(activity, after))
    if ended is None:
        return
    last = calendar.last_claim_day(activity)
    if last is not None and today > last:
        text = N_("Credit of this activity could be claimed until {date}, so this attendance brings none.")
        yield Message(text, {"date": last.isoformat()})
        return
    for _, _, system in offered.offerings(activity):
        completed_on = calendar.civil_date(activity, ended)
        for one in (
            deadlines.to_claim(system, completed_on, today=today),
            deadlines.to_report(system, completed_on, today=today),
        ):
            if one is not None and one.stage is not deadlines.Stage.FINE:
                yield one.message
