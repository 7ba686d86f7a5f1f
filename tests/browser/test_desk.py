"""The disclosure desk in a real browser, by keyboard alone: asked, given on a phone, decided, taken, and newer since.

Four people in browsers of their own: the office, the faculty member (320 px wide), a learner whose visit publishes the
activity, and the author.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.keyboard import WANTS_PICTURES, Keyboard
from tests.browser.writing import Author, editing
from tests.demo.test_run import Running, enrol

pytestmark = pytest.mark.browser
NAME = "Ana Example"


@dataclass
class Person(Keyboard):
    """Somebody at a plain form, without a mouse."""

    def fill(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label, exact=True).locator("visible=true").first
        self.reach(field)
        if field.get_attribute("type") == "date":
            year, month, day = text.split("-")
            self.page.keyboard.type(month + day + year)
            return
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def pick(self, label: str, beginning: str) -> None:
        self.reach(self.page.get_by_label(label, exact=True).locator("visible=true").first)
        self.page.keyboard.type(beginning)

    def option(self, name: str, value: str) -> None:
        """Choose one radio: those of a group are one stop of the keyboard."""
        group = self.page.locator(f'input[type=radio][name="{name}"]').locator("visible=true")
        checked = self.page.locator(f'input[type=radio][name="{name}"]:checked')
        self.reach(checked.first if checked.count() else group.first)
        if not checked.count():
            self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if checked.first.get_attribute("value") == value:
                return
            self.page.keyboard.press("ArrowDown")
        message = f"no radio {value}"
        raise AssertionError(message)

    def box(self, label: str) -> None:
        self.reach(self.page.get_by_label(label, exact=True).locator("visible=true").first)
        self.page.keyboard.press("Space")

    def mark(self) -> Locator:
        return self.page.locator("h1 .cme-mark")


@dataclass
class Everybody:
    office: Person
    faculty: Person
    author: Author


@pytest.fixture
def everybody(browser: Browser, pictures: Path) -> Iterator[Everybody]:
    errors: list[str] = []

    def page(width: int, height: int) -> Page:
        made = browser.new_context(viewport={"width": width, "height": height}, locale="en-US").new_page()
        made.on("pageerror", lambda error: errors.append(str(error)))
        return made

    place = pictures / "desk"
    found = Everybody(
        Person(page(1280, 900), place / "office"),
        Person(page(320, 640), place / "faculty"),
        Author(page(1280, 900), place / "author"),
    )
    yield found
    assert errors == []
    for one in (found.office, found.faculty, found.author):
        one.page.context.close()
        assert one.found == []
        assert one.wide == []


def home(demo: Running) -> str:
    return re.match(r"http://[^/]+", demo.address("Learner"))[0]


def register(office: Person, demo: Running) -> None:
    """The office finds its desk from the console's own navigation, and puts somebody on the list."""
    office.page.goto(f"{home(demo)}/office/administrator/")
    office.press("Disclosures", role="link")
    expect(office.page.get_by_role("heading", level=1)).to_contain_text("Disclosures")
    office.look("empty list")
    office.fill("Name", NAME)
    office.fill("Credentials, such as MD", "MD")
    office.box("Send the invitation at once")
    office.press("Add")
    expect(office.mark()).to_have_text("Not asked yet")
    office.look("not asked")


def ask(office: Person) -> str:
    office.press("Make a link to pass on")
    return office.page.locator(".cme-desk-link").inner_text().strip()


def begin(faculty: Person, link: str) -> None:
    """A phone: the form is opened, begun, put away, and found again as it was left."""
    faculty.page.goto(link)
    faculty.look("form")
    faculty.option("none", "no")
    faculty.fill("Company", "Example Pharma")
    faculty.pick("What the relationship is", "Cons")
    faculty.fill("In your own words", "I advise on the design of trials.")
    expect(faculty.page.locator("[data-cme-kept]")).to_have_text("Kept on this form.", timeout=10_000)
    faculty.page.goto("about:blank")
    faculty.page.goto(link)
    expect(faculty.page.get_by_label("Company", exact=True)).to_have_value("Example Pharma")


