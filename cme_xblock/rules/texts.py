"""The mandated and the chosen wordings, read from `texts/*.toml`, each with the day from which it holds.

A text is never changed once it was released: a later version stands beside it, so that an edition reviewed under the
old one shows the old one for as long as it is kept. Knows no activity; `statements.py` fills the places.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from cme_xblock.rules import data

# How sure we are of a rule or a wording. Source: spec part 0.
CONFIDENCE = frozenset({"S", "S-old", "B", "K", "D"})
PLACES = frozenset(
    {
        "provider",
        "the_provider",
        "The_provider",
        "all_providers",
        "accreditor_full",
        "accreditor_short",
        "format",
        "title",
        "learner",
        "completed_on",
        "credit",
        "name",
        "maximum",
        "companies",
        "amount",
        "uan",
        "approval",
        "approval_code",
        "valid_until",
        "place",
        "dates",
        "points",
        "credit_type",
        "board",
        "board_short",
    }
)
_KEYS = frozenset({"key", "valid_from", "valid_to", "text", "source", "source_url", "confidence"})


@dataclass(frozen=True)
class Text:
    """One version of one wording, with `{named}` places."""

    key: str
    valid_from: date
    valid_to: date | None
    text: str
    source: str
    source_url: str
    confidence: str
    of_site: bool = False


_OF_SITE: list[Text] = []


@cache
def load() -> Mapping[str, tuple[Text, ...]]:
    """All versions of all texts by key, oldest first. Raises data.DataError when a file is wrong."""
    result: dict[str, tuple[Text, ...]] = {}
    for file, content in data.read_folder("texts"):
        for one in parse(file, content):
            _add(result, file, one)
    for one in _OF_SITE:
        _add(result, "texts of the site", one)
    return MappingProxyType(result)


def use(given: Iterable[Text]) -> None:
    """Put a site's own texts beside those that ship; those of a call before are gone. Keys of ours can't be given."""
    _OF_SITE[:] = given
    load.cache_clear()


def _add(result: dict[str, tuple[Text, ...]], file: str, one: Text) -> None:
    known = result.get(one.key, ())
    if any(other.valid_from == one.valid_from for other in known):
        raise data.DataError(file, one.key, f"two texts are valid from {one.valid_from.isoformat()}")
    result[one.key] = tuple(sorted((*known, one), key=lambda text: text.valid_from))


def parse(file: str, content: dict[str, Any], *, of_site: bool = False) -> tuple[Text, ...]:
    """The texts of one file's content; `of_site`: it is a site's own."""
    rows = data.table(file, content, keys=frozenset({"text"})).values.get("text")
    if not isinstance(rows, list) or not rows:
        raise data.DataError(file, "text", "must be given at least once")
    return tuple(_parse_one(file, row, index, of_site=of_site) for index, row in enumerate(rows))


def _parse_one(file: str, row: Any, index: int, *, of_site: bool) -> Text:
    read = data.table(file, row, keys=_KEYS, prefix=f"text[{index}].")
    one = Text(
        key=read.filled("key"),
        valid_from=read.day("valid_from"),
        valid_to=read.day_or_none("valid_to"),
        text=read.filled("text"),
        source=read.filled("source"),
        source_url=read.text("source_url"),
        confidence=read.one_of("confidence", CONFIDENCE),
        of_site=of_site,
    )
    try:
        places = {name for _, name, _, _ in string.Formatter().parse(one.text) if name is not None}
    except ValueError as error:
        raise read.error("text", f"has a brace without its partner: {error}") from error
    unknown = sorted(places - PLACES)
    if unknown:
        raise read.error("text", f"the place {{{unknown[0]}}} is not known; known are {', '.join(sorted(PLACES))}")
    if one.valid_to is not None and one.valid_to < one.valid_from:
        raise read.error("valid_to", "must not lie before valid_from")
    return one


def on(key: str, day: date | None) -> Text:
    """The version of a text that holds on `day`; the newest where `day` is None, the oldest for a day before all.

    Raises KeyError for a key that no file has. A text past its `valid_to` is still the one that was valid last.
    """
    versions = load()[key]
    if day is None:
        return versions[-1]
    held = [one for one in versions if one.valid_from <= day]
    return held[-1] if held else versions[0]


def valid(key: str, day: date) -> Text | None:
    """The version of a text that is valid on that very day, or None: for what must not be shown past its end.

    Raises KeyError for a key that no file has.
    """
    one = on(key, day)
    return one if one.valid_from <= day and (one.valid_to is None or day <= one.valid_to) else None
