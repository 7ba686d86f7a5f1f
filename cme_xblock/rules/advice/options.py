"""Advice on options: "all of the above", doubles, words that are too strong or too vague, numbers that overlap."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from cme_xblock.activity.message import N_
from cme_xblock.rules.advice import numbers
from cme_xblock.rules.advice.lint import NBME_CUES, NBME_DIFFICULTY, item_lint
from cme_xblock.rules.advice.reading import Asked, same, shown
from cme_xblock.rules.finding import Hit

_ALL = re.compile(
    r"(?:[a-h][.)]\s*)?(?:all|any|both|each) (?:of )?(?:the )?(?:above|following|these|them|those)\b.{0,20}", re.I
)
_NONE = re.compile(
    r"(?:[a-h][.)]\s*)?(?:none|neither) (?:of )?(?:the )?(?:above|following|these|them|those)\b.{0,20}", re.I
)
_COMBINED = re.compile(
    r"(?:both |either |all |options? |answers? )?\(?([a-h]|[1-8]|i{1,3}|iv|v)\)?"
    r"((?: ?(?:,|&|\+|and\b|or\b))+ ?\(?(?:[a-h]|[1-8]|i{1,3}|iv|v)\)?)+(?: only| are correct)?\.?",
    re.I,
)
_ABSOLUTE = re.compile(
    r"\b(?:always|never|invariably|without exception|under no circumstances|in (?:all|every|no) (?:cases?|patients?))\b"
    r"|^only\b|\bonly (?:if|when)\b",
    re.I,
)
_COMPARED = r"(?<!more )(?<!less )(?<!most )(?<!least )(?<!as )(?<!how )(?<!too )"
_VAGUE = re.compile(
    rf"\b{_COMPARED}(?:usually|often|frequently|sometimes|occasionally|generally|typically|rarely|seldom)\b"
    r"(?! (?:than|as))",
    re.I,
)
_FEW_NUMBERS = 3
# An option that only points to others is short.
_LONGEST = 80


@item_lint(
    "all_of_the_above",
    message=N_('"{option}" is an option. Ask for one best answer, or let learners choose several.'),
    reason=N_("Who sees that two options are right has the key, and who sees that one is wrong has lost a wrong one."),
    source=NBME_DIFFICULTY,
    english=True,
)
def all_of_the_above(asked: Asked) -> Iterator[Hit]:
    """All of the above, both of these."""
    yield from _matching(asked, _ALL)


@item_lint(
    "none_of_the_above",
    message=N_('"{option}" is an option. Replace it by something that a learner might really do or think.'),
    reason=N_(
        "It turns one question into a true/false judgement of each option, and shows no knowledge of the answer."
    ),
    source=NBME_DIFFICULTY,
    english=True,
)
def none_of_the_above(asked: Asked) -> Iterator[Hit]:
    """None of the above, neither of these."""
    yield from _matching(asked, _NONE)


@item_lint(
    "options_combined",
    message=N_('"{option}" combines other options. Let learners choose several instead.'),
    reason=N_("Partial knowledge solves it, and it breaks when options are shown in another order."),
    source=NBME_DIFFICULTY,
    english=True,
)
def options_combined(asked: Asked) -> Iterator[Hit]:
    """A and B; 1, 2 and 3 - unless most options are so: then letters may be blood groups, and numbers a figure's."""
    found = list(_matching(asked, _COMBINED))
    if 2 * len(found) <= len(asked.options):
        yield from found


def _matching(asked: Asked, pattern: re.Pattern[str]) -> Iterator[Hit]:
    if asked.choice:
        for index, text in enumerate(asked.options):
            if len(text) <= _LONGEST and pattern.fullmatch(text):
                yield Hit(asked.option(index), {"option": shown(text)})


@item_lint(
    "options_repeated",
    message=N_('"{option}" stands there twice. Change one of the two, or take it out.'),
    reason=N_("Neither of two equal options can be the one best answer, so both are ruled out without knowledge."),
    source=NBME_CUES,
)
def options_repeated(asked: Asked) -> Iterator[Hit]:
    """Equal to the reader: spaces, capitals and the final dot do not count."""
    seen: set[str] = set()
    for index, text in enumerate(asked.options):
        if text and same(text) in seen:
            yield Hit(asked.option(index), {"option": shown(text)})
        seen.add(same(text))


@item_lint(
    "options_absolute",
    message=N_('"{words}" stands in some options and not in others. Write options that could all be true.'),
    reason=N_("In medicine hardly anything is always or never so: the testwise rule such options out unread."),
    source=NBME_CUES,
    english=True,
)
def options_absolute(asked: Asked) -> Iterator[Hit]:
    """Always, never, only: a cue while other options go without."""
    found = [_ABSOLUTE.search(text) for text in asked.options]
    hits = [one[0] for one in found if one is not None]
    if asked.choice and hits and len(hits) < len(asked.options) and not _scale(asked):
        yield Hit(f"{asked.where}.options", {"words": ", ".join(dict.fromkeys(one.lower() for one in hits))})


@item_lint(
    "options_vague",
    message=N_('"{word}" can mean almost any number. Say how often, or what is done when.'),
    reason=N_("Readers give such words very different numbers, so that experts may disagree about the key."),
    source=NBME_DIFFICULTY,
    english=True,
)
def options_vague(asked: Asked) -> Iterator[Hit]:
    """Usually, often, rarely - but not in a comparison."""
    if not asked.choice or _scale(asked):
        return
    for index, text in enumerate(asked.options):
        found = _VAGUE.search(text)
        if found:
            yield Hit(asked.option(index), {"word": found[0].lower()})


def _scale(asked: Asked) -> bool:
    """Whether the options are a scale of such words themselves: never, sometimes, often, always."""
    return sum(bool(_ABSOLUTE.fullmatch(one) or _VAGUE.fullmatch(one)) for one in asked.options) > 1


@item_lint(
    "options_overlap",
    message=N_('"{one}" and "{other}" overlap. Set limits so that each value belongs to one option.'),
    reason=N_("A value in both makes two options right, or tells that neither is."),
    source=NBME_DIFFICULTY,
)
def options_overlap(asked: Asked) -> Iterator[Hit]:
    """Ranges of numbers that share a value."""
    read = numbers.read_all(asked.options) if asked.choice and len(asked.options) >= _FEW_NUMBERS else None
    if read is None:
        return
    for one, other in combinations(range(len(read)), 2):
        if read[one] != read[other] and read[one].overlaps(read[other]):
            yield Hit(
                f"{asked.where}.options", {"one": shown(asked.options[one]), "other": shown(asked.options[other])}
            )
            return


@item_lint(
    "options_unordered",
    message=N_("The options are numbers out of order. Put them into ascending or descending order."),
    reason=N_("Looking for a number costs time that says nothing of knowledge, and the order may hint at the key."),
    source=NBME_DIFFICULTY,
)
def options_unordered(asked: Asked) -> Iterator[Hit]:
    """Numbers and ranges of one unit, neither ascending nor descending, where the author's order is shown."""
    if asked.shuffled or not asked.choice or len(asked.options) < _FEW_NUMBERS:
        return
    read = numbers.read_all(asked.options)
    if read is not None:
        order = [one.low for one in read], [one.high for one in read]
        if not any(one == sorted(one) or one == sorted(one, reverse=True) for one in order):
            yield Hit(f"{asked.where}.options")


LINTS = (
    all_of_the_above,
    none_of_the_above,
    options_combined,
    options_repeated,
    options_absolute,
    options_vague,
    options_overlap,
    options_unordered,
)
