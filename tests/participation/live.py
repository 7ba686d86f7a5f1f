"""A live activity of two days for tests: a morning with a break, and a day with two sessions at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cme_xblock.activity.model import Activity
from tests.rules.variant import vary

# In New York, where the activity is: 9:00 to 11:30 on the first day, 9:00 to 10:00 on the second.
BEFORE = datetime(2026, 1, 15, 13, tzinfo=UTC)
FIRST = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
FIRST_OVER = datetime(2026, 1, 15, 16, 30, tzinfo=UTC)
SECOND = datetime(2026, 1, 16, 14, 30, tzinfo=UTC)
SECOND_OVER = datetime(2026, 1, 16, 15, tzinfo=UTC)
LATER = datetime(2026, 1, 20, 15, tzinfo=UTC)

SESSIONS: list[Mapping[str, Any]] = [
    {
        "id": "s1",
        "title": "Hands",
        "start": "2026-01-15T09:00",
        "end": "2026-01-15T11:30",
        "code": "WARD-2931",
        "breaks": [{"start": "2026-01-15T10:00", "end": "2026-01-15T10:30"}],
        "presenters": ["lee"],
    },
    {"id": "s2", "title": "Gloves", "start": "2026-01-16T09:00", "end": "2026-01-16T10:00", "code": "GLOVE 77"},
    {"id": "s3", "title": "Gowns", "start": "2026-01-16T09:15", "end": "2026-01-16T10:00", "code": "GOWN-5501"},
]


def activity(**changes: Any) -> Activity:
    """Three hours for one person: two on the first day, one on the second. No assessment and no baseline."""
    base = {
        "format": "live",
        "expiry": "2026-01-16",
        "estimated_minutes": 180,
        "sessions": SESSIONS,
        "people.0.account": "ann",
        "baseline.items": [],
        "assessment.items": [],
        "content.sections": [],
        "evaluation.items": [],
        "offerings.0.amount": "3",
    }
    return vary(base, changes)
