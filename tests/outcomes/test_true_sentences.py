"""What a statistician would not let stand: sentences, intervals and numbers that must be true of their own cohort."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from cme_xblock.activity.model import Activity
from cme_xblock.credit import outcomes_pdf
from cme_xblock.outcomes import charts, report, report_evaluation, report_performance, report_provider
from cme_xblock.outcomes.cohort import Group
from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.performance import Measure
from cme_xblock.outcomes.shapes import Cell, Chart, Form, Mark, Report, Section
from cme_xblock.outcomes.stats import paired
from cme_xblock.outcomes.stats.result import CEILING, NO_ROOM
from tests.outcomes import crowd, people
from tests.outcomes.test_report import sentences, table
from tests.outcomes.test_report_evidence import asking, sure_of

WRITTEN = Numbers()


def answered(n: int, *rights: tuple[int, int], asked: Activity | None = None) -> Group:
    """Learners who met the same questions twice: of each, how many were right before and after."""
    one = asked or people.activity(len(rights))
    sides = [
        np.array([[ord("1") if place < right[side] else ord("0") for right in rights] for place in range(n)], np.uint8)
        for side in range(2)
    ]
    return Group(one, one, *sides, np.zeros(n, dtype=np.int16))


def built(*groups: Group, asked: Activity | None = None) -> Report:
    made = crowd.counted(list(groups), 0, np.random.default_rng(1))
    return report.build(made, asked or people.activity(len(groups[0].before[0])))


def said(section: Section) -> str:
    return " ".join(one.format() for one in (*section.text, *section.notes))


def section(made: Report, name: str) -> Section:
    return next(one for one in made.sections if one.id == name)


# The headline


def test_a_decline_is_called_one() -> None:
    told = sentences(built(answered(100, (40, 65), (50, 50), (70, 35))))
    assert "Largest gain: 65 of 100" in told
    assert "Largest decline: 35 of 100" in told
    assert "Smallest" not in told


def test_where_all_declined_none_gained() -> None:
    told = sentences(built(answered(100, (65, 50), (60, 40), (70, 35))))
    assert "gain" not in told
    assert "Largest decline: 35 of 100" in told


def test_the_smallest_gain_may_be_none() -> None:
    assert "Smallest gain: 50 of 100" in sentences(built(answered(100, (40, 65), (50, 50), (60, 70))))


def test_where_all_changed_alike_no_question_is_singled_out() -> None:
    told = sentences(built(answered(40, (10, 20), (15, 25))))
    assert "12.5" not in told
    assert "gain:" not in told
    assert "25.0 percentage points more" in told


def test_as_many_after_as_before_is_no_change() -> None:
    """Adding up fractions of points gave a change of 1e-15, whose sign made the sentence."""
    for seed in range(40):
        random = np.random.default_rng(seed)
        before, after = random.permutation(np.repeat(np.arange(4), 25)), random.permutation(np.repeat(np.arange(4), 25))
        found = paired.compare(before, after, items=3)
        assert found.difference.value == 0
        assert found.before.mean == found.after.mean


@pytest.mark.parametrize("items", [3, 7, 49, 97, 193])
def test_the_ceiling_is_seen_whatever_the_number_of_questions(items: int) -> None:
    full = np.full(12, items)
    found = paired.compare(full, full, items=items)
    assert found.class_gain.note == found.normalised_change.note == CEILING
    assert found.before.median == found.before.mean == 100
    assert paired.compare(full * 0, full * 0, items=items).normalised_change.note == NO_ROOM


# Intervals


@pytest.mark.parametrize("r", [0.0, 0.3, 0.8])
def test_the_interval_of_d_av_holds_what_it_says(r: float) -> None:
    """Simulated scores whose effect is known; the interval of d_z was off by 10 points at either end."""
    random, rounds, inside = np.random.default_rng(7), 800, 0
    true = 0.4
    for _ in range(rounds):
        both = random.multivariate_normal([0, true], [[1, r], [r, 1]], size=80)
        first, second = (np.clip(np.rint(200 + 30 * one), 0, 400).astype(int) for one in both.T)
        found = paired.compare(first, second, items=400).g_av
        inside += found.low <= true <= found.high
    assert 0.93 <= inside / rounds <= 0.975


def test_nobody_differs_has_no_interval() -> None:
    found = paired.compare(np.full(40, 2), np.full(40, 4), items=4)
    assert (found.difference.value, found.difference.low, found.difference.high) == (50, None, None)
    assert found.g_av.low is None


def test_answers_have_no_interval_of_people() -> None:
    """Several answers are one person's, so that an interval of so many people would be too narrow."""
    made = report.build(sure_of(crowd.cohort(2000, items=4), 1), asking(4, sure=True))
    assert {column.form for column in table(made, "calibration").columns[1:]} == {Form.SHARE}
    assert all(cell.low is None for row in table(made, "calibration").rows for cell in row)
    assert any(cell.value for row in table(made, "calibration").rows for cell in row)


