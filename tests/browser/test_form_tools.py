"""The author's form in a real browser: a member dragged, a link set, Word pasted, a warning let stand, files sorted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from cme_xblock.activity import olx
from tests.browser.writing import Author, editing
from tests.demo.test_run import Running

pytestmark = pytest.mark.browser

# What Word puts on the clipboard, shortened: its own namespaces, conditional comments, styles, fonts and marks.
WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word"><head>
<meta name=Generator content="Microsoft Word 15"><!--[if gte mso 9]><xml><o:OfficeDocumentSettings/></xml><![endif]-->
<style><!-- p.MsoNormal {mso-style-parent:""; font-family:Calibri} @page WordSection1 {size:8.5in 11.0in} --></style>
</head><body lang=EN-US style='tab-interval:.5in'><!--StartFragment-->
<p class=MsoNormal style='mso-margin-top-alt:auto'><b style='mso-bidi-font-weight:normal'><span
style='font-family:"Arial",sans-serif;color:red'>Prescribe</span></b> <span style='mso-spacerun:yes'></span>the
<i>fewest</i> tablets<o:p></o:p></p>
<p class=MsoListParagraph style='text-indent:-.25in;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol;mso-list:Ignore'>·<span style='font:7.0pt "Times"'>&nbsp;&nbsp;</span></span><![endif]>Look
<font face="Comic Sans MS" size=7>first</font></p>
<p class=MsoListParagraph style='text-indent:-.25in;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol;mso-list:Ignore'>·</span><![endif]>Then wait</p>
<p class=MsoNormal><a href="javascript:alert(1)">Bad</a> <a href="https://example.org/g" target=_blank>good</a>
<img src="file:///C:/x.png" onerror="alert(1)"></p><!--EndFragment--></body></html>"""
KEPT = (
    "<p><strong>Prescribe</strong> the <em>fewest</em> tablets</p><ul><li>Look first</li><li>Then wait</li></ul>"
    '<p>Bad <a href="https://example.org/g" rel="noopener noreferrer">good</a></p>'
)


def order(hands: Author) -> list[str]:
    return [one.input_value() for one in hands.page.locator('[name^="objectives."][name$=".id"]').all()]


def middle(one: Locator) -> tuple[float, float]:
    box = one.bounding_box()
    return float(box["x"] + box["width"] / 2), float(box["y"] + box["height"] / 2)


def test_a_member_is_dragged_to_its_place_by_pointer(demo: Running, hands: Author) -> None:
    editing(hands.page, demo, "overview")
    before = order(hands)
    members = hands.page.locator('[data-cme-path="objectives"] > [data-cme-members] > [data-cme-member]')
    handle = members.nth(2).locator("[data-cme-handle]")
    hands.page.set_viewport_size({"width": 1280, "height": 1600})
    members.nth(0).evaluate("one => one.scrollIntoView({ behavior: 'instant' })")
    hands.page.mouse.move(*middle(handle))
    hands.page.mouse.down()
    across, down = middle(members.nth(0))
    top = members.nth(0).bounding_box()["y"]
    hands.page.mouse.move(across, down, steps=4)
    hands.page.mouse.move(across, top + 4, steps=2)
    hands.page.mouse.up()
    assert order(hands) == [before[2], before[0], before[1], *before[3:]]
    expect(members.nth(0).locator("[data-cme-title]")).to_contain_text("Objective 1")
    expect(hands.page.locator("[data-cme-state]")).to_have_text("There are unsaved changes.")


def test_a_link_is_set_and_removed_by_keyboard(demo: Running, hands: Author) -> None:
    editing(hands.page, demo, "second")
    hands.go("need")
    hands.type("description", "The guideline")
    area = hands.field("description").locator("textarea")
    open_linker(hands)
    hands.page.keyboard.insert_text("example.org/guideline")
    hands.page.keyboard.press("Enter")
    expect(hands.page.locator(".cme-linker .cme-error")).to_contain_text("begins with https://")
    expect(hands.page.locator(".cme-linker input")).to_be_focused()
    hands.look("no-address")
    hands.page.keyboard.press("Control+a")
    hands.page.keyboard.insert_text("https://example.org/guideline")
    hands.page.keyboard.press("Enter")
    expect(hands.page.locator(".cme-editor:focus")).to_have_count(1)
    expect(area).to_have_value('<p><a href="https://example.org/guideline">The guideline</a></p>')
    open_linker(hands)
    expect(hands.page.locator(".cme-linker input")).to_have_value("https://example.org/guideline")
    hands.press("Remove the link")
    expect(area).to_have_value("<p>The guideline</p>")


