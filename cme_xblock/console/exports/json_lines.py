r"""JSON Lines: one object a line, every text exactly as it is, in ASCII, so that nothing in it can mislead. PURE.

The first line describes the columns, and is the one with the key `columns`. Decimals are texts, as in the API: a
number of JSON is a binary fraction in most readers. Source: jsonlines.org; RFC 8259.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cme_xblock.console.exports.columns import Column, Columns, Form


class JsonLines:
    """One file, page by page."""

    suffix = "jsonl"
    content_type = "application/x-ndjson"
    packed = False

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self._columns = columns
        self._write = json.JSONEncoder(separators=(",", ":")).encode

    def begin(self) -> bytes:
        """The dictionary."""
        columns = [
            {"column": one.name, "holds": one.form.value, "personal": one.personal, "meaning": one.meaning}
            for one in self._columns
        ]
        return (self._write({"columns": columns}) + "\n").encode()

    def rows(self, page: Columns) -> bytes:
        """The lines of one page."""
        write = self._write
        return "".join([write(one) + "\n" for one in objects(self._columns, page)]).encode()

    def end(self) -> bytes:
        """Nothing more."""
        return b""

    def state(self) -> dict[str, Any]:
        """Nothing has to be known to go on."""
        return {}

    def resume(self, state: dict[str, Any]) -> None:
        """Go on."""


def objects(columns: tuple[Column, ...], page: Columns) -> list[dict[str, Any]]:
    """The rows of a page as plain data by the columns' names; what JSON Lines and the API have."""
    names = [one.name for one in columns]
    made = [_column(one.form, values) for one, values in zip(columns, page, strict=True)]
    return [dict(zip(names, row, strict=True)) for row in zip(*made, strict=True)]


def _column(form: Form, values: Sequence[Any]) -> Sequence[Any]:
    if form is Form.NUMBER:
        return [format(one, "f") if isinstance(one, Decimal) else one for one in values]
    if form is Form.FLAG:
        return [None if one is None else one == "yes" for one in values]
    return values
