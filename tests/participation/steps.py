"""The right steps of the learner's way, as far as a test wants them, and what the parts say then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cme_xblock.activity.model import Activity
from cme_xblock.participation.progress import Part, Status
from tests.participation.ledger import Ledger
from tests.rules import sample

NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)
# The sample expires on 2028-01-15 in New York: the last instant of it in UTC.
LAST = datetime(2028, 1, 16, 4, 59, 59, 999999, tzinfo=UTC)
OVER = LAST + timedelta(microseconds=1)
NEW_RELATION = {
    "people.1.relationships.+": {
        "company": "Other Pharma",
        "nature": "Speaker",
        "eligibility": "ineligible",
        "relevance": "relevant",
        "mitigations": [{"method": "peer review", "on": "2026-01-10"}],
    }
}


def walked(activity: Activity, *, until: Part, now: datetime = NOW) -> Ledger:
    """A ledger walked rightly up to, and without, the given part."""
    ledger = Ledger(activity)
    return walk(ledger, until=until, now=now)


def walk(ledger: Ledger, *, until: Part, now: datetime = NOW) -> Ledger:
    for _ in range(20):
        current = ledger.progress(now).current
        if current in (until, Part.CERTIFICATE) or not ledger.progress(now).is_open(current):
            break
        step(ledger, now=now)
    return ledger


def step(ledger: Ledger, *, now: datetime = NOW) -> None:
    """What the current part asks for."""
    current = ledger.progress(now).current
    if current is Part.OVERVIEW:
        ledger.acknowledge(now)
    elif current is Part.BASELINE:
        ledger.baseline(now, sample.right_baseline())
    elif current is Part.CONTENT:
        for section in ledger.activity(now).content.sections:
            ledger.content(now, section)
    elif current is Part.ASSESSMENT:
        ledger.assessment(now, sample.right_assessment())
    elif current is Part.CLAIM:
        ledger.claim(now)


def reason(ledger: Ledger, part: Part, now: datetime = NOW) -> str:
    state = ledger.progress(now).state(part)
    assert state.status is Status.LOCKED
    return str(state.reason)


def statuses(ledger: Ledger, now: datetime = NOW) -> str:
    """One letter for each part: l(ocked), o(pen), d(one)."""
    return "".join(one.status.value[0] for one in ledger.progress(now).parts)
