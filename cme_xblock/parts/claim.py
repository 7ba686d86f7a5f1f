"""The claim, in two decisions: as whom, and how much of which credit.

Nothing is chosen or filled in beforehand. Permissions and identifiers are asked for only for the sake of the credits
that are chosen; what is sent is read in `claim_post.py`. Source: spec part 7, cases 1, 12, 13 and 32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.activity.remembered import remembered
from cme_xblock.participation import attestation, locks
from cme_xblock.participation.attestation import CreditChoice
from cme_xblock.participation.entries import Kind
from cme_xblock.participation.refusal import Refusal
from cme_xblock.parts import fields, labels
from cme_xblock.parts.claim_post import accept
from cme_xblock.parts.visit import Visit
from cme_xblock.records import claims, keys
from cme_xblock.reporting import asked
from cme_xblock.rules import amounts, calendar, points, professions, statements

__all__ = ["AMOUNT_TEMPLATE", "TEMPLATE", "accept", "amount_context", "context", "further"]

TEMPLATE = "claim_who.html"
AMOUNT_TEMPLATE = "claim_amount.html"


def context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object]:
    """The professions, each with the credit it may claim; those the activity was planned for come first."""
    offered = [
        {"code": code, "label": visit.text(label), "credit": credit}
        for code, label, credit in (_offered(visit.activity) if visit.progress.attended is None else _offered_to(visit))
    ]
    planned = set(visit.activity.audience.professions) or {one["code"] for one in offered}
    return {
        "completed": _completed(visit),
        "without": _without(visit),
        "can_go_without": not visit.progress.wants_no_credit and not visit.progress.claimed,
        "professions": [one for one in offered if one["code"] in planned],
        "others": [one for one in offered if one["code"] not in planned],
    }


def amount_context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object] | Refusal:
    """The form for somebody's professions: each credit with its amount and attestation, name, what is sent to whom."""
    chosen = fields.professions_of(view.get("profession"))
    if not chosen:
        return Refusal("unknown_profession", Message(N_("Choose your profession, then continue.")), field="profession")
    offered = attestation.offered(visit.progress, visit.activity, chosen, now=visit.setting.now)
    if not offered:
        return Refusal(
            "not_offered", Message(N_("This activity offers no credit to your profession.")), field="profession"
        )
    open_ones = [one for one in offered if one.locked is None]
    wanted = asked.of(visit.activity, [(one.system, one.profession) for one in open_ones])
    return {
        "completed": _completed(visit),
        "as_whom": visit.text(AS_WHOM, {"profession": _named(visit, chosen)}),
        "profession": ",".join(chosen),
        "credits": [_credit(visit, one, several=len(chosen) > 1) for one in offered],
        "several": len(open_ones) > 1,
        "open": bool(open_ones),
        "full_name": _name(visit),
        "asked": fields.shown(visit, wanted, systems=[one.system for one in open_ones]) if wanted else None,
    }


def further(visit: Visit) -> bool:
    """Whether somebody who holds credit can claim more of what is offered to the professions they claimed as."""
    held = list(dict.fromkeys(one.profession for one in visit.progress.held.values()))
    found = attestation.offered(visit.progress, visit.activity, held, now=visit.setting.now)
    shut = attestation.claim_closed(visit.activity, visit.progress.completed_at, visit.setting.now)
    return shut is None and any(one.locked is None and not one.system.fallback_for for one in found)


def _credit(visit: Visit, one: CreditChoice, *, several: bool) -> dict[str, object]:
    """One credit as it can be chosen, or why it can't."""
    label = professions.load()[one.profession].label
    return {
        "code": one.system.code,
        "name": one.system.name,
        "as_whom": visit.text(label) if several else "",
        "locked": visit.say(fields.dated(one.locked)) if one.locked else "",
        "help": _help(visit, one),
        "amounts": [{"value": amounts.number(each), "shown": labels.amount(each)} for each in one.amounts],
        "wording": one.wording,
        "wording_sha": one.wording_sha,
        "hints": _hints(visit, one),
    }


