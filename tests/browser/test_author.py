"""The author's form in a real browser: from an empty block to an activity that is ready to open, by keyboard alone.

Ten questions come from a package, eleven disclosures from a spreadsheet, and everything else is written where a finding
leads: the list of findings is the author's guide.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from cme_xblock.activity import canonical, olx
from tests.activity.importers import world
from tests.browser.writing import Author, editing
from tests.demo.test_run import Running

pytestmark = pytest.mark.browser

TODAY = date.today()  # noqa: DTZ011 - the demonstration goes by the same clock
QTI = (world.CASES / "qti21_single.xml").read_text(encoding="utf-8")


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


PEOPLE = "\n".join(
    [
        "name,credentials,profession,roles,disclosed_on,disclosure_evidence,role_started_on,company,nature",
        *(
            f'Person {letter} Example,MD,Physician (MD),"planner, faculty",{ago(60)},Form {letter},{ago(30)},,'
            for letter in "ABCDEFGHI"
        ),
        # Nobody has decided what her relationship means, and nobody has written down where his answer is kept.
        f"Jo Example,MD,md,faculty,{ago(60)},Form J,{ago(30)},Example Pharma,Consultant",
        f"Kim Example,RN,Registered nurse,reviewer,{ago(60)},,{ago(30)},Nothing to disclose,",
    ]
)

# What is written where a finding leads: a text, a choice, boxes, or members of a group with fields of their own.
Written = str | tuple[str, ...] | list[Mapping[str, str]] | Mapping[str, Any]
ANSWERS: Mapping[str, Written] = {
    "title": "Opioids after surgery",
    "activity_id": "opioids-after-surgery",
    "description": "How much to prescribe, and when to look again.",
    "medium": "Internet: text and questions",
    "technical_requirements": "A current browser.",
    "estimated_minutes": "120",
    "audience": {"description": "Surgeons and ward physicians", "professions": ("md", "do")},
    "need.gap": "Patients leave with more tablets than they take.",
    "need.types": ("competence",),
    "need.designed_to_change": ("competence",),
    "need.format_rationale": "Short cases fit between operations.",
    "need.competencies": [{"": "Patient care"}],
    "objectives": [{"text": "Choose the number of tablets for a common operation."}],
    "content.sections": [{"": "cme_content@reading"}],
    "provider.name": "University of Example School of Medicine",
    "provider.accme_provider_id": "0001234",
    "provider.contact_name": "CME office",
    "provider.contact_email": "cme@example.edu",
    "provider.privacy_url": "https://example.edu/privacy",
    "offerings": [
        {"system": "ama_pra_1", "amount": "2", "designated_on": ago(10)},
        {"system": "participation", "amount": "2", "designated_on": ago(10)},
    ],
    "offerings.0.identifiers": [{"name": "pars_activity_id", "value": "202600099"}],
    "support.received": "no",
    "references": [
        {"citation": "Guideline for opioids after surgery. 2024.", "url": "https://example.org/guideline"},
    ],
    "assessment.pass_mark": "70",
    "evaluation.items": [{"library": "objective_met"}, {"library": "change"}, {"library": "bias"}],
    "claim.completion_instructions": "Read the text, pass the test, then claim.",
    "release": ago(0),
    "last_review": ago(0),
    "expiry": (TODAY + timedelta(days=700)).isoformat(),
}
# The same for what there are several of, by the end of the path and without its number.
EACH: Mapping[str, Written] = {
    "disclosure_evidence": "Form K",
    "eligibility": "ineligible",
    "relevance": "not_relevant",
    "decided_on": ago(40),
    "objective": "choose-the-number-of",
    "references": ("guideline-for",),
    "rationale": "Half of the patients take five or fewer.",
}


@dataclass(frozen=True)
class Told:
    """One finding of the list."""

    code: str
    at: str
    severity: str


def told(hands: Author) -> list[Told]:
    rows = hands.page.locator("[data-cme-finding]:not([data-cme-finding=overridden])").evaluate_all(
        "all => all.map((one) => [one.dataset.cmeCode, one.dataset.cmeAt, one.dataset.cmeFinding])"
    )
    return [Told(*row) for row in rows]


def bring_both(hands: Author, folder: Path) -> None:
    questions, table = folder / "questions.zip", folder / "people.csv"
    with zipfile.ZipFile(questions, "w") as packed:
        for number in range(10):
            packed.writestr(f"item{number}.xml", QTI.replace('identifier="Item_1"', f'identifier="Item_{number}"'))
    table.write_text(PEOPLE, encoding="utf-8")
    hands.go("assessment")
    hands.bring("items", questions)
    hands.look("items-found")
    hands.choose_half("both")
    hands.press("Add what is ticked")
    hands.go("people")
    hands.bring("people", table)
    hands.look("people-found")
    hands.press("Add what is ticked")


def write(hands: Author, path: str, written: Written) -> None:
    """Fill in a field, whatever its kind."""
    field = hands.field(path)
    if isinstance(written, list):
        begin = field.locator(":scope > [data-cme-members] > [data-cme-member]").count()
        for index, member in enumerate(written, start=begin):
            hands.add(path)
            for key, value in member.items():
                write(hands, f"{path}.{index}.{key}".rstrip("."), value)
    elif isinstance(written, Mapping):
        for key, value in written.items():
            write(hands, f"{path}.{key}", value)
    elif isinstance(written, tuple):
        hands.check(path, *written)
    elif field.locator("select").count():
        hands.pick(path, written)
    else:
        hands.type(path, written)


def measure(hands: Author) -> None:
    """No item measures the objective: choose it in the items."""
    hands.go("assessment")
    for half in ("baseline", "assessment"):
        member = f"{half}.items.0"
        hands.unfold(member)
        hands.pick(f"{member}.objective", "choose-the-number-of")
        hands.check(f"{member}.references", "guideline-for")


def validate(hands: Author) -> None:
    write(hands, "content_validated_on", ago(20))
    write(hands, "content_validated_by", "CME committee")


BY_CODE: Mapping[str, Callable[[Author], None]] = {"objective_unmeasured": measure, "content_not_validated": validate}


def mend(hands: Author, one: Told) -> bool:
    """Do what a finding asks, at the field to which its link has led; False where this author does not know how."""
    where = hands.page.evaluate("document.activeElement.closest('[data-cme-path]')?.dataset.cmePath || ''")
    assert where == one.at or where.startswith(f"{one.at}."), f"{one}: the link leads to {where}"
    if one.code in BY_CODE:
        BY_CODE[one.code](hands)
        return True
    known = EACH.get(one.at.rsplit(".", 1)[-1]) if one.at.count(".") > 1 else None
    written = ANSWERS.get(one.at, known)
    members = hands.field(one.at).locator(":scope > [data-cme-members] > [data-cme-member]")
    if written is None or (isinstance(written, list) and members.count()):
        return False
    write(hands, one.at, written)
    return True


def follow(hands: Author) -> list[Told]:
    """From the first finding to the last, each by the way that the one before shows, then a new check; the unmended."""
    unmended = []
    for one in told(hands):
        if not mend(hands, one):
            unmended.append(one)
        hands.next()
    return unmended


def let_stand(hands: Author, one: Told) -> None:
    """A warning that the form's next section may have brought, and this author has nothing to write for."""
    button = hands.page.locator(f'[data-cme-code="{one.code}"][data-cme-at="{one.at}"] [data-cme-stand]')
    hands.reach(button)
    hands.page.keyboard.press("Enter")
    hands.page.keyboard.insert_text("Looked at in the committee.")


