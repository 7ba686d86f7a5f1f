"""The commands in the documentation: fenced blocks of shell, and the lines in them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
# A fence as GitHub and as myst write it: ```sh, ```{code-block} sh, ~~~sh.
_FENCE = re.compile(r"^( *)(?P<mark>`{3,}|~{3,})([^\n]*)\n(.*?)^\1(?P=mark)[ \t]*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"^\{code(?:-block)?\}\s*")
SHELL = ("sh", "bash", "console", "shell", "")
OUTSIDE = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "deploy/tutor/README.md", "translations/README.md")


def pages() -> list[Path]:
    """Every page that a reader may copy a command from."""
    inside = sorted(one for one in DOCS.rglob("*.md") if one.parent.name != "decisions")
    return [*(ROOT / one for one in OUTSIDE), *inside]


def blocks(page: Path, kinds: tuple[str, ...] = SHELL) -> list[str]:
    """The fenced blocks of these kinds, as they would be copied."""
    return found(page.read_text(encoding="utf-8"), kinds)


def found(text: str, kinds: tuple[str, ...]) -> list[str]:
    """Those of a text."""
    each = ((_CODE.sub("", said.strip()), inside) for _, _, said, inside in _FENCE.findall(text))
    return [textwrap.dedent(inside) for kind, inside in each if kind in kinds]


def lines(block: str) -> list[str]:
    """The commands of a block: a backslash goes on, a comment ends; beside prompts, what is without one was printed."""
    each = [re.sub(r"\s+#.*$", "", line).strip() for line in re.sub(r"\\\n\s*", "", block).splitlines()]
    if any(line.startswith("$ ") for line in each):
        each = [line.removeprefix("$ ") for line in each if line.startswith("$ ")]
    return [line for line in each if line and not line.startswith("#")]


def commands() -> Iterator[tuple[Path, str]]:
    """Every command line with its page."""
    for page in pages():
        for block in blocks(page):
            yield from ((page, line) for line in lines(block))
