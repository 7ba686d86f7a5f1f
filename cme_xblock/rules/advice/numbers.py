"""Numbers and ranges as options write them: "40 mg", "10 to 20 %", "less than 5 days", "65 years or older".

Knows no question. What isn't plainly a number with a unit is not one, so that nothing is said of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

_NUMBER = r"[-−+]?(?:\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.\d{1,12})?"
_UNIT = r"[^\d<>≤≥]{0,40}?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?:from |(?P<between>between ))?(?P<low>{_NUMBER})(?P<first>{_UNIT}) ?(?(between)and|(?:-|–|—|to|through)) ?"
        rf"(?P<high>{_NUMBER})(?P<unit>{_UNIT})",
        rf"(?P<sign><|≤|<=|less than|fewer than|lower than|under|below|up to|at most|no more than|not more than) ?"
        rf"(?P<high>{_NUMBER})(?P<unit>{_UNIT})",
        rf"(?P<sign>>|≥|>=|more than|greater than|higher than|over|above|at least) ?"
        rf"(?P<low>{_NUMBER})(?P<unit>{_UNIT})",
        rf"(?P<low>{_NUMBER})(?P<unit>{_UNIT}) ?(?P<more>\+|or (?:more|higher|older|greater)|and (?:more|above|older))",
        rf"(?P<high>{_NUMBER})(?P<unit>{_UNIT}) ?(?P<less>or (?:less|fewer|lower|younger|below))",
        rf"(?P<low>(?P<high>{_NUMBER}))(?P<unit>{_UNIT})",
    )
)
_OPEN = frozenset(
    {"<", "less than", "fewer than", "lower than", "under", "below", ">", "more than", "greater than", "higher than"}
    | {"over", "above"}
)
_LONGEST = 100
_FAR = Decimal("1E30")


@dataclass(frozen=True)
class Amount:
    """The values an option names, in `unit`: from `low` to `high`, each with or without the limit itself."""

    low: Decimal
    high: Decimal
    unit: str
    with_low: bool = True
    with_high: bool = True

    def overlaps(self, other: Amount) -> bool:
        """Whether one value belongs to both."""
        first, second = sorted((self, other), key=lambda one: (one.low, not one.with_low))
        if second.low == first.high:
            return first.with_high and second.with_low
        return second.low < first.high


def read(text: str) -> Amount | None:
    """The number or range of an option, or None where it is something else."""
    text = text.strip(" .;")
    found = next((one for form in _FORMS if (one := form.fullmatch(text))), None) if len(text) <= _LONGEST else None
    if found is None:
        return None
    said = found.groupdict()
    first, unit = _unit(said.get("first") or ""), _unit(said["unit"])
    low = _number(said["low"]) if "low" in said else -_FAR
    high = _number(said["high"]) if "high" in said else _FAR
    if low > high or first not in ("", unit):
        return None
    within = (said.get("sign") or "").lower() not in _OPEN
    return Amount(low, high, unit, with_low=within, with_high=within)


def read_all(texts: Sequence[str]) -> tuple[Amount, ...] | None:
    """All options as numbers of one unit, or None."""
    found = [read(one) for one in texts]
    amounts = tuple(one for one in found if one is not None)
    return amounts if len(amounts) == len(found) and len({one.unit for one in amounts}) == 1 else None


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("−", "-"))


def _unit(text: str) -> str:
    # "1 day" and "2 days" have one unit.
    return " ".join(one.rstrip("s") for one in text.casefold().split())
