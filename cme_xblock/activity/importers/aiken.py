"""Aiken, the plainest text format of questions: a question, lettered options, and a line `ANSWER: B`.

Source: Moodle documentation, "Aiken format". Beyond it: a question of several lines, `ANSWER: A, C` for several right
answers, and a line of feedback; each is noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.importers.draft import Choice, Collector, Draft, Unusable
from cme_xblock.activity.importers.outcome import Fate, Import
from cme_xblock.activity.importers.plain import from_html, looks_rich
from cme_xblock.activity.importers.textfile import decode
from cme_xblock.activity.message import N_
from cme_xblock.activity.scalars import excerpt

_OPTION = re.compile(r"\s*([A-Za-z])\s?[.)]\s+(.*)")
_BARE_OPTION = re.compile(r"\s*([A-Z])[.)](.*)")
_ANSWER = re.compile(r"\s*ANSWER\s*:\s*(.*)", re.IGNORECASE)
_TOLD = re.compile(r"\s*(?:FEEDBACK|EXPLANATION|RATIONALE)\s*:\s*(.*)", re.IGNORECASE)
_LETTERS = re.compile(r"[A-Za-z](?:(?:\s*[,;/&]\s*|\s+and\s+|\s+)?[A-Za-z])*")


@dataclass
class _Found:
    """One question as it is read, line by line."""

    line: int
    stem: list[str] = field(default_factory=list)
    options: list[list[str]] = field(default_factory=list)
    answer: str | None = None
    told: list[str] = field(default_factory=list)


def read(data: bytes, *, name: str) -> Import:
    """The questions of an Aiken file. Raises ImportFailed."""
    text, encoding = decode(data, name=name)
    collector = Collector(kind="aiken", name=name)
    collector.format = "Aiken"
    if encoding == "cp1252":
        collector.note(
            Fate.CHANGED, N_("The file is not UTF-8; it was read as Windows-1252. Check accents and symbols.")
        )
    for found in _split(text):
        place = f"line {found.line}"
        try:
            collector.add(_draft(found, place))
        except Unusable as reason:
            collector.refuse(place, excerpt(" ".join(found.stem), length=80), reason.message)
    return collector.finish()


def _split(text: str) -> Iterator[_Found]:
    """Questions end at their ANSWER line; feedback may follow it. What has no such line is reported too."""
    now: _Found | None = None
    blank = True
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()
        if not bare:
            blank = True
            continue
        if now is not None and now.answer is not None and (told := _TOLD.match(line)):
            now.told.append(told[1])
            continue
        # A blank line after options without an answer begins something new, so that one slip spoils one question.
        ends = now is None or now.answer is not None or (blank and len(now.options) > 1 and not _continues(now, line))
        if ends:
            if now is not None:
                yield now
            now = _Found(number)
        assert now is not None  # noqa: S101 - for the type checker
        _line(now, line)
        blank = False
    if now is not None:
        yield now


def _continues(now: _Found, line: str) -> bool:
    return bool(_ANSWER.match(line)) or _next_option(now, line) is not None


def _next_option(now: _Found, line: str) -> str | None:
    """The text of an option, if it carries the letter that is due."""
    found = _OPTION.match(line) or _BARE_OPTION.match(line)
    return found[2].strip() if found and ord(found[1].upper()) - ord("A") == len(now.options) else None


def _line(now: _Found, line: str) -> None:
    if answer := _ANSWER.match(line):
        now.answer = answer[1].strip().rstrip(".")
    elif (option := _next_option(now, line)) is not None:
        now.options.append([option])
    elif now.options:
        now.options[-1].append(line.strip())
    else:
        now.stem.append(line.strip())


def _draft(found: _Found, place: str) -> Draft:
    draft = Draft(place)
    draft.stem = _text("\n".join(found.stem), draft)
    if found.answer is None:
        raise Unusable(N_("The line ANSWER: is missing, so it has no key."))
    if not _LETTERS.fullmatch(found.answer[:100]):
        raise Unusable(N_("The key {said} is none of the option's letters."), said=excerpt(found.answer) or "–")
    letters = re.findall(r"[A-Z]", re.sub(r"\band\b", "", found.answer, flags=re.IGNORECASE).upper())
    known = [chr(ord("A") + index) for index in range(len(found.options))]
    if set(letters) - set(known):
        raise Unusable(N_("The key {said} is none of the option's letters."), said=excerpt(found.answer))
    for letter, lines in zip(known, found.options, strict=True):
        draft.choices.append(Choice(_text("\n".join(lines), draft), correct=letter in letters))
    if len(set(letters)) > 1:
        draft.kind = ItemKind.MULTIPLE
        draft.changed(N_("Aiken knows one right answer; several letters were read as several right answers."))
    if any(len(lines) > 1 for lines in found.options):
        draft.changed(N_("A line without a letter was read as part of the option before it."))
    draft.rationale = _text("\n".join(found.told), draft)
    return draft


def _text(text: str, draft: Draft) -> str:
    return from_html(text.replace("\n", "<br>")).noted(draft) if looks_rich(text) else text.strip()
