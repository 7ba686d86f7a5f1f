"""Permissions and identifiers as a form shows them and sends them back; for the claim, and for what is sent to whom.

A field says for which credit and which permission it is there (`when`), so that the page shows it only then; the
server asks by the same rule. Values are never sent to a page: what is on file is named by its last characters.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables

from cme_xblock.activity.message import N_, Message
from cme_xblock.credit.claiming import Permission
from cme_xblock.participation import deadlines
from cme_xblock.parts import labels
from cme_xblock.parts.visit import Visit
from cme_xblock.records import answers, keys
from cme_xblock.records.answers import OnFile
from cme_xblock.reporting import asked, identifiers
from cme_xblock.reporting.asked import Asked, ConsentWanted, Field
from cme_xblock.rules import calendar, professions
from cme_xblock.rules.credit_system import CreditSystem

MOST_PROFESSIONS = 5


def professions_of(sent: object) -> tuple[str, ...]:
    """The professions that were chosen: one code, a list of them, or several with commas; () where one is none."""
    codes = sent.split(",") if isinstance(sent, str) else sent if isinstance(sent, list) else []
    if not codes or len(codes) > MOST_PROFESSIONS:
        return ()
    known = professions.load()
    if not all(isinstance(one, str) and one in known for one in codes):
        return ()
    return tuple(dict.fromkeys(codes))


def shown(visit: Visit, wanted: Asked, *, systems: Collection[CreditSystem], consents: bool = True) -> dict[str, Any]:
    """The permissions and identifiers for the template. Two queries where some identifier may be on file.

    `systems`: the credits that it is about. A permission that was given before stands, and is not asked for again.
    """
    given = standing(visit) if consents else {}
    there = on_file(visit, [one.name for one in wanted.fields])
    remember = asked.remembering()
    return {
        "title": _title(visit, wanted, given),
        "consents": [
            {
                "endpoint": one.endpoint,
                "text": visit.say(one.text),
                "version": one.version,
                "when": _tokens(one.systems),
                "agreed": _agreed(visit, one, given),
            }
            for one in (wanted.consents if consents else ())
        ],
        "on_file": [_on_file(visit, one, there[one.name]) for one in wanted.fields if one.name in there],
        "on_file_when": _all_when(one for one in wanted.fields if one.name in there),
        "kept_fields": [_field(visit, one, prefix="kept-") for one in wanted.fields if one.name in there],
        "fields": [_field(visit, one) for one in wanted.fields if one.name not in there],
        "until": _until(visit, wanted, systems),
        "when": _all_when(wanted.fields),
        "remember": None if there else {"text": visit.say(remember), "version": asked.version(remember)},
        "states": identifiers.STATES,
    }


def on_file(visit: Visit, kinds: Collection[str]) -> Mapping[str, OnFile]:
    """What this learner agreed to have kept of these kinds, masked. Nothing where the vault has no key."""
    try:
        return answers.on_file(keys.learner_key(visit.setting.visitor.learner_id), kinds)
    except ImproperlyConfigured:
        # Then nothing can be kept either; the claim itself says so, and to the operator.
        return {}


def standing(visit: Visit) -> Mapping[str, datetime]:
    """The purposes that this learner agreed to here and did not take back, and when. One query, none before a claim."""
    if not visit.progress.claimed:
        return {}
    place = visit.setting.course_key, visit.activity.activity_id
    last = answers.latest(keys.participation_key(*place, visit.setting.visitor.learner_id))
    return {purpose: one.at for purpose, one in last.items() if one.granted}


def report_by(visit: Visit, system: CreditSystem, completed_on: date) -> str:
    """Until when a credit is to be reported, as a sentence; "" where its body sets no day. Source: part 7, case 19."""
    found = deadlines.to_report(system, completed_on, today=calendar.civil_date(visit.activity, visit.setting.now))
    if found is None:
        return ""
    if found.stage is deadlines.Stage.OVER:
        return visit.say(dated(found.message))
    return visit.text(REPORT_BY, {"date": labels.day(found.due), "system": system.short_name})


def permissions(
    visit: Visit, wanted: Asked, data: Mapping[str, Any], systems: Collection[str]
) -> tuple[Permission, ...]:
    """What the learner answered to each permission about these credits, as it was shown. Nothing but true is a yes."""
    return tuple(
        Permission(wanted=one, shown=visit.say(one.text), granted=data.get(f"consent:{one.endpoint}") is True)
        for one in wanted.consents
        if set(one.systems) & set(systems)
    )


def consent_problems(given: Collection[Permission], data: Mapping[str, Any]) -> dict[str, Message]:
    """Permissions that are neither given nor refused, or given in words that are not today's."""
    problems: dict[str, Message] = {}
    for one in given:
        name = f"consent:{one.wanted.endpoint}"
        if not isinstance(data.get(name, False), bool | None):
            problems[name] = Message(UNCLEAR)
        elif one.granted and data.get(f"version:{one.wanted.endpoint}") != one.wanted.version:
            problems[name] = Message(TEXT_CHANGED)
    return problems


