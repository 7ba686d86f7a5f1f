"""Pages of the reference that are made from the program: `python -m tests.docs.made` writes all of them anew.

A test compares each with the code, so that none goes out of date unseen. Other pages of this kind are made elsewhere:
rules (`cme_xblock.rules.table`), settings (`tests.plugin.annotations`), events (`tests.host.told`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; what would end a cell early is written so that it does not."""
    lines = [list(heads), ["---"] * len(heads), *(list(row) for row in rows)]
    return "".join(f"| {' | '.join(_cell(one) for one in line)} |\n" for line in lines)


def code(text: str) -> str:
    """As it is typed; a dash for nothing."""
    return f"`{text}`" if text else "–"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
