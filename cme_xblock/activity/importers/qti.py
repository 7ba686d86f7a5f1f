"""One item of IMS/1EdTech QTI 2.0, 2.1, 2.2 or 3.0: its choice interactions as drafts.

Both spellings of QTI are read alike (`xmltext.local`). Other interactions, templates and adaptive items become
problems that name them. This module knows nothing of packages and files.

Source: 1EdTech QTI 2.2 and 3.0 Assessment, Section, Item Information Models.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from lxml import etree

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.importers.draft import Choice, Draft, Unusable
from cme_xblock.activity.importers.outcome import Fate, Note
from cme_xblock.activity.importers.plain import from_element
from cme_xblock.activity.importers.xmltext import attr, children, descendants, is_vast, local, said, words
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.scalars import excerpt

ITEM = "assessmentitem"
MOST_ASKED = 20
MOST_ELEMENTS = 5_000

_VERSIONS = {"v2p0": "2.0", "v2p1": "2.1", "v2p2": "2.2", "v3p0": "3.0"}
# Interactions that take no answer; the rest of an item can do without them.
_NO_ANSWER = ("endattemptinteraction", "mediainteraction")
_FEEDBACK = ("feedbackinline", "feedbackblock")
# What scores a choice in the usual way. Other elements in responseProcessing mean rules of the item's own.
_USUAL = words(
    "responsecondition responseif responseelseif responseelse match variable correct setoutcomevalue "
    "basevalue isnull mapresponse sum not multiple and or member default"
)
_LEFT_OUT = {
    "companionmaterialsinfo": N_("tools such as calculators"),
    "cataloginfo": N_("accessibility catalogue"),
    "stylesheet": N_("style sheet"),
    "assessmentstimulusref": N_("shared text that the question refers to"),
}


@dataclass
class _Declared:
    """What a responseDeclaration says: the key and the points of each choice."""

    cardinality: str
    correct: list[str]
    points: dict[str, Decimal]


def version(root: etree._Element) -> str:
    """`2.1`, `2.2`, `3.0` … by namespace; empty where it does not say."""
    space = root.tag.rpartition("}")[0] if isinstance(root.tag, str) else ""
    found = next((number for mark, number in _VERSIONS.items() if mark in space), "")
    return found or ("3.0" if isinstance(root.tag, str) and "qti-" in root.tag else "")


def drafts(root: etree._Element, *, place: str) -> list[Draft]:
    """The questions of one item: one for each choice interaction. Raises Unusable, with the reason."""
    body = next(iter(children(root, "itembody")), None)
    if body is None:
        raise Unusable(N_("The item has no body, so it asks nothing."))
    if is_vast(root, most=MOST_ELEMENTS):
        raise Unusable(N_("It is larger than any question. Split it, and import again."))
    _refuse_unfit(root)
    found = [one for one in body.iter() if local(one).endswith("interaction") and local(one) not in _NO_ANSWER]
    others = Counter(_spoken(one) for one in found if local(one) != "choiceinteraction")
    if others:
        names = ", ".join(f"{name} ×{count}" if count > 1 else name for name, count in others.items())
        raise Unusable(N_("It is answered by {names}; only choices can be imported."), names=names)
    if len(found) > MOST_ASKED:
        raise Unusable(N_("It is larger than any question. Split it, and import again."))
    if not found:
        raise Unusable(N_("It asks for no answer: there is no interaction in it."))
    return [_draft(root, body, one, number if len(found) > 1 else 0, place) for number, one in enumerate(found, 1)]


def _draft(root: etree._Element, body: etree._Element, asked: etree._Element, number: int, place: str) -> Draft:
    """One question. `number` counts the interactions of an item that has several; 0 for the only one."""
    name = attr(root, "identifier")
    draft = Draft(place, identifier=f"{name}-{number}" if number else name, title=attr(root, "title"))
    draft.stem = from_element(body, skip=lambda one: _no_stem(one, asked)).noted(draft)
    if number:
        draft.changed(N_("The item asks several questions; this is number {number}."), number=str(number))
    named = []
    for one in children(asked, "simplechoice"):
        named.append(attr(one, "identifier"))
        draft.choices.append(_choice(one, draft))
    _key(draft, named, _declared(root, attr(asked, "responseidentifier")), attr(asked, "maxchoices"))
    _feedback(root, body, draft, named)
    _left_out(root, body, draft)
    if any(attr(one, "fixed") == "true" for one in children(asked, "simplechoice")):
        draft.dropped(N_("That an option keeps its place when options are shuffled was left out."))
    return draft


def _no_stem(element: etree._Element, asked: etree._Element) -> bool:
    """What stands in the body and is not part of the question."""
    tag = local(element)
    if tag == "rubricblock":
        return "candidate" not in attr(element, "view").split()
    other = tag == "choiceinteraction" and element is not asked
    return other or tag in _FEEDBACK or tag in _NO_ANSWER or tag in ("simplechoice", "catalog", "cataloginfo")


def _choice(element: etree._Element, draft: Draft) -> Choice:
    text = from_element(element, skip=lambda one: local(one) in _FEEDBACK).noted(draft)
    told = [from_element(one).noted(draft) for one in descendants(element, *_FEEDBACK)]
    return Choice(text, feedback=" ".join(one for one in told if one))


def _declared(root: etree._Element, name: str) -> _Declared:
    for one in children(root, "responsedeclaration"):
        if attr(one, "identifier") == name:
            right = [said(value) for answer in children(one, "correctresponse") for value in children(answer, "value")]
            points = {
                attr(entry, "mapkey"): _number(attr(entry, "mappedvalue"))
                for mapping in children(one, "mapping")
                for entry in children(mapping, "mapentry")
            }
            return _Declared(attr(one, "cardinality"), right, points)
    raise Unusable(N_('The key is missing: nothing is declared for the answer "{name}".'), name=excerpt(name))


def _key(draft: Draft, named: list[str], declared: _Declared, most: str) -> None:
    if declared.cardinality not in ("", "single", "multiple"):
        raise Unusable(N_("Its answer is of the kind {kind}; only choices count."), kind=excerpt(declared.cardinality))
    several = declared.cardinality == "multiple" or (not declared.cardinality and most not in ("", "1"))
    good = {name: value for name, value in declared.points.items() if value > 0}
    right = set(declared.correct)
    if not right and good:
        best = max(good.values())
        right = set(good) if several else {name for name, value in good.items() if value == best}
        draft.changed(N_("The key was taken from the points of the options."))
    if unknown := right - set(named):
        shown = ", ".join(excerpt(one) for one in sorted(unknown)[:5])
        raise Unusable(N_("The key names {unknown}, which is none of the options."), unknown=shown)
    if len(set(named)) < len(named):
        raise Unusable(N_("Two options have the same identifier, so the key is unclear."))
    for name, choice in zip(named, draft.choices, strict=True):
        choice.correct = name in right
    if several and most == "1" and len(right) == 1:
        several = False
    draft.kind = ItemKind.MULTIPLE if several else ItemKind.SINGLE
    if len(set(good.values())) > 1 or (good and set(good) != right) or any(one < 0 for one in declared.points.values()):
        draft.dropped(N_("Points for single options were left out: here an answer is right as a whole, or not."))


def _feedback(root: etree._Element, body: etree._Element, draft: Draft, named: list[str]) -> None:
    """Feedback for a choice goes to that choice, all other to the rationale."""
    told: list[str] = []
    for one in [*children(root, "modalfeedback"), *_outer(body)]:
        text = from_element(one).noted(draft)
        if not text:
            continue
        name = attr(one, "identifier")
        if name in named and local(one) != "feedbackinline":
            choice = draft.choices[named.index(name)]
            choice.feedback = " ".join(filter(None, (choice.feedback, text)))
        else:
            told.append(text)
    for one in descendants(body, "rubricblock"):
        if "candidate" not in attr(one, "view").split():
            text = excerpt(from_element(one).text, length=200)
            draft.dropped(N_("A note for {view} was left out: {said}"), view=attr(one, "view") or "?", said=text)
    draft.rationale = "\n\n".join(dict.fromkeys(told))
    if told:
        draft.changed(N_("Feedback now stands in the rationale, whatever the answer."))


def _outer(body: etree._Element) -> list[etree._Element]:
    """Feedback in the body that belongs to no option."""
    return [
        one
        for one in descendants(body, *_FEEDBACK)
        if not any(local(up) == "simplechoice" for up in one.iterancestors())
    ]


def _refuse_unfit(root: etree._Element) -> None:
    if attr(root, "adaptive") == "true":
        raise Unusable(
            N_("It is an adaptive item, which changes with the answers; only fixed questions can be imported.")
        )
    if descendants(root, "templateprocessing", "printedvariable"):
        raise Unusable(N_("Its values change for each learner (a template); only fixed questions can be imported."))


def _left_out(root: etree._Element, body: etree._Element, draft: Draft) -> None:
    for one in [*children(root, *_LEFT_OUT), *descendants(body, *_NO_ANSWER)]:
        what = Message(_LEFT_OUT[local(one)]) if local(one) in _LEFT_OUT else Message(_spoken(one))
        name = attr(one, "href") or attr(one, "identifier")
        text = N_("Left out: {what} {name}") if name else N_("Left out: {what}")
        draft.notes.append(Note(Fate.DROPPED, Message(text, {"what": what, "name": excerpt(name)})))
    rules = {local(rule) for one in children(root, "responseprocessing") for rule in one.iterdescendants()}
    if rules - _USUAL:
        draft.dropped(N_("The item's own rules of scoring were left out: here an answer is right as a whole, or not."))


def _spoken(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _number(text: str) -> Decimal:
    try:
        value = Decimal(text[:40])
    except InvalidOperation:
        return Decimal(0)
    return value if value.is_finite() else Decimal(0)
