"""The report's section on the retention check: what stayed of each question some time after the activity. PURE.

Its learners are among those of the main tables, so it hides with these in mind: what the main tables may show counts
as known. Source: issue of outcomes; spec 5.3, rules 6, 12 and 14.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from cme_xblock.activity import richtext
from cme_xblock.activity.message import N_, Message
from cme_xblock.outcomes.planner import Name, Planner, plain
from cme_xblock.outcomes.shapes import AT_LEAST, Cell, Column, Form, Section, Table, count, hidden, words
from cme_xblock.outcomes.stats import proportion, retention
from cme_xblock.outcomes.stats.change import Change
from cme_xblock.outcomes.stats.result import NOTES, Estimate
from cme_xblock.outcomes.stats.retention import Kept
from cme_xblock.outcomes.view import TESTED_FROM

if TYPE_CHECKING:
    # It reads tables; what it gives is plain.
    from cme_xblock.outcomes.retained import Asked

# What is shown here; everything else of the plan is what the main tables may show.
_OWN = ("answered later", "right after, later", "wrong after, later", "right later", "wrong later", "retained", "lost",
        "gained", "unresolved later")  # fmt: skip
_WORTH = {"answered later": 9, "right after, later": 6, "wrong after, later": 6, "right later": 5, "wrong later": 5}
_KNOWN = 10**6


def sections(
    asked: Sequence[Asked], *, days: int, minimum: int, planner: Planner = plain, is_told: bool = True
) -> Iterable[Section]:
    """The section, where a check was answered. `asked`: of `retained.read`; `days`: after how many it comes.

    `is_told`: whether the number of people who answered may be shown at all (`hiding.people`).
    """
    if not asked:
        return
    if not is_told:
        yield Section("retention", TITLE, text=(Message(TOO_FEW),))
        return
    rows = tuple(_row(one, _kept(one), _gone(one, minimum, planner), minimum) for one in asked)
    table = Table("retention", Message(N_("Right after the activity and some time later")), _COLUMNS, rows,
                  ("wilson", "retention", *_tests(asked)))  # fmt: skip
    yield Section(
        "retention",
        TITLE,
        text=(Message(TOLD, {"days": str(days)}),),
        tables=(table,),
        notes=(Message(SELECTED), Message(TESTS_TEACH)),
    )


def name_of(one: Asked) -> str:
    """What a planner calls the table of one question. Its people move: from not asked later to an answer."""
    return f"retention {one.version}"


def _kept(one: Asked) -> Kept:
    def number(after: str, later: str) -> int:
        return sum(n for key, n in one.counts.items() if key[2] == after and key[3] == later)

    return retention.of_change(Change(number("0", "1"), number("1", "1"), number("0", "0"), number("1", "0")))


def _gone(one: Asked, minimum: int, planner: Planner) -> frozenset[Name]:
    """The hidden ones among `_OWN`."""
    cells = _cells(one.counts)
    sizes = {name: sum(one.counts[key] for key in made_of) for name, made_of in cells.items()}
    # Of the main tables' cells those that are too small are hidden there, so that they are known to nobody.
    left = {name: made_of for name, made_of in cells.items() if name in _OWN or not 0 < sizes[name] < minimum}
    worth = {name: _WORTH.get(name, 2) if name in _OWN else _KNOWN for name in left}
    gone = planner(name_of(one), one.counts, left, minimum=minimum, worth=worth)
    return frozenset(gone & set(_OWN))


def _cells(counts: Mapping[Name, int]) -> dict[Name, frozenset[Name]]:
    """Groups of (matched, before, after, later): those that the main tables count, and those of this section."""

    def some(*, matched: str = "", before: str = "", after: str = "", later: str = "") -> frozenset[Name]:
        wanted = (before, after, later)
        return frozenset(
            key
            for key in counts
            if (not matched or key[0]) and all(not one or key[1 + at] in one for at, one in enumerate(wanted))
        )

    both = {"matched": "yes", "before": "10", "after": "10"}
    main = {
        "assessed": some(),
        "right of all": some(after="1"),
        "not right of all": some(after="0-"),
        "matched": some(matched="yes"),
        "answered": some(**both),
    }
    for side in ("before", "after"):
        for name, mark in (("right", "1"), ("wrong", "0")):
            main[f"{name} {side}"] = some(**both | {side: mark})
    for name, (first, second) in _SEGMENTS.items():
        main[name] = some(**both | {"before": first, "after": second})
    again = {"after": "10", "later": "10"}
    own = {
        "answered later": some(**again),
        "right after, later": some(**again | {"after": "1"}),
        "wrong after, later": some(**again | {"after": "0"}),
        "right later": some(**again | {"later": "1"}),
        "wrong later": some(**again | {"later": "0"}),
        "retained": some(after="1", later="1"),
        "lost": some(after="1", later="0"),
        "gained": some(after="0", later="1"),
        "unresolved later": some(after="0", later="0"),
    }
    return main | own


def _row(one: Asked, kept: Kept, gone: frozenset[Name], minimum: int) -> tuple[Cell, ...]:
    shows_n = "answered later" not in gone
    cells = [_label(one), count(kept.n) if shows_n else hidden()]
    limits = _limits(kept, gone, minimum)
    for name, right in (("after, later", kept.right_after), ("later", kept.right_later)):
        shown = shows_n and not gone & {f"right {name}", f"wrong {name}"}
        hides = limits.get(name, hidden(Form.SHARE))
        cells.append(_share(right, kept.n, proportion.wilson(right, kept.n)) if shown else hides)
    stayed = not gone & {"right after, later", "retained", "lost"}
    hides = limits.get("kept", hidden(Form.SHARE))
    cells.append(_share(kept.retained, kept.right_after, kept.share) if stayed else hides)
    if kept.n < TESTED_FROM:
        cells.append(Cell(Form.P, why=N_("fewer than 10 pairs")) if shows_n else hidden(Form.P))
    elif gone & {"lost", "gained"} or not shows_n:
        cells.append(hidden(Form.P))
    else:
        cells.append(Cell(Form.P, kept.test.p, why=NOTES.get(kept.test.note, "")))
    return tuple(cells)


def _limits(kept: Kept, gone: frozenset[Name], minimum: int) -> dict[str, Cell]:
    """What holds for every count that may be behind a hidden one, where few were wrong right after.

    It says no more than "fewer than the limit were wrong", which the hidden cell says too.
    """
    few = 0 < kept.n - kept.right_after < minimum and "answered later" not in gone
    if not few:
        return {}
    found = {"after, later": Cell(Form.PERCENT, (kept.n - minimum + 1) / kept.n * 100, bound=AT_LEAST)}
    if not gone & {"right later", "wrong later"}:
        least = max(kept.right_later - minimum + 1, 0) / (kept.n - 1) * 100
        found["kept"] = Cell(Form.PERCENT, least, bound=AT_LEAST)
    return found


def _label(one: Asked) -> Cell:
    return words(" ".join(richtext.plain(one.item.stem).split()), author=True)


def _share(n: int, whole: int, interval: Estimate) -> Cell:
    if not whole:
        return Cell(Form.SHARE, why=NOTES["no_pairs"])
    return Cell(Form.SHARE, n, of=whole, low=interval.low, high=interval.high)


def _tests(asked: Sequence[Asked]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_kept(one).test.method for one in asked))


_SEGMENTS = {"improved": "01", "reinforced": "11", "unresolved": "00", "declined": "10"}
TITLE = N_("What has stayed")
TOLD = N_(
    "The same questions came again {days} days after the assessment was passed, or later. First attempts at the "
    "assessment are compared with that."
)
TOO_FEW = N_("The questions came again, and too few people answered them to show anything.")
SELECTED = N_("Only those who came back are in it, who may remember more than the others.")
TESTS_TEACH = N_("Being asked, and shown the right answers, teaches as well: this is not what the content alone does.")
_COLUMNS = (
    Column(N_("Question"), Form.TEXT), Column(N_("n")),
    Column(N_("Right after (95 % CI)"), Form.SHARE, interval=True),
    Column(N_("Right later (95 % CI)"), Form.SHARE, interval=True),
    Column(N_("Kept, of those right after (95 % CI)"), Form.SHARE, interval=True),
    Column(N_("p (McNemar)"), Form.P),
)  # fmt: skip
