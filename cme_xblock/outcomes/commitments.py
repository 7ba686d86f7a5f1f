"""What became of learners' plans, for the report: per objective how many, how far, and why. Moore level 5, as told.

For the report: `of(activity_key)` gives one `Followed` per objective, safe to show as it is, on screen and in exports:
counts that could name anybody are None (say "fewer than 5"), and reasons are there when ten learners gave one.
Self-report overstates, so the report should say that it is one. Source: spec 5.3, rules 13 and 14; promise 11.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from cme_xblock.outcomes import suppression
from cme_xblock.outcomes.evidence import Followed
from cme_xblock.outcomes.planner import TOLD
from cme_xblock.participation.commitments import Outcome
from cme_xblock.records.models import Commitment, CommitmentAnswer

__all__ = ["Followed", "counted", "of"]

# Free text is shown when so many learners wrote some: style and detail name people whom counts hide.
WORDS_FROM = 10

_OPEN, _WITHOUT = "unanswered", "no plan"
_COMMITTED, _ANSWERED, _EVALUATED = "committed", "answered", "evaluated"
# What a reader would miss most is given up last.
_WORTH = {_EVALUATED: TOLD, _COMMITTED: 9, _ANSWERED: 8, Outcome.FULLY: 5, Outcome.PARTLY: 4, Outcome.NOT_YET: 4}


def of(activity_key: str, *, minimum: int = suppression.MINIMUM, evaluated: int | None = None) -> tuple[Followed, ...]:
    """Every objective that somebody made a plan for, by its id. Two queries; tests and retired learners are not in it.

    `activity_key`: of `keys.activity_key`. `minimum`: as of `suppression.plan`, and the same for the whole report.
    `evaluated`: how many handed in an evaluation, where the report tells it.
    """
    rows = Commitment.objects.filter(participation__activity_key=activity_key, participation__is_test=False)
    given: defaultdict[int, list[tuple[int, str, str]]] = defaultdict(list)
    answers = CommitmentAnswer.objects.filter(commitment__in=rows.values("pk"))
    for commitment, *answer in answers.order_by("pk").values_list("commitment_id", "day", "outcome", "reason"):
        given[commitment].append((answer[0], answer[1], answer[2]))
    plans = rows.order_by("pk").values_list("pk", "objective", "participation_id")
    told = [(objective, learner, given[pk]) for pk, objective, learner in plans]
    return counted(told, minimum=minimum, evaluated=evaluated)


def counted(
    plans: Iterable[tuple[str, int, Iterable[tuple[int, str, str]]]],
    *,
    minimum: int = suppression.MINIMUM,
    evaluated: int | None = None,
) -> tuple[Followed, ...]:
    """The same of plans at hand: objective, learner (any key), answers as (day, outcome, reason). PURE."""
    states: defaultdict[str, dict[int, str]] = defaultdict(dict)
    reasons: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for objective, learner, answers in plans:
        given = sorted(answers)
        state = given[-1][1] if given else _OPEN
        before = states[objective].get(learner, _OPEN)
        states[objective][learner] = max(before, state, key=_ORDER.index)
        reasons[objective] += [(learner, reason) for _, _, reason in given if reason]
    return tuple(
        _followed(objective, Counter(states[objective].values()), reasons[objective], minimum, evaluated)
        for objective in sorted(states)
    )


def _followed(
    objective: str,
    atoms: Mapping[str, int],
    reasons: list[tuple[int, str]],
    minimum: int,
    evaluated: int | None,
) -> Followed:
    said = frozenset(Outcome)
    cells = {_COMMITTED: said | {_OPEN}, _ANSWERED: said, **{one.value: frozenset({one}) for one in Outcome}}
    sizes = {name: atoms.get(name, 0) for name in (_OPEN, *Outcome)}
    if evaluated is not None:
        # Who has no plan for this objective is left over by subtraction.
        sizes[_WITHOUT] = max(evaluated - sum(sizes.values()), 0)
        cells[_EVALUATED] = frozenset(sizes)
    enough = len({learner for learner, _ in reasons}) >= WORDS_FROM
    hidden = suppression.plan(sizes, cells, minimum=minimum, worth=_WORTH)
    shown = {name: None if name in hidden else sum(sizes[one] for one in made_of) for name, made_of in cells.items()}
    return Followed(
        objective=objective,
        committed=shown[_COMMITTED],
        answered=shown[_ANSWERED],
        fully=shown[Outcome.FULLY],
        partly=shown[Outcome.PARTLY],
        not_yet=shown[Outcome.NOT_YET],
        evaluated=evaluated,
        reasons=tuple(sorted(reason for _, reason in reasons)) if enough else (),
    )


# From what counts least to what counts most where a learner has several plans: an answer before none, less before more.
_ORDER = (_OPEN, Outcome.FULLY, Outcome.PARTLY, Outcome.NOT_YET)
