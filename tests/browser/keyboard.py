"""A person without a mouse: Tab, Space, Enter, arrows and typing, and nothing else."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

# `make screenshots` asks for them: a test looks at nothing in a picture, and they take a fifth of a second each.
WANTS_PICTURES = os.environ.get("CME_PICTURES") == "1"
FARTHEST = 800
# More of a page, in pixels, nobody looks at in one picture.
HIGHEST = 8_000
# How often Tab is to be pressed from the element in focus to this one, below zero for back, at least: the stops inside
# a field for a date and groups of radios are not counted. 0 on arrival. Only the number is taken from here; whether
# the keyboard comes to the element is seen by pressing.
STEPS = """target => {
  const now = document.activeElement;
  if (now === target) return 0;
  if (now === document.body) return 1;
  const back = Boolean(target.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING);
  const [first, last] = back ? [target, now] : [now, target];
  const stops = "a[href], button:not(:disabled), input:not([type=radio]):not(:disabled), select, textarea, summary, "
    + "[tabindex], [contenteditable=true]";
  const between = [...document.querySelectorAll(stops)].filter((one) => one.tabIndex >= 0 && one.checkVisibility()
    && first.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING
    && one.compareDocumentPosition(last) & Node.DOCUMENT_POSITION_FOLLOWING);
  return (between.length + 1) * (back ? -1 : 1);
}"""


@dataclass
class Keyboard:
    """One page, used by keyboard. Keeps pictures, and everything that axe found, in order."""

    page: Page
    pictures: Path
    found: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    taken: int = 0
    # False for a way that another test looks at.
    looks: bool = True
    # Colours take axe most of its time: False where the same pages are seen in another width.
    contrast: bool = True

    def reach(self, target: Locator) -> None:
        """Tab on, or back where the element stands before, until it has the focus; it must be seen there."""
        target.wait_for(state="visible")
        pressed = 0
        while steps := target.evaluate(STEPS):
            for _ in range(abs(steps)):
                self.page.keyboard.press("Tab" if steps > 0 else "Shift+Tab")
            pressed += abs(steps)
            if pressed > FARTHEST:
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
        self.page.keyboard.insert_text(text)

    def type(self, item: str, text: str) -> None:
        """Write into the field of one question of the evaluation."""
        self.reach(self.page.locator(f'[data-cme-item="{item}"] [data-cme-text]'))
        self.page.keyboard.insert_text(text)

    def tick(self, name: str) -> None:
        """Tick the box with this name attribute."""
        self.reach(self.page.locator(f'input[type=checkbox][name="{name}"]'))
        self.page.keyboard.press("Space")

    def look(self, name: str) -> None:
        """Ask axe, and see whether anything is wider than the window; take a picture, where somebody wants them."""
        if not self.looks:
            return
        self.taken += 1
        wide, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        if WANTS_PICTURES:
            self._picture(name, window)
        rules = {} if self.contrast else {"color-contrast": {"enabled": False}}
        results = Axe().run(self.page, options={"resultTypes": ["violations"], "rules": rules})
        self.found += [
            f"{name}: {one['id']}: {[node['html'][:200] for node in one['nodes']]}"
            for one in results.response["violations"]
        ]
        if wide > window:
            self.wide.append(f"{name}: {wide} px in a window of {window} px")

    def _picture(self, name: str, window: int) -> None:
        """The page as it is, as wide as the window."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        high = self.page.evaluate("document.documentElement.scrollHeight")
        self.page.screenshot(
            path=str(self.pictures / f"{self.taken:02d}-{name}.png"),
            full_page=True,
            clip={"x": 0, "y": 0, "width": window, "height": min(high, HIGHEST)},
        )
