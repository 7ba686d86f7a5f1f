"""A learner's way through the three blocks, from the overview to the certificate, in the workbench's runtime."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from cme_xblock.records import claims, keys
from tests.blocks import course
from tests.blocks.way import Way

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def ward() -> None:
    course.install()


def test_a_learner_comes_from_the_overview_to_the_certificate() -> None:
    way = Way("ana")
    way.acknowledge()
    way.baseline()
    assert course.SECRET in course.view(course.CONTENT, "ana")
    way.content()
    way.assessment()
    answer = way.claim("0.5")
    assert answer.status == 200, answer.text
    [claim] = claims.live(keys.participation_key(course.COURSE, "hand-hygiene-2026", "ana"))
    page = Client().get(f"/cme/certificates/{claim.certificate_code}/")
    assert page.status_code == 200
    assert '0.5 <em dir="ltr" lang="en">AMA PRA Category 1 Credits™</em>' in page.content.decode()


def test_the_certificate_is_found_by_its_code_only() -> None:
    for code in ("0" * 40, "x", "A" * 40):
        assert Client().get(f"/cme/certificates/{code}/").status_code == 404
    assert not re.search("cme", Client().get("/cme/certificates/").content.decode())


def test_a_page_loaded_while_the_content_was_locked_asks_to_be_loaded_anew() -> None:
    """Children come with a new load, never by script: without them nobody is asked whether they were read."""
    way = Way("ana")
    assert "mark it as done" not in course.view(course.CONTENT, "ana")
    for step in (way.acknowledge, way.baseline):
        assert step().status == 200
    without = course.call(course.CONTENT, "ana", "show", {"pages": False}).data["html"]
    assert "data-cme-reload" in without
    assert "data-cme-submit" not in without
    assert course.SECRET not in without
    assert "data-cme-submit" in course.call(course.CONTENT, "ana", "show", {"pages": True}).data["html"]


def test_locked_content_says_what_to_do_first_and_leads_there(settings) -> None:
    settings.CME_WORKBENCH_LINKS = {"cme@activity": "/ward/"}
    course.view(course.ACTIVITY, "ana")
    page = course.view(course.CONTENT, "ana")
    assert "First read and acknowledge the disclosures." in page
    assert 'href="/ward/"' in page
