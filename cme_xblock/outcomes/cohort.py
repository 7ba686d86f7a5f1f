"""An activity's learners as arrays, ready for the statistics. PURE.

Learners who did the same two editions stand in one group, because their marks mean the same items. Tests count
nowhere; who lost the account counts on, for the pairing is not lost with it. Source: spec 5.2, 5.3, rules 3 and 5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cme_xblock.activity.model import Activity
from cme_xblock.outcomes.marks import Reached

Marks = NDArray[np.uint8]


@dataclass(frozen=True)
class Group:
    """Learners with the same editions. `before_edition` or `after_edition` is None for who has only the other.

    `before` and `after`: arrays of shape (learners, scored items) with the bytes of the marks; an empty second
    dimension where there is none. `before_sure` and `after_sure`: the same of all items, None where nobody was asked.
    `professions`: codes, as indices into `Cohort.professions`; `practices` likewise into `Cohort.practices`, None where
    nobody was asked. `codes`: when each was counted in the report's steps, where that is asked (`steps.Memory.whens`).
    """

    before_edition: Activity | None
    after_edition: Activity | None
    before: Marks
    after: Marks
    professions: NDArray[np.int16]
    practices: NDArray[np.int32] | None = None
    before_sure: Marks | None = None
    after_sure: Marks | None = None
    codes: NDArray[np.int32] | None = None

    @property
    def n(self) -> int:
        """How many learners."""
        return int(self.professions.size)


@dataclass(frozen=True)
class Cohort:
    """All learners of one activity. `reached`: how many came how far; `registered` counts everybody with an entry.

    `kinds` counts everybody once, by the place of their group (-1 for who is in none), the place of their profession,
    the bits of how far they came and the place of their practice: what a report may show is decided on these
    (`hiding.py`). `practices`: what was said of it, in the order of `evaluation.PRACTICE`, empty where nothing was.
    `told`: the groups by it as the report's last step shows them (`report_groups.kept`); None where there is none.
    """

    registered: int
    reached: Mapping[Reached, int]
    professions: tuple[str, ...]
    groups: tuple[Group, ...]
    kinds: Mapping[tuple[int, int, int, int], int] = field(default_factory=dict)
    practices: tuple[tuple[str, ...], ...] = ((),)
    told: Mapping[str, Sequence[Any]] | None = None


def by_code(groups: Sequence[Group]) -> Mapping[int, tuple[Group, ...]]:
    """The learners of these groups by their codes; nothing where no group has any."""
    found: dict[int, list[Group]] = {}
    for group in groups:
        for code in np.unique(group.codes).tolist() if group.codes is not None else ():
            found.setdefault(code, []).append(_some(group, group.codes == code))
    return {code: tuple(some) for code, some in sorted(found.items())}


def _some(group: Group, which: NDArray[np.bool_]) -> Group:
    columns = ("before", "after", "professions", "practices", "before_sure", "after_sure", "codes")
    return replace(group, **{name: None if (one := getattr(group, name)) is None else one[which] for name in columns})
