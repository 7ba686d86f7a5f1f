"""How a report asks what to hide: one question for each of its tables, by the table's name. PURE.

A report by itself needs `spans.plan` and nothing else. What was shown before is known to `steps.py`, which answers the
same question with a memory. Source: docs/decisions/0029, 0034.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from cme_xblock.outcomes import spans

# Cells and atoms go by names of several shapes; whoever asks says which.
Name = Any
# What is told elsewhere is worth so much: a plan can't hide it, and hides something else.
TOLD = 10**7
# The same table made of some of its people at a time: atoms by a code of when these were counted (`reading.Codes`).
Parts = Callable[[], Mapping[int, Mapping[Name, int]]]


class Planner(Protocol):
    """Which cells of a table are hidden: atoms, cells, `minimum` and `worth` as of `spans.plan`.

    `table` is the same in each report on the same question: "people", or what `hiding` calls it. `parts`: the table by
    when its people were counted, for a planner that remembers; None where the report does not know.
    """

    def __call__(
        self,
        table: str,
        atoms: Mapping[Name, int],
        cells: Mapping[Name, frozenset[Name]],
        *,
        minimum: int,
        worth: Mapping[Name, int],
        parts: Parts | None = None,
    ) -> frozenset[Name]:
        """The hidden cells."""


def plain(
    table: str,
    atoms: Mapping[Name, int],
    cells: Mapping[Name, frozenset[Name]],
    *,
    minimum: int,
    worth: Mapping[Name, int],
    parts: Parts | None = None,
) -> frozenset[Name]:
    """The answer for a report that nobody has seen an earlier one of."""
    return spans.plan(atoms, cells, minimum=minimum, worth=worth)
