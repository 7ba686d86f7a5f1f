"""Claims on a real database, each with a whole edition: what a certificate is made of."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from decimal import Decimal

from cme_xblock.activity.model import Activity
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Entry
from cme_xblock.records import claims, editions, keys, ledger
from cme_xblock.records.models import Claim, LiveClaim, Participation
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
    live: bool = True,
) -> Claim:
    """A claim written as the program writes it. `live=False`: the pointer goes on naming what it named."""
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
        wording="a" * 64,
    )
    made: list[Claim] = []

    def effects(participation: Participation, entry: Entry) -> None:
        pointer = keys.live_claim_key(participation.key, system)
        before = LiveClaim.objects.filter(key=pointer).values_list("claim_id", flat=True).first()
        LiveClaim.objects.filter(key=pointer)._raw_delete("default")
        written = claims.create(
            participation, entry, attestation=attested, name_certified=name, zone=activity.time_zone
        )
        made.append(written)
        if not live:
            LiveClaim.objects.filter(key=pointer)._raw_delete("default")
            if before is not None:
                LiveClaim.objects.create(key=pointer, claim_id=before)

    place = (course, activity.activity_id, learner)
    drafted = attested.draft(claim=claims.new_uuid())
    ledger.append(*place, decide=lambda _: ledger.Proposal(drafted, effects), now=now)
    return claims.by_code(made[0].certificate_code)


def void(one: Claim) -> Claim:
    """Take the pointer away, as a withdrawal does."""
    LiveClaim.objects.filter(claim=one)._raw_delete("default")
    return claims.by_code(one.certificate_code)


def correct(one: Claim, *, amount: str) -> tuple[Claim, Claim]:
    """A claim of another amount in place of this one; both as the database has them afterwards."""
    course, activity = one.participation.course_key, editions.load(one.edition.sha256)[one.edition.sha256]
    newer = claim(
        name=one.name_certified,
        amount=amount,
        system=one.system,
        profession=one.profession,
        learner=one.participation.learner_id,
        activity=activity,
        course=course,
        completed_on=one.completed_on,
        completed_at=one.completed_at,
    )
    return claims.by_code(one.certificate_code), newer


def another(number: int) -> Activity:
    """An activity of its own, with a number in its name."""
    return dataclasses.replace(sample.activity(), activity_id=f"activity-{number}", title=f"Activity number {number}")
