"""The report's sections on what was asked: paired questions, and the questions as such. PURE."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cme_xblock.activity import richtext
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Item
from cme_xblock.outcomes import spread
from cme_xblock.outcomes.analysis import ItemResult, PairResult
from cme_xblock.outcomes.hiding import SIDES
from cme_xblock.outcomes.shapes import (
    AT_LEAST,
    AT_MOST,
    BELOW,
    FEW,
    Cell,
    Chart,
    Column,
    Form,
    Mark,
    Section,
    Table,
    count,
    hidden,
    words,
)
from cme_xblock.outcomes.stats.result import NOTES, Estimate, Test
from cme_xblock.outcomes.view import TESTED_FROM, View


def estimate(one: Estimate, form: Form = Form.DECIMAL) -> Cell:
    """A statistic as a cell, with its interval, or why there is none."""
    if one.value is None:
        return Cell(form, why=NOTES.get(one.note, ""))
    return Cell(form, one.value, low=one.low, high=one.high)


def p_value(one: Test) -> Cell:
    """A test's p, or why there is none."""
    return Cell(Form.P, one.p) if one.p is not None else Cell(Form.P, why=NOTES.get(one.note, ""))


def _few(form: Form) -> Cell:
    return Cell(form, why=FEW)


def changes(view: View, *, id_: str = "items", title: str = N_("Paired questions")) -> Iterable[Section]:
    """Each pair: right before and after, the four segments, and the tests."""
    rows = view.found.main
    marks = tuple(_mark(view, one) for one in rows if view.shows_sides(one))
    tables = (
        Table(id_, Message(N_("Right answers before and after")), _SIDES, tuple(_sides(view, one) for one in rows),
              ("wilson",)),
        Table(f"{id_}-segments", Message(N_("Who changed: the four segments")), _SEGMENTS,
              tuple(_segments(view, one) for one in rows)),
        *_tested(view, id_),
    )  # fmt: skip
    yield Section(
        id_,
        title,
        text=(Message(N_("First attempts of matched learners. A missing answer is left out of its pair.")),),
        tables=tables,
        chart=Chart("dots", Message(SHARES), Message(DOTS), marks) if marks else None,
        notes=(Message(SEGMENTS_TOLD), Message(HIDING)),
    )


def _tested(view: View, id_: str) -> list[Table]:
    rows = view.found.main
    if view.n < TESTED_FROM:
        return []
    return [
        Table(f"{id_}-tests", Message(N_("Could it be chance, and how large is it")), _TESTS,
              tuple(_item_tests(view, one) for one in rows), _methods(view, rows)),
    ]  # fmt: skip


def other_wording(view: View, number: int) -> Iterable[Section]:
    """Another wording of the questions, by itself: versions are never mixed."""
    yield from changes(view, id_=f"wording-{number}", title=N_("Another wording of the questions"))


def label(view: View, item: Item, *, whole: bool = False) -> Cell:
    """A question's number and words: `whole` where it stands first, then their beginning."""
    text = " ".join(richtext.plain(item.stem).split())
    number = next((place for place, one in enumerate(view.found.main, start=1) if one.after.id == item.id), 0)
    shown = text if whole else shortened(text, _SHORT)
    return words(f"{number}. {shown}" if number else shown, author=True)


