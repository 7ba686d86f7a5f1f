"""A person without a mouse: Tab, Space, Enter, arrows and typing, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

FARTHEST = 400


@dataclass
class Keyboard:
    """One page, used by keyboard. Keeps pictures, and everything that axe found, in order."""

    page: Page
    pictures: Path
    found: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    taken: int = 0

    def reach(self, target: Locator) -> None:
        """Tab until the element has the focus; it must be seen there."""
        target.wait_for(state="visible")
        for _ in range(FARTHEST):
            if target.evaluate("one => one === document.activeElement"):
                break
            self.page.keyboard.press("Tab")
        else:
            message = f"the keyboard does not reach {target}"
            raise AssertionError(message)
        box = target.bounding_box()
        assert box, f"{target} has the focus and is not on the page"

    def press(self, name: str, *, key: str = "Enter", role: str = "button", exact: bool = True) -> None:
        """Reach a button or link by its name, and press it."""
        self.reach(self.page.get_by_role(role, name=name, exact=exact))
        self.page.keyboard.press(key)

    def choose(self, item: str, values: list[str]) -> None:
        """Answer one item: Space for boxes; for radios Space on the first, arrows to the one that is meant."""
        group = self.page.locator(f'[data-cme-item="{item}"]')
        if group.locator("input[type=checkbox]").count():
            for value in values:
                self.reach(group.locator(f'input[value="{value}"]'))
                self.page.keyboard.press("Space")
        else:
            self.radio(group, values[0])

    def radio(self, group: Locator, value: str) -> None:
        """Choose one radio of a group."""
        radios = group.locator("input[type=radio]")
        checked = group.locator("input[type=radio]:checked")
        self.reach(checked if checked.count() else radios.first)
        if not checked.count():
            self.page.keyboard.press("Space")
        for _ in range(radios.count()):
            if group.locator("input[type=radio]:checked").get_attribute("value") == value:
                return
            self.page.keyboard.press("ArrowDown")
        message = f"no radio {value}"
        raise AssertionError(message)

    def write(self, name: str, text: str) -> None:
        """Fill the text field with this name attribute."""
        self.reach(self.page.locator(f'input[name="{name}"]'))
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def tick(self, name: str) -> None:
        """Tick the box with this name attribute."""
        self.reach(self.page.locator(f'input[type=checkbox][name="{name}"]'))
        self.page.keyboard.press("Space")

    def look(self, name: str) -> None:
        """Take a picture, ask axe, and see whether anything is wider than the window."""
        self.taken += 1
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(self.pictures / f"{self.taken:02d}-{name}.png"), full_page=True)
        results = Axe().run(self.page)
        self.found += [
            f"{name}: {one['id']}: {[node['html'][:200] for node in one['nodes']]}"
            for one in results.response["violations"]
        ]
        width, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        if width > window:
            self.wide.append(f"{name}: {width} px in a window of {window} px")
