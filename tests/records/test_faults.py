"""What a log says of an error that nobody foresaw."""

from __future__ import annotations

import ast
from pathlib import Path

import cme_xblock
from cme_xblock.records import faults

PACKAGE = Path(cme_xblock.__file__).parent


def test_a_place_is_type_file_and_line_and_not_the_text() -> None:
    try:
        raise ValueError("Dr. Avery Lake, NABP 123456")
    except ValueError as error:
        said = faults.place(error)
    assert said.startswith("ValueError at test_faults.py:")
    assert "Lake" not in said
    assert faults.place(KeyError("x")) == "KeyError"


def test_no_log_has_an_errors_text() -> None:
    """A traceback ends with it: so nothing logs one."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for one in ast.walk(ast.parse(path.read_text())):
            if not isinstance(one, ast.Call):
                continue
            called = ast.unparse(one.func)
            if called in ("log.exception", "logger.exception") or any(each.arg == "exc_info" for each in one.keywords):
                found.append(f"{path.relative_to(PACKAGE)}:{one.lineno}")
    assert found == []
