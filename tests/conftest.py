"""What the tests of every room may need: a time that stands still, and the order in which they run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

NOW = datetime(2026, 11, 22, 12, 45, 0, 123456, tzinfo=UTC)

# What takes longest, longest first: with two workers, the last file should be a short one.
LONGEST = (
    "browser/test_author.py",
    "browser/test_way.py",
    "demo/",
    "browser/",
    "packaging/",
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the long files to the front; `make test` hands out whole files in this order."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(here).as_posix()
        return next((number for number, start in enumerate(LONGEST) if path.startswith(start)), len(LONGEST))

    items.sort(key=place)
