"""The trail of a learner through the report's steps: in which group they stood since which step. PURE.

A trail is JSON: pairs of a step's number and a group's name, one for each step at which it changed; the empty name is
of somebody who is not counted. A group's name is JSON itself, as of `name`. Source: docs/decisions/0034.
"""

from __future__ import annotations

import json
from typing import Any

from cme_xblock.activity import canonical

__all__ = ["forgotten", "name", "without_practice"]


def name(*, before: int | None, after: int | None, reached: int, profession: str, practice: str | None) -> str:
    """What a group of people is always called; `practice` is None where it was forgotten."""
    return canonical.dumps([before, after, reached, profession, practice]).decode()


def without_practice(group: str) -> str:
    """The name of a group without what its people said of their practice."""
    if not group:
        return ""
    facts: list[Any] = json.loads(group)
    return canonical.dumps([*facts[:4], None]).decode()


def forgotten(trail: str) -> str:
    """The same trail without what the learner said of their practice."""
    if not trail:
        return ""
    steps = [[number, without_practice(group)] for number, group in json.loads(trail)]
    return json.dumps(steps, separators=(",", ":"))
