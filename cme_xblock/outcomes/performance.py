"""What a provider measured outside of the activity, as a table: measure, before, after, n. PURE: no database, no clock.

For Moore's levels 5 (what is done in practice) and 6 (patients' health). A row is a measure of a group, never of one
patient or one clinician. Whatever is in the file is a stranger's. Source: spec 5.1, 5.3, rules 14 and 15; R-6.9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from cme_xblock.activity.fields import clean
from cme_xblock.activity.importers import table
from cme_xblock.activity.importers.outcome import ImportFailed
from cme_xblock.activity.message import N_, Message

LEVELS = ("5", "6")
LARGEST_FILE = 1_000_000
MOST_ROWS, LONGEST, MOST_PEOPLE = 200, 300, 10**9
PERCENT = "%"
# Twelve digits on either side: nothing that is measured needs more.
_MOST_DIGITS = 12

_KNOWN = {
    "measure": "measure",
    "indicator": "measure",
    "name": "measure",
    "before": "before",
    "baseline": "before",
    "pre": "before",
    "after": "after",
    "post": "after",
    "n": "n",
    "n_before": "n",
    "n_after": "n_after",
    "unit": "unit",
}
_NEEDED = ("measure", "before", "after", "n")


@dataclass(frozen=True)
class Measure:
    """One row. `before` and `after` in `unit`; `n` and `n_after`: how many patients or clinicians each rests on.

    A unit of "%" says that the numbers are shares of n, 0 to 100.
    """

    name: str
    before: Decimal
    after: Decimal
    n: int
    n_after: int
    unit: str = ""


class Unreadable(ValueError):  # noqa: N818 - says what is the case
    """The file can't be taken; `faults` says everything that is wrong with it, each as one sentence with its row."""

    def __init__(self, faults: Iterable[Message]) -> None:
        self.faults = tuple(faults)
        super().__init__(" ".join(map(str, self.faults)))


def parse(data: bytes, *, name: str) -> tuple[Measure, ...]:
    """The measures of a CSV or Excel file. `name`: what the file is called, for what is said of it.

    Needs the columns measure, before, after and n; n_after and unit may be there. Raises Unreadable with every fault at
    once, and nothing else.
    """
    if len(data) > LARGEST_FILE:
        raise Unreadable([Message(N_("The file is larger than 1 MB. A table of measures is a few lines."))])
    try:
        read = table.read(data, name=name, known=_KNOWN, needed=_NEEDED)
    except ImportFailed as failed:
        raise Unreadable([failed.message]) from None
    faults: list[Message] = []
    if not 0 < len(read.rows) <= MOST_ROWS:
        raise Unreadable([Message(N_("The table needs 1 to {most} rows of measures."), {"most": str(MOST_ROWS)})])
    found = [_measure(row, faults) for row in read.rows]
    names = [one.name.casefold() for one in found if one is not None]
    for twice in sorted({one for one in names if names.count(one) > 1}):
        faults.append(Message(N_('The measure "{name}" is there twice. Give each a name of its own.'), {"name": twice}))
    if faults:
        raise Unreadable(faults)
    return tuple(one for one in found if one is not None)


def to_data(measures: Iterable[Measure]) -> list[dict[str, str | int]]:
    """The measures as JSON: amounts as text, so that nothing is rounded."""
    return [
        {
            "name": one.name,
            "before": str(one.before),
            "after": str(one.after),
            "n": one.n,
            "n_after": one.n_after,
            "unit": one.unit,
        }
        for one in measures
    ]


def from_data(data: Iterable[Mapping[str, str | int]]) -> tuple[Measure, ...]:
    """The measures that `to_data` wrote."""
    return tuple(
        Measure(
            str(one["name"]),
            Decimal(str(one["before"])),
            Decimal(str(one["after"])),
            int(one["n"]),
            int(one["n_after"]),
            str(one["unit"]),
        )
        for one in data
    )


def is_told(one: Measure, *, minimum: int) -> bool:
    """Whether the numbers may be shown: enough people, and where they are shares, enough on both sides of each."""
    for value, n in ((one.before, one.n), (one.after, one.n_after)):
        if n < minimum:
            return False
        if one.unit == PERCENT:
            people = value * n / 100
            # A share of 100 says how many people it is of; so does what is left of it.
            if any(0 < part < minimum for part in (people, n - people)):
                return False
    return True


def _measure(row: table.Row, faults: list[Message]) -> Measure | None:
    """One row, or None with what is wrong with it among the faults."""
    before = len(faults)

    def fault(text: str, **params: str) -> None:
        faults.append(Message(text, {"row": str(row.number), **params}))

    try:
        name, unit = clean(row["measure"]), clean(row["unit"])
    except ValueError:
        fault(N_("Row {row}: there is a character in it that can't be kept. Type it again."))
        return None
    if not name or len(name) > LONGEST or len(unit) > 40:
        fault(N_("Row {row}: a measure needs a name of 1 to {most} letters, and a short unit."), most=str(LONGEST))
    amounts = [_amount(row[column]) for column in ("before", "after")]
    people = [_people(row["n"]), _people(row["n_after"]) if row["n_after"] else _people(row["n"])]
    if None in amounts:
        fault(N_("Row {row}: before and after are numbers, such as 62.5. A text or a date is none."))
    if None in people:
        fault(N_("Row {row}: n is how many patients or clinicians it is, a whole number from 1 on."))
    if unit == PERCENT and any(one is not None and not 0 <= one <= 100 for one in amounts):
        fault(N_("Row {row}: a share is 0 to 100 per cent."))
    if len(faults) > before:
        return None
    return Measure(name, amounts[0] or Decimal(0), amounts[1] or Decimal(0), people[0] or 0, people[1] or 0, unit)


def _amount(text: str) -> Decimal | None:
    """A plain number with a point or a comma; None for anything else, NaN and powers of ten among it."""
    plain = text.strip().removesuffix(PERCENT).strip().replace("\u2212", "-")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    whole, _, rest = plain.removeprefix("-").partition(".")
    digits = whole + rest
    if not digits.isascii() or not digits.isdigit() or max(len(whole), len(rest)) > _MOST_DIGITS:
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


def _people(text: str) -> int | None:
    plain = text.strip()
    if not plain.isascii() or not plain.isdigit() or not 0 < len(plain) <= 10:
        return None
    return int(plain) if 0 < int(plain) <= MOST_PEOPLE else None
