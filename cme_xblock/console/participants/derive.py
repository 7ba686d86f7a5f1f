"""What one participation is in a list: its state, its reports' state, and the names it is found by. PURE.

Everything here can be computed again from the entries, the claims and the deliveries.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cme_xblock.activity.model import Activity
from cme_xblock.outcomes import marks
from cme_xblock.outcomes.marks import Reached
from cme_xblock.participation import credits
from cme_xblock.participation.entries import Entry, Kind

__all__ = ["Owed", "Reported", "Shown", "State", "facet", "family_key", "of_entries", "reported", "sort_key"]

_LONGEST_KEY = 96
_LONGEST_SYSTEMS = 255


class State(StrEnum):
    """How far somebody came, or what became of it. Stored in a table that can be made again; add, never rename."""

    BEGUN = "begun"
    STUDYING = "studying"
    FAILED = "failed"
    PASSED = "passed"
    CLAIMED = "claimed"
    NO_CREDIT = "no_credit"
    WITHDRAWN = "withdrawn"
    TEST = "test"


class Reported(StrEnum):
    """How the reporting of somebody's credit stands: the worst of all that is owed."""

    NONE = "none"
    HELD = "held"
    WAITING = "waiting"
    STUCK = "stuck"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class Shown:
    """What the entries of one participation give: state, profession as claimed, and the systems of live claims."""

    state: State
    profession: str
    systems: str


@dataclass(frozen=True)
class Owed:
    """One delivery of a claim: what it is, the same for every revision; its state; and whether the claim counts."""

    thing: tuple[str, str, str, str]
    revision: int
    state: str
    counts: bool


def of_entries(entries: Sequence[Entry], editions: Mapping[str, Activity]) -> Shown:
    """One participation, by its entries in their order and the editions that they name."""
    found = marks.of(entries, editions)
    folded = credits.fold(entries)
    live = sorted(folded.live)
    return Shown(
        state=_state(found.reached, folded, entries),
        profession=next((one.profession for one in folded.live.values()), ""),
        systems=",".join(live)[:_LONGEST_SYSTEMS],
    )


def _state(reached: Reached, folded: credits.Credits, entries: Sequence[Entry]) -> State:
    """The first that is so."""
    found = (
        (Reached.TEST in reached, State.TEST),
        (bool(folded.live), State.CLAIMED),
        (bool(folded.every), State.WITHDRAWN),
        (any(one.kind is Kind.COMPLETED_WITHOUT_CREDIT for one in entries), State.NO_CREDIT),
        (Reached.PASSED in reached, State.PASSED),
        (Reached.ASSESSED in reached, State.FAILED),
        (bool(reached & (Reached.BASELINE | Reached.STARTED | Reached.CONTENT)), State.STUDYING),
    )
    return next((state for is_so, state in found if is_so), State.BEGUN)


def reported(rows: Iterable[Owed]) -> Reported:
    """The worst of the last revisions. A refusal of a claim that does not count any more is nobody's trouble."""
    last: dict[tuple[str, str, str, str], Owed] = {}
    for one in rows:
        if one.thing not in last or last[one.thing].revision < one.revision:
            last[one.thing] = one
    found = {_reported(one) for one in last.values()}
    return next((one for one in _WORST_FIRST if one in found), Reported.NONE)


_WORST_FIRST = (Reported.STUCK, Reported.HELD, Reported.WAITING, Reported.DELIVERED)
_BY_STATE = {
    "held": Reported.HELD,
    "ready": Reported.WAITING,
    "sending": Reported.WAITING,
    "pending": Reported.WAITING,
    "unknown": Reported.STUCK,
    "accepted": Reported.DELIVERED,
    "refused": Reported.STUCK,
    "dead": Reported.STUCK,
}


def _reported(one: Owed) -> Reported:
    found = _BY_STATE.get(one.state, Reported.NONE)
    if not one.counts and one.thing[3] == "add" and found in (Reported.STUCK, Reported.HELD):
        return Reported.NONE
    return found


def facet(shown: Shown, delivery: Reported) -> str:
    """One short text for all that a list is filtered by."""
    parts = "\0".join((shown.state, shown.profession, shown.systems, delivery))
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def sort_key(text: str) -> str:
    """A name by which it is sorted and searched: hexadecimal digits of its letters without case and accents.

    Digits sort alike in every collation of every database, which letters do not. Empty for no letters.
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(one for one in plain if not unicodedata.combining(one))
    words = " ".join("".join(one if one.isalnum() else " " for one in kept).split())
    return words.encode("utf-8", "replace").hex()[:_LONGEST_KEY]


def family_key(text: str) -> str:
    """The same of the last word of a name."""
    return sort_key(text.rsplit(maxsplit=1)[-1]) if text.split() else ""
