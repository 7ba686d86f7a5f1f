"""What a learner sees when the server can't be reached, answers something else, or has gone on in another tab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.test_way import activity, begin, right
from tests.demo.test_run import Running

pytestmark = pytest.mark.browser

SIGNED_OUT = [
    {"status": 403, "content_type": "text/html", "body": "<h1>Forbidden</h1>"},
    {"status": 200, "content_type": "text/html", "body": "<h1>Sign in</h1>"},
    {"status": 200, "content_type": "application/json", "body": "no JSON"},
]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def answered(page: Page, demo: Running, name: str) -> int:
    """A learner with the whole baseline answered and not sent; the number of answers."""
    begin(page, demo, name)
    page.get_by_role("button", name="I have read the disclosures. Continue").click()
    items = activity().baseline.items
    for item in items:
        for value in right(item):
            page.locator(f'[data-cme-item="{item.id}"] input[value="{value}"]').check()
    return page.locator("input:checked").count()


def test_answers_outlast_a_session_that_ended(page: Page, demo: Running) -> None:
    given = answered(page, demo, "Dr Signed Out")
    page.route("**/save_draft/**", lambda route: route.fulfill(**SIGNED_OUT[0]))
    for answer in SIGNED_OUT:
        page.route("**/submit/**", lambda route, _request, answer=answer: route.fulfill(**answer))
        page.get_by_role("button", name="Submit the baseline").click()
        told = page.locator("[data-cme-error=summary]")
        expect(told).to_be_focused()
        expect(told).to_contain_text("sign in again in another tab")
        expect(told).not_to_contain_text("Reload")
        expect(page.locator("input:checked")).to_have_count(given)
    page.unroute("**/submit/**")
    page.get_by_role("button", name="Submit the baseline").click()
    expect(page.get_by_role("heading", name="Content", exact=True)).to_be_focused()


def test_an_answer_chosen_just_before_a_failed_submit_is_still_kept_as_a_draft(page: Page, demo: Running) -> None:
    given = answered(page, demo, "Dr In Haste")
    page.route("**/submit/**", lambda route: route.abort())
    page.get_by_role("button", name="Submit the baseline").click()
    expect(page.locator("[data-cme-error=summary]")).to_contain_text("No connection")
    expect(page.locator("[data-cme-kept]")).to_have_text("Draft saved")
    page.reload()
    expect(page.locator("input:checked")).to_have_count(given)


def test_a_step_that_cannot_be_shown_says_so_where_it_is_seen(page: Page, demo: Running) -> None:
    begin(page, demo, "Dr Off Line")
    page.get_by_role("button", name="I have read the disclosures. Continue").click()
    page.route("**/show/**", lambda route: route.abort())
    page.get_by_role("button", name="Overview").click()
    told = page.locator("[data-cme-status]")
    expect(told).to_contain_text("No connection")
    expect(told).to_be_in_viewport()
    assert told.bounding_box()["height"] > 10
    page.unroute("**/show/**")
    page.get_by_role("button", name="Overview").click()
    expect(told).to_be_empty()


def test_nothing_is_announced_as_being_sent_once_it_has_arrived(page: Page, demo: Running) -> None:
    answered(page, demo, "Dr Quick")
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))

    def at_once(route: Route) -> None:
        route.fulfill(json={"html": "<p data-cme-focus tabindex=-1>Next</p>", "announce": ""})

    page.route("**/submit/**", at_once)
    page.get_by_role("button", name="Submit the baseline").click()
    expect(page.get_by_text("Next", exact=True)).to_be_focused()
    page.clock.run_for(1000)
    expect(page.locator("[data-cme-status]")).to_be_empty()


def test_a_second_tab_is_told_how_to_go_on(page: Page, demo: Running) -> None:
    answered(page, demo, "Dr Two Tabs")
    other = page.context.new_page()
    other.goto(page.url)
    for tab in (page, other):
        expect(tab.locator("form[data-cme-submit=baseline]")).to_be_visible()
    page.get_by_role("button", name="Submit the baseline").click()
    expect(page.get_by_role("heading", name="Content", exact=True)).to_be_focused()
    other.get_by_role("button", name="Submit the baseline").click()
    expect(other.locator("[data-cme-error=summary]")).to_contain_text("Reload the page to go on")
    other.reload()
    expect(other.get_by_role("heading", name="Content", exact=True)).to_be_visible()
