"""Small true pieces that the tests of this room are made of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from django.db import models

from cme_xblock.activity.model import Activity
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Draft, Entry, Kind
from cme_xblock.records import claims, editions, ledger
from cme_xblock.records.models import Participation
from tests.conftest import NOW

COURSE = "course-v1:Example+CME+2026"
ACTIVITY = "opioids"
LEARNER = "42"
PLACE = (COURSE, ACTIVITY, LEARNER)
SYSTEM = "ama_pra_1"


def activity(title: str = "Prescribing opioids – Grüße 🩺", activity_id: str = ACTIVITY) -> Activity:
    return Activity(activity_id=activity_id, title=title)


def record(title: str = "Prescribing opioids – Grüße 🩺", course: str = COURSE) -> str:
    return editions.record(course, activity(title), now=NOW)


def acknowledgement(edition: str) -> Draft:
    return Draft(Kind.DISCLOSURE_ACKNOWLEDGED, edition, {"disclosure": "d" * 64})


def section(edition: str, name: str) -> Draft:
    return Draft(Kind.CONTENT_COMPLETED, edition, {"section": name})


def attestation(edition: str, system: str = SYSTEM, amount: str = "0.75") -> Attestation:
    return Attestation(
        edition=edition,
        system=system,
        amount=Decimal(amount),
        profession="MD",
        completed_on=date(2026, 11, 22),
        completed_at=datetime(2026, 11, 22, 12, 40, 0, 654321, tzinfo=UTC),
        statement=f"I completed the activity and claim {amount} AMA PRA Category 1 Credits.",
        wording="a" * 64,
    )


def claiming(edition: str, system: str = SYSTEM, amount: str = "0.75") -> ledger.Proposal:
    """The proposal that a claim makes: its entry, and the claim as its effect."""
    attested = attestation(edition, system, amount)

    def effects(participation: Participation, entry: Entry) -> None:
        claims.create(participation, entry, attestation=attested, name_certified="Ana Müller", zone="America/New_York")

    return ledger.Proposal(attested.draft(claim=claims.new_uuid()), effects)


def append(decision: object, place: tuple[str, str, str] = PLACE, now: datetime = NOW) -> Entry:
    """Append what was decided beforehand, whatever the entries are."""
    entry = ledger.append(*place, decide=lambda _: decision, now=now)
    assert isinstance(entry, Entry)
    return entry


def count(model: type[models.Model]) -> int:
    return model._base_manager.count()
