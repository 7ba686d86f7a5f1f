"""The author's form in a real browser: from an empty block to an activity that is ready to open, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from cme_xblock.activity import canonical, olx
from cme_xblock.activity.model import Item
from tests.browser.writing import Author
from tests.demo.test_run import Running

pytestmark = pytest.mark.browser

GIFT = "\n\n".join(
    f"::q{number}:: A patient takes {number * 10} mg a day. Which next step follows the guideline? "
    "{=Look again within four weeks#The guideline asks for it. ~Stop today ~Double the dosage ~Do nothing}"
    for number in range(1, 11)
)
PEOPLE = "\n".join(
    [
        "name,credentials,roles,disclosed_on,role_started_on,company,nature,eligibility,relevance",
        *(f"Person {letter} Example,MD,faculty,2026-10-01,2026-10-20,,,," for letter in "ABCDEFGHIJK"),
    ]
)


@pytest.fixture
def hands(browser: Browser, pictures: Path, request: Any) -> Iterator[Author]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    author = Author(page, pictures / request.node.name.removeprefix("test_")[:40])
    yield author
    context.close()
    assert errors == []
    assert author.found == []
    assert author.wide == []


def editing(page: Page, demo: Running, slug: str) -> None:
    page.goto(f"{demo.address('Studio view')}{slug}/edit/")
    expect(page.locator("[data-cme-form]")).to_be_visible()


def need(hands: Author) -> None:
    hands.go("need")
    hands.type("title", "Opioids after surgery")
    hands.type("description", "How much to prescribe, and when to look again.")
    hands.type("medium", "Internet: text and questions")
    hands.type("technical_requirements", "A current browser.")
    hands.type("estimated_minutes", "60")
    hands.type("audience.description", "Surgeons and ward physicians")
    hands.check("audience.professions", "md", "do")
    hands.type("need.gap", "Patients leave with more tablets than they take.")
    hands.check("need.types", "competence")
    hands.check("need.designed_to_change", "competence")
    hands.type("need.format_rationale", "Short cases fit between operations.")
    hands.add("need.competencies")
    hands.type("need.competencies.0", "Patient care")
    hands.add("objectives")
    hands.type("objectives.0.text", "Choose the number of tablets for a common operation.")
    hands.type("content.minutes", "40")
    hands.add("content.sections")
    hands.type("content.sections.0", "cme_content@reading")
    hands.type("content_validated_on", "2026-10-30")
    hands.type("content_validated_by", "CME committee")


def credit(hands: Author) -> None:
    hands.go("credit")
    hands.type("provider.name", "University of Example School of Medicine")
    hands.type("provider.accme_provider_id", "0001234")
    hands.type("provider.contact_name", "CME office")
    hands.type("provider.contact_email", "cme@example.edu")
    hands.type("provider.privacy_url", "https://example.edu/privacy")
    for index, system in enumerate(("ama_pra_1", "participation")):
        hands.add("offerings")
        hands.pick(f"offerings.{index}.system", system)
        hands.type(f"offerings.{index}.amount", "1")
        hands.type(f"offerings.{index}.designated_on", "2026-10-15")
    hands.add("offerings.0.identifiers")
    hands.type("offerings.0.identifiers.0.name", "pars_activity_id")
    hands.type("offerings.0.identifiers.0.value", "202600099")


def people(hands: Author) -> None:
    hands.go("people")
    hands.add("people")
    hands.type("people.0.name", "Ann Lee")
    hands.type("people.0.credentials", "MD")
    hands.check("people.0.roles", "planner", "faculty")
    hands.type("people.0.role_started_on", "2026-10-10")
    hands.type("people.0.disclosed_on", "2026-10-01")
    hands.type("people.0.disclosure_evidence", "Form 12")
    hands.go("support")
    hands.pick("support.received", "no")


def item(hands: Author, path: str, stem: str, right: int) -> None:
    hands.type(f"{path}.stem", stem)
    for index, text in enumerate(("Five tablets", "Fifteen tablets", "Thirty tablets")):
        hands.add(f"{path}.options")
        hands.type(f"{path}.options.{index}.text", text)
        if index == right:
            hands.check(f"{path}.options.{index}.correct")
    hands.type(f"{path}.rationale", "Half of the patients take five or fewer.")
    hands.pick(f"{path}.objective", "choose-the-number-of")
    hands.check(f"{path}.references", "guideline-for")
    hands.type(f"{path}.pair_id", "tablets")


def assessment(hands: Author) -> None:
    hands.go("assessment")
    hands.add("references")
    hands.type("references.0.citation", "Guideline for opioids after surgery. 2024.")
    hands.type("references.0.url", "https://example.org/guideline")
    hands.go("assessment")
    hands.add("baseline.items")
    item(hands, "baseline.items.0", "How many tablets after a hernia repair?", 0)
    hands.add("assessment.items")
    item(hands, "assessment.items.0", "How many tablets after a gallbladder operation?", 0)
    hands.type("assessment.pass_mark", "100")
    hands.type("assessment.minutes", "10")
    hands.type("baseline.minutes", "10")


def claim_and_dates(hands: Author) -> None:
    hands.go("claim")
    hands.type("claim.completion_instructions", "Read the text, answer the question rightly, then claim.")
    hands.go("dates")
    hands.type("release", "2026-11-01")
    hands.type("last_review", "2026-11-01")
    hands.type("expiry", "2028-10-31")


def follow(hands: Author) -> None:
    """Every finding's link leads to a field, which has the focus then."""
    opened = hands.page.locator("[data-cme-findings] summary")
    hands.reach(opened)
    hands.page.keyboard.press("Enter")
    links = hands.page.locator("[data-cme-findings] [data-cme-at]:not([data-cme-at='']) [data-cme-find]")
    assert links.count()
    for index in range(links.count()):
        hands.reach(links.nth(index))
        hands.page.keyboard.press("Enter")
        assert hands.page.evaluate("document.activeElement.closest('[data-cme-sections]') !== null")


