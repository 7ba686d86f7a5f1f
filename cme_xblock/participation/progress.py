"""Progress: what the entries of one participation add up to. Always computed, never stored as the truth.

`fold` walks the entries in order and counts only what was allowed when it stood there: a baseline before this edition's
disclosure was acknowledged, an attempt before the content was done, or a pass after the expiry date add up to nothing.
Knows one activity, its editions and one learner's entries; neither storage nor pages.

What carries over to another edition (a learner changes edition only as `choose_edition` says): the acknowledgement,
where the disclosure is the same to the letter; the baseline, which can be taken only once and before the content; and
claims. Content and assessment must be done under the edition whose credit is claimed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from cme_xblock.activity.message import N_, NP_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.participation import attendance, commitments, retention
from cme_xblock.participation.credits import Credit, Withdrawn
from cme_xblock.participation.entries import Entry, Kind
from cme_xblock.participation.part import Part, PartState, Status
from cme_xblock.participation.scoring import Responses
from cme_xblock.participation.tally import Attempt, Tally, count
from cme_xblock.rules import calendar, evaluating

__all__ = [
    "SAYS_NO_EDITION",
    "Part",
    "PartState",
    "Progress",
    "Status",
    "attempts_left",
    "choose_edition",
    "claim_closed",
    "fold",
]

# What is said of a participation from outside: by which edition it goes on is not told by these.
SAYS_NO_EDITION = frozenset({Kind.TEST_MARKED, Kind.INCIDENT_RECORDED, Kind.REGRADED, Kind.ATTEMPTS_RESET})


@dataclass(frozen=True)
class Progress:
    """How far one learner is, under one edition, at one instant.

    `attempts` holds those of every edition, each scored under its own; `attempts_left` (None: no limit) counts those of
    this edition. `completed_at` is the instant at which all requirements were first met together, `completed_on` its
    civil date in the activity's zone. `content_opened_at` starts the clock of the content's minimum time.
    `baseline` is the first one submitted, under `baseline_edition`. `claimed` names credit systems with a
    claim that counts, `held` has these claims by their system, `barred` those that staff withdrew. `wants_no_credit`:
    completed, and so far no credit is wanted. `evaluated`: an evaluation was handed in. `is_test`: it counts nowhere.
    `passed_at`: when the assessment was first passed under this edition; `later`: the answers of the retention check.
    `attended` has the minutes of each attended session, `presented` those of sessions of one's own; `wrong_codes`
    when a wrong code was entered.
    """

    edition: str
    parts: tuple[PartState, ...]
    current: Part
    attempts: tuple[Attempt, ...] = ()
    attempts_left: int | None = None
    completed_at: datetime | None = None
    completed_on: date | None = None
    sections_done: frozenset[str] = field(default_factory=frozenset)
    content_opened_at: datetime | None = None
    baseline: Responses | None = None
    baseline_edition: str = ""
    claimed: tuple[str, ...] = ()
    held: Mapping[str, Credit] = field(default_factory=dict)
    wants_no_credit: bool = False
    evaluated: bool = False
    barred: Mapping[str, Withdrawn] = field(default_factory=dict)
    is_test: bool = False
    passed_at: datetime | None = None
    later: Responses | None = None
    attended: Mapping[str, int] = field(default_factory=dict)
    presented: Mapping[str, int] = field(default_factory=dict)
    wrong_codes: tuple[datetime, ...] = ()

    def has(self, part: Part) -> bool:
        """Whether the way of this activity has that part: attendance only where there are sessions, say."""
        return any(one.part is part for one in self.parts)

    def closing(self, part: Part, reason: Message) -> Progress:
        """The same progress with that part locked for this reason, unless it is done."""
        parts = tuple(
            PartState(part, Status.LOCKED, reason) if one.part is part and one.status is not Status.DONE else one
            for one in self.parts
        )
        return replace(self, parts=parts, current=_current(parts))

    def state(self, part: Part) -> PartState:
        """The state of one part; of one that the activity does not have: done."""
        return next((one for one in self.parts if one.part is part), PartState(part, Status.DONE, optional=True))

    def is_open(self, part: Part) -> bool:
        """Whether the learner can do something in that part now."""
        return self.state(part).status is Status.OPEN

    @property
    def next_attempt(self) -> int:
        """The number of the next attempt at the assessment; numbers count on across editions."""
        return len(self.attempts) + 1

    @property
    def passed(self) -> bool:
        """Whether an attempt of this edition reached its pass mark."""
        return any(one.passed and one.edition == self.edition for one in self.attempts)


def fold(
    activity: Activity, entries: Sequence[Entry], *, edition: str, editions: Mapping[str, Activity], now: datetime
) -> Progress:
    """The progress of one learner under `edition` (the sha256 of `activity`), at `now` (an aware instant).

    `editions` holds the activities of the other editions among the entries, to score their attempts. Never raises for
    what an entry holds.
    """
    tally = count(activity, entries, edition=edition, editions=editions)
    parts = _parts(activity, tally, now)
    return Progress(
        edition=edition,
        parts=parts,
        current=_current(parts),
        attempts=tuple(tally.attempts),
        attempts_left=attempts_left(activity, tally),
        completed_at=tally.completed_at,
        completed_on=None if tally.completed_at is None else calendar.civil_date(activity, tally.completed_at),
        sections_done=frozenset(tally.sections),
        content_opened_at=tally.content_opened_at,
        baseline=tally.baseline,
        baseline_edition=tally.baseline_edition,
        claimed=tuple(tally.claims),
        held=tally.held,
        wants_no_credit=tally.wants_no_credit and not tally.claims,
        evaluated=tally.evaluated,
        barred=tally.barred,
        is_test=tally.is_test,
        passed_at=tally.passed_at,
        later=tally.later,
        attended=tally.minutes,
        presented=attendance.minutes(activity, tally.attended, attendance.Role.PRESENTER),
        wrong_codes=tuple(tally.wrong_codes),
    )


def choose_edition(published: str, entries: Sequence[Entry], *, editions: Mapping[str, Activity], now: datetime) -> str:
    """The edition that applies to a learner now: the sha256 of `published` or of an earlier one.

    Who claimed credit stays with the edition of the claim. Who has only acknowledged moves to the published edition.
    Who has answered anything stays with the edition of the last entry until it expires, and beyond that only to claim
    what was completed in time. Source: spec R-1.5, R-2.6; part 7, cases 3, 4 and 21.
    """
    entries = [one for one in entries if one.kind not in SAYS_NO_EDITION]
    claims = [one.edition for one in entries if one.kind == Kind.CREDIT_CLAIMED and one.edition in editions]
    if claims:
        return claims[-1]
    if all(one.kind in _moving(editions[published]) for one in entries):
        return published
    last = entries[-1].edition
    activity = editions.get(last)
    if activity is None or last == published:
        return published
    if not calendar.expired(activity, now):
        return last
    progress = fold(activity, entries, edition=last, editions=editions, now=now)
    return last if claim_closed(activity, progress.completed_at, now) is None else published


def _moving(activity: Activity) -> frozenset[Kind]:
    """What is no answer to one edition alone. A series gets new sessions while it runs, so its learners move on."""
    return _CARRIED | {Kind.BASELINE_SUBMITTED} if attendance.applies(activity) else _CARRIED


def attempts_left(activity: Activity, tally: Tally) -> int | None:
    """How many attempts this edition still allows, or None for no limit. Source: spec part 7, case 6."""
    if activity.assessment.max_attempts <= 0:
        return None
    return max(0, activity.assessment.max_attempts - tally.attempts_here)


def claim_closed(activity: Activity, completed_at: datetime | None, now: datetime) -> Message | None:
    """Why a completion can't be claimed now, or None: not complete, not in time, or past the window. Source: case 4."""
    if completed_at is None:
        return Message(N_("First complete the parts before it."))
    if completed_at > now:
        params = {"time": attendance.clock(activity, completed_at)}
        return Message(N_("Credit can be claimed when the session is over, at {time}."), params)
    if activity.expiry is None:
        return None
    if calendar.civil_date(activity, completed_at) > activity.expiry:
        params = {"date": activity.expiry.isoformat()}
        return Message(N_("You completed this activity after it expired on {date}, so it carries no credit."), params)
    last = calendar.last_claim_day(activity)
    if last is not None and calendar.civil_date(activity, now) > last:
        params = {"date": last.isoformat()}
        return Message(N_("Credit could be claimed until {date}. Write to the provider if you need it."), params)
    return None


