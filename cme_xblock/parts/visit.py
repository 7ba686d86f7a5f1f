"""One person at one activity at one moment: all that a part may know."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from cme_xblock.activity.message import Message, Plural
from cme_xblock.activity.model import Activity
from cme_xblock.host.language import Language, named
from cme_xblock.host.visitor import Visitor
from cme_xblock.participation.entries import Entry
from cme_xblock.participation.progress import Part, Progress


@dataclass(frozen=True)
class Setting:
    """What the block knows before the ledger is read.

    `shown` are the parts this block shows; `link` gives the address of another block (`type@block_id`) or part
    (`part:assessment`) of the course; `section` is the block's own name where it is a content block.
    """

    course_key: str
    visitor: Visitor
    now: datetime
    language: Language
    prefix: str
    shown: tuple[Part, ...]
    link: Callable[[str], str]
    home: str = ""
    section: str = ""
    draft: Callable[[str], Mapping[str, Sequence[str]]] = field(default=lambda key: {})

    def with_draft(self, draft: Callable[[str], Mapping[str, Sequence[str]]]) -> Setting:
        """The same setting with the learner's unsent answers, by the name of their form."""
        return replace(self, draft=draft)


@dataclass(frozen=True)
class Visit:
    """The setting, the edition that applies to this person, and the progress that the ledger adds up to."""

    setting: Setting
    activity: Activity
    edition: str
    entries: tuple[Entry, ...]
    progress: Progress

    def say(self, message: Message) -> str:
        """A message in the reader's language."""
        return message.format(self.setting.language.gettext)

    def text(self, english: str | Plural, values: Mapping[str, Any] | None = None) -> str:
        """A marked English text in the reader's language."""
        return self.say(Message(english, {name: str(value) for name, value in (values or {}).items()}))

    @property
    def author(self) -> SafeString:
        """The lang and dir attributes for author's text, where the reader's page is in another language."""
        ours = self.setting.language.code.split("-")[0]
        if self.activity.language.split("-")[0] == ours:
            return SafeString("")
        return format_html(' lang="{}" dir="{}"', self.activity.language, named(self.activity.language).direction)

    def values(self, more: Mapping[str, object]) -> dict[str, object]:
        """What every template of a part needs, and `more`."""
        return {"prefix": self.setting.prefix, "edition": self.edition, **self.common(more)}

    def common(self, more: Mapping[str, object]) -> dict[str, object]:
        """The same without what differs between two blocks or learners: for `templating.made_once`."""
        return {"language": self.setting.language, "activity": self.activity, "author": self.author, **more}
