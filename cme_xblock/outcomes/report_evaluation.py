"""The report's sections on what learners say: the evaluation, barriers, plans and what became of them, themes. PURE.

All of it is what people say of themselves, and said to be. What is hidden of it says `hiding_evaluation.py`.
Source: spec 5.3, rules 12 to 14; 5.4; R-6.2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cme_xblock.activity import richtext
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.outcomes import said, themes
from cme_xblock.outcomes.evidence import Evaluated, Evidence
from cme_xblock.outcomes.hiding_evaluation import ANSWERED, LEFT_OUT, TOP, atoms, is_rating
from cme_xblock.outcomes.hiding_evaluation import hidden as hidden_of
from cme_xblock.outcomes.planner import Planner, plain
from cme_xblock.outcomes.report_objectives import numbered
from cme_xblock.outcomes.shapes import Cell, Chart, Column, Form, Mark, Section, Table, count, hidden, words
from cme_xblock.outcomes.stats import proportion
from cme_xblock.rules import library

Question = Mapping[str, Any]
_FIVE = ("5", "4", "3", "2", "1")
_TOP = ("5", "4")


def evaluation(evidence: Evidence, *, minimum: int, planner: Planner = plain) -> Iterable[Section]:
    """Ratings, choices and minutes of the evaluation that most answered."""
    if not evidence.evaluations:
        return
    most = evidence.evaluations[0]
    text = [Message(ANONYMOUS if most.anonymous else IDENTIFIED)]
    if len(evidence.evaluations) > 1:
        text.append(Message(OTHER_QUESTIONS))
    if most.n < minimum:
        yield Section("evaluation", N_("What learners made of it"), text=(*text, Message(TOO_FEW)))
        return
    gone = hidden_of(most, minimum=minimum, planner=planner).questions
    ratings = [one for one in most.questions if is_rating(one)]
    chosen = [one for one in most.questions if one["kind"] in ("single", "multiple", "rating")
              and one not in ratings and one["purpose"] not in ("barriers", "practice")]  # fmt: skip
    tables = [
        *_ratings(most, ratings, gone),
        *(_choices(most, one, f"answers-{place}", gone[one["id"]]) for place, one in enumerate(chosen, start=1)),
        *(
            _minutes(most, one, gone[one["id"]])
            for one in most.questions
            if one["kind"] == "number" and one["purpose"] == "time"
        ),
    ]
    yield Section(
        "evaluation", N_("What learners made of it"), text=tuple(text), tables=tuple(tables),
        chart=_chart(tables[0]) if ratings else None, notes=(Message(TOP_TWO), Message(SUBJECTIVE)),
    )  # fmt: skip


def barriers(evidence: Evidence, *, minimum: int, planner: Planner = plain) -> Iterable[Section]:
    """What could keep learners from changing, and what they say would help."""
    most = next(iter(evidence.evaluations), None)
    if most is None or most.n < minimum:
        return
    asked = [one for one in most.questions if one["purpose"] == "barriers"]
    gone = hidden_of(most, minimum=minimum, planner=planner).questions
    tables = [
        _choices(most, one, f"barriers-{place}", gone[one["id"]])
        for place, one in enumerate((each for each in asked if each["choices"]), start=1)
    ]
    tables += _themes((one for one in asked if one["kind"] == "text"), evidence, "help", minimum)
    if tables:
        yield Section("barriers", N_("Barriers"), tables=tuple(tables), notes=(Message(SUBJECTIVE),))


def plans(evidence: Evidence, activity: Activity, *, minimum: int) -> Iterable[Section]:
    """What learners mean to do differently, by objective, and what became of it."""
    if not evidence.plans and not evidence.followed:
        return
    named = numbered(activity)
    tables = []
    if evidence.followed:
        rows = tuple(
            (
                _objective(one.objective, named),
                *(
                    count(number) if number is not None else hidden()
                    for number in (one.committed, one.answered, one.fully, one.partly, one.not_yet)
                ),
            )
            for one in evidence.followed
        )
        reasons = [text for one in evidence.followed for text in one.reasons]
        tables.append(Table("follow-up", Message(N_("What became of the plans")), _FOLLOWED, rows))
        tables += _themes_table(
            "follow-up-reasons", N_("Why: words that several reasons share"),
            [(words(Message(N_("Reasons"))), _told(evidence, said.REASONS, reasons, minimum))],
        )  # fmt: skip
    found = [
        (_objective(name, named), _told(evidence, said.plans_key(name), evidence.plans[name], minimum))
        for name in _in_order(evidence.plans, named)
    ]
    tables += _themes_table("plans", N_("Plans: words that several share"), found)
    days = [one.value for one in activity.evaluation.follow_up]
    text = [Message(COMES_BACK, {"days": ", ".join(days)})] if days else [Message(NOT_FOLLOWED)]
    yield Section("commitments", N_("What they will do differently"), text=tuple(text), tables=tuple(tables),
                  notes=(Message(OVERSTATES), Message(THEMES)))  # fmt: skip


def wishes(evidence: Evidence, *, minimum: int) -> Iterable[Section]:
    """The other free texts: what else learners need, and whatever an author asked."""
    most = next(iter(evidence.evaluations), None)
    if most is None:
        return
    asked = (one for one in most.questions if one["kind"] == "text" and one["purpose"] not in ("barriers", "change"))
    tables = _themes(asked, evidence, "themes", minimum)
    if tables:
        yield Section("themes", N_("In their own words"), tables=tuple(tables), notes=(Message(THEMES),))


def _ratings(most: Evaluated, asked: list[Question], gone: Mapping[str, frozenset[str]]) -> list[Table]:
    found = (_rating(most, one, gone[one["id"]]) for one in asked)
    # By number, for a chart has room for the beginning only, and several begin alike.
    rows = tuple((_numbered(place, label), *rest) for place, (label, *rest) in enumerate(found, start=1))
    return [Table("ratings", Message(N_("Ratings, 5 is the best")), _RATINGS, rows, ("wilson",))] if rows else []


def _numbered(place: int, label: Cell) -> Cell:
    return replace(label, text=Message("{number}. {text}", {"number": str(place), "text": label.text or Message("")}))


def _rating(most: Evaluated, one: Question, gone: frozenset[str]) -> tuple[Cell, ...]:
    counts = atoms(most, one)
    n, top = most.n - counts[LEFT_OUT], sum(counts[name] for name in _TOP)
    ends = proportion.wilson(top, n)
    return (
        _label(one),
        count(n) if ANSWERED not in gone else hidden(),
        Cell(Form.SHARE, top, of=n, low=ends.low, high=ends.high)
        if gone.isdisjoint({ANSWERED, TOP})
        else hidden(Form.SHARE),
        *(count(counts[name]) if name not in gone else hidden() for name in (*_FIVE, LEFT_OUT)),
    )


def _choices(most: Evaluated, one: Question, id_: str, gone: frozenset[str]) -> Table:
    """A question's choices. Where several may be chosen each is judged by itself, against all who answered."""
    found = most.sums.get(one["id"], {"answered": 0, "counts": {}})
    n = int(found["answered"])
    rows = []
    for each in one["choices"]:
        value = int(found["counts"].get(each["id"], 0))
        ends = proportion.wilson(value, n)
        cell = Cell(Form.SHARE, value, of=n, low=ends.low, high=ends.high)
        text = words(Message(each["text"])) if _ours(each["text"]) else words(each["text"], author=True)
        rows.append((text, cell if gone.isdisjoint({each["id"], ANSWERED}) else hidden(Form.SHARE)))
    if one["kind"] == "multiple":
        # What most chose stands first; what is hidden last, in the order in which it was asked.
        rows.sort(key=lambda row: -(row[1].value if row[1].value is not None else -1))
    caption = Message("{text}", {"text": _label(one).text or ""})
    return Table(id_, caption, _CHOICES, tuple(rows), ("wilson",))


