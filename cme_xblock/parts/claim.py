"""The claim, in two decisions: as whom, and how much.

Consent and identity are asked for only where an endpoint would be told of this very claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.activity.remembered import remembered
from cme_xblock.credit import claiming
from cme_xblock.participation import attestation
from cme_xblock.participation.attestation import CreditChoice
from cme_xblock.participation.decide import Refusal
from cme_xblock.parts import labels
from cme_xblock.parts.visit import Visit
from cme_xblock.records.ledger import Proposal
from cme_xblock.reporting import identity, needs
from cme_xblock.rules import amounts, professions, statements

TEMPLATE = "claim_who.html"
AMOUNT_TEMPLATE = "claim_amount.html"
NAME_LENGTH = 200


def context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object]:
    """The professions, each with the credit it may claim; those the activity was planned for come first."""
    offered = [
        {"code": code, "label": visit.text(label), "credit": credit} for code, label, credit in _offered(visit.activity)
    ]
    planned = set(visit.activity.audience.professions) or {one["code"] for one in offered}
    return {
        "completed": _completed(visit),
        "professions": [one for one in offered if one["code"] in planned],
        "others": [one for one in offered if one["code"] not in planned],
    }


def amount_context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object] | Refusal:
    """The form for one profession: amount, name, what is sent to whom, attestation."""
    profession = view.get("profession")
    if not isinstance(profession, str) or profession not in professions.load():
        return Refusal("unknown_profession", Message(N_("Choose your profession, then continue.")), field="profession")
    options = attestation.options(visit.activity, profession, visit.progress.attended)
    if not options:
        return Refusal(
            "not_offered", Message(N_("This activity offers no credit to your profession.")), field="profession"
        )
    chosen = options[0]
    needed = needs.for_claim(visit.activity, chosen.offering, system=chosen.system.code, profession=profession)
    return {
        "completed": _completed(visit),
        "as_whom": visit.text(AS_WHOM, {"profession": visit.text(professions.load()[profession].label)}),
        "profession": profession,
        "system": chosen.system.code,
        "amount_label": visit.text(AMOUNT, {"credit": chosen.system.name}),
        "amount_help": visit.text(
            HELP, {"maximum": _most(chosen), "increment": amounts.number(chosen.system.increment)}
        ),
        "amounts": [amounts.number(one) for one in chosen.amounts],
        "wording": chosen.wording,
        "wording_sha": chosen.wording_sha,
        "full_name": visit.setting.visitor.full_name,
        "needs": _needs(visit, needed) if needed else None,
        "labels": {name: visit.text(text) for name, text in FIELDS.items()},
    }


def accept(visit: Visit, data: Mapping[str, Any]) -> Proposal | Refusal:
    """The claim with all that belongs to it, or every field that is at fault."""
    made = attestation.attest(
        visit.progress,
        visit.activity,
        visit.edition,
        profession=data.get("profession"),
        system=data.get("system"),
        amount=data.get("amount"),
        wording=data.get("wording"),
        now=visit.setting.now,
    )
    if isinstance(made, Refusal) and made.field != "amount":
        return made
    name = _name(data.get("name_certified"))
    permissions = _permissions(visit, data)
    given = identity.parse(data) if any(one.granted for one in permissions) else None
    problems: dict[str, Message] = {
        **_problems(data, permissions),
        **({"amount": _amount_problem(data, made)} if isinstance(made, Refusal) else {}),
        **({"name_certified": name} if isinstance(name, Message) else {}),
        **(given if isinstance(given, dict) else {}),
    }
    if problems or isinstance(made, Refusal) or isinstance(name, Message) or isinstance(given, dict):
        [*messages] = problems.values()
        return Refusal("incomplete", messages[0] if len(messages) == 1 else Message(SOME_FIELDS), fields=problems)
    report = claiming.Report(permissions, given)
    return claiming.propose(made, activity=visit.activity, name=name, report=report, now=visit.setting.now)


def _problems(data: Mapping[str, Any], permissions: tuple[claiming.Permission, ...]) -> dict[str, Message]:
    """What is missing beside amount, name and identity: the attestation, and permissions in today's words."""
    changed = {
        f"consent:{one.wanted.endpoint}": Message(TEXT_CHANGED)
        for one in permissions
        if one.granted and data.get(f"version:{one.wanted.endpoint}") != one.wanted.version
    }
    unclear = {
        f"consent:{one.wanted.endpoint}": Message(UNCLEAR)
        for one in permissions
        if not isinstance(data.get(f"consent:{one.wanted.endpoint}", False), bool | None)
    }
    problems = changed | unclear
    return problems if data.get("attested") is True else {"attested": Message(NOT_ATTESTED), **problems}


