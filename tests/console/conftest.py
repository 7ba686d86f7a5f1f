"""What the console's tests start from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console import world as worlds
from tests.console.world import World


@pytest.fixture
def world(db: None, settings: Any) -> World:
    """Two providers, and one person in each role."""
    return worlds.made(settings)
