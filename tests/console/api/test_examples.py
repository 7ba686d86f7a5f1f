"""The examples of docs/reference/api.md, run as they stand against a server, with a worker beside it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from cme_xblock.console import api
from cme_xblock.console.api import scopes, tokens
from cme_xblock.console.exports import working
from cme_xblock.host import roles
from cme_xblock.records import keys
from tests.console import world as worlds
from tests.console.exports import learners

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not api.available(), reason=api.MISSING),
]

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "api.md"
EXAMPLES = re.findall(r"^```(bash|python)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
PYTHON = [text for language, text in EXAMPLES if language == "python"]
SHELL = [text for language, text in EXAMPLES if language == "bash"]


@pytest.fixture
def environment(settings: Any, live_server: Any) -> Iterator[dict[str, str]]:
    """Ten learners, a key with every scope, the server, and a worker until the test is over."""
    world = worlds.made(settings)
    for number in range(10):
        learners.took_part(worlds.COURSE_A, str(number), name=f"Learner {number}")
    made = tokens.make(
        roles.of_user(world.users["office_a"]), provider_key=keys.provider_key(worlds.PROVIDER_A), name="examples",
        scopes=scopes.SCOPES, days=1, now=datetime.now(UTC),
    )  # fmt: skip
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.2):
            now = datetime.now(UTC)
            working.run(now=lambda: datetime.now(UTC), owner="w", until=now + timedelta(minutes=1))
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    yield {**os.environ, "SITE": live_server.url, "KEY": made.secret}
    over.set()
    worker.join()


def test_every_example_is_run() -> None:
    assert len(PYTHON) == 2
    assert len(SHELL) == 3
    assert PAGE.read_text(encoding="utf-8").count("```") == 2 * (len(EXAMPLES) + 1), "one block is no example"


@pytest.mark.parametrize("text", PYTHON)
def test_a_program_does_what_the_page_says(environment: dict[str, str], text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", text], env=environment, check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert re.match(r"1[0-9] (claims|rows)", done.stdout)


@pytest.mark.parametrize("text", SHELL)
def test_a_command_does_what_the_page_says(environment: dict[str, str], text: str) -> None:
    strict = ["bash", "-euo", "pipefail", "-c", text]
    done = subprocess.run(strict, env=environment, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
