"""Taking a person out of a text before it is kept: answers of a receiver may quote what was sent. PURE.

A reading aid for operators is worth less than a leak, so this errs on the side of removing: every run of four or more
digits goes, and without the identity at hand nothing is kept at all.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

from cme_xblock.reporting.identity import Identity

KEEP = 500
# Shorter than this, a word is also a part of others.
_STANDS_ALONE = 3
GONE = "[removed]"
_DIGITS = re.compile(r"\d(?:[\s.\-/#]?\d){3,}")
# Begins with the digit itself, and looks back from there: the other way round every place of the text would be tried.
_MONTH_DAY = re.compile(r"\d(?<!\d\d)\d?[/\-.]\d{1,2}(?!\d)")
_RARE = re.compile("[\U00010000-\U0010ffff]")
_BETWEEN = re.compile(r"[\s\-']+")
_EMAIL = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_CREDIT_ID = re.compile(r"ccid:[^\s<>:\"']+:[^\s<>:\"'.,;)]+")


def text(
    source: str, identity: Identity | None, *, secrets: tuple[str, ...] = (), others: Iterable[Identity | None] = ()
) -> str:
    """The text on one line without names, numbers, dates and the given secrets, at most 500 characters; "" for None.

    `others`: whoever else the text may speak of, for it answers a document of several. CreditIDs stay, for an operator
    has to find the record by them and they name nobody.
    """
    people = (identity, *others)
    if not source or None in people:
        return ""
    # Line breaks and tabs go first: nothing else that cannot be printed is in most texts, and looking is cheap.
    line = " ".join(unicodedata.normalize("NFC", html.unescape(html.unescape(source[: KEEP * 8]))).split())
    if not line.isprintable():
        line = " ".join("".join(char if char.isprintable() else " " for char in line).split())
    if not line.isascii():  # a table may take no more than three bytes a character, and the log must be written
        line = _RARE.sub("\N{REPLACEMENT CHARACTER}", line)
    kept: list[str] = []
    if "ccid:" in line:
        kept = _CREDIT_ID.findall(line)
        line = _CREDIT_ID.sub("\0", line)
    words = {word for one in people if one is not None for word in _words(one)} | {one for one in secrets if one}
    for word in sorted(words, key=len, reverse=True):
        line = _without(line, word)
    if "@" in line:  # the pattern would try every run of characters at each of its places
        line = _EMAIL.sub(GONE, line)
    line = _DIGITS.sub(GONE, line)
    line = _MONTH_DAY.sub(GONE, line)
    for credit_id in kept:
        line = line.replace("\0", credit_id, 1)
    return line[:KEEP]


def _words(identity: Identity) -> set[str]:
    names = (identity.given_name, identity.family_name)
    parts = {part for name in names for part in (name, *_BETWEEN.split(name))}
    return {word for word in (*parts, identity.npi, identity.licence_number) if word}


def _without(line: str, word: str) -> str:
    """The line without that word, in whatever case; a short one only where it stands alone."""
    plain = line.isascii() and word.isascii()
    folded, sought = line.lower(), word.lower()
    # Most words are not in it. In ASCII no pattern is needed; elsewhere a letter has more than two cases.
    if plain and sought not in folded:
        return line
    if not plain or len(word) < _STANDS_ALONE:
        alone = rf"(?<!\w){re.escape(word)}(?!\w)" if len(word) < _STANDS_ALONE else re.escape(word)
        return re.sub(alone, GONE, line, flags=re.IGNORECASE)
    pieces, begun = [], 0
    while (found := folded.find(sought, begun)) >= 0:
        pieces.append(line[begun:found])
        begun = found + len(sought)
    return GONE.join((*pieces, line[begun:]))
