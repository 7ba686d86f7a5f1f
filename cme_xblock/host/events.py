"""Tracking events: what a learner did, for the platform's own analytics. Ids and scores, and never a name or an answer.

Each is named `xblock.cme.<object>.<past tense>` and told once, after the entry was written. It is no record and no
evidence: an event can be lost, the ledger can't. Who did it and in which course is the platform's context.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cme_xblock.participation.entries import Entry, Kind
from cme_xblock.participation.progress import Progress

_More = Callable[[Entry, Progress], Mapping[str, Any]]


@dataclass(frozen=True)
class Event:
    """One kind of event: its name after `xblock.cme.`, when it is told, and what it says beside COMMON."""

    name: str
    when: str
    fields: Mapping[str, str] = field(default_factory=dict)
    more: _More = lambda entry, progress: {}

    @property
    def full_name(self) -> str:
        """As the platform is told."""
        return f"xblock.cme.{self.name}"


# What every event says: JSON's types.
COMMON: Mapping[str, str] = {"activity_id": "string", "edition": "string", "test": "boolean"}


def _attempt(entry: Entry, progress: Progress) -> Mapping[str, Any]:
    last = progress.attempts[-1]
    return {"attempt": last.number, "correct": last.correct, "total": last.total, "passed": last.passed}


def _of_payload(name: str) -> _More:
    return lambda entry, progress: {name: str(entry.payload[name])}


EVENTS: Mapping[Kind, Event] = {
    Kind.DISCLOSURE_ACKNOWLEDGED: Event("disclosure.acknowledged", "A learner acknowledged the disclosures."),
    Kind.BASELINE_SUBMITTED: Event("baseline.submitted", "A learner answered the questions before the content."),
    Kind.CONTENT_COMPLETED: Event(
        "content.completed", "A learner declared a section done.", {"section": "string"}, _of_payload("section")
    ),
    Kind.ATTENDANCE_RECORDED: Event(
        "attendance.recorded",
        "A learner attended a session of a live activity.",
        {"session": "string"},
        _of_payload("session"),
    ),
    Kind.ASSESSMENT_SUBMITTED: Event(
        "assessment.submitted",
        "A learner made an attempt at the assessment.",
        {"attempt": "integer", "correct": "integer", "total": "integer", "passed": "boolean"},
        _attempt,
    ),
    # Of whom and when the ledger has it too; what was answered is in no event, and no path leads from one to the other.
    Kind.EVALUATION_SUBMITTED: Event("evaluation.submitted", "A learner handed in the evaluation."),
    Kind.CREDIT_CLAIMED: Event(
        "credit.claimed", "A learner claimed credit.", {"system": "string"}, _of_payload("system")
    ),
    Kind.COMPLETED_WITHOUT_CREDIT: Event("credit.declined", "A learner completed the activity and wants no credit."),
    Kind.CREDIT_CORRECTED: Event(
        "credit.corrected", "A learner corrected a claim.", {"system": "string"}, _of_payload("system")
    ),
    Kind.RETENTION_SUBMITTED: Event("retention.submitted", "A learner answered the questions again, weeks later."),
}
# What staff or the program writes is told to nobody's analytics.
SILENT = frozenset(
    {
        Kind.ATTENDANCE_REFUSED,
        Kind.ATTENDANCE_WITHDRAWN,
        Kind.ATTEMPTS_RESET,
        Kind.CREDIT_VOIDED,
        Kind.INCIDENT_RECORDED,
        Kind.REGRADED,
        Kind.TEST_MARKED,
    }
)


def of(entry: Entry, progress: Progress, *, activity_id: str) -> tuple[str, dict[str, Any]] | None:
    """The event of an entry that was just written: its full name and its data; None for what is told to nobody."""
    event = EVENTS.get(entry.kind)
    if event is None:
        return None
    common = {"activity_id": activity_id, "edition": entry.edition, "test": progress.is_test}
    return event.full_name, {**common, **event.more(entry, progress)}
