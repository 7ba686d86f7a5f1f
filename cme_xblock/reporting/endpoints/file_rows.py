"""Rows of a file: what each column's value is made of, and how it is written so that no spreadsheet runs it. PURE.

CSV is for programs and people; XLSX holds typed text, which needs no protection. Source: spec endpoints, part 10.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from cme_xblock.reporting.endpoints.base import Record
from cme_xblock.rules import credit_system

_RISKY = ("=", "+", "-", "@", "\t", "\r")
# Contact hours to CEU. Source: ACPE; spec endpoints, part 2.
_HOURS_PER_CEU = 10

_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook has no zone

Value = Callable[[Record, str], str]


def _kind(name: str) -> Value:
    return lambda record, _dates: record.identifiers.get(name, "")


def _system(record: Record) -> Any:
    return credit_system.load().get(record.system)


VALUES: Mapping[str, Value] = MappingProxyType(
    {
        "action": lambda record, _: record.operation,
        "credit_id": lambda record, _: record.key,
        "learner": lambda record, _: record.learner,
        "profession": lambda record, _: record.profession,
        "system": lambda record, _: record.system,
        "system_name": lambda record, _: found.short_name if (found := _system(record)) else record.system,
        "unit": lambda record, _: found.unit if (found := _system(record)) else "",
        "amount": lambda record, _: number(record.amount),
        "ceu": lambda record, _: number(record.amount / _HOURS_PER_CEU),
        "completed_on": lambda record, dates: record.completed_on.strftime(dates),
        "claimed_on": lambda record, dates: record.claimed_at.date().strftime(dates),
        "activity_id": lambda record, _: record.activity_id,
        "title": lambda record, _: record.activity_title,
        "course_key": lambda record, _: record.course_key,
        "provider": lambda record, _: record.provider_name,
        "number": lambda record, _: record.activity_number or next(iter(record.numbers.values()), ""),
        "uan": lambda record, _: record.numbers.get("uan", ""),
        "certificate_code": lambda record, _: record.certificate_code,
        # The vault keeps "05-17"; ACPE wants 0517.
        "birth_mmdd": lambda record, _: record.identifiers.get("birth_month_day", "").replace("-", ""),
        **{
            name: _kind(name)
            for name in (
                "given_name", "family_name", "aafp", "country", "specialty", "nabp_eprofile", "npi", "licence_state",
                "licence_number",
            )
        },
    }
)  # fmt: skip


def number(amount: Decimal) -> str:
    """The amount as digits: 1.5, 0.25, 10; never an exponent."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def table(records: Sequence[Record], layout: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """The headings, and one row for each record. Raises KeyError for a value that there is not."""
    getters = [VALUES[name] for _heading, name in layout["columns"]]
    rows = [[getter(record, layout["dates"]) for getter in getters] for record in records]
    return [heading for heading, _name in layout["columns"]], rows


def delimited(
    records: Sequence[Record], layout: Mapping[str, Any], *, formula_safe: bool = True, bom: bool = False
) -> bytes:
    """The rows as CSV or tab-delimited text, lines ended as RFC 4180 says, in UTF-8."""
    heading, rows = table(records, layout)
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t" if layout["format"] == "tab" else ",", lineterminator="\r\n")
    writer.writerow(heading)
    writer.writerows([_safe(cell) for cell in row] if formula_safe else row for row in rows)
    return out.getvalue().encode("utf-8-sig" if bom else "utf-8")


def workbook(records: Sequence[Record], layout: Mapping[str, Any]) -> bytes:
    """The rows as an XLSX workbook of typed text; amounts too, for 1.50 must stay what was claimed."""
    import xlsxwriter  # here, because no page needs it

    heading, rows = table(records, layout)
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        # The same bytes for the same rows: a workbook says when it was made.
        book.set_properties({"created": _EPOCH})
        sheet = book.add_worksheet("Credits")
        sheet.freeze_panes(1, 0)
        for place, cells in enumerate([heading, *rows]):
            for column, cell in enumerate(cells):
                sheet.write_string(place, column, cell)
    return out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_RISKY) else cell