def mend_all(hands: Author) -> None:
    """Until a check finds nothing that must be fixed, nothing to check, and nothing that this author can mend."""
    hands.reach(hands.page.locator("[data-cme-findings] summary"))
    hands.page.keyboard.press("Enter")
    left: list[Told] = told(hands)
    for _ in range(5):
        hands.reach(hands.page.locator("[data-cme-find]").first)
        hands.page.keyboard.press("Enter")
        unmended = follow(hands)
        for one in [one for one in unmended if one.severity == "warn"]:
            let_stand(hands, one)
            hands.press("Check")
            overridden = f'[data-cme-finding=overridden][data-cme-code="{one.code}"][data-cme-at="{one.at}"]'
            expect(hands.page.locator(overridden)).to_have_count(1)
        left = [one for one in told(hands) if one not in unmended or one.severity != "audit"]
        if not left:
            return
    raise AssertionError(left)


def source_of(hands: Author) -> str:
    """What the page shows as source, after it was asked to."""
    hands.go("source")
    if not hands.page.locator("[data-cme-olx]").is_visible():
        hands.page.keyboard.press("Enter")
    hands.press("Show the form as source")
    expect(hands.page.locator("[data-cme-status]")).to_contain_text("The source of what is on this page")
    return hands.page.locator("[data-cme-olx]").input_value()


def copy_into_second(demo: Running, hands: Author, source: str) -> None:
    editing(hands.page, demo, "second")
    hands.go("source")
    hands.reach(hands.page.locator("[data-cme-olx]"))
    hands.page.keyboard.press("Control+a")
    hands.page.keyboard.insert_text(source)
    hands.press("Put this source into the form")
    expect(hands.page.locator("[data-cme-state]")).to_contain_text("Save to keep it")
    hands.save()
    hands.page.reload()


def stored_hash(hands: Author) -> str:
    """The hash of what the block holds, as the page was made from it."""
    return hands.page.locator("[data-cme-base]").get_attribute("data-cme-base")


def test_a_new_author_gets_an_empty_block_ready_to_open_by_keyboard(
    demo: Running, hands: Author, tmp_path: Path
) -> None:
    editing(hands.page, demo, "new")
    hands.look("empty")
    assert hands.to_fix
    bring_both(hands, tmp_path)
    hands.save()
    mend_all(hands)
    expect(hands.page.locator("[data-cme-count]")).to_contain_text("Ready to open")
    hands.save()
    hands.look("ready")
    hands.page.reload()
    expect(hands.field("title").locator("input")).to_have_value("Opioids after surgery")
    first, kept = source_of(hands), stored_hash(hands)
    described = olx.from_xml(first)
    assert canonical.sha256(described) == kept
    assert [len(described.baseline.items), len(described.assessment.items), len(described.people)] == [10, 10, 11]
    assert [(one.system, one.amount) for one in described.offerings] == [("ama_pra_1", 2), ("participation", 2)]
    copy_into_second(demo, hands, first)
    assert stored_hash(hands) == kept
    hands.look("copied")
