"""What a verification found: for each thing that is promised whether it holds, and in words what does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# The first tell what happened; ten thousand would tell no more.
MOST = 20


class Verdict(StrEnum):
    """What to tell the person who asked."""

    HOLDS = "holds"
    # Everything fits, and nobody said whose key it must be: the file vouches for itself alone.
    WHOSE = "whose_key"
    BROKEN = "broken"


@dataclass
class Check:
    """One promise: `holds` None where it could not be looked at. `faults`: the first; `found` counts all."""

    id: str
    title: str
    says: str = ""
    holds: bool | None = None
    found: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, message: str) -> None:
        """Something of it does not hold."""
        self.found += 1
        self.holds = False
        if len(self.faults) < MOST:
            self.faults.append(message)

    def faulted(self, messages: Iterable[str]) -> None:
        """The same, several times."""
        for one in messages:
            self.fault(one)

    def done(self, says: str) -> None:
        """It was looked at to the end; it holds unless a fault was found."""
        self.says = says
        if self.holds is None:
            self.holds = True


@dataclass
class Report:
    """Of one file. `told`: what the file says of itself, worth reading only where the signature holds."""

    checks: tuple[Check, ...]
    told: list[str] = field(default_factory=list)
    fingerprint: str = ""
    # Whether the key is one that the reader was given; None where none was given.
    is_theirs: bool | None = None

    @property
    def verdict(self) -> Verdict:
        """Broken, where anything does not hold or could not be looked at."""
        if any(one.holds is not True for one in self.checks):
            return Verdict.BROKEN
        return Verdict.HOLDS if self.is_theirs else Verdict.WHOSE

    def lines(self) -> Iterator[str]:
        """The report in words, one line after the other."""
        for one in self.checks:
            mark = {True: "holds   ", False: "BROKEN  ", None: "unknown "}[one.holds]
            says = one.says or ("It could not be looked at." if one.holds is None else "")
            yield f"{mark}{one.title}{': ' + says if says else ''}"
            yield from (f"          - {fault}" for fault in one.faults)
            if one.found > len(one.faults):
                yield f"          … and {one.found - len(one.faults)} more."
        yield from self.told

    def to_data(self) -> dict[str, Any]:
        """The same for a program."""
        return {
            "verdict": self.verdict.value,
            "fingerprint": self.fingerprint,
            "key_is_theirs": self.is_theirs,
            "checks": [
                {"id": one.id, "holds": one.holds, "says": one.says, "found": one.found, "faults": one.faults}
                for one in self.checks
            ],
            "told": self.told,
        }
