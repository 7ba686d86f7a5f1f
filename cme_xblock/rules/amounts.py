"""Amounts of credit: which may be designated, which may be claimed, and how minutes become credit.

Exact numbers only. Knows a credit system and an offering; not who claims. Source: AMA PRA; spec R-2.4.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, Offering
from cme_xblock.rules.credit_system import CreditSystem, Rounding

# A list to choose from must end. 1000 quarter hours are more than any one activity has ever been designated for.
MAX_STEPS = 1000


def number(amount: Decimal) -> str:
    """The amount as it is printed: at least one decimal and no idle zeros: `1.0`, `0.75`. Source: spec R-2.1."""
    whole, _, rest = f"{amount:f}".partition(".")
    return f"{whole}.{rest.rstrip('0') or '0'}"


def round_minutes(system: CreditSystem, minutes: int | Decimal) -> Decimal:
    """Credit for so many minutes, in the system's steps; 0 when that is less than the system's minimum.

    The AMA rounds to the nearest quarter hour and is silent on ties; ours go up (spec R-2.4, part 9).
    """
    if minutes < system.minimum_minutes:
        return Decimal(0)
    steps = Fraction(minutes) / system.unit_minutes / Fraction(system.increment)
    if system.rounding is Rounding.NEAREST_HALF_UP:
        steps += Fraction(1, 2)
    amount = (steps.numerator // steps.denominator) * system.increment
    return amount if amount >= system.minimum else Decimal(0)


def round_day(system: CreditSystem, minutes: int | Decimal) -> Decimal:
    """Credit for so many minutes of one day: as `round_minutes`, and never more than the system allows in a day."""
    amount = round_minutes(system, minutes)
    return amount if system.daily_maximum is None else min(amount, system.daily_maximum)


def counted_minutes(system: CreditSystem, activity: Activity) -> int:
    """The minutes of the estimated time that count: for some bodies not those of the test, or of the evaluation.

    Source: spec R-3.1.
    """
    minutes = activity.estimated_minutes
    if not system.counts_test_minutes:
        minutes -= activity.baseline.minutes + activity.assessment.minutes
    return minutes if system.counts_evaluation_minutes else minutes - activity.evaluation.minutes


def choices(system: CreditSystem, offering: Offering) -> tuple[Decimal, ...]:
    """Every amount that may be claimed, from the minimum to the designated maximum; only that where no part may be.

    Always on the system's grid. Where its steps were not read at their source, an offering off the grid is a warning,
    and the most that can be claimed is the step below.
    """
    highest = offering.amount
    if highest is None or not highest.is_finite() or highest > most(system):
        return ()
    if designated(system, highest) is not None and system.sure("increment", "minimum"):
        return ()
    last = int(highest / system.increment) * system.increment
    if last < system.minimum:
        return ()
    if not system.partial:
        return (last,)
    step = system.claim_increment or system.increment
    first = ceil(system.minimum / step)
    steps = [count * step for count in range(first, int(last / step) + 1)]
    return tuple(steps) if steps and steps[-1] == last else (*steps, last)


def most(system: CreditSystem) -> Decimal:
    """The most that an activity can be designated for."""
    return (system.claim_increment or system.increment) * MAX_STEPS


def designated(system: CreditSystem, amount: Decimal) -> Message | None:
    """Why an activity can't be designated for this amount, or None. Source: spec R-2.4."""
    params = {"increment": number(system.increment), "minimum": number(system.minimum), "system": system.short_name}
    if not amount.is_finite() or amount < system.minimum:
        return Message(N_("The smallest amount is {minimum} ({system})."), params)
    if amount > most(system):
        params["most"] = number(most(system))
        return Message(N_("No activity can be designated for more than {most} ({system})."), params)
    if amount % system.increment:
        params["amount"] = number(amount)
        return Message(N_("{amount} is not a multiple of {increment} ({system})."), params)
    return None


def check(system: CreditSystem, offering: Offering, amount: Decimal) -> Message | None:
    """Why this amount can't be claimed, with what to claim instead, or None. Source: spec R-2.4, R-6.1."""
    allowed = choices(system, offering)
    if not allowed:
        return Message(
            N_("No amount of {system} can be claimed: the activity is not designated for any. Write to the provider."),
            {"system": system.short_name},
        )
    if amount in allowed:
        return None
    params = {
        "amount": number(amount),
        "system": system.short_name,
        "minimum": number(allowed[0]),
        "maximum": number(allowed[-1]),
        "increment": number(system.claim_increment or system.increment),
    }
    if len(allowed) == 1:
        return Message(N_("Credit {amount} cannot be claimed ({system}). Use {maximum}."), params)
    if amount < allowed[0]:
        return Message(N_("Credit {amount} is below the smallest amount ({system}). Use {minimum} or more."), params)
    if amount > allowed[-1]:
        return Message(N_("Credit {amount} is more than is offered here ({system}). Use {maximum} or less."), params)
    params["lower"] = number(max(one for one in allowed if one < amount))
    params["upper"] = number(min(one for one in allowed if one > amount))
    return Message(N_("Credit {amount} is not a multiple of {increment} ({system}). Use {lower} or {upper}."), params)
