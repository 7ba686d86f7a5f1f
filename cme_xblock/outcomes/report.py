"""The report: from the learners of an activity to what is shown of them, the answer first. PURE.

It decides what is said and what is hidden; how numbers are written is in `numbers.py`, how it looks is the business of
page, PDF and workbook. Source: spec 5.2 to 5.4; docs/decisions/0029.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from cme_xblock.activity import canonical, richtext
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.outcomes import (
    hiding_people,
    report_about,
    report_evaluation,
    report_groups,
    report_items,
    report_objectives,
    report_people,
    report_retention,
    report_sure,
    report_text,
    suppression,
)
from cme_xblock.outcomes.analysis import PairResult, analyse
from cme_xblock.outcomes.cohort import Cohort
from cme_xblock.outcomes.evidence import NOTHING_ELSE, Check, Evidence
from cme_xblock.outcomes.hiding import TOTAL
from cme_xblock.outcomes.hiding_people import Wording
from cme_xblock.outcomes.marks import Reached
from cme_xblock.outcomes.numbers import SMALLEST_P, Numbers
from cme_xblock.outcomes.planner import Planner, plain
from cme_xblock.outcomes.shapes import Cell, Form, Report, Section, Table
from cme_xblock.outcomes.stats.paired import Comparison
from cme_xblock.outcomes.view import EXPLORATORY_BELOW, TESTED_FROM, View

_ANSWERS = Numbers()


def build(
    cohort: Cohort,
    activity: Activity,
    *,
    minimum: int = suppression.MINIMUM,
    simulated: bool = False,
    numbers: Numbers = _ANSWERS,
    planner: Planner = plain,
    more: Iterable[Section] = (),
    evidence: Evidence = NOTHING_ELSE,
) -> Report:
    """The report of `activity` as it is now on all its learners.

    `minimum`: no number about fewer people is shown (a site may set 10). `numbers`: how the sentences write them.
    `planner`: who says what is hidden. `more`: sections on what was measured otherwise, before strengths and limits.
    `evidence`: what learners say, and of which levels the provider brought data.
    """
    known = hiding_people.wordings(cohort)
    gone = hiding_people.people(cohort, known, minimum=minimum, planner=planner)
    shown = [(place, one) for place, one in enumerate(known) if _is_enough(place, one, gone, minimum)]
    seen = report_people.People(cohort, known, gone)
    views = {place: _view(seen, place, minimum, planner) for place, _ in shown}
    main = views.get(0)
    sections = [*report_people.funnel(seen)]
    if main is not None:
        sections = [
            *report_objectives.objectives(main, activity),
            *sections,
            *report_items.changes(main),
            *report_items.questions(main),
            *report_sure.section(main),
            *report_groups.groups(seen, main),
        ]
        for place, view in views.items():
            sections += report_items.other_wording(view, place) if place else ()
    sections += report_people.matching(seen, main, minimum=minimum)
    for about in (report_evaluation.evaluation, report_evaluation.barriers):
        sections += about(evidence, minimum=minimum, planner=planner)
    sections += report_evaluation.wishes(evidence, minimum=minimum)
    sections += report_evaluation.plans(evidence, activity, minimum=minimum)
    sections += _retention(evidence.check, seen, views, minimum, planner)
    sections += more
    sections.append(report_text.levels(activity, main, evidence))
    sections.append(report_text.limits(seen, main, minimum=minimum))
    sections += report_about.activity_section(activity, numbers)
    sections.append(report_about.counted(seen, evidence, minimum=minimum, planner=planner))
    answer = _answer(main, numbers) if main else (_nothing(cohort, known, minimum),)
    made = tuple(_explored(replace(one, tables=tuple(map(_blurred, one.tables))), main) for one in sections)
    return Report(activity.title, activity.language, answer, (*made, report_text.methods(made)), simulated)


def _blurred(one: Table) -> Table:
    """The table with p-values of three digits: all digits of a rank test's would tell how the ranks are divided."""
    return replace(one, rows=tuple(tuple(_three(cell) for cell in row) for row in one.rows))


