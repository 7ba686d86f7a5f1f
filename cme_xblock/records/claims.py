"""Claims: credit that a learner attested, written with its entry, and found again by certificate.

Whether credit is due, and how much, was decided in `participation.attestation`. Here it becomes a row that never
changes, and the database makes sure that it is the only one that counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, models, router, transaction

from cme_xblock.participation import claimed
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Entry
from cme_xblock.records import accounts, keys
from cme_xblock.records.models import Claim, EntryRow, LiveClaim, Participation
from cme_xblock.records.models.base import instant_text
from cme_xblock.records.models.participation import new_uuid
from cme_xblock.records.prepared import Prepared

__all__ = [
    "AlreadyClaimed",
    "Held",
    "by_code",
    "by_uuid",
    "create",
    "create_all",
    "facts",
    "fingerprint",
    "held",
    "live",
    "new_uuid",
    "replace",
    "withdraw",
]

_CODE = re.compile(r"[0-9a-f]{40}")
_PLACES = Decimal("0.001")
_LONGEST_NAME = 255


class AlreadyClaimed(RuntimeError):  # noqa: N818 - says what is the case
    """This participation has a live claim in this credit system; a second one is refused (promise 4)."""

    def __init__(self, system: str) -> None:
        super().__init__(f"Credit of {system} was claimed before. One participation has one live claim in each system.")
        self.system = system


def create(
    participation: Participation, entry: Entry, *, attestation: Attestation, name_certified: str, zone: str
) -> Claim:
    """Write the claim that `entry` attests, and make it the live one. For use in the effects of `ledger.append`.

    `entry`: of `attestation.draft(claim=…)`; the claim gets the number that it names (`claims.new_uuid`).
    `name_certified`: as the certificate shows it; `zone`: the activity's time zone.

    Raises AlreadyClaimed where a live claim is there, even one that another request is writing at this moment; the
    caller's transaction has to be rolled back then. Raises ValueError for what the table cannot hold as it is.
    """
    [claim] = create_all(participation, [(entry, attestation)], name_certified=name_certified, zone=zone)
    return claim


def replace(
    participation: Participation, entry: Entry, *, old: Claim, attestation: Attestation, name_certified: str
) -> Claim:
    """Write the claim that corrects `old`, by `entry` (of `correction.Correction.draft`), and make it the live one.

    `old`: live, or withdrawn. The new claim may be in another credit system. Raises AlreadyClaimed where another claim
    counts there, or where `old` was replaced or withdrawn by another request; the transaction has to be rolled back.
    """
    _check_name(name_certified)
    row = EntryRow.objects.get(participation_id=participation.pk, seq=entry.seq)
    claim = _claim(participation, entry, row, attestation, name_certified=name_certified, zone=old.zone)
    claim.replaces, claim.change = old, entry.payload["change"]
    claim.hash = fingerprint(claim, entry_hash=entry.hash)
    try:
        with transaction.atomic(using=router.db_for_write(Claim)):
            claim.save()
    except IntegrityError as error:
        raise AlreadyClaimed(old.system) from error
    if claim.system == old.system:
        before = LiveClaim.objects.filter(claim=old).values_list("claim_id", flat=True).first()
        if not _point(participation, claim.system, before=before, to=claim):
            raise AlreadyClaimed(claim.system)
        return claim
    LiveClaim.objects.filter(claim=old).update(claim=None)
    _make_live(participation, [claim])
    return claim


def withdraw(participation: Participation, claim: Claim) -> None:
    """Let none be live where `claim` was. Raises AlreadyClaimed where it does not count any more."""
    if not _point(participation, claim.system, before=claim.pk, to=None):
        raise AlreadyClaimed(claim.system)


def _point(participation: Participation, system: str, *, before: int | None, to: Claim | None) -> bool:
    """Move the pointer of one credit system, if it still names what it named. A compare-and-swap."""
    key = keys.live_claim_key(participation.key, system)
    return LiveClaim.objects.filter(key=key, claim_id=before).update(claim=to) == 1  # type: ignore[misc]  # or is null


def create_all(
    participation: Participation, made: Sequence[tuple[Entry, Attestation]], *, name_certified: str, zone: str
) -> tuple[Claim, ...]:
    """The same for several claims of one learner at once, each in a credit system of its own, in their order.

    Raises as `create` does, and AlreadyClaimed where two are in the same system. At most five queries.
    """
    _check_name(name_certified)
    by_seq = _rows(participation, [entry.seq for entry, _ in made])
    claims = [
        _claim(participation, entry, by_seq[entry.seq], attested, name_certified=name_certified, zone=zone)
        for entry, attested in made
    ]
    _check_other_accounts(participation, claims)
    Claim.objects.bulk_create(claims)
    if any(one.pk is None for one in claims):
        # MySQL does not give back the keys of several rows.
        pks = dict(Claim.objects.filter(uuid__in=[one.uuid for one in claims]).values_list("uuid", "pk"))
        for one in claims:
            one.pk = pks[one.uuid]
    _make_live(participation, claims)
    return tuple(claims)


def _rows(participation: Participation, numbers: list[int]) -> Mapping[int, EntryRow]:
    """The rows of these entries by number, each with its edition. Asks where the database did not tell their keys."""
    known = {row.seq: row for row in participation.just_written if row.pk is not None}
    if known.keys() >= set(numbers):
        return known
    rows = EntryRow.objects.filter(participation_id=participation.pk, seq__in=numbers)
    return {row.seq: row for row in rows.select_related("edition").defer("payload", "edition__canonical")}


def _check_name(name_certified: str) -> None:
    if not name_certified.strip() or len(name_certified) > _LONGEST_NAME:
        message = f"A name as certified has 1 to {_LONGEST_NAME} characters."
        raise ValueError(message)


def _claim(
    participation: Participation, entry: Entry, row: EntryRow, attested: Attestation, *, name_certified: str, zone: str
) -> Claim:
    """The claim of one entry, not stored yet."""
    if attested.amount != attested.amount.quantize(_PLACES):
        message = f"Credit {attested.amount} has more than three decimals, and rounding is not for the records."
        raise ValueError(message)
    claim = Claim(
        uuid=entry.payload["claim"],
        participation=participation,
        edition=row.edition,
        entry=row,
        system=attested.system,
        amount=attested.amount,
        profession=attested.profession,
        name_certified=name_certified,
        completed_on=attested.completed_on,
        completed_at=attested.completed_at,
        zone=zone,
        statement=attested.statement,
        wording_sha=attested.wording,
        claimed_at=entry.at,
    )
    claim.hash = fingerprint(claim, entry_hash=entry.hash)
    return claim


def live(participation_keys: str | Iterable[str]) -> tuple[Claim, ...]:
    """The live claims of one or several participations, oldest first. One query.

    Participation and edition come with each claim; the edition's text does not (`editions.load` has it).
    """
    wanted = [participation_keys] if isinstance(participation_keys, str) else list(participation_keys)
    return tuple(_claims().filter(participation__key__in=wanted, live__isnull=False).order_by("pk"))


@dataclass(frozen=True)
class Held:
    """What a learner's page shows of a live claim."""

    pk: int
    uuid: str
    system: str
    amount: Decimal
    name_certified: str
    completed_on: date
    certificate_code: str


