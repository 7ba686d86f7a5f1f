"""Each host is recognised by what was measured there, and an unknown one is trusted with nothing."""

from __future__ import annotations

import pytest

from cme_xblock.host import kind
from tests.blocks import course
from tests.host.world import HOSTS


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize("block", ["ACTIVITY", "CONTENT", "PART"])
def test_each_host_is_told_by_what_it_offers(world, name, block) -> None:
    host = world(name)
    assert kind.of(host.block(getattr(host, block), "7")).value == host.host["kind"]


@pytest.mark.parametrize("missing", ["completion", "publish"])
def test_a_runtime_without_one_of_the_lms_services_is_not_taken_for_it(world, missing) -> None:
    host = world("lms")
    host.host = {**host.host, "services": [one for one in host.host["services"] if one != missing]}
    assert kind.of(host.block(host.ACTIVITY, "7")) is kind.Host.EDITOR


@pytest.mark.parametrize("student", [None, ""])
def test_somebody_who_is_not_signed_in_is_in_the_lms_too(world, student) -> None:
    """The platform gives them no `completion`; they are asked to sign in, and are not told that this is a preview."""
    host = world("lms")
    assert kind.of(host.block(host.ACTIVITY, student)) is kind.Host.LMS


@pytest.mark.django_db
def test_the_workbench_is_told_by_its_runtime() -> None:
    course.install()
    for usage in (course.ACTIVITY, course.CONTENT, course.PART):
        assert kind.of(course.block(usage, "ana")) is kind.Host.WORKBENCH
