"""One `<problem>` of Open edX as drafts: multiple choice, checkboxes and drop-downs; other answers are named.

Source: Open edX documentation, "Problem (CAPA) OLX"; a problem may ask several questions with text between them.
"""

from __future__ import annotations

import ast
import re
from collections import Counter

from lxml import etree

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.importers.draft import Choice, Draft, Unusable
from cme_xblock.activity.importers.plain import from_element, from_html, looks_rich
from cme_xblock.activity.importers.xmltext import attr, children, descendants, is_vast, local
from cme_xblock.activity.message import N_
from cme_xblock.activity.scalars import excerpt

# A table of drop-downs has a dozen; beyond, it is no question but a trap.
MOST_ASKED = 20
MOST_ELEMENTS = 5_000

_CHOICES = ("multiplechoiceresponse", "truefalseresponse", "choiceresponse", "optionresponse")
_HINTS = ("choicehint", "compoundhint", "optionhint", "demandhint", "hint", "hintgroup")
_ANSWERS = ("choicegroup", "checkboxgroup", "radiogroup", "optioninput", "choice", "script")
_EXPLAINED = ("solution", "explanation")
_NO_ANSWER = re.compile(r".*response$")
_VARIABLE = re.compile(r"\$\{?[A-Za-z_]\w*")
_HEADING = re.compile(r"^(?:explanation|solution)\s*:?\s*\n+", re.IGNORECASE)


def drafts(problem: etree._Element, *, place: str, name: str) -> list[Draft]:
    """The questions of one problem, one for each response. Raises Unusable, with the reason."""
    if is_vast(problem, most=MOST_ELEMENTS):
        raise Unusable(N_("It is larger than any question. Split it, and import again."))
    asked = [one for one in problem.iterdescendants() if _NO_ANSWER.fullmatch(local(one))]
    if len(asked) > MOST_ASKED:
        raise Unusable(N_("It is larger than any question. Split it, and import again."))
    others = Counter(local(one) for one in asked if local(one) not in _CHOICES)
    if others:
        names = ", ".join(others)
        raise Unusable(N_("It is answered by {names}; only choices can be imported."), names=excerpt(names, length=120))
    if not asked:
        raise Unusable(N_("It asks for no answer: there is no response in it."))
    found = [_draft(problem, one, number if len(asked) > 1 else 0, place, name) for number, one in enumerate(asked, 1)]
    if len({one.stem for one in found}) < len(found):
        raise Unusable(N_("It asks several questions in one text, so they can't be told apart. Give each its own."))
    if any(local(one) == "script" for one in problem.iter()):
        for draft in found:
            if any(_VARIABLE.search(text) for text in (draft.stem, *(one.text for one in draft.choices))):
                raise Unusable(N_("A script makes its text; only fixed questions can be imported."))
    return found


def _draft(problem: etree._Element, asked: etree._Element, number: int, place: str, name: str) -> Draft:
    draft = Draft(place, identifier=f"{name}-{number}" if number else name, title=attr(problem, "displayname"))
    other = _elsewhere(problem, asked) if number else frozenset()
    draft.stem = from_element(problem, skip=lambda one: one in other or _no_stem(one)).noted(draft)
    if number:
        draft.changed(N_("The item asks several questions; this is number {number}."), number=str(number))
    several = local(asked) == "choiceresponse"
    draft.kind = ItemKind.MULTIPLE if several else ItemKind.SINGLE
    if local(asked) == "optionresponse":
        _drop_down(asked, draft)
    else:
        for one in descendants(asked, "choice"):
            draft.choices.append(_choice(one, draft))
    inside = [one for tag in _EXPLAINED for one in descendants(asked, tag)]
    explained = inside or [one for one in descendants(problem, *_EXPLAINED) if not _within(one, _CHOICES)]
    explained = [one for one in explained if not _within(one, _EXPLAINED)]
    told = [_HEADING.sub("", from_element(one).noted(draft)) for one in explained]
    draft.rationale = "\n\n".join(filter(None, told))
    _left_out(problem, asked, draft)
    return draft


def _within(element: etree._Element, names: tuple[str, ...]) -> bool:
    return any(local(up) in names for up in element.iterancestors())


def _no_stem(element: etree._Element) -> bool:
    return local(element) in _HINTS or local(element) in _EXPLAINED or local(element) in _ANSWERS


def _elsewhere(problem: etree._Element, asked: etree._Element) -> frozenset[etree._Element]:
    """Of a problem with several questions, the parts that belong to the others.

    What stands before a question belongs to it. What stands before the first belongs to all where the first has a text
    of its own: it is then the case that they are about.
    """
    asks = [one for one in problem.iterdescendants() if local(one) in _CHOICES]
    other = {one for one in asks if one is not asked}
    tops = list(problem)
    marks = [index for index, top in enumerate(tops) if any(one is top or top in one.iterancestors() for one in asks)]
    own = next((index for index in marks if asked is tops[index] or tops[index] in asked.iterancestors()), 0)
    before = max((index for index in marks if index < own), default=-1)
    own_text = from_element(asks[0], skip=_no_stem).text
    for index, top in enumerate(tops):
        mine = before < index <= own or (index < marks[0] and bool(own_text))
        if not mine:
            other.add(top)
    return frozenset(other)


def _choice(element: etree._Element, draft: Draft) -> Choice:
    told = [from_element(one).noted(draft) for one in descendants(element, "choicehint", "optionhint")]
    text = from_element(element, skip=lambda one: local(one) in _HINTS).noted(draft)
    right = attr(element, "correct").lower()
    if right not in ("true", "false", ""):
        draft.dropped(N_("That an option is right in part ({said}) was left out."), said=excerpt(right))
    return Choice(text, correct=right == "true", feedback=" ".join(filter(None, told)))


def _drop_down(asked: etree._Element, draft: Draft) -> None:
    fields = descendants(asked, "optioninput")
    if len(fields) != 1:
        raise Unusable(
            N_("It has {found} drop-downs in one question; only one can be imported."), found=str(len(fields))
        )
    for one in children(fields[0], "option"):
        draft.choices.append(_choice(one, draft))
    if not draft.choices:
        right = _unquoted(attr(fields[0], "correct"))
        draft.choices = [
            Choice(_unquoted(one), correct=_unquoted(one) == right) for one in _options(attr(fields[0], "options"))
        ]
    draft.changed(N_("A drop-down became a list of options."))


def _options(written: str) -> list[str]:
    """`('yes','no')`: Python's notation of a tuple of text."""
    try:
        found = ast.literal_eval(written[:20_000])
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return [one for one in re.split(r"\s*,\s*", written.strip("() ")) if one]
    return [str(one) for one in found] if isinstance(found, tuple | list) else [str(found)]


def _unquoted(text: str) -> str:
    text = text.strip()
    bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
    return from_html(bare).text if looks_rich(bare) else bare


def _left_out(problem: etree._Element, asked: etree._Element, draft: Draft) -> None:
    for one in [
        *descendants(asked, "compoundhint"),
        *(hint for hint in descendants(problem, "hint") if _within(hint, ("demandhint",))),
    ]:
        draft.dropped(N_("The hint was left out: {said}"), said=excerpt(from_element(one).text, length=200))
    if attr(asked, "partialcredit"):
        draft.dropped(N_("Points for single options were left out: here an answer is right as a whole, or not."))
    if descendants(problem, "script"):
        draft.dropped(N_("<{tag}> was left out: a question is plain text."), tag="script")
    if any(attr(one, "fixed") == "true" for one in descendants(asked, "choice")):
        draft.dropped(N_("That an option keeps its place when options are shuffled was left out."))
