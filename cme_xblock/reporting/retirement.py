"""What becomes of deliveries when an account is retired: what has not left is never sent.

The identifiers that an accreditor would match by are deleted at that moment, and an answer may take days; so nothing is
sent on the way out. What is on its way is followed to its end, by CreditID, which names nobody (docs/decisions/0016).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import router, transaction

from cme_xblock.records import contention
from cme_xblock.records import retirement as records
from cme_xblock.records.models import Delivery, Participation
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import facts, outbox, states

__all__ = ["Retired", "retire"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Retired:
    """What was done, or in a dry run would be: counts only.

    `under_way`: deliveries that may have left already, and whose answer is still awaited.
    """

    participations: int
    identifiers: int
    consents: int
    withheld: int
    under_way: int


def retire(learner_id: str, *, now: datetime, dry_run: bool) -> Retired:
    """Forget the learner in all records of this app, in one transaction; again does no harm.

    `learner_id`: as the host gives it. Raises LedgerBusy where others keep writing (nothing was done; ask again),
    ValueError for an unusable id.
    """
    using = router.db_for_write(Participation)

    def work() -> Retired:
        sealed = records.seal(learner_id, now=now)
        rows = Delivery.objects.filter(participation_id__in=sealed.participations)
        done = Retired(
            participations=len(sealed.participations),
            identifiers=sealed.identifiers,
            consents=sealed.consents,
            withheld=_withhold([one.pk for one in rows.filter(state__in=(State.HELD, State.READY))]),
            under_way=rows.filter(state__in=(State.SENDING, State.PENDING, State.UNKNOWN)).count(),
        )
        if dry_run:
            transaction.set_rollback(True, using=using)
        return done

    done = contention.run(work, using=using)
    if not dry_run:
        log.info("An account was retired: %s", done)
    return done


def _withhold(deliveries: list[int]) -> int:
    """Hold for good what no worker has in hand. What a worker takes meanwhile, the last look before sending stops."""
    states.require(State.READY, State.HELD)
    return Delivery.objects.filter(pk__in=deliveries, state__in=(State.HELD, State.READY)).update(
        state=State.HELD, reason=facts.RETIRED.code, detail=facts.RETIRED.detail, next_attempt_at=outbox.NEVER
    )
