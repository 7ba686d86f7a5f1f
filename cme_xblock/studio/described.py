"""How one field of the model stands in the form: its words, and the control that fits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Widget(StrEnum):
    """The control of a field. Templates choose by this name."""

    LINE = "line"
    AREA = "area"
    RICH = "rich"
    CHOICE = "choice"
    FLAG = "flag"
    DATE = "date"
    MOMENT = "moment"
    WHOLE = "whole"
    NUMBER = "number"
    PERCENT = "percent"
    LINES = "lines"
    TICKS = "ticks"
    MEMBERS = "members"


@dataclass(frozen=True)
class Field:
    """One field for a person: what it is called, why it is asked (with the rule), and how it is filled in.

    `choices` names a table of `choices.TABLES`, or a list of the activity in `choices.LIVE`; `suggestions` one of
    `choices.SUGGESTIONS`. For a group `noun` is what one member is called, `naming` the field that tells members apart
    (several, with spaces between: the first that is not empty), and `folded` whether members open one by one.
    """

    label: str
    widget: Widget
    help: str = ""
    choices: str = ""
    suggestions: str = ""
    noun: str = ""
    naming: str = ""
    folded: bool = False
