"""What is owed to a receiver, written in bulk as years of use would: learners, entries, credits, deliveries."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

_LEARNERS = 50
_NUMBERS = {"cebroker_state": "FL", "cebroker_profession": "RN", "cebroker_licence": "RN9210045"}
_AT_ONCE = 1000


def write(
    endpoint: Any, count: int, *, mark: str, kind: str, entry: str = "", system: str = "", profession: str = ""
) -> list[int]:
    """So many deliveries to that endpoint, each of a participation of its own and due now; their primary keys.

    `mark`: a word that is used once, so that each call writes new ones. `kind`: the delivery's. `entry`: the kind of
    the entries that are told of; without it credits are, of that `system` and `profession`.
    """
    from django.db import transaction

    from cme_xblock.records.models import Delivery

    with transaction.atomic():
        edition = _edition(system)
        entries = _entries(edition, count, mark=mark, kind=entry or "credit_claimed")
        claims = {} if entry else _claims(entries, edition, system, profession)
        rows = [_delivery(endpoint, one, edition, claims.get(one.pk), kind) for one in entries]
        Delivery.objects.bulk_create(rows, batch_size=_AT_ONCE)
        mine = Delivery.objects.filter(participation_id__in=[one.participation_id for one in entries])
        return list(mine.filter(endpoint=endpoint.config.name).order_by("pk").values_list("pk", flat=True))


def _edition(system: str) -> Any:
    from cme_xblock.activity.model import Identifier
    from cme_xblock.records import editions
    from cme_xblock.records.models import Edition
    from tests.reporting import world

    activity = world.activity()
    numbers = (*activity.offerings[0].identifiers, Identifier("cebroker_course", "20-123456"))
    offering = replace(activity.offerings[0], system=system or world.SYSTEM, identifiers=numbers)
    described = replace(activity, offerings=(offering,))
    return Edition.objects.get(sha256=editions.record(world.COURSE, described, now=world.START))


def _entries(edition: Any, count: int, *, mark: str, kind: str) -> list[Any]:
    from cme_xblock.records import keys, vault
    from cme_xblock.records.models import ConsentEvent, EntryRow, Participation
    from cme_xblock.reporting import facts, identity
    from tests.reporting import world

    now = datetime.now(UTC)
    for number in range(_LEARNERS):
        learner = keys.learner_key(f"bench-{number}")
        facts.keep_identity(learner, identity.parse(world.PERSON), now=now)  # type: ignore[arg-type]
        for name, value in _NUMBERS.items():
            vault.store(learner, name, value, now=now)
    mine = {"participation__learner_id__startswith": "bench-", "participation__activity_id": mark}
    people = [_participation(number, edition, mark) for number in range(count)]
    Participation.objects.bulk_create(people, batch_size=_AT_ONCE)
    people = list(Participation.objects.filter(learner_id__startswith="bench-", activity_id=mark).order_by("pk"))
    for purpose in ("accme_transmission", "report:cebroker"):
        said: Mapping[str, Any] = {"purpose": purpose, "text": "I agree.", "granted": True, "at": now}
        ConsentEvent.objects.bulk_create([ConsentEvent(participation=one, **said) for one in people], _AT_ONCE)
    told = {"kind": kind, "payload": '{"disclosure": "d"}', "at": now, "prev": "0" * 64, "hash": "0" * 64}
    EntryRow.objects.bulk_create([EntryRow(participation=one, seq=1, edition=edition, **told) for one in people], 1000)
    return list(EntryRow.objects.filter(**mine).select_related("participation").order_by("pk"))


def _participation(number: int, edition: Any, mark: str) -> Any:
    from cme_xblock.records import keys
    from cme_xblock.records.models import Participation
    from tests.reporting import world

    learner = f"bench-{number % _LEARNERS}"
    return Participation(
        key=hashlib.sha256(f"{mark} {number}".encode()).hexdigest(), course_key=world.COURSE, activity_id=mark,
        learner_id=learner, activity_key=edition.activity_key, learner_key=keys.learner_key(learner),
        started_at=world.START,
    )  # fmt: skip


def _claims(entries: list[Any], edition: Any, system: str, profession: str) -> dict[int, Any]:
    from cme_xblock.records.models import Claim
    from tests.reporting import world

    now, attested = datetime.now(UTC), world.attestation(edition.sha256, profession)
    rows = [
        Claim(
            participation_id=one.participation_id, edition=edition, entry=one, system=system, amount=attested.amount,
            profession=profession, name_certified="A", completed_on=attested.completed_on,
            completed_at=attested.completed_at, zone="UTC", statement="I claim.", claimed_at=now,
        )
        for one in entries
    ]  # fmt: skip
    Claim.objects.bulk_create(rows, batch_size=_AT_ONCE)
    found = Claim.objects.filter(entry_id__gte=entries[0].pk, entry_id__lte=entries[-1].pk)
    return {one.entry_id: one for one in found}


def _delivery(endpoint: Any, entry: Any, edition: Any, claim: Any, kind: str) -> Any:
    from cme_xblock.records import keys
    from cme_xblock.records.models import Delivery

    now, uuid = datetime.now(UTC), entry.participation.uuid
    subject = f"claim:{claim.uuid}" if claim else f"entry:{uuid}/{entry.seq}"
    return Delivery(
        subject=subject, claim=claim, entry=None if claim else entry, participation_id=entry.participation_id,
        edition=edition, activity_key=edition.activity_key, endpoint=endpoint.config.name, kind=kind,
        order_key=keys.order_key(uuid, claim.system if claim else "entry"),
        credit_id=endpoint.key(subject, kind, 1), state="ready", next_attempt_at=now, created_at=now,
    )  # fmt: skip
