"""Amounts of credit: which may be designated, which may be claimed, and how minutes become credit.

Exact numbers only. Knows a credit system and an offering; not who claims. Source: AMA PRA; spec R-2.4.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Offering
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
    steps = Fraction(minutes) / system.unit_minutes / Fraction(system.increment)
    if system.rounding is Rounding.NEAREST_HALF_UP:
        steps += Fraction(1, 2)
    amount = (steps.numerator // steps.denominator) * system.increment
    return amount if amount >= system.minimum else Decimal(0)


def choices(system: CreditSystem, offering: Offering) -> tuple[Decimal, ...]:
    """Every amount that may be claimed, from the minimum to the designated maximum; only that where no part may be."""
    highest = offering.amount
    if highest is None or designated(system, highest) is not None:
        return ()
    if not system.partial:
        return (highest,)
    first = int(system.minimum / system.increment)
    last = int(highest / system.increment)
    return tuple(step * system.increment for step in range(first, last + 1))


def designated(system: CreditSystem, amount: Decimal) -> Message | None:
    """Why an activity can't be designated for this amount, or None. Source: spec R-2.4."""
    params = {"increment": number(system.increment), "minimum": number(system.minimum), "system": system.short_name}
    if not amount.is_finite() or amount < system.minimum:
        return Message(N_("The smallest amount is {minimum} ({system})."), params)
    if amount > system.increment * MAX_STEPS:
        params["most"] = number(system.increment * MAX_STEPS)
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
        "increment": number(system.increment),
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