def _explored(one: Section, main: View | None) -> Section:
    """The section, with a word where some of its tests and intervals rest on 10 to 29, though not all of it does."""
    if main is None or main.n < EXPLORATORY_BELOW:
        return one
    tests = [table for table in one.tables if any(column.form is Form.P or column.interval for column in table.columns)]
    few = any(
        number is not None and TESTED_FROM <= number < EXPLORATORY_BELOW
        for table in tests
        for row in table.rows
        for column, cell in zip(table.columns, row, strict=True)
        for number in (cell.of, cell.value if column.title == "n" else None)
    )
    return replace(one, notes=(*one.notes, Message(PARTLY_EXPLORATORY))) if few else one


def _three(cell: Cell) -> Cell:
    """Three decimals, as they are printed; below 0.001 three significant digits. A limit is never rounded down."""
    if cell.form is not Form.P or cell.value is None:
        return cell
    exact = Decimal(cell.value)
    last = Decimal("0.001") if exact >= SMALLEST_P else Decimal(1).scaleb(exact.adjusted() - 2)
    # What is printed as below 0.001 stays below it.
    how = ROUND_CEILING if cell.bound else ROUND_FLOOR if exact < SMALLEST_P else ROUND_HALF_EVEN
    return replace(cell, value=float(exact.quantize(last, rounding=how)))


def _is_enough(place: int, one: Wording, gone: frozenset[object], minimum: int) -> bool:
    return one.n >= minimum and bool(one.versions) and ("wording", place) not in gone


def _view(seen: report_people.People, number: int, minimum: int, planner: Planner) -> View:
    """The learners of one wording; those of the first together with who has only one of the two."""
    one = seen.wordings[number]
    places = one.places if number else hiding_people.of_first(seen.cohort, one)
    groups = tuple(seen.cohort.groups[place] for place in places)
    found = analyse(replace(seen.cohort, groups=groups, kinds={}))
    told = hiding_people.told(seen.cohort, seen.wordings, seen.gone, places, taken=not number)
    return View.of(found, groups, minimum=minimum, planner=planner, told=told)


def _retention(
    check: Check, seen: report_people.People, views: Mapping[int, View], minimum: int, planner: Planner
) -> Iterable[Section]:
    """What has stayed, beside what is told of the same learners."""
    beside = [
        report_retention.Beside(
            canonical.digest([[version.before, version.after] for version in one.versions]),
            views.get(place),
            ("wording", place) not in seen.gone,
        )
        for place, one in enumerate(seen.wordings)
    ]
    is_told = Reached.RETAINED not in seen.gone
    return report_retention.sections(check, beside, minimum=minimum, planner=planner, is_told=is_told)


def _nothing(cohort: Cohort, known: tuple[Wording, ...], minimum: int) -> Message:
    if not cohort.registered:
        return Message(N_("Nobody has taken part yet."))
    if not known:
        return Message(
            N_(
                "Nobody has answered both the baseline and the assessment yet, so nothing can be said about a change. "
                "It takes both from the same learner."
            )
        )
    return Message(
        N_(
            "Too few learners have answered both the baseline and the assessment to show anything about them: "
            "numbers are shown from {minimum} on."
        ),
        {"minimum": str(minimum)},
    )


def _answer(view: View, numbers: Numbers) -> tuple[Message, ...]:
    """The answer in sentences: of all paired questions together, then the largest gain and the smallest, or decline."""
    told: list[Message] = []
    both = [one for one in view.found.main if view.shows_sides(one)]
    if view.score is not None and (len(view.found.main) > 1 or not both):
        told.append(_of_score(view.score, view, numbers))
    by_change = sorted(both, key=lambda one: (one.change.right_after - one.change.right_before) / one.change.n)
    if len(view.found.main) == 1 and both:
        told.append(_of_item(LEARNERS, both[0], view, numbers))
    elif by_change:
        told += _extremes(by_change, view, numbers)
        if not told:
            told.append(_of_item(LEARNERS, by_change[0], view, numbers))
    if not told:
        told.append(Message(N_("Every number about the change would tell about too few people, so none is shown.")))
    if view.n < TESTED_FROM:
        told.append(Message(N_("Fewer than 10 matched learners: counts only, nothing is tested.")))
    elif view.n < EXPLORATORY_BELOW:
        told.append(Message(N_("Exploratory: fewer than 30 matched learners.")))
    return tuple(told)


