"""Bodies that are almost right, for each of the author's handlers: by seed, so that each can be had again."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cme_xblock.activity import canonical, olx
from cme_xblock.activity.model import Activity
from cme_xblock.activity.shapes import Kind, shapes
from cme_xblock.host import language
from cme_xblock.studio import conflict, values
from tests.activity.importers import world
from tests.activity.importers.mutate import mutated, rearranged

LONG = "x" * 60_000
TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\u202e",
    "-1",
    "1e999",
    "9" * 400,
    "NaN",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "٣",
    LONG,
    "<p>" * 300,
    "<p>" + "<b>" * 19 + "x" * 15_000,
    "<ul><li>" * 9 + "x",
    "<p><a href='" + "&" * 15_000,
    "<table>" * 15 + "<p>" * 2_000,
    "<p>" + "&#824;" * 2_000,
    "<p>" + "<" * 19_000,
    "<svg><style><img src=x onerror=y>",
    "{0}{name}%s",
    "a\u0338" * 2_000,
)
PATHS = (
    "",
    ".",
    "title.",
    "people",
    "people.0",
    "people.-1.name",
    "people.99999.name",
    "people.0.0",
    "a" * 300,
    "__proto__",
    "title\n",
)
VALUES: tuple[Any, ...] = (None, 0, -1, 1.5, True, False, [], {}, [[]], {"title": "x"}, 10**400)
# What may stand in a field of free text, to be kept as it is or cleaned.
STRANGE = (
    "",
    " ",
    "\u202e",
    "-1",
    "9" * 400,
    "٣",
    LONG[:9_000],
    "<svg><style><img src=x onerror=y>",
    "{0}{name}%s",
    "]",
)
_FREE = ("title", ".name", ".text", ".id", ".stem", ".note", ".rationale", ".pair_id", ".citation", ".company")
# Names that a member may have, and that look like something else in a path of the merging.
NAMES = ("", "1", "2", "1 (2)", "a]b", "x].name", "[]", "__proto__", "Order", "é")


def varied(value: Any, chance: random.Random) -> Any:
    """An activity that somebody has worked on: members gone, come, moved and renamed, here and there."""
    changed: dict[str, Any] = {}
    for shape in shapes(type(value)):
        held = getattr(value, shape.name)
        if shape.kind is Kind.NESTED and not shape.repeated:
            changed[shape.name] = varied(held, chance)
        elif shape.kind is Kind.NESTED:
            changed[shape.name] = _members(tuple(varied(one, chance) for one in held), chance)
        elif shape.kind is Kind.STRING and not shape.repeated and not chance.randrange(12):
            changed[shape.name] = chance.choice(NAMES)
    return replace(value, **changed)


def _members(members: tuple[Any, ...], chance: random.Random) -> tuple[Any, ...]:
    done = list(members)
    how = chance.randrange(10)
    if how == 0 and done:
        done.pop(chance.randrange(len(done)))
    elif how == 1 and done:
        done.insert(chance.randrange(len(done) + 1), chance.choice(done))
    elif how == 2:
        chance.shuffle(done)
    return tuple(done)


class Posts:
    """Bodies for one activity as it is stored and shown."""

    def __init__(self, activity: Activity) -> None:
        self.activity = activity
        self.values = values.of(activity)
        self.source = olx.to_xml(activity).encode()
        self._made: Mapping[str, Callable[[random.Random], dict[str, Any]]] = {
            "save_form": self._save,
            "check_form": self._whole,
            "show_source": self._whole,
            "compare_form": self._compare,
            "renew": self._renew,
            "read_source": self._source,
            "save_source": self._source,
            "import_file": self._file,
            "import_template": self._template,
        }
        self.stored = activity

    @property
    def handlers(self) -> tuple[str, ...]:
        return tuple(self._made)

    def post(self, handler: str, *, seed: int) -> bytes:
        """One body. `stored` is what the block is to hold when it is sent."""
        chance = random.Random(f"{handler} {seed}")
        self.stored = self.activity
        raw = json.dumps(self._made[handler](chance)).encode()
        return raw if chance.randrange(8) else _torn(raw, chance)

    def _whole(self, chance: random.Random) -> dict[str, Any]:
        sent: dict[str, Any] = dict(self.values)
        if chance.randrange(3):
            for _ in range(chance.randint(1, 5)):
                _spoil(sent, chance)
        else:
            free = [one for one in sent if one.endswith(_FREE)]
            sent |= {chance.choice(free): chance.choice(STRANGE) for _ in range(9)}
        return {"values": sent if chance.randrange(20) else chance.choice((*VALUES, list(sent), json.dumps(sent)))}

    def _save(self, chance: random.Random) -> dict[str, Any]:
        right = canonical.sha256(self.activity)
        return {"base": chance.choice((right, right, right, "", None, 7)), **self._whole(chance)}

    def _compare(self, chance: random.Random) -> dict[str, Any]:
        """Three activities that differ, and for each difference a choice; a third of them spoiled besides."""
        self.stored = varied(self.activity, chance)
        old, mine = (varied(self.activity, chance) if chance.randrange(2) else self.activity for _ in range(2))
        rows = conflict.rows(old, self.stored, mine, language.current())
        take: dict[str, Any] = {one.path: chance.choice(("mine", "theirs")) for one in rows}
        sent: dict[str, Any] = dict(values.of(mine))
        body: dict[str, Any] = {"old": dict(values.of(old)), "values": sent, "base": canonical.sha256(self.stored)}
        if not chance.randrange(3):
            _spoil(chance.choice((sent, body["old"], take)), chance)
        if not chance.randrange(10):
            body[chance.choice(("old", "values", "base"))] = chance.choice(VALUES)
        return {**body, "take": take if chance.randrange(6) else chance.choice((None, "theirs", "mine", *VALUES))}

    def _renew(self, chance: random.Random) -> dict[str, Any]:
        whole = self._whole(chance) if chance.randrange(2) else {"values": self.values}
        release = chance.choice(("2027-09-01", " 2027-09-01 ", *TEXTS, *VALUES))
        return {**whole, "release": release, "activity_id": chance.choice(("", "next", *TEXTS, *VALUES))}

    def _source(self, chance: random.Random) -> dict[str, Any]:
        made = (mutated if chance.randrange(2) else rearranged)(self.source, chance)
        text: Any = made.decode("utf-8", chance.choice(("replace", "surrogateescape")))
        return {"source": text if chance.randrange(30) else chance.choice((*VALUES, *TEXTS))}

    def _file(self, chance: random.Random) -> dict[str, Any]:
        name = chance.choice(world.NAMES)
        raw = world.case(name)
        made = rearranged(raw, chance) if name.endswith(".xml") and chance.randrange(2) else mutated(raw, chance)
        data: Any = base64.b64encode(made).decode()
        if not chance.randrange(20):
            data = chance.choice((data[:-1], data + "=", *VALUES, *TEXTS))
        what = "people" if name.startswith("people") == bool(chance.randrange(10)) else "items"
        return {"what": what, "name": chance.choice((name, name, name, "", "../x", LONG, None)), "data": data}

    def _template(self, chance: random.Random) -> dict[str, Any]:
        return {
            "what": chance.choice((*("items", "people") * 6, *TEXTS[:6], *VALUES)),
            "kind": chance.choice((*("csv", "xlsx") * 6, *TEXTS[:6], *VALUES)),
        }


def _spoil(sent: dict[str, Any], chance: random.Random) -> None:
    names = list(sent)
    name = chance.choice(names) if names else "title"
    how = chance.randrange(8)
    if how < 4:
        sent[name] = chance.choice(TEXTS)
    elif how == 4:
        sent[name] = chance.choice(VALUES)
    elif how == 5:
        sent.pop(name, None)
    elif how == 6:
        sent[chance.choice(PATHS)] = chance.choice(TEXTS)
    else:
        other = chance.choice(names) if names else name
        sent[name], sent[other] = sent.get(other, ""), sent.get(name, "")


def _torn(raw: bytes, chance: random.Random) -> bytes:
    how = chance.randrange(4)
    if how == 0:
        return raw[: chance.randrange(len(raw))]
    if how == 1:
        return b"[" * 5_000 + raw
    spoiled = bytearray(raw)
    for _ in range(chance.randint(1, 20)):
        spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
    return bytes(spoiled)
