"""The 31 March story in a real browser: from the home page to nothing overdue, by keyboard alone, with axe.

And the pages of one activity, looked at in both widths. All learners are simulated.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser import closing
from tests.browser.keyboard import Keyboard
from tests.browser.test_exports import home
from tests.demo.test_run import ROOT, Running, ports, running

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=[1280, 320], ids=["1280px", "320px"])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def late(width: int, tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A demonstration of its own, in which credit of last year was not delivered."""
    var = shutil.copytree(tables, tmp_path_factory.mktemp(f"late-{width}"), dirs_exist_ok=True)
    with running(var, *ports()) as one:
        one.ready()
        environment = {**os.environ, "CME_DEMO_VAR": str(var), "DJANGO_SETTINGS_MODULE": "demo.settings"}
        subprocess.run([sys.executable, "-m", "tests.browser.closing"], cwd=ROOT, env=environment, check=True)
        yield one


@pytest.fixture
def office(browser: Browser, pictures: Path, late: Running, width: int) -> Iterator[Keyboard]:
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{home(late)}/office/administrator/")
    found = Keyboard(page, pictures / f"console-{width}")
    yield found
    context.close()
    assert errors == []
    assert found.found == []
    assert found.wide == []


def enter(office: Keyboard, target: Locator) -> None:
    office.reach(target)
    with office.page.expect_navigation():
        office.page.keyboard.press("Enter")


def overdue(office: Keyboard) -> int:
    """As the page says it; it says something else where nothing at all is to be done."""
    said = office.page.locator("main").inner_text()
    if "Everything owed was delivered" in said:
        return 0
    [number] = re.findall(r"Overdue: (\d+)\.", said)
    return int(number)


def decide(office: Keyboard, state: str, action: str, count: int, name: str) -> None:
    """From home to the list of one state; choose all, say why, look what would happen, and do it."""
    page = office.page
    enter(office, page.get_by_role("link", name="Home", exact=True))
    enter(office, page.locator(f'main a[href*="state={state}"]').first)
    office.look(f"{name}-list")
    boxes = page.get_by_role("checkbox")
    assert boxes.count() == count
    for place in range(count):
        if not boxes.nth(place).is_checked():
            office.reach(boxes.nth(place))
            page.keyboard.press("Space")
    chosen = page.get_by_role("radio", name=re.compile(f"^{action}"))
    office.reach(page.get_by_role("radio").first)
    while not chosen.is_checked():
        page.keyboard.press("Space" if not page.locator("input[type=radio]:checked").count() else "ArrowDown")
    office.reach(page.locator("textarea"))
    page.keyboard.insert_text("Checked with PARS on the telephone (simulated)")
    enter(office, page.get_by_role("button", name="Show what would happen"))
    expect(page.get_by_text("Nothing is changed yet")).to_be_visible()
    office.look(f"{name}-sure")
    enter(office, page.get_by_role("button", name=action, exact=True))
    expect(page.get_by_role("status")).to_contain_text(f"Decided: {count}")


def test_from_the_home_page_to_nothing_overdue(office: Keyboard) -> None:
    page = office.page
    expect(page.get_by_role("heading", level=1)).to_have_text("What needs you today")
    assert overdue(office) >= 3
    office.look("home")
    decide(office, "refused", "Send again", 2, "refused")
    decide(office, "dead", "Send again", 1, "dead")
    decide(office, "held", "Let go", 1, "held")
    until = time.monotonic() + 90
    while True:
        enter(office, page.get_by_role("link", name="Home", exact=True))
        if overdue(office) == 0:
            break
        assert time.monotonic() < until, page.locator("main").inner_text()
        time.sleep(2)
    assert closing.TITLE not in page.locator(".cme-todo-late").all_inner_texts()
    office.look("home-in-time")


def test_the_pages_of_an_activity_and_a_correction(office: Keyboard) -> None:
    page = office.page
    enter(office, page.get_by_role("link", name="Activities", exact=True))
    office.look("activities")
    enter(office, page.get_by_role("link", name=closing.TITLE).first)
    office.look("activity")
    enter(office, page.get_by_role("link", name="Editions", exact=True))
    office.look("editions")
    enter(office, page.locator("main h2 a").first)
    office.look("edition")
    enter(office, page.get_by_role("link", name="Surveyors", exact=True))
    office.look("surveyors")
    enter(office, page.get_by_role("link", name="Participants", exact=True))
    office.look("participants")
    office.write("q", "specimen")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Found: 1")).to_be_visible()
    office.look("found")
    enter(office, page.get_by_role("link", name="Robin Specimen"))
    office.reach(page.locator("summary").first)
    page.keyboard.press("Enter")
    office.look("ledger")
    enter(office, page.get_by_role("link", name=re.compile("^Change the name on the certificate")))
    office.write("name", "Robin A. Specimen")
    enter(office, page.get_by_role("button", name="Show what would happen"))
    expect(page.get_by_text("Reason is missing.")).to_be_visible()
    office.look("correct-problem")
    office.reach(page.locator("textarea"))
    page.keyboard.insert_text("The middle initial was left out (simulated)")
    office.write("evidence", "Licence seen on 3 March (simulated)")
    enter(office, page.get_by_role("button", name="Show what would happen"))
    expect(page.get_by_role("heading", name="This would happen")).to_be_visible()
    office.look("correct-sure")
    enter(office, page.get_by_role("button", name="Change the name on the certificate"))
    expect(page.get_by_role("status")).to_contain_text("Done, and in the record below.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Robin A. Specimen")
    office.look("corrected")
    enter(office, page.get_by_role("link", name="Deliveries", exact=True).first)
    office.look("deliveries")
