"""Simulated cohorts for the tests: an activity with pairs, and learners who answer by chance."""

from __future__ import annotations

import random

import numpy as np

from cme_xblock.activity.codes import Format
from cme_xblock.activity.model import Activity, Assessment, Baseline, Item, Option
from cme_xblock.outcomes.cohort import Cohort, Group
from cme_xblock.outcomes.marks import Reached

COURSE, ACTIVITY = "course-v1:Example+CME+2026", "opioids"


def item(number: int, side: str, *, stem: str = "", objective: str = "") -> Item:
    """One question with two answers, the first right."""
    return Item(
        id=f"{side}{number}",
        pair_id=f"p{number}",
        objective=objective or f"o{number % 2}",
        stem=stem or f"Question {number}?",
        options=(Option("a", correct=True, text="Yes"), Option("b", text="No")),
    )


def activity(items: int = 4, *, stem: str = "", title: str = "Safe tapering") -> Activity:
    """An activity that asks the same questions twice; `stem` rewords the first of them."""

    def asked(side: str) -> tuple[Item, ...]:
        return tuple(item(number, side, stem=stem if number == 0 else "") for number in range(items))

    return Activity(
        activity_id=ACTIVITY,
        title=title,
        format=Format.OTHER,
        baseline=Baseline(items=asked("b")),
        assessment=Assessment(items=asked("a")),
    )


def marks(chance: random.Random, n: int, items: int, right: float, missing: float = 0.0) -> np.ndarray:
    """Marks of n learners."""
    rows = [
        ["-" if chance.random() < missing else "1" if chance.random() < right else "0" for _ in range(items)]
        for _ in range(n)
    ]
    return np.frombuffer("".join(map("".join, rows)).encode(), dtype=np.uint8).reshape(n, items)


def group(
    n: int,
    *,
    seed: int = 1,
    before: Activity | None = None,
    after: Activity | None = None,
    shares: tuple[float, float] = (0.4, 0.7),
    missing: float = 0.0,
    professions: int = 1,
) -> Group:
    """One group of learners; without `before` or `after` they have only the other."""
    chance = random.Random(seed)
    first = marks(chance, n, len(before.baseline.items), shares[0], missing) if before else np.zeros((n, 0), np.uint8)
    second = marks(chance, n, len(after.assessment.items), shares[1], missing) if after else np.zeros((n, 0), np.uint8)
    codes = np.array([chance.randrange(professions) for _ in range(n)], dtype=np.int16)
    return Group(before, after, first, second, codes)


def cohort(*groups: Group, professions: tuple[str, ...] = ("md", "rn", "pharmd")) -> Cohort:
    """A cohort of groups, of whom nobody else registered."""
    n = sum(one.n for one in groups)
    return Cohort(n, dict.fromkeys(Reached, n), professions, groups)
