"""The library of evaluation items, read from `library.toml`: words, scales, Moore's level and kind of evidence of each.

Knows no activity's evaluation beyond one item of it; what a learner is asked is `participation/evaluation.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from cme_xblock.activity.codes import Each, Moore, Purpose, QuestionKind, Whom
from cme_xblock.activity.evaluation import EvaluationItem
from cme_xblock.rules import data

_FILE = "library.toml"
_ITEM_KEYS = frozenset(
    {"code", "kind", "purpose", "each", "scale", "level", "evidence", "about", "required", "text"}
)  # fmt: skip
_OPTION_KEYS = frozenset({"id", "text", "comment"})
AGREEMENT = "agreement"
CONFIDENCE = "confidence"
# What is answered by choosing.
CHOSEN = frozenset({QuestionKind.RATING, QuestionKind.SINGLE, QuestionKind.MULTIPLE})


@dataclass(frozen=True)
class Choice:
    """One answer to choose. `comment`: whoever chooses it must say more."""

    id: str
    text: str
    comment: bool = False


@dataclass(frozen=True)
class LibraryItem:
    """One item of the library. `text` and the texts of `choices` are English, marked for translation.

    `level` is Moore's; `evidence` is "objective" or "subjective". Source: spec 5.1.
    """

    code: str
    kind: QuestionKind
    purpose: Purpose
    each: Each
    level: Moore
    evidence: str
    required: bool
    about: tuple[Whom, ...]
    choices: tuple[Choice, ...]
    text: str


@dataclass(frozen=True)
class Library:
    """Items by code, in the order in which an author should read them, and scales by code."""

    items: Mapping[str, LibraryItem]
    scales: Mapping[str, tuple[Choice, ...]]


@cache
def load() -> Library:
    """The library that is shipped. Raises data.DataError, naming file, key and reason, when the file is wrong."""
    return parse(_FILE, data.read(_FILE))


def known(item: EvaluationItem) -> LibraryItem | None:
    """The library's item that an evaluation's item names, or None: an own item, or a code that does not exist."""
    return load().items.get(item.library)


def purpose(item: EvaluationItem) -> Purpose:
    """What an item is for: as the library says, else as its author says."""
    found = known(item)
    return found.purpose if found else item.purpose


def kind(item: EvaluationItem) -> QuestionKind:
    """How an item is answered."""
    found = known(item)
    return found.kind if found else item.kind


def commits(item: EvaluationItem) -> bool:
    """Whether the answer says, in the learner's own words, what they will do differently."""
    return purpose(item) is Purpose.CHANGE and kind(item) is QuestionKind.TEXT


def about(item: EvaluationItem) -> tuple[Whom, ...]:
    """Whom an item is about beside the learner."""
    found = known(item)
    return found.about if found else item.about


def choices(item: EvaluationItem) -> tuple[Choice, ...]:
    """What there is to choose from; a rating without options has the scale of agreement."""
    found = known(item)
    if found:
        return found.choices
    if item.kind not in CHOSEN:
        return ()
    if item.kind is QuestionKind.RATING and not item.options:
        return load().scales[AGREEMENT]
    return tuple(Choice(one.id, one.text, one.comment) for one in item.options)


def parse(file: str, content: dict[str, Any]) -> Library:
    """The library of one file's content."""
    top = data.table(file, content, keys=frozenset({"scale", "item"}))
    scales: dict[str, tuple[Choice, ...]] = {}
    for index, row in enumerate(top.values.get("scale", [])):
        read = data.table(file, row, keys=frozenset({"code", "options"}), prefix=f"scale[{index}].")
        scales[_new(read, scales)] = tuple(_options(read))
    items: dict[str, LibraryItem] = {}
    for index, row in enumerate(top.values.get("item", [])):
        read = data.table(file, row, keys=_ITEM_KEYS, prefix=f"item[{index}].")
        code = _new(read, items)
        items[code] = _item(code, read, scales)
    for code in (AGREEMENT, CONFIDENCE):
        if code not in scales:
            raise data.DataError(file, "scale", f"there is no scale {code!r}")
    return Library(MappingProxyType(items), MappingProxyType(scales))


def _new(read: data.Table, there: Mapping[str, object]) -> str:
    code = read.filled("code")
    if code in there:
        raise read.error("code", f"{code!r} is given twice")
    return code


def _options(read: data.Table) -> list[Choice]:
    rows = read.values.get("options")
    if not isinstance(rows, list) or len(rows) < 2:
        raise read.error("options", "must be a list of two or more")
    found = []
    for index, row in enumerate(rows):
        one = data.table(read.file, row, keys=_OPTION_KEYS, prefix=f"{read.prefix}options[{index}].")
        found.append(Choice(one.filled("id"), one.filled("text"), one.optional(one.truth, "comment", False)))
    if len({one.id for one in found}) != len(found):
        raise read.error("options", "has the same id twice")
    return found


def _item(code: str, read: data.Table, scales: Mapping[str, tuple[Choice, ...]]) -> LibraryItem:
    kind = QuestionKind(read.one_of("kind", frozenset(QuestionKind)))
    scale = read.optional(read.filled, "scale", "")
    if (kind in CHOSEN) != bool(scale) or (scale and scale not in scales):
        raise read.error("scale", "must name a scale, and only where there is something to choose")
    whom = read.texts("about") if "about" in read.values else ()
    if not set(whom) <= set(Whom):
        raise read.error("about", f"must be of {', '.join(Whom)}")
    return LibraryItem(
        code=code,
        kind=kind,
        purpose=Purpose(read.one_of("purpose", frozenset(Purpose))),
        each=Each(read.optional(lambda key: read.one_of(key, frozenset(Each)), "each", Each.ONCE.value)),
        level=Moore(read.one_of("level", frozenset(Moore))),
        evidence=read.one_of("evidence", frozenset({"objective", "subjective"})),
        required=read.truth("required"),
        about=tuple(Whom(one) for one in whom),
        choices=scales[scale] if scale else (),
        text=read.filled("text"),
    )
