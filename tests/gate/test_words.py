"""What stands in place of what is closed: one sentence that is never empty, and the step with the way to it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import translation

from cme_xblock.activity.codes import Gates, OpensAfter
from cme_xblock.participation.stages import Stage
from tests.gate.conftest import LEARNER, Course
from tests.gate.platform import COURSE, User
from tests.rules import sample

pytestmark = pytest.mark.django_db(transaction=True)

TITLE = "Hand hygiene on the ward"
DISCLOSURES = "First read and acknowledge the disclosures."
QUESTIONS = "First answer the questions before the content."
LINK = f'href="/courses/{COURSE}/jump_to/block-v1:Lakeshore+CME+2026+type@cme+block@ward" target="_parent"'


def said(course: Course, name: str, user: Any = LEARNER) -> tuple[str, str]:
    """The message and the fragment with which this block is refused."""
    found = course.lms.refusal(user, name)
    assert isinstance(found, tuple)
    partition, group, allowed = found
    key = course.store.key(name)
    block = SimpleNamespace(scope_ids=SimpleNamespace(usage_id=key))
    message = partition.access_denied_message(key, user, group, allowed)
    return message, partition.access_denied_fragment(block, user, group, allowed).content


def test_it_names_the_activity_and_the_next_step_and_leads_there(course: Course) -> None:
    course.publish()
    message, page = said(course, "html@page")
    assert message == f"{TITLE}: {DISCLOSURES}"
    assert DISCLOSURES in page
    assert TITLE in page
    assert LINK in page
    course.acknowledge()
    course.lms.next_request()
    message, page = said(course, "html@page")
    assert message == f"{TITLE}: {QUESTIONS}"
    assert QUESTIONS in page


def test_a_block_that_opens_early_asks_for_no_more_than_it_needs(course: Course) -> None:
    course.describe(sample.activity(), gates=Gates.COURSE, opens_after=OpensAfter.OVERVIEW)
    course.publish()
    assert said(course, "vertical@plain")[0] == f"{TITLE}: {DISCLOSURES}"


@pytest.mark.parametrize("user", [AnonymousUser(), User()])
def test_nobody_is_told_to_sign_in(course: Course, user) -> None:
    course.publish()
    assert said(course, "html@page", user)[0] == f"{TITLE}: Sign in and enrol first."


def test_an_activity_that_is_not_open_says_so(course: Course) -> None:
    course.store.data["cme_content@reading"] = {"activity_id": "nothing"}
    course.publish()
    message, page = said(course, "html@page")
    assert message == "This opens with its activity, which is not open now."
    assert "<a " not in page


def test_it_is_never_empty_whatever_is_missing(course: Course) -> None:
    course.publish()
    [partition] = course.lms.partitions()
    for stage in Stage:
        for user in (LEARNER, AnonymousUser(), None):
            for known in (partition, partition._replace(id=1)):
                groups = [one for one in partition.groups if one.id >= stage]
                for allowed in (groups, []):
                    assert known.access_denied_message(course.store.key("html@page"), user, groups[0], allowed)


def test_it_is_in_the_readers_language_and_escaped(course: Course) -> None:
    course.describe(sample.activity())
    course.activity = course.store.data["cme@ward"]["activity"] = _titled(course, "<b>Händehygiene</b> & mehr")
    course.publish()
    with translation.override("ar"):
        message, page = said(course, "html@page")
    assert "<b>Händehygiene</b> & mehr" in message
    assert "&lt;b&gt;Händehygiene&lt;/b&gt; &amp; mehr" in page
    assert 'dir="rtl"' in page
    assert "<b>" not in page


def _titled(course: Course, title: str) -> Any:
    from dataclasses import replace

    return replace(course.activity, title=title)
