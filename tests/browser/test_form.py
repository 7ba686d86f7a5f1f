"""The author's form in a real browser: members moved, mistakes, two authors, Studio's frame."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.writing import Author, editing
from tests.demo.test_run import Running

pytestmark = pytest.mark.browser


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


def unfold(hands: Author) -> None:
    hands.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_whole_form_open_is_accessible_and_fits(demo: Running, hands: Author, width: int) -> None:
    hands.page.set_viewport_size({"width": width, "height": 900})
    editing(hands.page, demo, "overview")
    unfold(hands)
    hands.contrast = width == 1280
    hands.look(f"open-{width}")


# No catalogue from right to left ships yet: the direction is set by hand, on the block too, which has one of its own.
MIRROR = "document.querySelectorAll('html, .cme-studio').forEach((one) => { one.dir = 'rtl'; })"


@pytest.mark.parametrize("width", [320, 1280])
def test_the_form_is_mirrored(demo: Running, hands: Author, width: int) -> None:
    hands.page.set_viewport_size({"width": width, "height": 900})
    editing(hands.page, demo, "overview")
    hands.page.evaluate(MIRROR)
    hands.go("people")
    hands.unfold("people.0")
    first, second = (hands.page.locator(".cme-jumps li").nth(place) for place in (0, 1))
    assert middle(first) > middle(second)
    box = hands.field("people.0.roles").locator(".cme-choice").first
    assert middle(box.locator("input")) > middle(box.locator("span"))
    member = hands.field("people.0")
    wide = member.evaluate("one => [getComputedStyle(one).borderRightWidth, getComputedStyle(one).borderLeftWidth]")
    assert wide == ["4px", "1px"], "the mark of a member stands at its beginning"
    for one in (hands.page.locator("[data-cme-olx]"), hands.field("people.0.name").locator("input")):
        assert one.evaluate("one => getComputedStyle(one).direction") == "ltr", "source and English stay as they are"
    hands.contrast = False
    hands.look(f"rtl-{width}")


def middle(one: Locator) -> float:
    box = one.bounding_box()
    return float(box["x"] + box["width"] / 2)


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
    # By key: a page in a frame may still be scrolling, and a click could land beside the button.
    frame.locator(".save-button").press("Enter")
    expect(frame.locator("[data-cme-state]")).to_have_text("Saved.", timeout=15_000)
    assert inside.evaluate("told")[2:] == ["save start", "save end"]
    frame.locator('[name="title"]').fill("Not to be kept")
    frame.locator(".cancel-button").press("Enter")
    leave = frame.get_by_role("button", name="Leave without saving")
    expect(leave).to_be_visible()
    assert len(inside.evaluate("told")) == 4
    leave.press("Enter")
    assert inside.evaluate("told")[4:] == ["save start", "save end"]


def test_cancel_without_a_save_is_a_cancel(demo: Running, hands: Author) -> None:
    hands.page.context.route(
        "**/studio-form.js", lambda route: route.fulfill(response=(got := route.fetch()), body=got.text() + LISTENING)
    )
    editing(hands.page, demo, "overview")
    hands.page.locator(".cancel-button").click()
    assert hands.page.evaluate("told") == ["cancel"]
