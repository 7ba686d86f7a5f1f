"""Writing a correction: its entries, the claims in place of the old ones, and what each receiver has to be told.

Whether a claim may be changed was decided in `participation.correction`. Here the pieces come into one transaction:
nobody is told of a claim that does not count, and whoever was told of one hears of its correction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.participation import correction, credits, progress
from cme_xblock.participation.correction import SAME_CREDIT, Correction, Old, Wanted, Who
from cme_xblock.participation.credits import Credits
from cme_xblock.participation.entries import Draft, Entry
from cme_xblock.participation.progress import Progress
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records import claims, editions
from cme_xblock.records.ledger import Several
from cme_xblock.records.models import Claim, Delivery, Participation
from cme_xblock.records.models.delivery import Operation, State
from cme_xblock.reporting import outbox

__all__ = ["correct", "olds", "reissue", "withdraw"]

# A row in any other state has left, or is leaving at this moment.
_HERE = (State.HELD, State.READY, State.CANCELLED)


@dataclass(frozen=True)
class _File:
    """One learner's credit in one activity: what the entries say, and the claims' rows by their numbers."""

    entries: Sequence[Entry]
    credits: Credits
    claims: Mapping[str, Claim]
    left: frozenset[int]

    def lineage(self, claim: Claim) -> Iterator[Claim]:
        """The claim, and those before it of which it is the same credit: a receiver knows it by the first one's key."""
        at: Claim | None = claim
        while at is not None:
            yield at
            before = at.replaces_id
            same = at.change in SAME_CREDIT and before is not None and self._stayed(before)
            at = self._row(before) if before is not None and same else None

    def has_left(self, claim: Claim) -> bool:
        """Whether anybody was, or may have been, told of this credit."""
        return any(one.pk in self.left for one in self.lineage(claim))

    def old(self, claim: Claim) -> Old:
        """The claim as the decision needs it."""
        attested = self._attested(claim)
        return Old(
            claim=claim.uuid,
            edition=claim.edition.sha256,
            system=claim.system,
            amount=claim.amount,
            profession=claim.profession,
            name=claim.name_certified,
            completed_on=claim.completed_on,
            completed_at=claim.completed_at,
            claimed_at=attested.claimed_at,
            statement=attested.statement,
            wording=attested.wording_sha,
            reported=self.has_left(claim),
            live=self.credits.is_live(claim.uuid),
            types=self.credits.every[claim.uuid].types,
            name_shown=self.credits.every[claim.uuid].name_shown,
        )

    def others(self, claim: Claim) -> tuple[Old, ...]:
        """The learner's other live claims in this activity."""
        found = (self.claims[one.claim] for one in self.credits.live.values() if one.claim != claim.uuid)
        return tuple(self.old(one) for one in found)

    def _attested(self, claim: Claim) -> Claim:
        """The last claim before and with this one that the learner attested."""
        at = claim
        while self.credits.every[at.uuid].by != credits.LEARNER and at.replaces_id is not None:
            at = self._row(at.replaces_id)
        return at

    def _stayed(self, pk: int) -> bool:
        return self._row(pk).uuid not in self.credits.withdrawn

    def _row(self, pk: int) -> Claim:
        return next(one for one in self.claims.values() if one.pk == pk)


def olds(entries: Sequence[Entry]) -> Mapping[str, Old]:
    """Every live claim of these entries as a correction would find it, by its number. Three queries at most."""
    file = _file(entries)
    return {one.claim: file.old(file.claims[one.claim]) for one in file.credits.live.values()}


def correct(entries: Sequence[Entry], claim: str, wanted: Wanted, who: Who, *, now: datetime) -> Several | Refusal:
    """A correction with its effects, for `records.ledger.append` to whose decision the entries were given."""

    def decide(file: _File, row: Claim, at: Progress, activity: Activity) -> Correction | Refusal:
        return correction.correct(
            file.old(row), wanted, who, others=file.others(row), progress=at, activity=activity, now=now
        )

    return _decided(entries, claim, decide, now=now)