def remember(data: Mapping[str, Any]) -> Message | bool | None:
    """The wording under which identifiers may be kept, None where that was not agreed to, False for another wording."""
    if data.get("remember") is not True:
        return None
    text = asked.remembering()
    return text if data.get("version:remember") == asked.version(text) else False


@sensitive_variables()
def read(wanted: Asked, data: Mapping[str, Any], needed: Collection[str]) -> tuple[dict[str, str], dict[str, Message]]:
    """The identifiers that were typed, of those that are needed, and what is wrong with the others, by kind."""
    return identifiers.read(data, [one.name for one in wanted.fields if one.name in needed], patterns=asked.forms())


def dated(message: Message) -> Message:
    """A sentence with its date as the reader writes dates."""
    given = message.params
    if "date" not in given:
        return message
    return Message(message.text, {**given, "date": labels.day(date.fromisoformat(given["date"]))})


def _field(visit: Visit, one: Field, *, prefix: str = "") -> dict[str, object]:
    return {
        "name": one.name,
        "id": prefix + one.name,
        "label": visit.say(one.kind.label),
        "help": " ".join(visit.say(text) for text in (one.kind.help, one.kind.purpose) if text),
        "auto": one.kind.autocomplete,
        "short": one.kind.short,
        "choices": one.kind.choices,
        "when": _when(one),
    }


def _until(visit: Visit, wanted: Asked, systems: Collection[CreditSystem]) -> list[dict[str, str]]:
    needing = {system for one in wanted.fields for system, _ in one.reasons}
    completed_on = visit.progress.completed_on
    found = [(one, report_by(visit, one, completed_on)) for one in systems if completed_on and one.code in needing]
    return [{"text": text, "when": f"{one.code}|"} for one, text in found if text]


def _title(visit: Visit, wanted: Asked, given: Mapping[str, datetime]) -> str:
    asked_for = any(one.purpose not in given for one in wanted.consents)
    return visit.text(SEND if asked_for else SENT, {"receivers": ", ".join(one.receiver for one in wanted.consents)})


def _agreed(visit: Visit, one: ConsentWanted, given: Mapping[str, datetime]) -> str:
    if one.purpose not in given:
        return ""
    values = {"date": labels.day(calendar.civil_date(visit.activity, given[one.purpose])), "receiver": one.receiver}
    return visit.text(AGREED, values)


def _on_file(visit: Visit, one: Field, kept: OnFile) -> dict[str, str]:
    label = visit.say(one.kind.label)
    text = visit.text(ENDS, {"label": label, "end": kept.end}) if kept.end else visit.text(THERE, {"label": label})
    return {"text": text, "when": _when(one)}


def _when(one: Field) -> str:
    return " ".join(f"{system}|{endpoint}" for system, endpoint in one.reasons)


def _all_when(fields: Any) -> str:
    return " ".join(dict.fromkeys(token for one in fields for token in _when(one).split()))


def _tokens(systems: Collection[str]) -> str:
    return " ".join(f"{one}|" for one in systems)


SEND = N_("Send this credit to {receivers} (optional)")
SENT = N_("This credit is sent to {receivers}")
AGREED = N_(
    "You agreed on {date} that the credit of this activity is sent to {receiver}. You can take that back after the "
    'claim, at "What is sent to whom".'
)
REPORT_BY = N_("To be reported by {date} ({system}).")
ENDS = N_("{label}: ends in {end}")
THERE = N_("{label}: on file")
UNCLEAR = N_("This permission is neither given nor refused as it was sent. Reload the page and choose again.")
TEXT_CHANGED = N_("The text of this permission changed. Reload the page and read it again.")
