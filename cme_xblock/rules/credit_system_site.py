"""A site's own credit systems, read from files outside the package and put beside those that ship.

Knows files and versions; what a profile is, is `credit_system.py`, and what makes one usable `credit_system_file.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cme_xblock.rules import data, texts
from cme_xblock.rules.credit_system import CreditSystem, refuse_unknown
from cme_xblock.rules.credit_system_file import parse
from cme_xblock.rules.texts import Text

_TEXTS = "text"


@dataclass(frozen=True)
class Given:
    """What a site's files say: profiles by their file, not checked yet, and the texts that go with them."""

    profiles: tuple[tuple[str, Mapping[str, Any]], ...]
    texts: tuple[Text, ...]


def read(paths: Sequence[str | Path]) -> Given:
    """The files' content. Raises data.DataError for what can't be read, and for texts that are wrong or ours."""
    if isinstance(paths, str | Path) or not all(isinstance(one, str | Path) for one in paths):
        raise data.DataError("CME_CREDIT_SYSTEMS", "(the setting)", "must be a list of files or folders")
    profiles, wordings = [], []
    ours = {one.key for versions in texts.load().values() for one in versions if not one.of_site}
    for file, content in data.read_outside(paths):
        for one in texts.parse(file, {_TEXTS: content[_TEXTS]}, of_site=True) if _TEXTS in content else ():
            if one.key in ours:
                raise data.DataError(file, f"{_TEXTS} {one.key!r}", "is a text that ships: give yours another key")
            wordings.append(one)
        profiles.append((file, {key: value for key, value in content.items() if key != _TEXTS}))
    return Given(tuple(profiles), tuple(wordings))


def merged(shipped: Iterable[CreditSystem], given: Given) -> tuple[CreditSystem, ...]:
    """What ships with what a site brought in its place or beside it. Raises data.DataError."""
    kept = {(one.code, one.effective_from): one for one in shipped}
    own: dict[tuple[str, object], str] = {}
    for file, content in given.profiles:
        one = parse(file, dict(content))
        key = (one.code, one.effective_from)
        if key in own:
            raise data.DataError(file, "effective_from", f"is the same day as that of {one.code!r} in {own[key]}")
        _refuse_earlier(file, one, kept.values())
        own[key], kept[key] = file, one
    for (code, begins), file in own.items():
        one = next(found for key, found in kept.items() if key == (code, begins))
        refuse_unknown(file, one, kept.values())
        _refuse_overlap(file, one, kept.values())
    return tuple(kept.values())


def _refuse_earlier(file: str, one: CreditSystem, known: Iterable[CreditSystem]) -> None:
    """A version in front of one that ships would never apply, and nobody would see why."""
    later = [other.effective_from for other in known if other.code == one.code]
    if later and one.effective_from < min(later):
        day = min(later).isoformat()
        reason = f"{one.code!r} that ships takes effect on {day}: give that day to replace it, or a later one"
        raise data.DataError(file, "effective_from", reason)


def _refuse_overlap(file: str, one: CreditSystem, known: Iterable[CreditSystem]) -> None:
    """A version that ends behind the begin of the next one says two things of the same day."""
    following = [other.effective_from for other in known if other.code == one.code]
    following = [day for day in following if day > one.effective_from]
    if one.effective_to is not None and following and one.effective_to >= min(following):
        reason = f"lies behind the next version of {one.code!r}, which takes effect on {min(following).isoformat()}"
        raise data.DataError(file, "effective_to", reason)