def reissue(entries: Sequence[Entry], claim: str, who: Who, *, name: str = "", now: datetime) -> Several | Refusal:
    """Another certificate of the same credit with its effects; `name` where it is another. As `correct`."""

    def decide(file: _File, row: Claim, at: Progress, activity: Activity) -> Correction | Refusal:
        chosen = name or row.name_certified
        return correction.reissue(file.old(row), who, name=chosen, progress=at, activity=activity, now=now)

    return _decided(entries, claim, decide, now=now)


def withdraw(entries: Sequence[Entry], claim: str, who: Who, *, now: datetime) -> Several | Refusal:
    """A withdrawal with its effects. As `correct`."""
    file = _file(entries)
    row = file.claims.get(claim)
    if row is None:
        return _UNKNOWN
    drafts = correction.withdraw(file.old(row), who, others=file.others(row))
    return drafts if isinstance(drafts, Refusal) else _written(file, [(one, None) for one in drafts], now=now)


_Decide = Callable[[_File, Claim, Progress, Activity], Correction | Refusal]


def _decided(entries: Sequence[Entry], claim: str, decide: _Decide, *, now: datetime) -> Several | Refusal:
    file = _file(entries)
    row = file.claims.get(claim)
    if row is None:
        return _UNKNOWN
    edition = row.edition.sha256
    known = editions.load({one.edition for one in entries} | {edition})
    at = progress.fold(known[edition], entries, edition=edition, editions=known, now=now)
    made = decide(file, row, at, known[edition])
    if isinstance(made, Refusal):
        return made
    gone: list[tuple[Draft, Correction | None]] = [(one.withdraw, None) for one in made.along if one.withdraw]
    moved = [made, *(one.correct for one in made.along if one.correct)]
    return _written(file, gone + [(one.draft(claim=claims.new_uuid()), one) for one in moved], now=now)


def _file(entries: Sequence[Entry]) -> _File:
    folded = credits.fold(entries)
    rows = Claim.objects.filter(uuid__in=list(folded.every)).select_related("participation", "edition")
    found = {one.uuid: one for one in rows.defer("edition__canonical").order_by("pk")}
    deliveries = Delivery.objects.filter(claim_id__in=[one.pk for one in found.values()])
    told: set[int] = set()
    back: set[int] = set()
    for pk, operation, state in deliveries.values_list("claim_id", "operation", "state"):
        (back if operation == Operation.DELETE else told if state not in _HERE else set()).add(pk)
    # What was taken back from everybody is as if it had never been told.
    return _File(entries, folded, found, frozenset(told - back))


def _written(file: _File, steps: Sequence[tuple[Draft, Correction | None]], *, now: datetime) -> Several:
    """The entries, and for each of them what it does: a claim taken back, or another in its place."""

    def effects(participation: Participation, entries: tuple[Entry, ...]) -> None:
        for entry, (draft, made) in zip(entries, steps, strict=True):
            if made is None:
                row = file.claims[draft.payload["claim"]]
                claims.withdraw(participation, row)
                _retract(file, row, now=now)
            else:
                _replace(file, participation, entry, made, now=now)

    return Several(tuple(draft for draft, _ in steps), effects)


def _replace(file: _File, participation: Participation, entry: Entry, made: Correction, *, now: datetime) -> None:
    old = file.claims[made.replaces]
    new = claims.replace(participation, entry, old=old, attestation=made.made, name_certified=made.name)
    same = made.change in SAME_CREDIT and file.credits.is_live(old.uuid)
    if same and file.has_left(old):
        # Receivers hold the credit under the old claim's key, and it is true. To delete it and send it again could end
        # with no credit at all, where the body takes none any more.
        return
    _retract(file, old, now=now)
    outbox.owe(new, now=now)


def _retract(file: _File, claim: Claim, *, now: datetime) -> None:
    for one in file.lineage(claim):
        outbox.retract(one, now=now)


_UNKNOWN = Refusal(
    "unknown_claim", Message(N_("This activity has no such claim of yours. Reload the page to see what you hold."))
)
