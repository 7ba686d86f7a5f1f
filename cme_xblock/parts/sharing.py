"""The door to what is sent to whom: permissions given and withdrawn, identifiers added or corrected, all forgotten.

Shown and taken as the certificate part. Source: spec R-6.4; part 7, cases 19 and 20.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.views.decorators.debug import sensitive_variables

from cme_xblock.activity.message import N_, Message
from cme_xblock.credit import sharing, uniqueness
from cme_xblock.participation.refusal import Refusal
from cme_xblock.parts import fields, labels
from cme_xblock.parts.visit import Visit
from cme_xblock.records import answers, keys
from cme_xblock.records.answers import Said
from cme_xblock.reporting import asked
from cme_xblock.reporting.asked import Asked
from cme_xblock.rules import calendar, credit_system
from cme_xblock.rules.credit_system import CreditSystem

VIEW = "sharing"
TEMPLATE = "sharing.html"


def wanted(visit: Visit) -> Asked:
    """What may be asked for the sake of the credit that is held."""
    held = visit.progress.held
    return asked.of(visit.activity, [(one, held[one.code].profession) for one in _held(visit)])


def context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object] | Refusal:
    """Each permission with its last word and its date, and the identifiers that the held credit is found by."""
    found = wanted(visit)
    if not found:
        return Refusal("nothing_sent", Message(NOTHING))
    last = answers.latest(_key(visit))
    remembered = bool(fields.on_file(visit, [one.name for one in found.fields]))
    return {
        "permissions": [
            {
                "endpoint": one.endpoint,
                "receiver": one.receiver,
                "text": visit.say(one.text),
                "version": one.version,
                "granted": one.purpose in last and last[one.purpose].granted,
                "state": _state(visit, one.purpose, last),
            }
            for one in found.consents
        ],
        "asked": fields.shown(visit, found, systems=_held(visit), consents=False),
        "can_forget": remembered,
    }


@sensitive_variables()
def change(visit: Visit, data: Mapping[str, Any]) -> Refusal | None:
    """Do what was sent, or say what is wrong with it. Nothing is written then."""
    found = wanted(visit)
    if not visit.progress.claimed or not found:
        return Refusal("nothing_sent", Message(NOTHING))
    systems = list(visit.progress.claimed)
    permissions = fields.permissions(visit, found, data, systems)
    problems = fields.consent_problems(permissions, data)
    everybody = [one.wanted.endpoint for one in permissions]
    values, wrong = fields.read(found, data, found.kinds(systems, everybody))
    remember = fields.remember(data)
    if remember is False:
        problems["remember"] = Message(fields.TEXT_CHANGED)
    problems |= wrong or _elsewhere(visit, values)
    if problems:
        [*messages] = problems.values()
        return Refusal("incomplete", messages[0] if len(messages) == 1 else Message(SOME_FIELDS), fields=problems)
    last = answers.latest(_key(visit))
    said = [
        (one.wanted.endpoint, Said(one.wanted.purpose, one.shown, one.granted))
        for one in permissions
        if one.granted != (one.wanted.purpose in last and last[one.wanted.purpose].granted)
    ]
    sharing.change(
        _key(visit),
        sharing.Change(
            said=said,
            identifiers=values,
            remember=visit.say(remember) if isinstance(remember, Message) else None,
            forget=visit.text(FORGET) if data.get("forget") is True else None,
        ),
        now=visit.setting.now,
    )
    return None


@sensitive_variables()
def _elsewhere(visit: Visit, values: Mapping[str, str]) -> dict[str, Message]:
    """Whether a number that was typed now belongs to an account that holds the same points already."""
    completed_on = visit.progress.completed_on
    held = [(one, completed_on) for one in _held(visit) if completed_on and one.once_for in values]
    place = visit.setting
    return uniqueness.problems(
        visit.activity, held, values, course_key=place.course_key, learner_id=place.visitor.learner_id
    )


def _held(visit: Visit) -> list[CreditSystem]:
    systems = credit_system.load()
    return [systems[code] for code in visit.progress.held if code in systems]


def _state(visit: Visit, purpose: str, last: Mapping[str, Any]) -> str:
    if purpose not in last:
        return visit.text(NEVER)
    one = last[purpose]
    values = {"date": labels.day(calendar.civil_date(visit.activity, one.at))}
    return visit.text(GRANTED if one.granted else WITHDRAWN, values)


def _key(visit: Visit) -> str:
    place = visit.setting.course_key, visit.activity.activity_id
    return keys.participation_key(*place, visit.setting.visitor.learner_id)


NOTHING = N_("Nothing of your credit is sent to anybody, and no number is asked for.")
FORGET = N_("Forget the numbers and names that are kept for my next claim.")
NEVER = N_("You have not answered this yet.")
GRANTED = N_("You agreed on {date}.")
WITHDRAWN = N_("You did not agree, as of {date}.")
SOME_FIELDS = N_("Nothing was changed yet: some fields need another look.")
