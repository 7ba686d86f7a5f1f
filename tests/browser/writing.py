"""The author's form by keyboard: sections opened, fields typed, choices made, members added, findings followed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.keyboard import Keyboard
from tests.demo.test_run import Running


@dataclass
class Author(Keyboard):
    """A person at the author's form, without a mouse."""

    def field(self, path: str) -> Locator:
        return self.page.locator(f'[data-cme-path="{path}"]')

    def go(self, section: str) -> None:
        """Open a section by its link; its heading has the focus then."""
        self.reach(self.page.locator(f'[data-cme-go="{section}"]'))
        self.page.keyboard.press("Enter")
        expect(self.page.locator(f'[data-cme-section="{section}"] > summary')).to_be_focused()

    def type(self, path: str, text: str) -> None:
        """Type into a field; a date as month, day, year."""
        control = self.field(path).locator(".cme-editor, [name]:not([hidden])").first
        self.reach(control)
        if control.get_attribute("type") == "date":
            year, month, day = text.split("-")
            self.page.keyboard.type(month + day + year)
            expect(control).to_have_value(text)
            return
        self.page.keyboard.press("Control+a")
        if text:
            self.page.keyboard.insert_text(text)
        else:
            self.page.keyboard.press("Delete")

    def pick(self, path: str, code: str) -> None:
        """Choose in a list, as people do: by typing the beginning of what it says, as far as it tells it apart."""
        select = self.field(path).locator("select")
        self.reach(select)
        if select.input_value() == code:
            return
        words = [one.casefold() for one in select.locator("option").all_inner_texts()]
        meant = select.locator(f'option[value="{code}"]').inner_text()
        length = next(
            (n for n in range(1, len(meant)) if sum(one.startswith(meant[:n].casefold()) for one in words) == 1),
            len(meant),
        )
        self.page.keyboard.type(meant[:length])
        expect(select).to_have_value(code)

    def check(self, path: str, *codes: str) -> None:
        """Tick boxes of a set, or the one box of a field."""
        boxes = [f'input[value="{code}"]' for code in codes] or ["input"]
        for box in boxes:
            found = self.field(path).locator(box)
            self.reach(found)
            if not found.is_checked():
                self.page.keyboard.press("Space")
            expect(found).to_be_checked()

    def add(self, path: str) -> None:
        """Add a member to a group; the focus is on its first field then."""
        button = self.field(path).locator(":scope > [data-cme-do=add]")
        self.reach(button)
        self.page.keyboard.press("Enter")
        assert self.page.evaluate("document.activeElement.closest('[data-cme-member]') !== null")

    def unfold(self, path: str) -> None:
        """Open a member that is shown by its title."""
        details = self.field(path).locator("> details")
        if details.get_attribute("open") is None:
            self.reach(details.locator("> summary"))
            self.page.keyboard.press("Enter")

    def bring(self, what: str, file: Path) -> None:
        """Read a file. The system's own window for choosing one is beyond any page's keyboard."""
        box = self.page.locator(f'[data-cme-import="{what}"]')
        self.reach(box.locator("> summary"))
        self.page.keyboard.press("Enter")
        box.locator("[data-cme-file]").set_input_files(file)
        self.reach(box.get_by_role("button", name="Read the file"))
        self.page.keyboard.press("Enter")
        expect(box.locator("[data-cme-preview-title]")).to_be_focused()

    def choose_half(self, half: str) -> None:
        """Where all questions of a file go."""
        select = self.page.locator("[data-cme-half]")
        self.reach(select)
        self.page.keyboard.type(half)
        expect(select).to_have_value(half)

    def next(self) -> None:
        """From the field of one finding to that of the next; from the last one to what a new check says."""
        button = self.page.locator(".cme-walk button")
        again = button.get_attribute("data-cme-do") == "check-again"
        self.reach(button)
        self.page.keyboard.press("Enter")
        if again:
            expect(button).to_have_count(0)

    def save(self) -> None:
        self.press("Save")
        expect(self.page.locator("[data-cme-state]")).to_have_text("Saved.")

    @property
    def to_fix(self) -> int:
        return int(self.page.locator("[data-cme-count]").get_attribute("data-cme-blocked") or 0)


def editing(page: Page, demo: Running, slug: str) -> None:
    page.goto(f"{demo.address('Studio view')}{slug}/edit/")
    expect(page.locator("[data-cme-form]")).to_be_visible()
