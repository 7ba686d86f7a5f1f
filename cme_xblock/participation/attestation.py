"""Attestation: a learner claims an amount of credit, against the exact wording shown, as a member of a profession.

Decides and describes; writing the claim is not its business. What keeps a credit from being claimed for now is
`locks.py`. Source: spec R-6.1, R-2.1, R-2.4, R-2.8, R-4.3; part 7, cases 1, 4, 12, 13 and 15.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from cme_xblock.activity import canonical
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, MocOffering, Offering
from cme_xblock.activity.scalars import excerpt
from cme_xblock.participation import attendance, locks
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.participation.progress import Progress, claim_closed
from cme_xblock.participation.refusal import Refusal
from cme_xblock.rules import amounts, credit_system, formats, points, professions, statements
from cme_xblock.rules.credit_system import CreditSystem

# The system that credits some formats by the piece of work.
_BY_WORK = "ama_pra_1"
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


@dataclass(frozen=True)
class CreditChoice:
    """One credit that a learner of a profession may claim: the amounts to choose from, and what is attested.

    `pieces`: they are those of whole pieces of work. `registration`: of a board's points. `locked`: why it can't be
    claimed now, where `offered` was asked.
    """

    system: CreditSystem
    offering: Offering
    amounts: tuple[Decimal, ...]
    wording: str
    wording_sha: str
    profession: str = ""
    registration: MocOffering | None = None
    locked: Message | None = None
    pieces: bool = False


@dataclass(frozen=True)
class Wanted:
    """One credit as a learner asks for it. Each of the four may be anything that somebody sent."""

    profession: object
    system: object
    amount: object
    wording: object


@dataclass(frozen=True)
class Attestation:
    """A claim as it may be recorded. `statement` is the wording with the amount in it; `wording` the sha256 of the
    text that was shown; `amount` is in the system's unit; `types` are the kinds of a board's credit that it earns.
    """

    edition: str
    system: str
    amount: Decimal
    profession: str
    completed_on: date
    completed_at: datetime
    statement: str
    wording: str
    types: tuple[str, ...] = ()

    def draft(self, *, claim: str) -> Draft:
        """The entry of this claim; `claim` is the identifier under which the claim itself is recorded."""
        payload = {
            "claim": claim,
            "system": self.system,
            "amount": amounts.number(self.amount),
            "profession": self.profession,
            "completed_on": self.completed_on.isoformat(),
            "wording": self.wording,
            **({"types": list(self.types)} if self.types else {}),
        }
        return Draft(Kind.CREDIT_CLAIMED, self.edition, payload)


def options(activity: Activity, profession: str, attended: Mapping[str, int] | None = None) -> tuple[CreditChoice, ...]:
    """What a learner of that profession may claim. Source: spec R-2.8; case 15.

    A certificate of participation is offered only to whoever can claim none of the other credits. `attended` are the
    minutes by session (`Progress.attended`), beyond which nobody claims in a live activity; None: as it is designated.
    """
    systems = credit_system.for_activity(activity)
    pairs = [(systems[one.system], one) for one in activity.offerings if one.system in systems]
    pairs = [pair for pair in pairs if not pair[0].board]
    direct = [(system, one) for system, one in pairs if not system.fallback_for and system.accepts(profession)]
    found = direct or [pair for pair in _fallbacks(activity, pairs) if pair[0].accepts(profession)]
    found = [(system, _attended(activity, system, one, attended)) for system, one in found]
    found_choices = [_described(activity, system, one, profession) for system, one in found]
    for system, one, registration in points.offered(activity):
        if system.accepts(profession):
            limited = _attended(activity, system, one, attended)
            found_choices.append(replace(_described(activity, system, limited, profession), registration=registration))
    return tuple(one for one in found_choices if one.amounts)


def offered(
    progress: Progress, activity: Activity, chosen: Sequence[str], *, now: datetime
) -> tuple[CreditChoice, ...]:
    """What a learner of all these professions may still claim, each with the reason where that is not possible now.

    One credit each, as the first profession that it is for. A certificate of participation only where no profession
    may claim another credit. Source: spec part 7, cases 12 and 13.
    """
    found: dict[str, CreditChoice] = {}
    for profession in chosen:
        for one in options(activity, profession, progress.attended):
            found.setdefault(one.system.code, one)
    better = any(not one.system.fallback_for for one in found.values())
    return tuple(
        replace(one, locked=refusal.message if (refusal := locks.of(progress, activity, one, now=now)) else None)
        for code, one in found.items()
        if code not in progress.claimed and not (better and one.system.fallback_for)
    )


def _attended(
    activity: Activity, system: CreditSystem, offering: Offering, attended: Mapping[str, int] | None
) -> Offering:
    """The offering with no more than the attended time gives. Source: spec part 7, case 5."""
    most = None if attended is None else attendance.most(system, activity, attended)
    if most is None or offering.amount is None or most >= offering.amount:
        return offering
    # Where no part of the credit may be claimed, less than all of it is nothing.
    return replace(offering, amount=most if system.partial else Decimal(0))


def _described(activity: Activity, system: CreditSystem, offering: Offering, profession: str) -> CreditChoice:
    found = amounts.choices(system, offering)
    worth = formats.claimable(activity.format, found) if system.code == _BY_WORK else found
    return CreditChoice(
        system=system,
        offering=offering,
        amounts=worth,
        pieces=len(worth) < len(found),
        wording=wording(activity, offering, system),
        wording_sha=wording_sha(activity, offering, system),
        profession=profession,
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
    wanted = Wanted(profession=profession, system=system, amount=amount, wording=wording)
    return _attested(progress, activity, edition, wanted, now=now, beside={})


def _attested(
    progress: Progress,
    activity: Activity,
    edition: str,
    wanted: Wanted,
    *,
    now: datetime,
    beside: Mapping[str, Decimal],
) -> Attestation | Refusal:
    """The same. `beside`: what is claimed together with it, by system, for points that go with another credit."""
    completed_at, completed_on = progress.completed_at, progress.completed_on
    shut = claim_closed(activity, completed_at, now)
    if shut is not None or completed_at is None or completed_on is None:
        return Refusal("locked", shut or Message(N_("First complete the parts before it.")))
    choice = _choice(progress, activity, profession=wanted.profession, system=wanted.system)
    if isinstance(choice, Refusal):
        return choice
    value = (
        locks.of(progress, activity, choice, now=now)
        or _other_words(choice, wanted.wording)
        or _amount(progress, choice, wanted.amount, beside)
    )
    if isinstance(value, Refusal):
        return value
    share = locks.best_share(progress)
    return Attestation(
        edition=edition,
        system=choice.system.code,
        amount=value,
        profession=str(wanted.profession),
        completed_on=completed_on,
        completed_at=completed_at,
        statement=statements.attestation_recorded(activity, choice.offering, choice.system, amount=value),
        wording=choice.wording_sha,
        types=points.types_earned(choice.registration, share) if choice.registration and share is not None else (),
    )


def _other_words(choice: CreditChoice, wording: object) -> Refusal | None:
    if wording == choice.wording_sha:
        return None
    text = N_("The text to attest changed while the page was open. Read it again, then claim.")
    return Refusal("wording_changed", Message(text), field="wording")


def _amount(
    progress: Progress, choice: CreditChoice, typed: object, beside: Mapping[str, Decimal]
) -> Decimal | Refusal:
    value = parse_amount(choice, typed)
    return value if isinstance(value, Refusal) else _beyond(progress, choice, value, beside) or value


def attest_all(
    progress: Progress, activity: Activity, edition: str, wanted: Sequence[Wanted], *, now: datetime
) -> tuple[Attestation, ...] | Mapping[int, Refusal]:
    """The claims that all of these make together, or why each that is at fault makes none, by its place.

    All or none: several credits of one completion are one statement. Source: spec part 7, case 12.
    """
    made: dict[int, Attestation] = {}
    refused: dict[int, Refusal] = {}
    known = credit_system.for_activity(activity)
    beside: dict[str, Decimal] = {}
    # Points are compared with the credit that they go with, so that one comes first.
    after = {place: bool((one := _known(known, each.system)) and one.goes_with) for place, each in enumerate(wanted)}
    for place in sorted(after, key=lambda at: (after[at], at)):
        result = _attested(progress, activity, edition, wanted[place], now=now, beside=beside)
        if isinstance(result, Attestation) and result.system in beside:
            result = _twice(known[result.system])
        if isinstance(result, Refusal):
            refused[place] = result
        else:
            made[place] = result
            beside[result.system] = result.amount
    if len(made) > 1:
        refused |= {place: _hours_beside(known[one.system]) for place, one in made.items() if _is_hours(known, one)}
    return refused or tuple(made[place] for place in sorted(made))


def without_credit(progress: Progress, activity: Activity, edition: str, *, now: datetime) -> Draft | Refusal:
    """The entry of somebody who completed and wants no credit, for now. Source: spec part 7, case 32."""
    completed_at, completed_on = progress.completed_at, progress.completed_on
    shut = claim_closed(activity, completed_at, now)
    if shut is not None or completed_on is None:
        return Refusal("locked", shut or Message(N_("First complete the parts before it.")))
    if progress.claimed:
        return Refusal("already_claimed", Message(N_("You hold credit for this activity. Your certificate shows it.")))
    if progress.wants_no_credit:
        return Refusal("already_done", Message(N_("It is on record already that you completed without credit.")))
    return Draft(Kind.COMPLETED_WITHOUT_CREDIT, edition, {"completed_on": completed_on.isoformat()})


def _known(systems: Mapping[str, CreditSystem], code: object) -> CreditSystem | None:
    return systems.get(code) if isinstance(code, str) else None


def _is_hours(systems: Mapping[str, CreditSystem], one: Attestation) -> bool:
    return bool(systems[one.system].fallback_for)


def _hours_beside(system: CreditSystem) -> Refusal:
    """Hours of participation are for those who can claim no credit. Source: spec R-2.8; part 7, cases 13 and 15."""
    text = N_("This is for those who claim no other credit of this activity ({system}). Leave it out.")
    return Refusal("not_offered", Message(text, {"system": system.short_name}), field="system")


def _twice(system: CreditSystem) -> Refusal:
    text = N_("This credit was chosen twice ({system}). Choose it once.")
    return Refusal("already_claimed", Message(text, {"system": system.short_name}), field="system")


def _beyond(progress: Progress, choice: CreditChoice, value: Decimal, beside: Mapping[str, Decimal]) -> Refusal | None:
    """Why points can't be claimed beside what is claimed of the credit that they go with, or None. Spec R-4.3."""
    system = choice.system
    if not system.goes_with:
        return None
    held = {code: one.amount for code, one in progress.held.items()} | dict(beside)
    most = max((held[code] for code in system.goes_with if code in held), default=None)
    params = {"system": system.short_name, "maximum": "" if most is None else amounts.number(most)}
    if most is None:
        text = N_("Points go with the credit of the activity ({system}): choose an amount of that too.")
    elif value > most and len(choice.amounts) == 1:
        text = N_(
            "These points are given whole or not at all, and are more than the credit {maximum} that you claim "
            "({system}). Claim more of it, if you took part for that long, or leave the points out."
        )
    elif value > most:
        text = N_("Points can't be more than the credit that you claim ({system}). Use {maximum} or less.")
    else:
        return None
    return Refusal("beyond_credit", Message(text, params), field="amount")


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
    if problem is None and value not in choice.amounts:
        problem = _not_whole(choice, value)
    if problem is not None:
        return Refusal("amount_not_allowed", problem, field="amount")
    return value.quantize(choice.system.increment)


