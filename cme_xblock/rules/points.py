"""A board's points: the credit that a `<moc board="…">` registers under another offering, and what earns it.

Knows activity and profiles, and the share of right answers of somebody; not who that is. Source: spec R-4.2 to R-4.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from cme_xblock.activity.codes import Feedback
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, MocOffering, Offering
from cme_xblock.rules import amounts, boards, credit_system
from cme_xblock.rules.credit_system import CreditSystem


def offered(activity: Activity) -> Iterator[tuple[CreditSystem, Offering, MocOffering]]:
    """Each board's profile, its points as an offering of their own, and the registration; one for each board.

    Points are never more than the credit that they go with (spec R-4.3).
    """
    systems = {one.board: one for one in credit_system.for_activity(activity).values() if one.board}
    for base in activity.offerings:
        for one in base.moc:
            system = systems.get(one.board)
            if system is None or base.system not in system.goes_with or one.points is None or base.amount is None:
                continue
            del systems[one.board]
            offering = Offering(
                system=system.code,
                amount=min(one.points, base.amount),
                designated_on=base.designated_on,
                identifiers=base.identifiers,
            )
            yield system, offering, one


def of(activity: Activity, code: str) -> tuple[CreditSystem, Offering, MocOffering] | None:
    """The same of one system by its code, or None where the activity is not registered for it."""
    return next((one for one in offered(activity) if one[0].code == code), None)


def types_earned(registration: MocOffering, share: Fraction) -> tuple[str, ...]:
    """The registered types of credit that so many right answers earn: ABS counts self-assessment from 75 percent."""
    board = boards.load().get(registration.board)
    least = dict(board.minimum_pass) if board else {}
    return tuple(kind for kind in registration.credit_types if share >= Fraction(least.get(kind, 0)))


def unearned(activity: Activity, registration: MocOffering, share: Fraction | None) -> Message | None:
    """Why these points can't be claimed with that share of right answers in a passed attempt (None: none), or None.

    The learner's own evaluation, its passing standard, and feedback that was shown. Source: spec R-4.2.
    """
    board = boards.load()[registration.board].short_name
    if share is None or activity.assessment.pass_mark is None or activity.assessment.feedback is Feedback.NEVER:
        return Message(N_("{board} takes points only with a passed assessment and its feedback."), {"board": board})
    if registration.credit_types and not types_earned(registration, share):
        least = min(one for kind, one in boards.load()[registration.board].minimum_pass)
        params = {"board": board, "percent": amounts.number(least * 100).removesuffix(".0")}
        return Message(
            N_("{board} counts this from {percent}% right answers. Your best attempt that passed had fewer."), params
        )
    return None


def year_end(system: CreditSystem, completed_on: date) -> date | None:
    """The day by which a board wants to hear of a completion: the 31 December of its year, or None. Spec R-4.5."""
    return date(completed_on.year, 12, 31) if system.reported_by_year_end else None
