"""An incident that learners have to hear of: what they were shown was wrong, and it is too late to show it right.

A disclosure error that is found late gets a new edition, as every change; who saw the wrong one is written to, and each
of their ledgers says so, which is what the audit file shows. Source: spec part 7, case 22; ACCME SII 3.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cme_xblock.activity.message import N_, Message
from cme_xblock.credit.staff import Place, write
from cme_xblock.participation.correction import Who
from cme_xblock.participation.entries import Draft, Entry, Kind
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records import keys
from cme_xblock.records.models import EntryRow, Participation

__all__ = ["DISCLOSURE", "record"]

DISCLOSURE = "disclosure"


def record(
    course_key: str, activity_id: str, edition: str, who: Who, *, now: datetime, dry_run: bool = False
) -> Iterator[tuple[Participation, Entry | Refusal]]:
    """Write the incident into the ledger of everybody who acknowledged the disclosures of that edition.

    `who.reason`: what was wrong, as the learners read it. Each in a transaction of its own; doing it again refuses
    those that have it, so it may be interrupted. Raises LedgerBusy and LedgerBroken as the ledger does.
    """
    seen = EntryRow.objects.filter(
        participation__activity_key=keys.activity_key(course_key, activity_id),
        kind=Kind.DISCLOSURE_ACKNOWLEDGED,
        edition__sha256=edition,
    )
    payload = {"about": DISCLOSURE, "reason": who.reason, "by": who.by}

    def decide(entries: tuple[Entry, ...]) -> Draft | Refusal:
        if not who.reason.strip():
            return Refusal("no_reason", Message(N_("Say what was wrong: the learners read it.")), field="reason")
        same = {"about": DISCLOSURE, "reason": who.reason}
        if any(one.kind == Kind.INCIDENT_RECORDED and same.items() <= dict(one.payload).items() for one in entries):
            return Refusal("already_recorded", Message(N_("This incident is in the record already.")))
        return Draft(Kind.INCIDENT_RECORDED, edition, payload)

    for pk in sorted(set(seen.order_by().values_list("participation_id", flat=True))):
        row = Participation.objects.get(pk=pk)
        place = Place(row.course_key, row.activity_id, row.learner_id)
        yield row, write(place, decide, now=now, dry_run=dry_run)