def give(faculty: Person) -> str:
    """Mistakes are named and lead to their fields; a second company is added; the disclosure is given."""
    faculty.press("Give this disclosure")
    expect(faculty.page.locator("#cme-problem")).to_be_focused()
    faculty.look("mistakes")
    faculty.press("Say whether the relationship has ended.", role="link")
    faculty.option("ended.0", "no")
    faculty.press("Add another relationship")
    expect(faculty.page.locator('input[name="company.1"]')).to_be_focused()
    faculty.page.keyboard.insert_text("Second Devices")
    faculty.reach(faculty.page.locator('select[name="nature.1"]'))
    faculty.page.keyboard.type("Spea")
    faculty.option("ended.1", "yes")
    faculty.reach(faculty.page.locator('input[name="ended_on.1"]'))
    faculty.page.keyboard.type("09302026")
    faculty.look("two relationships")
    faculty.box("I confirm this")
    faculty.press("Give this disclosure")
    expect(faculty.page.locator(".cme-note-done")).to_contain_text("your disclosure was given")
    faculty.look("copy")
    return faculty.page.locator(".cme-note-done .cme-code").inner_text()


def decide(office: Person) -> None:
    """The office assigns the person, decides on both relationships, and writes the mitigation down."""
    office.page.reload()
    expect(office.mark()).to_have_text("Needs decision")
    office.look("given")
    office.pick("Published activity", "CDC")
    if not office.page.locator("#cme-published").input_value():
        office.page.keyboard.press("ArrowDown")
    office.box("Faculty")
    office.fill("Takes the role on", "2027-01-15")
    office.press("Assign")
    expect(office.page.locator(".cme-desk-relation")).to_have_count(2)
    office.look("assigned")
    relation = office.page.locator(".cme-desk-relation")
    for number, verdict in ((0, "relevant"), (1, "eligible")):
        one = relation.nth(number)
        office.reach(one.locator('input[name="verdict"]').first)
        office.page.keyboard.press("Space")
        while one.locator('input[name="verdict"]:checked').get_attribute("value") != verdict:
            office.page.keyboard.press("ArrowDown")
        office.reach(one.get_by_role("button", name="Write the decision down"))
        office.page.keyboard.press("Enter")
        expect(office.page.locator("[role=status]")).to_have_text("The decision is written down.")
    expect(office.mark()).to_have_text("Needs decision")
    office.pick("How it was mitigated", "Peer")
    office.fill("What was done, by whom", "Ben Example read the slides.")
    office.press("Write the mitigation down")
    expect(office.mark()).to_have_text("Mitigated")
    office.look("mitigated")


def look_at_people(author: Author, name: str) -> None:
    """The page is too long for one picture, so its section has one of its own."""
    author.look(name)
    if WANTS_PICTURES:
        section = author.page.locator('[data-cme-section="people"]')
        section.screenshot(path=str(author.pictures / f"{author.taken:02d}-{name}-people.png"))


def take(author: Author, demo: Running, number: str) -> None:
    """The author asks the desk, and takes the copy with its number."""
    editing(author.page, demo, "overview")
    author.go("people")
    box = author.page.locator("[data-cme-desk]")
    author.reach(box.locator("> summary"))
    author.page.keyboard.press("Enter")
    author.press("Ask the desk")
    expect(box.locator("[data-cme-preview-title]")).to_be_focused()
    look_at_people(author, "offered")
    author.press("Add who is ticked")
    evidence = author.page.locator('[name$=".disclosure_evidence"]')
    expect(evidence.last).to_have_value(number)
    look_at_people(author, "taken")
    author.save()


def renew(author: Author, demo: Running, number: str) -> None:
    """The author is told that there is a newer disclosure, and takes it in the place of the older one."""
    editing(author.page, demo, "overview")
    author.go("people")
    note = author.page.locator("[data-cme-desk-newer]")
    expect(note).to_contain_text("there is a newer disclosure")
    expect(note).to_contain_text(number)
    look_at_people(author, "newer")
    count = author.page.locator('[name$=".disclosure_evidence"]').count()
    ids = [one.input_value() for one in author.page.locator('[name^="people."][name$=".id"]').all()]
    author.reach(note.get_by_role("button"))
    author.page.keyboard.press("Enter")
    evidence = author.page.locator('[name$=".disclosure_evidence"]')
    expect(evidence.last).to_have_value(number)
    assert evidence.count() == count
    assert [one.input_value() for one in author.page.locator('[name^="people."][name$=".id"]').all()] == ids
    author.save()
    expect(note).to_be_empty()


