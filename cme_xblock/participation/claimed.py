"""What a claim says, and the hash over it: the same for a row of the records and for a line of an audit file.

Knows no storage. The facts are text, so that no database's way of writing a number can change the hash.
"""

from __future__ import annotations

from collections.abc import Mapping

from cme_xblock.activity import canonical

# What the hash is of, besides the hash of the entry that attested it. Never renamed: stored for six years and more.
FACTS = (
    *("uuid", "system", "amount", "profession", "name", "completed_on", "completed_at", "zone"),
    *("statement", "wording", "code", "claimed_at", "replaces", "change"),
)


def fingerprint(facts: Mapping[str, str], *, entry: str) -> str:
    """The hash of a claim: 64 hex digits. `facts`: text by the names in FACTS; `entry`: the hash of its entry.

    Raises KeyError where a fact is missing, ValueError where one can't be written as text.
    """
    return canonical.digest({**{name: facts[name] for name in FACTS}, "entry": entry})
