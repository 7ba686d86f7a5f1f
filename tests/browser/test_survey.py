"""The surveyor's story in a real browser: let in, makes and downloads the audit file, verifies it offline, shut out.

By keyboard alone, at 1280 and 320 px, with axe. The account, the learners and the provider are simulated.
"""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.keyboard import Keyboard
from tests.browser.test_exports import home
from tests.demo.test_run import Running

pytestmark = pytest.mark.browser

Opened = Callable[[str], Keyboard]


@pytest.fixture(params=[1280, 320], ids=["1280px", "320px"])
def opened(browser: Browser, pictures: Path, demo: Running, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """A browser of its own for each role."""
    made: list[tuple[Keyboard, list[str]]] = []

    def open_as(role: str) -> Keyboard:
        context = browser.new_context(viewport={"width": request.param, "height": 900}, locale="en-US")
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{home(demo)}/office/{role}/")
        made.append((Keyboard(page, pictures / f"survey-{role}-{request.param}"), errors))
        return made[-1][0]

    yield open_as
    for one, errors in made:
        one.page.context.close()
        assert errors == []
        assert one.found == []
        assert one.wide == []


def follow(one: Keyboard, link: str | re.Pattern[str]) -> None:
    found = one.page.get_by_role("link", name=link).first
    one.reach(found)
    with one.page.expect_navigation():
        one.page.keyboard.press("Enter")


def activity(one: Keyboard) -> str:
    """Open the list, and the activity with the simulated learners; its title."""
    follow(one, re.compile("^Activities$"))
    found = one.page.get_by_role("link", name=re.compile("^Simulated:")).first
    title = found.inner_text()
    one.reach(found)
    one.page.keyboard.press("Enter")
    expect(one.page.get_by_role("heading", level=1)).to_contain_text(title)
    return title


def let_in(office: Keyboard, page: Page) -> None:
    follow(office, "Surveyors")
    office.write("account", "surveyor")
    office.reach(page.locator('input[name="until"]'))
    page.keyboard.type(f"{datetime.now(UTC) + timedelta(days=7):%m%d%Y}")
    office.reach(page.locator('[name="why"]'))
    page.keyboard.insert_text("Reaccreditation survey (simulated)")
    office.look("let-in")
    office.reach(page.locator("main form").first.get_by_role("button"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Reaccreditation survey (simulated)").first).to_be_visible()


def test_a_surveyor_reads_makes_verifies_and_is_shut_out(opened: Opened, demo: Running, tmp_path: Path) -> None:
    office = opened("administrator")
    title = activity(office)
    let_in(office, office.page)

    surveyor = opened("surveyor")
    page = surveyor.page
    assert activity(surveyor) == title
    surveyor.look("activity")
    follow(surveyor, "Audit file")
    expect(page.get_by_role("heading", name="What the activity lacks")).to_be_visible()
    surveyor.look("before")
    surveyor.write("reason", "Survey, list of 3 March (simulated)")
    surveyor.press("Make the audit file")
    link = page.get_by_role("link", name="Download the file").first
    expect(link).to_be_visible(timeout=60_000)
    surveyor.look("made")
    link_address = f"{home(demo)}{link.get_attribute('href')}"
    surveyor.reach(link)
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    keys = tmp_path / "keys.json"
    keys.write_bytes(page.request.get(f"{home(demo)}/cme/evidence/keys.json").body())
    address = page.url.split("#")[0]

    assert_verifies(file, keys)
    unpacked(file, tmp_path / "inside", surveyor)
    office.page.reload()
    office.press("Take back", exact=False)
    expect(office.page.get_by_role("button", name="Take back")).to_have_count(0)
    for way in (address, f"{address}make/", link_address):
        assert page.request.get(way).status == 403
    page.goto(address)
    expect(page.get_by_text("You may not see this page", exact=False)).to_be_visible()
    assert title not in page.content()


def assert_verifies(file: Path, key: Path) -> None:
    """Whole it holds, and with one bit turned it does not."""
    said = verified(file, key)
    assert said.returncode == 0, said.stdout
    assert "Everything holds" in said.stdout
    assert re.search(r"entries of 1\d\d learners", said.stdout), said.stdout
    assert "Its learners are simulated." in said.stdout
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = file.with_name("damaged.zip")
    damaged.write_bytes(content)
    assert verified(damaged, key).returncode == 1


def test_a_hold_is_placed_and_lifted_by_keyboard(opened: Opened) -> None:
    office = opened("administrator")
    page = office.page
    activity(office)
    follow(office, "Audit file")
    office.reach(page.locator("summary", has_text="Place a legal hold"))
    page.keyboard.press("Enter")
    office.write("hold_reason", "Case 12 (simulated)")
    office.look("hold")
    office.press("Place the hold")
    expect(page.get_by_role("button", name="Lift the hold")).to_be_visible()
    expect(page.get_by_text("Case 12 (simulated)").first).to_be_visible()
    office.look("held")
    office.write("lift_reason", "Settled (simulated)")
    office.press("Lift the hold")
    expect(page.get_by_role("button", name="Lift the hold")).to_have_count(0)
    expect(page.get_by_text("Settled (simulated)", exact=False).first).to_be_visible()


def unpacked(file: Path, folder: Path, one: Keyboard) -> None:
    """What the surveyor sees who unpacks the file: its page holds up to axe and to 320 px too."""
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    page = one.page.context.new_page()
    page.goto((folder / "index.html").as_uri())
    inside = Keyboard(page, one.pictures, found=one.found, wide=one.wide, taken=one.taken)
    inside.look("index-html")
    one.taken = inside.taken
    page.close()


def verified(file: Path, key: Path) -> subprocess.CompletedProcess[str]:
    """The command of somebody who has the file and the key, in a folder without a project."""
    code = "from cme_xblock.cli import main; raise SystemExit(main())"
    command = [sys.executable, "-I", "-c", code, "verify", str(file), "--key", str(key)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=file.parent, env={})
