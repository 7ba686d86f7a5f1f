"""Exports in a real browser: chosen, started, watched, downloaded, kept; by keyboard, at 320 and 1280 px, with axe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.keyboard import Keyboard
from tests.demo.test_run import Running

pytestmark = pytest.mark.browser


@pytest.fixture(params=[1280, 320], ids=["1280px", "320px"])
def office(browser: Browser, pictures: Path, demo: Running, request: pytest.FixtureRequest) -> Iterator[Keyboard]:
    context = browser.new_context(viewport={"width": request.param, "height": 900}, locale="en-US")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{home(demo)}/office/administrator/")
    found = Keyboard(page, pictures / f"exports-{request.param}")
    yield found
    context.close()
    assert errors == []
    assert found.found == []
    assert found.wide == []


def home(demo: Running) -> str:
    found = re.match(r"http://[^/]+", demo.address("Learner"))
    assert found
    return found[0]


def follow(office: Keyboard, link: str) -> None:
    """Go on by a link, and be there."""
    offers = office.page.locator(".cme-offers").get_by_role("link", name=link, exact=True)
    office.reach(offers if offers.count() else office.page.get_by_role("link", name=link, exact=True).first)
    office.page.keyboard.press("Enter")
    expect(office.page.get_by_role("heading", level=1)).to_have_text(link)


def ready(page: Page) -> None:
    expect(page.get_by_role("link", name="Download the file")).to_be_visible(timeout=30_000)


def test_an_export_from_the_first_page_to_the_file(office: Keyboard) -> None:
    page = office.page
    follow(office, "Exports")
    office.look("exports")
    follow(office, "Claims")
    office.look("form")
    office.press("Start the export")
    expect(page.get_by_text("Say what the export is for").first).to_be_visible()
    office.look("problem")
    office.write("why", "Board's letter of 3 November")
    office.press("Start the export")
    expect(page.get_by_role("heading", level=1)).to_have_text("Claims")
    ready(page)
    office.look("ready")
    link = page.get_by_role("link", name="Download the file")
    office.reach(link)
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    name = download.value.suggested_filename
    assert re.fullmatch(r"cme-claims-\d{4}-\d\d-\d\d-[0-9a-f]{8}\.csv", name)
    assert download.value.path().read_bytes().startswith(b"\xef\xbb\xbfclaim,participation,learner,")
    office.press("Delete the file now")
    expect(page.get_by_text("It was cancelled, and its file is gone.")).to_be_visible()


def test_an_export_is_kept_started_again_and_kept_no_longer(office: Keyboard) -> None:
    page = office.page
    follow(office, "Exports")
    follow(office, "For supporters")
    office.write("why", "Quarterly report")
    summary = page.locator("#cme-f-keep summary")
    office.reach(summary)
    page.keyboard.press("Enter")
    office.write("name", "Supporters, each month")
    office.reach(page.get_by_label("It goes"))
    page.keyboard.type("every m")
    office.look("kept-form")
    office.press("Keep it")
    expect(page.get_by_role("button", name="Start now: Supporters, each month")).to_be_visible()
    office.look("kept")
    office.press("Start now: Supporters, each month")
    ready(page)
    follow(office, "Exports")
    office.press("Keep no longer: Supporters, each month")
    expect(page.get_by_text("Kept to be repeated")).to_have_count(0)


def test_a_key_for_a_program_is_made_shown_once_and_taken_back(office: Keyboard) -> None:
    page = office.page
    follow(office, "Exports")
    follow(office, "Keys for programs (REST API)")
    office.press("Make the key")
    expect(page.get_by_text("Give it a name").first).to_be_visible()
    office.look("key-problem")
    office.write("name", "Registry of the college")
    office.reach(page.locator('input[value="rows"]'))
    page.keyboard.press("Space")
    office.press("Make the key")
    expect(page.locator("[data-cme-secret]")).to_have_text(re.compile(r"cme_[A-Za-z0-9_-]{43}"))
    office.look("key-made")
    office.press("Take back: Registry of the college")
    expect(page.locator("[data-cme-secret]")).to_have_count(0)
    expect(page.get_by_text("Taken back").first).to_be_visible()


def test_without_scripts_it_is_looked_at_again(browser: Browser, demo: Running) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{home(demo)}/office/administrator/")
    page.goto(f"{home(demo)}/cme/exports/new/?kind=outcomes")
    page.get_by_label("What for").fill("Committee")
    page.get_by_role("button", name="Start the export").click()
    for _ in range(60):
        if page.get_by_role("link", name="Download the file").count():
            break
        page.wait_for_timeout(500)
        assert page.get_by_role("link", name="Look again").count(), page.inner_text("main")
        page.get_by_role("link", name="Look again").click()
    assert page.get_by_role("link", name="Download the file").count()
    context.close()