def _not_whole(choice: CreditChoice, value: Decimal) -> Message:
    params = {
        "amount": amounts.number(value),
        "system": choice.system.short_name,
        "usual": ", ".join(amounts.number(one) for one in choice.amounts),
    }
    text = N_("Credit {amount} is not what whole pieces of this work are worth ({system}). Choose from: {usual}.")
    return Message(text, params)


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
    mine = options(activity, profession, progress.attended)
    found = next((one for one in mine if one.system.code == wanted.code), None)
    return found or _nothing_of(progress, activity, wanted, profession)


def _nothing_of(progress: Progress, activity: Activity, wanted: CreditSystem, profession: str) -> Refusal:
    """Why a learner of that profession can claim nothing of that system: not offered, or attended for too short."""
    if any(one.system.code == wanted.code for one in options(activity, profession)):
        minutes = str(attendance.attended_minutes(activity, progress.attended))
        text = N_("You attended {minutes} minutes, which is too little for this credit ({system}).")
        return Refusal("not_attended", Message(text, {"minutes": minutes, "system": wanted.short_name}), field="system")
    params = {"system": wanted.short_name, "profession": professions.load()[profession].label}
    text = N_("This activity does not offer this credit to your profession ({system}; {profession}).")
    return Refusal("not_offered", Message(text, params), field="system")


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
