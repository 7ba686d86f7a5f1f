"""Advice on what gives the key away before the question is read: its place, its length, and a mark left on it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from math import comb

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.message import N_
from cme_xblock.rules.advice.lint import NBME_CUES, item_lint, lint
from cme_xblock.rules.advice.reading import Asked, Test, shown
from cme_xblock.rules.finding import Hit

# Fewer questions than this say nothing about a habit.
_ENOUGH = 6
# How seldom chance alone may do as much or more.
_SELDOM = Fraction(1, 20)
# A key is conspicuous when it is longer than every other option by more than a quarter, and by a few words.
_LONGER = Fraction(5, 4)
_WORDS_LONGER = 15

_MARKED = re.compile(
    r"[(\[]\s*(correct|right|wrong|incorrect|key)(\s+(answer|option|response|choice))?\s*[)\]]|^\s*[*=✓✔☑]|[✓✔☑]\s*$",
    re.IGNORECASE,
)
_LETTER = re.compile(r"\(?([A-Za-z]|[0-9]{1,2})[).:]\s")


def chance(count: int, total: int, share: Fraction) -> Fraction:
    """How likely `count` or more of `total` are by chance alone, each with probability `share`: exact binomial tail."""
    hit, miss, over = share.numerator, share.denominator - share.numerator, share.denominator
    tail = sum(comb(total, one) * hit**one * miss ** (total - one) for one in range(count, total + 1))
    return Fraction(tail, over**total)


def _too_often(count: int, total: int, share: Fraction, *, tries: int = 1) -> bool:
    """Whether chance alone does this too seldom, where `tries` such counts were looked at (Bonferroni)."""
    return total >= _ENOUGH and count > total * share and chance(count, total, share) * tries < _SELDOM


@lint(
    "key_position",
    message=N_(
        "In {count} of {total} questions with {options} options the key is option {position}. Move some keys, or put "
        "the options into alphabetical or numerical order."
    ),
    reason=N_("A key that prefers one place is found by habit; chance alone would do this in less than 1 of 20 tests."),
    source=NBME_CUES,
)
def key_position(test: Test) -> Iterator[Hit]:
    """By question kind and number of options, exact binomial test, corrected for the number of places."""
    for part in test.parts:
        if part.shuffled:
            continue
        places: dict[tuple[ItemKind, int], Counter[int]] = {}
        for one in part.items:
            keys = [index for index, option in enumerate(one.item.options) if option.correct]
            if one.item.kind in (ItemKind.SINGLE, ItemKind.TRUE_FALSE) and len(keys) == 1 and len(one.options) > 1:
                places.setdefault((one.item.kind, len(one.options)), Counter())[keys[0]] += 1
        for (_, options), found in places.items():
            total = found.total()
            position, count = found.most_common(1)[0]
            if _too_often(count, total, Fraction(1, options), tries=options):
                values = {"count": count, "total": total, "options": options, "position": position + 1}
                yield Hit(part.where, {name: str(value) for name, value in values.items()})


@item_lint(
    "key_longest",
    message=N_('The key "{key}" is much longer than the other options. Shorten it, or make the others as exact.'),
    reason=N_("Writers qualify what must be right and nothing else, and the testwise choose the longest option."),
    source=NBME_CUES,
)
def key_longest(asked: Asked) -> Iterator[Hit]:
    """More than a quarter longer than the longest other option."""
    if asked.key is None:
        return
    length, others = len(asked.options[asked.key]), max(map(len, asked.distractors))
    if length > others * _LONGER and length >= others + _WORDS_LONGER:
        yield Hit(asked.option(asked.key), {"key": shown(asked.options[asked.key])})


@lint(
    "key_longest_often",
    message=N_("In {count} of {total} questions the key is the longest option. Even out the options' lengths."),
    reason=N_("Whoever always chooses the longest option would do better here than chance allows in 19 of 20 tests."),
    source=NBME_CUES,
)
def key_longest_often(test: Test) -> Iterator[Hit]:
    """Over the test, exact binomial test against the most favourable chance."""
    for part in test.parts:
        asked = [(one, one.key) for one in part.items if one.key is not None]
        count = sum(len(one.options[key]) > max(map(len, one.distractors)) for one, key in asked)
        share = Fraction(1, min((len(one.options) for one, _ in asked), default=1))
        if _too_often(count, len(asked), share):
            yield Hit(part.where, {"count": str(count), "total": str(len(asked))})


@item_lint(
    "option_marked",
    message=N_('The option "{option}" carries a mark of right or wrong. Take the mark out of the text.'),
    reason=N_("Learners read the option as it is written, with the mark."),
    source=NBME_CUES,
)
def option_marked(asked: Asked) -> Iterator[Hit]:
    """Marks left by an import or a colleague: "(correct)", a star, a tick."""
    if not asked.choice:
        return
    for index, text in enumerate(asked.options):
        if _MARKED.search(text):
            yield Hit(asked.option(index), {"option": shown(text)})


@item_lint(
    "options_lettered",
    message=N_('The options begin with letters or numbers of their own ("{option}"). Take them out of the texts.'),
    reason=N_("Options can be shown in another order, and then the letters are wrong."),
    source=NBME_CUES,
)
def options_lettered(asked: Asked) -> Iterator[Hit]:
    """A., B., C. or 1), 2), 3) before every option, in order."""
    found = [_LETTER.match(text) for text in asked.options]
    letters = [one[1].lower() for one in found if one is not None]
    count = len(asked.options)
    if count > 1 and letters in ([chr(ord("a") + one) for one in range(count)], [str(one + 1) for one in range(count)]):
        yield Hit(f"{asked.where}.options", {"option": shown(asked.options[0])})


LINTS = (key_position, key_longest, key_longest_often, option_marked, options_lettered)
