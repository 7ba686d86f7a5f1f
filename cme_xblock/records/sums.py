"""Anonymous answers added up: how often each choice was made, and the texts in the order of their own letters.

One sheet is the sum of itself; sums of sums are sums. Nothing in one says which answers came together, or when.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Sums", "add", "dumps", "loads", "of_sheet", "reports"]

# By the name of a question: {"answered": 7, "counts": {"5": 4, "4": 3}, "texts": ["…"]}.
Sums = dict[str, dict[str, Any]]
_WRITTEN = frozenset({"text"})
_WHY = "#why"


def of_sheet(answers: Mapping[str, Sequence[str]], questions: Sequence[Mapping[str, Any]]) -> Sums:
    """The sums of one evaluation. `questions` as `participation.evaluation.described` gives them."""
    kinds = {one["id"]: one["kind"] for one in questions}
    found: Sums = {}
    for name, values in answers.items():
        if name.endswith(_WHY) or kinds.get(name) in _WRITTEN:
            found[name] = {"answered": 1, "counts": {}, "texts": sorted(values)}
        else:
            found[name] = {"answered": 1, "counts": dict.fromkeys(sorted(values), 1), "texts": []}
    return found


def add(one: Sums, other: Sums) -> Sums:
    """Both together."""
    found: Sums = {}
    for name in sorted(one.keys() | other.keys()):
        parts = [sums[name] for sums in (one, other) if name in sums]
        choices = sorted({choice for part in parts for choice in part["counts"]})
        found[name] = {
            "answered": sum(part["answered"] for part in parts),
            "counts": {choice: sum(part["counts"].get(choice, 0) for part in parts) for choice in choices},
            "texts": sorted(text for part in parts for text in part["texts"]),
        }
    return found


def reports(sums: Sums, questions: Sequence[Mapping[str, Any]]) -> int:
    """How many evaluations report commercial bias."""
    return sum(
        sums[one["id"]]["counts"].get(choice["id"], 0)
        for one in questions
        if one["purpose"] == "bias" and one["id"] in sums
        for choice in one["choices"]
        if choice["comment"]
    )


def dumps(sums: Sums) -> str:
    """The one text of these sums."""
    # Not canonical JSON, which takes ten times as long: nobody hashes it.
    return json.dumps(sums, ensure_ascii=False, sort_keys=True)


def loads(text: str) -> Sums:
    """The sums in a text."""
    found: Sums = json.loads(text)
    return found
