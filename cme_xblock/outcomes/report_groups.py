"""The report's section on who the learners are: by profession, field, years, setting, first time or returning. PURE.

Who is in which group, and their scores. What is hidden of it was decided over all that the report tells of people
(`hiding_people.people`). Source: spec 5.4 (demographics), 5.3, rule 14; docs/decisions/0033.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from cme_xblock.activity.message import N_, Message
from cme_xblock.outcomes.analysis import PROFESSION, ScoreResult
from cme_xblock.outcomes.report_people import People
from cme_xblock.outcomes.shapes import Cell, Chart, Column, Form, Mark, Report, Section, Table, count, hidden, words
from cme_xblock.outcomes.view import TESTED_FROM, View
from cme_xblock.participation.evaluation import PRACTICE
from cme_xblock.rules import library
from cme_xblock.rules import professions as known_professions


def groups(seen: People, view: View) -> Iterable[Section]:
    """A table for each fact that learners told. Of one question or two without means (`_MEANS_FROM`)."""
    tables = [table for fact in (PROFESSION, *PRACTICE) for table in _table(seen, view, fact)]
    if not tables:
        return
    text = [Message(BY_CLAIM)] + ([Message(BY_SELF)] if len(tables) > 1 or tables[0].id != _IDS[PROFESSION] else [])
    yield Section("groups", N_("By who they are"), text=tuple(text), tables=tuple(tables), chart=_chart(tables))


def kept(made: Report) -> Mapping[str, Any]:
    """What the report tells by what learners said of their practice, as plain data: each label with its numbers.

    What a retired learner said goes at once, and no number with it: so it is shown from here until the next step.
    """
    tables = [table for section in made.sections if section.id == "groups" for table in section.tables]
    return {
        table.id: [[str(row[0].text), *([one.value, one.low, one.high] for one in row[1:])] for row in table.rows]
        for table in tables
        if table.id != _IDS[PROFESSION]
    }


def _told(rows: Iterable[Any], fact: str) -> Iterable[Table]:
    """The table of a fact as it was shown at the last step."""
    made = []
    for label, *numbers in rows:
        cells = (
            Cell(column.form, value, low=low, high=high) if value is not None else hidden(column.form)
            for column, (value, low, high) in zip(_MEANS, numbers, strict=False)
        )
        made.append((words(Message(label)), *cells))
    yield _of_fact(fact, tuple(made), means=all(len(row) > _SEVERAL for row in made))


def _of_fact(fact: str, rows: tuple[tuple[Cell, ...], ...], *, means: bool) -> Table:
    columns = (Column(_NAMES[fact], Form.TEXT), *(_MEANS if means else _MEANS[:1]))
    return Table(_IDS[fact], Message(_CAPTIONS[fact]), columns, rows, ("mean_difference",) if means else ())


def _table(seen: People, view: View, fact: str) -> Iterable[Table]:
    told = seen.cohort.told
    if told is not None and fact != PROFESSION:
        if told.get(_IDS[fact]):
            yield from _told(told[_IDS[fact]], fact)
        return
    found = {code: one for (of, code), one in view.found.groups.items() if of == fact}
    if len(found) < _SEVERAL:
        return
    means = len(view.found.main) >= _MEANS_FROM and view.score is not None
    labels = _labels(fact)
    order = [code for code in labels if code in found] + sorted(code for code in found if code not in labels)
    gone = {code for code in found if (fact, code) in seen.gone or found[code].comparison.n < view.minimum}
    silent = _without_means(found, gone, view.minimum)
    rows = tuple(
        (
            words(Message(labels.get(code) or code or UNKNOWN[fact == PROFESSION])),
            hidden() if code in gone else count(found[code].comparison.n),
            *(_scores(found[code], view, is_hidden=code in silent) if means else ()),
        )
        for code in order
    )
    yield _of_fact(fact, rows, means=means)


def _without_means(found: Mapping[str, ScoreResult], gone: set[str], minimum: int) -> set[str]:
    """The groups whose mean is not shown: where it would tell of a few answers, for one answer may be one person's.

    What is left of all by subtracting the shown ones is judged like a group.
    """
    silent = gone | {code for code, one in found.items() if _is_few([one], minimum)}
    while silent and _is_few([found[code] for code in sorted(silent)], minimum) and silent != found.keys():
        silent.add(min(found.keys() - silent, key=lambda code: (found[code].comparison.n, code)))
    return silent


def _is_few(several: Iterable[ScoreResult], minimum: int) -> bool:
    """Whether few answers of these groups are right, or few are not, before or after."""
    together = list(several)
    for side in range(2):
        right = sum(number * people for one in together for number, people in enumerate(one.counts[side]))
        asked = sum(one.comparison.n * one.pairs for one in together)
        if 0 < right < minimum or 0 < asked - right < minimum:
            return True
    return False


def _scores(result: ScoreResult, view: View, *, is_hidden: bool) -> tuple[Cell, ...]:
    if is_hidden:
        return tuple(hidden(form) for form in (Form.PERCENT, Form.PERCENT, Form.POINTS))
    one = result.comparison
    change = one.difference
    ends = (change.low, change.high) if one.n >= TESTED_FROM and view.is_vague(result) else (None, None)
    return (
        Cell(Form.PERCENT, one.before.mean),
        Cell(Form.PERCENT, one.after.mean),
        Cell(Form.POINTS, change.value, low=ends[0], high=ends[1]),
    )


def _labels(fact: str) -> Mapping[str, str]:
    """Codes in the order in which a reader expects them, and their words."""
    if fact == PROFESSION:
        return {code: one.label for code, one in known_professions.load().items()}
    return {one.id: one.text for one in library.load().items[fact].choices}


def _chart(tables: Iterable[Table]) -> Chart | None:
    rows = [(table.caption, row) for table in tables for row in table.rows
            if len(row) > _SEVERAL and row[2].value is not None]  # fmt: skip
    often = Counter(repr(row[0].text) for _, row in rows)
    marks = tuple(
        Mark(
            # What several tables have is told apart by theirs.
            (row[0].text or Message("")) if often[repr(row[0].text)] == 1
            else Message("{group}: {label}", {"group": caption, "label": row[0].text or Message("")}),
            ((row[2].value or 0) / 100, (row[3].value or 0) / 100), (None, None), row[2:4],
        )
        for caption, row in rows
    )  # fmt: skip
    return Chart("dots", Message(N_("Scores before and after, by group")), Message(DOTS), marks) if marks else None


_SEVERAL = 2
# Of one question a mean is a count; of two, the groups' means together tell one group's answers to the first and
# another's to the second in one number (docs/decisions/0042).
_MEANS_FROM = 3
_IDS = {PROFESSION: "professions", **{fact: fact.replace("_", "-") for fact in PRACTICE}}
_NAMES = {
    PROFESSION: N_("Profession"),
    "specialty": N_("Field"),
    "years_in_practice": N_("Years in practice"),
    "setting": N_("Setting"),
    "first_time": N_("First time or returning"),
}
_CAPTIONS = {
    PROFESSION: N_("By profession"),
    "specialty": N_("By field"),
    "years_in_practice": N_("By years in practice"),
    "setting": N_("By setting"),
    "first_time": N_("First time or returning"),
}
_MEANS = (
    Column(N_("n")), Column(N_("Mean before"), Form.PERCENT), Column(N_("Mean after"), Form.PERCENT),
    Column(N_("Change in points (95 % CI)"), Form.POINTS, interval=True),
)  # fmt: skip
# By whether it is the profession.
UNKNOWN = {True: N_("Not stated: no credit claimed"), False: N_("Not stated")}
BY_CLAIM = N_("Matched learners; scores over all paired questions. Professions are as stated with the claim.")
BY_SELF = N_("Field, years, setting and whether it was the first time are as learners said, where they did.")
DOTS = N_("Each line has a hollow circle for before and a filled square for after, from 0 to 100 percent.")
