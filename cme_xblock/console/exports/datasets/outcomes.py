"""Outcomes: every number of an activity's report, one to a line; what the report hides is hidden here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from cme_xblock.activity.message import N_
from cme_xblock.console.access import May
from cme_xblock.console.exports.columns import Column, Columns, Form
from cme_xblock.console.exports.datasets import rows
from cme_xblock.console.exports.datasets.whole import WholeDataset
from cme_xblock.console.exports.scope import Scope
from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.shapes import Cell, Report
from cme_xblock.outcomes.shapes import Form as Shown

_NUMBERS = Numbers()


class Outcomes(WholeDataset):
    """One row is one cell of one table of the report."""

    id = "outcomes"
    title = N_("Outcomes")
    about = N_("Every number of the outcomes reports: who took part, what changed, how sure that is. No learner's.")
    may = May.EXPORT_AGGREGATE
    filters = ("section",)
    columns = (
        rows.ACTIVITY,
        rows.COURSE,
        rows.TITLE,
        Column("simulated", Form.FLAG, N_("Whether any learner of the activity is invented.")),
        Column("section", Form.TEXT, N_("The report's section; stays for good.")),
        Column("table", Form.TEXT, N_("The table in it.")),
        Column("row", Form.TEXT, N_("What the line is about.")),
        Column("measure", Form.TEXT, N_("The column's heading.")),
        Column("shown", Form.TEXT, N_("As the report writes it; `hidden` where it would tell about too few people.")),
        Column("value", Form.TEXT, N_("The number alone, in full; empty where it is hidden or there is none.")),
        Column("of", Form.COUNT, N_("What it is a part of, where it is a share.")),
        Column("low", Form.TEXT, N_("The lower end of the 95 % interval; of a share, of 1.")),
        Column("high", Form.TEXT, N_("Its upper end.")),
    )

    def whole(self, scope: Scope, activity_key: str) -> Columns:
        """The report of one activity, counted anew."""
        # Here, because scipy takes a second that no page should pay.
        from cme_xblock.outcomes import current, reading

        found = reading.reported(activity_key)
        if found is None:
            return rows.turned((), self.columns)
        # The same report as on the page, and of the same step: two of them side by side give nobody away.
        made = current.report_of(
            activity_key, found.activity, minimum=scope.minimum, now=timezone.now(), numbers=_NUMBERS
        )
        where = (*rows.place(activity_key), "yes" if made.simulated else "no")
        sections = scope.filters.get("section", ())
        return rows.turned(((*where, *row) for row in _rows(made, sections)), self.columns)


def _rows(made: Report, sections: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    for section in made.sections:
        if sections and section.id not in sections:
            continue
        for table in section.tables:
            for line in table.rows:
                about = _NUMBERS.cell(line[0])
                for column, cell in zip(table.columns[1:], line[1:], strict=True):
                    yield (section.id, table.id, about, column.title, _NUMBERS.cell(cell), *_numbers(cell))


def _numbers(cell: Cell) -> tuple[Any, ...]:
    if cell.form is Shown.TEXT or cell.value is None or cell.bound:
        return "", None, "", ""
    return _exact(cell.value), cell.of, _exact(cell.low), _exact(cell.high)


def _exact(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"
