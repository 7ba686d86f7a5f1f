"""The list's tests begin with nobody in it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console import world as worlds
from tests.console.world import World


@pytest.fixture
def world(db: None, settings: Any) -> World:
    """Two providers without learners."""
    return worlds.made(settings, learners=False)
