"""The commands in the documentation: fenced blocks of shell, and the lines in them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
SHELL = ("sh", "")


def pages() -> list[Path]:
    """Every page that a reader may copy a command from."""
    return [ROOT / "README.md", *sorted(one for one in DOCS.rglob("*.md") if one.parent.name != "decisions")]


def blocks(page: Path, kinds: tuple[str, ...] = SHELL) -> list[str]:
    """The fenced blocks of these kinds, as they would be copied."""
    found = _FENCE.findall(page.read_text(encoding="utf-8"))
    return [textwrap.dedent(text) for _, kind, text in found if kind in kinds]


def commands() -> Iterator[tuple[Path, str]]:
    """Every command line with its page; lines that end in a backslash go on, comments end."""
    for page in pages():
        for block in blocks(page):
            for line in block.replace("\\\n", " ").splitlines():
                command = re.sub(r"\s+#.*$", "", line).strip()
                if command and not command.startswith("#"):
                    yield page, command