def open_linker(hands: Author) -> None:
    """Select all of the editor, and go to the last button of its tools."""
    hands.page.keyboard.press("Control+a")
    hands.page.keyboard.press("Tab")
    button = hands.page.get_by_role("button", name="Link", exact=True)
    # The tools are one stop, which remembers the tool that was used last.
    if button.get_attribute("tabindex") != "0":
        hands.page.keyboard.press("ArrowLeft")
    expect(button).to_be_focused()
    hands.page.keyboard.press("Enter")
    expect(hands.page.locator(".cme-linker input")).to_be_focused()


def test_what_is_pasted_from_a_word_processor_is_made_plain(demo: Running, hands: Author) -> None:
    editing(hands.page, demo, "second")
    hands.page.evaluate(
        """html => document.addEventListener("copy", (event) => {
          event.clipboardData.setData("text/html", html);
          event.clipboardData.setData("text/plain", "plain");
          event.preventDefault();
        }, { once: true })""",
        WORD,
    )
    hands.page.keyboard.press("Control+c")
    hands.go("need")
    hands.type("title", "Pasted")
    hands.type("description", "")
    hands.page.keyboard.press("Control+v")
    description = hands.field("description")
    expect(description.locator(".cme-editor")).to_contain_text("Prescribe the fewest tablets")
    on_page = description.locator("textarea").input_value()
    assert not re.search(r"mso|style|class|font|<o:|<!|javascript|<img|<span", on_page, re.IGNORECASE), on_page
    hands.save()
    hands.page.reload()
    kept = olx.from_xml(hands.page.locator("[data-cme-olx]").input_value()).description
    assert re.sub(r"\s*(</?(?:p|ul|li)>)\s*", r"\1", " ".join(kept.split())) == KEPT


def test_a_warning_is_let_stand_with_its_reason(demo: Running, hands: Author) -> None:
    editing(hands.page, demo, "second")
    hands.go("need")
    hands.type("title", "Warned")
    hands.type("description", "")
    hands.press("Check")
    finding = hands.page.locator('[data-cme-code="description_missing"]')
    expect(finding).to_have_attribute("data-cme-finding", "warn")
    hands.reach(hands.page.locator("[data-cme-findings] summary"))
    hands.page.keyboard.press("Enter")
    hands.reach(finding.locator("[data-cme-stand]"))
    hands.page.keyboard.press("Enter")
    hands.page.keyboard.insert_text("The title says it all.")
    hands.look("reason")
    hands.save()
    expect(finding).to_have_attribute("data-cme-finding", "overridden")
    expect(finding).to_contain_text("Reason: The title says it all.")
    hands.page.reload()
    stored = olx.from_xml(hands.page.locator("[data-cme-olx]").input_value()).overrides
    assert [(one.code, one.where, one.reason) for one in stored][-1:] == [
        ("description_missing", "description", "The title says it all.")
    ]


def test_each_question_of_a_file_goes_where_its_author_says(demo: Running, hands: Author, tmp_path: Path) -> None:
    editing(hands.page, demo, "second")
    before = {half: items(hands, half) for half in ("baseline", "assessment")}
    file = tmp_path / "three.gift"
    file.write_text("".join(f"::q{n}:: Question {n}? {{=yes ~no}}\n\n" for n in (1, 2, 3)), encoding="utf-8")
    hands.go("assessment")
    hands.bring("items", file)
    for pick, half in enumerate(("baseline", "both")):
        select = hands.page.locator(f'[data-cme-half-of="{pick}"]')
        hands.reach(select)
        hands.page.keyboard.type("the b" if half == "baseline" else half)
        expect(select).to_have_value(half)
    hands.press("Add what is ticked")
    found = {half: items(hands, half)[len(before[half]) :] for half in before}
    assert found == {"baseline": ["Question 1?", "Question 2?"], "assessment": ["Question 2?", "Question 3?"]}


def items(hands: Author, half: str) -> list[str]:
    return hands.page.locator(f'[name^="{half}.items."][name$=".stem"]').evaluate_all(
        "all => all.map((one) => one.value.replace(/<[^>]*>/g, ''))"
    )