def _help(visit: Visit, one: CreditChoice) -> str:
    values = {"maximum": _most(one), "increment": labels.amount(one.system.claim_increment or one.system.increment)}
    if one.pieces:
        return visit.text(HELP_WORK, {"usual": "; ".join(labels.amount(each) for each in one.amounts)})
    return visit.text(HELP_WHOLE if len(one.amounts) == 1 else HELP, values)


def _name(visit: Visit) -> str:
    """The name for the certificate: that of an earlier claim here, or the account's."""
    place = visit.setting.course_key, visit.activity.activity_id
    key = keys.participation_key(*place, visit.setting.visitor.learner_id)
    held = claims.held(key) if visit.progress.claimed else ()
    return held[0].name_certified if held else visit.setting.visitor.full_name


def _hints(visit: Visit, one: CreditChoice) -> list[str]:
    """Until when this credit can be claimed, and should be for it to count in its year."""
    said = []
    if one.system.goes_with:
        said.append(visit.text(NOT_MORE))
    last = locks.last_day(visit.progress, one)
    if last is not None:
        said.append(visit.text(CLAIM_BY, {"date": labels.day(last)}))
    year_end = points.year_end(one.system, visit.progress.completed_on) if visit.progress.completed_on else None
    if year_end is not None and calendar.civil_date(visit.activity, visit.setting.now) <= year_end:
        said.append(visit.text(YEAR_END, {"date": labels.day(year_end), "system": one.system.short_name}))
    return said


def _completed(visit: Visit) -> str:
    return visit.text(COMPLETED, {"date": labels.day(visit.progress.completed_on)})


def _without(visit: Visit) -> str:
    """What somebody reads who completed without credit and comes back."""
    if not visit.progress.wants_no_credit:
        return ""
    at = next(one.at for one in reversed(visit.entries) if one.kind is Kind.COMPLETED_WITHOUT_CREDIT)
    last = calendar.last_claim_day(visit.activity)
    values = {"date": labels.day(calendar.civil_date(visit.activity, at)), "last": labels.day(last)}
    return visit.text(WITHOUT_UNTIL if last else WITHOUT, values)


def _named(visit: Visit, chosen: Sequence[str]) -> str:
    return ", ".join(visit.text(professions.load()[one].label) for one in chosen)


@remembered
def _offered(activity: Activity) -> tuple[tuple[str, str, str], ...]:
    """Every profession that may claim: its code, its English name, and the most it may claim of its first credit."""
    return _of_each(activity, None)


def _offered_to(visit: Visit) -> tuple[tuple[str, str, str], ...]:
    """The same, within the time that somebody attended."""
    return _of_each(visit.activity, visit.progress.attended)


def _of_each(activity: Activity, attended: Mapping[str, int] | None) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (one.code, one.label, "; ".join(_most(choice) for choice in options if not choice.system.goes_with))
        for one in professions.load().values()
        if (options := attestation.options(activity, one.code, attended))
    )


def _most(choice: CreditChoice) -> str:
    return statements.credit(choice.system, choice.amounts[-1])


COMPLETED = N_("You completed this activity on {date}.")
AS_WHOM = N_("You claim as: {profession}.")
HELP = N_("Up to {maximum}, in steps of {increment}. Claim only what matches the time you took part.")
HELP_WHOLE = N_("{maximum}, whole or not at all. Claim it only if you took part for all of that time.")
HELP_WORK = N_("What finished work is worth: {usual}. Claim only what you have finished.")
NOT_MORE = N_("Not more than the AMA PRA Category 1 Credit that you claim.")
CLAIM_BY = N_("Can be claimed until {date}.")
YEAR_END = N_("Claim by {date}, so that it counts for the year in which you completed the activity ({system}).")
WITHOUT = N_("On {date} you completed this activity without credit. You can still claim.")
WITHOUT_UNTIL = N_("On {date} you completed this activity without credit. You can still claim until {last}.")
