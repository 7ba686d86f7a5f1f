"""Claims on a real database, each with a whole edition: what a certificate is made of."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from decimal import Decimal

from cme_xblock.activity.model import Activity
from cme_xblock.participation import attestation
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.correction import Change, Correction, Who
from cme_xblock.participation.entries import Draft, Entry, Kind
from cme_xblock.records import claims, editions, ledger
from cme_xblock.records.models import Claim, Participation
from tests.rules import sample

COURSE = "course-v1:Example+CME+2026"
LEARNER = "42"
NOW = datetime(2026, 11, 22, 12, 45, 0, 123456, tzinfo=UTC)


def claim(
    *,
    name: str = "Ana Müller",
    amount: str = "0.5",
    system: str = "ama_pra_1",
    profession: str = "md",
    learner: str = LEARNER,
    activity: Activity | None = None,
    course: str = COURSE,
    completed_at: datetime = datetime(2026, 11, 22, 3, 30, tzinfo=UTC),
    completed_on: date = date(2026, 11, 21),
    now: datetime = NOW,
) -> Claim:
    """A claim written as the program writes it."""
    activity = activity or sample.activity()
    edition = editions.record(course, activity, now=now)
    attested = Attestation(
        edition=edition,
        system=system,
        amount=Decimal(amount),
        profession=profession,
        completed_on=completed_on,
        completed_at=completed_at,
        statement=f"I claim {amount}.",
        wording=_wording(activity, profession, system),
    )

    def effects(participation: Participation, entry: Entry) -> None:
        claims.create(participation, entry, attestation=attested, name_certified=name, zone=activity.time_zone)

    number = claims.new_uuid()
    place = (course, activity.activity_id, learner)
    ledger.append(*place, decide=lambda _: ledger.Proposal(attested.draft(claim=number), effects), now=now)
    return claims.by_uuid(number)


def _wording(activity: Activity, profession: str, system: str) -> str:
    """Of what is shown to that profession; of a credit that is not offered to it, none that there is."""
    offered = attestation.options(activity, profession)
    return next((one.wording_sha for one in offered if one.system.code == system), "a" * 64)


def void(one: Claim) -> Claim:
    """The claim as a withdrawal by staff leaves it."""
    drafted = Draft(
        Kind.CREDIT_VOIDED, one.edition.sha256, {"claim": one.uuid, "reason": "Improper support.", "by": "staff:1"}
    )

    def effects(participation: Participation, entry: Entry) -> None:
        claims.withdraw(participation, one)

    ledger.append(*_place(one), decide=lambda _: ledger.Proposal(drafted, effects), now=one.claimed_at)
    return claims.by_uuid(one.uuid)


def correct(one: Claim, *, amount: str = "", name: str = "") -> tuple[Claim, Claim]:
    """A claim of another amount, or under another name, in place of this one; both as the database has them then."""
    attested = Attestation(
        edition=one.edition.sha256,
        system=one.system,
        amount=Decimal(amount) if amount else one.amount,
        profession=one.profession,
        completed_on=one.completed_on,
        completed_at=one.completed_at,
        statement=f"I claim {amount}.",
        wording="a" * 64,
    )
    change = Change.LOWERED if amount else Change.NAME
    made = Correction(attested, name or one.name_certified, one.uuid, change, Who())
    number = claims.new_uuid()

    def effects(participation: Participation, entry: Entry) -> None:
        claims.replace(participation, entry, old=one, attestation=attested, name_certified=made.name)

    ledger.append(*_place(one), decide=lambda _: ledger.Proposal(made.draft(claim=number), effects), now=one.claimed_at)
    return claims.by_uuid(one.uuid), claims.by_uuid(number)


def _place(one: Claim) -> tuple[str, str, str]:
    row = one.participation
    return row.course_key, row.activity_id, row.learner_id


def another(number: int) -> Activity:
    """An activity of its own, with a number in its name."""
    return dataclasses.replace(sample.activity(), activity_id=f"activity-{number}", title=f"Activity number {number}")
