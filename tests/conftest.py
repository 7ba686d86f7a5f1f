"""What the tests of every room may need: a time that stands still, and the order in which they run."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings as hypotheses

# What an unchanged tree is tested with does not change; `make search` looks for what no test has met yet.
hypotheses.register_profile("same", derandomize=True)
if not os.environ.get("CME_SEARCH"):
    hypotheses.load_profile("same")

NOW = datetime(2026, 11, 22, 12, 45, 0, 123456, tzinfo=UTC)

# What takes longest, longest first: with two workers, the last file should be a short one.
LONGEST = (
    "browser/test_author.py",
    # The second worker's first: meanwhile the first one makes what all demonstrations begin with.
    "packaging/",
    "browser/test_way.py",
    "browser/",
    "demo/",
    "blocks/",
    "reporting/test_crash.py",
    "reporting/test_workers.py",
    "reporting/test_celery.py",
    "records/",
    "activity/",
)


@pytest.fixture
def now() -> datetime:
    """The same instant for every test, with microseconds that a rounding database would lose."""
    return NOW


@pytest.fixture(autouse=True)
def nothing_stored_elsewhere() -> Iterator[None]:
    """What another test has kept in the admin is forgotten; whoever keeps something is read again."""
    from django.apps import apps

    if not apps.ready:
        yield
        return
    from cme_xblock.reporting import stored

    stored.remember((), seconds=3600)
    yield
    stored.forget()


@pytest.fixture(autouse=True)
def no_language_left_behind() -> Iterator[None]:
    """The platform's middleware leaves a reader's language active in its thread; the next test starts without one."""
    yield
    from django.utils import translation

    translation.deactivate()


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a first start of the demonstration leaves behind, made once for all workers: use a copy of it.

    Making the tables and the simulated cohort is most of the work of such a start.
    """
    from tests.demo.test_run import prepared

    base = tmp_path_factory.getbasetemp()
    base = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder, whole = base / "demo-tables", base / "demo-tables-are-whole"
    with (base / "demo-tables.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            folder.mkdir(exist_ok=True)
            prepared(folder)
            whole.touch()
    return folder


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where only tests marked `database` are asked for, the many files without one are not imported for nothing."""
    if config.option.markexpr != "database" or not collection_path.match("test_*.py"):
        return None
    return True if "pytest.mark.database" not in collection_path.read_text(encoding="utf-8") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the long files to the front; `make test` hands out whole files in this order."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(here).as_posix()
        return next((number for number, start in enumerate(LONGEST) if path.startswith(start)), len(LONGEST))

    items.sort(key=place)
