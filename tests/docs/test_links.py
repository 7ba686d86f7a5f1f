"""Where the documentation points to is there: pages, their headings, files, and what a sentence names by its path."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs import fences

ROOT = fences.ROOT
# Sphinx looks at links between the pages of docs/ when it builds them; these are also read elsewhere, without it.
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "translations/README.md", *ROOT.glob("deploy/**/*.md")]
)
_FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_FOLDERS = r"\.ci|benchmarks|cme_xblock|demo|deploy|docs|requirements|static|tests|translations"
_NAMED = re.compile(rf"`((?:{_FOLDERS})/[\w./-]+)`")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
# In the repository that a table compares with.
_THEIRS = ("tests/questions",)


def text_of(page: Path) -> str:
    """The page without its fenced blocks: what stands there is no link."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The headings as GitHub and myst name them in addresses."""
    found: dict[str, int] = {}
    names = set()
    for heading in _HEADING.findall(text_of(page)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        names.add(f"{name}-{found[name]}" if name in found else name)
        found[name] = found.get(name, 0) + 1
    return names


def broken(page: Path) -> list[str]:
    """What the page points to and is not there."""
    wrong = []
    for target in _LINK.findall(text_of(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            wrong.append(target)
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=[one.relative_to(ROOT).as_posix() for one in PAGES])
def test_where_a_page_points_to_is_there(page: Path) -> None:
    assert broken(page) == []


@pytest.mark.parametrize("page", PAGES, ids=[one.relative_to(ROOT).as_posix() for one in PAGES])
def test_a_file_that_a_page_names_is_there(page: Path) -> None:
    named = [name for name in _NAMED.findall(text_of(page)) if name not in _THEIRS]
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_test_sees_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One\n[a](#one) [b](#two) [c](none.md) [d](page.md#one) ![e](x.png) [f](https://example.org/x)\n")
    assert broken(page) == ["#two", "none.md", "x.png"]


def test_there_is_something_to_look_at() -> None:
    assert sum(len(_LINK.findall(text_of(one))) for one in PAGES) > 50
    assert sum(len(_NAMED.findall(text_of(one))) for one in PAGES) > 50
