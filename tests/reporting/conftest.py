"""The far side and the settings that all tests of this room share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reporting import paper, world


@pytest.fixture(scope="session")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[world.Far, world.Clock]]:
    """One receiver for all tests: each gets it empty, and on its own time."""
    ticking = world.Clock()
    with world.far_side(tmp_path_factory.mktemp("receiver") / "receiver.sqlite3", ticking) as receiver:
        yield receiver, ticking


@pytest.fixture
def clock(listening: tuple[world.Far, world.Clock]) -> world.Clock:
    """The time of the test and of the receiver alike."""
    listening[1].at = world.START
    return listening[1]


@pytest.fixture
def far(listening: tuple[world.Far, world.Clock], clock: world.Clock) -> world.Far:
    listening[0].store.clear()
    return listening[0]


@pytest.fixture(autouse=True)
def secrets_of_the_tests(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(world.PASSWORD_ENV, world.PASSWORD)
    monkeypatch.setenv(world.SECRET_ENV, world.SECRET)
    settings.CME_IDENTIFIER_KEYS = [{"id": "test", "key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}]


@pytest.fixture
def connected(far: world.Far, settings: Any) -> Callable[..., None]:
    """Points the settings to the far side; called with changes, it makes them."""

    def connect(**changes: Any) -> None:
        settings.CME_ENDPOINTS = [world.endpoint(far.url, **changes)]

    connect()
    return connect


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[..., paper.Receiver]:
    """A receiver of paper, and what points the settings to it."""
    receiver = paper.Receiver()
    monkeypatch.setattr(paper, "far", receiver)

    def connect(**options: Any) -> paper.Receiver:
        changes = {
            name: options.pop(name) for name in ("rate_per_minute", "concurrency", "provider") if name in options
        }
        settings.CME_ENDPOINTS = [
            {"name": "paper", "kind": paper.KIND, "send_waits": [1.0], "settle_seconds": 1.0, "options": options}
            | changes
        ]
        return receiver

    connect()
    return connect


@pytest.fixture
def live(tmp_path: Path, settings: Any) -> Iterator[world.Far]:
    """A receiver and workers that live by the real time, and are quick about it."""
    with world.far_side(tmp_path / "live.sqlite3", None, answer_delay=0.2) as far:
        settings.CME_ENDPOINTS = [
            world.endpoint(
                far.url,
                read_timeout=0.4,
                total_timeout=0.6,
                lease_seconds=1.2,
                settle_seconds=0.1,
                send_attempts=100,
                send_waits=[0.05],
                ask_waits=[0.15],
            )
        ]
        yield far
