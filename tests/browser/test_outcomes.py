"""The outcomes report in a real browser, of the demonstration's cohort: keyboard, axe, 320 and 1280 px, paper.

Every learner of it is simulated; the page says so at its head and in each section.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.keyboard import Keyboard
from tests.browser.test_exports import home
from tests.demo.test_run import Running

pytestmark = pytest.mark.browser
# The width of paper without its margins, in CSS pixels.
A4 = 718
SCROLLED = """() => [...document.querySelectorAll(".cme-scroll")].filter((one) => one.scrollWidth > one.clientWidth
  && one.querySelectorAll("thead th").length < 4).map((one) => one.querySelector("thead").innerText)"""
MIRROR = "document.documentElement.dir = 'rtl'"
HEADINGS = (
    "Change by objective", "Who took part", "Paired questions", "The questions themselves", "Confidence",
    "By who they are", "Who is not in the comparison", "What learners made of it", "Barriers",
    "What they will do differently", "Levels of outcome", "Strengths and limits", "About the activity", "Methods",
)  # fmt: skip


@pytest.mark.parametrize("width", [1280, 320])
def test_the_report_from_the_start_page(width: int, browser: Browser, pictures: Path, demo: Running) -> None:
    """A newcomer sees a full report at once; whoever has no mouse gets to each section, wide table and file."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US")
    hands = Keyboard(context.new_page(), pictures / f"outcomes-{width}")
    page = hands.page
    page.goto(f"{home(demo)}/")
    with page.expect_navigation():
        hands.press("An outcomes report", role="link")
    expect(page.locator(".cme-answer-first")).to_contain_text("matched learners answered")
    expect(page.locator(".cme-simulated")).to_contain_text("no real people")
    sections = page.locator("main section")
    assert sections.count() == page.locator("main section .cme-mark").count()
    assert set(HEADINGS) <= set(page.locator("main h2").all_inner_texts())
    hands.look("report")
    # Whoever reads a table of two or three columns sees its numbers without scrolling.
    assert page.evaluate(SCROLLED) == []
    hands.press("Confidence", role="link")
    assert page.evaluate("location.hash") == "#cme-confidence"
    expect(page.get_by_role("heading", name="Confidence", exact=True)).to_be_in_viewport()
    table = page.get_by_role("region", name=re.compile("Right answers before and after"))
    hands.reach(table)
    before = table.evaluate("one => one.scrollLeft")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    if width == 320:
        page.wait_for_function("([one, before]) => one.scrollLeft > before", arg=[table.element_handle(), before])
    with page.expect_download() as file:
        hands.press("Download as PDF", role="link")
    assert Path(file.value.path()).read_bytes().startswith(b"%PDF-")
    assert page.locator("script, [style]").count() == 0
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4, "height": 900})
    hands.look("on-paper")
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(MIRROR)
    hands.look("mirrored")
    assert (hands.found, hands.wide) == ([], [])
    context.close()


@pytest.mark.parametrize("width", [1280, 320])
def test_all_of_a_providers_activities(width: int, browser: Browser, pictures: Path, demo: Running) -> None:
    """From an activity's row to its report and back."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US")
    hands = Keyboard(context.new_page(), pictures / f"outcomes-provider-{width}")
    page = hands.page
    page.goto(f"{home(demo)}/report/")
    report = page.url
    with page.expect_navigation():
        hands.press("All activities of this provider", role="link")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lakeshore Academic Health")
    hands.look("provider")
    link = page.get_by_role("link", name=re.compile("simulated, in no sum"))
    expect(link).to_have_attribute("href", re.sub(r"^https?://[^/]+", "", report))
    assert (hands.found, hands.wide) == ([], [])
    context.close()
