"""The course team sees how the reporting of its activity stands; a learner does not, and nobody is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cme_xblock.host import kind
from cme_xblock.records.models import Delivery
from tests.blocks import course, kept
from tests.blocks.way import Way

pytestmark = pytest.mark.django_db(transaction=True)

TITLE = "Reported so far"


@pytest.fixture(autouse=True)
def claimed(settings: Any) -> None:
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    course.install()
    for name in ("ana", "ben"):
        way = Way(name)
        way.all_before_claim()
        assert way.claim("0.5").status == 200
    Delivery.objects.filter(participation__learner_id="ana").update(state="refused", reason="identity")


def preview(student: str = "author") -> str:
    return course.block(course.ACTIVITY, student).author_view({}).content


def test_the_authors_view_counts_and_names_nobody() -> None:
    page = preview()
    shown = page[page.index(TITLE) : page.index("</section>", page.index(TITLE))]
    assert "PARS" in shown
    assert "<strong>1</strong> × The learner was not found there" in shown
    assert "<strong>1</strong> × The learner has not agreed to sending" in shown
    assert "ana" not in shown
    assert "ben" not in shown


def test_a_learner_sees_none_of_it() -> None:
    assert TITLE not in course.view(course.ACTIVITY, "ana")
    assert TITLE not in preview("ana")


def test_in_the_lms_the_staff_sees_it_above_the_page_and_a_learner_costs_no_query() -> None:
    block = course.block(course.ACTIVITY, "ana")
    visit = block._visit(block._setting())
    visitor = replace(visit.setting.visitor, host=kind.Host.LMS)
    staff = replace(visit, setting=replace(visit.setting, visitor=replace(visitor, staff=True)))
    assert TITLE in block.for_the_team(staff)
    with CaptureQueriesContext(connection) as captured:
        assert block.for_the_team(replace(visit, setting=replace(visit.setting, visitor=visitor))) == ""
    assert len(captured) == 0