def shortened(text: str, most: int) -> str:
    """A text of at most that many letters, cut between words."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0] + " …"


def _share(n: int, whole: int, interval: Estimate) -> Cell:
    return Cell(Form.SHARE, n, of=whole, low=interval.low, high=interval.high)


def _mark(view: View, one: PairResult) -> Mark:
    ends = (one.right_before, one.right_after)
    return Mark(
        label(view, one.after).text or Message(""),
        tuple(end.value for end in ends),
        tuple((end.low, end.high) if end.low is not None and end.high is not None else None for end in ends),
        tuple(Cell(Form.PERCENT, (end.value or 0) * 100) for end in ends),
        author=True,
    )


def _sides(view: View, one: PairResult) -> tuple[Cell, ...]:
    found = one.change
    cells = [
        label(view, one.after, whole=True),
        words(Message(N_("identical") if one.version.same else N_("parallel"))),
    ]
    cells.append(count(found.n) if view.shows(one, "answered") else hidden())
    rights = ((found.right_before, one.right_before), (found.right_after, one.right_after))
    for side, (right, interval) in zip(SIDES, rights, strict=True):
        cells.append(_share(right, found.n, interval) if view.shows_side(one, side) else hidden(Form.SHARE))
    return tuple(cells)


def _segments(view: View, one: PairResult) -> tuple[Cell, ...]:
    found = one.change
    numbers = {"improved": found.improved, "reinforced": found.reinforced, "unresolved": found.unresolved,
               "declined": found.declined}  # fmt: skip
    return (
        label(view, one.after),
        *(count(number) if view.shows(one, name) else hidden() for name, number in numbers.items()),
    )


def _item_tests(view: View, one: PairResult) -> tuple[Cell, ...]:
    named = label(view, one.after)
    if one.change.n < TESTED_FROM and view.shows(one, "answered"):
        return (named, *(_few(form) for form in (Form.COUNT, Form.DECIMAL, Form.DECIMAL, Form.P, Form.P)))
    if view.shows_odds(one):
        adjusted = Cell(Form.P, one.p_adjusted, why=DASH)
        if one.test.p is not None and not all(view.shows_odds(other) for other in view.found.main):
            # Holm's p follows from the p-values of all questions; how large it is at most from this one alone.
            adjusted = Cell(Form.P, min(one.test.p * len(view.found.main), 1.0), bound=AT_MOST)
        changed = count(one.change.discordant)
        return (named, changed, estimate(one.odds_ratio), estimate(one.d), p_value(one.test), adjusted)
    least, limit = view.odds_at_least(one), view.p_below(one)
    odds = hidden(Form.DECIMAL) if least is None else Cell(Form.DECIMAL, least, bound=AT_LEAST)
    p_cell = hidden(Form.P) if limit is None else Cell(Form.P, limit, bound=BELOW)
    return (named, hidden(), odds, hidden(Form.DECIMAL), p_cell, hidden(Form.P))


def _methods(view: View, rows: Iterable[PairResult]) -> tuple[str, ...]:
    used = [method for one in rows if view.shows_odds(one) for method in (one.test.method, one.odds_ratio.method)]
    used += [one.test.method for one in rows if view.p_below(one) is not None]
    return tuple(dict.fromkeys([*used, "odds_ratio_d", "holm"])) if used else ()


def questions(view: View) -> Iterable[Section]:
    """What the assessment's questions are worth: difficulty, discrimination, reliability."""
    rows = []
    for one in view.found.items:
        n = one.difficulty.n
        shown = view.shows_difficulty(one) and bool(n)
        rows.append(
            (
                label(view, one.item),
                _share(_right(one), n, one.difficulty) if shown else hidden(Form.SHARE),
                _discrimination(one, n, is_told=shown),
            )
        )
    if not rows:
        return
    table = Table("questions", Message(N_("Difficulty and discrimination")), _QUESTIONS, tuple(rows),
                  ("difficulty", "discrimination", "kr_20"))  # fmt: skip
    whole = view.found.reliability
    if whole.n >= TESTED_FROM:
        hides = [place for place, one in enumerate(view.found.items) if not view.shows_difficulty(one)]
        right = [_right(one) for one in view.found.items]
        is_shown = spread.is_reliability_vague(right, hides, n=whole.n, kr_20=whole.value)
        values = {"items": str(len(rows)), "n": str(whole.n)}
        # Their number stands in every shown row.
        text = TOGETHER if len(hides) < len(rows) else TOGETHER_OF_HIDDEN
        together = words(Message(text, values))
        value = replace(_rounded(whole), why=DASH) if is_shown else hidden(Form.DECIMAL)
        rows.append((together, Cell(Form.SHARE, why=DASH), value))
        table = replace(table, rows=tuple(rows))
    yield Section(
        "questions",
        N_("The questions themselves"),
        text=(Message(N_("First attempts at the assessment of all who took it, matched or not.")),),
        tables=(table,),
    )


def _discrimination(one: ItemResult, n: int, *, is_told: bool) -> Cell:
    """`is_told`: whether the question's difficulty is."""
    if not is_told and not (
        n >= TESTED_FROM and spread.is_discrimination_vague(_right(one), n=n, value=one.discrimination.value)
    ):
        return hidden(Form.DECIMAL)
    return _few(Form.DECIMAL) if n < TESTED_FROM else _rounded(one.discrimination)


def _right(one: ItemResult) -> int:
    return round((one.difficulty.value or 0) * one.difficulty.n)


def _rounded(one: Estimate) -> Cell:
    """A statistic over all questions with two digits: with all of them it would be an equation about hidden ones."""
    cell = estimate(one)
    return replace(cell, value=round(cell.value, spread.DIGITS)) if cell.value is not None else cell


DASH = "–"
_SHORT = 70
SHARES = N_("Share of right answers before and after, with 95 % intervals")
DOTS = N_("Each line has a hollow circle for before and a filled square for after, from 0 to 100 percent.")
SEGMENTS_TOLD = N_(
    "Improved: wrong before, right after. Reinforced: right both times. Unresolved: wrong both times. Declined: right "
    "before, wrong after."
)
HIDING = N_(
    "“hidden”: the number is of fewer than the limit of people, or would give such a number away by subtraction. It is "
    "hidden in every download alike."
)
TOGETHER = N_("All {items} together, {n} learners: reliability (KR-20)")
TOGETHER_OF_HIDDEN = N_("All {items} together: reliability (KR-20)")
_QUESTION = Column(N_("Question"), Form.TEXT)
_SIDES = (
    _QUESTION, Column(N_("Form"), Form.TEXT), Column(N_("n")),
    Column(N_("Right before (95 % CI)"), Form.SHARE, interval=True),
    Column(N_("Right after (95 % CI)"), Form.SHARE, interval=True),
)  # fmt: skip
_SEGMENTS = (
    _QUESTION, Column(N_("Improved")), Column(N_("Reinforced")), Column(N_("Unresolved")), Column(N_("Declined")),
)  # fmt: skip
_TESTS = (
    _QUESTION, Column(N_("n who changed")), Column(N_("Odds ratio (95 % CI)"), Form.DECIMAL, interval=True),
    Column(N_("d (95 % CI)"), Form.DECIMAL, interval=True), Column(N_("p (McNemar)"), Form.P),
    Column(N_("p (Holm)"), Form.P),
)  # fmt: skip
_QUESTIONS = (
    _QUESTION, Column(N_("Right, of all who answered (95 % CI)"), Form.SHARE, interval=True),
    Column(N_("Discrimination; reliability"), Form.DECIMAL),
)  # fmt: skip
