"""What the desk's pages call things: states, ages, kinds of entries; dates in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import formats, timezone

from cme_xblock.activity.message import N_
from cme_xblock.rules.desk.chain import PERSON, Entry, Kind
from cme_xblock.rules.desk.deciding import EXCEPTIONS, MITIGATIONS
from cme_xblock.rules.desk.state import State

# What the list shows of a state, and how it is marked.
STATES: Mapping[State, tuple[str, str]] = {
    State.LAPSED: (N_("Lapsed"), "bad"),
    State.STOPPED: (N_("Stopped"), "bad"),
    State.NEEDS_DECISION: (N_("Needs decision"), "soon"),
    State.LAPSING: (N_("Lapsing"), "soon"),
    State.UNANSWERED: (N_("Not answered in time"), "soon"),
    State.NOT_ASKED: (N_("Not asked yet"), "soon"),
    State.INVITED: (N_("Invited"), "none"),
    State.MITIGATED: (N_("Mitigated"), "good"),
    State.GIVEN: (N_("Given"), "good"),
}
# Not a state of the person: its entries cannot be read, and `cme_verify` names them.
DAMAGED = (N_("Damaged"), "bad")
ROLES: Mapping[str, str] = {
    "planner": N_("Planner"),
    "faculty": N_("Faculty"),
    "author": N_("Author"),
    "reviewer": N_("Reviewer"),
    "moderator": N_("Moderator"),
    "item_writer": N_("Item writer"),
    "staff": N_("Staff"),
    "other": N_("Other person in control of content"),
}
DECIDED: Mapping[tuple[str, str], str] = {
    ("eligible", "not_relevant"): N_("not an ineligible company"),
    ("ineligible", "not_relevant"): N_("ineligible company, not relevant"),
    ("ineligible", "relevant"): N_("ineligible company, relevant"),
}
_HAPPENED: Mapping[Kind, str] = {
    Kind.NAMED: N_("Name written down: {name}"),
    Kind.INVITED: N_("Invited to disclose, until {expires}"),
    Kind.REMINDED: N_("Reminded by mail"),
    Kind.GIVEN: N_("Disclosure given: {number}"),
    Kind.IMPORTED: N_("Disclosure of {disclosed_on} imported from a table: {number}"),
    Kind.ASSIGNED: N_("Assigned to {title}"),
    Kind.UNASSIGNED: N_("Taken off {title}"),
    Kind.DECIDED: N_("Decided for {title}: {company} – {decided}"),
    Kind.MITIGATED: N_("Mitigated on {on} for {title}: {company} – {method}"),
    Kind.EXCEPTED: N_("Exception for {title}: {exception}"),
    Kind.TAKEN: N_("{number} was taken into {title}"),
}


def today() -> date:
    """The civil date that the desk goes by: the site's."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


def day(value: date | None) -> str:
    """A civil date in the reader's language; empty where there is none."""
    return str(formats.date_format(value, "DATE_FORMAT")) if value else ""


def moment(value: datetime) -> str:
    """An instant in the site's zone, in the reader's language."""
    return str(formats.date_format(value.astimezone(timezone.get_default_timezone()), "SHORT_DATETIME_FORMAT"))


def history(entries: tuple[Entry, ...], gettext: Callable[[str], str]) -> list[dict[str, str]]:
    """What happened, the last first, each with when and by whom."""
    titles: dict[str, str] = {}
    companies: dict[tuple[str, str], str] = {}
    rows = []
    for one in entries:
        facts: dict[str, Any] = {"title": "", **one.facts}
        if one.kind is Kind.ASSIGNED:
            titles[facts["activity"]] = facts["title"] or facts["activity_id"]
        for told in (one.words or {}).get("relationships", ()):
            companies[facts["number"], told["id"]] = told["company"]
        rows.append(
            {
                "at": moment(one.at),
                "by": gettext(_BY.get(one.by, "")) or one.by,
                "what": gettext(_HAPPENED[one.kind]).format(**_said(one, facts, titles, companies, gettext)),
                "note": str((one.words or {}).get("note", "")),
            }
        )
    return rows[::-1]


def _said(
    one: Entry,
    facts: Mapping[str, Any],
    titles: Mapping[str, str],
    companies: Mapping[tuple[str, str], str],
    gettext: Callable[[str], str],
) -> dict[str, str]:
    return {
        "name": str((one.words or {}).get("name", "")),
        "number": facts.get("number", ""),
        "title": titles.get(facts.get("activity", ""), ""),
        "company": companies.get((facts.get("number", ""), facts.get("relationship", "")), ""),
        "decided": gettext(DECIDED.get((facts.get("eligibility", ""), facts.get("relevance", "")), "")),
        "method": gettext(MITIGATIONS.get(facts.get("method", ""), "")),
        "exception": gettext(EXCEPTIONS.get(facts.get("exception", ""), NO_EXCEPTION)),
        "expires": moment(datetime.fromisoformat(facts["expires"])) if "expires" in facts else "",
        "disclosed_on": _iso(facts.get("disclosed_on")),
        "on": _iso(facts.get("on")),
    }


def _iso(said: str | None) -> str:
    return day(date.fromisoformat(said)) if said else ""


NO_EXCEPTION = N_("none any more")
_BY = {PERSON: N_("the person"), "reminder": N_("the nightly run")}