def _parts(activity: Activity, tally: Tally, now: datetime) -> tuple[PartState, ...]:
    shut = _shut(activity, now)
    return (
        _step(Part.OVERVIEW, done=tally.acknowledged, shut=shut, before=None),
        _baseline(activity, tally, shut),
        *_learning(activity, tally, now),
        _assessment(activity, tally, shut),
        *((_evaluation(activity, tally, shut),) if activity.evaluation.items else ()),
        _claim(activity, tally, now),
        _certificate(tally),
        *_follow_up(activity, tally, now),
        *retention.part(activity, tally.passed_at, done=tally.later is not None, now=now),
    )


def _shut(activity: Activity, now: datetime) -> Message | None:
    """Why nothing of this activity can be done at `now`, or None. Source: spec part 7, case 4."""
    if activity.release is not None and not calendar.released(activity, now):
        return Message(N_("This activity opens on {date}."), {"date": activity.release.isoformat()})
    over = calendar.claim_over(activity, now) if attendance.applies(activity) else calendar.expired(activity, now)
    if activity.expiry is not None and over:
        params = {"date": activity.expiry.isoformat()}
        return Message(N_("This activity expired on {date}. No credit can be earned any more."), params)
    return None


def _step(part: Part, *, done: bool, shut: Message | None, before: Message | None) -> PartState:
    """A part that is done, or locked because the activity is shut or something comes before it, or open."""
    if done:
        return PartState(part, Status.DONE)
    reason = shut or before
    return PartState(part, Status.OPEN) if reason is None else PartState(part, Status.LOCKED, reason)


