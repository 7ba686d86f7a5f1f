"""What else is known of an activity beside first attempts: evaluations, plans and what became of them. PURE.

`gathering.py` reads it. What is anonymous was released five at a time (docs/decisions/0019); what may be told of the
rest is decided by who shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cme_xblock.outcomes import retained
    from cme_xblock.outcomes.themes import Themes

Asked = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Evaluated:
    """All evaluations that answered one set of questions. `questions` as of `participation.evaluation.described`.

    `sums` as of `records.sums`. `parts`: the same by when they were counted in the report's steps, where that is asked
    (`steps.Memory.whens`). `others`: how many more people handed in an evaluation, where the report tells how many did;
    where it tells of a group around them instead, how many more are in that.
    """

    questions: Asked
    n: int
    sums: Mapping[str, Mapping[str, Any]]
    anonymous: bool
    parts: Mapping[int, Evaluated] = field(default_factory=dict)
    others: int | None = None


@dataclass(frozen=True)
class Followed:
    """One objective (its id; empty for plans of none), in learners. None: hidden. Shares are of `answered`.

    A learner with several plans for one objective counts once, as the least done of those that were answered; of each
    plan the last answer counts. `reasons`: in the order of their letters, with no learner, day or outcome beside them;
    empty where fewer than ten learners gave one. Before the first day has come `answered` is 0, and says nothing.
    `evaluated`: how many handed in an evaluation, or are in a group around them that the report tells of: who of these
    has no plan is hidden with it.
    """

    objective: str
    committed: int | None
    answered: int | None
    fully: int | None
    partly: int | None
    not_yet: int | None
    reasons: tuple[str, ...] = ()
    evaluated: int | None = None


@dataclass(frozen=True)
class Check:
    """The retention check: the questions that came again, of `retained.read`, and after how many days they do."""

    asked: tuple[retained.Asked, ...] = ()
    days: int = 0


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
    check: Check = field(default_factory=Check)


NOTHING_ELSE = Evidence()
