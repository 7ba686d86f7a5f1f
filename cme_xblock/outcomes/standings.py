"""Where people stood at each step of the report: counts of groups, in which those who left are people still. PURE.

Whoever is marked as a test, or deleted, is in the sums of the earlier steps and not in those of the later ones. The
plan of a step can see that only where such people are groups of their own. Nobody has to be remembered for it: of each
group by where its people stood so far, as many have left as there were more of them at the last step.
Source: docs/decisions/0034.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from cme_xblock.outcomes.planner import Name

# The name of a group at each step; empty for not counted.
Trail = tuple[str, ...]
# By where they stood, and the group in which they are now; None for who has left.
Joint = Counter[tuple[Trail, Name]]


def stayed(last: Mapping[Trail, int], atoms: Mapping[Name, int], named: Mapping[Name, str], steps: int) -> Joint:
    """Who is in which group now, where it is not known: as many as can be have stayed, and the rest are new.

    `steps`: how many there were so far.
    """
    by: defaultdict[str, list[tuple[Trail, int]]] = defaultdict(list)
    for trail, count in sorted(last.items()):
        by[next((one for one in reversed(trail) if one), "")].append((trail, count))
    found: Joint = Counter()
    for atom, count in atoms.items():
        left = count
        for trail, number in sorted(by[named[atom]], key=lambda one: (not one[0][-1], one[0])):
            there = min(left, number)
            if there:
                found[trail, atom] += there
                left -= there
        if left:
            found[("",) * steps, atom] += left
    return found


def counted(
    parts: Mapping[int, Mapping[Name, int]], whens: Sequence[str], named: Mapping[Name, str], told: Sequence[bool]
) -> Joint:
    """Who is in which group now, by parts of people who were counted at the same steps.

    `whens`: the steps of each part, by its code. `told`: at which steps there was such a table at all.
    """
    found: Joint = Counter()
    for code, atoms in parts.items():
        there = [flag == "1" and is_told for flag, is_told in zip(whens[code], told, strict=True)]
        for atom, count in atoms.items():
            if count:
                found[tuple(named[atom] if one else "" for one in there), atom] += count
    return found


def everybody(last: Mapping[Trail, int], now: Joint) -> Joint:
    """These, and all who have left since. `last`: everybody at the last step, by where they stood so far.

    Whose way is not among those of the last step has come another one: they count as new, and whom they seem to have
    been as gone. What a retired learner said of their practice is forgotten in the way alone; that is found again.
    """
    here: Counter[Trail] = Counter()
    for (trail, _), count in now.items():
        here[trail] += count
    missing = Counter({trail: count - here[trail] for trail, count in last.items() if count > here[trail]})
    found: Joint = Counter()
    excess = {trail: count - last.get(trail, 0) for trail, count in here.items() if any(trail)}
    by = _by_likeness(missing) if any(_is_forgotten(trail) for trail in excess) else {}
    for (trail, atom), count in sorted(now.items(), key=_order):
        strange = min(max(excess.get(trail, 0), 0), count)
        found[trail, atom] += count - strange
        if strange:
            excess[trail] -= strange
            for known in by.get(_likeness(trail), ()) if _is_forgotten(trail) else ():
                taken = min(strange, missing[known])
                strange -= taken
                missing[known] -= taken
                found[known, atom] += taken
            found[("",) * len(trail), atom] += strange
    for trail, count in missing.items():
        found[trail, None] += count
    return Counter({one: count for one, count in found.items() if count})


def names(joint: Joint) -> Counter[Trail]:
    """The same by where they stood, now included, where groups go by their names."""
    found: Counter[Trail] = Counter()
    for (trail, atom), count in joint.items():
        found[*trail, atom or ""] += count
    return found


def dumps(trails: Mapping[Trail, int]) -> list[object]:
    """As plain data: names, and for each trail its number of people and the places of the names where it changes."""
    called = {name: place for place, name in enumerate(sorted({one for trail in trails for one in trail} | {""}))}
    rows = []
    for trail, count in sorted(trails.items()):
        changes: list[int] = []
        for step, one in enumerate(trail):
            if one != (trail[step - 1] if step else ""):
                changes += [step, called[one]]
        rows.append([count, *changes])
    return [_steps(trails), list(called), rows]


def loads(data: Sequence[object]) -> Counter[Trail]:
    """What `dumps` gave."""
    steps, called, rows = data
    found: Counter[Trail] = Counter()
    for count, *changes in rows:  # type: ignore[attr-defined]
        trail = [""] * int(steps)  # type: ignore[call-overload]
        for step, place in zip(changes[::2], changes[1::2], strict=True):
            trail[step:] = [called[place]] * (len(trail) - step)  # type: ignore[index]
        found[tuple(trail)] += count
    return found


def _steps(trails: Iterable[Trail]) -> int:
    return next((len(trail) for trail in trails), 0)


def _order(one: tuple[tuple[Trail, Name], int]) -> tuple[Trail, str]:
    return one[0][0], json.dumps(one[0][1])


def _by_likeness(missing: Mapping[Trail, int]) -> Mapping[Trail, list[Trail]]:
    found: defaultdict[Trail, list[Trail]] = defaultdict(list)
    for trail in sorted(missing):
        found[_likeness(trail)].append(trail)
    return found


def _is_forgotten(trail: Trail) -> bool:
    """Whether what somebody said of their practice is taken out of it (`records.trails`)."""
    return any(name.endswith(",null]") for name in trail)


def _likeness(trail: Trail) -> Trail:
    """A way of people without what they said of their practice, which stands last in a group's name."""
    return tuple(json.dumps(json.loads(name)[:4]) if name else "" for name in trail)
