"""The report's section on objectives: scores, tests and effect sizes of each and of all together. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cme_xblock.activity import richtext
from cme_xblock.activity.codes import Format
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.outcomes.analysis import ScoreResult
from cme_xblock.outcomes.hiding import TOTAL
from cme_xblock.outcomes.report_items import DASH, DOTS, estimate, p_value
from cme_xblock.outcomes.shapes import Cell, Chart, Column, Form, Mark, Section, Table, count, hidden, words
from cme_xblock.outcomes.stats.paired import BENCHMARK, Comparison
from cme_xblock.outcomes.view import ITEMS_FOR_D, TESTED_FROM, View

# A row's label and score, what of it is shown, and whether its spread is.
_Shown = tuple[Cell, ScoreResult, Comparison | None, bool]


def objectives(view: View, activity: Activity) -> Iterable[Section]:
    """The scores of each objective and of all: means, change, tests, effect sizes."""
    named = numbered(activity)
    rows: list[tuple[Cell, str, ScoreResult]] = [
        (words(named.get(key) or key, author=True), key, found)
        for key, found in sorted(view.found.objectives.items(), key=lambda one: list(named).index(one[0])
                                 if one[0] in named else len(named))
    ]  # fmt: skip
    if view.found.score is not None:
        rows.append((words(Message(ALL)), TOTAL, view.found.score))
    shown: list[_Shown] = [
        (label, result, view.shown_score(key, result), view.shows_spread(key, result)) for label, key, result in rows
    ]
    marks = tuple(
        Mark(
            label.text or Message(""),
            ((one.before.mean or 0) / 100, (one.after.mean or 0) / 100),
            (None, None),
            (Cell(Form.PERCENT, one.before.mean), Cell(Form.PERCENT, one.after.mean)),
            author=label.author,
        )
        for label, _, one, _ in shown
        if one is not None
    )
    tables = [Table("objectives", Message(N_("Scores by objective")), _SCORES, tuple(_score(*one) for one in shown),
                    ("mean_difference",))]  # fmt: skip
    notes = [Message(SCORED)]
    whole = view.score
    if whole is not None and view.n >= TESTED_FROM and shown[-1][3]:
        tables.append(_tests(whole, len(view.found.main), view.minimum))
        notes += _size(whole, len(view.found.main), activity)
    if view.n >= TESTED_FROM and len(view.found.objectives) > 1:
        tables += _by_objective(shown[: len(view.found.objectives)], view.minimum)
    yield Section(
        "objectives",
        N_("Change by objective"),
        tables=tuple(tables),
        chart=Chart("dots", Message(N_("Scores before and after, by objective")), Message(DOTS), marks)
        if marks
        else None,
        notes=tuple(notes),
    )


def numbered(activity: Activity) -> dict[str, str]:
    """The objectives by their ids, with the numbers by which charts and tables name them."""
    return {
        one.id: f"{place}. {' '.join(richtext.plain(one.text).split())}"
        for place, one in enumerate(activity.objectives, start=1)
    }


def _score(label: Cell, result: ScoreResult, one: Comparison | None, has_spread: bool) -> tuple[Cell, ...]:
    """A row of `_SCORES`."""
    asked = count(result.pairs)
    if one is None:
        return (label, asked, hidden(), *(hidden(form) for form in (Form.PERCENT, Form.PERCENT, Form.POINTS)))
    change = estimate(one.difference, Form.POINTS)
    if one.n < TESTED_FROM or not has_spread:
        change = Cell(Form.POINTS, one.difference.value)
    before, after = (Cell(Form.PERCENT, each.mean) for each in (one.before, one.after))
    return (label, asked, count(one.n), before, after, change)


def _tests(one: Comparison, pairs: int, minimum: int) -> Table:
    """Everything else that is said of the score over all pairs. No effect size over fewer than 4 (rule 8)."""
    rows: list[tuple[str, str, Cell, int]] = [
        (N_("Median before"), "", Cell(Form.PERCENT, one.before.median), one.n),
        (N_("Median after"), "", Cell(Form.PERCENT, one.after.median), one.n),
        (N_("Standard deviation before"), "spread", Cell(Form.POINTS, one.before.sd), one.n),
        (N_("Standard deviation after"), "spread", Cell(Form.POINTS, one.after.sd), one.n),
        (N_("Paired t-test, p"), one.t.method, p_value(one.t), one.t.n),
        (N_("Wilcoxon's signed-rank test, p"), one.wilcoxon.method, p_value(one.wilcoxon), one.wilcoxon.n),
        (N_("Class-average normalised gain"), one.class_gain.method, estimate(one.class_gain), one.class_gain.n),
        (N_("Mean normalised change"), one.normalised_change.method, estimate(one.normalised_change),
         one.normalised_change.n),
    ]  # fmt: skip
    if pairs >= ITEMS_FOR_D:
        rows += [
            (N_("Effect size d_av"), "d_av", estimate(one.d_av), one.n),
            (N_("Hedges' g of d_av"), "g_av", estimate(one.g_av), one.n),
            (N_("Effect size d_z"), "d_z", estimate(one.d_z), one.n),
            (N_("Hedges' g of d_z"), "g_z", estimate(one.g_z), one.n),
        ]
    methods = tuple(dict.fromkeys(method for _, method, _, _ in rows if method))
    cells = tuple(
        (words(Message(name)), *_with_n(replace(cell, why=cell.why or DASH), n, one.n, minimum))
        for name, _, cell, n in rows
    )
    columns = (Column(N_("Measure")), Column(N_("Value (95 % CI)"), Form.DECIMAL, interval=True), Column(N_("n")))
    return Table("score", Message(N_("The score over all paired questions")), columns, cells, methods)


def _with_n(cell: Cell, n: int, whole: int, minimum: int) -> tuple[Cell, Cell]:
    """A number and how many it rests on. A few fewer than all would say how many were left out, ties for one; so would
    the number itself, which is whole only times the right n.
    """
    if 0 < whole - n < minimum or 0 < n < minimum:
        return hidden(cell.form), hidden()
    return cell, count(n)


def _by_objective(shown: Sequence[_Shown], minimum: int) -> list[Table]:
    """Tests and effect sizes of each objective, where they may be shown. Effect sizes as of `_tests`."""
    tests, sizes, used = [], [], []
    for label, result, one, has_spread in shown:
        if one is None or not has_spread or one.n < TESTED_FROM:
            tests.append((label, *(hidden(form) for form in (Form.COUNT, Form.P, Form.P, Form.DECIMAL, Form.DECIMAL))))
            sizes.append((label, *(hidden(form) for form in (Form.COUNT, *[Form.DECIMAL] * 4))))
            continue
        ranked, _ = _with_n(p_value(one.wilcoxon), one.wilcoxon.n, one.n, minimum)
        change, _ = _with_n(estimate(one.normalised_change), one.normalised_change.n, one.n, minimum)
        gain = estimate(one.class_gain)
        tests.append((label, count(one.n), p_value(one.t), ranked, gain, change))
        used += [one.t.method, one.wilcoxon.method, one.class_gain.method, one.normalised_change.method]
        if result.pairs < ITEMS_FOR_D:
            sizes.append((label, count(one.n), *(Cell(Form.DECIMAL, why=TOO_FEW_ITEMS) for _ in range(4))))
            continue
        found = (one.d_av, one.g_av, one.d_z, one.g_z)
        sizes.append((label, count(one.n), *(estimate(each) for each in found)))
        used += [each.method for each in found]
    if not used:
        return []
    methods = tuple(dict.fromkeys(used))
    made = [Table("objective-tests", Message(N_("Tests and gains by objective")), _TESTS, tuple(tests), methods)]
    if any(result.pairs >= ITEMS_FOR_D for _, result, _, _ in shown):
        made.append(Table("objective-sizes", Message(N_("Effect sizes by objective")), _SIZES, tuple(sizes)))
    return made


def _size(one: Comparison, pairs: int, activity: Activity) -> list[Message]:
    """The effect size beside what is usual for internet enduring material, and nothing for other formats."""
    if pairs < ITEMS_FOR_D:
        return [Message(N_("No effect size of the score: it takes 4 paired questions, or it would say too much."))]
    d, (low, high) = one.d_av.value, BENCHMARK
    if d is None or activity.format is not Format.ENDURING:
        return []
    text = LOWER if d < low else HIGHER if d > high else WITHIN
    told = [Message(text, {"low": Message(BAND_LOW), "high": Message(BAND_HIGH)}), Message(BAND_SOURCE)]
    ends = (one.g_av.low, one.g_av.high)
    if any(ends[0] is not None and ends[1] is not None and ends[0] < limit < ends[1] for limit in (low, high)):
        told.insert(1, Message(BAND_UNSURE))
    return told


ALL = N_("All paired questions")
SCORED = N_("Percent of the paired questions answered rightly, matched learners; a missing answer counts as wrong.")
TOO_FEW_ITEMS = N_("fewer than 4 questions")
# BENCHMARK in words, because not every language writes a point.
BAND_LOW, BAND_HIGH = N_("0.48"), N_("0.75")
LOWER = N_("d_av is below the band from {low} to {high}, which may be a benchmark for internet enduring material.")
WITHIN = N_("d_av is within the band from {low} to {high}, which may be a benchmark for internet enduring material.")
HIGHER = N_("d_av is above the band from {low} to {high}, which may be a benchmark for internet enduring material.")
BAND_UNSURE = N_("The interval of Hedges' g reaches across a limit of that band: where the effect lies is not settled.")
BAND_SOURCE = N_(
    "The band: Olivieri and Downes, Journal of European CME 2020;9:1, doi:10.1080/21614083.2020.1832796, of 40 "
    "activities; they ask for caution in such comparisons."
)
_SCORES = (
    Column(N_("Objective"), Form.TEXT), Column(N_("Questions")), Column(N_("n")),
    Column(N_("Mean before"), Form.PERCENT), Column(N_("Mean after"), Form.PERCENT),
    Column(N_("Change in points (95 % CI)"), Form.POINTS, interval=True),
)  # fmt: skip
_TESTS = (
    Column(N_("Objective"), Form.TEXT), Column(N_("n")), Column(N_("Paired t-test, p"), Form.P),
    Column(N_("Wilcoxon's signed-rank test, p"), Form.P), Column(N_("Class-average normalised gain"), Form.DECIMAL),
    Column(N_("Mean normalised change"), Form.DECIMAL),
)  # fmt: skip
_SIZES = (
    Column(N_("Objective"), Form.TEXT), Column(N_("n")), Column("d_av", Form.DECIMAL),
    Column(N_("Hedges' g of d_av (95 % CI)"), Form.DECIMAL, interval=True), Column("d_z", Form.DECIMAL),
    Column(N_("Hedges' g of d_z (95 % CI)"), Form.DECIMAL, interval=True),
)  # fmt: skip
