"""A permission that was withdrawn and is given again: what was to be deleted is owed once more.

A withdrawal owes a deletion (`outbox.take_back`), which a later agreement does not undo: it may have left already. So
the credit follows it as a new revision, in the order of its claim: deleted first, then sent anew. Source: spec R-6.4.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import router, transaction

from cme_xblock.records import claims
from cme_xblock.records.models import Delivery, Participation
from cme_xblock.records.models.delivery import Operation
from cme_xblock.reporting import config, facts, nudge, order, outbox

__all__ = ["owe_anew"]


def owe_anew(participation: Participation, endpoints: Collection[str], *, now: datetime) -> int:
    """Owe what these endpoints were to delete of the learner's live claims; how many rows.

    Call it after the permissions were recorded. `now`: aware. Calling it again changes nothing, for what is owed anew
    has no deletion. What a receiver never had is owed as it was.
    """
    known = {name: one for name, one in config.endpoints().items() if name in endpoints}
    live = [one.pk for one in claims.live(participation.key)] if known else []
    if not live:
        return 0
    with transaction.atomic(using=router.db_for_write(Delivery)):
        rows = Delivery.objects.select_for_update().filter(claim_id__in=live, endpoint__in=list(known)).order_by("pk")
        again = [
            outbox.of_revision(row, known[row.endpoint], row.revision + 1, now=now) for row in _deleted(list(rows))
        ]
        for row in again:
            row.save(force_insert=True)
        nudge.soon({row.endpoint for row in again})
    return len(again)


def _deleted(rows: list[Delivery]) -> list[Delivery]:
    """The last revision of each credit that is deleted, or to be deleted; with all that it is about."""
    last: dict[tuple[int | None, str, str], Delivery] = {}
    gone: set[tuple[int | None, str, str, int]] = set()
    for row in rows:
        name = (row.claim_id, row.endpoint, row.kind)
        if row.operation == Operation.ADD:
            last[name] = max(last.get(name, row), row, key=lambda one: one.revision)
        elif row.operation == Operation.DELETE and row.reason != order.NOTHING_THERE:
            gone.add((*name, row.revision))
    wanted = [row.pk for name, row in last.items() if (*name, row.revision) in gone]
    return list(Delivery.objects.select_related(*facts.RELATED).filter(pk__in=wanted).order_by("pk"))
