"""Text with a little markup, where learners read it: what may be in it, and how it becomes plain again.

A stored value is HTML if and only if it begins with one of a few block tags; everything else is plain text, as in an
OLX file that somebody typed. Whatever a browser sends is cleaned here before it is kept, and again before it is shown.
Knows no page and no framework.
"""

from __future__ import annotations

import html
import re
from collections import Counter

import nh3

from cme_xblock.activity import fields

TAGS = frozenset(
    "p br strong b em i sub sup ul ol li a table caption thead tbody tr th td blockquote h4".split()  # noqa: SIM905
)
_ATTRIBUTES = {"a": {"href"}, "th": {"scope", "colspan", "rowspan"}, "td": {"colspan", "rowspan"}}
_SCHEMES = {"http", "https", "mailto"}
_RELATION = "noopener noreferrer"

# Far more than a question or an introduction needs, and little enough to be cleaned at once: a parser of HTML takes
# quadratic time for what is nested without end.
LONGEST = 20_000
DEEPEST = 20

_HTML = re.compile(r"<(?:p|ul|ol|table|h4|blockquote)(?:\s[^<>]*)?>", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
_COUNT = re.compile(r"[1-9][0-9]{0,2}")
_SCOPES = frozenset({"row", "col", "rowgroup", "colgroup"})
_TAG = re.compile(r"<(/?)([a-z0-9]+)[^<>]*>")
_ANY_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_SPACE = re.compile(r"[ \t\n\f\r]+")
# The browser's words for bold and italic, and ours.
_SAME = {"<b>": "<strong>", "</b>": "</strong>", "<i>": "<em>", "</i>": "</em>"}
_TIMES = 5


def is_html(value: str) -> bool:
    """Whether a stored value is HTML: it begins with `<p>`, `<ul>`, `<ol>`, `<table>`, `<h4>` or `<blockquote>`."""
    return _HTML.match(value) is not None


def sanitised(value: str, *, target: str = "") -> str:
    """HTML with the allowed tags alone; never raises. `target` is where links open, for a page that wants to say so.

    What is too long or too deep to be cleaned comes back as text.
    """
    return html.escape(value) if unfit(value) else _sanitised(value, target)


def _sanitised(value: str, target: str = "") -> str:
    done = nh3.clean(
        value,
        tags=set(TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes=_SCHEMES,
        link_rel=_RELATION,
        set_tag_attribute_values={"a": {"target": target}} if target else None,
    )
    for theirs, ours in _SAME.items():
        done = done.replace(theirs, ours)
    return done


def unfit(value: str) -> str:
    """Why a text can't be cleaned, as an English sentence; empty for one that can."""
    if len(value) > LONGEST:
        return f"the text is too long: with its markup it may have {LONGEST} characters"
    open_tags: Counter[str] = Counter()
    depth = 0
    for closing, name in _ANY_TAG.findall(value.lower()):
        if closing:
            depth -= open_tags[name] > 0
            open_tags[name] = max(open_tags[name] - 1, 0)
        elif name not in ("br", "img", "hr", "input", "col", "meta", "link"):
            open_tags[name] += 1
            depth += 1
        if depth > DEEPEST:
            return f"lists and other markup may lie at most {DEEPEST} deep in each other"
    return ""


def clean(value: str) -> str:
    """The value as an activity keeps it: plain text as it is, HTML sanitised, HTML without markup as plain text.

    Cleaning twice changes nothing. Raises ValueError for characters that no activity can hold (see `fields.clean`),
    and for HTML that is too long or too deep.
    """
    kept = fields.clean(value)
    if not is_html(kept):
        return kept
    if problem := unfit(kept):
        raise ValueError(problem)
    given = kept
    for _ in range(_TIMES):
        done = fields.clean(_sanitised(kept))
        if done and not is_html(done):
            # Text that stood inside a table where none may stand now stands before it.
            done = fields.clean(_sanitised(f"<p>{done}"))
        if done == kept:
            break
        kept = done
    else:
        return fields.clean(plain(kept))
    # Cleaning can make a text longer and deeper: unclosed tags are closed, and begun anew in each paragraph.
    if kept != given and (problem := unfit(kept)):
        raise ValueError(problem)
    return _without_markup(kept)


def plain(value: str) -> str:
    """The words alone, paragraphs apart: for searches, exports and lints."""
    return _words(sanitised(value)) if is_html(value) else value


def _without_markup(value: str) -> str:
    """Plain text, where the HTML has nothing but paragraphs and line breaks, and its words do not look like HTML."""
    if any(name not in ("p", "br") for _, name in _TAG.findall(value)):
        return value
    words = fields.clean(_words(value))
    return value if is_html(words) else words


def _words(value: str) -> str:
    """The words of sanitised HTML. Blocks are parted by a blank line, table cells by a tab."""
    pieces: list[str] = []
    last = 0
    for tag in _TAG.finditer(value):
        pieces.append(_SPACE.sub(" ", value[last : tag.start()]))
        last = tag.end()
        name = tag[2]
        if name == "br":
            pieces.append("\n")
        elif name in ("td", "th") and tag[1]:
            pieces.append("\t")
        elif name in ("li", "tr", "caption"):
            pieces.append("\n")
        elif name in ("p", "ul", "ol", "table", "h4", "blockquote"):
            pieces.append("\n\n")
    pieces.append(_SPACE.sub(" ", value[last:]))
    lines = (line.strip(" \t") for line in "".join(pieces).split("\n"))
    return html.unescape(re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip("\n"))


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The attribute's value, or None where it may not be kept: no relative address, no huge cell."""
    if name == "href":
        return value if _ADDRESS.match(value) else None
    if name == "scope":
        return value if value in _SCOPES else None
    if name in ("colspan", "rowspan"):
        return value if _COUNT.fullmatch(value) else None
    return value
