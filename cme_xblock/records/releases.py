"""What a learner's own page may say of the others: read without the statistics, which no learner's page should load."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cme_xblock.records.models import OutcomesRelease

__all__ = ["Peers", "peers"]


@dataclass(frozen=True)
class Peers:
    """How many learners answered a question both times, and how many of them rightly."""

    n: int
    before: int
    after: int


def peers(activity_key: str) -> Mapping[str, Peers]:
    """The others' answers by the question's version (`outcomes.pairs.item_version`), as of the report. One query."""
    rows = OutcomesRelease.objects.filter(activity_key=activity_key)
    text = rows.order_by("-number").values_list("peers", flat=True).first()
    return {version: Peers(*numbers) for version, numbers in json.loads(text or "{}").items()}
