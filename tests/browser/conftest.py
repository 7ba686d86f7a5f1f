"""The running demonstration and a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.writing import Author
from tests.demo.test_run import Running, ports, running

# How long something may take to appear before a test has failed: this machine may be busy with other tests.
expect.set_options(timeout=20_000)

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES = Path(__file__).resolve().parents[2] / "var" / "screenshots"


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory, tables: Path) -> Iterator[Running]:
    """`make demo` in a folder of its own, until the last browser test of this worker."""
    var = tmp_path_factory.mktemp("demo")
    with running(shutil.copytree(tables, var, dirs_exist_ok=True), *ports()) as one:
        yield one.ready()


# For one file, and not longer: while it runs, Playwright has an event loop in this thread, in which Django refuses to
# ask a database, and the next file of this worker may want to.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium, without a window."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots are kept for a person to look at. Not emptied: another worker keeps its own there."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES


@pytest.fixture
def hands(browser: Browser, pictures: Path, request: Any) -> Iterator[Author]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    author = Author(page, pictures / request.node.name.removeprefix("test_")[:40])
    yield author
    context.close()
    assert errors == []
    assert author.found == []
    assert author.wide == []
