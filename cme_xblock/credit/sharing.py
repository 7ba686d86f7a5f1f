"""What is sent to whom, changed by the learner after the claim: permissions, identifiers, and what is kept.

All of one request in one transaction; then what is held is looked at again, and what was refused for an identity that
was corrected is sent anew. Source: spec R-6.4; part 7, cases 19 and 20.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import router, transaction

from cme_xblock.participation.credits import LEARNER
from cme_xblock.records import answers, claims, consents
from cme_xblock.records.answers import Said
from cme_xblock.records.models import Delivery, Participation
from cme_xblock.records.models.delivery import Operation, State
from cme_xblock.reporting import agreeing, decisions, outbox

# What a corrected name, birthday or number may put right.
_OF_A_PERSON = "identity"
_CORRECTED = "The learner corrected what the receiver finds them by."


@dataclass(frozen=True)
class Change:
    """One request: what was `said` to permissions, by endpoint; identifiers typed; `remember` or `forget` them."""

    said: Sequence[tuple[str, Said]] = ()
    identifiers: Mapping[str, str] = field(default_factory=dict, repr=False)
    remember: str | None = None
    forget: str | None = None


def change(participation_key: str, wanted: Change, *, now: datetime) -> None:
    """Write it, and have what is owed follow. `forget` and `remember` are the words that were shown."""
    participation = Participation.objects.get(key=participation_key)
    live = claims.live(participation_key)
    with transaction.atomic(using=router.db_for_write(Participation)):
        answers.permit(participation, _said(wanted), now=now)
        if wanted.forget is not None:
            answers.forget(participation.learner_key)
        answers.store(participation.learner_key, wanted.identifiers, now=now)
        for endpoint, one in wanted.said:
            if not one.granted:
                for claim in live:
                    outbox.take_back(claim, endpoint, now=now)
        agreeing.owe_anew(participation, [endpoint for endpoint, one in wanted.said if one.granted], now=now)
    pks = [claim.pk for claim in live]
    outbox.release_held(now=now, claims=pks)
    if wanted.identifiers:
        _send_again(pks, now=now)


def _said(wanted: Change) -> list[Said]:
    said = [one for _, one in wanted.said]
    if wanted.remember is not None:
        said.append(Said(consents.REMEMBER, wanted.remember, granted=True))
    if wanted.forget is not None:
        said.append(Said(consents.REMEMBER, wanted.forget, granted=False))
    return said


def _send_again(claims: Sequence[int], *, now: datetime) -> None:
    """What was refused for the person's identity goes out anew, once for each that was refused last."""
    refused = Delivery.objects.filter(
        claim_id__in=claims, operation=Operation.ADD, state=State.REFUSED, reason=_OF_A_PERSON
    )
    for uuid in list(refused.values_list("uuid", flat=True)):
        try:
            decisions.replay(uuid, by=LEARNER, reason=_CORRECTED, now=now)
        except decisions.NotPossible:
            # An earlier revision: a later one is on its way.
            continue
