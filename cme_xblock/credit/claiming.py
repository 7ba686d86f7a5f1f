"""Writing a claim: entry, claim, identifiers, consent and what is owed to each endpoint, together or not at all.

Whether credit is due was decided in `participation.attestation`. This room puts the pieces into one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cme_xblock.activity.model import Activity
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Entry
from cme_xblock.records import claims, consents
from cme_xblock.records.ledger import Proposal
from cme_xblock.records.models import Participation
from cme_xblock.reporting import facts, outbox
from cme_xblock.reporting.identity import Identity
from cme_xblock.reporting.needs import ConsentWanted


@dataclass(frozen=True)
class Permission:
    """One permission that was asked for, word for word as it was `shown`, and the learner's answer."""

    wanted: ConsentWanted
    shown: str
    granted: bool


@dataclass(frozen=True)
class Report:
    """What the learner answered for the sake of reporting. `identity` only where some permission was given."""

    permissions: tuple[Permission, ...]
    identity: Identity | None


def propose(made: Attestation, *, activity: Activity, name: str, report: Report, now: datetime) -> Proposal:
    """The entry of a claim with its effects, for `records.ledger.append`.

    `name` is the learner's as it is to stand on the certificate. The effects raise `claims.AlreadyClaimed` when a live
    claim exists, so that the transaction leaves nothing behind.
    """

    def effects(participation: Participation, entry: Entry) -> None:
        claim = claims.create(participation, entry, attestation=made, name_certified=name, zone=activity.time_zone)
        _keep_answers(participation, report, now)
        outbox.owe(claim, now=now)

    return Proposal(made.draft(claim=claims.new_uuid()), effects)


def _keep_answers(participation: Participation, report: Report, now: datetime) -> None:
    for one in report.permissions:
        consents.record(participation, one.wanted.purpose, text=one.shown, granted=one.granted, now=now)
    if report.identity is not None:
        facts.keep_identity(participation.learner_key, report.identity, now=now)
