"""The evaluation and the analysis of change for an audit file: what the reports show, and no number more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cme_xblock.activity.message import N_
from cme_xblock.console.evidence.abstract import Table
from cme_xblock.console.evidence.gathered import Gathered
from cme_xblock.console.exports import jobs, scope
from cme_xblock.console.exports.csv_file import CsvFile
from cme_xblock.console.exports.datasets.evaluations import EvaluationSums
from cme_xblock.console.exports.scope import Scope
from cme_xblock.outcomes import refresh
from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.shapes import Report
from cme_xblock.records.models import FirstAttempts

__all__ = ["Measured", "measure"]

# So many lines are printed; a file beside it has all.
_MOST_ROWS = 300
_NUMBERS = Numbers()


@dataclass(frozen=True)
class Measured:
    """Tables to print, the sums as CSV, and of how many learners the change is known."""

    sums: tuple[Table, ...]
    sums_csv: bytes
    answer: tuple[str, ...]
    change: tuple[Table, ...]
    matched: int
    simulated: bool


def measure(found: Gathered, *, now: datetime) -> Measured:
    """Count anew, and give what page and exports give of it, hidden as they hide it. Some seconds for many learners."""
    # Here, because scipy takes a second that no page should pay.
    from cme_xblock.outcomes import reading, releasing, report

    key, minimum = found.activity_key, jobs.minimum()
    refresh.refresh(key)
    standing = releasing.current(key, found.activity, minimum=minimum, now=now)
    simulated = reading.has_simulated(key)
    made = report.build(
        standing.cohort,
        found.activity,
        minimum=minimum,
        simulated=simulated,
        numbers=_NUMBERS,
        planner=standing.planner,
    )
    both = FirstAttempts.objects.filter(activity_key=key, before_edition__isnull=False, after_edition__isnull=False)
    sums, raw = _sums(key, minimum)
    return Measured(
        sums=sums,
        sums_csv=raw,
        answer=tuple(str(one) for one in made.answer),
        change=_tables(made),
        matched=both.filter(participation__is_test=False).count(),
        simulated=simulated,
    )


def _sums(key: str, minimum: int) -> tuple[tuple[Table, ...], bytes]:
    dataset = EvaluationSums()
    all_ = Scope(activities=(key,), sealed=True, last=scope.highest(), minimum=minimum)
    columns = dataset.whole(all_, key)
    file = CsvFile(dataset.columns)
    raw = file.begin() + file.rows(columns) + file.end()
    named = dict(zip((one.name for one in dataset.columns), columns, strict=True))
    shown = ("asked", "answered", "choice_text", "choice", "count", "text")
    rows = [
        (asked, _text(answered), _text(words or choice), _text(count), _text(text))
        for asked, answered, words, choice, count, text in zip(*(named[one] for one in shown), strict=True)
    ]
    heads = (N_("Question"), N_("Answered"), N_("Answer"), N_("Chosen by"), N_("In their words"))
    caption = N_("Answers") if len(rows) <= _MOST_ROWS else N_("The first answers; all of them: evaluation.csv")
    return ((Table(caption, heads, tuple(rows[:_MOST_ROWS])),) if rows else ()), raw


def _tables(made: Report) -> tuple[Table, ...]:
    return tuple(
        Table(
            f"{section.title}: {one.caption}",
            tuple(column.title for column in one.columns),
            tuple(tuple(_NUMBERS.cell(cell) for cell in row) for row in one.rows[:_MOST_ROWS]),
        )
        for section in made.sections
        for one in section.tables
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)
