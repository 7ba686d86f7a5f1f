"""Reports one after another: what a new one must hide so that it and the earlier ones give nobody away together. PURE.

Whoever keeps the report of Monday has that of Tuesday less that of Monday: the answers of whoever came in between, and
of whoever went. So the sums that were shown count as known for ever, and a plan is made over all of them and the new
ones, on groups of people by where they stood at each step (`standings.py`).
Source: promise 11; spec 5.3, rules 14 and 15; docs/decisions/0034.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cme_xblock.outcomes import spans, standings
from cme_xblock.outcomes.planner import TOLD, Name, Parts, plain
from cme_xblock.outcomes.standings import Joint, Trail

PEOPLE = "people"
# What was shown can't be taken back: of a sum that gives somebody away, something new has to go.
_SHOWN = 10**9
# So many kinds of fewer than the limit are looked through at once (see `spans`); with more the oldest are left out.
_MOST_KINDS = 2000


@dataclass(frozen=True)
class Shown:
    """One table as it was shown once: its groups of people with their counts, and which sums of them it showed.

    `atoms`: names as of `text_of`. `cells`: by name, the places of the groups that each is a sum of. `trails`: how many
    people stood in which groups at each step, this one included; also those who left since.
    """

    atoms: tuple[tuple[str, int], ...]
    cells: Mapping[str, frozenset[int]]
    trails: Mapping[Trail, int] = field(default_factory=dict)


_NOTHING = Shown((), {})


def text_of(name: Name) -> str:
    """The name of a cell or of a group as text, the same in every process."""
    return json.dumps(name, separators=(",", ":"))


# How often somebody is of a kind now who was of these kinds at each step: names, or places in `Shown.atoms` (-1 for not
# there).
Moves = Mapping[tuple[tuple[int | str, ...], Name], int]


@dataclass
class Memory:
    """A planner that knows what was shown before, and keeps what it lets be shown now.

    `past`: the tables of each step so far, by name. `moves`: of the tables whose groups people leave, as "people" is;
    of every other table people stay what they are, as long as they are counted. `names`: what the groups of "people"
    are called at every step, where their own names hold for one cohort alone. `whens`: by the code of the parts that
    the report makes of a table, at which steps their people were counted (1) and at which not (0). `refused`: whether
    something would have to be hidden that is told elsewhere, so that this step can't be let out.
    """

    past: Sequence[Mapping[str, Shown]] = ()
    moves: Mapping[str, Moves] = field(default_factory=dict)
    names: Mapping[Name, str] = field(default_factory=dict)
    whens: Sequence[str] = ()
    shown: dict[str, Shown] = field(default_factory=dict)
    held: dict[str, frozenset[Name]] = field(default_factory=dict)
    refused: bool = False
    # The page and its parts ask for the same tables.
    answers: dict[str, tuple[Any, frozenset[Name]]] = field(default_factory=dict)

    def __call__(
        self,
        table: str,
        atoms: Mapping[Name, int],
        cells: Mapping[Name, frozenset[Name]],
        *,
        minimum: int,
        worth: Mapping[Name, int],
        parts: Parts | None = None,
    ) -> frozenset[Name]:
        """What the report hides by itself, and what it hides for the earlier ones' sake."""
        if table not in self.answers or self.answers[table][0] != (dict(atoms), dict(cells)):
            gone = self._answer(table, atoms, cells, minimum=minimum, worth=worth, parts=parts)
            self.answers[table] = (dict(atoms), dict(cells)), gone
        return self.answers[table][1]

    def _answer(
        self,
        table: str,
        atoms: Mapping[Name, int],
        cells: Mapping[Name, frozenset[Name]],
        *,
        minimum: int,
        worth: Mapping[Name, int],
        parts: Parts | None,
    ) -> frozenset[Name]:
        own = plain(table, atoms, cells, minimum=minimum, worth=worth)
        left = {name: made_of for name, made_of in cells.items() if name not in own}
        before = [one.get(table, _NOTHING) for one in self.past]
        joint = self._joint(table, before, atoms, parts)
        held = _held(before, joint, left, minimum=minimum, worth=worth)
        self.held[table] = held
        self.refused |= any(worth.get(name, 0) >= TOLD for name in own | held)
        places = {atom: place for place, atom in enumerate(atoms)}
        trails: Counter[Trail] = Counter()
        for (trail, atom), count in joint.items():
            trails[*trail, "" if atom is None else self._name(table, atom)] += count
        self.shown[table] = Shown(
            tuple((self._name(table, atom), count) for atom, count in atoms.items()),
            {text_of(name): frozenset(places[one] for one in made_of) for name, made_of in left.items()
             if name not in held},
            trails,
        )  # fmt: skip
        return own | held

    def _name(self, table: str, atom: Name) -> str:
        return (self.names.get(atom) if table == PEOPLE else None) or text_of(atom)

    def _joint(self, table: str, before: list[Shown], atoms: Mapping[Name, int], parts: Parts | None) -> Joint:
        """Everybody who ever was in the table, by where they stood at each step and stand now."""
        named = {atom: self._name(table, atom) for atom in atoms}
        last = _last(before)
        if table in self.moves and before:
            now = _named(self.moves[table], before)
        elif parts is not None and self.whens:
            now = standings.counted(parts(), self.whens, named, [bool(one.atoms) for one in before])
        else:
            now = standings.stayed(last, atoms, named, len(before))
        return standings.everybody(last, now)


