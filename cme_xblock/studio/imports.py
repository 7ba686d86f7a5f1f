"""Questions and people from files, on the author's page: what was understood, item by item, before anything is added.

A file comes as base64 in JSON, is read by `activity/importers`, and is not kept. What its author ticks is put into the
form as new members; stored it is when the form is saved.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cme_xblock.activity import importers
from cme_xblock.activity.importers import ImportFailed, people, table
from cme_xblock.activity.importers.outcome import Fate, Note, Problem
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, Item, Person
from cme_xblock.pages import templating
from cme_xblock.parts.visit import Setting
from cme_xblock.rules import professions
from cme_xblock.studio import ids
from cme_xblock.studio.answer import Answer, refusal
from cme_xblock.studio.form import Form

# A file of 10 MB in base64, and what JSON adds.
MAX_BODY = 14_000_000
_NEW = "new"
_TEMPLATES = {"items": importers.template, "people": people.template}


def preview(setting: Setting, data: Mapping[str, Any]) -> Answer:
    """What a file holds: `what` is items or people, `name` the file's name, `data` its bytes in base64."""
    what, name, sent = data.get("what"), data.get("name"), data.get("data")
    if what not in tuple(_TEMPLATES) or not isinstance(name, str) or not isinstance(sent, str):
        return refusal(setting, NO_FILE)
    try:
        # As bytes: of a text that is not ASCII the library says no more than ValueError.
        raw = base64.b64decode(sent.encode("utf-8", "replace"), validate=True)
    except binascii.Error:
        return refusal(setting, NO_FILE)
    try:
        found = _items(setting, raw, name) if what == "items" else _people(setting, raw, name)
    except ImportFailed as failed:
        return refusal(setting, failed.message)
    members = [one.pop("member") for one in found["rows"]]
    values = {"language": setting.language, "prefix": setting.prefix, "what": what, **found}
    return Answer({"html": templating.render("studio_preview.html", values), "members": members})


def template(setting: Setting, data: Mapping[str, Any]) -> Answer:
    """An empty table to fill in, as a file and, for where downloads are barred, as text."""
    what, kind = data.get("what"), data.get("kind")
    # Not asked of the mapping itself: JSON can say what has no hash.
    if what not in tuple(_TEMPLATES) or kind not in ("csv", "xlsx"):
        return refusal(setting, NO_TEMPLATE)
    raw = _TEMPLATES[what](kind)
    text = _TEMPLATES[what]("csv").decode("utf-8-sig")
    return Answer({"name": f"cme-{what}.{kind}", "data": base64.b64encode(raw).decode(), "text": text})


def _items(setting: Setting, raw: bytes, name: str) -> dict[str, Any]:
    found = importers.read(raw, name=name)
    form = Form(setting.language, setting.prefix)
    rows = [
        {
            "text": one.item.stem[:300] or one.title,
            "place": one.place,
            "notes": _notes(setting, one.notes),
            "detail": [f"{'✓ ' if each.correct else ''}{each.text[:120]}" for each in one.item.options],
            "member": {
                "html": form.member(Activity, "assessment.items", _bare(one.item), _NEW),
                "pair": _pair(one.item),
            },
        }
        for one in found.items
    ]
    media = [Message(PICTURE, {"name": one.name[:120], "alt": one.alt[:120] or "–"}) for one in found.media]
    return {
        "rows": rows,
        "format": found.format,
        "notes": [
            *_notes(setting, found.notes),
            *({"label": _fate(setting, Fate.DROPPED), "text": _say(setting, one)} for one in media),
        ],
        "problems": _problems(setting, found.problems),
    }


def _people(setting: Setting, raw: bytes, name: str) -> dict[str, Any]:
    found = people.read(raw, name=name, professions=_professions(setting))
    form = Form(setting.language, setting.prefix)
    by_row: dict[int, list[Note]] = {}
    for report in found.rows:
        by_row.setdefault(report.row, []).extend(report.notes)
    rows = [
        {
            "text": one.person.name,
            "place": ", ".join(str(row) for row in one.rows),
            "notes": _notes(setting, [note for row in one.rows for note in by_row.get(row, ())]),
            "detail": [f"{each.company}: {each.nature}" for each in one.person.relationships],
            "member": {"html": form.member(Activity, "people", _unnamed(one.person), _NEW), "name": one.person.name},
        }
        for one in found.people
    ]
    return {
        "rows": rows,
        "format": found.kind,
        "notes": _notes(setting, found.notes),
        "problems": _problems(setting, found.problems),
    }


def _professions(setting: Setting) -> dict[str, str]:
    """A profession's code by its code, its name, and each half of a double name, in English and the author's words."""
    known = {table.heading(code): code for code in professions.load()}
    for code, one in professions.load().items():
        for label in {one.label, setting.language.gettext(one.label)}:
            known |= {table.heading(each): code for each in (label, *label.split(" / ")) if table.heading(each)}
    return known


def _bare(item: Item) -> Item:
    """The item without its id, which may be taken here: it gets one when it is saved."""
    return replace(item, id="")


def _unnamed(person: Person) -> Person:
    return replace(person, id="")


def _pair(item: Item) -> str:
    return item.pair_id or ids.slug(item.stem) or "pair"


def _notes(setting: Setting, notes: Sequence[Note]) -> list[dict[str, str]]:
    return [
        {
            "label": _fate(setting, one.fate),
            "text": f"{one.place}: {_say(setting, one.message)}" if one.place else _say(setting, one.message),
        }
        for one in notes
    ]


def _problems(setting: Setting, problems: Sequence[Problem]) -> list[dict[str, str]]:
    return [{"place": one.place, "title": one.title[:200], "text": _say(setting, one.message)} for one in problems]


def _fate(setting: Setting, fate: Fate) -> str:
    return setting.language.gettext(_FATES[fate])


def _say(setting: Setting, message: Message) -> str:
    return message.format(setting.language.gettext)


NO_FILE = N_("Choose a file first.")
NO_TEMPLATE = N_("There is no such template. Reload the page and try again.")
PICTURE = N_("The picture {name} ({alt}) is not imported: questions hold text only. Put it into the content.")
_FATES = {Fate.UNDERSTOOD: N_("Understood"), Fate.CHANGED: N_("Changed"), Fate.DROPPED: N_("Left out")}
