"""A question as a reader found it, and the one way from there to an `Item` or to a problem.

Every format ends here, so that what makes a question usable is decided once: it asks something, has two options or
more, each with text, and a key that fits its kind. This module knows no format and no file.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from cme_xblock.activity.codes import ItemKind, Level
from cme_xblock.activity.importers.outcome import Fate, Import, ImportedItem, ImportFailed, Media, Note, Problem
from cme_xblock.activity.message import N_, NP_, Message
from cme_xblock.activity.model import Item, Option
from cme_xblock.activity.scalars import excerpt

MOST_ITEMS = 2_000
MOST_OPTIONS = 26
LONGEST_TEXT = 20_000
LONGEST_ID = 60

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_APART = re.compile(r"[^a-z0-9]+")
_TRUE_FALSE = {"true", "false"}

_KINDS = {
    ItemKind.SINGLE: N_("one right answer"),
    ItemKind.MULTIPLE: N_("several right answers, all or nothing"),
    ItemKind.TRUE_FALSE: N_("true or false"),
    ItemKind.CONFIDENCE: N_("confidence, without a right answer"),
}


@dataclass
class Choice:
    """One option as found. `feedback` is what a learner who chose it would have read."""

    text: str
    correct: bool = False
    feedback: str = ""


@dataclass
class Draft:
    """One question as found. `kind` None: the source does not say, so the key decides."""

    place: str
    identifier: str = ""
    title: str = ""
    stem: str = ""
    rationale: str = ""
    choices: list[Choice] = field(default_factory=list)
    kind: ItemKind | None = None
    objective: str = ""
    pair_id: str = ""
    level: Level = Level.COMPETENCE
    references: tuple[str, ...] = ()
    notes: list[Note] = field(default_factory=list)
    images: list[tuple[str, str]] = field(default_factory=list)

    def changed(self, text: str, **params: str) -> None:
        """Note what now differs from the source."""
        self._note(Note(Fate.CHANGED, Message(text, params)))

    def dropped(self, text: str, **params: str) -> None:
        """Note what was left out."""
        self._note(Note(Fate.DROPPED, Message(text, params)))

    def _note(self, note: Note) -> None:
        # The same may be true of a stem and of each option; to say it once is enough.
        if note not in self.notes:
            self.notes.append(note)


class Unusable(ValueError):  # noqa: N818 - not an error of the program: the reason of a Problem
    """Why something can't become a question. Raised by readers and caught by them; never leaves the package."""

    def __init__(self, text: str, **params: str | Message) -> None:
        super().__init__(text)
        self.message = Message(text, params)


class Collector:
    """Gathers what one file gives, in the order found, and gives every question an id of its own."""

    def __init__(self, *, kind: str, name: str) -> None:
        self.kind = kind
        self.format = ""
        self.name = name
        self.notes: list[Note] = []
        self._items: list[ImportedItem] = []
        self._problems: list[Problem] = []
        self._media: dict[str, Media] = {}
        self._ids = Ids()

    def add(self, draft: Draft, *, present: Iterable[str] = ()) -> None:
        """Turn the draft into a question, or into a problem. `present`: names of the pictures that the archive has."""
        self._refuse_too_many()
        try:
            item = _item(draft, self._ids)
        except Unusable as reason:
            self.refuse(draft.place, draft.title or excerpt(tidy(draft.stem), length=80), reason.message)
            return
        self._items.append(ImportedItem(item, excerpt(draft.title, length=120), draft.place, tuple(draft.notes)))
        present = frozenset(present)
        for source, alt in draft.images:
            known = self._media.get(source)
            used = (*(known.used_by if known else ()), item.id)
            self._media[source] = Media(source, alt, source in present, tuple(dict.fromkeys(used)))

    def refuse(self, place: str, title: str, message: Message) -> None:
        """Report something that can't become a question."""
        self._refuse_too_many()
        self._problems.append(Problem(place, excerpt(title, length=120), message))

    def note(self, fate: Fate, text: str, *, place: str = "", **params: str) -> None:
        """Report something that belongs to the file and to no single question."""
        self.notes.append(Note(fate, Message(text, params), place))

    def _refuse_too_many(self) -> None:
        if len(self._items) + len(self._problems) >= MOST_ITEMS:
            raise ImportFailed(
                Message(
                    N_("{name} holds more than {most} questions. Split it, and import the parts one after the other."),
                    {"name": self.name or Message(N_("The file")), "most": str(MOST_ITEMS)},
                )
            )

    def finish(self) -> Import:
        """Everything gathered. Raises ImportFailed where there is nothing at all to show."""
        if not self._items and not self._problems:
            text = N_("No question was found in {name}, read as {format}. Check the file, or name its format.")
            params = {"name": self.name or Message(N_("the file")), "format": self.format or self.kind.upper()}
            raise ImportFailed(Message(text, params))
        if self._items and self.kind not in ("csv", "xlsx"):
            text = N_("The file says nothing of objectives, pairs and levels: choose them for each question.")
            self.note(Fate.UNDERSTOOD, text)
        return Import(
            kind=self.kind,
            format=self.format or self.kind,
            name=self.name,
            items=tuple(self._items),
            problems=tuple(self._problems),
            notes=tuple(self.notes),
            media=tuple(self._media.values()),
        )