def _last(before: Sequence[Shown]) -> Mapping[Trail, int]:
    """Everybody who ever was in a table, by the groups in which they stood at each step so far."""
    found: Mapping[Trail, int] = {}
    for step, one in enumerate(before):
        if one.trails:
            found = one.trails
        elif one.atoms:
            counts = dict(one.atoms)
            now = standings.stayed(found, counts, {name: name for name in counts}, step)
            found = standings.names(standings.everybody(found, now))
        else:
            # The report had no such table then.
            found = Counter({(*trail, ""): count for trail, count in found.items()})
    return found


def _named(moves: Moves, before: Sequence[Shown]) -> Joint:
    found: Joint = Counter()
    for (trail, kind), count in moves.items():
        stood = (
            one if isinstance(one, str) else shown.atoms[one][0] if one >= 0 else ""
            for one, shown in zip(trail, before, strict=True)
        )
        found[tuple(stood), kind] += count
    return found


def _held(
    before: Sequence[Shown],
    joint: Joint,
    left: Mapping[Name, frozenset[Name]],
    *,
    minimum: int,
    worth: Mapping[Name, int],
) -> frozenset[Name]:
    """The cells to hide for the sake of what was shown before."""
    if not any(one.cells for one in before):
        return frozenset()
    first, groups = _few_enough(joint, len(before), minimum)
    known: dict[Name, frozenset[Name]] = {}
    for step, one in enumerate(before[first:]):
        for cell, places in one.cells.items():
            within = {one.atoms[place][0] for place in places}
            known["was", step, cell] = frozenset(group for group in groups if group[0][step] in within)
    now = {
        ("is", name): frozenset(group for group in groups if group[1] in made_of) for name, made_of in left.items()
    }  # fmt: skip
    weight = dict.fromkeys(known, _SHOWN) | {cell: worth.get(cell[1], 0) for cell in now}
    gone = spans.plan(groups, known | now, minimum=minimum, worth=weight)
    return frozenset(cell[1] for cell in gone if cell[0] == "is")


def _few_enough(joint: Joint, steps: int, minimum: int) -> tuple[int, Joint]:
    """From which step on people are told apart, and all of them by where they stood since."""
    first = 0
    while True:
        groups: Joint = Counter()
        for (trail, kind), count in joint.items():
            groups[trail[first:], kind] += count
        if first == steps - 1 or sum(0 < count < minimum for count in groups.values()) <= _MOST_KINDS:
            return first, groups
        first += 1


@dataclass(frozen=True)
class Held:
    """The planner of a report that was let out: shows what was shown then, whatever has become of the people since.

    `shown`: by table, the names of the cells. `is_higher`: whether the limit is higher now than it was.
    """

    shown: Mapping[str, frozenset[str]]
    is_higher: bool = False

    def __call__(
        self,
        table: str,
        atoms: Mapping[Name, int],
        cells: Mapping[Name, frozenset[Name]],
        *,
        minimum: int,
        worth: Mapping[Name, int],
        parts: Parts | None = None,
    ) -> frozenset[Name]:
        """The same cells as `Memory` hid, and more under a higher limit."""
        shown = self.shown.get(table, frozenset())
        own = plain(table, atoms, cells, minimum=minimum, worth=worth) if self.is_higher else frozenset()
        return own | frozenset(name for name in cells if text_of(name) not in shown)


def lost(now: Mapping[str, Shown], last: Mapping[str, Shown]) -> tuple[int, int]:
    """How many cells the last step showed, and how many of them are not shown now."""
    gone = sum(
        len(one.cells.keys() - now[table].cells.keys() if table in now else one.cells) for table, one in last.items()
    )
    return sum(len(one.cells) for one in last.values()), gone