_HELD = Prepared(
    Claim,
    lambda key: Claim.objects.filter(participation__key=key, live__isnull=False)
    .order_by("pk")
    .values_list(*(one.name for one in fields(Held))),
)


def held(participation_key: str) -> tuple[Held, ...]:
    """What a page shows of one participation's live claims, oldest first. One query."""
    return tuple(Held(*row) for row in _HELD(participation_key))


def by_uuid(uuid: str) -> Claim | None:
    """The claim of that number, live or not, or None. One query."""
    return _claims().filter(uuid=uuid).first()


def by_code(code: str) -> Claim | None:
    """The claim with that certificate code, live or not (`claim.is_live`), or None. One query."""
    if not _CODE.fullmatch(code):
        return None
    return _claims().filter(certificate_code=code).first()


def fingerprint(claim: Claim, *, entry_hash: str) -> str:
    """The hash that ties a claim's facts to the entry that attested them: 64 hex digits."""
    return claimed.fingerprint(facts(claim), entry=entry_hash)


def facts(claim: Claim) -> dict[str, str]:
    """What a claim's hash is of, as text, in the order of its fields: what an audit file shows of it."""
    return {
        "uuid": claim.uuid,
        "system": claim.system,
        # 1.50 and 1.5 are the same credit, and each database gives back its own.
        "amount": format(Decimal(claim.amount).quantize(_PLACES), "f"),
        "profession": claim.profession,
        "name": claim.name_certified,
        "completed_on": claim.completed_on.isoformat(),
        "completed_at": _text(claim.completed_at),
        "zone": claim.zone,
        "statement": claim.statement,
        "wording": claim.wording_sha,
        "code": claim.certificate_code,
        "claimed_at": _text(claim.claimed_at),
        "replaces": claim.replaces.uuid if claim.replaces is not None else "",
        "change": claim.change,
    }


def _text(at: datetime | str) -> str:
    """The instant's text; a damaged one as it is, for `verify`."""
    return instant_text(at) if isinstance(at, datetime) else str(at)


def _make_live(participation: Participation, made: Sequence[Claim]) -> None:
    keyed = {keys.live_claim_key(participation.key, one.system): one for one in made}
    if len(keyed) < len(made):
        raise AlreadyClaimed(made[-1].system)
    try:
        with transaction.atomic(using=router.db_for_write(LiveClaim)):
            LiveClaim.objects.bulk_create(LiveClaim(key=key, claim=claim) for key, claim in keyed.items())
    except IntegrityError as error:
        _make_live_again(keyed, error)


def _check_other_accounts(participation: Participation, made: Sequence[Claim]) -> None:
    """Who has a second account claims the credit of an activity with one of them. Source: spec part 7, case 26."""
    others = set(accounts.of(participation.learner_key)) - {participation.learner_key}
    if others:
        held = Claim.objects.filter(
            live__isnull=False,
            participation__learner_key__in=others,
            participation__activity_key=participation.activity_key,
            system__in=[one.system for one in made],
        )
        there = held.values_list("system", flat=True).first()
        if there is not None:
            raise AlreadyClaimed(there)


def _make_live_again(keyed: Mapping[str, Claim], error: IntegrityError) -> None:
    """The pointers one by one, where some are there: one that names none, after a withdrawal, is taken."""
    # A locking read, because another transaction's claim may be newer than this one's snapshot.
    there = dict(LiveClaim.objects.select_for_update().filter(key__in=keyed).values_list("key", "claim_id"))
    if not there:
        raise error
    for key, claim in keyed.items():
        if key not in there:
            LiveClaim.objects.create(key=key, claim=claim)
        elif there[key] is not None or not LiveClaim.objects.filter(key=key, claim=None).update(claim=claim):
            raise AlreadyClaimed(claim.system) from error


def _claims() -> models.QuerySet[Claim]:
    related = ("participation", "edition", "live", "replaces", "successor")
    return Claim.objects.select_related(*related).defer("edition__canonical")
