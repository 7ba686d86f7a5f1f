"""Advice on cues of language: a word of the stem that only the key repeats, an article that fits some options only, and
the option that has most in common with the others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from cme_xblock.activity.message import N_
from cme_xblock.rules.advice.lint import NBME_CUES, item_lint
from cme_xblock.rules.advice.reading import Asked, shown, words
from cme_xblock.rules.finding import Hit

_ARTICLE = re.compile(r"\b(an?)\s*[:…._]*\s*$", re.I)
# Words that begin with a vowel's letter and not its sound, and the other way round.
_AS_CONSONANT = re.compile(r"(?:uni(?!n|m)|us[ae]|usual|uter|ur[aeio]|eu|ewe|one\b|once\b|ubiq)", re.I)
_AS_VOWEL = re.compile(r"(?:hour|honest|honou?r|heir|8|11\b|18\b)", re.I)
# Letters that are spoken with a vowel first: an MRI, an HIV test, an X-ray.
_SPOKEN = frozenset("AEFHILMNORSX")
_LEAST_LETTERS = 5
_PARTS = re.compile(r"\s*(?:,|;|\+|\band\b|\bwith\b|\bplus\b)\s*", re.I)
_ENOUGH_FOR_PARTS = 4
# Words that stand in stems and options of any subject, and give nothing away.
_COMMON_WORDS = """
    about above adult adults after again against alone always among another answer appropriate associated because
    before begin below being better between cause causes change changed clinical clinician condition conditions
    continue could daily days decrease decreased diagnosis disease disorder during dosage doses effect effective
    either every explanation finding findings first follow following follows further given gives greater guideline
    having health higher history hours immediate immediately increase increased initial least level levels likely
    longer lower medication medications minutes months needed never normal number offer often option options other
    others patient patients perform person physician prescribe present primary provide reason receive recommend
    recommended reduce reduced result results right second should since start statement statements still symptoms
    syndrome taken takes their them therapy there these think those three times today treat treated treatment
    twice under until using usually weeks where which while within without woman women would years
"""
_COMMON = frozenset(_COMMON_WORDS.split())


def _content(text: str) -> set[str]:
    """The words that carry the matter, without their plural s."""
    long = (one for one in words(text) if len(one) >= _LEAST_LETTERS and one not in _COMMON)
    return {one[:-1] if one.endswith("s") and not one.endswith("ss") else one for one in long}


@item_lint(
    "key_repeats_stem",
    message=N_('Of all options only the key repeats "{words}" from the question. Reword the key or the question.'),
    reason=N_("A word that rings in both joins them, also for who knows nothing of the matter."),
    source=NBME_CUES,
    english=True,
)
def key_repeats_stem(asked: Asked) -> Iterator[Hit]:
    """Words of the stem in the key, and no word of the stem in any other option."""
    if asked.key is None:
        return
    stem = _content(asked.stem)
    shared = stem & _content(asked.options[asked.key])
    if shared and not any(stem & _content(one) for one in asked.distractors):
        yield Hit(asked.option(asked.key), {"words": ", ".join(sorted(shared))})


@item_lint(
    "article_cue",
    message=N_(
        'The stem ends with "{article}", which does not fit every option. Write "a/an", or put it into the options.'
    ),
    reason=N_("Grammar rules options out before knowledge does."),
    source=NBME_CUES,
    english=True,
)
def article_cue(asked: Asked) -> Iterator[Hit]:
    """The key fits the article, and some other option does not."""
    found = _ARTICLE.search(asked.stem)
    if found is None or asked.key is None or asked.stem.rstrip(" :…._").lower().endswith(("a/an", "a(n)")):
        return
    fits = [_vowel(one) == (found[1].lower() == "an") for one in asked.options]
    if fits[asked.key] and not all(fits):
        yield Hit(f"{asked.where}.stem", {"article": found[1]})


def _vowel(text: str) -> bool:
    """Whether a text is spoken with a vowel first."""
    first = text.partition(" ")[0]
    if len(first) > 1 and first[:2].isupper():
        return first[0] in _SPOKEN
    if _AS_VOWEL.match(first):
        return True
    return first[:1].lower() in "aeiou" and not _AS_CONSONANT.match(first)


@item_lint(
    "key_convergence",
    message=N_(
        'Each part of the key "{key}" stands in another option too, which is so for no other option. Let the parts '
        "occur equally often, or ask for them one by one."
    ),
    reason=N_("Writers vary the key to make the others, so the option with most in common is the likely key."),
    source=NBME_CUES,
    english=True,
)
def key_convergence(asked: Asked) -> Iterator[Hit]:
    """Options of two parts and more, as in "fever and rash"."""
    if asked.key is None or len(asked.options) < _ENOUGH_FOR_PARTS:
        return
    parts = [frozenset(one for one in _PARTS.split(text.casefold().rstrip(".")) if one) for text in asked.options]
    if any(len(one) < 2 or len(one) != len(parts[0]) for one in parts):
        return
    often = Counter(one for option in parts for one in option)
    shared = [all(often[one] > 1 for one in option) for option in parts]
    if shared[asked.key] and sum(shared) == 1:
        yield Hit(asked.option(asked.key), {"key": shown(asked.options[asked.key])})


LINTS = (key_repeats_stem, article_cue, key_convergence)
