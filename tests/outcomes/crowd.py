"""Cohorts of any size for the report: with professions, people who left, and how far everybody came."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np

from cme_xblock.activity.codes import Format
from cme_xblock.activity.model import Activity, Objective
from cme_xblock.outcomes.cohort import Cohort, Group
from cme_xblock.outcomes.marks import Reached
from tests.outcomes import people

PROFESSIONS = ("", "md", "pharmd", "rn")
PRACTICES = (
    ("", "", "", ""),
    *product(
        ("cardiology", "oncology_hematology", "pharmacy", "primary_care", "psychiatry"), ("0-5", "6-15", "26+"),
        ("academic", "health_center", "pharmacy"), ("first", "returning"),
    ),
)  # fmt: skip
WAY = (
    Reached.ACKNOWLEDGED | Reached.BASELINE,
    Reached.ACKNOWLEDGED | Reached.BASELINE | Reached.STARTED | Reached.CONTENT | Reached.ASSESSED,
    Reached.ACKNOWLEDGED | Reached.BASELINE | Reached.STARTED | Reached.CONTENT | Reached.ASSESSED | Reached.PASSED,
)


def activity(items: int = 4) -> Activity:
    """An activity with two objectives."""
    objectives = (Objective("o0", "Choose nonopioid treatment first."), Objective("o1", "Plan the follow-up."))
    return replace(people.activity(items), objectives=objectives)


def enduring(items: int = 4) -> Activity:
    """The same as internet enduring material, which there is a band of effect sizes for."""
    return replace(activity(items), format=Format.ENDURING)


def cohort(
    matched: int = 80, *, before_only: int = 20, after_only: int = 7, none: int = 9, items: int = 4, seed: int = 1,
    shares: tuple[float, float] = (0.4, 0.75), missing: float = 0.0, earlier: int = 0, practice: bool = False,
) -> Cohort:  # fmt: skip
    """A cohort; `earlier`: matched learners with another wording of the first question; `practice`: they told of it."""
    one, chance = activity(items), np.random.default_rng(seed)
    old = replace(one, baseline=people.activity(items, stem="Old?").baseline,
                  assessment=people.activity(items, stem="Old?").assessment)  # fmt: skip
    how = {"missing": missing, "professions": len(PROFESSIONS), "shares": shares}
    groups = [
        people.group(matched, seed=seed, before=one, after=one, **how),
        people.group(before_only, seed=seed + 1, before=one, **how),
        people.group(after_only, seed=seed + 2, after=one, **how),
        people.group(earlier, seed=seed + 3, before=old, after=old, **how),
    ]
    if practice:
        groups = [replace(one, practices=_practices(one, chance)) for one in groups]
    return counted([group for group in groups if group.n], none, chance)


def _practices(group: Group, chance: np.random.Generator) -> np.ndarray:
    """Pharmacists work in pharmacies; nurses are nearly all in one field; of everybody some say nothing."""
    found = []
    for profession in group.professions.tolist():
        fields = {2: ["pharmacy"], 3: ["primary_care"] * 9 + ["oncology_hematology"]}.get(
            profession, ["cardiology", "primary_care", "psychiatry"]
        )
        said = (
            str(chance.choice(fields)), str(chance.choice(["0-5", "6-15", "26+"])),
            "pharmacy" if profession == 2 else str(chance.choice(["academic", "health_center"])),
            str(chance.choice(["first", "returning"])),
        )  # fmt: skip
        found.append(PRACTICES.index(said) if chance.random() < 0.9 else 0)
    return np.array(found, dtype=np.int32)


def counted(groups: list[Group], none: int, chance: np.random.Generator) -> Cohort:
    """The cohort of these groups and `none` people in none of them, everybody come so far as the group implies."""
    kinds: Counter[tuple[int, int, int, int]] = Counter()
    for place, group in enumerate(groups):
        ways = WAY[:1] if group.after_edition is None else WAY[1:]
        practices = group.practices if group.practices is not None else np.zeros(group.n, dtype=np.int32)
        for profession, practice in zip(group.professions.tolist(), practices.tolist(), strict=True):
            bits = int(ways[chance.integers(len(ways))])
            if group.before_edition is None:
                bits &= ~int(Reached.BASELINE)
            kinds[place, profession, bits, practice] += 1
    if none:
        kinds[-1, 0, int(Reached.ACKNOWLEDGED), 0] += none
    reached = {flag: sum(number for kind, number in kinds.items() if kind[2] & flag) for flag in Reached}
    told = PRACTICES if any(one.practices is not None for one in groups) else PRACTICES[:1]
    return Cohort(sum(kinds.values()), reached, PROFESSIONS, tuple(groups), dict(kinds), told)
