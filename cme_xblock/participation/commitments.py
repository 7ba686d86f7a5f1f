"""What learners meant to do differently, asked about after some weeks: when, and what may be answered. PURE.

A commitment comes back on each of its days (30, 60, 90 after it was made) until it is fully done. On a day that was
missed nothing is made up for: only the latest day that has come is asked about. Source: spec 5.3, rule 13.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from cme_xblock.activity.fields import clean
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.participation import evaluation
from cme_xblock.participation.refusal import Refusal, incomplete

LONGEST_REASON = 2000
_MOST = 1000
# What stands behind a commitment's name: that it is the reason for the answer.
_WHY = "#why"


class Outcome(StrEnum):
    """How far a commitment was carried out, as the learner says. Stored: add, never rename."""

    FULLY = "fully"
    PARTLY = "partly"
    NOT_YET = "not_yet"


@dataclass(frozen=True)
class Held:
    """One commitment. `name` is its uuid, `objective` an id or empty, `days` as whole numbers; `answers` by day."""

    name: str
    objective: str
    text: str
    days: tuple[int, ...]
    made_at: datetime
    answers: Mapping[int, Outcome] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """The name of the reason among the answers."""
        return self.name + _WHY

    def due_day(self, now: datetime) -> int | None:
        """The day that is asked about at `now` (aware); None where none has come, or nothing is left to ask."""
        come = [day for day in self.days if self.made_at + timedelta(days=day) <= now]
        if not come or Outcome.FULLY in self.answers.values():
            return None
        return None if max(come) in self.answers else max(come)

    def next_at(self, now: datetime) -> datetime | None:
        """When it comes back for the next time after `now`; None where it does not."""
        if Outcome.FULLY in self.answers.values():
            return None
        return min((at for day in self.days if (at := self.made_at + timedelta(days=day)) > now), default=None)


@dataclass(frozen=True)
class Given:
    """An answer that may be kept. `reason` is the learner's own words, or empty."""

    name: str
    day: int
    outcome: Outcome
    reason: str


def days_of(activity: Activity) -> tuple[int, ...]:
    """After how many days commitments of this activity come back; empty where no question asks for any."""
    if not any(evaluation.comes_back(activity, one) for one in evaluation.questions(activity)):
        return ()
    return tuple(sorted(int(one.value) for one in activity.evaluation.follow_up))


def take(held: Sequence[Held], responses: object, *, now: datetime) -> tuple[Given, ...] | Refusal:
    """What was answered of what is due, or every fault of it at once, by the commitment it is at.

    `responses`: any JSON value; right is a list of one text for each name, and one for its reason. What is left out
    is asked again; at least one answer has to be there. A reason without an answer is a fault: it would be lost.
    """
    due = {one.name: (one, day) for one in held if (day := one.due_day(now)) is not None}
    names = {name for one in held for name in (one.name, one.why)}
    if not isinstance(responses, Mapping) or len(responses) > _MOST or not responses.keys() <= names:
        return Refusal("malformed", Message(N_("The page is out of date: a question changed. Reload it.")))
    if not due or any(name.removesuffix(_WHY) not in due for name in responses):
        return Refusal("already_recorded", Message(N_("This was answered already. Reload the page.")))
    given: list[Given] = []
    faults: dict[str, Message] = {}
    for name, (one, day) in due.items():
        outcome, reason = _outcome(responses.get(name)), _reason(responses.get(one.why))
        if isinstance(outcome, Message):
            faults[name] = outcome
        elif isinstance(reason, Message):
            faults[one.why] = reason
        elif outcome is not None:
            given.append(Given(name, day, outcome, reason))
        elif reason:
            faults[name] = Message(N_("Choose an answer."))
    if faults:
        return incomplete(faults)
    if not given:
        return Refusal("incomplete", Message(N_("Choose an answer for at least one of your plans, then send again.")))
    return tuple(given)


def _outcome(given: object) -> Outcome | Message | None:
    if given in (None, []):
        return None
    known = {one.value for one in Outcome}
    if isinstance(given, list) and len(given) == 1 and isinstance(given[0], str) and given[0] in known:
        return Outcome(given[0])
    return Message(_SENT_WRONG)


def _reason(given: object) -> str | Message:
    if given in (None, []):
        return ""
    if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], str):
        return Message(_SENT_WRONG)
    if len(given[0]) > LONGEST_REASON * 2:
        return Message(_TOO_LONG, {"most": str(LONGEST_REASON)})
    try:
        kept = clean(given[0])
    except ValueError:
        return Message(N_("There is a character in it that can't be kept. Type it again without special characters."))
    return kept if len(kept) <= LONGEST_REASON else Message(_TOO_LONG, {"most": str(LONGEST_REASON)})


_SENT_WRONG = N_("The answer did not arrive as it was sent. Reload the page.")
_TOO_LONG = N_("This is longer than {most} characters. Shorten it.")
