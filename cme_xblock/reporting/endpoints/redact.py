"""Taking a person out of a text before it is kept: answers of a receiver may quote what was sent. PURE.

A reading aid for operators is worth less than a leak, so this errs on the side of removing: every run of four or more
digits goes, and without the identity at hand nothing is kept at all.
"""

from __future__ import annotations

import html
import re
import unicodedata

from cme_xblock.reporting.identity import Identity

KEEP = 500
GONE = "[removed]"
_DIGITS = re.compile(r"\d(?:[\s.\-/#]?\d){3,}")
_MONTH_DAY = re.compile(r"(?<!\d)\d{1,2}[/\-.]\d{1,2}(?!\d)")
_EMAIL = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_CREDIT_ID = re.compile(r"ccid:[^\s<>:\"']+:[^\s<>:\"'.,;)]+")


def text(source: str, identity: Identity | None, *, secrets: tuple[str, ...] = ()) -> str:
    """The text on one line without names, numbers, dates and the given secrets, at most 500 characters; "" for None.

    CreditIDs stay, for an operator has to find the record by them and they name nobody.
    """
    if identity is None:
        return ""
    line = unicodedata.normalize("NFC", html.unescape(html.unescape(source[: KEEP * 8])))
    if not line.isprintable():
        line = "".join(char if char.isprintable() else " " for char in line)
    line = " ".join(line.split())
    kept = _CREDIT_ID.findall(line)
    line = _CREDIT_ID.sub("\0", line)
    # Most words are not in it: in ASCII no pattern is needed to see it. Elsewhere a letter has more than two cases.
    folded = line.lower() if line.isascii() else ""
    for word in sorted(_words(identity, secrets), key=len, reverse=True):
        if folded and word.isascii() and word.lower() not in folded:
            continue
        line = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)" if len(word) < 3 else re.escape(word), GONE, line, flags=re.I)
    if "@" in line:  # the pattern would try every run of characters at each of its places
        line = _EMAIL.sub(GONE, line)
    line = _DIGITS.sub(GONE, line)
    line = _MONTH_DAY.sub(GONE, line)
    for credit_id in kept:
        line = line.replace("\0", credit_id, 1)
    return line[:KEEP]


def _words(identity: Identity, secrets: tuple[str, ...]) -> set[str]:
    names = (identity.given_name, identity.family_name)
    parts = {part for name in names for part in (name, *re.split(r"[\s\-']+", name))}
    numbers = {identity.npi, identity.licence_number}
    return {word for word in parts | numbers | set(secrets) if word}
