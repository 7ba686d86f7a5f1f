"""Certificate, verification and transcript in a real browser on the demonstration: keyboard, axe, 320 and 1280 px."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from tests.browser.keyboard import Keyboard
from tests.browser.test_way import activity, assessment, begin, claim, content, overview_and_baseline
from tests.demo.test_run import Running

pytestmark = pytest.mark.browser

TO_ONE, TO_ALL = "Open the certificate", "All your credit"


@dataclass(frozen=True)
class Earned:
    """A learner who has a certificate: name, the addresses of both papers, and the browser's memory."""

    name: str
    certificate: str
    transcript: str
    memory: Any


@pytest.fixture(scope="module")
def earned(demo: Running, browser: Browser, pictures: Path) -> Earned:
    """Go the whole way once, unseen: test_way.py looks at it."""
    name = "Dr Casey Example"
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    hands = Keyboard(context.new_page(), pictures, looks=False)
    described = activity()
    home = begin(hands.page, demo, name)
    overview_and_baseline(hands, described)
    content(hands, described)
    assessment(hands, described)
    hands.press("Continue: Evaluation")
    hands.press("Claim credit without it")
    claim(hands, name)
    hands.page.goto(f"{home}credit/")
    one, all_ = (hands.page.get_by_role("link", name=re.compile(text)) for text in (TO_ONE, TO_ALL))
    found = Earned(name, *(str(link.evaluate("one => one.href")) for link in (one, all_)), context.storage_state())
    context.close()
    return found


def downloads(hands: Keyboard, name: str) -> None:
    """The PDF and the badge are there for the certificate that is open, and say the same."""
    page = hands.page
    pdf = page.get_by_role("link", name="Download as PDF")
    hands.reach(pdf)
    answer = page.request.get(str(pdf.evaluate("one => one.href")))
    assert answer.headers["content-type"] == "application/pdf"
    text = PdfReader(io.BytesIO(answer.body())).pages[0].extract_text()
    assert name in text
    assert "0.75 AMA PRA Category 1 Credits™" in text
    badge = page.get_by_role("link", name=re.compile("digital badge"))
    hands.reach(badge)
    token = page.request.get(str(badge.evaluate("one => one.href"))).text()
    assert token.count(".") == 2
    site = re.match(r"https?://[^/]+", page.url)[0]
    document = json.loads(page.request.get(f"{site}/cme/did.json").text())
    assert document["id"].startswith("did:web:")


def verify(hands: Keyboard, name: str) -> None:
    """From the certificate to its verification, and back to the form with a number that nobody has."""
    page = hands.page
    hands.press(str(page.locator(".cme-cert-proof a").inner_text()), role="link")
    expect(page.get_by_text("Valid.")).to_be_visible()
    assert name not in page.locator("main").inner_text()
    hands.look("verified")
    hands.write("number", "0" * 32)
    hands.press("Verify")
    expect(page.get_by_text("No certificate has this number.")).to_be_visible()
    hands.look("not-verified")


def transcript(hands: Keyboard) -> None:
    """The learner's own credit, narrowed to none and back."""
    page = hands.page
    expect(page.get_by_role("rowheader")).to_have_count(1)
    hands.look("transcript")
    hands.reach(page.locator("#cme-from"))
    page.locator("#cme-from").fill("2099-01-01")
    hands.press("Show")
    expect(page.get_by_text("No credit in this selection.")).to_be_visible()
    hands.look("transcript-empty")


@pytest.mark.parametrize("width", [320, 1280])
def test_a_learner_takes_the_credit_away(width: int, earned: Earned, browser: Browser, pictures: Path) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, storage_state=earned.memory)
    page = context.new_page()
    hands = Keyboard(page, pictures / f"credit-{width}", contrast=width == 1280)
    page.goto(earned.certificate)
    hands.look("certificate")
    downloads(hands, earned.name)
    verify(hands, earned.name)
    page.goto(earned.transcript)
    transcript(hands)
    context.close()
    assert hands.found == []
    assert hands.wide == []
