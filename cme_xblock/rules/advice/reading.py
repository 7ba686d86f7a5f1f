"""The questions of an activity, read once for all lints: plain texts, the sentence that asks, and where the key is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cme_xblock.activity import richtext
from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.model import Activity, Item
from cme_xblock.rules.finding import place

# A sentence ends before a capital letter, a digit, or an opening quotation mark or bracket.
_SENTENCE = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[A-Z0-9\"“‘(\[])|\n+")
# More than a sentence has; what searches in it may take time that grows faster than its length.
_LONGEST_SENTENCE = 600
_WORD = re.compile(r"[^\W\d_](?:[^\W_]|['’-](?=[^\W_]))+")


@dataclass(frozen=True)
class Asked:
    """One question. `where` is its place; texts are plain, whatever markup their author wrote."""

    where: str
    item: Item
    shuffled: bool

    @cached_property
    def stem(self) -> str:
        """The whole stem."""
        return plain(self.item.stem)

    @cached_property
    def lead_in(self) -> str:
        """The sentence that asks: the last one with a question mark, else the last one."""
        sentences = [one for one in _SENTENCE.split(self.stem) if one.strip()]
        asking = [one for one in sentences if "?" in one]
        return (asking or sentences or [""])[-1].strip()[-_LONGEST_SENTENCE:]

    @cached_property
    def options(self) -> tuple[str, ...]:
        """The texts of the options, in the author's order."""
        return tuple(plain(one.text) for one in self.item.options)

    @cached_property
    def key(self) -> int | None:
        """The index of the one right option among three or more; None where there is no such choice."""
        keys = [index for index, one in enumerate(self.item.options) if one.correct]
        chosen = self.item.kind is ItemKind.SINGLE and len(keys) == 1 and len(self.options) > 2
        return keys[0] if chosen else None

    @cached_property
    def distractors(self) -> tuple[str, ...]:
        """The options beside the key."""
        return tuple(text for index, text in enumerate(self.options) if index != self.key)

    @property
    def choice(self) -> bool:
        """Whether its options were written for it, and are not just true and false."""
        return self.item.kind in (ItemKind.SINGLE, ItemKind.MULTIPLE)

    def option(self, index: int) -> str:
        """The place of one option."""
        return place(f"{self.where}.options", self.item.options[index].id, index)


@dataclass(frozen=True)
class Part:
    """The questions before the content, or those after it. `shuffled`: learners get the options in another order."""

    where: str
    items: tuple[Asked, ...]
    shuffled: bool


@dataclass(frozen=True)
class Test:
    """All questions of an activity."""

    activity: Activity
    parts: tuple[Part, ...]

    @property
    def english(self) -> bool:
        """Whether the activity's texts are in English."""
        return re.split("[-_]", self.activity.language.strip().lower())[0] == "en"


def read(activity: Activity) -> Test:
    """The activity's questions as the lints want them."""
    shuffled = activity.assessment.shuffle_options
    return Test(
        activity,
        (
            _part("baseline.items", activity.baseline.items, shuffled=False),
            _part("assessment.items", activity.assessment.items, shuffled=shuffled),
        ),
    )


def _part(where: str, items: Sequence[Item], *, shuffled: bool) -> Part:
    asked = (Asked(place(where, one.id, index), one, shuffled) for index, one in enumerate(items))
    return Part(where, tuple(asked), shuffled)


def plain(text: str) -> str:
    """The words a reader sees, with no more than one space or line feed between them."""
    return "\n".join(" ".join(line.split()) for line in richtext.plain(text).splitlines() if line.strip())


def words(text: str) -> list[str]:
    """The words of a text in small letters; numbers and signs are none."""
    return [one.lower() for one in _WORD.findall(text)]


def same(text: str) -> str:
    """What two texts must share to be the same for a reader: its characters, not case, spaces or final dot."""
    return " ".join(text.casefold().split()).rstrip(".;, ")


def shown(text: str) -> str:
    """A text as it is quoted in a message."""
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= 60 else f"{one_line[:59].rstrip()}…"
