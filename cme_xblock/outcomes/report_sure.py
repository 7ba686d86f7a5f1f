"""The report's section on how sure learners were: the shift, and the wrong answers that they were sure of. PURE.

Source: spec 5.3, rule 12.
"""

from __future__ import annotations

from collections.abc import Iterable

from cme_xblock.activity import richtext
from cme_xblock.activity.message import N_, Message
from cme_xblock.outcomes.analysis import PairResult
from cme_xblock.outcomes.hiding import AFTER, BEFORE, SHIFTS, SIDES
from cme_xblock.outcomes.report_items import label
from cme_xblock.outcomes.shapes import FEW, Cell, Chart, Column, Form, Mark, Section, Table, count, hidden, words
from cme_xblock.outcomes.stats import proportion
from cme_xblock.outcomes.stats.result import NOTES
from cme_xblock.outcomes.sureness import Said
from cme_xblock.outcomes.view import TESTED_FROM, View
from cme_xblock.participation import confidence


def section(view: View) -> Iterable[Section]:
    """How sure before and after of each question, and how right they were at each level."""
    found = view.found.sureness
    if found is None:
        return
    pairs = [(one, found.pairs[place]) for place, one in enumerate(view.found.main) if place in found.pairs]
    rows = [_row(view, one, said) for one, said in pairs]
    rows += [_alone(view, said) for said in found.items]
    wrong = tuple(_wrong(view, one, said) for one, said in pairs)
    methods = ("wilson", *dict.fromkeys(said.test.method for said in (*found.pairs.values(), *found.items)))
    tables = [Table("confidence", Message(N_("How sure before and after")), _SURE, tuple(rows), methods)]
    if wrong:
        tables.append(Table("wrong-and-sure", Message(N_("Wrong, and sure of it")), _WRONG, wrong, ("wilson",)))
    tables += _calibration(view)
    marks = tuple(
        Mark(row[0].text or Message(""), tuple((cell.value or 0) / (cell.of or 1) for cell in row[2:4]),
             tuple((cell.low, cell.high) for cell in row[2:4] if cell.low is not None and cell.high is not None),
             tuple(Cell(Form.PERCENT, (cell.value or 0) / (cell.of or 1) * 100) for cell in row[2:4]), author=True)
        for row in rows if row[2].of and row[3].of
    )  # fmt: skip
    chart = Chart("dots", Message(N_("Share who were sure, before and after")), Message(DOTS), marks) if marks else None
    yield Section("confidence", N_("Confidence"), text=(Message(SURE),), tables=tuple(tables), chart=chart,
                  notes=(Message(WRONG_AND_SURE),))  # fmt: skip


def _share(value: int, n: int) -> Cell:
    ends = proportion.wilson(value, n)
    return Cell(Form.SHARE, value, of=n, low=ends.low, high=ends.high)


def _row(view: View, one: PairResult, said: Said) -> tuple[Cell, ...]:
    shown = [view.shows_sure(one, name) for name in ("sure before", "sure after")]
    shifts = {name: view.shows_sure(one, name) for name in SHIFTS}
    return _cells(label(view, one.after), said, shown, shifts, n=view.shows_sure(one))


def _alone(view: View, said: Said) -> tuple[Cell, ...]:
    """A question that asks for nothing else, so that its numbers are in no other table."""
    gone = view.alone[said.name]
    shifts = {name: name not in gone for name in SHIFTS}
    named = words(" ".join(richtext.plain(said.item.stem).split()), author=True)
    return _cells(named, said, [side not in gone for side in SIDES], shifts, n="n" not in gone)