def _acknowledge_first(tally: Tally) -> Message | None:
    if tally.acknowledged:
        return None
    if tally.acknowledged_before:
        return Message(N_("The disclosures have changed. First read and acknowledge them again."))
    return Message(N_("First read and acknowledge the disclosures."))


def _baseline(activity: Activity, tally: Tally, shut: Message | None) -> PartState:
    before = _acknowledge_first(tally)
    state = _step(Part.BASELINE, done=before is None and tally.baseline_done, shut=shut, before=before)
    if state.status is Status.DONE and tally.baseline is None and activity.baseline.items:
        return PartState(Part.BASELINE, Status.DONE, Message(N_("Skipped: you had begun the content before.")))
    return state


def _learning(activity: Activity, tally: Tally, now: datetime) -> tuple[PartState, ...]:
    """What is worked through: the content; in a live activity its sessions, and content only where there is some."""
    content = _content(activity, tally, _shut(activity, now))
    if not attendance.applies(activity):
        return (content,)
    attended = _attendance(activity, tally, now)
    return (content, attended) if activity.content.sections else (attended,)


def _attendance(activity: Activity, tally: Tally, now: datetime) -> PartState:
    """Open while a session can still be attended; done when none can and some were. Source: spec part 7, case 5."""
    before = _acknowledge_first(tally)
    if before is None and not tally.baseline_done:
        before = Message(N_("First answer the questions before the content."))
    left = attendance.to_come(activity, tally.attended, now)
    if before is None and not left and not tally.attendance_done:
        before = Message(N_("No attendance of yours is on record. Write to the provider if you were there."))
    done = before is None and not left
    return _step(Part.ATTENDANCE, done=done, shut=_shut(activity, now), before=before)


def _content(activity: Activity, tally: Tally, shut: Message | None) -> PartState:
    before = _acknowledge_first(tally)
    if before is None and not tally.baseline_done:
        before = Message(N_("First answer the questions before the content."))
    return _step(Part.CONTENT, done=before is None and tally.content_done, shut=shut, before=before)


def _work_first(tally: Tally) -> Message | None:
    """What comes before whatever stands behind the content."""
    before = _acknowledge_first(tally)
    if before is None and not tally.baseline_done:
        before = Message(N_("First answer the questions before the content."))
    if before is None and not tally.content_done:
        before = Message(N_("First work through the content."))
    if before is None and not tally.attendance_done:
        before = Message(N_("First attend a session."))
    return before


