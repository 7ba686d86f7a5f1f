"""Attestation: a learner claims an amount of credit, against the exact wording shown, as a member of a profession.

Decides and describes; writing the claim is not its business. Source: spec R-6.1, R-2.1, R-2.4, R-2.8; part 7, cases
1, 4, 12 and 15.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from cme_xblock.activity import canonical
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, Offering
from cme_xblock.activity.scalars import excerpt
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.participation.progress import Progress, claim_closed
from cme_xblock.participation.refusal import Refusal
from cme_xblock.rules import amounts, credit_system, professions, statements
from cme_xblock.rules.credit_system import CreditSystem

_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


@dataclass(frozen=True)
class CreditChoice:
    """One credit that a learner of a profession may claim: the amounts to choose from, and what is attested."""

    system: CreditSystem
    offering: Offering
    amounts: tuple[Decimal, ...]
    wording: str
    wording_sha: str


@dataclass(frozen=True)
class Attestation:
    """A claim as it may be recorded. `statement` is the wording with the amount in it; `wording` the sha256 of the
    text that was shown; `amount` is in the system's unit.
    """

    edition: str
    system: str
    amount: Decimal
    profession: str
    completed_on: date
    completed_at: datetime
    statement: str
    wording: str

    def draft(self, *, claim: str) -> Draft:
        """The entry of this claim; `claim` is the identifier under which the claim itself is recorded."""
        payload = {
            "claim": claim,
            "system": self.system,
            "amount": amounts.number(self.amount),
            "profession": self.profession,
            "completed_on": self.completed_on.isoformat(),
            "wording": self.wording,
        }
        return Draft(Kind.CREDIT_CLAIMED, self.edition, payload)


def options(activity: Activity, profession: str) -> tuple[CreditChoice, ...]:
    """What a learner of that profession may claim. Source: spec R-2.8; case 15.

    A certificate of participation is offered only to whoever can claim none of the other credits.
    """
    systems = credit_system.for_activity(activity)
    offered = [(systems[one.system], one) for one in activity.offerings if one.system in systems]
    direct = [(system, one) for system, one in offered if not system.fallback_for and system.accepts(profession)]
    found = direct or [pair for pair in _fallbacks(activity, offered) if pair[0].accepts(profession)]
    return tuple(
        CreditChoice(
            system=system,
            offering=one,
            amounts=amounts.choices(system, one),
            wording=wording(activity, one, system),
            wording_sha=wording_sha(activity, one, system),
        )
        for system, one in found
        if amounts.choices(system, one)
    )


def wording(activity: Activity, offering: Offering, system: CreditSystem) -> str:
    """The text that a learner attests to."""
    return statements.attestation_shown(activity, offering, system)


def wording_sha(activity: Activity, offering: Offering, system: CreditSystem) -> str:
    """The sha256 of that text together with the system it is for: 64 lower-case hex digits."""
    return canonical.digest({"system": system.code, "wording": wording(activity, offering, system)})


def attest(
    progress: Progress,
    activity: Activity,
    edition: str,
    *,
    profession: object,
    system: object,
    amount: object,
    wording: object,
    now: datetime,
) -> Attestation | Refusal:
    """The claim that a learner's four inputs make, or why they make none. `amount` is a text as typed.

    `now` is an aware instant: the claim must fall into its window (spec part 7, case 4).
    """
    completed_at, completed_on = progress.completed_at, progress.completed_on
    shut = claim_closed(activity, completed_at, now)
    if shut is not None or completed_at is None or completed_on is None:
        return Refusal("locked", shut or Message(N_("First complete the parts before it.")))
    choice = _choice(progress, activity, profession=profession, system=system)
    if isinstance(choice, Refusal):
        return choice
    undated = _not_in_force(choice, completed_on)
    if undated is not None:
        return undated
    if wording != choice.wording_sha:
        text = N_("The text to attest changed while the page was open. Read it again, then claim.")
        return Refusal("wording_changed", Message(text), field="wording")
    value = parse_amount(choice, amount)
    if isinstance(value, Refusal):
        return value
    return Attestation(
        edition=edition,
        system=choice.system.code,
        amount=value,
        profession=str(profession),
        completed_on=completed_on,
        completed_at=completed_at,
        statement=statements.attestation_recorded(activity, choice.offering, choice.system, amount=value),
        wording=choice.wording_sha,
    )


def _not_in_force(choice: CreditChoice, completed_on: date) -> Refusal | None:
    """Why the credit was not in force on the day of completion: not designated yet, or its approval over."""
    begun, ended = choice.offering.designated_on, choice.offering.approval_expires
    system = choice.system.short_name
    if begun is not None and completed_on < begun:
        text = N_("This credit was designated on {date}, after you completed the activity ({system}).")
        message = Message(text, {"date": begun.isoformat(), "system": system})
        return Refusal("not_designated_yet", message, field="system")
    if ended is not None and completed_on > ended:
        text = N_("The approval of this credit ended on {date}, before you completed the activity ({system}).")
        return Refusal("approval_over", Message(text, {"date": ended.isoformat(), "system": system}), field="system")
    return None


def parse_amount(choice: CreditChoice, typed: object) -> Decimal | Refusal:
    """The amount that was typed, when it is one that may be claimed: plain digits with a point, nothing else."""
    if not isinstance(typed, str) or not _AMOUNT.fullmatch(typed):
        params = {
            "typed": excerpt(typed) if isinstance(typed, str) else "",
            "system": choice.system.short_name,
            "minimum": amounts.number(choice.amounts[0]),
            "maximum": amounts.number(choice.amounts[-1]),
            "increment": amounts.number(choice.system.increment),
        }
        text = N_('"{typed}" is not an amount ({system}). Use {minimum} to {maximum} in steps of {increment}.')
        return Refusal("not_an_amount", Message(text, params), field="amount")
    value = Decimal(typed)
    problem = amounts.check(choice.system, choice.offering, value)
    if problem is not None:
        return Refusal("amount_not_allowed", problem, field="amount")
    return value.quantize(choice.system.increment)


def _choice(progress: Progress, activity: Activity, *, profession: object, system: object) -> CreditChoice | Refusal:
    """What the learner of that profession may claim of that system, if it was not claimed already."""
    if not isinstance(profession, str) or profession not in professions.load():
        return Refusal("unknown_profession", Message(N_("Choose your profession, then claim.")), field="profession")
    known = credit_system.for_activity(activity)
    wanted = known.get(system) if isinstance(system, str) else None
    if wanted is None:
        return Refusal("unknown_system", Message(N_("Choose a credit that this activity offers.")), field="system")
    if wanted.code in progress.claimed:
        text = N_("You have claimed this credit already ({system}). Reload the page to see your certificate.")
        return Refusal("already_claimed", Message(text, {"system": wanted.short_name}), field="system")
    others = [known[code] for code in progress.claimed if code in known]
    if others and (wanted.fallback_for or any(one.fallback_for for one in others)):
        text = N_("You hold another record of this activity. Write to the provider to correct your profession.")
        return Refusal("profession_changed", Message(text), field="profession")
    found = next((one for one in options(activity, profession) if one.system.code == wanted.code), None)
    if found is None:
        params = {"system": wanted.short_name, "profession": professions.load()[profession].label}
        text = N_("This activity does not offer this credit to your profession ({system}; {profession}).")
        return Refusal("not_offered", Message(text, params), field="system")
    return found


def _fallbacks(activity: Activity, offered: list[tuple[CreditSystem, Offering]]) -> list[tuple[CreditSystem, Offering]]:
    """Systems for those who can claim no other: by their own offering, else at the amount of the one they stand for."""
    found = [pair for pair in offered if pair[0].fallback_for]
    for system in credit_system.for_activity(activity).values():
        if not system.fallback_for or any(one.code == system.code for one, _ in found):
            continue
        for code in system.fallback_for:
            base = activity.offering(code)
            if base is not None:
                derived = Offering(system=system.code, amount=base.amount, designated_on=base.designated_on)
                found.append((system, derived))
                break
    return found
