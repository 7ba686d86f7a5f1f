"""Dates as people write them in tables, as civil dates. Knows nothing of CME."""

from __future__ import annotations

import re
from datetime import date

from cme_xblock.activity.message import N_, Message

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ][0-9:.Z+-]{1,30})?")
_US = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4}|[0-9]{2})(?: [0-9:]{4,8}(?: ?[AP]M)?)?", re.IGNORECASE)
_WORDS = re.compile(r"(?:([0-9]{1,2})\.? )?([A-Za-z]{3,9})\.?(?: ([0-9]{1,2})(?:st|nd|rd|th)?)?,? ([0-9]{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class UnreadableDateError(ValueError):
    """Text that is no date of a kind that is read; `message` says which are."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        text = N_("{said} is not a date. Write it as year-month-day, such as 2026-11-22.")
        self.message = Message(text, {"said": said[:40]})


def read(said: str) -> tuple[date, Message | None]:
    """The day, and a remark where it could be another one.

    Read are 2026-11-22, 11/22/2026 (month first, as in the United States), 22 Nov 2026 and November 22, 2026. A day
    above 12 in the first place shows that day and month stand the other way round. Raises UnreadableDateError.
    """
    said = " ".join(said.split())
    if found := _ISO.fullmatch(said):
        return _day(said, int(found[1]), int(found[2]), int(found[3])), None
    if found := _US.fullmatch(said):
        return _american(said, int(found[1]), int(found[2]), int(found[3]))
    if (found := _WORDS.fullmatch(said)) and found[2][:3].lower() in _MONTHS and bool(found[1]) is not bool(found[3]):
        month = _MONTHS.index(found[2][:3].lower()) + 1
        return _day(said, int(found[4]), month, int(found[1] or found[3])), None
    raise UnreadableDateError(said)


def _american(said: str, first: int, second: int, year: int) -> tuple[date, Message | None]:
    if year < 100:
        # Disclosures are of our time: nobody dates one in the 1900s.
        year += 2000
    if first > 12:
        text = N_("{said} was read with the day first: {day}.")
        day = _day(said, year, second, first)
        return day, Message(text, {"said": said, "day": day.isoformat()})
    day = _day(said, year, first, second)
    if second <= 12 and first != second:
        text = N_("{said} was read with the month first: {day}. Check it.")
        return day, Message(text, {"said": said, "day": day.isoformat()})
    return day, None


def _day(said: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise UnreadableDateError(said) from None
