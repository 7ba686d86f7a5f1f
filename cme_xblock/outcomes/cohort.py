"""An activity's learners as arrays, ready for the statistics. PURE.

Learners who did the same two editions stand in one group, because their marks mean the same items. Tests count
nowhere; who lost the account counts on, for the pairing is not lost with it. Source: spec 5.2, 5.3, rules 3 and 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cme_xblock.activity.model import Activity
from cme_xblock.outcomes.marks import Reached

Marks = NDArray[np.uint8]


@dataclass(frozen=True)
class Group:
    """Learners with the same editions. `before_edition` or `after_edition` is None for who has only the other.

    `before` and `after`: arrays of shape (learners, scored items) with the bytes of the marks; an empty second
    dimension where there is none. `professions`: codes, as indices into `Cohort.professions`.
    """

    before_edition: Activity | None
    after_edition: Activity | None
    before: Marks
    after: Marks
    professions: NDArray[np.int16]

    @property
    def n(self) -> int:
        """How many learners."""
        return int(self.professions.size)


@dataclass(frozen=True)
class Cohort:
    """All learners of one activity. `reached`: how many came how far; `registered` counts everybody with an entry.

    `kinds` counts everybody once, by the place of their group (-1 for who is in none), the place of their profession
    and the bits of how far they came: what a report may show is decided on these (`hiding.py`).
    """

    registered: int
    reached: Mapping[Reached, int]
    professions: tuple[str, ...]
    groups: tuple[Group, ...]
    kinds: Mapping[tuple[int, int, int], int] = field(default_factory=dict)
