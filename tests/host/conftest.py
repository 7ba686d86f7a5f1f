"""The platform's stand-ins, for every test of this room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.host import platform
from tests.host.platform import Platform
from tests.host.world import World


@pytest.fixture
def edx(monkeypatch: pytest.MonkeyPatch) -> Platform:
    """The platform's modules, with nobody logged in."""
    return platform.install(monkeypatch)


@pytest.fixture
def world(edx: Platform, settings: Any) -> Callable[[str], World]:
    """A maker of hosts: `world("lms")`, with the course in it and the process's variant set."""

    def make(name: str) -> World:
        made = World(name, edx)
        settings.SERVICE_VARIANT = made.host["variant"]
        made.install()
        return made

    return make
