"""Posts that are almost right: a whole form with something spoiled, by seed, so that each can be had again."""

from __future__ import annotations

import json
import random
from typing import Any

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


def posts(values: dict[str, Any], base: str, *, seed: int) -> bytes:
    """One body for the handler, spoiled in one to five ways."""
    chance = random.Random(seed)
    sent: dict[str, Any] = dict(values)
    for _ in range(chance.randint(1, 5)):
        _spoil(sent, chance)
    body: dict[str, Any] = {"base": chance.choice((base, base, base, "", None, 7)), "values": sent, "old": values}
    if not chance.randrange(20):
        body["values"] = chance.choice((*VALUES, list(sent), json.dumps(sent)))
    raw = json.dumps(body).encode()
    return raw if chance.randrange(5) else _torn(raw, chance)


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
