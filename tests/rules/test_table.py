"""The page of the rules says what the rules are, and every CHECK of the specification has its answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cme_xblock.rules import data, table
from cme_xblock.rules.check import RULES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "rules.md"
# The lines of the specification that begin with CHECK, or have one inside, without the definition of the word.
CHECKS = 64


def test_the_page_of_the_rules_is_made_from_the_rules() -> None:
    """When it fails: python -m cme_xblock.rules.table > docs/reference/rules.md."""
    assert PAGE.read_text(encoding="utf-8") == table.page()


def test_every_rule_stands_on_the_page_once_and_belongs_to_a_check() -> None:
    page = table.page()
    for one in RULES:
        assert page.count(f"\n| `{one.code}` | {one.severity.value} |") == 1
    assert {code for one in table.checks() for code in one.rules} == {one.code for one in RULES}


def test_every_check_has_its_rules_or_says_why_not() -> None:
    of_the_specification = [one for one in table.checks() if not one.at.startswith(("Part 7", "Part 0", "Ours"))]
    assert len(of_the_specification) == CHECKS
    assert len({one.at for one in table.checks()}) == len(table.checks())


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"at": "R-1"}, r"check\[0\]\.asks: is missing"),
        ({"at": "R-1", "asks": "x"}, r"check\[0\]\.rules: must name a rule"),
        ({"at": "R-1", "asks": "x", "rules": ["unheard_of"]}, r"check\[0\]\.rules: there is no rule 'unheard_of'"),
        ({"at": "R-1", "asks": "x", "rule": ["title_missing"]}, r"check\[0\]\.rule: is not known here"),
    ],
)
def test_a_wrong_list_of_checks_says_where(row: dict[str, Any], says: str) -> None:
    with pytest.raises(data.DataError, match=says):
        table.parse("checks.toml", {"check": [row]})
