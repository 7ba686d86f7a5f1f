"""The tutorial, followed word for word in a real browser: what it names is there, what it says happens."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import browser, demo  # noqa: F401 - fixtures
from tests.demo.test_run import ROOT, Running

pytestmark = pytest.mark.browser
TUTORIAL = ROOT / "docs" / "tutorial" / "first-credit.md"
PATIENCE = 60_000


@dataclass
class Reader:
    """Somebody who does what the page says, and nothing else."""

    page: Page
    answers: dict[int, list[str]]

    def do(self, line: str) -> None:
        """One instruction or one promise. Raises for one that nobody would understand."""
        for pattern, act in self._known().items():
            found = re.search(pattern, line)
            if found:
                act(*found.groups())
                return
        message = f"the tutorial says what this reader does not understand: {line}"
        raise AssertionError(message)

    def _known(self) -> dict[str, Callable[..., None]]:
        return {
            r"^You see \*\*(.+?)\*\*": self.see,
            r"you see \*\*(.+?)\*\*": self.see,
            r"^- Type `(.+?)` into \*\*(.+?)\*\*": self.type,
            r"^- Press \*\*(.+?)\*\* until there is none": self.press_all,
            r"^- Press \*\*(.+?)\*\*": self.press,
            r"^- Choose `(.+?)` in \*\*(.+?)\*\*": self.select,
            r"^- Choose the box (?:under it )?that begins with \*\*(.+?)\*\*": self.tick,
            r"^- Choose \*\*(.+?)\*\*": self.tick,
            r"^- Answer every question as you like(?:, with `(.+?)`)?": self.answer_anything,
        }

    def see(self, text: str) -> None:
        said = self.page.get_by_text(re.compile(rf"^{re.escape(text)}")).locator("visible=true")
        expect(said.first).to_be_visible(timeout=PATIENCE)

    def type(self, text: str, label: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def _button(self, label: str) -> Locator:
        exact = re.compile(rf"^{re.escape(label)}( \(opens in a new tab\))?$")
        return self.page.get_by_role("button", name=exact).or_(self.page.get_by_role("link", name=exact)).first

    def press(self, label: str) -> None:
        if label == "Submit the assessment":
            self.answer_by_the_table()
        self._button(label).click()

    def press_all(self, label: str) -> None:
        self._button(label).wait_for()
        while self._button(label).is_visible():
            self._button(label).click()

    def select(self, value: str, label: str) -> None:
        self.page.get_by_label(label, exact=True).first.select_option(value)

    def tick(self, text: str) -> None:
        label = self.page.locator("label:visible", has_text=re.compile(rf"^\s*{re.escape(text)}"))
        label.first.locator("input").check()

    def questions(self) -> list[Locator]:
        found = self.page.locator("[data-cme-item]:visible")
        found.first.wait_for()
        return found.all()

    def answer_anything(self, number: str | None) -> None:
        for one in self.questions():
            choices, typed = one.locator("input[type=radio], input[type=checkbox]"), one.locator("[inputmode=numeric]")
            if choices.count():
                choices.first.check()
            elif number and typed.count():
                typed.fill(number)

    def answer_by_the_table(self) -> None:
        for place, one in enumerate(self.questions(), start=1):
            for text in self.answers[place]:
                one.locator("label", has_text=re.compile(rf"^\s*{re.escape(text)}\s*$")).locator("input").check()


def instructions(text: str) -> list[str]:
    """Every list item and every "You see", in order, from the first step in the browser to the accepted credit."""
    body = text[text.index("## 2. Enrol") : text.index("## What next")]
    joined = re.sub(r"(?<!\n)\n(?!\n|- |#|\|)", " ", body)
    found = []
    for line in joined.splitlines():
        if line.startswith(("- ", "You see")):
            found.append(line)
        elif "you see **" in line:
            found.append(line[line.index("you see **") :])
    return found


def table(text: str) -> dict[int, list[str]]:
    """The right answers by question."""
    rows = re.findall(r"^\| (\d+) \| (.+?) \|$", text, re.MULTILINE)
    return {int(number): answers.split("; ") for number, answers in rows}


def test_the_tutorial_leads_to_an_accepted_credit(demo: Running, browser: Browser) -> None:  # noqa: F811
    text = Path(TUTORIAL).read_text(encoding="utf-8")
    lines = instructions(text)
    assert len(lines) > 30
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page = context.new_page()
    page.goto(demo.address("Learner"))
    reader = Reader(page, table(text))
    certificate = next(number for number, line in enumerate(lines) if "Open the certificate" in line)
    for line in lines[:certificate]:
        reader.do(line)
    with context.expect_page() as opened:
        reader.do(lines[certificate])
    expect(opened.value.get_by_text("Dr Robin Tutor", exact=True)).to_be_visible()
    page.goto(demo.address("Receiver's inbox"))
    for line in lines[certificate + 1 :]:
        reader.do(line)
    expect(page.get_by_text("0.75").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("label", ["Learner", "Receiver's inbox", "Studio view"])
def test_the_addresses_that_it_names_are_printed(demo: Running, label: str) -> None:  # noqa: F811
    assert f"*{label}*" in TUTORIAL.read_text(encoding="utf-8")
    assert demo.address(label).startswith("http://127.0.0.1:")
