"""Credits: what the entries about credit add up to. Which claims count, what replaced them, what was withdrawn.

A claim, a correction and a withdrawal are an entry each; this is the walk over them. The tables keep the same beside it
(`LiveClaim`), and `cme_verify` compares the two. What may be corrected, by whom and until when is `correction.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation

from cme_xblock.participation.entries import Entry, Kind, is_complete

# Who corrected, where it was the learner; staff are named by a pseudonym.
LEARNER = "learner"
ABOUT_CREDIT = frozenset({Kind.CREDIT_CLAIMED, Kind.CREDIT_CORRECTED, Kind.CREDIT_VOIDED})


@dataclass(frozen=True)
class Credit:
    """One claim as its entry tells of it. `amount` in the system's unit; `completed_on` is a civil date's text; `types`
    are the kinds of a board's credit; `name_shown` is what the learner lets verification show of the name.

    `replaces` is the claim that it corrects, with `change` (a code of `correction.Change`), `reason` and who did it.
    """

    claim: str
    system: str
    amount: Decimal
    profession: str
    completed_on: str
    edition: str
    seq: int
    at: datetime
    types: tuple[str, ...] = ()
    name_shown: str = ""
    by: str = LEARNER
    replaces: str = ""
    change: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Withdrawn:
    """One claim that was taken back: `by` is LEARNER or a pseudonym of staff, `reason` is theirs."""

    claim: str
    system: str
    at: datetime
    by: str
    reason: str

    @property
    def by_learner(self) -> bool:
        """Whether the learner took it back, and so may claim again."""
        return self.by == LEARNER


@dataclass
class Credits:
    """`live` by credit system; `every` claim by number; `successor` of each that was replaced; `withdrawn` by claim.

    `barred`, by system: what staff took back and nobody claimed anew, which the learner can't claim again.
    """

    every: dict[str, Credit] = field(default_factory=dict)
    live: dict[str, Credit] = field(default_factory=dict)
    successor: dict[str, str] = field(default_factory=dict)
    withdrawn: dict[str, Withdrawn] = field(default_factory=dict)

    @property
    def barred(self) -> Mapping[str, Withdrawn]:
        """The last withdrawal by staff in each system that has no live claim."""
        return {
            one.system: one
            for one in self.withdrawn.values()
            if one.system not in self.live and one.claim not in self.successor and not one.by_learner
        }

    def is_live(self, claim: str) -> bool:
        """Whether that claim counts."""
        one = self.every.get(claim)
        return one is not None and self.live.get(one.system) == one


def fold(entries: Iterable[Entry]) -> Credits:
    """What the entries of one participation add up to. An entry out of its turn counts for nothing. Never raises."""
    credits = Credits()
    for one in entries:
        if one.kind in ABOUT_CREDIT and is_complete(one):
            _COUNT[one.kind](credits, one)
    return credits


def _claimed(credits: Credits, entry: Entry) -> None:
    made = _credit(entry)
    if made is not None and made.system not in credits.live and made.claim not in credits.every:
        credits.every[made.claim] = credits.live[made.system] = made


def _corrected(credits: Credits, entry: Entry) -> None:
    """A new claim in the place of one that counts, or of one that was withdrawn; in its system or in another one."""
    made, old = _credit(entry), credits.every.get(str(entry.payload["replaces"]))
    if made is None or old is None or made.claim in credits.every or old.claim in credits.successor:
        return
    if credits.is_live(old.claim):
        if made.system != old.system and made.system in credits.live:
            return
        del credits.live[old.system]
    elif old.claim not in credits.withdrawn or made.system in credits.live:
        return
    credits.successor[old.claim] = made.claim
    credits.every[made.claim] = credits.live[made.system] = made


def _voided(credits: Credits, entry: Entry) -> None:
    claim = entry.payload["claim"]
    if isinstance(claim, str) and credits.is_live(claim):
        system = credits.every[claim].system
        del credits.live[system]
        said = {name: str(entry.payload[name]) for name in ("by", "reason")}
        credits.withdrawn[claim] = Withdrawn(claim=claim, system=system, at=entry.at, **said)


_COUNT = {Kind.CREDIT_CLAIMED: _claimed, Kind.CREDIT_CORRECTED: _corrected, Kind.CREDIT_VOIDED: _voided}


def _credit(entry: Entry) -> Credit | None:
    """The claim of an entry; None where the system or the amount is none: it may have been tampered with."""
    payload = entry.payload
    system = payload["system"]
    try:
        amount = Decimal(payload["amount"]) if isinstance(payload["amount"], str) else Decimal("NaN")
    except InvalidOperation:
        return None
    if not isinstance(system, str) or not amount.is_finite():
        return None
    names = ("profession", "completed_on", "name_shown", "replaces", "change", "reason")
    return Credit(
        claim=str(payload.get("claim", entry.seq)),
        system=system,
        amount=amount,
        edition=entry.edition,
        seq=entry.seq,
        at=entry.at,
        types=tuple(str(one) for one in types) if isinstance(types := payload.get("types"), list) else (),
        by=str(payload.get("by", LEARNER)),
        **{name: str(payload.get(name, "")) for name in names},
    )
