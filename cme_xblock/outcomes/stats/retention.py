"""One item right after the activity and some time later: what stayed, what was lost, and whether that could be chance.

Source: issue of outcomes (delayed retention); spec 5.3, rules 6, 10 and 12.
"""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from cme_xblock.outcomes.stats import change, proportion
from cme_xblock.outcomes.stats.change import Change
from cme_xblock.outcomes.stats.result import Estimate, Test


@dataclass(frozen=True)
class Kept:
    """Learners by their answers after and later. `share`: of those right after, how many were right later (0 to 1)."""

    retained: int
    lost: int
    gained: int
    unresolved: int
    share: Estimate
    test: Test

    @property
    def n(self) -> int:
        """How many answered both times."""
        return self.retained + self.lost + self.gained + self.unresolved

    @property
    def right_after(self) -> int:
        """How many were right right after the activity."""
        return self.retained + self.lost

    @property
    def right_later(self) -> int:
        """How many were right some time later."""
        return self.retained + self.gained


def kept(after: ArrayLike, later: ArrayLike, *, both: ArrayLike | None = None) -> tuple[Kept, ...]:
    """What stayed of each item. Arguments and errors as of `change.changes`: after stands before later."""
    return tuple(of_change(one) for one in change.changes(after, later, both=both))


def of_change(found: Change) -> Kept:
    """The same of counts at hand: improved are those who were right only later."""
    right = found.reinforced + found.declined
    return Kept(
        retained=found.reinforced,
        lost=found.declined,
        gained=found.improved,
        unresolved=found.unresolved,
        share=proportion.wilson(found.reinforced, right, method="retention"),
        test=change.mcnemar(found),
    )
