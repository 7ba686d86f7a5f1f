"""The LMS's unchecked doors are shut for what is kept closed, and for nothing else."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from opaque_keys.edx.asides import AsideUsageKeyV1, AsideUsageKeyV2
from opaque_keys.edx.keys import CourseKey

from cme_xblock.settings import common
from tests.gate import urls
from tests.gate.conftest import CONTENT, Course
from tests.gate.platform import COURSE, Store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lms_urls(course: Course, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ROOT_URLCONF = "tests.gate.urls"
    settings.MIDDLEWARE = ["tests.gate.urls.Sessions", common.MIDDLEWARE]
    monkeypatch.setattr(urls.Doors, "lms", course.lms)


@pytest.fixture
def knock(course: Course, lms_urls: None) -> Any:
    """A request to a block's handler, with the LMS's addresses and our middleware; the answer's status."""

    def knock(
        name: str,
        handler: str = "xmodule_handler/problem_get",
        *,
        door: str = "handler_noauth",
        method: str = "POST",
        session: str = "",
        token: str = "",
        of: Any = COURSE,
        aside: Any = None,
    ) -> int:
        course.lms.next_request()
        key = course.store.key(name).map_into_course(COURSE)
        key = aside(key, "tagging_aside") if aside else key
        client = Client(headers={"Authorization": token} if token else None)
        client.cookies["session"] = session
        return client.generic(method, f"/courses/{of}/xblock/{quote(str(key))}/{door}/{handler}").status_code

    return knock


@pytest.mark.parametrize("name", ["html@page", "vertical@inner", "problem@deep"])
def test_what_is_closed_is_not_there_whoever_comes(course, knock, name) -> None:
    course.publish()
    assert knock(name) == 404
    course.acknowledge()
    course.answer()
    # Nobody is known at that door, so it does not open for anybody.
    assert knock(name) == 404


@pytest.mark.parametrize("name", ["html@beside", "video@film", "cme@ward", "cme_content@reading"])
def test_what_is_open_is_left_to_its_own_block(course, knock, name) -> None:
    course.publish()
    assert knock(name) == 200


class TestTheOrdinaryDoor:
    """There the platform asks, but not of somebody who is not signed in and comes by GET."""

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_who_is_signed_in_is_left_to_the_platform(self, course, knock, method) -> None:
        course.publish()
        assert knock("html@page", door="handler", session="7", method=method) == 404
        course.acknowledge()
        course.answer()
        assert knock("html@page", door="handler", session="7", method=method) == 200
        assert knock("html@page", door="handler", session="8", method=method) == 404

    @pytest.mark.parametrize("name", sorted(CONTENT))
    @pytest.mark.parametrize("token", ["", "Bearer invalid", "Bearer 8"])
    def test_nobody_is_given_what_is_closed(self, course, knock, name, token) -> None:
        course.publish()
        course.acknowledge()
        course.answer()
        assert knock(name, door="handler", method="GET", token=token) == 404

    def test_who_brings_a_token_is_given_what_is_open_to_them(self, course, knock) -> None:
        course.publish()
        course.acknowledge()
        course.answer()
        assert knock("html@page", door="handler", method="GET", token="Bearer 7") == 200

    def test_nobody_goes_on_to_get_what_is_open(self, course, knock) -> None:
        """Transcripts are fetched so."""
        course.publish()
        for name in ("video@film", "html@beside", "cme@ward"):
            assert knock(name, door="handler", method="GET") == 200

    def test_a_course_of_somebody_elses_is_as_it_was(self, knock) -> None:
        assert knock("video@film", door="handler", method="GET") == 200


class TestOtherNamesOfTheSameBlock:
    """A key may name a branch, a version or a coach's copy: the LMS shows the same blocks under all of them."""

    NAMES = (
        "course-v1:Lakeshore+CME+2026+branch@published-branch",
        "course-v1:Lakeshore+CME+2026+branch@draft-branch",
        "course-v1:Lakeshore+CME+2026+version@519665f6223ebd6980884f2b",
        "ccx-v1:Lakeshore+CME+2026+ccx@1",
    )

    @pytest.mark.parametrize("of", NAMES)
    def test_none_goes_around_the_unchecked_door(self, course, knock, of) -> None:
        course.publish()
        assert knock("html@page", of=of) == 404
        # What only a draft or an old version has is in no row, and no page leads here.
        assert knock("video@film", of=of) == 404
        assert knock("cme@ward", of=of) == 200

    @pytest.mark.parametrize("of", NAMES)
    def test_none_goes_around_the_ordinary_door(self, course, knock, of) -> None:
        course.publish()
        assert knock("problem@deep", door="handler", method="GET", of=of) == 404

    @pytest.mark.parametrize("of", NAMES)
    def test_the_same_blocks_are_closed_under_each(self, course, of) -> None:
        from cme_xblock.gate import rows

        course.publish()
        assert rows.course_of(CourseKey.from_string(of)) == str(COURSE)

    @pytest.mark.parametrize("aside", [AsideUsageKeyV1, AsideUsageKeyV2])
    def test_what_runs_beside_a_block_is_as_closed(self, course, knock, aside) -> None:
        course.publish()
        assert knock("html@page", aside=aside) == 404
        assert knock("html@page", aside=aside, door="handler", method="GET") == 404
        assert knock("video@film", aside=aside) == 200

    def test_a_tools_exemption_is_not_for_what_runs_beside_it(self, course, knock) -> None:
        course.store.add("lti_consumer@tool", "cme_content@reading")
        course.publish()
        assert knock("lti_consumer@tool", "outcome_service_handler", aside=AsideUsageKeyV2) == 404


def test_content_without_a_row_is_closed_there_too(course, knock) -> None:
    assert knock("html@page") == 404


@pytest.mark.parametrize(
    ("block", "handler", "status"),
    [
        ("lti_consumer@tool", "outcome_service_handler", 200),
        ("lti_consumer@tool", "result_service_handler/user/7", 200),
        ("lti_consumer@tool", "lti_1p3_access_token", 200),
        ("lti_consumer@tool", "public_keyset_endpoint", 200),
        ("lti_consumer@tool", "lti_launch_handler", 404),
        ("lti@tool", "grade_handler", 200),
        ("lti@tool", "student_view", 404),
        ("problem@tool", "outcome_service_handler", 404),
    ],
)
def test_a_tools_server_may_send_grades_and_fetch_nothing(course, knock, block, handler, status) -> None:
    course.store.add(block, "cme_content@reading")
    course.publish()
    assert knock(block, handler) == status


@pytest.mark.parametrize("path", ["handler_noauth", "handler%5Fnoauth", "handler_noaut%68"])
def test_no_other_spelling_of_the_address_goes_around(course, lms_urls, path) -> None:
    course.publish()
    course.lms.next_request()
    key = quote(str(course.store.key("html@page").map_into_course(COURSE)), safe="")
    assert Client().post(f"/courses/{COURSE}/xblock/{key}/{path}/anything").status_code == 404


@pytest.mark.parametrize("key", ["nonsense", "block-v1:Lakeshore+CME+2026+type@html+block@none"])
def test_a_block_that_is_not_there_is_left_to_the_platform(course, lms_urls, key) -> None:
    course.publish()
    assert Client().post(f"/courses/{COURSE}/xblock/{key}/handler_noauth/x").status_code == 200


def test_where_the_rule_can_not_be_read_the_door_is_shut(course, knock, monkeypatch) -> None:
    course.publish()

    def broken(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(Store, "get_item", broken)
    assert knock("video@film") == 404
