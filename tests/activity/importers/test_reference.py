"""The reference says what the code does: columns, limits, and the counts that were measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cme_xblock.activity.importers import KINDS, archive, draft, items_table, people, textfile, xlsx, xmltext
from tests.activity.importers.foreign import FOREIGN

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "imports.md").read_text(encoding="utf-8")
LIMITS = (
    archive.LARGEST_IN // 1_000_000,
    archive.LARGEST_OUT // 1_000_000,
    archive.LARGEST_KEPT // 1_000_000,
    archive.MOST_FILES,
    archive.STEEPEST,
    xmltext.LARGEST // 1_000_000,
    xmltext.MOST_TAGS,
    xmltext.DEEPEST,
    textfile.MOST_LINES,
    xlsx.MOST_ROWS,
    xlsx.MOST_COLUMNS,
    draft.MOST_ITEMS,
    draft.MOST_OPTIONS,
    draft.LONGEST_TEXT,
)


def test_every_column_is_in_the_reference() -> None:
    named = set(re.findall(r"`([a-z_]+)`", TEXT))
    columns = {*items_table.COLUMNS, *people.COLUMNS} - set(items_table.OPTIONS[1:-1])
    assert columns <= named


def test_every_kind_is_in_the_reference() -> None:
    assert "|".join(KINDS) in TEXT


@pytest.mark.parametrize("limit", LIMITS)
def test_every_limit_is_in_the_reference(limit: int) -> None:
    section = TEXT.partition("## Limits")[2].partition("## Measured")[0]
    assert re.search(rf"\b{limit:,}\b", section)


@pytest.mark.parametrize(("name", "counts"), [(name, counts) for name, _, counts in FOREIGN])
def test_every_measured_count_is_in_the_reference(name: str, counts: tuple[str, int, int]) -> None:
    package, version = name.split(",", maxsplit=1)[0].split(" ")
    rows = [line for line in TEXT.splitlines() if line.startswith(f"| {package} {version}")]
    wanted = re.compile(rf"\| {re.escape(counts[0])} \| {counts[1]} \| {counts[2]}\b")
    assert any(wanted.search(row) for row in rows)
