"""The report across a provider's activities: a row for each, made of what its own report shows. PURE.

Nothing is counted here that an activity's report does not show, and only shown counts are added up: so that this page
tells no more than its activities' pages together. Learners are not joined across activities, and no mean is made of
means. Source: spec 5.4; docs/decisions/0029.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cme_xblock.activity.message import N_, Message
from cme_xblock.outcomes import report_text
from cme_xblock.outcomes.shapes import Cell, Chart, Column, Form, Mark, Report, Section, Table, count, words


@dataclass(frozen=True)
class Row:
    """What the provider's report tells of one activity: cells of its own report, as they are shown there.

    `levels`: Moore's levels that were designed for and measured, as the activity's table says.
    """

    title: str
    language: str
    people: Cell
    matched: Cell
    before: Cell
    after: Cell
    change: Cell
    d: Cell
    designed: frozenset[str]
    measured: frozenset[str]
    simulated: bool


def row(report: Report) -> Row:
    """The row of an activity, of what its report shows."""
    tables = {table.id: table for section in report.sections for table in section.tables}
    counted = [one[1] for one in tables["counted"].rows] if "counted" in tables else [count(0), count(0)]
    nothing = tuple(Cell(form, why="–") for form in (Form.PERCENT, Form.PERCENT, Form.POINTS))
    # Scores are of who met the main wording: so is the number beside them.
    matched, before, after, change = tables["objectives"].rows[-1][2:6] if "objectives" in tables else (
        counted[1], *nothing)  # fmt: skip
    sizes = {str(one[0].text): one[1] for one in tables["score"].rows} if "score" in tables else {}
    levels = tables["levels"].rows if "levels" in tables else ()
    return Row(
        title=report.title,
        language=report.language,
        people=counted[0],
        matched=matched,
        before=before,
        after=after,
        change=change,
        d=sizes.get(D_AV, Cell(Form.DECIMAL, why="–")),
        designed=frozenset(str(one[0].text) for one in levels if str(one[1].text) == "yes"),
        measured=frozenset(str(one[0].text) for one in levels if str(one[3].text)),
        simulated=report.simulated,
    )


def build(provider: str, rows: Sequence[Row]) -> Report:
    """The report of a provider's activities. `rows` in the order in which they are to be shown."""
    real = [one for one in rows if not one.simulated]
    cells: list[tuple[Cell, ...]] = [
        (
            words(one.title, author=True) if not one.simulated else words(Message(SIMULATED, {"title": one.title})),
            one.people, one.matched, one.before, one.after, one.change, one.d,
        )
        for one in rows
    ]  # fmt: skip
    if len(real) > 1:
        added = [_sum([one.people for one in real]), _sum([one.matched for one in real])]
        cells.append((words(Message(TOTAL)), *added, *(Cell(form, why="–") for form in _NOT_ADDED)))
    activities = Table("activities", Message(N_("Activity by activity")), _COLUMNS, tuple(cells),
                       ("mean_difference", "d_av"))  # fmt: skip
    marks = tuple(
        Mark(
            Message(SIMULATED if one.simulated else "{title}", {"title": one.title}),
            ((one.before.value or 0) / 100, (one.after.value or 0) / 100), (None, None), (one.before, one.after),
            author=True,
        )
        for one in rows if one.before.value is not None and one.after.value is not None
    )  # fmt: skip
    chart = Chart("dots", Message(N_("Scores before and after, by activity")), Message(DOTS), marks) if marks else None
    sections = (
        Section("activities", N_("Activities"), tables=(activities,), chart=chart, notes=tuple(map(Message, NOTES))),
        Section("levels", N_("Levels of outcome"), tables=(_levels(real),)),
    )
    sections += (report_text.methods(sections),)
    answer = _answer(real) if rows else (Message(N_("No activity of this provider is published.")),)
    if len(real) < len(rows):
        answer += (Message(ASIDE, {"count": str(len(rows) - len(real))}),)
    # Among real ones each simulated row says so; a mark on the page would call the others simulated, too.
    return Report(provider, rows[0].language if rows else "en", answer, sections, bool(rows) and not real)


def _sum(cells: Sequence[Cell]) -> Cell:
    """The shown numbers added up; of hidden ones nothing, not even that they are few."""
    return count(int(sum(one.value for one in cells if one.value is not None)))


def _answer(real: Sequence[Row]) -> tuple[Message, ...]:
    shown = [one for one in real if one.change.value is not None]
    better = sum(1 for one in shown if (one.change.value or 0) > 0)
    values = {"activities": str(len(real)), "shown": str(len(shown)), "better": str(better)}
    return (Message(ANSWER if shown else NO_ANSWER, values),)


def _levels(real: Sequence[Row]) -> Table:
    """In how many activities each level was designed for and measured: counts of activities, not of people."""
    designed = Counter(level for one in real for level in one.designed)
    measured = Counter(level for one in real for level in one.measured)
    both = Counter(level for one in real for level in one.designed & one.measured)
    names = sorted({*designed, *measured})
    rows = tuple(
        (words(Message(name)), count(designed[name]), count(measured[name]), count(designed[name] - both[name]))
        for name in names
    )
    return Table("levels", Message(N_("In how many activities")), _LEVELS, rows)


D_AV = "Effect size d_av"
TOTAL = N_("Added up, where it is shown")
SIMULATED = N_("{title} (simulated, in no sum)")
ANSWER = N_(
    "{better} of the {shown} activities whose scores can be shown ended with more right answers than they began with "
    "({activities} activities in all)."
)
ASIDE = N_("Simulated activities: {count}. They are marked, and in no sum and no sentence.")
NO_ANSWER = N_("No activity has scores that can be shown yet. Activities in all: {activities}.")
DOTS = N_("Each line has a hollow circle for before and a filled square for after, from 0 to 100 percent.")
NOTES = (
    N_("Each row is what the activity's own report shows; what is hidden there is hidden here, and in no sum."),
    N_("People are counted in each activity: who took part in two is counted twice. Means are not averaged."),
)
_NOT_ADDED = (Form.PERCENT, Form.PERCENT, Form.POINTS, Form.DECIMAL)
_COLUMNS = (
    Column(N_("Activity"), Form.TEXT), Column(N_("People")), Column(N_("Matched")),
    Column(N_("Mean before"), Form.PERCENT), Column(N_("Mean after"), Form.PERCENT),
    Column(N_("Change in points (95 % CI)"), Form.POINTS, interval=True), Column("d_av", Form.DECIMAL, interval=True),
)  # fmt: skip
_LEVELS = (
    Column(N_("Level"), Form.TEXT), Column(N_("Designed for")), Column(N_("Measured")),
    Column(N_("Designed for and not measured")),
)  # fmt: skip
