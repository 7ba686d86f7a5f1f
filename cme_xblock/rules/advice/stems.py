"""Advice on stems: what is asked in the negative, what isn't asked at all, and what can't be answered without options.

Only the sentence that asks is read for a "not": a case may well say what a patient does not have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.message import N_
from cme_xblock.rules.advice.lint import NBME_DIFFICULTY, NBME_SHAPE, item_lint
from cme_xblock.rules.advice.reading import Asked, shown
from cme_xblock.rules.finding import Hit

# "least" with these asks for the worst; "least invasive" asks for something good, and "at least" for nothing.
_LEAST = (
    "likely|probable|appropriate|suitable|useful|helpful|effective|common|consistent|accurate|reliable|relevant|"
    "characteristic|associated|compatible|indicated|important"
)
_VERBS = "is|are|was|were|do|does|did|has|have|can|could|will|would|should|must|may|might|need"
_NEGATIVE = tuple(
    re.compile(form, flags)
    for form, flags in (
        (r"\b(?:NOT|CANNOT|EXCEPT)\b", re.NOFLAG),
        (r"\b(?:all|each|every|any|both|following|these)\b[^.?!]*?\bexcept\b", re.IGNORECASE),
        (r"\bexcept(?: for)?(?=[ :.?…_]*$)", re.IGNORECASE),
        (rf"\bleast (?:{_LEAST})\b", re.IGNORECASE),
        (rf"\b(?:which|what|who)\b[^.?!]*?\b(?:(?:{_VERBS})(?: \w+)? not|cannot|(?:{_VERBS})n['’]t)\b", re.IGNORECASE),
        (r"\b(?:is|are) (?:false|incorrect|untrue|wrong)\b", re.IGNORECASE),
    )
)
# A negative that belongs to what is asked for, not to the question: "who does not respond", "if it does not help".
_INNER = re.compile(
    r"(?:\b(?:patients?|people|persons?|adults?|children|women|men|someone|those|one) (?:who|that|with|whose)\b|"
    r"\bwho (?:has|have|had|is|are|was|were|do|does|did)\b|"
    r"\b(?:if|when|after|although|because|once|unless|until|where|whether|while|why|that)\b)"
    r"[^.?!,]*?\b(?:not|cannot|(?:do|does|is|are|was|were|has|have)n['’]t)\b|"
    r"\b(?:if|or|but|and) not\b|\bnot (?:yet|only|more than|less than)\b",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(
    r"\b(?:NOT|CANNOT|EXCEPT|LEAST|FALSE|INCORRECT|UNTRUE|WRONG)\b|"
    r"(?:<(?:strong|em|b|u|i)\b[^<>]*>|\*\*|__)\s*(?:not|cannot|except|least|false|incorrect|untrue|wrong)\b",
)
_TRUE = "(?:not |most |best |the )*(?:true|correct|accurate|right|false|incorrect|untrue)"
_OPEN = re.compile(
    rf"\b(?:which|what)\b[^?.]*?\b(?:is|are) {_TRUE} (?:about|of|for|regarding|concerning|with)\b|"
    rf"\bwhich\b[^?.]*?\b(?:statements?|following|these|those)\b[^?.]*?\b(?:is|are) {_TRUE}(?: statements?)?[ ?:.…]*$|"
    r"^(?:true|false|correct|incorrect)(?: statements?)? (?:about|of|regarding|concerning)\b",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"\b(?:select|choose|match|identify|name|pick|indicate|determine|calculate|estimate|mark|complete|arrange|decide|"
    r"answer|give|state|rank|order|check|tick|list|find|fill|describe|explain)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\?|[:…_]\s*$|\.\.\.\s*$|\b(?:which|what|how|who|when|where|why|whether)\b", re.IGNORECASE)


def _negative(asked: Asked) -> str:
    """The negative word or phrase of the sentence that asks, or an empty text."""
    if asked.item.kind is ItemKind.TRUE_FALSE:
        return ""
    lead_in = _INNER.sub(" ", asked.lead_in)
    found = next((one for form in _NEGATIVE if (one := form.search(lead_in))), None)
    if found is None:
        return ""
    said = found[0].split()
    return " ".join(said) if said[0].lower() == "least" else said[-1]


@item_lint(
    "stem_negative",
    message=N_('The question asks in the negative ("{word}"). Ask for what is right or best instead.'),
    reason=N_("It asks which option does not belong, and whoever finds it need not know what does."),
    source=NBME_DIFFICULTY,
    english=True,
)
def stem_negative(asked: Asked) -> Iterator[Hit]:
    """NOT, EXCEPT, least likely, false: set off so that nobody reads over them."""
    word = _negative(asked)
    if word and _EMPHASIS.search(asked.item.stem):
        yield Hit(f"{asked.where}.stem", {"word": word})


@item_lint(
    "stem_negative_unmarked",
    message=N_(
        'The question asks in the negative, and the word "{word}" is easily read over. Ask for what is right or best '
        "instead; where the negative must stay, write it in capitals."
    ),
    reason=N_("Who reads over one small word fails without lacking any knowledge."),
    source=NBME_DIFFICULTY,
    english=True,
)
def stem_negative_unmarked(asked: Asked) -> Iterator[Hit]:
    """The same in small letters."""
    word = _negative(asked)
    if word and not _EMPHASIS.search(asked.item.stem):
        yield Hit(f"{asked.where}.stem", {"word": word})


@item_lint(
    "stem_open",
    message=N_('"{lead}" can only be answered by judging each option. Ask one question that has an answer by itself.'),
    reason=N_("Options on different matters make several true/false questions of one, which are rarely true or false."),
    source=NBME_SHAPE,
    english=True,
)
def stem_open(asked: Asked) -> Iterator[Hit]:
    """ "Which of the following statements is true?" - cover the options, and there is no question left."""
    if asked.choice and _OPEN.search(asked.lead_in):
        yield Hit(f"{asked.where}.stem", {"lead": shown(asked.lead_in)})


@item_lint(
    "stem_without_question",
    message=N_("The stem ends without a question. End it with one sentence that asks for one thing."),
    reason=N_("Without it each learner answers a question of their own making."),
    source=NBME_SHAPE,
    english=True,
)
def stem_without_question(asked: Asked) -> Iterator[Hit]:
    """A full stop at the end, and no question, no instruction and no sentence to complete before it."""
    if not asked.choice or not asked.stem.endswith((".", "!")):
        return
    if not (_ASKS.search(asked.lead_in) or _COMMAND.search(asked.lead_in)):
        yield Hit(f"{asked.where}.stem")


LINTS = (stem_negative, stem_negative_unmarked, stem_open, stem_without_question)
