"""Where what lies in an audit file, and the lines of its ledgers.

A member that is named by a hash holds what was shown or published, byte for byte: its name is the SHA-256 of its
content, and ledgers refer to it by that. Everything else is evidence by the manifest's signature alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

EDITIONS, DISCLOSURES, WORDINGS = "editions", "disclosures", "wordings"
LEDGERS = "ledgers"
# How many learners one member holds: a few megabytes, so that no member comes near the largest that zip knows.
LEARNERS_EACH = 1_000
# A ledger of one learner is a few kilobytes. Who hands in a longer line wants to fill a memory.
LONGEST_LINE = 32 << 20

_BY_HASH = re.compile(rf"({EDITIONS}|{DISCLOSURES}|{WORDINGS})/([0-9a-f]{{64}})\.json")
_LEDGER = re.compile(rf"{LEDGERS}/[0-9]{{6}}\.jsonl")

# What a line of a ledger has. `evaluations` are those that were given with a name.
LINE = frozenset(
    {"participation", "started_at", "sealed", "test", "head", "entries", "claims", "evaluations", "deliveries"}
)
ENTRY = frozenset({"seq", "kind", "edition", "at", "payload", "prev", "hash"})


def by_hash(kind: str, sha256: str) -> str:
    """The name of what is named by its hash."""
    return f"{kind}/{sha256}.json"


def hashed(name: str) -> tuple[str, str] | None:
    """Kind and hash that a member is named by; None for others."""
    found = _BY_HASH.fullmatch(name)
    return (found[1], found[2]) if found else None


def ledger(number: int) -> str:
    """The name of the ledgers' member of that number, from 1."""
    return f"{LEDGERS}/{number:06d}.jsonl"


def is_ledger(name: str) -> bool:
    """Whether a member holds ledgers."""
    return _LEDGER.fullmatch(name) is not None


def head(line: Mapping[str, Any]) -> tuple[object, object]:
    """The last entry's number and hash as a line's head says them; anything at all, where a stranger wrote it."""
    found = line.get("head")
    return (found.get("seq"), found.get("hash")) if isinstance(found, dict) else (None, None)
