"""Each of the 35 edge cases of the specification's part 7 has a test that bears its number."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
CASES = frozenset(range(1, 36))
# One test may bear several: test_case_14_and_15_…
NAME = re.compile(r"test_case_(\d{2}(?:_and_\d{2})*)_")


def bearing() -> dict[int, list[str]]:
    """The tests that bear a number, by it: read in the source, so that no test is found that nobody would run."""
    found: dict[int, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match = NAME.match(node.name) if isinstance(node, ast.FunctionDef) else None
            for number in match.group(1).split("_and_") if match else ():
                found.setdefault(int(number), []).append(f"{path.relative_to(TESTS)}::{node.name}")
    return found


def test_every_edge_case_has_a_test_that_bears_its_number() -> None:
    assert CASES - bearing().keys() == set()


def test_no_number_is_borne_that_the_specification_does_not_have() -> None:
    assert bearing().keys() - CASES == set()
