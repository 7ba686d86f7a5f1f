"""Learner's and office's pages in German, with its long words, and in Arabic, from right to left: all of it fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cme_xblock.host import language
from tests.browser.keyboard import Keyboard
from tests.browser.test_way import activity, begin, right
from tests.demo.test_run import Running

pytestmark = pytest.mark.browser
PATIENCE = 60_000


@pytest.fixture(params=[("de-DE", 320), ("ar", 320), ("ar", 1280)], ids=lambda one: f"{one[0]}-{one[1]}")
def reader(request: pytest.FixtureRequest, browser: Browser, pictures: Path) -> Iterator[Keyboard]:
    """Somebody whose browser speaks that language."""
    locale, width = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, locale=locale)
    hands = Keyboard(context.new_page(), pictures / f"language-{locale}-{width}", contrast=width == 1280)
    yield hands
    context.close()
    assert hands.found == []
    assert hands.wide == []


def say(page: Page, english: str) -> str:
    """What a button is called for this reader."""
    code = page.locator(".cme-block").first.get_attribute("lang") or "en"
    assert code != "en"
    said = language.named(code).gettext(english)
    assert said != english
    return said


def press(hands: Keyboard, english: str, *, role: str = "button") -> None:
    exact = re.compile(rf"^{re.escape(say(hands.page, english))}")
    hands.page.get_by_role(role, name=exact).first.click()


def choose(page: Page, item: str, values: list[str]) -> None:
    for value in values:
        page.locator(f'[data-cme-item="{item}"] input[value="{value}"]').check()


def middle(one: Locator) -> float:
    box = one.bounding_box()
    assert box
    return box["x"] + box["width"] / 2


def test_the_way_in_the_readers_language(reader: Keyboard, demo: Running) -> None:
    page, described = reader.page, activity()
    begin(page, demo, f"Dr Layla Schmidt {reader.pictures.name}")
    block = page.locator(".cme-block").first
    arabic = block.get_attribute("lang") == "ar"
    assert block.get_attribute("dir") == ("rtl" if arabic else "ltr")
    first, second = (page.locator(".cme-steps li").nth(place) for place in (0, 1))
    if page.viewport_size["width"] > 1000:
        assert (middle(first) > middle(second)) is arabic
    reader.look("overview")
    press(reader, "I have read the disclosures. Continue")
    expect(page.locator("form[data-cme-submit=baseline]")).to_be_visible()
    for item in described.baseline.items:
        choose(page, item.id, right(item))
    reader.look("baseline")
    press(reader, "Submit the baseline")
    press(reader, "Open the content", role="link")
    page.wait_for_url(re.compile("/content/"))
    on = page.get_by_role("button", name=say(page, "Next page"), exact=True)
    on.wait_for()
    while on.is_visible():
        on.click()
    reader.look("content")
    press(reader, "I have worked through this content")
    press(reader, "Go on", role="link")
    page.wait_for_url(re.compile("/credit/"))
    for item in described.assessment.items:
        choose(page, item.id, right(item))
    reader.look("assessment")
    press(reader, "Submit the assessment")
    expect(page.get_by_text(say(page, "Assessment passed")).first).to_be_visible()
    reader.look("passed")
    page.locator("[data-cme-show=evaluation]").first.click()
    expect(page.locator("form[data-cme-submit=evaluation]")).to_be_visible()
    reader.look("evaluation")


def test_credit_in_the_readers_language(reader: Keyboard, demo: Running) -> None:
    """The claim of an invented learner who is ready for it, and what becomes of it."""
    page = reader.page
    page.goto(demo.address("Learner") + "learn/avery-sample/credit/")
    reader.look("credit")
    page.goto(demo.address("Learner") + "cme/transcript/")
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^(de|ar)"))
    reader.look("transcript")
    page.goto(demo.address("Learner") + "cme/verify/")
    reader.look("verify")


def test_the_office_in_the_readers_language(reader: Keyboard, demo: Running) -> None:
    page = reader.page
    page.goto(demo.address("Learner") + "office/administrator/")
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^(de|ar)"))
    reader.look("home")
    page.goto(demo.address("Learner") + "cme/activities/")
    reader.look("activities")
    page.locator("main a[href*='/cme/activities/']").first.click()
    page.wait_for_url(re.compile("/cme/activities/[0-9a-f]{64}/$"))
    reader.look("activity")
    page.goto(page.url + "learners/")
    reader.look("participants")
    page.goto(demo.address("Learner") + "report/")
    reader.look("report")
