"""Renewal: next year's activity from this one, and what a person must look at before it may open.

What belongs to the old activity alone goes: numbers and letters of accreditors, decisions on warnings, last year's
support, validation and mitigation. What makes the two comparable stays: items with their ids and pairs, the blocks of
the content. Nothing of a learner is here, and nothing is judged: `rules/` finds what is still missing.

Source: spec R-1.2, R-1.4, R-1.16; part 7, case 25.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from cme_xblock.activity.codes import Relevance
from cme_xblock.activity.days import add_days, add_years, span
from cme_xblock.activity.fields import clean
from cme_xblock.activity.jcs import ActivityError
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, MocOffering, Offering, Person, Relationship, Support
from cme_xblock.activity.renewal_checklist import Task, tasks
from cme_xblock.activity.sessions import Session

__all__ = ["Renewal", "Task", "renew", "suggest_id"]

# An activity cannot run longer than this without a review, and the renewed one begins with one. Source.
_LONGEST_RUN = 3
_LONGEST_ID = 80
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
# "2025-2026": a year that follows at once on another belongs to a season, and both move.
_SEASON = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})([-_.])((?:19|20)[0-9]{2})(?![0-9])")


@dataclass(frozen=True)
class Renewal:
    """The renewed draft, and what must be looked at again, in the planner's order."""

    activity: Activity
    checklist: tuple[Task, ...]


def renew(activity: Activity, *, activity_id: str, release: date) -> Renewal:
    """Next year's activity: `activity_id` is its new name, `release` its civil date of release.

    - The expiry lies as long after the release as before, at most three years; `last_review` is empty, because only
      who has reviewed the content can date it. A board's claim date moves as far as the release did.
    - A disclosure at most 12 months old at the new release stands, with the provider's decisions on it; an older one is
      asked anew: its date, evidence and decisions go, and the relationships stay to be confirmed. Source: R-1.2, R-1.4.
    - Mitigation is cleared in both cases: it must come before the person takes the role, and the role in this activity
      is a new one. Learners would else be told "mitigated" on the strength of last year's step.
    - Cleared: PARS id, UAN and every other number of an offering, its dates and pasted statement, content validation,
      overrides, and the answer on commercial support with its sources.

    Raises ActivityError for an `activity_id` that is empty, the old one, or no text that an activity can hold.
    """
    renewed = _renewed(activity, _new_id(activity, activity_id), release)
    return Renewal(activity=renewed, checklist=tasks(activity, renewed))


def suggest_id(activity_id: str, *, release: date) -> str:
    """A name for the activity that renews `activity_id`: the year in it moved on, or the year of `release` added.

    "x-2026" becomes "x-2027" for a release in 2027 (and also in 2026, for it must differ), "x-2025-2026" becomes
    "x-2026-2027", "x" becomes "x-2027".
    """
    seasons = [one for one in _SEASON.finditer(activity_id) if int(one[3]) == int(one[1]) + 1]
    if seasons:
        found = seasons[-1]
        first = max(release.year, int(found[1]) + 1)
        return f"{activity_id[: found.start()]}{first}{found[2]}{first + 1}{activity_id[found.end() :]}"
    years = list(_YEAR.finditer(activity_id))
    if years:
        found = years[-1]
        year = max(release.year, int(found[0]) + 1)
        return f"{activity_id[: found.start()]}{year}{activity_id[found.end() :]}"
    ending = f"-{release.year}"
    return f"{activity_id[: _LONGEST_ID - len(ending)].rstrip('-_.')}{ending}".lstrip("-")


def _new_id(activity: Activity, given: str) -> str:
    try:
        name = clean(given)
    except ValueError:
        raise ActivityError("activity_id", Message(BAD_ID)) from None
    if not name:
        raise ActivityError("activity_id", Message(NO_ID))
    if name == activity.activity_id:
        raise ActivityError("activity_id", Message(SAME_ID, {"id": name}))
    return name


def _renewed(activity: Activity, activity_id: str, release: date) -> Activity:
    return replace(
        activity,
        activity_id=activity_id,
        renewed_from=activity.activity_id,
        release=release,
        last_review=None,
        expiry=_expiry(activity, release),
        content_validated_on=None,
        content_validated_by="",
        people=tuple(_person(one, release) for one in activity.people),
        support=Support(),
        offerings=tuple(_offering(one, activity.release, release) for one in activity.offerings),
        sessions=tuple(_session(one) for one in activity.sessions),
        overrides=(),
    )


def _expiry(activity: Activity, release: date) -> date | None:
    """As long after the new release as before, at most three years; None where it was not known, or before the release.

    Counted to the day after the expiry, so that a year to its last day stays a year: 2026-01-15 to 2027-01-14.
    """
    if activity.release is None or activity.expiry is None or activity.expiry < activity.release:
        return None
    over = span(activity.release, add_days(activity.expiry, 1)).after(release)
    return max(release, min(add_days(over, -1), add_years(release, _LONGEST_RUN)))


def _session(one: Session) -> Session:
    """The session without its time and its code: both are new each time."""
    return replace(one, start=None, end=None, code="", breaks=())


def _person(person: Person, release: date) -> Person:
    stands = person.disclosed_on is not None and add_years(person.disclosed_on, 1) >= release
    return replace(
        person,
        disclosed_on=person.disclosed_on if stands else None,
        disclosure_evidence=person.disclosure_evidence if stands else "",
        role_started_on=None,
        relationships=tuple(_relationship(one, stands=stands) for one in person.relationships),
    )


def _relationship(one: Relationship, *, stands: bool) -> Relationship:
    if stands:
        return replace(one, mitigations=())
    return replace(one, mitigations=(), relevance=Relevance.UNDETERMINED, decided_on=None)


def _offering(one: Offering, before: date | None, release: date) -> Offering:
    return replace(
        one,
        designated_on=None,
        letter_on=None,
        approval_expires=None,
        statement="",
        identifiers=(),
        moc=tuple(_moc(board, before, release) for board in one.moc),
    )


def _moc(board: MocOffering, before: date | None, release: date) -> MocOffering:
    moved = None if before is None or board.claim_by is None else span(before, release).after(board.claim_by)
    return replace(board, claim_by=moved)


NO_ID = N_("The renewed activity needs an id of its own, such as hand-hygiene-2027.")
SAME_ID = N_('"{id}" is the id of the activity that is renewed. Give the new one another, such as the next year.')
BAD_ID = N_("The id holds a character that cannot be kept. Use small letters, digits and hyphens.")
