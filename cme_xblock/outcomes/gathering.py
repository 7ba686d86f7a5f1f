"""Gathering what else is known of an activity: the evaluations, plans, and what became of them."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

from cme_xblock.outcomes import commitments, suppression
from cme_xblock.outcomes.evidence import Asked, Evaluated, Evidence
from cme_xblock.participation import evaluation
from cme_xblock.records import editions, evaluations, performances, sums
from cme_xblock.records.models import Commitment, EvaluationSheet


def of(activity_key: str, *, minimum: int = suppression.MINIMUM) -> Evidence:
    """Everything of that activity (keys.activity_key). Seven queries at most, one of them for all sheets."""
    found = [*_anonymous(activity_key), *_identified(activity_key)]
    plans: defaultdict[str, list[str]] = defaultdict(list)
    unnamed: set[str] = set()
    own = Commitment.objects.filter(participation__activity_key=activity_key, participation__is_test=False)
    for objective, text in own.order_by("pk").values_list("objective", "text"):
        plans[objective].append(text)
    for one in found:
        for question in one.questions:
            if question["purpose"] == "change" and question["kind"] == "text" and question["id"] in one.sums:
                plans[question["objective"]] += one.sums[question["id"]]["texts"]
                if one.anonymous:
                    unnamed.add(question["objective"])
    return Evidence(
        tuple(sorted(found, key=lambda one: -one.n)),
        commitments.of(activity_key, minimum=minimum),
        # In the order of their letters: nothing says who wrote what, or when.
        {objective: tuple(sorted(texts)) for objective, texts in plans.items()},
        tuple(sorted({one.level for one in performances.current(activity_key)})),
        frozenset(unnamed),
    )


def _anonymous(activity_key: str) -> list[Evaluated]:
    return [
        Evaluated(one.questions, one.evaluations, one.sums, anonymous=True)
        for one in evaluations.released(activity_key)
        if one.evaluations
    ]


def _identified(activity_key: str) -> list[Evaluated]:
    """Sheets added up like pools; tests are in none."""
    rows = EvaluationSheet.objects.filter(activity_key=activity_key, participation__is_test=False)
    asked: dict[str, Asked] = {}
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    numbers: Counter[str] = Counter()
    added: dict[str, dict[str, tuple[Counter[str], list[str]]]] = {}
    columns = ("instrument", "edition__sha256", "chosen", "written")
    for instrument, edition, chosen, written in rows.order_by().values_list(*columns).iterator(chunk_size=2000):
        if instrument not in asked:
            asked[instrument] = tuple(evaluation.described(editions.load(edition)[edition]))
        numbers[instrument] += 1
        answers = {**json.loads(chosen), **json.loads(written)}
        for name, one in sums.of_sheet(answers, asked[instrument]).items():
            choices, texts = added.setdefault(instrument, {}).setdefault(name, (Counter(), []))
            counts[instrument][name] += 1
            choices.update(one["counts"])
            texts += one["texts"]
    return [
        Evaluated(
            questions,
            numbers[instrument],
            {
                name: {"answered": counts[instrument][name], "counts": dict(choices), "texts": sorted(texts)}
                for name, (choices, texts) in added.get(instrument, {}).items()
            },
            anonymous=False,
        )
        for instrument, questions in asked.items()
    ]
