"""Attendance entered late for somebody who may have no record yet: who was there and was never in the course.

Source: spec part 7, cases 5, 17 and 34. Whoever has a record is corrected there too, by the same function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from cme_xblock.activity.message import N_, Message
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.console.asking import Field
from cme_xblock.console.ledger import late
from cme_xblock.console.pages import url
from cme_xblock.console.remedies import steps, words
from cme_xblock.console.remedies.steps import Outcome, Remedy
from cme_xblock.credit import attending, staff
from cme_xblock.host import language, mail, people
from cme_xblock.participation import attendance
from cme_xblock.participation.attendance import Row
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records import keys
from cme_xblock.records.models import Participation
from cme_xblock.rules import sessions

__all__ = ["page"]


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(May.CORRECT, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """The form, what it would do, and doing it."""
    row = visit.activity
    place = attending.brought_to(row.course_key, row.activity_id)
    say = language.current().gettext

    def work(values: Mapping[str, str], dry_run: bool) -> Outcome:
        return _work(visit, place, values, dry_run=dry_run)

    remedy = Remedy(
        what="attendance",
        title=words.ATTENDANCE,
        explained=words.ATTENDANCE_EXPLAINED,
        fields=_fields(place, say),
        work=work,
        state=lambda values: _head(key, values),
        back=url("console-remedies", key),
    )
    return steps.answer(request, visit, remedy)


def _fields(place: attending.Place | None, say: Callable[[str], str]) -> Sequence[Field]:
    held = sessions.held(place.activity) if place is not None else {}
    return (
        Field("learner", say(N_("Account")), say(WHICH)),
        Field("session", say(N_("Session")), options=[(one, each.session.title or one) for one, each in held.items()]),
        Field("minutes", say(N_("Minutes")), say(N_("Empty for the whole session.")), required=False),
        Field("evidence", say(N_("Evidence")), say(N_("Where it is on paper, such as: sign-in sheet of 15 January."))),
        Field("reason", say(N_("Reason")), say(N_("Kept for good, and shown to the learner.")), long=True),
    )


def _work(visit: Visit, place: attending.Place | None, values: Mapping[str, str], *, dry_run: bool) -> Outcome:
    if place is None or not attendance.applies(place.activity):
        return Outcome(refusal=Refusal("no_sessions", Message(words.NO_SESSIONS)))
    learner = people.learner_id(values["learner"])
    if not learner:
        return Outcome(refusal=Refusal("no_account", Message(NO_ACCOUNT), field="learner"))
    line = late.line(values)
    if isinstance(line, Refusal):
        return Outcome(refusal=line)
    done = attending.record(place, learner, line, by=staff.pseudonym(visit.reader.id), now=visit.now, dry_run=dry_run)
    if done.refusal is not None:
        return Outcome(refusal=done.refusal)
    return Outcome(told=[*_told(visit, place, learner, line), *done.notes])


def _told(visit: Visit, place: attending.Place, learner: str, line: Row) -> Sequence[Message]:
    """For whom, and what they should know who enters it. A name is told of this course's own people only."""
    held = sessions.held(place.activity)[line.session]
    enrolled = mail.enrolled(learner, place.course_key)
    named = people.names([learner]).get(learner, "") if enrolled else ""
    said = {
        "account": f"{named} ({learner})" if named else learner,
        "session": held.session.title or line.session,
        "minutes": str(held.minutes if line.minutes is None else line.minutes),
    }
    told = [Message(RECORDED, said)]
    if not _record(visit.activity.activity_key, learner):
        told.append(Message(BEGINS))
    return told if enrolled else [*told, Message(NOT_ENROLLED)]


def _head(key: str, values: Mapping[str, str]) -> str:
    """The last entry of that learner's record, which may not be there yet."""
    row = _record(key, people.learner_id(values["learner"]))
    return str(row.head_seq) if row is not None else ""


def _record(key: str, learner: str) -> Participation | None:
    if not learner:
        return None
    return Participation.objects.filter(activity_key=key, learner_key=keys.learner_key(learner)).first()


WHICH = N_("User name, number or e-mail address of an account on this site.")
RECORDED = N_("Attendance of {session} is recorded for account {account}. Minutes: {minutes}.")
BEGINS = N_("This account has no record in this activity yet: it begins with this entry.")
NOT_ENROLLED = N_(
    "This account is not enrolled in the course. The attendance stands; credit can be claimed once it is enrolled. "
    "Check that it is the right person's."
)
NO_ACCOUNT = N_(
    "No active account has this name, number or e-mail address. Whoever was there needs an account on this site first."
)
