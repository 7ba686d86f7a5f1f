"""What the tests of exports start from."""

from __future__ import annotations

import pytest

from tests.console.exports import learners
from tests.console.world import COURSE_A, COURSE_B, World


@pytest.fixture
def several(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Nine learners of A and one of B; a page holds two of them, so that an export has several steps."""
    from cme_xblock.console.exports import scope

    monkeypatch.setattr(scope.stretches, "__kwdefaults__", {"size": 2})
    for number in range(1, 10):
        learners.took_part(COURSE_A, str(number), name=f"Learner {number}")
    learners.took_part(COURSE_B, "90", name="Somebody of B")
    return world