class Ids:
    """Gives out ids that are unique within one import and the same each time the same file is read."""

    def __init__(self, *, taken: Iterable[str] = ()) -> None:
        self._taken: set[str] = set(taken)
        self._next: dict[str, int] = {}

    def unique(self, wanted: str) -> str:
        """The wanted id, or the first of `wanted-2`, `wanted-3` … that is free."""
        if wanted not in self._taken:
            self._taken.add(wanted)
            return wanted
        count = self._next.get(wanted, 2)
        while f"{wanted}-{count}" in self._taken:
            count += 1
        self._next[wanted] = count + 1
        self._taken.add(f"{wanted}-{count}")
        return f"{wanted}-{count}"


def distinct(found: Import, *, taken: Iterable[str]) -> Import:
    """The same import with ids that are none of `taken`, the ids of an activity; each change is noted."""
    taken, own = frozenset(taken), [one.item.id for one in found.items]
    # What is free keeps its id, so a new one must not be that of another question in the same file.
    ids = Ids(taken=taken.union(own))
    names = {name: ids.unique(name) if name in taken else name for name in own}
    items = []
    for one in found.items:
        name = names[one.item.id]
        if name != one.item.id:
            text = N_("The id {was} is taken in the activity; the question became {name}.")
            note = Note(Fate.CHANGED, Message(text, {"was": one.item.id, "name": name}))
            one = replace(one, item=replace(one.item, id=name), notes=(*one.notes, note))  # noqa: PLW2901
        items.append(one)
    media = tuple(replace(one, used_by=tuple(names[name] for name in one.used_by)) for one in found.media)
    return replace(found, items=tuple(items), media=media)


def slug(text: str) -> str:
    """Text as an id: lower-case Latin letters, digits and hyphens, at most 60; empty where none are left."""
    plain = unicodedata.normalize("NFKD", text[:400]).encode("ascii", "ignore").decode().lower()
    return _APART.sub("-", plain).strip("-")[:LONGEST_ID].strip("-")