# Who is compared


def test_those_who_left_are_compared_by_the_same_questions_only() -> None:
    """300 who left met an older, easier first question: the gap would be the question's."""
    one, old = people.activity(4), people.activity(4, stem="Old?")
    stayed = people.group(400, before=one, after=one)
    same = people.group(300, seed=5, before=one)
    assert "the 400 matched learners" in said(section(built(stayed, same), "matching"))
    other = people.group(300, seed=5, before=old)
    told = said(section(built(stayed, same, other), "matching"))
    assert "not compared" in told
    assert "matched learners" not in told


def test_the_share_of_those_compared_is_of_the_main_tables() -> None:
    made = report.build(crowd.cohort(80, items=4, earlier=30), crowd.activity(4))
    n = int(table(made, "objectives").rows[-1][2].value or 0)
    assert n == 80
    assert f"rests on {n} of the" in said(section(made, "limits"))
    assert report_provider.row(made).matched.value == n


def test_without_a_comparison_it_has_no_strengths() -> None:
    nobody = report.build(crowd.cohort(0, before_only=0, after_only=0, none=0), crowd.activity())
    assert "Strength" not in said(section(nobody, "limits"))
    assert [row[1].value for row in table(nobody, "counted").rows][:2] == [0, 0]


# Benchmarks and what is exploratory


def test_only_internet_enduring_material_is_held_against_its_band() -> None:
    cohort = crowd.cohort(200, items=4)
    assert "benchmark" not in said(report.build(cohort, crowd.activity(4)).sections[0])
    told = said(report.build(cohort, crowd.enduring(4)).sections[0])
    assert "Olivieri and Downes" in told
    assert "10.1080/21614083.2020.1832796" in told


def test_an_effect_whose_interval_reaches_across_the_band_is_not_settled() -> None:
    small = said(report.build(crowd.cohort(20, items=4, shares=(0.4, 0.55)), crowd.enduring(4)).sections[0])
    large = said(report.build(crowd.cohort(4000, items=4), crowd.enduring(4)).sections[0])
    assert "not settled" in small
    assert "not settled" not in large


def test_a_part_of_few_is_called_exploratory_in_a_report_on_many() -> None:
    made = report.build(crowd.cohort(300, items=4, earlier=20), crowd.activity(4))
    assert "exploratory" in said(section(made, "wording-1"))
    assert "exploratory" not in said(section(made, "items"))
    assert "exploratory" not in sentences(made)


def test_each_objective_has_its_tests_and_effect_sizes() -> None:
    made = report.build(crowd.cohort(200, items=8), crowd.activity(8))
    found = {str(row[0].text): row for row in table(made, "objective-sizes").rows}
    assert len(found) == 2
    for row in found.values():
        assert row[1].value == 200
        assert all(cell.value is not None for cell in row[2:])
        assert row[3].low < row[3].value < row[3].high
    assert all(row[2].value < 0.05 for row in table(made, "objective-tests").rows)
    assert "d_av" in said(section(made, "methods"))
    mixed = report.build(crowd.cohort(200, items=7), crowd.activity(7))
    assert [{cell.why for cell in row[2:]} for row in table(mixed, "objective-sizes").rows] == [
        {""}, {"fewer than 4 questions"}]  # fmt: skip
    few = report.build(crowd.cohort(200, items=4), crowd.activity(4))
    assert [one.id for one in section(few, "objectives").tables] == ["objectives", "score", "objective-tests"]


# Numbers as they are printed


@pytest.mark.parametrize(
    ("p", "printed"),
    [(0.04949, "0.049"), (0.0123, "0.012"), (0.0009996, "< 0.001"), (0.2, "0.200"), (1.0, "1.000"), (7e-17, "< 0.001")],
)
def test_a_p_value_is_rounded_once(p: float, printed: str) -> None:
    assert WRITTEN.cell(report._three(Cell(Form.P, p))) == printed


def test_a_limit_of_p_is_never_rounded_down() -> None:
    assert report._three(Cell(Form.P, 0.04941, bound="at most {value}")).value == 0.05
    assert report._three(Cell(Form.P, 0.00012341, bound="at most {value}")).value == pytest.approx(0.000124)


