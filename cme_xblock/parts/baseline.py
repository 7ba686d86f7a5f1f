"""The baseline: where the learner starts from. Never graded, answered once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cme_xblock.participation import decide
from cme_xblock.participation.decide import Refusal
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.parts import items, labels
from cme_xblock.parts.visit import Visit

TEMPLATE = "baseline.html"


def context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object]:
    """The items while it is open; when it was answered once it is done."""
    if visit.progress.baseline is not None:
        submitted = [entry.at for entry in visit.entries if entry.kind is Kind.BASELINE_SUBMITTED]
        return {"answered": labels.moment(submitted[-1], visit.activity.time_zone)}
    baseline = visit.activity.baseline
    return {
        "minutes": baseline.minutes,
        "items": items.form(
            visit, baseline.items, attempt="baseline", shuffled=(False, False), sure=baseline.ask_confidence
        ),
    }


def accept(visit: Visit, data: Mapping[str, Any]) -> Draft | Refusal:
    """The answers, whole."""
    return decide.submit_baseline(
        visit.progress, visit.activity, visit.edition, data.get("responses"), sure=data.get("sure")
    )