def _assessment(activity: Activity, tally: Tally, shut: Message | None) -> PartState:
    before = _work_first(tally)
    done = before is None and tally.assessment_done
    if before is None and not done and not tally.assessment_possible:
        before = Message(N_("The provider has not set how this assessment is passed. Write to the provider."))
    if before is None and not done and attempts_left(activity, tally) == 0:
        params = {"count": str(activity.assessment.max_attempts)}
        used = NP_(
            "You have used your one attempt, so you cannot earn credit for this activity.",
            "You have used all {count} attempts, so you cannot earn credit for this activity.",
        )
        before = Message(used, params)
    return _step(Part.ASSESSMENT, done=done, shut=shut, before=before)


def _evaluation(activity: Activity, tally: Tally, shut: Message | None) -> PartState:
    before = _work_first(tally)
    if before is None and not tally.assessment_done:
        before = Message(N_("First pass the assessment."))
    state = _step(Part.EVALUATION, done=tally.evaluated, shut=shut, before=before)
    return replace(state, optional=not evaluating.before_credit(activity))


def _claim(activity: Activity, tally: Tally, now: datetime) -> PartState:
    if tally.claims:
        return PartState(Part.CLAIM, Status.DONE)
    reason = (
        _withdrawn(activity, tally)
        or _evaluate_first(activity, tally, now)
        or claim_closed(activity, tally.completed_at, now)
    )
    return PartState(Part.CLAIM, Status.OPEN) if reason is None else PartState(Part.CLAIM, Status.LOCKED, reason)


def _evaluate_first(activity: Activity, tally: Tally, now: datetime) -> Message | None:
    """Only the evaluation is missing, and there is time for it. Source: spec R-6.2."""
    missing = tally.completed_at is None and not tally.evaluated and tally.ready_for_evaluation
    if not missing or calendar.expired(activity, now):
        return None
    return Message(N_("First answer the evaluation: credit is given only after it."))


def _withdrawn(activity: Activity, tally: Tally) -> Message | None:
    """Staff took the credit back, so the learner can't claim it anew. Source: spec part 7, case 24."""
    if not tally.barred:
        return None
    last = max(tally.barred.values(), key=lambda one: one.at)
    text = N_("The provider withdrew your credit on {date}: {reason} Write to the provider if this is not right.")
    reason = last.reason if last.reason.endswith((".", "!", "?")) else f"{last.reason}."
    return Message(text, {"date": calendar.civil_date(activity, last.at).isoformat(), "reason": reason})


def _certificate(tally: Tally) -> PartState:
    if tally.claims:
        return PartState(Part.CERTIFICATE, Status.OPEN)
    return PartState(Part.CERTIFICATE, Status.LOCKED, Message(N_("First claim your credit.")))


def _follow_up(activity: Activity, tally: Tally, now: datetime) -> tuple[PartState, ...]:
    """There once an evaluation was handed in, where commitments come back (spec 5.3, rule 13); open for good then."""
    days = commitments.days_of(activity)
    if not days or tally.evaluated_at is None:
        return ()
    first = tally.evaluated_at + timedelta(days=days[0])
    if now >= first:
        return (PartState(Part.FOLLOW_UP, Status.OPEN, optional=True),)
    params = {"date": calendar.civil_date(activity, first).isoformat()}
    reason = Message(N_("What you mean to do differently comes back to you on {date}."), params)
    return (PartState(Part.FOLLOW_UP, Status.LOCKED, reason, optional=True),)


def _current(parts: tuple[PartState, ...]) -> Part:
    """The part a learner needs next: the first open one, else the first that is locked and says why.

    What is optional is offered on the way (`parts/page.py`), and never stands in it.
    """
    for status in (Status.OPEN, Status.LOCKED):
        for one in parts:
            if one.status is status and not one.optional:
                return one.part
    return parts[-1].part


# What holds under any edition: the acknowledgement, where the disclosure is the same, and who was in which room.
_CARRIED = frozenset(
    {
        Kind.DISCLOSURE_ACKNOWLEDGED,
        Kind.ATTENDANCE_RECORDED,
        Kind.ATTENDANCE_REFUSED,
        Kind.ATTENDANCE_WITHDRAWN,
    }
)
