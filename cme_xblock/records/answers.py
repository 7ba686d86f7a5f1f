"""What a learner answers beside a claim: permissions and identifiers, all of one kind in one statement.

The rules of each stay where they are: `consents` says what a permission is, `vault` how an identifier is kept. Source:
spec R-6.4, R-6.8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connections, models, router
from django.views.decorators.debug import sensitive_variables

from cme_xblock.records import consents, keys, vault
from cme_xblock.records.models import ConsentEvent, Identifier, Participation
from cme_xblock.records.models.base import RecordQuerySet

__all__ = ["OnFile", "Said", "forget", "latest", "on_file", "permit", "store"]

# The end of a number that a learner recognises it by, where enough of it stays hidden.
_SHOWN = 3
_SHORTEST_SHOWN = 7


@dataclass(frozen=True)
class Said:
    """One permission given or withdrawn, for one purpose, in the words that were shown."""

    purpose: str
    text: str
    granted: bool


@dataclass(frozen=True)
class OnFile:
    """An identifier that is kept: its kind and its last characters, empty where they would tell too much."""

    kind: str
    end: str


def permit(participation: Participation, said: Iterable[Said], *, now: datetime) -> None:
    """Record these permissions, in order. One statement. `now`: aware.

    Raises ValueError without a purpose or without words, as `consents.record` does.
    """
    events = []
    for one in said:
        if not one.purpose or not one.text:
            message = "A consent needs a purpose and the words that were shown: give both."
            raise ValueError(message)
        events.append(
            ConsentEvent(
                participation=participation,
                purpose=one.purpose,
                text=one.text,
                text_sha=keys.text_sha(one.text),
                granted=one.granted,
                at=now,
            )
        )
    RecordQuerySet.bulk_create(ConsentEvent.objects.all(), events)


def latest(participation_key: str) -> Mapping[str, ConsentEvent]:
    """The last word of a participation on each purpose. One query."""
    events = ConsentEvent.objects.filter(participation__key=participation_key).order_by("id")
    return {one.purpose: one for one in events}


@sensitive_variables()
def store(learner_key: str, values: Mapping[str, str], *, now: datetime) -> None:
    """Encrypt and keep these identifiers, each in place of an earlier one of its kind. One statement, or none.

    Call it in a transaction. Raises as `vault.store` does.
    """
    if not values:
        return
    rows = [
        Identifier(learner_key=learner_key, kind=kind, at=now, **vault.seal(learner_key, kind, value))
        for kind, value in sorted(values.items())
    ]
    features = connections[router.db_for_write(Identifier)].features
    models.QuerySet.bulk_create(
        Identifier.objects.all(),
        rows,
        update_conflicts=True,
        update_fields=["ciphertext", "key_id", "lookup", "lookup_key_id", "at"],
        unique_fields=["learner_key", "kind"] if features.supports_update_conflicts_with_target else None,
    )


@sensitive_variables()
def on_file(learner_key: str, kinds: Iterable[str]) -> Mapping[str, OnFile]:
    """What is kept of these kinds, masked, if the learner agreed to be remembered; else nothing. Two queries at most.

    Where something does not open, nothing is given, and the learner types it anew. Raises ImproperlyConfigured without
    usable keys.
    """
    wanted = list(kinds)
    if not wanted or learner_key not in consents.remembered([learner_key]):
        return {}
    opened = vault.reveal_all([learner_key], wanted)[learner_key]
    if isinstance(opened, vault.VaultError):
        return {}
    return {kind: OnFile(kind, _end(value)) for kind, value in opened.items()}


def forget(learner_key: str) -> int:
    """Forget every identifier of the learner; how many there were."""
    return Identifier.objects.filter(learner_key=learner_key).delete()[0]


def _end(value: str) -> str:
    """The last characters; none of names and words, for what one recognises them by is half of them."""
    return value[-_SHOWN:] if len(value) >= _SHORTEST_SHOWN and any(char.isdigit() for char in value) else ""
