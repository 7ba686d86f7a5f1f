"""Consents: permission given and withdrawn, one purpose at a time.

Whoever sends something identified asks `granted` at the moment of sending, not before (promise 8). Source: spec R-6.4.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cme_xblock.records import keys
from cme_xblock.records.models import ConsentEvent, Participation
from cme_xblock.records.prepared import Prepared

__all__ = ["REMEMBER", "given", "granted", "granted_among", "last_word", "record", "remembered"]

# The learner's identifiers may be kept for the next claim, when nothing is owed any more.
REMEMBER = "remember_identifiers"


def record(participation: Participation, purpose: str, *, text: str, granted: bool, now: datetime) -> ConsentEvent:
    """Write that the learner gave (`granted`) or withdrew a permission, in the words that were shown.

    `purpose`: a short code, the same for giving and withdrawing. `now`: an aware datetime. Raises ValueError without a
    purpose or without words: a permission that nobody can read back is none.
    """
    if not purpose or not text:
        message = "A consent needs a purpose and the words that were shown: give both."
        raise ValueError(message)
    event = ConsentEvent(
        participation=participation,
        purpose=purpose,
        text=text,
        text_sha=keys.text_sha(text),
        granted=granted,
        at=now,
    )
    event.save()
    return event


def granted(participation: Participation | int, purpose: str) -> bool:
    """Whether the last word on this purpose is yes; no where nothing was said, or the account was retired. One query.

    `participation`: the row or its primary key.
    """
    pk = participation.pk if isinstance(participation, Participation) else participation
    events = ConsentEvent.objects.filter(participation_id=pk, purpose=purpose, participation__sealed_at=None)
    return bool(events.order_by("-id").values_list("granted", flat=True).first())


_LAST = Prepared(
    ConsentEvent,
    lambda key: (
        ConsentEvent.objects.filter(participation__uuid=key, participation__sealed_at=None)
        .order_by("id")
        .values_list("purpose", "granted")
    ),
)


def given(participation_uuid: str) -> set[str]:
    """The purposes for which `granted` is so. One query, made for being asked before every sending."""
    last = dict(_LAST(participation_uuid))
    return {purpose for purpose, granted in last.items() if granted}


def granted_among(participations: Iterable[int], purpose: str) -> set[int]:
    """Those of these participations (primary keys) for which `granted` is so. One query."""
    events = ConsentEvent.objects.filter(
        participation_id__in=list(participations), purpose=purpose, participation__sealed_at=None
    )
    last = dict(events.order_by("id").values_list("participation_id", "granted"))
    return {participation for participation, granted in last.items() if granted}


def last_word(learner_key: str, purpose: str) -> bool | None:
    """What this learner said last to that purpose, in whatever activity; None where nothing was said. One query."""
    events = ConsentEvent.objects.filter(purpose=purpose, participation__learner_key=learner_key)
    return events.order_by("-id").values_list("granted", flat=True).first()


def remembered(learner_keys: Iterable[str]) -> set[str]:
    """Which of these learners last said, in whatever activity, that their identifiers may be remembered. One query.

    `learner_keys`: of `keys.learner_key`.
    """
    events = ConsentEvent.objects.filter(purpose=REMEMBER, participation__learner_key__in=list(learner_keys))
    last = dict(events.order_by("id").values_list("participation__learner_key", "granted"))
    return {learner for learner, granted in last.items() if granted}
