"""Gathering what else is known of an activity: the evaluations, plans, and what became of them."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cme_xblock.outcomes import commitments, suppression
from cme_xblock.outcomes.evidence import Asked, Evaluated, Evidence
from cme_xblock.participation import evaluation
from cme_xblock.records import editions, evaluations, performances, sums
from cme_xblock.records.models import Commitment, EvaluationSheet


def of(
    activity_key: str,
    *,
    minimum: int = suppression.MINIMUM,
    codes: Mapping[int, int] | None = None,
    evaluated: Mapping[int, int] | None = None,
) -> Evidence:
    """Everything of that activity (keys.activity_key). Seven queries at most, one of them for all sheets.

    `codes`: by participation, for `Evaluated.parts`; identified evaluations of others are left out then. `evaluated`:
    by code, how many people the evaluations are compared with: who handed one in, or where that is hidden, the smallest
    group around them that the report tells the number of. None where it tells of no such people.
    """
    found = [*_anonymous(activity_key), *_identified(activity_key, codes, evaluated)]
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
        commitments.of(
            activity_key, minimum=minimum, evaluated=sum(evaluated.values()) if evaluated is not None else None
        ),
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


def _identified(
    activity_key: str, codes: Mapping[int, int] | None, evaluated: Mapping[int, int] | None
) -> list[Evaluated]:
    """Sheets added up like pools; tests are in none."""
    rows = EvaluationSheet.objects.filter(activity_key=activity_key, participation__is_test=False)
    asked: dict[str, Asked] = {}
    added: defaultdict[str, _Sum] = defaultdict(_Sum)
    parts: defaultdict[str, defaultdict[int, _Sum]] = defaultdict(lambda: defaultdict(_Sum))
    columns = ("participation_id", "instrument", "edition__sha256", "chosen", "written")
    for pk, instrument, edition, chosen, written in rows.order_by().values_list(*columns).iterator(chunk_size=2000):
        if codes is not None and pk not in codes:
            continue
        if instrument not in asked:
            asked[instrument] = tuple(evaluation.described(editions.load(edition)[edition]))
        sheet = sums.of_sheet({**json.loads(chosen), **json.loads(written)}, asked[instrument])
        added[instrument].add(sheet)
        if codes is not None:
            parts[instrument][codes[pk]].add(sheet)
    made = []
    for instrument, questions in asked.items():
        known = parts[instrument]
        each = {code: known[code].told(questions, others=_others(known[code].n, code, evaluated))
                for code in sorted({*known, *(evaluated or ())})}  # fmt: skip
        others = sum(one.others or 0 for one in each.values()) if evaluated is not None else None
        made.append(added[instrument].told(questions, each, others=others))
    return made


def _others(n: int, code: int, evaluated: Mapping[int, int] | None) -> int | None:
    """How many of those counted at the same steps answered other questions."""
    return max(evaluated.get(code, 0) - n, 0) if evaluated is not None else None


@dataclass
class _Sum:
    """Some sheets added up."""

    n: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    texts: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, sheet: Mapping[str, Mapping[str, Any]]) -> None:
        """One more."""
        self.n += 1
        for name, one in sheet.items():
            self.answered[name] += 1
            self.counts[name].update(one["counts"])
            self.texts[name] += one["texts"]

    def told(
        self, questions: Asked, parts: Mapping[int, Evaluated] | None = None, *, others: int | None = None
    ) -> Evaluated:
        """All of them."""
        sums_of = {
            name: {"answered": number, "counts": dict(self.counts[name]), "texts": sorted(self.texts[name])}
            for name, number in self.answered.items()
        }
        return Evaluated(questions, self.n, sums_of, anonymous=False, parts=parts or {}, others=others)
