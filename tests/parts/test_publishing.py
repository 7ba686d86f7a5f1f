"""Publishing a course records the edition of each activity in it; the modulestore is the far side and is faked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from opaque_keys.edx.keys import CourseKey

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity
from cme_xblock.host import published
from cme_xblock.parts import editions as parts_editions
from cme_xblock.records import editions
from tests.rules import sample

pytestmark = pytest.mark.django_db(transaction=True)

COURSE = CourseKey.from_string("course-v1:Lakeshore+CME+2026")


@dataclass
class Store:
    """As much of the modulestore as the receiver asks: which branch, which blocks."""

    blocks: list[Any]
    branches: list[tuple[str, Any]]

    @contextmanager
    def branch_setting(self, branch: str, course_key: Any) -> Iterator[None]:
        self.branches.append((branch, course_key))
        yield

    def get_items(self, course_key: Any, *, qualifiers: dict[str, str]) -> list[Any]:
        return [one for one in self.blocks if qualifiers == {"category": "cme"} and course_key == COURSE]


def block(activity: Activity, name: str) -> Any:
    usage = COURSE.for_branch("published-branch").make_usage_key("cme", name)
    scope_ids = SimpleNamespace(usage_id=usage, block_type="cme", user_id=None)
    return SimpleNamespace(scope_ids=scope_ids, activity=canonical.to_data(activity))


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    found = Store([], [])
    django = ModuleType("xmodule.modulestore.django")
    receivers: list[Any] = []
    django.modulestore = lambda: found
    signal = SimpleNamespace(connect=lambda receiver, dispatch_uid: receivers.append(receiver))
    django.SignalHandler = SimpleNamespace(course_published=signal)
    package = ModuleType("xmodule.modulestore")
    package.ModuleStoreEnum = SimpleNamespace(Branch=SimpleNamespace(published_only="published-only"))
    for name, module in (("xmodule", ModuleType("xmodule")), (package.__name__, package), (django.__name__, django)):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(published, "_listeners", [])
    published.listen(parts_editions.record_published)
    assert receivers == [published.course_published]
    return found


def test_publishing_records_the_published_branch_and_names_the_block(store: Store) -> None:
    store.blocks = [block(sample.activity(), "hygiene")]
    published.course_published(None, COURSE)
    assert store.branches == [("published-only", COURSE)]
    current = editions.current(str(COURSE), sample.activity().activity_id)
    assert current == editions.Current(canonical.sha256(sample.activity()), "cme@hygiene")


def test_an_activity_with_a_block_finding_is_not_published(store: Store) -> None:
    closed = replace(sample.activity(), objectives=())
    store.blocks = [block(closed, "hygiene")]
    published.course_published(None, COURSE)
    assert editions.current(str(COURSE), closed.activity_id) is None


def test_one_damaged_block_does_not_keep_the_others_from_being_recorded(store: Store) -> None:
    broken = block(sample.activity(), "broken")
    broken.activity = {"activity_id": "x" * 300, "title": "y"}
    store.blocks = [broken, block(sample.activity(), "hygiene")]
    published.course_published(None, COURSE)
    assert editions.current(str(COURSE), sample.activity().activity_id) is not None


def test_without_a_platform_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "_listeners", [])
    published.listen(parts_editions.record_published)
    assert published._listeners == []


def test_views_of_two_blocks_with_one_activity_do_not_replace_each_other(store: Store) -> None:
    first, second = sample.activity(), replace(sample.activity(), title="Another text")
    now, course = datetime(2026, 6, 1, tzinfo=UTC), str(COURSE)

    def view(activity: Activity, source: str) -> None:
        data = canonical.to_data(activity)
        shown = parts_editions.of_author_data(data, course_key=course, source=source, now=now)
        assert shown is not None
        assert shown.activity == activity

    view(first, "cme@a")
    view(second, "cme@b")
    view(first, "cme@a")
    assert editions.current(course, first.activity_id) == editions.Current(canonical.sha256(first), "cme@a")
    # Both can be taken part in: each edition is recorded.
    assert set(editions.load([canonical.sha256(first), canonical.sha256(second)])) == {
        canonical.sha256(first),
        canonical.sha256(second),
    }
    store.blocks = [block(second, "b")]
    published.course_published(None, COURSE)
    assert editions.current(course, first.activity_id) == editions.Current(canonical.sha256(second), "cme@b")
