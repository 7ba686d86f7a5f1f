"""What a report is made of: sections of sentences, tables and charts. PURE.

Screen, print, PDF and workbook show this and nothing else, so that what is hidden is hidden in every one of them alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cme_xblock.activity.message import N_, Message


class Form(StrEnum):
    """What a cell holds. A share is a count with what it is a part of; percent and points are of 0 to 100."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    PERCENT = "percent"
    POINTS = "points"
    DECIMAL = "decimal"
    P = "p"


@dataclass(frozen=True)
class Cell:
    """One cell. `value` None: there is no number, and `why` says the reason. `low` and `high`: its 95 % interval.

    For a share `value` is the count, `of` its n, and the interval is of the share, 0 to 1. `author`: `text` is the
    author's, in the activity's language. `bound`: one of AT_LEAST, AT_MOST, BELOW where the value is only a limit.
    `english`: `text` is what an accreditor words or names, English in every language. `places`: how many decimals a
    number came with, where it is not ours.
    """

    form: Form
    value: float | None = None
    of: int | None = None
    low: float | None = None
    high: float | None = None
    text: Message | None = None
    why: str = ""
    author: bool = False
    bound: str = ""
    english: bool = False
    places: int | None = None


HIDDEN = N_("hidden")
AT_LEAST, AT_MOST, BELOW = N_("at least {value}"), N_("at most {value}"), N_("below {value}")
NONE = N_("none")
FEW = N_("fewer than 10 pairs")


def words(text: Message | str, *, author: bool = False, english: bool = False) -> Cell:
    """A cell with words."""
    said = text if isinstance(text, Message) else Message("{text}", {"text": text})
    return Cell(Form.TEXT, text=said, author=author, english=english)


def count(number: int) -> Cell:
    """A cell with a number of people or things."""
    return Cell(Form.COUNT, number)


def hidden(form: Form = Form.COUNT) -> Cell:
    """A cell whose number would tell about too few people."""
    return Cell(form, why=HIDDEN)


@dataclass(frozen=True)
class Column:
    """One column: its heading and what its cells hold. `interval`: they have one."""

    title: str
    form: Form = Form.COUNT
    interval: bool = False


@dataclass(frozen=True)
class Table:
    """`id`: ours, for addresses and sheets. `methods`: keys of stats.result.METHODS that its numbers were made by."""

    id: str
    caption: Message
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mark:
    """One line of a chart: shares of 1, each with its interval where it has one. None is not drawn."""

    label: Message
    values: tuple[float | None, ...]
    intervals: tuple[tuple[float, float] | None, ...]
    said: tuple[Cell, ...]
    author: bool = False


@dataclass(frozen=True)
class Chart:
    """`kind`: bars (one value) or dots (two: before and after)."""

    kind: str
    title: Message
    description: Message
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Section:
    """One section: what stands first, then chart and tables, then what has to be said about them."""

    id: str
    title: str
    text: tuple[Message, ...] = ()
    tables: tuple[Table, ...] = ()
    chart: Chart | None = None
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Report:
    """The whole. `answer` stands first; `language` is that of the activity's own words.

    `provenance`: when it was made and of what, in a sentence; empty for a report that nobody gives away.
    """

    title: str
    language: str
    answer: tuple[Message, ...]
    sections: tuple[Section, ...]
    simulated: bool
    provenance: tuple[Message, ...] = ()
