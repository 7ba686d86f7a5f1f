"""A learner corrects a claim in a real browser: by keyboard, at 320 and 1280 px, with axe looking at each page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.keyboard import Keyboard
from tests.browser.test_way import activity, assessment, begin, content, overview_and_baseline
from tests.demo.test_run import Running

pytestmark = pytest.mark.browser


def claim_and_tell_nobody(hands: Keyboard, name: str) -> None:
    """A claim without consent: it stays here, so it may be changed."""
    hands.press("Continue: Evaluation")
    hands.press("Claim credit without it")
    hands.reach(hands.page.locator('input[name=profession][value="md"]'))
    hands.page.keyboard.press("Space")
    hands.press("Continue")
    hands.reach(hands.page.locator('select[name="amount:ama_pra_1"]'))
    hands.page.keyboard.type("0.75")
    hands.write("name_certified", name)
    hands.tick("attested:ama_pra_1")
    hands.press("Attest and claim")
    expect(hands.page.get_by_role("heading", name="Your certificate")).to_be_focused()


@pytest.mark.parametrize("width", [320, 1280])
def test_a_learner_changes_a_claim_and_takes_it_back(
    width: int, demo: Running, browser: Browser, pictures: Path
) -> None:
    described, name = activity(), f"Dr Robin Example {width}"
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    hands = Keyboard(page, pictures / f"correction-{width}", looks=False, contrast=width == 1280)
    begin(page, demo, name)
    overview_and_baseline(hands, described)
    content(hands, described)
    assessment(hands, described)
    claim_and_tell_nobody(hands, name)
    hands.looks = True
    hands.look("claimed")
    change = page.get_by_role("button", name=re.compile("Change this claim"))
    hands.reach(change)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Change a claim")).to_be_focused()
    hands.look("change")
    hands.press("Attest and change")
    expect(page.locator("[data-cme-error=summary]:visible")).to_be_focused()
    hands.look("change-incomplete")
    hands.reach(page.locator("select[name=amount]"))
    page.keyboard.type("0.5")
    hands.tick("attested")
    hands.press("Attest and change")
    expect(page.get_by_role("heading", name="Your certificate")).to_be_focused()
    expect(page.get_by_text("0.5 AMA PRA Category 1 Credits").first).to_be_visible()
    hands.look("changed")
    hands.reach(change)
    page.keyboard.press("Enter")
    withdraw = page.locator("summary", has_text="Withdraw this claim")
    hands.reach(withdraw)
    page.keyboard.press("Enter")
    hands.look("withdraw")
    hands.tick("confirmed")
    hands.press("Withdraw")
    expect(page.get_by_role("heading", name=re.compile("Claim credit|How was it|Evaluation"))).to_be_visible()
    context.close()
    assert hands.found == []
    assert hands.wide == []
