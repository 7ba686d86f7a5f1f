"""The one thing that tests of the blocks set: what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

import pytest

from cme_xblock import cme_block, cme_content_block, cme_part_block, learner_block

# A day on which the sample activities are open and all their approvals hold.
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MODULES = (learner_block, cme_block, cme_part_block, cme_content_block)


class Clock:
    """The blocks' clock. `Clock(monkeypatch).at(instant)` sets it, an aware datetime."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def at(self, instant: datetime) -> None:
        class Stopped(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return instant.astimezone(tz)

        for module in MODULES:
            if hasattr(module, "datetime"):
                self._monkeypatch.setattr(module, "datetime", Stopped)
