r"""Texts in files that people open in spreadsheets: nothing runs, nothing hides, and nothing is lost. PURE.

Two rules, each of which can be taken back exactly:

1. A character that nobody sees and that could mislead (controls, the NUL, direction overrides, halves of a surrogate
   pair, characters that are none) stands as `\uXXXX`. Where a text itself has a backslash before `uXXXX`, the backslash
   stands as `\u005c`.
2. In CSV, a text that a spreadsheet could take for a formula gets an apostrophe in front; so does one that would read
   as such a text with its apostrophe. Typed cells of a workbook need no second rule.

JSON Lines have the text as it is. Source: OWASP, CSV Injection; spec R-6.8.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# Line ends and tabs are legal inside a quoted cell. Joiners and the marks U+200E and U+200F belong to names.
_HIDDEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u180e\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff"
)
_ESCAPED = re.compile(rf"[{_HIDDEN}]|\\(?=u[0-9a-f]{{4}})")
_BACK = re.compile(r"\\u([0-9a-f]{4})")
# What begins a formula, behind whatever a spreadsheet skips. The wide forms: some turn them into the narrow ones.
_FORMULA = re.compile("[\\s'\"]*[=+\\-@\t\r＝＋－＠]")
_HEADS = frozenset("=+-@\t\r\n '\"＝＋－＠\xa0\u3000")


def visible(text: str) -> str:
    """The text with every character seen (rule 1)."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def inert(text: str) -> str:
    """The text as no spreadsheet runs it (rules 1 and 2)."""
    seen = visible(text)
    return f"'{seen}" if _FORMULA.match(seen) else seen


def plain(cell: str, *, csv: bool = True) -> str:
    """What a cell of ours says: both rules taken back; of a workbook's cell (`csv=False`) the first alone."""
    if csv and cell.startswith("'") and _FORMULA.match(cell):
        cell = cell[1:]
    return _BACK.sub(lambda found: chr(int(found[1], 16)), cell)


def all_visible(values: Sequence[str]) -> Sequence[str]:
    """`visible` for a column; the same object where no value needs it, which is found out at once for all."""
    joined = "".join(values)
    return values if joined.isprintable() and "\\u" not in joined else [visible(one) for one in values]


def all_inert(values: Sequence[str]) -> Sequence[str]:
    """`inert` for a column, likewise."""
    joined = "".join(values)
    if joined.isprintable() and "\\u" not in joined and _HEADS.isdisjoint({one[:1] for one in values}):
        return values
    return [inert(one) for one in values]
