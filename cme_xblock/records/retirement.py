"""Retirement: the person leaves, the record of credit stays.

A platform retires an account when its owner asks to be forgotten. What was given to be sent is deleted; what ties the
record to the account is cut; the record of credit itself, with the name as certified, is kept for its six years, and
read for audits only (`Participation.sealed_at`). Why it is done so: docs/decisions/0016. Source: spec R-6.5, R-6.6.

What is owed to accreditors is not this room's business: `reporting.retirement` does both in one transaction.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from cme_xblock.records import audit_files, evaluations, exports, follow_ups, holds, keys, retentions
from cme_xblock.records.models import (
    AccountLink,
    Claim,
    ConsentEvent,
    Identifier,
    LiveClaim,
    Participant,
    Participation,
)
from cme_xblock.records.models.participant import NAMELESS

__all__ = ["Sealed", "seal"]


@dataclass(frozen=True)
class Sealed:
    """What was done: the primary keys of the participations that were sealed, and how much else was forgotten."""

    participations: tuple[int, ...] = ()
    identifiers: int = 0
    consents: int = 0


def seal(learner_id: str, *, now: datetime) -> Sealed:
    """Forget who that learner was, and seal what they did. Call it in a transaction.

    `learner_id`: as the host gives it; `now`: aware. A second call finds nothing, and does nothing. Who comes back with
    the same id begins anew. Raises ValueError for an unusable id.
    """
    learner_key = keys.learner_key(learner_id)
    # Locked before anything is deleted: a claim that is being made at this moment may bring identifiers with it.
    participations = list(Participation.objects.select_for_update().filter(learner_key=learner_key).order_by("pk"))
    identifiers = Identifier.objects.filter(learner_key=learner_key).delete()[0]
    AccountLink.objects.filter(Q(key=learner_key) | Q(into_key=learner_key)).delete()
    sealed = tuple(one.pk for one in participations if _sever(one, now))
    holds.severed(learner_key, sealed)
    evaluations.forget_words(sealed)
    follow_ups.forget(sealed)
    retentions.forget(sealed)
    exports.forget({one.activity_key for one in participations})
    audit_files.forget({one.activity_key for one in participations})
    Participant.objects.filter(participation_id__in=sealed).update(by_name=NAMELESS, by_family=NAMELESS)
    return Sealed(sealed, identifiers, ConsentEvent.objects.forget_wording(sealed))


def _sever(participation: Participation, now: datetime) -> bool:
    """Cut the participation from its learner.

    Each gets a token of its own: one token for all of them would still be a person, and a certificate of one would name
    the others. The pointer to a live claim is named by the participation's key, so it moves along.
    """
    token = f"retired:{secrets.token_hex(16)}"
    if not Participation.objects.sever(participation, token=token, at=now):
        return False
    key = keys.participation_key(participation.course_key, participation.activity_id, token)
    systems = Claim.objects.filter(participation_id=participation.pk).order_by().values_list("system", flat=True)
    for system in set(systems):
        # By its name, because after a withdrawal it points to no claim.
        pointer = LiveClaim.objects.filter(key=keys.live_claim_key(participation.key, system))
        pointer.update(key=keys.live_claim_key(key, system))
    return True
