"""A live activity whose session is on while the test runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity
from tests.participation import live

CODE = "WARD-2931"


def running(*, over: bool = False) -> Activity:
    """A live activity with one session that is on now, or was over an hour ago."""
    now = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)
    end = now - timedelta(minutes=60) if over else now + timedelta(minutes=30)
    start = end - timedelta(minutes=60)
    described = live.activity(time_zone="UTC", **{"offerings.0.amount": "1", "estimated_minutes": 60})
    data = canonical.to_data(described)
    session = {"id": "s1", "title": "Hands", "code": CODE, "presenters": ["lee"]}
    data["sessions"] = [session | {"start": start.isoformat("T", "minutes"), "end": end.isoformat("T", "minutes")}]
    data |= {"expiry": (end.date() + timedelta(days=1)).isoformat(), "release": "2026-01-15"}
    if end.date() < datetime.fromisoformat("2026-01-15").date():
        data["release"] = start.date().isoformat()
    return canonical.from_data(data)