def _amount_problem(data: Mapping[str, Any], refusal: Refusal) -> Message:
    """An amount that was not chosen is another mistake than one that is not offered."""
    return refusal.message if data.get("amount") else Message(NO_AMOUNT)


def _permissions(visit: Visit, data: Mapping[str, Any]) -> tuple[claiming.Permission, ...]:
    """What the learner answered to each permission, in the words that were shown. Nothing but true is a yes."""
    profession, system = data.get("profession"), data.get("system")
    options = (
        attestation.options(visit.activity, profession, visit.progress.attended) if isinstance(profession, str) else ()
    )
    return tuple(
        claiming.Permission(
            wanted=one, shown=visit.say(one.text), granted=data.get(f"consent:{one.endpoint}") is True
        )
        for option in options
        if option.system.code == system
        for one in needs.for_claim(
            visit.activity, option.offering, system=option.system.code, profession=str(profession)
        ).consents
    )


def _name(typed: object) -> str | Message:
    """The name as it is to stand on the certificate."""
    name = " ".join(typed.split()) if isinstance(typed, str) else ""
    if not name:
        return Message(N_("Type your name as it should stand on the certificate."))
    if len(name) > NAME_LENGTH or not all(char.isprintable() for char in name):
        return Message(N_("This name cannot be printed: use letters, spaces and up to 200 characters."))
    return name


def _needs(visit: Visit, needed: needs.Needs) -> dict[str, Any]:
    return {
        "title": visit.text(SEND, {"receivers": ", ".join(one.receiver for one in needed.consents)}),
        "purposes": list(dict.fromkeys(visit.say(one.purpose) for one in needed.fields)),
        "consents": [
            {"endpoint": one.endpoint, "text": visit.say(one.text), "version": one.version} for one in needed.consents
        ],
    }


def _completed(visit: Visit) -> str:
    return visit.text(COMPLETED, {"date": labels.day(visit.progress.completed_on)})


@remembered
def _offered(activity: Activity) -> tuple[tuple[str, str, str], ...]:
    """Every profession that may claim: its code, its English name, and the most it may claim."""
    return tuple(
        (one.code, one.label, _most(options[0]))
        for one in professions.load().values()
        if (options := attestation.options(activity, one.code))
    )


def _most(choice: CreditChoice) -> str:
    return statements.credit(choice.system, choice.amounts[-1])


COMPLETED = N_("You completed this activity on {date}.")
AS_WHOM = N_("You claim as: {profession}.")
AMOUNT = N_("Amount ({credit})")
HELP = N_("Up to {maximum}, in steps of {increment}. Claim only what matches the time you took part.")
SEND = N_("Send this credit to {receivers} (optional)")
UNCLEAR = N_("This permission is neither given nor refused as it was sent. Reload the page and choose again.")
TEXT_CHANGED = N_("The text of this permission changed. Reload the page and read it again.")
NO_AMOUNT = N_("Choose the amount that matches the time you took part.")
NOT_ATTESTED = N_("Tick the attestation to claim credit: a claim is a statement that you make.")
SOME_FIELDS = N_("Nothing was claimed yet: some fields need another look.")
FIELDS = {
    "given_name": N_("First name, as on your licence"),
    "family_name": N_("Last name, as on your licence"),
    "birth_month_day": N_("Birthday without the year (MM/DD)"),
    "birth_help": N_("For matching only, for example 05/17. The year is not asked for."),
    "npi": N_("NPI"),
    "npi_help": N_("Ten digits. Give the NPI, or your state licence below."),
    "licence_state": N_("State of licensure"),
    "state_help": N_("Two letters, for example IL."),
    "licence_number": N_("Licence number"),
}
