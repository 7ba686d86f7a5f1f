"""From learners' trails to codes: at which steps of the report each was counted as what they are now. PURE.

A question's table knows groups by answers, and first attempts stay what they are. So it is enough to know at which
steps somebody had the same editions behind them as now, and of evaluations whether theirs was in.
Source: docs/decisions/0034.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cme_xblock.outcomes.marks import Reached


@dataclass(frozen=True)
class Codes:
    """Codes by participation, and what they stand for: `whens` as of `steps.Memory`. 0 is for at no step."""

    whens: tuple[str, ...]
    editions: Mapping[int, int]
    evaluated: Mapping[int, int]


def codes(trails: Mapping[int, str], names: Mapping[int, str], steps: int) -> Codes:
    """The codes of these learners after so many steps. `names`: of the group of people in which each is now."""
    whens: dict[str, int] = {"0" * steps: 0}
    editions, evaluated = {}, {}
    known: dict[tuple[str, str], tuple[int, int]] = {}
    for pk, name in names.items():
        both = trails.get(pk, ""), name
        if both not in known:
            now = json.loads(name)[:2]
            stood = [json.loads(one) if one else None for one in stood_at(both[0], steps)]
            flags = (
                "".join("1" if one and one[:2] == now else "0" for one in stood),
                "".join("1" if one and one[2] & Reached.EVALUATED else "0" for one in stood),
            )
            known[both] = (whens.setdefault(flags[0], len(whens)), whens.setdefault(flags[1], len(whens)))
        editions[pk], evaluated[pk] = known[both]
    return Codes(tuple(whens), editions, evaluated)


def stood_at(trail: str, steps: int) -> tuple[str, ...]:
    """The names of the groups in which somebody stood at each step; empty where the report did not have them."""
    at, stood = dict(json.loads(trail)) if trail else {}, ""
    found = []
    for number in range(1, steps + 1):
        stood = at.get(number, stood)
        found.append(stood)
    return tuple(found)
