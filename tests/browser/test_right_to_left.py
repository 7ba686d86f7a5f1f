"""The learner's pages from right to left. No such catalogue ships yet: the direction is set on the blocks by hand."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.test_way import begin
from tests.demo.test_run import Running

pytestmark = pytest.mark.browser

MIRROR = "document.querySelectorAll('[dir=ltr]:is(html, .cme-block)').forEach((one) => { one.dir = 'rtl'; })"


def middle(one: Locator) -> float:
    box = one.bounding_box()
    return float(box["x"] + box["width"] / 2)


def assert_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_learners_pages_are_mirrored(width: int, demo: Running, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    begin(page, demo, f"Dr Mirrored {width}")
    page.evaluate(MIRROR)
    first, second = (page.locator(".cme-steps li").nth(place) for place in (0, 1))
    assert middle(first) > middle(second)
    statement = page.locator(".cme-statement").first
    assert statement.evaluate("one => getComputedStyle(one).direction") == "ltr", "English stays English"
    assert_fits(page)

    page.get_by_role("button", name="I have read the disclosures. Continue").click()
    choice = page.locator(".cme-choice").first
    choice.wait_for()
    assert middle(choice.locator("input")) > middle(choice.locator("span").first)
    assert_fits(page)
    page.close()
