"""The parts of a learner's way, and what can be done with each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cme_xblock.activity.message import Message


class Part(StrEnum):
    """The parts of a learner's way, in order."""

    OVERVIEW = "overview"
    BASELINE = "baseline"
    CONTENT = "content"
    ATTENDANCE = "attendance"
    ASSESSMENT = "assessment"
    EVALUATION = "evaluation"
    CLAIM = "claim"
    CERTIFICATE = "certificate"
    FOLLOW_UP = "follow_up"
    RETENTION = "retention"


class Status(StrEnum):
    """What a learner can do with a part: nothing yet, something, or nothing more."""

    LOCKED = "locked"
    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True)
class PartState:
    """One part's status; `reason` is a sentence that says why it is locked, or why it was skipped.

    `optional`: credit does not wait for it, so it is never the part that a learner needs next.
    """

    part: Part
    status: Status
    reason: Message | None = None
    optional: bool = False
