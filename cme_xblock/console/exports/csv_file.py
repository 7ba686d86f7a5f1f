"""Comma-separated values: RFC 4180 with our two rules for texts (`texts`). PURE."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from cme_xblock.console.exports import texts
from cme_xblock.console.exports.columns import Column, Columns, Form

BOM = b"\xef\xbb\xbf"


class CsvFile:
    """One file, page by page. `bom`: with the mark by which spreadsheets know UTF-8."""

    suffix = "csv"
    content_type = "text/csv; charset=utf-8"
    # Worth compressing before it is kept.
    packed = False

    def __init__(self, columns: tuple[Column, ...], *, bom: bool = False) -> None:
        self._columns = columns
        self._bom = bom

    def begin(self) -> bytes:
        """The heading."""
        return (BOM if self._bom else b"") + _lines([[one.name for one in self._columns]])

    def rows(self, page: Columns) -> bytes:
        """The lines of one page."""
        made = [_column(one.form, values) for one, values in zip(self._columns, page, strict=True)]
        return _lines(zip(*made, strict=True))

    def end(self) -> bytes:
        """Nothing more."""
        return b""

    def state(self) -> dict[str, Any]:
        """What another process has to know to go on: nothing."""
        return {}

    def resume(self, state: dict[str, Any]) -> None:
        """Go on."""


def _column(form: Form, values: Sequence[Any]) -> Sequence[Any]:
    if form is Form.NUMBER:
        return values
    if form is Form.COUNT:
        return [texts.inert(one) if isinstance(one, str) else one for one in values]
    return texts.all_inert(["" if one is None else one for one in values] if None in values else values)


def _lines(rows: Any) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()
