"""What else is known of an activity beside first attempts: evaluations, plans and what became of them. PURE.

`gathering.py` reads it. What is anonymous was released five at a time (docs/decisions/0019); what may be told of the
rest is decided by who shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # It reads tables; what it gives is plain.
    from cme_xblock.outcomes.commitments import Followed
    from cme_xblock.outcomes.themes import Themes

Asked = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Evaluated:
    """All evaluations that answered one set of questions. `questions` as of `participation.evaluation.described`.

    `sums` as of `records.sums`.
    """

    questions: Asked
    n: int
    sums: Mapping[str, Mapping[str, Any]]
    anonymous: bool


@dataclass(frozen=True)
class Evidence:
    """What the report tells beside the first attempts. `evaluations`: the most answered set first.

    `plans`: what learners mean to do differently, in their words, by objective ("" for none).
    `unnamed`: the objectives of which some of these words were given anonymously. `measures`: Moore's levels ("5", "6")
    of which the provider brought data. `themes`: by key, of `said.py`, what counts instead of the texts at hand.
    """

    evaluations: tuple[Evaluated, ...] = ()
    followed: tuple[Followed, ...] = ()
    plans: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    measures: tuple[str, ...] = ()
    unnamed: frozenset[str] = frozenset()
    themes: Mapping[str, Themes] = field(default_factory=dict)


NOTHING_ELSE = Evidence()
