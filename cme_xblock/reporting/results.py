"""What a submission came to, for receivers that want scores. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cme_xblock.activity.model import Activity
from cme_xblock.participation import scoring
from cme_xblock.participation.entries import Kind

_PLACES = Decimal("0.0001")


def of(activity: Activity, kind: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """`correct` and `total`, `scaled` (Decimal, a share of 1 with four places), for an assessment `passed`.

    Empty for every other kind, and where nothing is scored.
    """
    if kind == Kind.BASELINE_SUBMITTED:
        score = scoring.score(activity.baseline.items, payload.get("responses", {}))
    elif kind == Kind.ASSESSMENT_SUBMITTED:
        score = scoring.score(activity.assessment.items, payload.get("responses", {}))
    else:
        return {}
    if not score.total:
        return {}
    scaled = (Decimal(score.correct) / score.total).quantize(_PLACES)
    found: dict[str, Any] = {"correct": score.correct, "total": score.total, "scaled": scaled}
    if kind == Kind.ASSESSMENT_SUBMITTED:
        found["passed"] = scoring.passed(score, activity.assessment.pass_mark)
    return found