def _minutes(most: Evaluated, one: Question, gone: frozenset[str]) -> Table:
    """The quartiles of minutes, from ten answers on: each is somebody's own number."""
    counts = most.sums.get(one["id"], {"counts": {}})["counts"]
    values = sorted(int(value) for value, number in counts.items() for _ in range(number))
    n = len(values)
    enough = n >= themes.TEXTS_FROM and ANSWERED not in gone
    rows = tuple(
        (words(Message(name)), Cell(Form.COUNT, values[math.ceil(n * share) - 1]) if enough else hidden())
        for name, share in ((N_("A quarter took at most"), 0.25), (N_("Half took at most"), 0.5),
                            (N_("Three quarters took at most"), 0.75))
    )  # fmt: skip
    counted = (words(Message(N_("Answers"))), count(n) if enough else hidden())
    return Table("minutes", Message(N_("Minutes spent, as learners say")), _MINUTES, (counted, *rows))


def _themes(asked: Iterable[Question], evidence: Evidence, id_: str, minimum: int) -> list[Table]:
    most = evidence.evaluations[0]
    found = []
    for one in asked:
        texts = most.sums.get(one["id"], {"texts": []})["texts"]
        key = said.text_key(most, one["id"])
        found.append((_label(one), _told(evidence, key, texts, minimum, everybody=most.n)))
    return _themes_table(id_, N_("Words that several answers share"), found)


