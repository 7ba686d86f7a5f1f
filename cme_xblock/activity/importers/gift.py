"""GIFT, Moodle's text format of questions: multiple choice and true/false; every other type is named as a problem.

Read as Moodle reads it: a blank line ends a question, `//` begins a comment, a backslash takes the meaning from
`~ = # { } :`.

Source: Moodle documentation, "GIFT format"; question/format/gift/format.php for what the documentation leaves open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.importers.draft import MOST_OPTIONS, Choice, Collector, Draft, Unusable
from cme_xblock.activity.importers.outcome import Fate, Import
from cme_xblock.activity.importers.plain import from_html, looks_rich
from cme_xblock.activity.importers.textfile import decode
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.scalars import excerpt

# Escaped characters wait as control characters, which no text can hold, until the syntax has been read.
_ESCAPES = {"\\": "\x01", "~": "\x02", "=": "\x03", "#": "\x04", "{": "\x05", "}": "\x06", ":": "\x07", "n": "\x0e"}
_UNESCAPED = {ord(mark): ("\n" if plain == "n" else plain) for plain, mark in _ESCAPES.items()}
_ESCAPE = re.compile(r"\\([\\~=#{}:n])")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TITLE = re.compile(r"\s*::(.{0,2000}?)::", re.DOTALL)
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_WEIGHT = re.compile(r"\s*%\s*(-?[0-9]{1,6}(?:[.,][0-9]{1,9})?)\s*%")
_IDNUMBER = re.compile(r"\[id:((?:[^\]\\]|\\.){1,200})\]")
_MARKDOWN = re.compile(r"(\*\*|__|(?<![\w*])[*_`](?=\S))([^*_`\n]{1,500})\1")
_TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}


@dataclass
class _Block:
    """One question as text: `line` is where it begins, `name` its id number from a comment."""

    line: int
    name: str = ""
    lines: list[str] = field(default_factory=list)
    opened: bool = False
    closed: bool = False

    @property
    def open(self) -> bool:
        """Whether a brace still waits for its end."""
        return self.opened and not self.closed

    def add(self, line: str) -> None:
        """Take one more line."""
        self.lines.append(line)
        self.opened = self.opened or "{" in line
        self.closed = self.closed or "}" in line


def read(data: bytes, *, name: str) -> Import:
    """The questions of a GIFT file. Raises ImportFailed."""
    text, encoding = decode(data, name=name)
    collector = Collector(kind="gift", name=name)
    collector.format = "GIFT"
    if encoding == "cp1252":
        collector.note(
            Fate.CHANGED, N_("The file is not UTF-8; it was read as Windows-1252. Check accents and symbols.")
        )
    if _CONTROL.search(text):
        text = _CONTROL.sub("", text)
        collector.note(Fate.DROPPED, N_("Control characters, which no text can hold, were left out."))
    for block in _blocks(_ESCAPE.sub(lambda found: _ESCAPES[found[1]], text), collector):
        title, place = "", f"line {block.line}"
        try:
            draft = Draft(place, identifier=block.name)
            title, rest = _title("\n".join(block.lines))
            draft.title = title
            _question(rest, draft)
            collector.add(draft)
        except Unusable as reason:
            collector.refuse(place, title or excerpt(_plain("\n".join(block.lines)), length=80), reason.message)
    return collector.finish()


def _blocks(text: str, collector: Collector) -> Iterator[_Block]:
    """Questions are apart by blank lines; a brace that is still open joins what follows, which Moodle refuses."""
    block: _Block | None = None
    name = ""
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()
        if bare.startswith("//"):
            found = _IDNUMBER.search(bare)
            name = _plain(found[1]) if found else name
            continue
        if bare.startswith("$CATEGORY"):
            category = excerpt(_plain(bare.partition(":")[2]), length=120)
            collector.note(Fate.DROPPED, N_("The category {name} was left out."), name=category, place=f"line {number}")
            continue
        if bare:
            if block is not None and block.open and not block.lines[-1] and "{" in line:
                yield block
                block = None
            if block is None:
                block = _Block(number, name)
                name = ""
            block.add(line)
        elif block is not None:
            if not block.open:
                yield block
                block = None
            elif block.lines[-1]:
                block.add("")
    if block is not None:
        yield block


def _title(text: str) -> tuple[str, str]:
    found = _TITLE.match(text)
    return (" ".join(_plain(found[1]).split()), text[found.end() :]) if found else ("", text)


def _question(text: str, draft: Draft) -> None:
    form, text = _form(text, "moodle")
    start, end = text.find("{"), text.rfind("}")
    if start < 0 and end < 0:
        raise Unusable(N_("It is a text without an answer block, so it asks nothing."))
    if start < 0 or end < start:
        raise Unusable(N_("A brace is missing: answers stand between {open} and {close}."), open="{", close="}")
    if "{" in text[start + 1 : end] or "}" in text[start + 1 : end]:
        raise Unusable(N_("It has several answer blocks, or a blank line is missing after the question before it."))
    before, answers, after = text[:start], text[start + 1 : end], text[end + 1 :]
    stem = f"{before.rstrip()} _____ {after.strip()}" if after.strip() else before
    draft.stem = _rich(stem, form, draft)
    if after.strip():
        draft.changed(N_("The gap in the sentence now stands as _____."))
    answers, _, general = answers.partition("####")
    draft.rationale = _rich(*_form(general, form)[::-1], draft) if general.strip() else ""
    _answers(answers.strip(), form, draft)


def _answers(answers: str, form: str, draft: Draft) -> None:
    said, *told = answers.split("#")
    if not answers:
        raise _other(Message(N_("an essay")))
    if answers.startswith("#"):
        raise _other(Message(N_("a number")))
    if said.strip().upper() in _TRUTH:
        _truth(_TRUTH[said.strip().upper()], [_rich(one, form, draft) for one in told], draft)
    elif "~" in answers:
        _choices(answers, form, draft)
    elif "=" in answers and "->" in answers:
        raise _other(Message(N_("matching")))
    else:
        raise _other(Message(N_("a short text")))


def _other(kind: Message) -> Unusable:
    return Unusable(N_("It is answered by {names}; only choices can be imported."), names=kind)


def _truth(right: bool, told: list[str], draft: Draft) -> None:
    """`{T#feedback for the wrong answer#feedback for the right one}`"""
    draft.kind = ItemKind.TRUE_FALSE
    wrong, good = (*told, "", "")[:2]
    draft.choices = [
        Choice("True", correct=right, feedback=good if right else wrong),
        Choice("False", correct=not right, feedback=wrong if right else good),
    ]


def _choices(answers: str, form: str, draft: Draft) -> None:
    """`~wrong`, `=right`, `~%50%half right`; without a `=` several may be chosen, as in Moodle."""
    weights: list[Decimal] = []
    single = "=" in answers
    parts = re.split(r"(?=[~=])", answers)
    if len(parts) > 4 * MOST_OPTIONS:
        raise Unusable(N_("A question has 2 to {most} options, this one many more."), most=str(MOST_OPTIONS))
    for part in parts:
        mark, text = part[:1], part[1:]
        if mark not in ("~", "="):
            if part.strip():
                draft.dropped(N_("Text before the first option was left out: {said}"), said=excerpt(_plain(part)))
            continue
        if mark == "~" and not text.strip():
            continue
        found = _WEIGHT.match(text)
        weights.append(_number(found[1]) if found else Decimal(100 if mark == "=" else 0))
        said, _, feedback = (text[found.end() :] if found else text).partition("#")
        own, said = _form(said, form)
        draft.choices.append(Choice(_rich(said, own, draft), feedback=_rich(feedback, form, draft)))
    full = [one == 100 for one in weights]
    if single:
        draft.kind = ItemKind.SINGLE
        right = full
    else:
        draft.kind = (
            ItemKind.SINGLE if sum(full) == 1 and not any(0 < one < 100 for one in weights) else ItemKind.MULTIPLE
        )
        right = [one > 0 for one in weights]
    for choice, correct in zip(draft.choices, right, strict=True):
        choice.correct = correct
    if any(one not in (0, 100) for one in weights):
        shown = ", ".join(f"{one.normalize():f}%" for one in weights)
        draft.dropped(N_("The weights {shown} were left out: here an answer is right as a whole, or not."), shown=shown)


def _form(text: str, inherited: str) -> tuple[str, str]:
    found = _FORMAT.match(text)
    return (found[1].lower(), text[found.end() :]) if found else (inherited, text)


def _rich(text: str, form: str, draft: Draft) -> str:
    """Text in one of Moodle's formats as plain text."""
    text = _plain(text).strip()
    if form == "html" or (form in ("moodle", "markdown") and looks_rich(text)):
        if form != "html":
            # Moodle's own format keeps the line breaks that its HTML does not show.
            text = text.replace("\n", "<br>\n")
        text = from_html(text).noted(draft)
    if form == "markdown":
        bare = _MARKDOWN.sub(r"\2", text)
        if bare != text:
            draft.changed(N_("Markdown was taken out of the text."))
        text = bare
    return (
        text
        if form in ("plain", "markdown")
        else "\n".join(" ".join(one.split()) if "  " in one else one for one in text.split("\n"))
    )


def _plain(text: str) -> str:
    return text.translate(_UNESCAPED)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return Decimal(0)
