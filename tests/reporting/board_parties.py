"""CE Broker and CPE Monitor for the fault matrix: desks, settings, and credit of those who are reported there.

Neither can be asked what became of a row, and neither is known to recognise one that comes twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cme_xblock.activity.model import Activity, Identifier, Offering
from cme_xblock.participation.entries import Entry
from cme_xblock.records import claims, consents, editions, ledger, vault
from cme_xblock.records.models import Claim, Delivery, Participation
from cme_xblock.reporting import outbox
from cme_xblock.reporting.endpoints import data
from cme_xblock.reporting.sandbox.cebroker_desk import CeBrokerDesk
from cme_xblock.reporting.sandbox.cpe_desk import CpeDesk
from cme_xblock.reporting.sandbox.desk import Desk
from cme_xblock.reporting.sandbox.store import Store
from tests.reporting import world

CEBROKER_WIRE = {"credit": {"ancc": {"professions": ["nurse"]}}}
CPE_WIRE = {"soap": {"namespace": "urn:placeholder:cpe", "action": "urn:placeholder:cpe/Submit"}}
_COURSE = "20-123456"
_UAN = "0798-0000-26-001-H05-P"


def cebroker(store: Store, clock: world.Clock) -> Desk:
    return CeBrokerDesk(store, data.merged("cebroker", {}), clock.seconds, upload_key=world.PASSWORD)


def cebroker_setting(address: str) -> dict[str, Any]:
    return world.endpoint(
        address, name="cebroker", kind="cebroker", label="CE Broker", provider_id="50-1234", wire=CEBROKER_WIRE
    )


def nurse(name: str) -> Claim:
    """A nurse's contact hours, owed to CE Broker."""
    given = {
        "given_name": "Avery", "family_name": "Sample", "cebroker_profession": "RN", "cebroker_state": "FL",
        "cebroker_licence": _licence(name),
    }  # fmt: skip
    return claimed(name, "ancc", "nurse", Identifier("cebroker_course", _COURSE), given, "report:cebroker")


def cebroker_key(row: Delivery) -> str:
    """The desk keeps who did what when, without the licence number in the clear."""
    person = f"FL|RN|{_licence(row.participation.learner_id)}"
    return f"123456/11/22/2026/{hashlib.sha256(person.encode()).hexdigest()[:12]}"


def cpe(store: Store, clock: world.Clock) -> Desk:
    return CpeDesk(store, data.merged("cpe_monitor", CPE_WIRE), clock.seconds, password=world.PASSWORD)


def cpe_setting(address: str) -> dict[str, Any]:
    return world.endpoint(address, name="cpe", kind="cpe_monitor", label="CPE Monitor", wire=CPE_WIRE)


def pharmacist(name: str) -> Claim:
    """A pharmacist's contact hours, owed to CPE Monitor."""
    given = {"nabp_eprofile": f"12345{int(name):02d}", "birth_month_day": "05-17"}
    return claimed(name, "acpe_pharmacist", "pharmd", Identifier("uan", _UAN), given, "report:cpe_monitor")


def _licence(name: str) -> str:
    return f"RN92100{int(name) + 10:02d}"


def claimed(
    learner: str, system: str, profession: str, number: Identifier, given: Mapping[str, str], purpose: str
) -> Claim:
    """A claim of somebody who gave these identifiers and agreed to that purpose, and what is owed of it."""
    activity: Activity = replace(
        world.activity(), offerings=(Offering(system, Decimal("1.50"), identifiers=(number,)),)
    )
    edition = editions.record(world.COURSE, activity, now=world.START)
    attested = replace(world.attestation(edition, profession), system=system)
    made: list[Claim] = []

    def effects(participation: Participation, entry: Entry) -> None:
        one = claims.create(participation, entry, attestation=attested, name_certified="Avery Sample", zone="UTC")
        consents.record(participation, purpose, text="I agree.", granted=True, now=world.START)
        for kind, value in given.items():
            vault.store(participation.learner_key, kind, value, now=world.START)
        outbox.owe(one, now=world.START)
        made.append(one)

    proposal = ledger.Proposal(attested.draft(claim=claims.new_uuid()), effects)
    entry = ledger.append(world.COURSE, "opioids", learner, decide=lambda _: proposal, now=world.START)
    assert isinstance(entry, Entry)
    return made[-1]
