"""A provider's desk with somebody on its list."""

from __future__ import annotations

from datetime import UTC, date, datetime

from cme_xblock.records import desk, desk_links, keys
from cme_xblock.records.models import DeskInvitation, DeskPerson
from cme_xblock.rules.desk.chain import Draft, Kind
from cme_xblock.rules.desk.given import Given, Told

NOW = datetime(2026, 11, 22, 12, 45, 0, 123456, tzinfo=UTC)
TODAY = date(2026, 11, 22)
PROVIDER = "University of Example School of Medicine"
KEY = keys.provider_key(PROVIDER)
OTHER = keys.provider_key("Another Provider")
COURSE, ACTIVITY_ID = "course-v1:Ex+CME+2026", "opioids-after-surgery"
ACTIVITY = keys.activity_key(COURSE, ACTIVITY_ID)
CONSULTANT = Told("r1", "Example Pharma", "consultant", "I advise on trials.")
TEXTS = {"desk_definition": "2020-01-01"}


def person(name: str = "Ana Example", email: str = "ana@example.org", *, provider: str = KEY) -> DeskPerson:
    named = Draft(Kind.NAMED, "office", {}, {"name": name, "credentials": "MD"})
    return desk.register(provider, PROVIDER, named=named, email=email, language="en", now=NOW)


def invited(who: DeskPerson | None = None, *, now: datetime = NOW) -> DeskInvitation:
    return desk_links.invite(who or person(), by="office", by_mail=True, now=now)


def gives(
    invitation: DeskInvitation, *told: Told, now: datetime = NOW, on: date = TODAY, random: bytes = b"0123456789"
) -> str:
    answer = Given("Ana Example", told)
    shown = {"language": "en", "desk_definition": "An ineligible company is …"}
    return desk_links.give(invitation, answer, texts=TEXTS, shown=shown, now=now, random=random, on=on)


def assign(who: DeskPerson, *, now: datetime = NOW) -> None:
    facts = {
        "activity": ACTIVITY,
        "course_key": COURSE,
        "activity_id": ACTIVITY_ID,
        "title": "Opioids after surgery",
        "roles": ["faculty"],
        "role_started_on": "2026-12-01",
    }
    desk.append(who, decide=lambda _: (Draft(Kind.ASSIGNED, "office", facts),), now=now)


def decide(who: DeskPerson, number: str, *, eligibility: str = "ineligible", relevance: str = "relevant") -> None:
    about = {"number": number, "relationship": "r1", "activity": ACTIVITY}
    decided = {**about, "eligibility": eligibility, "relevance": relevance, "on": "2026-11-22"}
    drafts = [Draft(Kind.DECIDED, "office", decided, {"note": "We looked."})]
    if relevance == "relevant":
        step = {**about, "method": "peer_review", "on": "2026-11-22"}
        drafts.append(Draft(Kind.MITIGATED, "office", step, {"note": "By Ben."}))
    desk.append(who, decide=lambda _: drafts, now=NOW)
