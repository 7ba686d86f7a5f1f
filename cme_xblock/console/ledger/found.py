"""One participation of the activity that the address names: what the pages about one learner begin with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cme_xblock.activity.model import Activity
from cme_xblock.console.access import Forbidden, May, Visit
from cme_xblock.host import people
from cme_xblock.participation.entries import Entry
from cme_xblock.records import editions, ledger
from cme_xblock.records.ledger import LedgerBroken
from cme_xblock.records.models import Claim, Participation

__all__ = ["Found", "participation"]


@dataclass(frozen=True)
class Found:
    """A participation with its entries and the editions they name. `broken`: the ledger can't be read."""

    participation: Participation
    entries: tuple[Entry, ...]
    editions: Mapping[str, Activity]
    name: str
    zone: str
    broken: bool = False


def participation(visit: Visit, uuid: str) -> Found:
    """That participation of the visit's activity. Raises Forbidden for another activity's, as for none at all.

    That of a retired account is for audits alone (docs/decisions/0016): for whoever may have the audit file.
    """
    row = Participation.objects.filter(uuid=uuid, activity_key=visit.activity.activity_key).first()
    if row is None or row.uuid != uuid:
        raise Forbidden
    if row.sealed_at is not None and not visit.may(May.AUDIT_FILE):
        raise Forbidden
    try:
        entries = ledger.read(row.course_key, row.activity_id, row.learner_id).entries
        known = editions.load({one.edition for one in entries})
    except (LedgerBroken, editions.EditionDamaged, editions.EditionMissing):
        return Found(row, (), {}, _name(row), "", broken=True)
    zone = known[entries[-1].edition].time_zone if entries else ""
    return Found(row, entries, known, _name(row), zone)


def _name(row: Participation) -> str:
    """As certified last, or the account's; empty where nobody knows any more."""
    claims = Claim.objects.filter(participation=row).order_by("-pk").values_list("name_certified", "live")
    rows = list(claims)
    certified = next((name for name, live in rows if live is not None), rows[0][0] if rows else "")
    return certified or people.names([row.learner_id]).get(row.learner_id, "")
