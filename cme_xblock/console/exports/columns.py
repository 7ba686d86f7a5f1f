"""What a column of an export is: its name, what it means, and what its cells hold. PURE."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Form(StrEnum):
    """What the cells of a column hold. A value is a text, except in NUMBER and COUNT; None stands for nothing.

    DAY: `2026-11-22`. INSTANT: `2026-11-22T12:45:00.123456Z`. NUMBER: a Decimal. COUNT: a whole number, or a text where
    it is hidden. FLAG: `yes` or `no`.
    """

    TEXT = "text"
    DAY = "date"
    INSTANT = "instant"
    NUMBER = "decimal"
    COUNT = "count"
    FLAG = "flag"


@dataclass(frozen=True)
class Column:
    """One column. `name` stays for good: programs read it. `meaning` is a sentence for people.

    `personal`: its cells are about one learner, so that the page can say what is about to leave.
    """

    name: str
    form: Form
    meaning: str
    personal: bool = False


# A page of rows, turned on its side: for each column its values. Work on whole columns costs a fraction of work on
# cells.
Columns = list[list[Any]]


DICTIONARY = (
    Column("column", Form.TEXT, "The column's name, as it stands in the first row or as the key of each object."),
    Column("holds", Form.TEXT, "What its cells hold: text, date, instant (UTC), decimal, count or flag (yes, no)."),
    Column("personal", Form.FLAG, "Whether its cells are about one learner."),
    Column("meaning", Form.TEXT, "What it says."),
)


def described(columns: tuple[Column, ...]) -> Columns:
    """The dictionary of these columns, as columns of its own (`DICTIONARY`)."""
    return [
        [one.name for one in columns],
        [one.form.value for one in columns],
        ["yes" if one.personal else "no" for one in columns],
        [one.meaning for one in columns],
    ]
