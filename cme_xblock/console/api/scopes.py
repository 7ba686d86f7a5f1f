"""What a key to the API may be used for. A key can do no more than its owner, for one provider, and of that only what
its scopes say.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cme_xblock.activity.message import N_

ACTIVITIES, SUMS, ROWS, EXPORTS = "activities", "sums", "rows", "exports"

SCOPES: Mapping[str, str] = MappingProxyType(
    {
        ACTIVITIES: N_("List activities: titles, dates, editions. No learner."),
        SUMS: N_("Read sums: outcomes and evaluations, with small groups hidden."),
        ROWS: N_("Read rows about single learners: completion records, claims, responses, deliveries."),
        EXPORTS: N_("Begin exports and download their files."),
    }
)
# How a scope is called where tokens of the platform (OAuth 2, JWT) carry it among others.
PLATFORM = "cme:"


def read(text: str) -> frozenset[str]:
    """The scopes in a text with spaces between; what is unknown is left out."""
    return frozenset(text.split()) & SCOPES.keys()


def of_platform(names: frozenset[str]) -> frozenset[str]:
    """Our scopes among those of a token of the platform."""
    return frozenset(one.removeprefix(PLATFORM) for one in names if one.startswith(PLATFORM)) & SCOPES.keys()