def _cells(named: Cell, said: Said, shown: list[bool], shifts: dict[str, bool], *, n: bool) -> tuple[Cell, ...]:
    moves = said.after - said.before
    numbers = {"surer": int((moves > 0).sum()), "as sure": int((moves == 0).sum()), "less sure": int((moves < 0).sum())}
    levels = (said.before, said.after)
    test = said.test
    if said.n < TESTED_FROM and n:
        p = Cell(Form.P, why=FEW)
    elif all(shifts.values()) and n:
        p = Cell(Form.P, test.p, why=NOTES.get(test.note, ""))
    else:
        p = hidden(Form.P)
    return (
        named,
        count(said.n) if n else hidden(),
        *(
            _share(int((one >= said.top).sum()), said.n) if is_shown and n else hidden(Form.SHARE)
            for one, is_shown in zip(levels, shown, strict=True)
        ),
        *(count(numbers[name]) if is_shown and n else hidden() for name, is_shown in shifts.items()),
        p,
    )


def _wrong(view: View, one: PairResult, said: Said) -> tuple[Cell, ...]:
    """Of the wrong answers of each side, how many were given by somebody who was sure."""
    cells = [label(view, one.after)]
    for side, levels, right in ((BEFORE, said.before, said.right_before), (AFTER, said.after, said.right_after)):
        if right is None or not view.shows_sure(one, f"said wrong {side}", f"wrong sure {side}"):
            cells.append(hidden(Form.SHARE))
            continue
        wrong = int((~right).sum())
        sure = int((~right & (levels >= said.top)).sum())
        cells.append(_share(sure, wrong) if wrong else Cell(Form.SHARE, why=NONE_WRONG))
    return tuple(cells)


def _calibration(view: View) -> Iterable[Table]:
    """At each level of confidence, how many of the answers were right. Of all questions, in answers."""
    found = view.found.sureness
    if found is None or not view.calibration:
        return
    rows = []
    for level, choice in enumerate(confidence.scale(), start=1):
        cells = [words(Message(choice.text))]
        for side in SIDES:
            gone = view.calibration.get(side)
            if gone is None or not {("level", level), ("right", level)}.isdisjoint(gone):
                cells.append(hidden(Form.SHARE))
                continue
            n = right = 0
            for one in found.pairs.values():
                levels, rights = (one.before, one.right_before) if side == BEFORE else (one.after, one.right_after)
                n += int((levels == level).sum())
                right += int((rights[levels == level]).sum()) if rights is not None else 0
            cells.append(Cell(Form.SHARE, right, of=n) if n else Cell(Form.SHARE, why=NOBODY))
        rows.append(tuple(cells))
    yield Table("calibration", Message(N_("Right answers at each level of confidence, all questions")), _LEVELS,
                tuple(rows))  # fmt: skip


SURE = N_(
    "Matched learners who said both times how sure they were. Sure: one of the two highest levels. Levels are counted "
    "and ranked, never averaged."
)
WRONG_AND_SURE = N_(
    "Wrong and sure is what nobody looks up in practice. Less of it is better calibration only where those who are "
    "sure are right more often than others: see the right answers at each level. Those are answers and not people, so "
    "that they have no interval."
)
DOTS = N_("Each line has a hollow circle for before and a filled square for after, from 0 to 100 percent.")
NONE_WRONG, NOBODY = N_("nobody was wrong"), N_("nobody")
_QUESTION = Column(N_("Question"), Form.TEXT)
_SURE = (
    _QUESTION, Column(N_("n")), Column(N_("Sure before (95 % CI)"), Form.SHARE, interval=True),
    Column(N_("Sure after (95 % CI)"), Form.SHARE, interval=True), Column(N_("Surer")), Column(N_("As sure")),
    Column(N_("Less sure")), Column(N_("p (Wilcoxon)"), Form.P),
)  # fmt: skip
_WRONG = (
    _QUESTION, Column(N_("Sure, of the wrong before (95 % CI)"), Form.SHARE, interval=True),
    Column(N_("Sure, of the wrong after (95 % CI)"), Form.SHARE, interval=True),
)  # fmt: skip
_LEVELS = (
    Column(N_("Level"), Form.TEXT), Column(N_("Right before, of answers"), Form.SHARE),
    Column(N_("Right after, of answers"), Form.SHARE),
)  # fmt: skip