def _told(evidence: Evidence, key: str, texts: Sequence[str], minimum: int, *, everybody: int = 0) -> themes.Themes:
    """The themes of the report's last step; of what is not remembered, those of the texts at hand."""
    if key in evidence.themes:
        return evidence.themes[key]
    return themes.of(texts, silent=max(everybody - len(texts), 0), minimum=minimum)


def _themes_table(id_: str, caption: str, each: list[tuple[Cell, themes.Themes]]) -> list[Table]:
    """A row for each theme with its question; where too few wrote, that it is so."""
    rows: list[tuple[Cell, ...]] = []
    for label, found in each:
        for one in found.found:
            rows.append((label, words(one.words, author=True), count(one.texts)))
        if not found.found:
            why = FEW_TEXTS if 0 < found.texts < themes.TEXTS_FROM else NO_TEXTS if not found.texts else NO_THEME
            rows.append((label, words(Message(why)), Cell(Form.COUNT, why="–")))
    return [Table(id_, Message(caption), _THEMES, tuple(rows))] if rows else []


def _label(one: Question) -> Cell:
    stem = " ".join(richtext.plain(one["stem"]).split())
    subject = " ".join(richtext.plain(one["subject"]).split())
    said: str | Message = Message(stem) if _ours(one["stem"]) else stem
    if not subject:
        return words(said) if isinstance(said, Message) else words(said, author=True)
    return words(Message("{stem} {subject}", {"stem": said, "subject": subject}))


def _ours(text: str) -> bool:
    """Whether these are words of our library, which are translated."""
    return text in _library_words()


def _library_words() -> frozenset[str]:
    found = library.load()
    return frozenset(
        {one.text for one in found.items.values()} | {one.text for scale in found.scales.values() for one in scale}
    )


def _in_order(names: Iterable[str], named: Mapping[str, str]) -> list[str]:
    """Objectives as the activity has them, then what belongs to none."""
    known = list(named)
    return sorted(names, key=lambda one: (known.index(one) if one in named else len(known), one))


def _objective(name: str, named: Mapping[str, str]) -> Cell:
    return words(named[name], author=True) if name in named else words(Message(N_("No single objective")))


def _chart(table: Table) -> Chart | None:
    marks = tuple(
        Mark(row[0].text or Message(""), ((row[2].value or 0) / (row[2].of or 1),), (None,), (row[2],),
             author=row[0].author)
        for row in table.rows
        if row[2].value is not None and row[2].of
    )
    return Chart("bars", Message(N_("Share of the two best ratings")), Message(BARS), marks) if marks else None


ANONYMOUS = N_("Anonymous evaluations, counted five at a time; nobody can tell whose they are.")
IDENTIFIED = N_("Evaluations with names, shown here as counts.")
OTHER_QUESTIONS = N_("The questions were changed meanwhile; this is the set that most learners answered.")
TOO_FEW = N_("Too few evaluations to show any number of them.")
TOP_TWO = N_("The two best of five steps, with Wilson's 95 % interval; steps are counted and never averaged.")
SUBJECTIVE = N_("What people say of themselves: Moore's level 2; of confidence and plans the subjective side of 4.")
NOT_FOLLOWED = N_("The activity does not ask again what became of the plans.")
COMES_BACK = N_(
    "Plans come back to their learners after so many days: {days}. One learner counts once in each objective."
)
OVERSTATES = N_("What learners say they did is Moore's level 5 as told by themselves; self-report overstates.")
THEMES = N_(
    "Themes are words that several texts share, counted in texts: no text is shown. What was meant is not judged here."
)
FEW_TEXTS = N_("hidden: fewer than 10 texts")
NO_TEXTS = N_("nobody wrote anything")
NO_THEME = N_("no words that enough texts share")
BARS = N_("One bar for each question, as long as the share of the two best ratings.")
_RATINGS = (
    Column(N_("Question"), Form.TEXT), Column(N_("n")),
    Column(N_("Two best ratings (95 % CI)"), Form.SHARE, interval=True),
    *(Column(one) for one in _FIVE), Column(N_("Left out")),
)  # fmt: skip
_CHOICES = (Column(N_("Answer"), Form.TEXT), Column(N_("Chosen by (95 % CI)"), Form.SHARE, interval=True))
_MINUTES = (Column(N_("Minutes"), Form.TEXT), Column(N_("Value")))
_THEMES = (Column(N_("Question"), Form.TEXT), Column(N_("Theme"), Form.TEXT), Column(N_("Texts")))
_FOLLOWED = (
    Column(N_("Objective"), Form.TEXT), Column(N_("Learners with a plan")), Column(N_("Have answered")),
    Column(N_("Fully done")), Column(N_("Partly")), Column(N_("Not yet")),
)  # fmt: skip
