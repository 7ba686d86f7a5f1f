"""Reading our files back as others do: by csv, json, openpyxl and zipfile."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import openpyxl

csv.field_size_limit(10**9)
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def of_csv(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file, its cells as they stand in it."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def of_json_lines(content: bytes) -> list[dict[str, Any]]:
    """The objects behind the first line."""
    head, *lines = content.decode("ascii").split("\n")
    assert list(json.loads(head)) == ["columns"]
    return [json.loads(one) for one in lines if one]


def of_xlsx(content: bytes) -> list[dict[str, Any]]:
    """The rows of all sheets of rows. No cell may be a formula."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = []
    for name in book.sheetnames[:-1]:
        assert {one.data_type for row in book[name].iter_rows() for one in row} <= {"s", "inlineStr", "n", "d"}
        heading, *rows = book[name].iter_rows(values_only=True)
        found += [dict(zip(heading, row, strict=True)) for row in rows]
    assert book.sheetnames[-1] == "Columns"
    return found


def spelt(cell: str) -> str:
    """A cell's text as Excel reads it (ECMA-376, part 1, 22.9.2.19: ST_Xstring); openpyxl leaves that to its caller."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), cell)
