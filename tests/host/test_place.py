"""Where a block stands, by names that survive import, re-run and branches; and addresses that never break a page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from opaque_keys.edx.keys import UsageKey

from cme_xblock.host import place
from tests.blocks import course

KEYS = {
    "block-v1:Ex+C1+R1+type@cme+block@a1b2": ("course-v1:Ex+C1+R1", "cme@a1b2"),
    "block-v1:Ex+C1+R1+branch@draft-branch+type@cme+block@a1b2": ("course-v1:Ex+C1+R1", "cme@a1b2"),
    "block-v1:Ex+C1+R1+branch@published-branch+version@519665f6223ebd6980884f2b+type@cme+block@a1b2": (
        "course-v1:Ex+C1+R1",
        "cme@a1b2",
    ),
    "lb:Ex:shelf:cme:a1b2": ("lib:Ex:shelf", "cme@a1b2"),
    "lib-block-v1:Ex+shelf+branch@library+type@cme+block@a1b2": ("library-v1:Ex+shelf", "cme@a1b2"),
}


def block_at(usage_key: str) -> SimpleNamespace:
    """As much of a block as a place needs."""
    key = UsageKey.from_string(usage_key)
    scope_ids = SimpleNamespace(usage_id=key, block_type=key.block_type, user_id=7)
    runtime = SimpleNamespace(service=lambda block, name: object() if name in ("completion", "publish") else None)
    return SimpleNamespace(scope_ids=scope_ids, runtime=runtime)


@pytest.mark.parametrize("usage_key", KEYS)
def test_a_course_and_a_block_have_one_name_on_every_branch(usage_key) -> None:
    block = block_at(usage_key)
    assert (place.course_key(block), place.local_id(block)) == KEYS[usage_key]


@pytest.mark.parametrize("usage_key", [key for key in KEYS if key.startswith("block-v1")])
def test_a_link_leads_to_the_block_of_this_course_without_a_branch(usage_key) -> None:
    wanted = "/courses/course-v1:Ex+C1+R1/jump_to/block-v1:Ex+C1+R1+type@cme_content+block@reading"
    assert place.link(block_at(usage_key), "cme_content@reading") == wanted


@pytest.mark.parametrize("usage_key", [key for key in KEYS if not key.startswith("block-v1")])
def test_a_library_has_no_addresses_for_learners(usage_key) -> None:
    assert place.link(block_at(usage_key), "cme_content@reading") == ""


@pytest.mark.parametrize(
    "target",
    [
        "",
        "@",
        "cme_content",
        "cme_content@",
        "part:assessment",
        "cme_content@a b",
        "cme_content@../../admin",
        "cme_content@x+type@problem+block@y?z",
        "cme_content@<script>",
        "cme_content@a\nb",
        "cme_content@" + "\0",
    ],
)
def test_a_name_that_no_block_can_have_gives_no_address_and_no_error(target) -> None:
    assert place.link(block_at("block-v1:Ex+C1+R1+type@cme+block@a1b2"), target) == ""


@pytest.mark.parametrize("target", ["@reading", "javascript:alert(1)@x", "https://example.org/@x", "..@.."])
def test_a_link_never_leaves_the_course(target) -> None:
    found = place.link(block_at("block-v1:Ex+C1+R1+type@cme+block@a1b2"), target)
    assert found == "" or found.startswith("/courses/course-v1:Ex+C1+R1/jump_to/block-v1:Ex+C1+R1+type@")


@pytest.mark.django_db
def test_in_the_workbench_each_scenario_is_a_course(settings) -> None:
    course.install()
    settings.CME_WORKBENCH_LINKS = {"part:claim": "/ward/credit/"}
    block = course.block(course.ACTIVITY, "ana")
    assert place.course_key(block) == course.COURSE
    assert place.local_id(block) == "cme@activity"
    assert place.local_id(course.block(course.CONTENT, "ana")) == "cme_content@reading"
    assert place.link(block, "part:claim") == "/ward/credit/"
    assert place.link(block, "part:unknown") == ""
