"""The author's form in a real browser: from an empty block to an activity that is ready to open, by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from cme_xblock.activity import canonical, olx
from tests.browser.writing import Author, editing
from tests.demo.test_run import Running

pytestmark = pytest.mark.browser


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
