"""The whole way as a learner, in a real browser on the running demonstration: keyboard only, axe, 320 and 1280 px."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Browser, Page, expect

from cme_xblock.activity import olx
from cme_xblock.activity.codes import Purpose, QuestionKind
from cme_xblock.activity.model import Activity, Item
from cme_xblock.participation import evaluation
from tests.browser.keyboard import Keyboard
from tests.demo.test_run import ROOT, Running

pytestmark = pytest.mark.browser

ACCEPTED_WITHIN = 60_000


def activity() -> Activity:
    parser = etree.XMLParser(remove_comments=True, resolve_entities=False)
    return olx.from_element(etree.parse(str(ROOT / "demo" / "activity.xml"), parser).getroot())


def right(item: Item) -> list[str]:
    return sorted(item.key) or [item.options[0].id]


def wrong(item: Item) -> list[str]:
    return [next(one.id for one in item.options if not one.correct)] if item.key else [item.options[0].id]


def begin(page: Page, demo: Running, name: str) -> str:
    """Enrol as somebody new; the learner's own address."""
    page.goto(demo.address("Learner"))
    page.fill("#name", name)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/learn/[^/]+/overview/"))
    return page.url.removesuffix("overview/")


def overview_and_baseline(hands: Keyboard, described: Activity) -> None:
    hands.look("overview")
    hands.press("I have read the disclosures. Continue")
    expect(hands.page.locator("form[data-cme-submit=baseline]")).to_be_visible()
    expect(hands.page.locator("[data-cme-focus]")).to_be_focused()
    hands.look("baseline")
    first, *others = described.baseline.items
    hands.choose(first.id, right(first))
    expect(hands.page.get_by_text("Draft saved")).to_be_visible()
    hands.page.reload()
    chosen = hands.page.locator(f'[data-cme-item="{first.id}"] input:checked')
    assert [one.get_attribute("value") for one in chosen.all()] == right(first)
    hands.press("Submit the baseline")
    expect(hands.page.locator("[data-cme-error=summary]")).to_be_focused()
    hands.look("baseline-unanswered")
    for item in others:
        hands.choose(item.id, right(item))
    hands.press("Submit the baseline")
    expect(hands.page.get_by_role("heading", name="Content", exact=True)).to_be_focused()
    hands.look("after-baseline")


def content(hands: Keyboard, described: Activity) -> None:
    hands.press("Open the content", role="link")
    hands.page.wait_for_url(re.compile("/content/"))
    hands.look("content-first-page")
    on = hands.page.get_by_role("button", name="Next page")
    while on.is_visible():
        hands.press("Next page")
    hands.look("content-last-page")
    hands.press("I have worked through this content")
    expect(hands.page.get_by_text("You have worked through this content.")).to_be_focused()
    hands.look("content-done")
    hands.press("Go on", role="link")
    hands.page.wait_for_url(re.compile("/credit/"))


def assessment(hands: Keyboard, described: Activity) -> None:
    hands.look("assessment")
    for item in described.assessment.items:
        hands.choose(item.id, wrong(item))
    hands.press("Submit the assessment")
    expect(hands.page.get_by_role("heading", name="Assessment not passed yet")).to_be_focused()
    hands.look("assessment-not-passed")
    hands.press("Try again")
    for item in described.assessment.items:
        hands.choose(item.id, right(item))
    hands.press("Submit the assessment")
    expect(hands.page.get_by_role("heading", name="Assessment passed")).to_be_focused()
    hands.look("assessment-passed")


def evaluate(hands: Keyboard, described: Activity) -> None:
    hands.press("Continue: Evaluation")
    expect(hands.page.get_by_text("Anonymous: your answers are kept without your name")).to_be_visible()
    hands.look("evaluation")
    hands.press("Send the evaluation")
    expect(hands.page.locator("[data-cme-error=summary]")).to_be_focused()
    hands.look("evaluation-incomplete")
    for one in evaluation.questions(described):
        if one.chosen and one.kind is not QuestionKind.MULTIPLE:
            hands.choose(one.id, ["yes" if one.purpose is Purpose.BIAS else one.choices[1].id])
        elif one.kind is QuestionKind.NUMBER:
            hands.write(f"item:{one.id}", "55")
    hands.type("change#choose", "Offer a topical NSAID first.")
    hands.press("Send the evaluation")
    because = hands.page.locator('[data-cme-item="bias#why"]')
    expect(because.get_by_text("Say in a sentence what you noticed")).to_be_visible()
    expect(because.locator("textarea")).to_have_attribute("aria-invalid", "true")
    hands.type("bias#why", "One trade name on the second page.")
    hands.press("Send the evaluation")


