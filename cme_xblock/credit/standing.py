"""Whether a claim still counts. Read from the records alone, so that a certificate can say it in year six.

A claim is never changed: what counts is what the live pointer names. So a claim whose pointer names another one was
corrected, and one whose pointer is gone, or never was, was withdrawn. Source: spec part 7, cases 2, 16 and 27.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from cme_xblock.activity.message import N_
from cme_xblock.records import keys
from cme_xblock.records.models import Claim, LiveClaim

_AT_ONCE = 500


class Standing(StrEnum):
    """What became of a claim."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    VOID = "void"


LABELS: Mapping[Standing, str] = {
    Standing.VALID: N_("Valid"),
    Standing.SUPERSEDED: N_("Superseded"),
    Standing.VOID: N_("Void"),
}


def of(claim: Claim) -> Standing:
    """The standing of one claim. No query where `live` was selected with a claim that counts, one otherwise."""
    return Standing.VALID if claim.is_live else of_all([claim])[claim.pk]


def of_all(claims: Collection[Claim]) -> Mapping[int, Standing]:
    """The standing of each claim, by its row. One query for each 500; participations must come with the claims."""
    wanted = {claim.pk: keys.live_claim_key(claim.participation.key, claim.system) for claim in claims}
    counting: dict[str, int] = {}
    every = sorted(set(wanted.values()))
    for start in range(0, len(every), _AT_ONCE):
        found = LiveClaim.objects.filter(key__in=every[start : start + _AT_ONCE])
        counting.update(found.values_list("key", "claim_id"))
    return {pk: _standing(pk, counting.get(key)) for pk, key in wanted.items()}


def _standing(pk: int, counting: int | None) -> Standing:
    if counting is None:
        return Standing.VOID
    return Standing.VALID if counting == pk else Standing.SUPERSEDED
