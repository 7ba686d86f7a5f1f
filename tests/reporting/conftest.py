"""The far side and the settings that all tests of this room share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reporting import world


@pytest.fixture
def clock() -> world.Clock:
    return world.Clock()


@pytest.fixture
def far(tmp_path: Path, clock: world.Clock) -> Iterator[world.Far]:
    with world.far_side(tmp_path / "receiver.sqlite3", clock) as receiver:
        yield receiver


@pytest.fixture(autouse=True)
def secrets_of_the_tests(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(world.PASSWORD_ENV, world.PASSWORD)
    settings.CME_IDENTIFIER_KEYS = [{"id": "test", "key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}]


@pytest.fixture
def connected(far: world.Far, settings: Any) -> Callable[..., None]:
    """Points the settings to the far side; called with changes, it makes them."""

    def connect(**changes: Any) -> None:
        settings.CME_ENDPOINTS = [world.endpoint(far.url, **changes)]

    connect()
    return connect