def claim(hands: Keyboard, name: str) -> None:
    expect(hands.page.get_by_role("heading", name="Claim credit")).to_be_focused()
    hands.look("claim-as-whom")
    as_whom = hands.page.locator("input[name=profession][value=md]")
    hands.reach(as_whom)
    hands.page.keyboard.press("Space")
    hands.press("Continue")
    expect(hands.page.get_by_role("heading", name="Claim credit: how much")).to_be_focused()
    hands.look("claim-how-much")
    hands.press("Attest and claim")
    expect(hands.page.locator("[data-cme-error=summary]:visible")).to_be_focused()
    hands.look("claim-incomplete")
    hands.reach(hands.page.locator("select[name='amount:ama_pra_1']"))
    hands.page.keyboard.type("0.75")
    hands.tick("consent:pars")
    hands.write("name_certified", name)
    for field, text in (("given_name", "Avery"), ("family_name", "Sample"), ("birth_month_day", "05/17")):
        hands.write(field, text)
    hands.write("npi", "1234567893")
    hands.tick("attested:ama_pra_1")
    hands.look("claim-filled-in")
    hands.press("Attest and claim")
    expect(hands.page.get_by_role("heading", name="Your certificate")).to_be_focused()


def certificate_and_report(hands: Keyboard, name: str) -> str:
    page = hands.page
    told = page.locator("[data-cme-deliveries]")
    expect(told).to_contain_text("Sent to PARS", timeout=ACCEPTED_WITHIN)
    hands.look("sent")
    expect(told).to_contain_text("Accepted by PARS", timeout=ACCEPTED_WITHIN)
    expect(page.locator("[data-cme-poll]"), "nothing is left to wait for").to_have_count(0)
    hands.look("accepted")
    link = page.get_by_role("link", name=re.compile("Open the certificate"))
    hands.reach(link)
    address = link.evaluate("one => one.href")
    page.goto(address)
    expect(page.get_by_text(name, exact=True)).to_be_visible()
    expect(page.get_by_text("0.75 AMA PRA Category 1 Credits™", exact=True)).to_be_visible()
    hands.look("certificate")
    return address


@pytest.mark.parametrize("width", [320, 1280])
def test_a_learner_goes_from_the_first_page_to_accepted_by_keyboard(
    width: int, demo: Running, browser: Browser, pictures: Path
) -> None:
    described, name = activity(), f"Dr Avery Sample {width}"
    page = browser.new_page(viewport={"width": width, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    hands = Keyboard(page, pictures / str(width), contrast=width == 1280)
    home = begin(page, demo, name)
    page.goto(f"{home}credit/")
    hands.look("credit-locked")
    page.goto(f"{home}content/")
    hands.look("content-locked")
    page.goto(f"{home}overview/")
    overview_and_baseline(hands, described)
    content(hands, described)
    assessment(hands, described)
    evaluate(hands, described)
    claim(hands, name)
    certificate_and_report(hands, name)
    page.goto(demo.address("Receiver's inbox"))
    hands.look("receiver-inbox")
    page.close()
    assert errors == []
    assert hands.found == []
    assert hands.wide == []


def test_the_author_pages_are_accessible_at_both_widths(demo: Running, browser: Browser, pictures: Path) -> None:
    for width in (320, 1280):
        page = browser.new_page(viewport={"width": width, "height": 900})
        hands = Keyboard(page, pictures / f"author-{width}", contrast=width == 1280)
        page.goto(demo.address("Studio view"))
        links = page.locator("nav a")
        for address in [one.evaluate("one => one.href") for one in links.all()]:
            page.goto(address)
            hands.look(re.sub(r"\W+", "-", address.split("/", 3)[-1]).strip("-"))
        page.close()
        assert hands.found == []
        assert hands.wide == []
        assert hands.taken