def _extremes(by_change: list[PairResult], view: View, numbers: Numbers) -> tuple[Message, ...]:
    """The questions that gained most and least, or declined; none where all changed alike."""
    least, most = by_change[0], by_change[-1]
    down, up = (one.change.right_after - one.change.right_before for one in (least, most))
    if down * most.change.n == up * least.change.n:
        return ()
    last = _of_item(DECLINED if down < 0 else SMALLEST, least, view, numbers)
    return (_of_item(LARGEST, most, view, numbers), last) if up > 0 else (last,)


def _of_score(score: Comparison, view: View, numbers: Numbers) -> Message:
    change = score.difference.value or 0.0
    values: dict[str, str | Message] = {
        "n": str(score.n),
        "pairs": str(len(view.found.main)),
        "before": numbers.number(score.before.mean or 0.0, Form.PERCENT),
        "after": numbers.number(score.after.mean or 0.0, Form.PERCENT),
        "change": numbers.number(abs(change), Form.POINTS),
    }
    low, high = score.difference.low, score.difference.high
    values["interval"] = Message("")
    has_spread = view.found.score is not None and view.shows_spread(TOTAL, view.found.score)
    if low is not None and high is not None and score.n >= TESTED_FROM and has_spread:
        ends = {"low": numbers.number(low, Form.POINTS), "high": numbers.number(high, Form.POINTS)}
        values["interval"] = Message(INTERVAL, ends)
    return Message(ROSE if change > 0 else FELL if change < 0 else STAYED, values)


def _of_item(text: str, one: PairResult, view: View, numbers: Numbers) -> Message:
    values: dict[str, str | Message] = {
        "question": report_items.shortened(richtext.plain(one.after.stem), 160),
        "n": str(one.change.n),
        "before": str(one.change.right_before),
        "after": str(one.change.right_after),
        "odds": _odds(one, view, numbers),
    }
    return Message(text, values)


def _odds(one: PairResult, view: View, numbers: Numbers) -> Message:
    if view.shows_odds(one) and one.odds_ratio.value is not None:
        ends = (one.odds_ratio.value, one.odds_ratio.low or 0.0, one.odds_ratio.high or 0.0)
        value, low, high = (numbers.number(end, Form.DECIMAL) for end in ends)
        return Message(ODDS, {"value": value, "low": low, "high": high})
    least = view.odds_at_least(one)
    if least is not None:
        return Message(ODDS_AT_LEAST, {"value": numbers.number(least, Form.DECIMAL)})
    return Message("")


ROSE = N_(
    "The {n} matched learners answered {before} of the {pairs} paired questions correctly before the activity and "
    "{after} after it: {change} percentage points more{interval}."
)
FELL = N_(
    "The {n} matched learners answered {before} of the {pairs} paired questions correctly before the activity and "
    "{after} after it: {change} percentage points fewer{interval}."
)
STAYED = N_(
    "The {n} matched learners answered {before} of the {pairs} paired questions correctly before the activity and as "
    "many after it."
)
INTERVAL = N_(" (change {low} to {high}, 95 % CI)")
LEARNERS = N_(
    "{after} of {n} matched learners chose the right answer after the activity, {before} before{odds}: “{question}”"
)
LARGEST = N_(
    "Largest gain: {after} of {n} matched learners chose the right answer after the activity, {before} before{odds}: "
    "“{question}”"
)
SMALLEST = N_(
    "Smallest gain: {after} of {n} matched learners chose the right answer after the activity, {before} before{odds}: "
    "“{question}”"
)
DECLINED = N_(
    "Largest decline: {after} of {n} matched learners chose the right answer after the activity, {before} "
    "before{odds}: “{question}”"
)
PARTLY_EXPLORATORY = N_("Tests and intervals that rest on fewer than 30 are exploratory.")
ODDS = N_("; odds ratio {value}, 95 % CI {low} to {high}")
ODDS_AT_LEAST = N_("; odds ratio at least {value}")
