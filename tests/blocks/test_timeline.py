"""What a learner reads of a credit's way to each receiver, and the one button that puts right what they can."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from cme_xblock.records import keys, vault
from cme_xblock.records.models import Delivery
from tests.blocks import course, kept
from tests.blocks.way import Way
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def way(settings: Any) -> Way:
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    course.install()
    found = Way("ana")
    found.all_before_claim()
    assert found.claim("0.5").status == 200
    return found


def told(way: Way) -> str:
    """The list of deliveries, as the page has it."""
    page = way.show(part="certificate")
    return page[
        page.index('<ul class="cme-deliveries">') : page.index("</ul>", page.index('<ul class="cme-deliveries">'))
    ]


def sentences(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def test_the_line_says_since_when_in_the_activitys_zone(way) -> None:
    row = Delivery.objects.get()
    Delivery.objects.update(created_at=NOW.replace(hour=4), state="ready", reason="")
    assert (row.state, row.reason) == ("held", "no_consent")
    page = told(way)
    assert 'aria-label="So far, with PARS"' in page
    assert "Nov. 21, 2026, 11:45 p.m. (EST)" in page
    assert "Claimed; to be reported to PARS." in page


@pytest.mark.parametrize(
    ("state", "reason", "button"),
    [
        ("held", "no_consent", "Change what you agree to"),
        ("held", "identity_incomplete", "Add what is missing"),
        ("refused", "identity", "Correct your numbers"),
        ("refused", "activity", ""),
        ("held", "setting_missing", ""),
        ("accepted", "", ""),
    ],
)
def test_what_can_be_put_right_has_its_button_there_and_nothing_else_has(way, state, reason, button) -> None:
    Delivery.objects.update(state=state, reason=reason)
    page = told(way)
    buttons = re.findall(r'<button[^>]*data-cme-show="certificate" data-cme-view="sharing">([^<]*)', page)
    assert buttons == ([button] if button else [])
    if button:
        door = way.show(part="certificate", view="sharing")
        assert "data-cme-consent" in door or "consent:" in door


def test_only_what_is_missing_is_named(way) -> None:
    Delivery.objects.update(state="held", reason="identity_incomplete")
    words = sentences(told(way))
    assert "First name, as on your licence; " in words
    assert "NPI or state licence" in words
    for kind, value in (("given_name", "Ana"), ("family_name", "Doe"), ("npi", "1234567893")):
        vault.store(keys.learner_key("ana"), kind, value, now=NOW)
    words = sentences(told(way))
    assert "PARS needs from you: Birthday without the year (MM/DD)." in words
    assert "NPI" not in words


def test_the_page_and_what_is_asked_while_waiting_are_the_same_to_the_letter(way) -> None:
    """A browser announces what changed; it compares what it shows with what comes."""
    Delivery.objects.update(state="pending", reason="", sent_at=NOW)
    page = way.show(part="certificate")
    only = course.call(course.ACTIVITY, "ana", "show", {"part": "certificate", "only": "deliveries"}).data["html"]
    assert only in page
    # What a browser writes differently would be announced each time.
    assert not re.search(r"&#|&quot;|/>|='", only)
