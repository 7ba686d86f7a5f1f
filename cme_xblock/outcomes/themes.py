"""What many learners wrote about: words and pairs of words that several texts share, counted in texts. PURE.

No text is shown, and no word that fewer than the limit wrote; below ten texts nothing at all, for style and detail name
people whom counts hide. It is a count of words and no reading: who wants to know what was meant reads the texts.
Source: spec 5.3, rule 14; 5.4 (free-text themes).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cme_xblock.outcomes import spans, suppression
from cme_xblock.outcomes.planner import TOLD

# Free text is used when so many learners wrote some.
TEXTS_FROM = 10
_MOST = 8
_WORD = re.compile(r"[^\W\d_]{3,}")
# Beginnings stand for their words: prescribe, prescribing, prescription.
_STEM = 6
_ENDINGS = ("ing", "ed", "es", "en", "s", "e", "n")
_LEAST_LETTERS = 4
# A pair says more than its words, where it is most of what they are used for.
_PAIR_SHARE = 0.6
_SILENT = frozenset({"(silent)"})


@dataclass(frozen=True)
class Theme:
    """A word or two, as most wrote them, and in how many texts they are."""

    words: str
    texts: int


@dataclass(frozen=True)
class Themes:
    """What was written on one question. `texts`: how many there are; `found` is empty below `TEXTS_FROM` of them."""

    texts: int
    found: tuple[Theme, ...] = ()


def of(texts: Sequence[str], *, silent: int = 0, minimum: int = suppression.MINIMUM) -> Themes:
    """The themes of these texts, the most frequent first; none that tells of fewer than `minimum`.

    Not by subtraction either, from each other, from the number of texts, or from that with the `silent` who wrote none.
    """
    if len(texts) < TEXTS_FROM:
        return Themes(len(texts))
    written: dict[str, Counter[str]] = {}
    each = [_terms(text, written) for text in texts]
    counts = Counter(term for terms in each for term in terms)
    kept = _kept({term: count for term, count in counts.items() if count >= minimum})
    atoms = Counter(frozenset(terms & kept) for terms in each)
    cells = {term: frozenset(one for one in atoms if term in one) for term in sorted(kept)}
    known = {"texts": frozenset(atoms), "everybody": frozenset({*atoms, _SILENT})}
    # Fewer silent are told by the two numbers, and a plan can't hide either: themes are judged beside one at a time.
    at_once = [known] if silent >= minimum else [{name: made_of} for name, made_of in known.items()]
    gone: set[str] = set()
    for one in at_once:
        worth = dict.fromkeys(one, TOLD) | {term: counts[term] for term in kept}
        gone |= spans.plan({**atoms, _SILENT: silent}, {**one, **cells}, minimum=minimum, worth=worth)
    found = [Theme(_label(term, written), counts[term]) for term in kept - gone]
    return Themes(len(texts), tuple(sorted(found, key=lambda one: (-one.texts, one.words))[:_MOST]))


def _terms(text: str, written: dict[str, Counter[str]]) -> set[str]:
    """The stems of a text and its pairs of neighbouring ones; `written` learns how each stem was written."""
    found: set[str] = set()
    last = ""
    for word in (one.group().casefold() for one in _WORD.finditer(text)):
        stem = "" if word in _COMMON or (len(word) < _LEAST_LETTERS and word.isascii()) else _stem(word)
        if stem:
            written.setdefault(stem, Counter())[word] += 1
            found.add(stem)
            if last:
                found.add(f"{last} {stem}")
        last = stem
    return found


def _stem(word: str) -> str:
    ending = next((one for one in _ENDINGS if word.endswith(one) and len(word) - len(one) >= _LEAST_LETTERS), "")
    return word.removesuffix(ending)[:_STEM]


def _kept(counts: dict[str, int]) -> set[str]:
    """The most frequent terms; a word only where it says more than the pairs that it is in."""
    pairs = [term for term in counts if " " in term]
    said = {
        term
        for term in counts
        if any(term in pair.split() and counts[pair] >= _PAIR_SHARE * counts[term] for pair in pairs)
    }
    single = {term for term in counts if " " not in term} - said
    strong = {pair for pair in pairs if not set(pair.split()) <= single}
    return set(sorted(single | strong, key=lambda term: (-counts[term], term))[: 2 * _MOST])


def _label(term: str, written: dict[str, Counter[str]]) -> str:
    return " ".join(min(written[stem].items(), key=lambda one: (-one[1], one[0]))[0] for stem in term.split())


def _words(text: str) -> Iterable[str]:
    return text.split()


# What every text has: English, German, French, Spanish, Arabic.
_COMMON = frozenset(
    _words(
        "about after again also always another any are ask asking because been before being both but can "
        "could did do does doing done each early even every for from get give giving had has have having her "
        "here him his how into its just know less like make making many may more most much must need new not "
        "now off one only other our out over own same see she should some such take taking than that the "
        "their them then there these they this those through time too two under until use used using very "
        "want was way were what when where which while who will with without work would you your patient "
        "patients practice able best better first often different differently nothing something "
        "aber alle allem allen aller als also auch auf aus bei beim bin bis dann das dass dem den der des die "
        "dies diese diesem diesen dieser doch dort durch ein eine einem einen einer eines erst etwas für "
        "haben hat hier ich ihm ihn ihr immer ist jede jeden jeder kann kein keine mehr mein meine meinen "
        "meiner mich mit nach nicht noch nun nur oder ohne sehr sein sich sie sind und uns unser vom von vor "
        "weil wenn werde werden wie wird wir wurde zum zur über patient patienten praxis "
        "avec avoir aux cette ceux comme dans des donc elle est être faire les leur mais mes moins mon même "
        "nos notre nous par pas plus pour que qui sans ses son sont sur une vous patient patients pratique "
        "algo antes como con cuando del desde donde ella entre esta este esto hacer hasta las los más menos "
        "mis muy nos otra otro para pero por porque que ser sin sobre son sus también una uno unos paciente "
        "pacientes práctica "
        "إلى التي الذي أن أنا أو إن بعد بين ثم حتى دون ذلك سوف عن على عند غير في قبل كان كل كما لا لم لن ليس "
        "ما مع من هذا هذه هل هو هي قد المريض المرضى "
    )
)