def test_the_whole_way_from_the_invitation_to_the_newer_disclosure(demo: Running, everybody: Everybody) -> None:
    office, faculty, author = everybody.office, everybody.faculty, everybody.author
    enrol(demo.address("Learner"))
    register(office, demo)
    link = ask(office)
    begin(faculty, link)
    number = give(faculty)
    decide(office)
    take(author, demo, number)
    again = ask(office)
    assert again != link
    faculty.page.goto(again)
    faculty.option("none", "yes")
    expect(faculty.page.locator(".cme-desk-rows")).to_be_hidden()
    faculty.box("I confirm this")
    faculty.look("nothing to disclose")
    faculty.press("Give this disclosure")
    newer = faculty.page.locator(".cme-note-done .cme-code").inner_text()
    assert newer != number
    office.page.reload()
    expect(office.mark()).to_have_text("Given")
    office.look("newer")
    office.press(re.compile(r"^Disclosures: "), role="link", exact=False)  # type: ignore[arg-type]
    expect(office.page.get_by_role("table")).to_be_visible()
    office.look("list")
    renew(author, demo, newer)
    faculty.page.goto(link)
    expect(faculty.page.locator(".cme-note")).to_be_visible()


TABLE = """name,credentials,email,roles,disclosed_on,company,nature
Jo Importé,MD,jo@example.org,faculty,2025-02-03,Example Pharma,Employee
Kim Sample,RN,,reviewer,2025-10-03,Nothing to disclose,
Lee Undated,MD,,planner,,Nothing to disclose,
"""


def test_a_small_screen_for_the_office_and_arabic_for_the_faculty(
    demo: Running, everybody: Everybody, tmp_path: Path
) -> None:
    office, faculty = everybody.office, everybody.faculty
    office.page.set_viewport_size({"width": 320, "height": 640})
    office.pictures = office.pictures.parent / "office-small"
    register(office, demo)
    office.page.get_by_role("link", name=re.compile("^Disclosures: ")).click()
    office.press("Import last year's table", role="link")
    file = tmp_path / "last-year.csv"
    file.write_text(TABLE, encoding="utf-8")
    office.page.get_by_label("File", exact=True).set_input_files(file)
    office.look("import")
    office.press("Look at it")
    expect(office.page.get_by_role("heading", name="What the table holds")).to_be_visible()
    office.look("seen")
    office.press("Import it")
    expect(office.page.locator("[role=status]")).to_contain_text("marked as imported")
    office.look("list")
    office.press("Jo Importé", role="link")
    expect(office.mark()).to_have_text("Needs decision")
    office.look("imported")
    office.page.get_by_text("Correct name, address or language").click()
    office.page.locator("#cme-c-language").select_option("ar")
    office.press("Write it down")
    expect(office.page.locator("[role=status]")).to_contain_text("written down")
    faculty.page.goto(ask(office))
    assert faculty.page.locator("html").get_attribute("dir") == "rtl"
    faculty.look("arabic")


def test_a_form_without_scripts_works_to_the_end(demo: Running, browser: Browser, everybody: Everybody) -> None:
    office = everybody.office
    register(office, demo)
    link = ask(office)
    context: Any = browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    page = context.new_page()
    page.goto(link)
    page.get_by_label("I have had the relationships below").check()
    page.get_by_label("Company", exact=True).fill("Example Pharma")
    page.get_by_role("button", name="Save and go on later").click()
    expect(page.locator(".cme-note-done")).to_contain_text("Kept.")
    page.get_by_label("What the relationship is").select_option("speaker")
    page.get_by_label("No, it goes on").check()
    page.get_by_label("I confirm this").check()
    page.get_by_role("button", name="Give this disclosure").click()
    expect(page.locator(".cme-note-done")).to_contain_text("your disclosure was given")
    context.close()