def tidy(text: str) -> str:
    """Text without the characters that no activity can hold, and without white space at the ends."""
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _item(draft: Draft, ids: Ids) -> Item:
    texts = [draft.stem, draft.rationale, *(one.text for one in draft.choices)]
    if any(_UNFIT.search(one) for one in texts):
        draft.dropped(N_("Control characters, which no text can hold, were left out."))
    draft.stem = tidy(draft.stem)
    for one in draft.choices:
        one.text = tidy(one.text)
    kind = _kind(draft)
    _refuse(draft, kind)
    rationale = _rationale(draft)
    if max(map(len, (draft.stem, rationale, *(one.text for one in draft.choices)))) > LONGEST_TEXT:
        raise Unusable(N_("A text is longer than {most} characters. Shorten it."), most=str(LONGEST_TEXT))
    letters = [chr(ord("a") + index) for index in range(len(draft.choices))]
    options = tuple(
        Option(id=letter, correct=one.correct, text=one.text)
        for letter, one in zip(letters, draft.choices, strict=True)
    )
    item = Item(
        id=ids.unique(_name(draft)),
        kind=kind,
        objective=tidy(draft.objective),
        pair_id=tidy(draft.pair_id),
        level=draft.level,
        stem=draft.stem,
        rationale=rationale,
        options=options,
        references=draft.references,
    )
    draft.notes.insert(0, _understood(item))
    return item


def _understood(item: Item) -> Note:
    params: dict[str, str | Message] = {
        "kind": Message(_KINDS[item.kind]),
        "count": str(len(item.options)),
        "key": ", ".join(one.id for one in item.options if one.correct) or "–",
    }
    text = NP_("Read as: {kind}; {count} option; key: {key}.", "Read as: {kind}; {count} options; key: {key}.")
    return Note(Fate.UNDERSTOOD, Message(text, params))


def _kind(draft: Draft) -> ItemKind:
    said = {one.text.casefold().rstrip(".") for one in draft.choices}
    keys = sum(one.correct for one in draft.choices)
    if draft.kind in (None, ItemKind.SINGLE) and len(draft.choices) == 2 and keys == 1 and said == _TRUE_FALSE:
        return ItemKind.TRUE_FALSE
    if draft.kind is not None:
        return draft.kind
    return ItemKind.MULTIPLE if keys > 1 else ItemKind.SINGLE


def _refuse(draft: Draft, kind: ItemKind) -> None:
    if not draft.stem:
        raise Unusable(N_("The question has no text. Write it, and import again."))
    if not 2 <= len(draft.choices) <= MOST_OPTIONS:
        found = str(len(draft.choices))
        raise Unusable(N_("A question has 2 to {most} options, this one {found}."), most=str(MOST_OPTIONS), found=found)
    for number, one in enumerate(draft.choices, start=1):
        if not one.text:
            raise Unusable(N_("Option {number} has no text. Write it, and import again."), number=str(number))
    keys = sum(one.correct for one in draft.choices)
    if kind is ItemKind.CONFIDENCE:
        if keys:
            raise Unusable(N_("A confidence question has no right answer, this one has a key. Remove the key."))
    elif not keys:
        raise Unusable(N_("No option is marked as right. Mark the right one, and import again."))
    elif kind is not ItemKind.MULTIPLE and keys > 1:
        raise Unusable(
            N_(
                "{keys} options are marked as right, but only one may be chosen. Mark one, or make it a question with "
                "several answers."
            ),
            keys=str(keys),
        )
    texts = [one.text.casefold() for one in draft.choices]
    if len(set(texts)) < len(texts):
        draft.notes.append(Note(Fate.UNDERSTOOD, Message(N_("Two options have the same text: check them."))))


def _rationale(draft: Draft) -> str:
    parts = [tidy(draft.rationale)] if tidy(draft.rationale) else []
    told = [(one, tidy(one.feedback)) for one in draft.choices if tidy(one.feedback)]
    if told:
        # By its text and not by its letter: options may be shown in another order.
        parts.append("\n".join(f"{excerpt(one.text, length=80)}: {feedback}" for one, feedback in told))
        draft.changed(N_("Feedback for single options ({count}) now stands in the rationale."), count=str(len(told)))
    return "\n\n".join(parts)


def _name(draft: Draft) -> str:
    """Stable: the source's identifier, else its title, else a digest of what is asked and what may be answered."""
    if name := slug(draft.identifier) or slug(draft.title):
        return name
    said = "\0".join([draft.stem, *(one.text for one in draft.choices)])
    return "q-" + hashlib.sha256(said.encode("utf-8")).hexdigest()[:8]
