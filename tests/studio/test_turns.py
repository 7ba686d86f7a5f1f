"""Two saves in the same instant: each handler was given the version from before both of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from webob import Request
from xblock.core import XBlock

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity
from cme_xblock.studio import values
from tests.blocks import course
from tests.rules import sample

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated")]

BEFORE = sample.activity()
BASE = canonical.sha256(BEFORE)


def loaded() -> XBlock:
    """The block as a request finds it, with its activity read."""
    found = course.block(course.ACTIVITY, "author")
    assert found.activity
    return found


def save(block: XBlock, activity: Activity, base: str = BASE) -> tuple[int, dict[str, Any]]:
    """What the handler answers to a block that was loaded before."""
    body = json.dumps({"base": base, "values": values.of(activity)}).encode()
    request = Request.blank("/handler/save_form/", method="POST", body=body, content_type="application/json")
    answer = block.runtime.handle(block, "save_form", request)
    return answer.status_int, json.loads(answer.text)


def titled(title: str) -> Activity:
    return replace(BEFORE, title=title)


@pytest.fixture(autouse=True)
def installed() -> None:
    course.install()


def test_the_second_of_two_in_the_same_instant_is_told() -> None:
    one, other = loaded(), loaded()
    assert save(one, titled("One"))[0] == 200
    status, told = save(other, titled("Other"))
    one.save()
    other.save()
    assert status == 409
    assert "somebody else has saved" in told["error"]["message"]
    assert loaded().described().title == "One"


def test_the_same_save_sent_twice_is_taken_twice() -> None:
    one, other = loaded(), loaded()
    assert save(one, titled("One"))[0] == save(other, titled("One"))[0] == 200


def test_what_was_changed_back_can_be_changed_again() -> None:
    for activity, base in (
        (titled("One"), BASE),
        (BEFORE, canonical.sha256(titled("One"))),
        (titled("Two"), BASE),
    ):
        block = loaded()
        assert save(block, activity, base)[0] == 200
        block.save()
    assert loaded().described().title == "Two"


def test_a_version_that_came_back_from_elsewhere_can_be_saved_upon() -> None:
    """As after "Discard changes" in Studio: the page is made anew from what the block holds again."""
    assert save(loaded(), titled("One"))[0] == 200
    course.install()
    assert save(loaded(), titled("Two"))[0] == 409
    loaded().render("studio_view", {})
    assert save(loaded(), titled("Two"))[0] == 200
