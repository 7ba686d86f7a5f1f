"""The report's section on what the provider measured in practice: Moore's levels 5 and 6. PURE.

These numbers are not computed here and not checked: the section says whose they are. Groups of fewer than the limit
are hidden, and shares that would be of fewer people. Source: spec 5.1; 5.3, rules 14 and 15.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cme_xblock.activity.message import N_, Message
from cme_xblock.outcomes import performance
from cme_xblock.outcomes.performance import Measure
from cme_xblock.outcomes.shapes import Cell, Column, Form, Section, Table, count, hidden, words


@dataclass(frozen=True)
class File:
    """One file that counts: level, source, period, the civil day (UTC) it was brought on, and its measures."""

    level: str
    source: str
    period: str
    day: str
    measures: Sequence[Measure]


def sections(files: Sequence[File], *, minimum: int) -> Iterable[Section]:
    """The section, where the provider brought anything. Who brought it stays in the records, and is not shown."""
    if not files:
        return
    tables = tuple(_table(one, number, minimum) for number, one in enumerate(files, start=1))
    yield Section(
        "performance",
        N_("Performance and patients' health"),
        text=(Message(TOLD),),
        tables=tables,
        notes=(Message(OTHER_PEOPLE), Message(NO_CAUSE)),
    )


def _table(one: File, number: int, minimum: int) -> Table:
    values: dict[str, str | Message] = {
        "level": Message(_LEVELS[one.level]),
        "source": one.source,
        "period": one.period or "–",
        "day": one.day,
    }
    rows = tuple(_row(measure, minimum) for measure in one.measures)
    return Table(f"performance-{number}", Message(CAPTION, values), _COLUMNS, rows)


def _row(one: Measure, minimum: int) -> tuple[Cell, ...]:
    label = words(f"{one.name} ({one.unit})" if one.unit else one.name, author=True)
    if not performance.is_told(one, minimum=minimum):
        return (label, *(hidden(form) for form in (Form.DECIMAL, Form.DECIMAL, Form.DECIMAL, Form.COUNT, Form.COUNT)))
    change = one.after - one.before
    numbers = (_number(one.before), _number(one.after), _number(change))
    return (label, *numbers, count(one.n), count(one.n_after))


def _number(value: Decimal) -> Cell:
    """With the decimals that it came with; a difference has those of the finer one."""
    exponent = value.as_tuple().exponent
    return Cell(Form.DECIMAL, float(value), places=max(-exponent, 0) if isinstance(exponent, int) else 0)


_LEVELS = {"5": N_("Level 5: what is done in practice"), "6": N_("Level 6: patients' health")}
CAPTION = N_("{level}. From: {source}. Before and after: {period}. Brought on {day}.")
TOLD = N_("Numbers that the provider brought. They were not made by this program, and are shown as they came.")
OTHER_PEOPLE = N_("They may be of other people than those who took part: see their source.")
NO_CAUSE = N_("Before and after without a comparison group does not say that the activity is the cause.")
_COLUMNS = (
    Column(N_("Measure"), Form.TEXT), Column(N_("Before"), Form.DECIMAL), Column(N_("After"), Form.DECIMAL),
    Column(N_("Difference"), Form.DECIMAL), Column(N_("n before")), Column(N_("n after")),
)  # fmt: skip
