"""Permissions and identifiers as a form shows them and sends them back; for the claim, and for what is sent to whom.

A field says for which credit and which permission it is there (`when`), so that the page shows it only then; the
server asks by the same rule. Values are never sent to a page: what is on file is named by its last characters.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables

from cme_xblock.activity.message import N_, Message
from cme_xblock.credit.claiming import Permission
from cme_xblock.parts import labels
from cme_xblock.parts.visit import Visit
from cme_xblock.records import answers, keys
from cme_xblock.records.answers import OnFile
from cme_xblock.reporting import asked, identifiers
from cme_xblock.reporting.asked import Asked, Field
from cme_xblock.rules import professions

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


def shown(visit: Visit, wanted: Asked, *, consents: bool = True) -> dict[str, Any]:
    """The permissions and identifiers for the template. Two queries where some identifier may be on file."""
    there = on_file(visit, [one.name for one in wanted.fields])
    remember = asked.remembering()
    return {
        "title": visit.text(SEND, {"receivers": ", ".join(one.receiver for one in wanted.consents)}),
        "consents": [
            {
                "endpoint": one.endpoint,
                "text": visit.say(one.text),
                "version": one.version,
                "when": _tokens(one.systems),
            }
            for one in (wanted.consents if consents else ())
        ],
        "on_file": [_on_file(visit, one, there[one.name]) for one in wanted.fields if one.name in there],
        "on_file_when": _all_when(one for one in wanted.fields if one.name in there),
        "kept_fields": [_field(visit, one, prefix="kept-") for one in wanted.fields if one.name in there],
        "fields": [_field(visit, one) for one in wanted.fields if one.name not in there],
        "purposes": list(dict.fromkeys(visit.say(one.kind.purpose) for one in wanted.fields)),
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
        "help": visit.say(one.kind.help) if one.kind.help else "",
        "auto": one.kind.autocomplete,
        "short": one.kind.short,
        "when": _when(one),
    }


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
ENDS = N_("{label}: ends in {end}")
THERE = N_("{label}: on file")
UNCLEAR = N_("This permission is neither given nor refused as it was sent. Reload the page and choose again.")
TEXT_CHANGED = N_("The text of this permission changed. Reload the page and read it again.")
