"""A dossier in few words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cme_xblock.rules.desk import chain, dossier, given
from cme_xblock.rules.desk.chain import Draft, Entry, Kind
from cme_xblock.rules.desk.given import Told

TODAY = date(2026, 11, 22)
START = datetime(2026, 1, 5, 12, tzinfo=UTC)
ACTIVITY = "a" * 64
NUMBER = "D-0000-0000-0000-0001"
CONSULTANT = Told("r1", "Example Pharma", "consultant")
EMPLOYEE = Told("r1", "Example Pharma", "employee")
FORM = {
    "none": "no",
    "company.0": "Example Pharma",
    "nature.0": "consultant",
    "words.0": "I advise on trials.",
    "ended.0": "no",
    "ended_on.0": "",
    "name": "Ana Example",
    "attest": "yes",
}


def disclosed(*told: Told, on: date = TODAY, number: str = NUMBER, kind: Kind = Kind.GIVEN) -> Draft:
    words = {"name": "Ana Example", "relationships": [given.told_data(one) for one in told]}
    facts = {
        "number": number,
        "disclosed_on": on.isoformat(),
        "invitation": "i",
        "texts": {},
        "sheet": "0" * 64,
        "file": "f",
    }
    return Draft(kind, chain.PERSON, facts, words)


def assigned(activity: str = ACTIVITY, *, began: str | None = "2026-12-01") -> Draft:
    facts = {
        "activity": activity,
        "course_key": "course-v1:X+Y+Z",
        "activity_id": "opioids",
        "title": "Opioids after surgery",
        "roles": ["faculty"],
        "role_started_on": began,
    }
    return Draft(Kind.ASSIGNED, "staff", facts)


def about(relationship: str = "r1", *, number: str = NUMBER, activity: str = ACTIVITY) -> dict[str, str]:
    return {"number": number, "relationship": relationship, "activity": activity}


def decided(eligibility: str, relevance: str, **where: Any) -> Draft:
    facts = {**about(**where), "eligibility": eligibility, "relevance": relevance, "on": "2026-11-20"}
    return Draft(Kind.DECIDED, "staff", facts, {"note": ""})


def mitigated(on: str = "2026-11-21", **where: Any) -> Draft:
    return Draft(Kind.MITIGATED, "staff", {**about(**where), "method": "peer_review", "on": on}, {"note": "by B"})


def excepted(code: str, note: str = "It is basic science.") -> Draft:
    return Draft(Kind.EXCEPTED, "staff", {"activity": ACTIVITY, "exception": code}, {"note": note})


def entries(*drafts: Draft, person: str = "p") -> list[Entry]:
    sealed: list[Entry] = []
    for number, draft in enumerate(drafts):
        after = sealed[-1] if sealed else None
        sealed.append(chain.seal(draft, person=person, after=after, at=START + timedelta(minutes=number)))
    return sealed


def dossier_of(*drafts: Draft) -> dossier.Dossier:
    named = Draft(Kind.NAMED, "staff", {"sheet": "0" * 64}, {"name": "Ana Example", "credentials": "MD"})
    return dossier.fold(entries(named, *drafts))


def form(**changes: str) -> Mapping[str, str]:
    """The form of a consultant; `company_0` stands for `company.0`."""
    return FORM | {name.replace("_0", ".0"): value for name, value in changes.items()}
