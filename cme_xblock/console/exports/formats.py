"""The forms a file of rows can have."""

from __future__ import annotations

from typing import Any, Protocol

from cme_xblock.console.exports.columns import Column, Columns
from cme_xblock.console.exports.csv_file import CsvFile
from cme_xblock.console.exports.json_lines import JsonLines
from cme_xblock.console.exports.xlsx_file import XlsxFile

__all__ = ["FORMS", "Writer", "writer"]

FORMS = ("csv", "csv_bom", "xlsx", "jsonl")


class Writer(Protocol):
    """One file, page by page: `begin`, `rows` as often as there are pages, `end`.

    After any of them, `state` is plain data with which another process goes on (`resume`). `packed`: its bytes are
    compressed already.
    """

    suffix: str
    content_type: str
    packed: bool

    def begin(self) -> bytes:
        """What stands before the rows."""

    def rows(self, page: Columns) -> bytes:
        """The rows of one page."""

    def end(self) -> bytes:
        """What stands behind them."""

    def state(self) -> dict[str, Any]:
        """Where it stands, as plain data."""

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from there."""


def writer(form: str, columns: tuple[Column, ...]) -> Writer:
    """The writer of that form, one of FORMS. Raises KeyError for another."""
    made: dict[str, Any] = {
        "csv": lambda: CsvFile(columns),
        "csv_bom": lambda: CsvFile(columns, bom=True),
        "xlsx": lambda: XlsxFile(columns),
        "jsonl": lambda: JsonLines(columns),
    }
    found: Writer = made[form]()
    return found