def test_a_new_author_gets_an_empty_block_ready_to_open_by_keyboard(demo: Running, hands: Author) -> None:
    editing(hands.page, demo, "new")
    hands.look("empty")
    assert hands.to_fix
    follow(hands)
    hands.look("findings-followed")
    for step in (need, credit, people, assessment, claim_and_dates):
        step(hands)
    hands.save()
    remaining = hands.page.locator("[data-cme-finding=block]").all_inner_texts()
    assert remaining == []
    assert hands.to_fix == 0
    hands.look("ready")
    hands.page.reload()
    expect(hands.field("title").locator("input")).to_have_value("Opioids after surgery")
    first = source_of(hands)
    described = olx.from_xml(first)
    assert described.activity_id == "opioids-after-surgery"
    assert described.baseline.items[0].pair_id == described.assessment.items[0].pair_id == "tablets"
    copy_into_second(demo, hands, first)
    assert canonical.sha256(olx.from_xml(source_of(hands))) == canonical.sha256(described)


def source_of(hands: Author) -> str:
    """What the page shows as source, after it was asked to."""
    hands.go("source")
    hands.page.keyboard.press("Enter")
    if not hands.page.locator("[data-cme-olx]").is_visible():
        hands.page.keyboard.press("Enter")
    hands.press("Show the form as source")
    expect(hands.page.locator("[data-cme-status]")).to_contain_text("The source of what is on this page")
    return hands.page.locator("[data-cme-olx]").input_value()


def copy_into_second(demo: Running, hands: Author, source: str) -> None:
    editing(hands.page, demo, "second")
    hands.go("source")
    area = hands.page.locator("[data-cme-olx]")
    hands.reach(area)
    area.fill(source)
    hands.press("Put this source into the form")
    expect(hands.page.locator("[data-cme-state]")).to_contain_text("Save to keep it")
    hands.save()
    hands.page.reload()


def test_members_are_moved_copied_removed_and_brought_back_by_keyboard(demo: Running, hands: Author) -> None:
    editing(hands.page, demo, "overview")

    def order() -> list[str]:
        return [one.input_value() for one in hands.page.locator('[name^="objectives."][name$=".id"]').all()]

    hands.go("need")
    assert order() == ["choose", "start", "follow", "risk"]
    for deed in ("Move down: Objective 1", "Move up: Objective 4"):
        hands.reach(hands.page.locator(f'[aria-label^="{deed}"]'))
        hands.page.keyboard.press("Enter")
    assert order() == ["start", "choose", "risk", "follow"]
    hands.reach(hands.page.locator('[aria-label^="Remove: Objective 2"]'))
    hands.page.keyboard.press("Enter")
    assert order() == ["start", "risk", "follow"]
    undo = hands.page.get_by_role("button", name="Undo: Objective 2")
    expect(undo).to_be_focused()
    hands.look("removed")
    hands.page.keyboard.press("Enter")
    assert order() == ["start", "choose", "risk", "follow"]
    hands.reach(hands.page.locator('[aria-label^="Duplicate: Objective 1"]'))
    hands.page.keyboard.press("Enter")
    assert len(order()) == 5
    assert len(set(order())) == 5
    hands.press("Cancel")
    expect(hands.page.get_by_text("There are changes that are not saved.")).to_be_focused()
    hands.look("leaving")
    hands.press("Go on editing")
    expect(hands.page.get_by_role("button", name="Cancel")).to_be_focused()


