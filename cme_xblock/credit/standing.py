"""Whether a claim still counts. Read from the records alone, so that a certificate can say it in year six.

A claim is never changed: what counts is what the live pointer names. A claim that does not count has a successor, which
says that it replaces it, or was withdrawn. Source: spec part 7, cases 2, 10, 16, 18 and 27.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from cme_xblock.activity.message import N_
from cme_xblock.participation.correction import Change
from cme_xblock.records.models import Claim

_AT_ONCE = 500


class Standing(StrEnum):
    """What became of a claim. `TEST`: made with a test account, so it never counted."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    VOID = "void"
    TEST = "test"


LABELS: Mapping[Standing, str] = {
    Standing.VALID: N_("Valid"),
    Standing.SUPERSEDED: N_("Superseded"),
    Standing.VOID: N_("Void"),
    Standing.TEST: N_("Test, no credit"),
}


@dataclass(frozen=True)
class Chain:
    """The certificates before and after one, by their codes; empty where there is none to be named.

    After a change of the name neither certificate tells of the other, for with the number one can ask for the initials:
    an earlier name is for staff alone. Source: spec part 7, case 10.
    """

    replaces: str = ""
    replaced_by: str = ""


def of(claim: Claim) -> Standing:
    """The standing of one claim. No query where `participation`, `live` and `successor` were selected with it."""
    return _standing(claim, live=claim.is_live, replaced=not claim.is_live and hasattr(claim, "successor"))


def of_all(claims: Collection[Claim]) -> Mapping[int, Standing]:
    """The standing of each claim, by its row. One query for each 500; `participation` and `live` must come along."""
    gone = sorted(claim.pk for claim in claims if not claim.is_live)
    replaced: set[int] = set()
    for start in range(0, len(gone), _AT_ONCE):
        found = Claim.objects.filter(replaces_id__in=gone[start : start + _AT_ONCE])
        replaced.update(pk for pk in found.values_list("replaces_id", flat=True) if pk is not None)
    return {claim.pk: _standing(claim, live=claim.is_live, replaced=claim.pk in replaced) for claim in claims}


def chain(claim: Claim) -> Chain:
    """What stands beside a certificate. No query where `replaces` and `successor` were selected with the claim."""
    before = claim.replaces if claim.change != Change.NAME else None
    after = getattr(claim, "successor", None)
    return Chain(
        replaces=before.certificate_code if before is not None else "",
        replaced_by=after.certificate_code if after is not None and after.change != Change.NAME else "",
    )


def _standing(claim: Claim, *, live: bool, replaced: bool) -> Standing:
    if claim.participation.is_test:
        return Standing.TEST
    if live:
        return Standing.VALID
    return Standing.SUPERSEDED if replaced else Standing.VOID
