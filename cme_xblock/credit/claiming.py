"""Writing a claim: entry, claim, identifiers, consent and what is owed to each endpoint, together or not at all.

Whether credit is due was decided in `participation.attestation`. This room puts the pieces into one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cme_xblock.activity.model import Activity
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Entry
from cme_xblock.records import claims, consents, vault
from cme_xblock.records.ledger import Proposal
from cme_xblock.records.models import Participation
from cme_xblock.reporting import outbox
from cme_xblock.reporting.identity import Identity
from cme_xblock.reporting.needs import Needs


@dataclass(frozen=True)
class Report:
    """What the learner was asked for the sake of reporting, and answered. `identity` only with consent.

    `text` is the permission word for word as it was shown, in the learner's language.
    """

    asked: Needs
    text: str
    consented: bool
    identity: Identity | None


def propose(made: Attestation, *, activity: Activity, name: str, report: Report | None, now: datetime) -> Proposal:
    """The entry of a claim with its effects, for `records.ledger.append`.

    `name` is the learner's as it is to stand on the certificate. The effects raise `claims.AlreadyClaimed` when a live
    claim exists, so that the transaction leaves nothing behind.
    """

    def effects(participation: Participation, entry: Entry) -> None:
        claim = claims.create(participation, entry, attestation=made, name_certified=name, zone=activity.time_zone)
        if report is not None:
            _keep_answers(participation, report, now)
        outbox.owe(claim, now=now)

    return Proposal(made.draft(claim=claims.new_uuid()), effects)


def _keep_answers(participation: Participation, report: Report, now: datetime) -> None:
    consents.record(participation, report.asked.purpose_code, text=report.text, granted=report.consented, now=now)
    if report.identity is not None:
        for kind, value in report.identity.to_kinds().items():
            vault.store(participation.learner_key, kind, value, now=now)
