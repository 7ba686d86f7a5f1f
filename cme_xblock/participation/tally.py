"""The tally: one walk over the entries, counting each for what it was worth when it was written.

An entry out of its turn counts for nothing, so that no order of entries, however it came about, awards anything. The
clock never runs backwards here: an entry dated before the one in front of it counts as if written at the same instant
(`entries.verify` reports it). Knows nothing of now, of parts and of reasons: that is `progress.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cme_xblock.activity.model import Activity
from cme_xblock.participation import attendance, credits, regrading, retention
from cme_xblock.participation.attendance import Attended
from cme_xblock.participation.credits import Credit, Withdrawn
from cme_xblock.participation.entries import Entry, Kind, is_complete
from cme_xblock.participation.regrading import Regraded
from cme_xblock.participation.scoring import Responses
from cme_xblock.rules import calendar, disclosure, evaluating, formats

# Formats that carry credit only with a passed assessment. Source: AMA PRA; spec.
ASSESSED_FORMATS = frozenset(one for one, of in formats.RULES.items() if of.assessed)


@dataclass(frozen=True)
class Attempt:
    """One submission of the assessment, scored under the edition it was made under. `number` counts from 1."""

    number: int
    at: datetime
    correct: int
    total: int
    passed: bool
    responses: Responses
    edition: str
    per_item: Mapping[str, bool] = field(default_factory=dict)
    # 0: by the author's key; otherwise how often the edition was regraded since (case 23).
    score_version: int = 0


@dataclass
class Tally:
    """What has been counted so far. Filled by `count` alone."""

    activity: Activity
    edition: str
    disclosure: str
    acknowledged: bool = False
    acknowledged_before: bool = False
    baseline: Responses | None = None
    baseline_edition: str = ""
    content_begun_before: bool = False
    sections: set[str] = field(default_factory=set)
    content_opened_at: datetime | None = None
    attempts: list[Attempt] = field(default_factory=list)
    attempts_here: int = 0
    passed_here: bool = False
    passed_at: datetime | None = None
    later: Responses | None = None
    attended: dict[str, Attended] = field(default_factory=dict)
    wrong_codes: list[datetime] = field(default_factory=list)
    evaluated: bool = False
    evaluated_at: datetime | None = None
    completed_at: datetime | None = None
    claims: list[str] = field(default_factory=list)
    held: Mapping[str, Credit] = field(default_factory=dict)
    wants_no_credit: bool = False
    barred: Mapping[str, Withdrawn] = field(default_factory=dict)
    regraded: Mapping[str, Regraded] = field(default_factory=dict)
    is_test: bool = False

    @property
    def baseline_done(self) -> bool:
        """Submitted, or nothing to submit, or too late to be one: begun under another edition, or attended."""
        begun = self.content_begun_before or bool(self.attended)
        return self.baseline is not None or not self.activity.baseline.items or begun

    @property
    def content_done(self) -> bool:
        """Whether every section of this edition is completed; at once where there is none."""
        return self.sections.issuperset(self.activity.content.sections)

    @property
    def minutes(self) -> dict[str, int]:
        """Minutes attended as a learner, by session of this edition."""
        return attendance.minutes(self.activity, self.attended)

    @property
    def attendance_done(self) -> bool:
        """Whether some session was attended, where the format goes by attendance."""
        return not attendance.applies(self.activity) or bool(self.minutes)

    @property
    def assessment_possible(self) -> bool:
        """Whether the edition says what it takes to pass, or asks for nothing."""
        assessment = self.activity.assessment
        if self.activity.format in ASSESSED_FORMATS:
            return bool(assessment.items) and assessment.pass_mark is not None
        return True

    @property
    def assessment_done(self) -> bool:
        """Whether the assessment was passed under this edition; at once where the format needs none and has none."""
        return self.passed_here or (self.assessment_possible and not self.activity.assessment.items)

    @property
    def ready_for_content(self) -> bool:
        """Whether content counts now."""
        return self.acknowledged and self.baseline_done

    @property
    def ready_for_evaluation(self) -> bool:
        """Whether the learner has been through what the evaluation asks about."""
        return self.ready_for_content and self.content_done and self.attendance_done and self.assessment_done

    @property
    def complete(self) -> bool:
        """Whether every requirement is met together."""
        return self.ready_for_evaluation and (self.evaluated or not evaluating.before_credit(self.activity))


def count(activity: Activity, entries: Sequence[Entry], *, edition: str, editions: Mapping[str, Activity]) -> Tally:
    """The tally of all entries under one edition."""
    tally = Tally(activity=activity, edition=edition, disclosure=disclosure.sha256(activity))
    # An attempt is worth what it is worth by the key as it is corrected now, at the time when it was made.
    tally.regraded = regrading.of(entries)
    known = {**editions, edition: activity}
    clock = datetime.min.replace(tzinfo=UTC)
    for one in entries:
        clock = max(clock, one.at if one.at.tzinfo is not None else one.at.replace(tzinfo=UTC))
        if one.kind in _COUNT and is_complete(one) and (one.kind in _EVER or _in_time(activity, clock)):
            _COUNT[one.kind](tally, one, clock, known)
        if tally.content_opened_at is None and tally.ready_for_content:
            tally.content_opened_at = clock
        if tally.completed_at is None and tally.complete:
            tally.completed_at = clock
    if attendance.applies(activity):
        # The credit of a live activity bears the day of its last attended session, whatever was handed in later.
        tally.completed_at = attendance.latest_end(activity, tally.minutes) if tally.complete else None
    credit = credits.fold(entries)
    tally.claims, tally.held, tally.barred = list(credit.live), credit.live, credit.barred
    return tally


def _in_time(activity: Activity, at: datetime) -> bool:
    """Whether a fact of that instant can count: nothing does after the expiry date. Source: spec part 7, case 4.

    A live activity is over before its learners answer, so they have the days in which it can be claimed.
    """
    return not (calendar.claim_over(activity, at) if attendance.applies(activity) else calendar.expired(activity, at))


def _acknowledged(tally: Tally, entry: Entry, at: datetime, known: Mapping[str, Activity]) -> None:
    if entry.payload["disclosure"] != tally.disclosure:
        tally.acknowledged_before = True
    else:
        tally.acknowledged = True


def _baseline(tally: Tally, entry: Entry, at: datetime, known: Mapping[str, Activity]) -> None:
    """The first baseline is the baseline, under whichever edition; one after the content began is none. Spec 5.3, 2."""
    begun = tally.content_begun_before or tally.sections or tally.attended or tally.attempts
    if tally.baseline is None and not begun:
        if entry.edition == tally.edition and not tally.acknowledged:
            return
        tally.baseline = _responses(entry.payload["responses"])
        tally.baseline_edition = entry.edition


def _content(tally: Tally, entry: Entry, at: datetime, known: Mapping[str, Activity]) -> None:
    if entry.edition != tally.edition:
        tally.content_begun_before = True
    elif tally.ready_for_content and entry.payload["section"] in tally.activity.content.sections:
        tally.sections.add(entry.payload["section"])


def _assessment(tally: Tally, entry: Entry, at: datetime, known: Mapping[str, Activity]) -> None:
    here = entry.edition == tally.edition
    if here and not (tally.ready_for_content and tally.content_done and tally.attendance_done):
        return
    if here and 0 < tally.activity.assessment.max_attempts <= tally.attempts_here:
        return
    tally.attempts_here += here
    attempt = _scored(tally, entry, at, known.get(entry.edition))
    tally.attempts.append(attempt)
    tally.content_begun_before = tally.content_begun_before or not here
    tally.passed_here = tally.passed_here or (here and attempt.passed)
    if tally.passed_here and tally.passed_at is None:
        tally.passed_at = at


def _later(tally: Tally, entry: Entry, at: datetime, known: Mapping[str, Activity]) -> None:
    """The retention check, once and not before its day, under the edition in which the assessment was passed."""
    due = retention.due_at(tally.activity, tally.passed_at)
    if entry.edition == tally.edition and due is not None and at >= due and tally.later is None:
        tally.later = _responses(entry.payload["responses"])


def _evaluated(tally: Tally, entry: Entry, at: datetime, known: Mapping[str, Activity]) -> None:
    """Handed in once, under whichever edition: nobody is asked twice what they think of the activity."""
    tally.evaluated = tally.evaluated or entry.edition != tally.edition or tally.ready_for_evaluation
    if tally.evaluated and tally.evaluated_at is None:
        tally.evaluated_at = at


def _attended(tally: Tally, entry: Entry, at: datetime, known: Mapping[str, Activity]) -> None:
    """A session attended, or taken back, under whichever edition; by code only behind the disclosure."""
    seen = tally.acknowledged or tally.acknowledged_before
    if seen or entry.kind == Kind.ATTENDANCE_WITHDRAWN or entry.payload["method"] != attendance.Method.CODE:
        attendance.apply(tally.attended, entry, at)


def _wrong_code(tally: Tally, entry: Entry, at: datetime, known: Mapping[str, Activity]) -> None:
    tally.wrong_codes.append(at)


def _reset(tally: Tally, entry: Entry, at: datetime, known: Mapping[str, Activity]) -> None:
    """Staff gave the attempts of this edition anew. Source: spec part 7, case 6."""
    if entry.edition == tally.edition:
        tally.attempts_here = 0


def _without_credit(tally: Tally, entry: Entry, at: datetime, known: Mapping[str, Activity]) -> None:
    """Complete, and no credit wanted; it may still be claimed later. Source: spec part 7, case 32."""
    tally.wants_no_credit = entry.edition == tally.edition and tally.completed_at is not None


def _marked(tally: Tally, entry: Entry, at: datetime, known: Mapping[str, Activity]) -> None:
    tally.is_test = entry.payload["test"] is True


_COUNT = {
    Kind.DISCLOSURE_ACKNOWLEDGED: _acknowledged,
    Kind.BASELINE_SUBMITTED: _baseline,
    Kind.CONTENT_COMPLETED: _content,
    Kind.ASSESSMENT_SUBMITTED: _assessment,
    Kind.EVALUATION_SUBMITTED: _evaluated,
    Kind.RETENTION_SUBMITTED: _later,
    Kind.ATTENDANCE_RECORDED: _attended,
    Kind.ATTENDANCE_WITHDRAWN: _attended,
    Kind.ATTENDANCE_REFUSED: _wrong_code,
    Kind.COMPLETED_WITHOUT_CREDIT: _without_credit,
    Kind.ATTEMPTS_RESET: _reset,
    Kind.TEST_MARKED: _marked,
}
# What is so at any time, also after the activity has expired. Credit is counted apart, by `credits.fold`.
_EVER = frozenset(
    {
        Kind.TEST_MARKED,
        Kind.COMPLETED_WITHOUT_CREDIT,
        Kind.ATTENDANCE_RECORDED,
        Kind.ATTENDANCE_WITHDRAWN,
        Kind.ATTENDANCE_REFUSED,
        Kind.RETENTION_SUBMITTED,
    }
)


def _scored(tally: Tally, entry: Entry, at: datetime, activity: Activity | None) -> Attempt:
    """An attempt scored under its own edition, by its corrected key; under one that is not known it scores nothing."""
    responses, number = _responses(entry.payload["responses"]), len(tally.attempts) + 1
    if activity is None:
        return Attempt(number, at, correct=0, total=0, passed=False, responses=responses, edition=entry.edition)
    assessment, regraded = activity.assessment, tally.regraded.get(entry.edition, Regraded())
    score = regraded.score(assessment.items, responses)
    # Where a format needs no assessment and its author set no mark, handing it in is what is asked for.
    unmarked = assessment.pass_mark is None and activity.format not in ASSESSED_FORMATS
    return Attempt(
        number,
        at,
        correct=score.correct,
        total=score.total,
        passed=unmarked or regrading.passes(assessment.items, responses, regraded, assessment.pass_mark),
        responses=responses,
        edition=entry.edition,
        per_item=score.per_item,
        score_version=regraded.version,
    )


def _responses(value: Any) -> Responses:
    """Responses as stored, without whatever has the wrong type: an entry may have been tampered with."""
    if not isinstance(value, Mapping):
        return {}
    return {
        item: tuple(one for one in options if isinstance(one, str))
        for item, options in value.items()
        if isinstance(item, str) and isinstance(options, list | tuple)
    }
