"""The learner's door to a correction: what they claimed, changed by themselves until it was reported.

Shown and taken as the certificate part, because a claim that is there is done with. Attested anew against the wording
of what is claimed then. Source: spec part 7, cases 2, 10 and 16; R-6.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cme_xblock.activity.message import N_, Message
from cme_xblock.credit import correcting
from cme_xblock.participation import attestation, names
from cme_xblock.participation.attestation import CreditChoice
from cme_xblock.participation.correction import Old, Wanted, Who
from cme_xblock.participation.refusal import Refusal
from cme_xblock.parts import labels
from cme_xblock.parts.visit import Visit
from cme_xblock.records.ledger import Several
from cme_xblock.rules import amounts, calendar, credit_system, professions, statements
from cme_xblock.rules.credit_system import CreditSystem

VIEW = "correct"
TEMPLATE = "correct.html"


def context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object] | Refusal:
    """The form for one claim and one profession, or whom to write to where it was reported already."""
    old = _old(visit, view)
    if isinstance(old, Refusal):
        return old
    said = {
        "claim": old.claim,
        "claimed": visit.text(
            CLAIMED,
            {
                "credit": statements.credit(_system(visit, old), old.amount),
                "profession": _profession(visit, old.profession),
                "name": old.name,
            },
        ),
    }
    if old.reported:
        return {**said, "shut": whom(visit)}
    profession = view.get("profession") or old.profession
    options = _options(visit, profession, old)
    if not options:
        return Refusal("not_offered", Message(NOT_OFFERED), field="profession")
    wanted = view.get("system") or old.system
    chosen = next((one for one in options if one.system.code == wanted), options[0])
    return {
        **said,
        "shut": "",
        "profession": profession,
        "as_whom": visit.text(AS_WHOM, {"profession": _profession(visit, str(profession))}),
        "professions": _others(visit, str(profession), old),
        # One is no choice.
        "systems": [
            {"code": one.system.code, "label": one.system.name, "chosen": one is chosen}
            for one in (options if len(options) > 1 else ())
        ],
        "system": chosen.system.code,
        "amount_label": visit.text(AMOUNT, {"credit": chosen.system.name}),
        "amount_help": visit.text(
            HELP, {"maximum": _most(chosen), "increment": labels.amount(chosen.system.increment)}
        ),
        "amounts": _amounts(chosen, old),
        "wording": chosen.wording,
        "wording_sha": chosen.wording_sha,
        "name": old.name,
    }


def _amounts(chosen: CreditChoice, old: Old) -> list[dict[str, object]]:
    return [
        {
            "value": amounts.number(one),
            "shown": labels.amount(one),
            "chosen": one == old.amount and chosen.system.code == old.system,
        }
        for one in chosen.amounts
    ]


def accept(visit: Visit, data: Mapping[str, Any]) -> Several | Refusal:
    """The correction or the withdrawal that was sent, or every field that is at fault."""
    claim, now = data.get("claim"), visit.setting.now
    if not isinstance(claim, str):
        return Refusal("unknown_claim", Message(NO_CLAIM))
    if data.get("withdraw") == "yes":
        if data.get("confirmed") is not True:
            return Refusal("incomplete", Message(CONFIRM), field="confirmed")
        return correcting.withdraw(visit.entries, claim, Who(), now=now)
    name = names.certified(data.get("name_certified"))
    problems = {
        **({} if data.get("amount") else {"amount": Message(NO_AMOUNT)}),
        **({"name_certified": name} if isinstance(name, Message) else {}),
        **({} if data.get("attested") is True else {"attested": Message(NOT_ATTESTED)}),
    }
    if problems or isinstance(name, Message):
        [*messages] = problems.values()
        return Refusal("incomplete", messages[0] if len(messages) == 1 else Message(SOME_FIELDS), fields=problems)
    wanted = Wanted(
        name=name,
        profession=data.get("profession"),
        system=data.get("system"),
        amount=data.get("amount"),
        wording=data.get("wording"),
    )
    return correcting.correct(visit.entries, claim, wanted, Who(), now=now)


def whom(visit: Visit) -> str:
    """Whom a learner writes to, where only the provider can correct a claim."""
    provider = visit.activity.provider
    contact = ", ".join(one for one in (provider.contact_name, provider.contact_email) if one)
    return visit.text(WHOM if contact else WHOM_UNKNOWN, {"provider": provider.name, "contact": contact})


def _old(visit: Visit, view: Mapping[str, Any]) -> Old | Refusal:
    claim = view.get("claim")
    found = correcting.olds(visit.entries).get(claim) if isinstance(claim, str) else None
    return found or Refusal("unknown_claim", Message(NO_CLAIM))


def _options(visit: Visit, profession: object, old: Old) -> tuple[CreditChoice, ...]:
    """What may be claimed instead: a board's points go with a credit, and are corrected as such alone."""
    if not isinstance(profession, str) or profession not in professions.load():
        return ()
    found = attestation.options(visit.activity, profession, visit.progress.attended)
    points = bool(_system(visit, old).goes_with)
    wanted = tuple(one for one in found if one.system.code == old.system or not (points or one.system.goes_with))
    held = set(visit.progress.claimed) - {old.system}
    return tuple(one for one in wanted if one.system.code not in held or profession != old.profession)


def _system(visit: Visit, old: Old) -> CreditSystem:
    return credit_system.recorded(old.system, calendar.edition_day(visit.activity))


def _others(visit: Visit, chosen: str, old: Old) -> list[dict[str, object]]:
    """The professions to choose from."""
    return [
        {"code": one.code, "label": visit.text(one.label), "chosen": one.code == chosen}
        for one in professions.load().values()
        if _options(visit, one.code, old)
    ]


def _profession(visit: Visit, code: str) -> str:
    found = professions.load().get(code)
    return visit.text(found.label) if found else code


def _most(choice: CreditChoice) -> str:
    return statements.credit(choice.system, choice.amounts[-1])


CLAIMED = N_("You claimed {credit} as {profession}. The certificate is for {name}.")
AS_WHOM = N_("You claim as: {profession}.")
AMOUNT = N_("Amount ({credit})")
HELP = N_("Up to {maximum}, in steps of {increment}. Claim only what matches the time you took part.")
NOT_OFFERED = N_("This activity offers no credit to that profession that could take the place of this claim.")
NO_CLAIM = N_("There is no such claim of yours any more. Reload the page to see what you hold.")
NO_AMOUNT = N_("Choose the amount that matches the time you took part.")
NOT_ATTESTED = N_("Tick the attestation: a claim is a statement that you make, also when you correct it.")
CONFIRM = N_("Tick the box to withdraw this claim.")
SOME_FIELDS = N_("Nothing was changed yet: some fields need another look.")
WHOM = N_("This credit was reported already, so only the provider can correct it. Write to {provider}: {contact}.")
WHOM_UNKNOWN = N_("This credit was reported already, so only the provider can correct it. Write to {provider}.")