def test_a_change_is_the_difference_of_what_is_printed() -> None:
    printed = [WRITTEN.number(one, Form.POINTS) for one in (49.25, 72.375, 23.125, 86.25, 81.25, 43.75)]
    assert printed == ["49.3", "72.4", "23.1", "86.3", "81.3", "43.8"]
    assert WRITTEN.number(-0.04, Form.POINTS) == "0.0"


@pytest.mark.parametrize(
    ("minutes", "quartiles"),
    [([10] * 5 + [60] * 5, (10, 10, 60)), ([10] * 6 + [20] * 6 + [30] * 6 + [40] * 6, (10, 20, 30)),
     (list(range(1, 12)), (3, 6, 9))],
)  # fmt: skip
def test_half_is_at_least_half(minutes: list[int], quartiles: tuple[int, ...]) -> None:
    """The smallest number that as many took at most."""
    counts = {str(one): minutes.count(one) for one in minutes}
    asked = {"id": "minutes", "kind": "number"}
    given = report_evaluation.Evaluated((asked,), len(minutes), {"minutes": {"counts": counts}}, anonymous=True)
    made = report_evaluation._minutes(given, asked, frozenset())
    assert tuple(row[1].value for row in made.rows[1:]) == quartiles


@pytest.mark.parametrize(
    ("before", "after", "printed"),
    [("120.4", "119.6", ["120.4", "119.6", "\u22120.8"]), ("0.0042", "0.0031", ["0.0042", "0.0031", "\u22120.0011"]),
     ("41.5", "63", ["41.5", "63", "21.5"])],
)  # fmt: skip
def test_what_the_provider_brought_is_shown_as_it_came(before: str, after: str, printed: list[str]) -> None:
    one = Measure(name="Mean", unit="mmHg", before=Decimal(before), after=Decimal(after), n=40, n_after=40)
    row = report_performance._row(one, 5)
    assert [WRITTEN.cell(cell) for cell in row[1:4]] == printed


# The provider's page


def test_a_providers_page_says_which_are_simulated_and_has_its_methods() -> None:
    real = report_provider.row(report.build(crowd.cohort(80), crowd.activity()))
    made_up = report_provider.row(report.build(crowd.cohort(80), crowd.activity(), simulated=True))
    both = report_provider.build("Example", [real, made_up])
    assert not both.simulated
    assert "Simulated activities: 1." in sentences(both)
    assert "1 of the 1 activities" in sentences(both)
    assert [WRITTEN.cell(row[0]) for row in table(both, "activities").rows] == [
        "Safe tapering", "Safe tapering (simulated, in no sum)"]  # fmt: skip
    assert [mark.label.format() for mark in both.sections[0].chart.marks][1].endswith("(simulated, in no sum)")
    assert report_provider.build("Example", [made_up]).simulated
    assert "d_av: mean difference" in said(both.sections[-1])


# On paper and in other directions


def test_a_long_chart_goes_to_paper_in_pieces() -> None:
    marks = tuple(people_mark(str(number)) for number in range(23))
    chart = Chart("dots", report.Message("t"), report.Message("d"), marks)
    pieces = outcomes_pdf._pieces(chart)
    assert [len(one.marks) for one in pieces] == [12, 11]
    assert outcomes_pdf._pieces(replace(chart, marks=marks[:14]))[0].marks == marks[:14]
    assert sum((one.marks for one in pieces), ()) == marks
    assert outcomes_pdf._pieces(None) == []


def test_words_between_numbers_run_as_the_reader_does() -> None:
    arabic = Numbers(gettext={"{count} of {n} ({percent})": "{count} من {n} ({percent})"}.get)
    share = Mark(report.Message("x"), (0.5,), (None,), (Cell(Form.SHARE, 40, of=80),))
    plain = people_mark("x")
    writes = replace(WRITTEN, gettext=lambda one: arabic.gettext(one) or one)
    for mark, direction in ((share, "rtl"), (plain, "ltr")):
        chart = Chart("bars", report.Message("t"), report.Message("d"), (mark,))
        texts = charts.for_paper(chart, writes, is_rtl=True).texts
        assert next(one for one in texts if one.is_bold).direction == direction


def people_mark(label: str) -> Mark:
    return Mark(report.Message(label), (0.4, 0.6), (None, None), (Cell(Form.PERCENT, 40), Cell(Form.PERCENT, 60)))
