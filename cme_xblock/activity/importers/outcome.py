"""What comes of an import: questions, what could not become one, and a note for whatever was changed or left out.

Plain frozen values that a page can show and JSON can carry. This module reads no format and knows no file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import Enum, StrEnum
from typing import Any

from cme_xblock.activity.message import Message
from cme_xblock.activity.model import Item


class ImportFailed(ValueError):  # noqa: N818 - the name that the pages and the command line know
    """A file that can't be read at all; `message` names the thing, the rule and the next step."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message.format()


class Fate(StrEnum):
    """What happened to a part of the source."""

    UNDERSTOOD = "understood"
    CHANGED = "changed"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Note:
    """One thing that the reader did or saw. `place` is set where the note belongs to no single question."""

    fate: Fate
    message: Message
    place: str = ""


@dataclass(frozen=True)
class Problem:
    """Something in the source that could not become a question, and why. `place` is a file, a line or an identifier."""

    place: str
    title: str
    message: Message


@dataclass(frozen=True)
class Media:
    """A picture that the source shows and plain text can't: `name` as the source refers to it, `found` in the archive.

    `used_by` holds the ids of the questions that showed it.
    """

    name: str
    alt: str
    found: bool
    used_by: tuple[str, ...]


@dataclass(frozen=True)
class ImportedItem:
    """One question. `title` is the source's own, may be empty, and is not kept with the activity."""

    item: Item
    title: str
    place: str
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Import:
    """All that one file held. `kind` is a code of `detect.KINDS`; `format` names the format for people."""

    kind: str
    format: str
    name: str
    items: tuple[ImportedItem, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()
    media: tuple[Media, ...] = ()


def to_data(value: Any, *, gettext: Callable[[str], str] = str) -> Any:
    """Any value of this package as JSON: messages as sentences in the reader's language, dates as year-month-day."""
    if isinstance(value, Message):
        return value.format(gettext)
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: to_data(getattr(value, one.name), gettext=gettext) for one in fields(value)}
    if isinstance(value, tuple | list):
        return [to_data(one, gettext=gettext) for one in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
