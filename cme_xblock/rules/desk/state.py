"""Where a person stands today: asked, given, to be decided on, stopped, mitigated; and how old the disclosure is.

12 months: most providers ask again. 24 months: the look-back is over, and the disclosure carries no new activity.
Source: spec R-1.2, R-1.4; `rules.currency` has the same limits for activities.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cme_xblock.activity.codes import Relevance
from cme_xblock.activity.days import add_days, add_years
from cme_xblock.rules.desk import copying
from cme_xblock.rules.desk.dossier import Disclosure, Dossier
from cme_xblock.rules.finding import Finding, Rule

AGES_YEARS = 1
LAPSES_YEARS = 2
# So many days before the twelve months are over, people are told.
AHEAD_DAYS = 30


class State(StrEnum):
    """What the list shows of a person; the first that is true, in this order."""

    LAPSED = "lapsed"
    STOPPED = "stopped"
    NEEDS_DECISION = "needs_decision"
    LAPSING = "lapsing"
    MITIGATED = "mitigated"
    GIVEN = "given"
    INVITED = "invited"
    UNANSWERED = "unanswered"
    NOT_ASKED = "not_asked"


class Age(StrEnum):
    """How old the current disclosure is: up to 11 months, near 12 or over, over 24; `none` where there is none."""

    NONE = "none"
    CURRENT = "current"
    LAPSING = "lapsing"
    LAPSED = "lapsed"


@dataclass(frozen=True)
class Invited:
    """The last invitation: until when it may be answered (the provider's civil date), and whether it was."""

    until: date
    answered: bool


@dataclass(frozen=True)
class Standing:
    """Where somebody stands. `ages_on` and `lapses_on` are the last days of 12 and 24 months, None without disclosure.

    `open`: what must be decided or mitigated; `stops`: why the person may not control content. Both by the activity's
    key. `invited`: an invitation is open, whatever else is the case.
    """

    state: State
    age: Age
    ages_on: date | None
    lapses_on: date | None
    invited: bool
    open: tuple[tuple[str, Finding], ...] = ()
    stops: tuple[tuple[str, Finding], ...] = ()


def standing(dossier: Dossier, *, today: date, last: Invited | None) -> Standing:
    """Where the person stands on that civil date."""
    current = dossier.current
    invited = last is not None and not last.answered and last.until >= today
    if current is None:
        state = State.INVITED if invited else State.UNANSWERED if last and not last.answered else State.NOT_ASKED
        return Standing(state, Age.NONE, None, None, invited)
    ages_on, lapses_on = add_years(current.on, AGES_YEARS), add_years(current.on, LAPSES_YEARS)
    age = _age(ages_on, lapses_on, today)
    open_, stops = _findings(dossier, current, today, copying.OPEN), _findings(dossier, current, today, copying.STOPS)
    return Standing(_state(dossier, current, age, (open_, stops)), age, ages_on, lapses_on, invited, open_, stops)


Found = tuple[tuple[str, Finding], ...]


def _state(dossier: Dossier, current: Disclosure, age: Age, found: tuple[Found, Found]) -> State:
    open_, stops = found
    if age is Age.LAPSED:
        return State.LAPSED
    if stops:
        return State.STOPPED
    # Somebody who is in no activity yet has relationships that wait for their first content.
    if open_ or (current.relationships and not dossier.assignments):
        return State.NEEDS_DECISION
    if age is Age.LAPSING:
        return State.LAPSING
    return State.MITIGATED if _is_mitigated(dossier, current) else State.GIVEN


def _is_mitigated(dossier: Dossier, current: Disclosure) -> bool:
    """Whether anything was relevant; that all of it is mitigated is known by then."""
    return any(
        one.relevance is Relevance.RELEVANT
        for (number, _, activity), one in dossier.decisions.items()
        if number == current.number and activity in dossier.assignments
    )


def _age(ages_on: date, lapses_on: date, today: date) -> Age:
    if today > lapses_on:
        return Age.LAPSED
    return Age.LAPSING if today >= add_days(ages_on, -AHEAD_DAYS) else Age.CURRENT


def _findings(
    dossier: Dossier, current: Disclosure, today: date, rules: tuple[Rule, ...]
) -> tuple[tuple[str, Finding], ...]:
    return tuple(
        (assignment.activity, found)
        for assignment in dossier.assignments.values()
        for found in copying.findings(dossier, current, assignment, today=today, rules=rules)
    )
