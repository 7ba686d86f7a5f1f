"""Rich text of other systems as the plain text of an activity: paragraphs, lists and tables as lines.

Nothing vanishes unseen: pictures leave their alternative text in square brackets, and what was dropped is listed.
This module knows HTML and the elements of QTI and OLX that carry text; it knows no question.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from lxml import etree

from cme_xblock.activity.importers.draft import Draft
from cme_xblock.activity.importers.xmltext import attr, local, said, words
from cme_xblock.activity.message import N_

LONGEST = 200_000

_SPACE = re.compile(r"[ \t\r\n\f]+")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TAG = re.compile(
    r"</?(?:p|br|b|i|u|s|em|strong|span|div|ul|ol|li|sub|sup|img|a|h[1-6]|table|thead|tbody|tr|td|th|pre|code|font|"
    r"blockquote|center|hr|script|style|iframe|video|audio|small|big|tt|strike|dl|dt|dd|figure|mark|del|ins)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<[A-Za-z/!]")
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_FORMULA = re.compile(r"\\\(|\\\[|\$\$|\[mathjax")

_BLOCKS = words(
    "p div section article header footer blockquote center figure figcaption pre table ul ol dl dt dd h1 "
    "h2 h3 h4 h5 h6 hr prompt label description simplechoice rubricblock itembody feedbackblock "
    "templateblock form fieldset legend caption thead tbody tfoot problem question legend details summary "
    "address main aside nav contentbody"
)
_GONE = words(
    "script style iframe video audio embed applet canvas svg input textarea select button object noscript "
    "template annotation annotationxml jsinput rp"
)
_SILENT = words("style annotation annotationxml template rp")
_RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


@dataclass(frozen=True)
class Plain:
    """Text, and what it lost: `images` as (source, alternative text), `dropped` as tags, `formulas`: to be checked."""

    text: str
    images: tuple[tuple[str, str], ...] = ()
    dropped: tuple[str, ...] = ()
    formulas: bool = False

    def noted(self, draft: Draft) -> str:
        """The text, after its losses were noted with the question."""
        for source, alt in self.images:
            draft.images.append((source, alt))
            shown = picture_name(source)
            if alt:
                text = N_("The picture {name} was left out; its description stands in square brackets: {alt}")
                draft.dropped(text, name=shown, alt=alt)
            else:
                draft.dropped(N_("The picture {name} was left out; it has no description: write one."), name=shown)
        for tag in dict.fromkeys(self.dropped):
            draft.dropped(N_("<{tag}> was left out: a question is plain text."), tag=tag)
        if self.formulas:
            draft.changed(N_("A formula stands as plain text: check it."))
        return self.text


def looks_rich(text: str) -> bool:
    """Whether the text holds tags of HTML or character references; "p < 0.05" is neither."""
    return bool(_TAG.search(text) or _REFERENCE.search(text))


def from_html(source: str) -> Plain:
    """HTML, whole or a piece, as plain text."""
    source = _UNFIT.sub("", source)[:LONGEST]
    if not _MARKUP.search(source):
        text = html.unescape(source) if _REFERENCE.search(source) else source
        lines = (" ".join(one.split()) for one in _UNFIT.sub("", text).strip().splitlines())
        return Plain("\n".join(lines), formulas=bool(_FORMULA.search(text)))
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(f"<div>{source}</div>".encode(), parser)
    except (etree.LxmlError, ValueError):
        root = None
    return Plain(_SPACE.sub(" ", _TAG.sub(" ", source)).strip()) if root is None else from_element(root)


def from_element(root: etree._Element, *, skip: Callable[[etree._Element], bool] = lambda _: False) -> Plain:
    """What an element says, itself without its tail; elements for which `skip` says yes are passed over."""
    walk = _Walk()
    inside: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if inside is not None:
            if event == "end" and element is inside:
                inside = None
                walk.close(element, root)
        elif event == "start":
            if (element is not root and skip(element)) or not walk.open(element):
                inside = element
        else:
            walk.leave(element)
            walk.close(element, root)
    return walk.plain()


def picture_name(source: str) -> str:
    """The name of a picture for people, without its folders."""
    if source.startswith("data:"):
        return "data:"
    return posixpath.basename(unquote(source.partition("?")[0]).rstrip("/"))[:80] or source[:80]


@dataclass
class _Walk:
    """Lines as they grow: `gap` line feeds are due before the next text, `prefix` after them."""

    out: list[str] = field(default_factory=list)
    gap: int = 0
    prefix: str = ""
    spaced: bool = True
    lists: list[int] = field(default_factory=list)
    shift: list[str] = field(default_factory=list)
    images: list[tuple[str, str]] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    math: bool = False
    kept: int = 0

    def open(self, element: etree._Element) -> bool:
        """Begin an element; False if nothing inside it is text."""
        tag = local(element)
        if tag in ("img", "image"):
            self._picture(attr(element, "src") or attr(element, "href"), attr(element, "alt"))
            return False
        if tag == "object" and attr(element, "type").startswith("image/"):
            self._picture(attr(element, "data"), said(element) or attr(element, "arialabel"))
            return False
        if tag in _GONE:
            if tag not in _SILENT:
                self.dropped.append(tag)
            return False
        self._layout(tag)
        self.write(element.text or "")
        return True

    def leave(self, element: etree._Element) -> None:
        """End an element that was opened."""
        tag = local(element)
        if tag in _BLOCKS:
            self._break(1 if tag in ("dt", "dd") or (tag in ("ul", "ol") and len(self.lists) > 1) else 2)
        elif tag in ("li", "tr"):
            self._break(1)
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        if tag in ("sup", "sub") and self.shift:
            self.shift.pop()
        if tag == "rt":
            self.write(")")
        if tag == "a":
            target = attr(element, "href")
            if target.startswith(("http://", "https://")) and target not in said(element):
                self.write(f" ({target[:300]})")

    def close(self, element: etree._Element, root: etree._Element) -> None:
        """What follows an element, opened or not."""
        if element is not root:
            self.write(element.tail or "")

    def plain(self) -> Plain:
        """The text so far, without white space at the ends of lines."""
        text = re.sub(r" *\n", "\n", "".join(self.out)).strip()
        formulas = self.math or bool(_FORMULA.search(text))
        return Plain(text, tuple(dict.fromkeys(self.images)), tuple(self.dropped), formulas)

    def write(self, text: str) -> None:
        """Add running text."""
        text = text[:LONGEST]
        text = _SPACE.sub(" ", _shifted(text, self.shift[-1]) if self.shift else text)
        if self.spaced or self.gap:
            text = text.lstrip(" ")
        if not text or self.kept > LONGEST:
            return
        if self.gap and self.out:
            self.out.append("\n" * self.gap)
        if self.prefix:
            self.out.append(self.prefix)
        self.out.append(text)
        self.kept += len(text)
        self.gap, self.prefix, self.spaced = 0, "", text.endswith(" ")

    def _layout(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._break(1 if self.lists else 2)
            self.lists.append(1 if tag == "ol" else 0)
        elif tag == "li":
            self._break(1)
            number = self.lists[-1] if self.lists else 0
            if number:
                self.lists[-1] = number + 1
            self.prefix = "  " * min(max(len(self.lists) - 1, 0), 8) + (f"{number}. " if number else "- ")
        elif tag in _BLOCKS:
            self._break(1 if tag in ("dt", "dd") else 2)
        elif tag in ("br", "tr"):
            self._break(1)
        elif tag in ("td", "th"):
            if self.out and not self.gap:
                self.write(" | ")
        elif tag in ("sup", "sub"):
            self.shift.append(tag)
        elif tag == "math":
            self.math = True
        elif tag == "rt":
            self.write(" (")

    def _break(self, lines: int) -> None:
        if not self.prefix:
            self.gap = max(self.gap, lines)

    def _picture(self, source: str, alt: str) -> None:
        alt = " ".join(alt.split())[:500]
        self.images.append((source[:300], alt))
        self.write(f"[{alt or picture_name(source)}]")


def _shifted(text: str, way: str) -> str:
    """10 with a raised 9 is 10⁹ and not 109: doses depend on it. A raised word stays as it is."""
    bare = text.strip()
    table = _RAISED if way == "sup" else _LOWERED
    if bare and all(ord(one) in table for one in bare):
        return bare.translate(table)
    return f"^{bare}" if way == "sup" and any(one.isdigit() for one in bare) else text
