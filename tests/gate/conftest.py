"""A course with an activity in an LMS that has the gate; and a clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

import pytest
from django.core.cache import cache

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity
from cme_xblock.gate import standing
from cme_xblock.host import published
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.parts import editions as parts_editions
from cme_xblock.parts import gating
from cme_xblock.records import ledger
from cme_xblock.rules import disclosure
from tests.blocks.clock import NOON
from tests.gate import platform
from tests.gate.platform import COURSE, Lms, Store, User
from tests.rules import sample

LEARNER = User(7)


class Course:
    """The course: one section with two subsections, of which the first has the activity and its content."""

    def __init__(self, lms: Lms) -> None:
        self.lms, self.store = lms, lms.store
        self.activity = sample.activity()
        for name, parent in TREE:
            self.store.add(name, parent)
        self.describe(self.activity)
        self.store.data["cme_content@reading"] = {"activity_id": self.activity.activity_id}

    def describe(self, activity: Activity, block: str = "cme@ward", **content: Any) -> None:
        """Put this activity into the block, with this `content`."""
        self.activity = replace(activity, content=replace(activity.content, **content))
        self.store.data[block] = {"activity": self.activity}

    def at(self, instant: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is that time from now on."""
        stop(monkeypatch, instant)

    def publish(self) -> None:
        """As Studio does it; then another request comes."""
        published.course_published(None, COURSE)
        self.lms.next_request()

    def acknowledge(self, learner: str = "7", activity: Activity | None = None) -> None:
        one = activity or self.activity
        self._add(learner, one, Kind.DISCLOSURE_ACKNOWLEDGED, {"disclosure": disclosure.sha256(one)})

    def answer(self, learner: str = "7", activity: Activity | None = None) -> None:
        self._add(learner, activity or self.activity, Kind.BASELINE_SUBMITTED, {"responses": sample.right_baseline()})

    def _add(self, learner: str, activity: Activity, kind: Kind, payload: dict[str, Any]) -> None:
        draft = Draft(kind, canonical.sha256(activity), payload)
        ledger.append(str(COURSE), activity.activity_id, learner, decide=lambda _: draft, now=NOON)

    def closed(self, user: User = LEARNER) -> set[str]:
        """The blocks that this user may not load now."""
        self.lms.next_request()
        return {name for name in self.store.fields if not self.lms.may_load(user, name)}


# Each block with what it stands in. `cme` and its content share a unit with a text; a second unit holds none of ours.
TREE = (
    ("course@course", ""),
    ("chapter@one", "course@course"),
    ("sequential@first", "chapter@one"),
    ("vertical@begin", "sequential@first"),
    ("cme@ward", "vertical@begin"),
    ("html@beside", "vertical@begin"),
    ("cme_content@reading", "vertical@begin"),
    ("html@page", "cme_content@reading"),
    ("vertical@inner", "cme_content@reading"),
    ("problem@deep", "vertical@inner"),
    ("vertical@plain", "sequential@first"),
    ("video@film", "vertical@plain"),
    ("sequential@second", "chapter@one"),
    ("vertical@other", "sequential@second"),
    ("html@other", "vertical@other"),
    ("chapter@two", "course@course"),
    ("sequential@third", "chapter@two"),
    ("vertical@end", "sequential@third"),
    ("cme_part@credit", "vertical@end"),
    ("problem@exam", "vertical@end"),
)
CONTENT = {"html@page", "vertical@inner", "problem@deep"}
FIRST = {"html@beside", "vertical@plain", "video@film"}
SECTION = FIRST | {"vertical@other", "html@other"}
WHOLE = SECTION | {"problem@exam"}


def stop(monkeypatch: pytest.MonkeyPatch, instant: datetime) -> None:
    """The gate's clock stands still."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return instant.astimezone(tz)

    for module in (standing, parts_editions):
        monkeypatch.setattr(module, "datetime", Stopped)


@pytest.fixture
def lms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lms]:
    stop(monkeypatch, NOON)
    monkeypatch.setattr(published, "_listeners", [parts_editions.record_published])
    monkeypatch.setattr(published, "_readers", [gating.record])
    cache.clear()
    yield platform.install(monkeypatch, Store())
    cache.clear()


@pytest.fixture
def course(lms: Lms, db: None) -> Course:
    return Course(lms)
