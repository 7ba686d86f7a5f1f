"""The certifying boards that take MOC/CC credit, from `boards.toml`. Knows no activity. Source: spec R-4.1 to R-4.3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

from cme_xblock.rules import data, texts

_FILE = "boards.toml"
_KEYS = frozenset({"code", "name", "short_name", "credit_types", "reviewers", "minimum_pass", "confidence"})


@dataclass(frozen=True)
class Board:
    """One board. `reviewers`: how many peers who are neither authors nor planners must have reviewed the content.

    `minimum_pass` is the smallest share of right answers by credit type.
    """

    code: str
    name: str
    short_name: str
    credit_types: tuple[str, ...]
    reviewers: int
    minimum_pass: tuple[tuple[str, Decimal], ...]
    confidence: str


@cache
def load() -> Mapping[str, Board]:
    """All boards by code. Raises data.DataError when the file is wrong."""
    return MappingProxyType(parse(_FILE, data.read(_FILE)))


def parse(file: str, content: dict[str, Any]) -> dict[str, Board]:
    """The boards of one file's content."""
    rows = data.table(file, content, keys=frozenset({"board"})).values.get("board")
    if not isinstance(rows, list) or not rows:
        raise data.DataError(file, "board", "must be given at least once")
    result: dict[str, Board] = {}
    for index, row in enumerate(rows):
        read = data.table(file, row, keys=_KEYS, prefix=f"board[{index}].")
        one = Board(
            code=read.filled("code"),
            name=read.filled("name"),
            short_name=read.filled("short_name"),
            credit_types=read.texts("credit_types"),
            reviewers=read.optional(read.whole, "reviewers", 0),
            minimum_pass=read.decimals("minimum_pass") if "minimum_pass" in read.values else (),
            confidence=read.one_of("confidence", texts.CONFIDENCE),
        )
        if one.code in result:
            raise read.error("code", f"{one.code!r} is given twice")
        for name, _ in one.minimum_pass:
            if name not in one.credit_types:
                raise read.error("minimum_pass", f"{name!r} is not among the credit types")
        result[one.code] = one
    return result
