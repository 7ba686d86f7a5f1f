"""The retention check: which questions come again, and when. PURE.

Those of the assessment that have a twin in the baseline, so that before, after and later can be compared. They come
some days after the assessment was passed, once, in the edition in which it was passed. Source: issue of outcomes;
spec 5.3, rules 1 and 2.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, Item
from cme_xblock.activity.remembered import remembered
from cme_xblock.participation.part import Part, PartState, Status
from cme_xblock.rules import calendar, evaluating


@remembered
def items(activity: Activity) -> tuple[Item, ...]:
    """The questions that come again, in the assessment's order; none where the author wants no check."""
    if not 0 < activity.retention.days <= evaluating.LONGEST_RETENTION:
        return ()
    paired = {one.pair_id for one in activity.baseline.items if one.scored and one.pair_id}
    return tuple(one for one in activity.assessment.items if one.scored and one.pair_id in paired)


def due_at(activity: Activity, passed_at: datetime | None) -> datetime | None:
    """When they come again to who passed at that instant (aware); None where they do not."""
    if passed_at is None or not items(activity):
        return None
    try:
        return passed_at + timedelta(days=activity.retention.days)
    except OverflowError:
        return None


def part(activity: Activity, passed_at: datetime | None, *, done: bool, now: datetime) -> tuple[PartState, ...]:
    """The part's state: there once the assessment was passed, open from its day on for good, done once answered."""
    due = due_at(activity, passed_at)
    if due is None:
        return ()
    if done:
        return (PartState(Part.RETENTION, Status.DONE, optional=True),)
    if now >= due:
        return (PartState(Part.RETENTION, Status.OPEN, optional=True),)
    params = {"date": calendar.civil_date(activity, due).isoformat()}
    reason = Message(N_("The questions come again on {date}, so that you see what has stayed."), params)
    return (PartState(Part.RETENTION, Status.LOCKED, reason, optional=True),)
