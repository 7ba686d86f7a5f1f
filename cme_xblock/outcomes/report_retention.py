"""The report's section on the retention check: what stayed of each question some time after the activity. PURE.

Its learners are among those of the main tables, so it hides with these in mind: what the main tables show counts as
known, and can't be hidden here. Source: issue of outcomes; spec 5.3, rules 6, 12 and 14; docs/decisions/0042.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cme_xblock.activity import richtext
from cme_xblock.activity.message import N_, Message
from cme_xblock.outcomes import hiding
from cme_xblock.outcomes.evidence import Check
from cme_xblock.outcomes.pairs import item_version
from cme_xblock.outcomes.planner import Name, Planner, plain
from cme_xblock.outcomes.shapes import AT_LEAST, Cell, Column, Form, Section, Table, count, hidden, words
from cme_xblock.outcomes.stats import proportion, retention
from cme_xblock.outcomes.stats.change import Change
from cme_xblock.outcomes.stats.result import NOTES, Estimate
from cme_xblock.outcomes.stats.retention import Kept
from cme_xblock.outcomes.view import TESTED_FROM, View

if TYPE_CHECKING:
    # It reads tables; what it gives is plain.
    from cme_xblock.outcomes.retained import Asked

# What is shown here; everything else of the plan is what the main tables show.
_OWN = ("answered later", "right after, later", "wrong after, later", "right later", "wrong later", "retained", "lost",
        "gained", "unresolved later")  # fmt: skip
_WORTH = {"answered later": 9, "right after, later": 6, "wrong after, later": 6, "right later": 5, "wrong later": 5}
_KNOWN = 10**6
# What the main tables tell of those who took the assessment, baseline or not.
_OF_ALL = {"assessed": "assessed", "difficulty": "right of all", "not right": "not right of all"}


@dataclass(frozen=True)
class Beside:
    """What the main tables tell of the learners of one wording. `wording`: as in `retained.Asked`.

    `view`: None where no question of theirs is shown; `has_n`: whether it is told how many they are.
    """

    wording: str
    view: View | None
    has_n: bool = True


def sections(
    check: Check, beside: Sequence[Beside], *, minimum: int, planner: Planner = plain, is_told: bool = True
) -> Iterable[Section]:
    """The section, where a check was answered. `beside`: each wording, the main tables' first.

    `is_told`: whether the number of people who answered may be shown at all (`hiding_people.people`).
    """
    asked = check.asked
    if not asked:
        return
    if not is_told:
        yield Section("retention", TITLE, text=(Message(TOO_FEW),))
        return
    rows = tuple(_row(one, _kept(one), _gone(one, beside, minimum, planner), minimum) for one in asked)
    table = Table("retention", Message(N_("Right after the activity and some time later")), _COLUMNS, rows,
                  ("wilson", "retention", *_tests(asked)))  # fmt: skip
    yield Section(
        "retention",
        TITLE,
        text=(Message(TOLD, {"days": str(check.days)}),),
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


def _gone(one: Asked, beside: Sequence[Beside], minimum: int, planner: Planner) -> frozenset[Name]:
    """The hidden ones among `_OWN`."""
    known = _known(one, beside)
    cells = known | _cells(one.counts)
    worth = {name: _KNOWN if name in known else _WORTH.get(name, 2) for name in cells}
    gone = planner(name_of(one), one.counts, cells, minimum=minimum, worth=worth)
    if not gone.isdisjoint(name for name in known if _size(known[name], one.counts)):
        # It is told all the same. So nothing of what was planned here holds.
        return frozenset(_OWN)
    return frozenset(gone & set(_OWN))


def _size(made_of: frozenset[Name], counts: Mapping[Name, int]) -> int:
    return sum(counts[key] for key in made_of)


def _known(one: Asked, beside: Sequence[Beside]) -> dict[Name, frozenset[Name]]:
    """What the main tables tell of the question, as groups of (wording, before, after, later)."""
    cells: dict[Name, frozenset[Name]] = {}
    for place, each in enumerate(beside):
        told = _told(each, one.version)
        found = _of_wording(one.counts, each.wording)
        cells |= {f"{name} {place}": made_of for name, made_of in found.items() if name in told}
        if place == 0:
            # The first wording's tables tell of those without a baseline, too.
            ours = {key for key in one.counts if key[0] in ("", each.wording)}
            right = frozenset(key for key in ours if key[2] == "1")
            taken = {"assessed": frozenset(ours), "difficulty": right, "not right": frozenset(ours) - right}
            cells |= {_OF_ALL[name]: made_of for name, made_of in taken.items() if name in told}
    return cells


def _told(one: Beside, version: str) -> set[str]:
    """The names of what is told of a question, as of `hiding.cells_of`."""
    told = {"n"} if one.has_n else set()
    if one.view is None:
        return told
    for place, pair in enumerate(one.view.found.main):
        if pair.version.after == version:
            sums = {f"sum {side}" for side in hiding.SIDES if ("item", side, place) not in one.view.scores}
            told |= (_OF_PAIRS | sums) - one.view.gone[pair.after.id]
    for each in one.view.found.items:
        if item_version(each.item) == version:
            told |= set(_OF_ALL) - one.view.gone[each.item.id]
    return told


def _cells(counts: Mapping[Name, int]) -> dict[Name, frozenset[Name]]:
    """Groups of (wording, before, after, later) that this section counts."""
    return {
        "answered later": _some(counts, after="10", later="10"),
        "right after, later": _some(counts, after="1", later="10"),
        "wrong after, later": _some(counts, after="0", later="10"),
        "right later": _some(counts, after="10", later="1"),
        "wrong later": _some(counts, after="10", later="0"),
        "retained": _some(counts, after="1", later="1"),
        "lost": _some(counts, after="1", later="0"),
        "gained": _some(counts, after="0", later="1"),
        "unresolved later": _some(counts, after="0", later="0"),
    }


def _of_wording(counts: Mapping[Name, int], wording: str) -> dict[str, frozenset[Name]]:
    """What the tables on one wording may tell, by the names of `hiding.cells_of`."""
    ours = {key: number for key, number in counts.items() if key[0] == wording}
    found = {"n": frozenset(ours), "answered": _some(ours, before="10", after="10")}
    found |= {"sum before": _some(ours, before="1"), "sum after": _some(ours, after="1")}
    for name, mark in (("right", "1"), ("wrong", "0")):
        found[f"{name} before"] = _some(ours, before=mark, after="10")
        found[f"{name} after"] = _some(ours, before="10", after=mark)
    for name, (first, second) in _SEGMENTS.items():
        found[name] = _some(ours, before=first, after=second)
    return found


def _some(counts: Mapping[Name, int], *, before: str = "", after: str = "", later: str = "") -> frozenset[Name]:
    wanted = (before, after, later)
    return frozenset(key for key in counts if all(not one or key[1 + at] in one for at, one in enumerate(wanted)))


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
_OF_PAIRS = frozenset({"n", "answered", "right before", "wrong before", "right after", "wrong after", *_SEGMENTS})
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
