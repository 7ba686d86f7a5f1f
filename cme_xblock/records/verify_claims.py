"""Verification of claims: each against the entry that attested it, and what counts against what the entries add up to.

A part of `verify`, which reads the rows. Nothing is written or read here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from cme_xblock.participation.credits import Credits
from cme_xblock.participation.entries import Kind
from cme_xblock.records import claims, keys
from cme_xblock.records.models import Claim, EntryRow, Participation

_MAKES_CLAIM = frozenset({Kind.CREDIT_CLAIMED, Kind.CREDIT_CORRECTED})


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was written. `where` holds numbers and hashes, never a learner's id."""

    code: str
    where: str
    message: str


def check(
    participation: Participation,
    rows: Sequence[EntryRow],
    claimed: Sequence[Claim],
    folded: Credits | None,
    *,
    marked: str | None,
) -> Iterator[Finding]:
    """What is wrong with one participation's claims. `folded`: None where an entry can't be read, which is reported.

    `marked`: the payload of the last entry that says whether this is a test, or None.
    """
    where = f"participation {participation.uuid}"
    attested = {claim.entry_id for claim in claimed}
    for row in rows:
        if row.kind in _MAKES_CLAIM and row.pk not in attested:
            message = f"Entry {row.seq} claims credit and its claim is missing."
            yield Finding("claim_missing", f"{where}, entry {row.seq}", message)
    for claim in claimed:
        yield from _claim(participation, claim)
    if folded is not None:
        yield from _counting(where, claimed, folded)
    if participation.is_test != _is_test(marked):
        message = "Whether this is a test is not what the last entry about that says."
        yield Finding("test_mark", where, message)


def _counting(where: str, claimed: Sequence[Claim], folded: Credits) -> Iterator[Finding]:
    """The pointers and the corrections in the tables against what the entries add up to."""
    by_entries = {one.claim for one in folded.live.values()}
    by_tables = {claim.uuid for claim in claimed if claim.is_live}
    for uuid in sorted(by_entries ^ by_tables):
        says = "counts by the entries and not by its pointer" if uuid in by_entries else "counts by its pointer alone"
        yield Finding("claim_live", f"{where}, claim {uuid}", f"The claim {says}.")
    by_tables_replaced = {claim.replaces.uuid: claim.uuid for claim in claimed if claim.replaces is not None}
    for uuid in sorted(by_tables_replaced.keys() | folded.successor.keys()):
        if by_tables_replaced.get(uuid) != folded.successor.get(uuid):
            message = "What took this claim's place is not what the entries say."
            yield Finding("claim_successor", f"{where}, claim {uuid}", message)
    for claim in claimed:
        # In words of their own, apart from the fold: whatever does not count has a successor or was taken back.
        if claim.uuid not in by_entries | folded.successor.keys() | folded.withdrawn.keys():
            message = "The claim does not count, and was neither replaced nor withdrawn."
            yield Finding("claim_lost", f"{where}, claim {claim.uuid}", message)


def _claim(participation: Participation, claim: Claim) -> Iterator[Finding]:
    where = f"participation {participation.uuid}, claim {claim.uuid}"
    entry = claim.entry
    if entry.participation_id != participation.pk or entry.kind not in _MAKES_CLAIM:
        yield Finding("claim_entry", where, "The claim refers to an entry that does not claim credit here.")
    elif claim.edition_id != entry.edition_id or not _same_facts(claim, entry):
        yield Finding("claim_entry", where, "The claim says something else than the entry that attested it.")
    if claims.fingerprint(claim, entry_hash=entry.hash) != claim.hash:
        yield Finding("claim_changed", where, "The claim has another hash than when it was written.")
    if claim.is_live and claim.live.key != keys.live_claim_key(participation.key, claim.system):
        yield Finding("claim_live", where, "The pointer to the live claim is not the one of this learner and credit.")


def _same_facts(claim: Claim, entry: EntryRow) -> bool:
    try:
        payload = json.loads(entry.payload)
    except ValueError:
        return False
    said = {
        "claim": claim.uuid,
        "system": claim.system,
        "profession": claim.profession,
        "completed_on": claim.completed_on.isoformat(),
        "wording": claim.wording_sha,
    }
    if entry.kind == Kind.CREDIT_CORRECTED:
        said["change"] = claim.change
    same = isinstance(payload, dict) and all(payload.get(name) == value for name, value in said.items())
    return same and _same_amount(claim.amount, payload.get("amount"))


def _same_amount(amount: Decimal, written: object) -> bool:
    """Whether an entry's amount, a decimal text, is that of a claim, however many zeros follow."""
    try:
        return isinstance(written, str) and Decimal(written) == amount
    except InvalidOperation:
        return False


def _is_test(marked: str | None) -> bool:
    try:
        payload = json.loads(marked or "{}")
    except ValueError:
        return False
    return isinstance(payload, dict) and payload.get("test") is True