def test_what_cannot_be_read_is_told_at_its_field_and_nothing_is_lost(demo: Running, hands: Author) -> None:
    editing(hands.page, demo, "overview")
    hands.go("need")
    hands.type("estimated_minutes", "an hour")
    hands.type("medium", "Podcast")
    hands.press("Save")
    field = hands.field("estimated_minutes")
    expect(field.locator("input")).to_be_focused()
    expect(field.locator("input")).to_have_attribute("aria-invalid", "true")
    expect(field.locator(".cme-error")).to_contain_text("whole number")
    expect(hands.field("medium").locator("input")).to_have_value("Podcast")
    hands.look("mistake")


def test_rich_text_by_keyboard_is_sanitised_and_plain_text_stays_plain(demo: Running, hands: Author) -> None:
    editing(hands.page, demo, "second")
    hands.go("need")
    hands.type("description", "Read ")
    hands.page.keyboard.press("Tab")
    expect(hands.page.get_by_role("button", name="Bold")).to_be_focused()
    hands.look("toolbar")
    hands.page.keyboard.press("Enter")
    hands.page.keyboard.type("this")
    description = hands.field("description")
    expect(description.locator(".cme-editor b, .cme-editor strong")).to_have_text("this")
    hands.type("title", "Rich")
    hands.save()
    stored = description.locator("textarea").input_value()
    assert stored == "<p>Read <strong>this</strong></p>", stored


def test_two_authors_lose_nothing(demo: Running, hands: Author) -> None:
    editing(hands.page, demo, "second")
    other = hands.page.context.new_page()
    editing(other, demo, "second")
    other.fill('[name="medium"]', "Their medium")
    other.fill('[name="title"]', "Their title")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.locator("[data-cme-state]")).to_have_text("Saved.")
    other.close()
    hands.go("need")
    hands.type("title", "My title")
    hands.type("technical_requirements", "My browser")
    hands.press("Save")
    expect(hands.page.get_by_role("heading", name="Somebody else has saved this activity")).to_be_focused()
    hands.look("conflict")
    hands.press("Put these choices into the form")
    expect(hands.page.locator("[data-cme-state]")).to_contain_text("Both changes")
    values = {
        one: hands.page.locator(f'[name="{one}"]').input_value()
        for one in ("title", "medium", "technical_requirements")
    }
    assert values == {"title": "My title", "medium": "Their medium", "technical_requirements": "My browser"}
    hands.save()


def test_ten_questions_and_eleven_people_are_imported(demo: Running, hands: Author, tmp_path: Path) -> None:
    questions, table = tmp_path / "questions.gift", tmp_path / "people.csv"
    questions.write_text(GIFT, encoding="utf-8")
    table.write_text(PEOPLE, encoding="utf-8")
    editing(hands.page, demo, "second")
    before = counts(hands)
    hands.go("assessment")
    bring(hands, "items", questions)
    hands.look("questions-found")
    half = hands.page.locator("[data-cme-half]")
    hands.reach(half)
    hands.page.keyboard.type("both")
    hands.press("Add what is ticked")
    hands.go("people")
    bring(hands, "people", table)
    hands.look("people-found")
    hands.press("Add what is ticked")
    hands.save()
    hands.page.reload()
    after = counts(hands)
    assert [one - other for one, other in zip(after, before, strict=True)] == [10, 10, 11]
    described = olx.from_xml(hands.page.locator("[data-cme-olx]").input_value())
    names = [pairs(described.baseline.items)[-10:], pairs(described.assessment.items)[-10:]]
    assert names[0] == names[1]
    assert len(set(names[0])) == 10
    hands.go("assessment")
    hands.look("imported")


