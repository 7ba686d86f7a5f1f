"""A simulated cohort for the demonstration: invented learners who go the real way through the ledger.

The model, so that nobody takes it for data: each learner has an ability a ~ N(0, 1), each question a difficulty
b ~ N(0.3, 0.6), each question teaches g ~ N(1.5, 0.6) logits, and the chance of a right answer is 1 / (1 + exp(b - a))
before and 1 / (1 + exp(b - a - g)) after. Of those who acknowledge the disclosure 94 % hand in the baseline, 85 % of
them finish the content and hand in the assessment, and of those 4 % have no baseline. Attempts end with the first. The
seed is fixed: the same cohort each time. Every learner's id begins with outcomes.reading.SIMULATED: that marks the
report.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from cme_xblock.activity.model import Activity, Item
from cme_xblock.outcomes.reading import SIMULATED
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import ledger
from cme_xblock.rules import disclosure

SEED = 20261122
LEARNERS = 120


def add(course_key: str, activity: Activity, edition: str, *, learners: int = LEARNERS, now: datetime) -> int:
    """Have these learners take part; how many are new. Safe to run again: who is there already is left alone."""
    chance = random.Random(SEED)  # noqa: S311 - nothing is secret here
    asked = [one for one in activity.assessment.items if one.scored]
    worth = {one.pair_id: (chance.gauss(0.3, 0.6), chance.gauss(1.5, 0.6)) for one in asked}
    new = 0
    for number in range(learners):
        drafts = list(_way(activity, edition, chance, worth))
        began = now - timedelta(days=1, minutes=7 * number)
        learner = f"{SIMULATED}{number:04d}"
        if ledger.entries(course_key, activity.activity_id, learner):
            continue
        new += 1
        for step, draft in enumerate(drafts):
            ledger.append(
                course_key,
                activity.activity_id,
                learner,
                decide=lambda _, draft=draft: draft,  # type: ignore[misc]
                now=began + timedelta(minutes=12 * step),
            )
    return new


def _way(
    activity: Activity, edition: str, chance: random.Random, worth: Mapping[str, tuple[float, float]]
) -> Iterator[Draft]:
    """What one learner does, as drafts of entries."""
    ability = chance.gauss(0, 1)
    yield Draft(Kind.DISCLOSURE_ACKNOWLEDGED, edition, {"disclosure": disclosure.sha256(activity)})
    if chance.random() > 0.94:
        return
    before = _answers(activity.baseline.items, chance, ability, {key: -b for key, (b, _) in worth.items()})
    after = _answers(activity.assessment.items, chance, ability, {key: g - b for key, (b, g) in worth.items()})
    stays, skips = chance.random() < 0.85, chance.random() < 0.04
    if not skips:
        yield Draft(Kind.BASELINE_SUBMITTED, edition, {"responses": before})
    if not stays:
        return
    for section in activity.content.sections:
        yield Draft(Kind.CONTENT_COMPLETED, edition, {"section": section})
    yield Draft(Kind.ASSESSMENT_SUBMITTED, edition, {"attempt": 1, "responses": after})


def _answers(
    items: tuple[Item, ...], chance: random.Random, ability: float, ease: Mapping[str, float]
) -> dict[str, list[Any]]:
    """An answer to each item: right with the model's chance, else one wrong option."""
    found: dict[str, list[Any]] = {}
    for one in items:
        wrong = [option.id for option in one.options if not option.correct]
        if not one.scored:
            found[one.id] = [chance.choice([option.id for option in one.options])]
        elif chance.random() < 1 / (1 + math.exp(-ability - ease.get(one.pair_id, 0.0))):
            found[one.id] = sorted(one.key)
        else:
            found[one.id] = [chance.choice(wrong)]
    return found
