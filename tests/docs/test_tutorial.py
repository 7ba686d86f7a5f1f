"""The tutorial, followed word for word in a real browser: what it names is there, what it says happens."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import browser, demo  # noqa: F401 - fixtures
from tests.demo.test_run import ROOT, Running
from tests.docs import fences

pytestmark = pytest.mark.browser
TUTORIAL = ROOT / "docs" / "tutorial" / "first-credit.md"
PATIENCE = 60_000


# What a reader can be told to do, and by which of the methods below it is done.
TOLD = {
    "open": r"address after \*([^*]+)\*",
    "see": r"[Yy]ou see \*\*(.+?)\*\*",
    "type": r"Type `(.+?)` into \*\*(.+?)\*\*",
    "leave": r"Leave `(.+?)` in \*\*(.+?)\*\*",
    "press_all": r"[Pp]ress \*\*([^*]+)\*\* until there is none",
    "press": r"[Pp]ress \*\*([^*]+)\*\*(?! until)",
    "select": r"Choose `(.+?)` in \*\*(.+?)\*\*",
    "tick": r"Choose (?:the box (?:under it )?that begins with )?\*\*(.+?)\*\*",
    "answer_anything": r"Answer every question as you like(?:, with `(.+?)`)?",
}
_TOLD = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in TOLD.items()))


@dataclass
class Reader:
    """Somebody who does what the page says, and nothing else."""

    page: Page
    answers: dict[int, list[str]]
    address: Callable[[str], str]
    opened: Page | None = None

    def do(self, what: str, *words: str | None) -> None:
        """One instruction or one promise."""
        getattr(self, what)(*words)

    def open(self, label: str) -> None:
        self.page.goto(self.address(label))

    def see(self, text: str) -> None:
        """As a heading or at the beginning of a paragraph; a link to it in the navigation is not yet it."""
        said = self.page.locator("h1, h2, h3, h4, p", has_text=re.compile(rf"^\s*{re.escape(text)}"))
        expect(said.locator("visible=true").first).to_be_visible(timeout=PATIENCE)

    def type(self, text: str, label: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def leave(self, text: str, label: str) -> None:
        expect(self.page.get_by_label(label, exact=True)).to_have_value(text)

    def _button(self, label: str) -> Locator:
        exact = re.compile(rf"^{re.escape(label)}( \(opens in a new tab\))?$")
        return self.page.get_by_role("button", name=exact).or_(self.page.get_by_role("link", name=exact)).first

    def press(self, label: str) -> None:
        if label == "Submit the assessment":
            self.answer_by_the_table()
        button = self._button(label)
        button.wait_for()
        if button.get_attribute("target") != "_blank":
            button.click()
            return
        with self.page.context.expect_page() as tab:
            button.click()
        self.opened = tab.value

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


def instructions(text: str) -> list[tuple[str, ...]]:
    """What the page tells to do and promises, in order, with the words that it says.

    Raises for what nobody would understand: an item of a list that tells nothing, a label that is in no instruction.
    """
    body = text[text.index("## 1. Start it") :]
    joined = re.sub(r"(?<!\n)\n(?!\n|- |#|\|)", " ", re.sub(r"^```.*?^```", "", body, flags=re.MULTILINE | re.DOTALL))
    told: list[tuple[str, ...]] = []
    for line in (" ".join(one.split()) for one in joined.splitlines()):
        found = list(_TOLD.finditer(line))
        if "**" in _TOLD.sub("", line) or (line.startswith("- ") and not found and "](" not in line):
            message = f"the tutorial says what this reader does not understand: {line}"
            raise AssertionError(message)
        for one in found:
            assert one.lastgroup, line
            told.append((one.lastgroup, *re.fullmatch(TOLD[one.lastgroup], one[0]).groups()))
    return told


def table(text: str) -> dict[int, list[str]]:
    """The right answers by question."""
    rows = re.findall(r"^\| (\d+) \| (.+?) \|$", text, re.MULTILINE)
    return {int(number): answers.split("; ") for number, answers in rows}


def test_the_tutorial_leads_to_an_accepted_credit(demo: Running, browser: Browser) -> None:  # noqa: F811
    text = TUTORIAL.read_text(encoding="utf-8")
    told = instructions(text)
    assert len(told) > 40
    assert {what for what, *_ in told} == TOLD.keys()
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    reader = Reader(context.new_page(), table(text), demo.address)
    inbox = told.index(("press", "Inbox of PARS"))
    for what, *words in told[: inbox + 1]:
        reader.do(what, *words)
    [name] = {words[0] for what, *words in told if what == "leave"}
    [amount] = {words[0] for what, *words in told if what == "select"}
    assert reader.opened is not None
    for said in (name, re.compile(rf"^{re.escape(amount)} AMA PRA"), re.compile("^Certificate number")):
        expect(reader.opened.get_by_text(said).first).to_be_visible()
    arrived = reader.page.locator("tr", has_text="Prescribing Opioids").filter(has_text=amount)
    expect(arrived).to_have_count(1)
    expect(arrived).to_contain_text("Accepted")
    expect(arrived).not_to_contain_text("Tutor")
    for what, *words in told[inbox + 1 :]:
        reader.do(what, *words)
    context.close()


@pytest.mark.parametrize("line", ["- Press the *button*.", "- Drag it to **Here**.", "And **Begin** is pressed."])
def test_what_nobody_would_understand_is_seen(line: str) -> None:
    with pytest.raises(AssertionError, match="does not understand"):
        instructions(f"## 1. Start it\n\n{line}\n")


def test_the_command_that_begins_it_is_the_one_that_is_run() -> None:
    """`demo` runs what `make demo` runs: tests/docs/test_every_command.py."""
    assert fences.blocks(TUTORIAL) == ["make demo\n"]