def pairs(items: tuple[Item, ...]) -> list[str]:
    return [one.pair_id for one in items]


def counts(hands: Author) -> list[int]:
    return [
        hands.page.locator(f'[data-cme-path="{path}"] > [data-cme-members] > [data-cme-member]').count()
        for path in ("baseline.items", "assessment.items", "people")
    ]


def bring(hands: Author, what: str, file: Path) -> None:
    box = hands.page.locator(f'[data-cme-import="{what}"]')
    hands.reach(box.locator("> summary"))
    hands.page.keyboard.press("Enter")
    # The browser's own window for files is beyond a page's keyboard.
    box.locator("[data-cme-file]").set_input_files(file)
    hands.reach(box.get_by_role("button", name="Read the file"))
    hands.page.keyboard.press("Enter")
    expect(box.locator("[data-cme-preview-title]")).to_be_focused()


def test_next_years_activity_is_made_in_the_form(demo: Running, hands: Author) -> None:
    editing(hands.page, demo, "overview")
    hands.go("dates")
    hands.reach(hands.page.locator("[data-cme-renew] > summary"))
    hands.page.keyboard.press("Enter")
    hands.reach(hands.page.locator("[data-cme-release]"))
    hands.page.keyboard.type("09012027")
    hands.press("Show next year's activity in the form")
    expect(hands.page.get_by_role("heading", name="Renewal: look at these again")).to_be_focused()
    expect(hands.field("activity_id").locator("input")).to_have_value("cdc-opioids-2027")
    hands.look("renewal")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_whole_form_open_is_accessible_and_fits(demo: Running, hands: Author, width: int) -> None:
    hands.page.set_viewport_size({"width": width, "height": 900})
    for slug in ("overview", "new"):
        editing(hands.page, demo, slug)
        hands.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        hands.look(f"open-{slug}-{width}")
    hands.page.evaluate("document.documentElement.dir = 'rtl'")
    hands.look(f"rtl-{width}")


LISTENING = """
;(() => {
  const begin = CmeStudio;
  window.CmeStudio = function (runtime, element, args) {
    window.told = [];
    runtime.notify = (name, data) => window.told.push(`${name} ${data.state || ""}`.trim());
    return begin(runtime, element, args);
  };
})();
"""
# What the authoring MFE gives the frame in which it opens an editor.
FRAME = """address => {
  document.body.innerHTML = `<iframe scrolling="no" style="inline-size:100%;block-size:8000px" src="${address}"
    sandbox="allow-forms allow-modals allow-popups allow-same-origin allow-scripts"></iframe>`;
}"""


def test_studio_is_told_in_its_own_words_from_its_sandboxed_frame(demo: Running, hands: Author) -> None:
    hands.page.context.route(
        "**/studio-form.js", lambda route: route.fulfill(response=(got := route.fetch()), body=got.text() + LISTENING)
    )
    hands.page.goto(demo.address("Studio view"))
    hands.page.evaluate(FRAME, f"{demo.address('Studio view')}second/edit/")
    frame = hands.page.frame_locator("iframe")
    inside = hands.page.frames[-1]
    frame.locator('[name="title"]').fill("")
    frame.locator('[name="estimated_minutes"]').fill("an hour")
    frame.locator(".save-button").click()
    expect(frame.locator("[data-cme-summary]")).to_be_visible()
    assert inside.evaluate("told") == ["save start", "error"]
    frame.locator('[name="estimated_minutes"]').fill("60")
    frame.locator(".save-button").click()
    expect(frame.locator("[data-cme-state]")).to_have_text("Saved.")
    assert inside.evaluate("told")[2:] == ["save start", "save end"]
    frame.locator('[name="title"]').fill("Not to be kept")
    frame.locator(".cancel-button").click()
    assert len(inside.evaluate("told")) == 4
    frame.get_by_role("button", name="Leave without saving").click()
    assert inside.evaluate("told")[4:] == ["save start", "save end"]


def test_cancel_without_a_save_is_a_cancel(demo: Running, hands: Author) -> None:
    hands.page.context.route(
        "**/studio-form.js", lambda route: route.fulfill(response=(got := route.fetch()), body=got.text() + LISTENING)
    )
    editing(hands.page, demo, "overview")
    hands.page.locator(".cancel-button").click()
    assert hands.page.evaluate("told") == ["cancel"]
