"""Civil dates: so many years or days further, and how far two dates lie apart. Knows no activity and no rule.

Every function stays inside the calendar (years 1 to 9999) and raises nothing: authors mistype years.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta


@dataclass(frozen=True)
class Span:
    """A distance as people count it: whole calendar years, then days. Backwards: negative years, days still >= 0."""

    years: int
    days: int

    def after(self, day: date) -> date:
        """The date so far from `day`."""
        return add_days(add_years(day, self.years), self.days)


def span(start: date, end: date) -> Span:
    """How far `end` lies from `start`: 2024-02-29 to 2025-03-01 is one year (to 2025-02-28) and one day."""
    years = end.year - start.year
    if add_years(start, years) > end:
        years -= 1
    return Span(years, (end - add_years(start, years)).days)


def add_days(day: date, days: int) -> date:
    """So many days later, and never past the end of the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def add_years(day: date, years: int) -> date:
    """The last day of a period of so many calendar years from `day`, both ends inclusive.

    2024-02-28 gives 2027-02-28, and so does 2024-02-29, for 2027 has no such day. Source: spec R-1.16, part 9.
    """
    year = day.year + years
    if not MINYEAR <= year <= MAXYEAR:
        return date.max if years > 0 else date.min
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
