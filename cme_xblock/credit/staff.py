"""What staff may do about credit that was claimed: correct it, withdraw it, issue it anew; one claim or many.

For the console and for `manage.py`: whoever calls has asked whether this person may. Each needs a reason, which the
learner reads, and most need evidence. A dry run does everything and rolls it back. Source: spec part 7, cases 2, 10,
16, 24 and 35.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import router, transaction
from django.utils.crypto import salted_hmac

from cme_xblock.activity.message import N_, Message
from cme_xblock.credit import correcting
from cme_xblock.participation.correction import Wanted, Who
from cme_xblock.participation.entries import Draft, Entry
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records import claims, ledger
from cme_xblock.records.ledger import Proposal, Several
from cme_xblock.records.models import Claim, Participation
from cme_xblock.rules import amounts

__all__ = ["Done", "Place", "correct", "find", "pseudonym", "reissue", "who", "withdraw", "withdraw_all", "write"]

_NUMBER_LENGTH = 32


@dataclass(frozen=True)
class Done:
    """What a correction did: the claim as it was, and the one in its place, None after a withdrawal."""

    old: Claim
    new: Claim | None
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Place:
    """Whose ledger it is: what `records.ledger` asks for."""

    course_key: str
    activity_id: str
    learner_id: str


def pseudonym(by: str) -> str:
    """How the ledger names the person of staff with that id on the platform: the same one always, and nobody else.

    Keyed with the site's secret, so that it can be checked against a person and not read back.
    """
    return f"staff:{salted_hmac('cme_xblock.staff', by, algorithm='sha256').hexdigest()[:24]}"


def who(by: str, reason: str, evidence: str = "") -> Who:
    """Staff with a reason. Raises ValueError where nobody is named."""
    if not by.strip():
        message = "Say who corrects: the id of an account of staff."
        raise ValueError(message)
    return Who(by=pseudonym(by.strip()), reason=" ".join(reason.split()), evidence=" ".join(evidence.split()))


def find(named: str) -> Claim | None:
    """The claim by its own number, by its certificate's whole code, or by the number printed on the certificate."""
    text = named.strip().lower()
    found = claims.by_uuid(text) or claims.by_code(text)
    if found is None and len(text) == _NUMBER_LENGTH and set(text) <= set("0123456789abcdef"):
        found = Claim.objects.filter(certificate_code__startswith=text).first()
        found = claims.by_code(found.certificate_code) if found is not None else None
    return found


def correct(
    claim: Claim,
    who: Who,
    *,
    amount: str = "",
    profession: str = "",
    system: str = "",
    name: str = "",
    now: datetime,
    dry_run: bool = False,
) -> Done:
    """Another amount, profession or name in the place of this claim's; what is empty stays.

    `amount`: as typed, in the system's unit. `system`: where the new profession claims another credit. A name alone is
    a re-issue: the credit stays as it is with every receiver. Raises LedgerBusy and LedgerBroken as the ledger does.
    """
    if name and not (amount or profession or system):
        return reissue(claim, who, name=name, now=now, dry_run=dry_run)
    wanted = Wanted(
        name=name or claim.name_certified,
        profession=profession or claim.profession,
        system=system or claim.system,
        amount=amount or amounts.number(claim.amount),
        wording="",
    )
    return _do(claim, lambda entries: correcting.correct(entries, claim.uuid, wanted, who, now=now), now, dry_run)


def reissue(claim: Claim, who: Who, *, name: str = "", now: datetime, dry_run: bool = False) -> Done:
    """A new certificate of the same credit; of a withdrawn claim, which then counts again."""
    return _do(claim, lambda entries: correcting.reissue(entries, claim.uuid, who, name=name, now=now), now, dry_run)


def withdraw(claim: Claim, who: Who, *, now: datetime, dry_run: bool = False) -> Done:
    """Take the credit back. The learner can't claim it again; `reissue` undoes it."""
    return _do(claim, lambda entries: correcting.withdraw(entries, claim.uuid, who, now=now), now, dry_run)


def withdraw_all(
    named: Iterable[str], who: Who, *, now: datetime, dry_run: bool = False
) -> Iterator[tuple[str, Done | Refusal]]:
    """Take many credits back, each in a transaction of its own, so that one at fault keeps no other from it: case 24.

    Gives what became of each as it goes. Doing it again refuses those that are done, so it may be interrupted.
    """
    for one in named:
        claim = find(one)
        if claim is None:
            yield one, Refusal("unknown_claim", Message(_UNKNOWN, {"number": one}))
        else:
            yield one, withdraw(claim, who, now=now, dry_run=dry_run)


_Decision = Draft | Refusal | Proposal | Several


def write(
    place: Place, decide: Callable[[tuple[Entry, ...]], _Decision], *, now: datetime, dry_run: bool
) -> Entry | Refusal:
    """`ledger.append`, and in a dry run the same without a trace."""
    where = (place.course_key, place.activity_id, place.learner_id)
    if not dry_run:
        return ledger.append(*where, decide=decide, now=now)
    with transaction.atomic(using=router.db_for_write(Participation)):
        result = ledger.append(*where, decide=decide, now=now)
        transaction.set_rollback(True, using=router.db_for_write(Participation))
    return result


def _do(
    claim: Claim, decide: Callable[[tuple[Entry, ...]], Several | Refusal], now: datetime, dry_run: bool
) -> Done:
    participation = claim.participation
    place = Place(participation.course_key, participation.activity_id, participation.learner_id)
    made: list[Claim] = []

    def watched(entries: tuple[Entry, ...]) -> Several | Refusal:
        decision = decide(entries)
        if isinstance(decision, Refusal):
            return decision

        def effects(row: Participation, written: tuple[Entry, ...]) -> None:
            decision.effects(row, written)
            # Seen here, because of a dry run nothing is left to look at.
            made[:] = Claim.objects.filter(replaces_id=claim.pk)

        return Several(decision.drafts, effects)

    try:
        result = write(place, watched, now=now, dry_run=dry_run)
    except claims.AlreadyClaimed:
        result = Refusal("already_claimed", Message(_MEANWHILE))
    if isinstance(result, Refusal):
        return Done(claim, None, result)
    return Done(claim, made[0] if made else None)


_UNKNOWN = N_("There is no claim with the number {number}.")
_MEANWHILE = N_("Somebody else has changed this claim at the same moment. Look at what counts now, then correct that.")
