"""What the tests of every room may need: a time that stands still."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

NOW = datetime(2026, 11, 22, 12, 45, 0, 123456, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """The same instant for every test, with microseconds that a rounding database would lose."""
    return NOW
