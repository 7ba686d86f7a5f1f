"""Reports one after another: what a new one must hide so that it and the earlier ones give nobody away together. PURE.

Whoever keeps the report of Monday has that of Tuesday less that of Monday: the answers of whoever came in between. So
the sums that were shown count as known for ever, and a plan is made over all of them and the new ones, on groups of
people by what they are and by when they came. Source: promise 11; spec 5.3, rules 14 and 15; docs/decisions/0034.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cme_xblock.outcomes import spans
from cme_xblock.outcomes.planner import Name, plain

PEOPLE = "people"
# What was shown can't be taken back: of a sum that gives somebody away, something new has to go.
_SHOWN = 10**9
# So many kinds of fewer than the limit are looked through at once (see `spans`); with more the oldest are left out.
_MOST_KINDS = 2000


@dataclass(frozen=True)
class Shown:
    """One table as it was shown once: its groups of people with their counts, and which sums of them it showed.

    `atoms`: names as of `text_of`. `cells`: by name, the places of the groups that each is a sum of.
    """

    atoms: tuple[tuple[str, int], ...]
    cells: Mapping[str, frozenset[int]]


_NOTHING = Shown((), {})


def text_of(name: Name) -> str:
    """The name of a cell or of a group as text, the same in every process."""
    return json.dumps(name, separators=(",", ":"))


# How often somebody is of a kind now who was of these kinds (places in `Shown.atoms`, -1 for not there) at each step.
Moves = Mapping[tuple[tuple[int, ...], Name], int]


@dataclass
class Memory:
    """A planner that knows what was shown before, and keeps what it lets be shown now.

    `past`: the tables of each step so far, by name. `moves`: of the tables whose groups people leave, as "people" is;
    of every other table people stay what they are, so that who came when follows from the counts. `names`: what
    the groups of "people" are called at every step, where their own names hold for one cohort alone.
    """

    past: Sequence[Mapping[str, Shown]] = ()
    moves: Mapping[str, Moves] = field(default_factory=dict)
    names: Mapping[Name, str] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)
    held: dict[str, frozenset[Name]] = field(default_factory=dict)

    def __call__(
        self,
        table: str,
        atoms: Mapping[Name, int],
        cells: Mapping[Name, frozenset[Name]],
        *,
        minimum: int,
        worth: Mapping[Name, int],
    ) -> frozenset[Name]:
        """What the report hides by itself, and what it hides for the earlier ones' sake."""
        own = plain(table, atoms, cells, minimum=minimum, worth=worth)
        left = {name: made_of for name, made_of in cells.items() if name not in own}
        held = self._held(table, atoms, left, minimum=minimum, worth=worth)
        self.held[table] = held
        places = {atom: place for place, atom in enumerate(atoms)}
        self.shown[table] = Shown(
            tuple((self._name(table, atom), count) for atom, count in atoms.items()),
            {text_of(name): frozenset(places[one] for one in made_of) for name, made_of in left.items()
             if name not in held},
        )  # fmt: skip
        return own | held

    def _name(self, table: str, atom: Name) -> str:
        return (self.names.get(atom) if table == PEOPLE else None) or text_of(atom)

    def _held(
        self,
        table: str,
        atoms: Mapping[Name, int],
        left: Mapping[Name, frozenset[Name]],
        *,
        minimum: int,
        worth: Mapping[Name, int],
    ) -> frozenset[Name]:
        before = [one.get(table, _NOTHING) for one in self.past]
        if not any(one.cells for one in before):
            return frozenset()
        moves = self.moves.get(table)
        joint, was = _came(before, atoms) if moves is None else _moved(before, moves, minimum)
        known: dict[Name, frozenset[Name]] = {("was", *name): made_of for name, made_of in was.items()}
        now = {
            ("is", name): frozenset(one for one in joint if one[1] in made_of) for name, made_of in left.items()
        }  # fmt: skip
        weight = dict.fromkeys(known, _SHOWN) | {cell: worth.get(cell[1], 0) for cell in now}
        gone = spans.plan(joint, known | now, minimum=minimum, worth=weight)
        return frozenset(cell[1] for cell in gone if cell[0] == "is")


@dataclass(frozen=True)
class Held:
    """The planner of a report that was let out: hides what it hides by itself, and what was held back then."""

    hidden: Mapping[str, frozenset[str]]

    def __call__(
        self,
        table: str,
        atoms: Mapping[Name, int],
        cells: Mapping[Name, frozenset[Name]],
        *,
        minimum: int,
        worth: Mapping[Name, int],
    ) -> frozenset[Name]:
        """The same cells as `Memory` hid."""
        held = self.hidden.get(table, frozenset())
        own = plain(table, atoms, cells, minimum=minimum, worth=worth)
        return own | frozenset(name for name in cells if text_of(name) in held)


_Cells = dict[tuple[int, str], frozenset[Name]]


def _came(before: Sequence[Shown], atoms: Mapping[Name, int]) -> tuple[Counter[Name], _Cells]:
    """Groups as (when they came, what they are), where everybody stays what they are; and what was shown of them."""
    names = {text_of(atom): atom for atom in atoms}
    joint: Counter[Name] = Counter()
    last: Mapping[str, int] = {}
    was: _Cells = {}
    for step, one in enumerate(before):
        if not one.atoms:
            # The report had no such table then.
            continue
        counts = dict(one.atoms)
        for name, count in counts.items():
            # Fewer than before: staff took somebody out, or a key was corrected. Who came is counted, not who went.
            joint[step, names.get(name, name)] += max(count - last.get(name, 0), 0)
        last = counts
        for cell, places in one.cells.items():
            within = {names.get(one.atoms[place][0], one.atoms[place][0]) for place in places}
            was[step, cell] = frozenset((when, atom) for when in range(step + 1) for atom in within)
    for atom, count in atoms.items():
        joint[len(before), atom] += max(count - last.get(text_of(atom), 0), 0)
    there = {one for one, count in joint.items() if count}
    return Counter({one: joint[one] for one in there}), {cell: made_of & there for cell, made_of in was.items()}


def _moved(before: Sequence[Shown], moves: Moves, minimum: int) -> tuple[Counter[Name], _Cells]:
    """Groups as (what they were at each step, what they are); and what was shown of them."""
    first = 0
    while True:
        joint: Counter[Name] = Counter()
        for (trail, kind), count in moves.items():
            joint[trail[first:], kind] += count
        if first == len(before) - 1 or sum(0 < count < minimum for count in joint.values()) <= _MOST_KINDS:
            break
        first += 1
    was = {
        (step, cell): frozenset(group for group in joint if group[0][step - first] in places)
        for step, one in enumerate(before)
        if step >= first
        for cell, places in one.cells.items()
    }
    return joint, was


def lost(now: Mapping[str, Shown], last: Mapping[str, Shown]) -> tuple[int, int]:
    """How many cells the last step showed, and how many of them are not shown now."""
    gone = sum(
        len(one.cells.keys() - now[table].cells.keys() if table in now else one.cells) for table, one in last.items()
    )
    return sum(len(one.cells) for one in last.values()), gone
