"""Two `cme` blocks of one course with one activity id: the author of the one that learners do not get is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import html

from cme_xblock.host import place
from cme_xblock.records import editions
from cme_xblock.studio import values
from tests.blocks import course
from tests.rules import sample

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated")]

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def publish(source: str, *, activity_id: str = "", course_key: str = course.COURSE) -> None:
    activity = sample.activity()
    found = replace(activity, activity_id=activity_id or activity.activity_id)
    editions.publish(course_key, found, source=source, now=NOW)


def shown(view: str) -> str:
    return html.fromstring(course.block(course.ACTIVITY, "author").render(view, {}).content).text_content()


@pytest.mark.parametrize("view", ["author_view", "studio_view"])
def test_an_id_that_another_block_has_published_is_a_finding(view: str) -> None:
    course.install()
    publish("cme@elsewhere")
    assert "Another block of this course, cme@elsewhere, has published" in shown(view)


@pytest.mark.parametrize(
    ("source", "how"),
    [
        ("", {}),
        ("cme@elsewhere", {"activity_id": "another"}),
        ("cme@elsewhere", {"course_key": "workbench:other"}),
    ],
    ids=["itself", "another id", "another course"],
)
def test_an_id_that_is_free_is_none(source: str, how: dict[str, str]) -> None:
    course.install()
    publish(source or place.local_id(course.block(course.ACTIVITY, "author")), **how)
    assert "Another block of this course" not in shown("studio_view")


def test_it_cannot_be_let_stand_and_goes_with_the_id() -> None:
    course.install()
    publish("cme@elsewhere")
    page = html.fromstring(course.block(course.ACTIVITY, "author").render("studio_view", {}).content)
    [finding] = page.xpath('//*[@data-cme-code="activity_id_taken"]')
    assert finding.get("data-cme-at") == "activity_id"
    assert not finding.xpath(".//*[@data-cme-stand]")
    own = values.of(replace(sample.activity(), activity_id="its-own"))
    answer = course.call(course.ACTIVITY, "author", "check_form", {"values": own})
    assert "activity_id_taken" not in answer.data["findings"]
