"""A claim as it was sent: every credit, permission and identifier in it, or every field that is at fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.views.decorators.debug import sensitive_variables

from cme_xblock.activity.message import N_, Message
from cme_xblock.credit import claiming, uniqueness
from cme_xblock.participation import attestation, names
from cme_xblock.participation.attestation import Attestation, CreditChoice, Wanted
from cme_xblock.participation.entries import Draft
from cme_xblock.participation.refusal import Refusal
from cme_xblock.parts import fields
from cme_xblock.parts.visit import Visit
from cme_xblock.records.ledger import Several
from cme_xblock.reporting import asked
from cme_xblock.rules.credit_system import CreditSystem

_AMOUNT = "amount:"
# No activity offers more, and nobody has a hundred credits to claim at once.
_MOST_CREDITS = 50
# What no amount can put right: the page is behind what is recorded, or shows what never was offered.
_WHOLE = frozenset({"locked", "already_claimed", "wording_changed"})


@sensitive_variables()
def accept(visit: Visit, data: Mapping[str, Any]) -> Several | Draft | Refusal:
    """The claims with all that belongs to them, or why none is made. Source: spec part 7, cases 12 and 19."""
    now = visit.setting.now
    if data.get("without") == "yes":
        return attestation.without_credit(visit.progress, visit.activity, visit.edition, now=now)
    professions = fields.professions_of(data.get("profession"))
    offered = attestation.offered(visit.progress, visit.activity, professions, now=now)
    wanted = _wanted(data, professions, {one.system.code: one for one in offered})
    if not professions and wanted:
        return Refusal("unknown_profession", Message(N_("Choose your profession, then claim.")), field="profession")
    made = attestation.attest_all(visit.progress, visit.activity, visit.edition, wanted, now=now)
    problems = _credit_problems(data, wanted, made)
    if isinstance(problems, Refusal):
        return problems
    chosen = [(one.system, one.profession) for one in offered if f"{_AMOUNT}{one.system.code}" in _named(wanted)]
    name = names.certified(data.get("name_certified"))
    report, wrong = _report(visit, data, chosen)
    if not isinstance(made, Mapping) and not wrong:
        wrong = _elsewhere(visit, chosen, made, report)
    problems = {
        **({} if wanted else {f"{_AMOUNT}{_first(offered)}": Message(NO_AMOUNT)}),
        **problems,
        **({"name_certified": name} if isinstance(name, Message) else {}),
        **wrong,
    }
    if problems or isinstance(made, Mapping) or isinstance(name, Message):
        [*messages] = problems.values()
        return Refusal("incomplete", messages[0] if len(messages) == 1 else Message(SOME_FIELDS), fields=problems)
    return claiming.propose(
        made,
        activity=visit.activity,
        name=name,
        report=report,
        now=now,
        show_name=data.get("show_name") is True,
    )


def _wanted(
    data: Mapping[str, Any], professions: Sequence[str], offered: Mapping[str, CreditChoice]
) -> tuple[Wanted, ...]:
    """Every credit of which some amount was sent, offered or not."""
    sent = [
        name for name in data if isinstance(name, str) and name.startswith(_AMOUNT) and data[name] not in (None, "")
    ]
    found = []
    for name in sent[:_MOST_CREDITS]:
        system = name.removeprefix(_AMOUNT)
        profession = offered[system].profession if system in offered else next(iter(professions), "")
        found.append(Wanted(profession, system, data[name], data.get(f"wording:{system}")))
    return tuple(found)


def _credit_problems(
    data: Mapping[str, Any], wanted: Sequence[Wanted], made: tuple[Attestation, ...] | Mapping[int, Refusal]
) -> dict[str, Message] | Refusal:
    """What is wrong with each credit, at its amount; and attestations that were not made. Or what is wrong with all."""
    refused = made if isinstance(made, Mapping) else {}
    problems = {f"{_AMOUNT}{wanted[place].system}": fields.dated(one.message) for place, one in refused.items()}
    whole = next((one for one in refused.values() if one.code in _WHOLE), None)
    if whole is not None:
        return Refusal(whole.code, fields.dated(whole.message), field=whole.field, fields=problems)
    for one in wanted:
        if data.get(f"attested:{one.system}") is not True:
            problems[f"attested:{one.system}"] = Message(NOT_ATTESTED)
    return problems


@sensitive_variables()
def _report(
    visit: Visit, data: Mapping[str, Any], chosen: Sequence[tuple[CreditSystem, str]]
) -> tuple[claiming.Report, dict[str, Message]]:
    """What the learner answered beside the credits, and what is wrong with it. Nothing of it has to be there."""
    wanted = asked.of(visit.activity, chosen)
    systems = [system.code for system, _ in chosen]
    permissions = fields.permissions(visit, wanted, data, systems)
    problems = fields.consent_problems(permissions, data)
    before = fields.standing(visit)
    granted = [one.wanted.endpoint for one in permissions if one.granted or one.wanted.purpose in before]
    needed = wanted.kinds(systems, granted)
    values, wrong = fields.read(wanted, data, needed) if needed else ({}, {})
    remember = fields.remember(data) if needed else None
    if remember is False:
        problems["remember"] = Message(fields.TEXT_CHANGED)
    shown = visit.say(remember) if isinstance(remember, Message) else None
    first = not visit.progress.claimed
    # A box left empty beside a further credit takes back nothing: that is what the page of what is sent is for.
    said = tuple(one for one in permissions if first or one.granted)
    return claiming.Report(said, values, shown, first), {**problems, **wrong}


@sensitive_variables()
def _elsewhere(
    visit: Visit, chosen: Sequence[tuple[CreditSystem, str]], made: Sequence[Attestation], report: claiming.Report
) -> dict[str, Message]:
    """What was claimed with the same number from another account, at the number."""
    days = {one.system: one.completed_on for one in made}
    claimed = [(system, days[system.code]) for system, _ in chosen if system.code in days]
    place = visit.setting
    return uniqueness.problems(
        visit.activity,
        claimed,
        report.identifiers,
        course_key=place.course_key,
        learner_id=place.visitor.learner_id,
    )


def _named(wanted: Sequence[Wanted]) -> set[str]:
    return {f"{_AMOUNT}{one.system}" for one in wanted}


def _first(offered: Sequence[CreditChoice]) -> str:
    return next((one.system.code for one in offered if one.locked is None), "")


NO_AMOUNT = N_("Choose the amount that matches the time you took part.")
NOT_ATTESTED = N_("Tick the attestation to claim credit: a claim is a statement that you make.")
SOME_FIELDS = N_("Nothing was claimed yet: some fields need another look.")
