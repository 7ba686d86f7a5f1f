"""Seven people claim, each with the credit of their profession, in a real browser, and get the right certificate.

Each comes to the claim through the ledger, as by requests: test_way.py goes the way itself.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity
from tests.blocks import course, kept
from tests.blocks.clock import Clock
from tests.blocks.test_claim import described
from tests.blocks.way import Way
from tests.browser.keyboard import Keyboard
from tests.browser.test_right_to_left import MIRROR
from tests.rules.variant import put

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Paper:
    """One certificate: the amount that is claimed, what it awards, and what it states beside the accreditation."""

    amount: str
    awarded: str
    states: str
    heading: str = "Certificate of credit"


PEOPLE = {
    "md": {
        "ama_pra_1": Paper(
            "0.5",
            "0.5 AMA PRA Category 1 Credits™",
            "designates this enduring material for a maximum of 0.5 AMA PRA Category 1 Credits™. Physicians should "
            "claim only the credit commensurate with the extent of their participation in the activity.",
        ),
        "moc_abim": Paper(
            "0.25",
            "0.25 ABIM MOC points",
            "in the American Board of Internal Medicine (ABIM)'s Maintenance of Certification (MOC) program.",
        ),
    },
    "rn": {
        "ancc": Paper(
            "0.5",
            "0.5 ANCC contact hours",
            "nursing continuing professional development by the American Nurses Credentialing Center's Commission on "
            "Accreditation.",
        )
    },
    "pharmd": {
        "acpe_pharmacist": Paper(
            "0.25",
            "0.25 ACPE contact hours",
            "Accreditation Council for Pharmacy Education as a provider of continuing pharmacy education. This "
            "activity is designated for a maximum of 0.5 ACPE contact hours. UAN: 0798-0000-26-001-H01-P.",
            # CPE Monitor is a pharmacist's statement of credit (spec ).
            heading="Notice of participation",
        )
    },
    "pa": {
        "aapa_1": Paper(
            "0.5",
            "0.5 AAPA Category 1 CME credits",
            "authorized by the American Academy of PAs (AAPA) to award AAPA Category 1 CME credit for activities "
            "planned in accordance with AAPA CME Criteria. This activity is designated for 0.5 AAPA Category 1 CME "
            "credits.",
        )
    },
    "psychologist": {
        "apa": Paper(
            "1.0",
            "1.0 CE credit",
            "approved by the American Psychological Association to sponsor continuing education for psychologists.",
        )
    },
    "mbbs": {
        "eaccme_elearning": Paper(
            "0.5",
            "0.5 European CME credits (ECMEC®s)",
            "accredited by the European Accreditation Council for Continuing Medical Education (EACCME®) with 0.5 "
            "European CME credits (ECMEC®s). Each medical specialist should claim only those hours of credit",
        )
    },
    # What the activity was designated for may be said; it awards hours (spec ).
    "student": {
        "participation": Paper(
            "0.5", "0.5 hours of participation", "The University of Example", heading="Certificate of participation"
        )
    },
}
# What physicians are offered and leave here: each claims what counts where they practise.
LEFT = {"md": {"eaccme_elearning"}, "mbbs": {"ama_pra_1", "moc_abim"}}
OTHERS = [
    {"system": "ancc", "amount": "0.5"},
    {"system": "apa", "amount": "1"},
    {"system": "eaccme_elearning", "amount": "0.5"},
]


FITS = "document.documentElement.scrollWidth <= window.innerWidth"
NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)


def activity() -> Activity:
    """Credit for all seven. What the accreditors of the others would find is let stand: this is about the claim."""
    data = copy.deepcopy(canonical.to_data(described()))
    put(data, {f"offerings.{number}": one for number, one in enumerate(OTHERS, start=3)})
    return canonical.from_data(data)


@pytest.fixture(scope="module", autouse=True)
def _beside_the_loop() -> Iterator[None]:
    """Playwright has an event loop in this thread, where Django would refuse its database. Nothing of ours waits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def site(settings: Any, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the activity, to which a learner's name is added."""
    settings.ROOT_URLCONF = "tests.browser.served"
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    Clock(monkeypatch).at(NOW)
    return str(live_server.url)


@pytest.fixture
def window(browser: Browser, request: Any) -> Iterator[BrowserContext]:
    """A browser's window, of 320 px unless another width is asked for, in which no script may fail."""
    width = getattr(request, "param", 320)
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="en-US")
    errors: list[str] = []
    context.on("weberror", lambda one: errors.append(str(one.error)))
    context.on("console", lambda one: errors.append(one.text) if one.type == "error" and _ours(one) else None)
    yield context
    context.close()
    assert errors == []


def _ours(said: ConsoleMessage) -> bool:
    """A browser tells of each answer that is a refusal, and asks each site for an icon, which papers have none."""
    return not said.text.startswith("Failed to load resource")


def at_the_claim(as_whom: str) -> Way:
    made = activity()
    course.install(made)
    way = Way(as_whom, activity=made)
    way.all_before_claim()
    assert way.evaluation().status == 200
    return way


def choose(page: Page, as_whom: str) -> None:
    """Say as whom one claims."""
    box = page.locator(f"input[name=profession][value={as_whom}]")
    if not box.is_visible():
        page.locator("summary", has_text="Another profession").click()
    box.check()
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page.get_by_role("heading", name="Claim credit: how much")).to_be_focused()


def turn_to(page: Page, system: str, amount: str) -> None:
    """Turn to the amount by the button, and attest."""
    select = page.locator(f"select[name='amount:{system}']")
    expect(select).to_have_value("")
    more = page.locator("[data-cme-stepper]", has=select).locator("[data-cme-step='1']")
    for _ in range(select.locator("option").count()):
        if select.input_value() == amount:
            break
        more.click()
    expect(select).to_have_value(amount)
    page.locator(f"input[name='attested:{system}']").check()


@pytest.mark.parametrize("as_whom", PEOPLE)
def test_each_gets_the_certificate_of_their_profession(as_whom: str, site: str, window: BrowserContext) -> None:
    at_the_claim(as_whom)
    page = window.new_page()
    page.goto(f"{site}/ward/{as_whom}/")
    choose(page, as_whom)
    papers = PEOPLE[as_whom]
    offered = page.locator("select[name^='amount:']")
    wanted = papers.keys() | LEFT.get(as_whom, set())
    assert {one.get_attribute("name") for one in offered.all()} == {f"amount:{system}" for system in wanted}
    for system, paper in papers.items():
        turn_to(page, system, paper.amount)
    page.fill("input[name=name_certified]", f"Avery {as_whom}")
    page.get_by_role("button", name="Attest and claim").click()
    expect(page.get_by_role("heading", name="Your certificate")).to_be_focused()
    links = page.get_by_role("link", name="Open the certificate")
    addresses = [str(one.evaluate("one => one.href")) for one in links.all()]
    assert len(addresses) == len(papers)
    for address, paper in zip(addresses, papers.values(), strict=True):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text(paper.heading)
        expect(page.locator(".cme-cert-name")).to_have_text(f"Avery {as_whom}")
        expect(page.locator(".cme-cert-amount")).to_have_text(paper.awarded)
        text = page.locator("main").inner_text()
        assert paper.states in text
        assert page.evaluate(FITS)


TYPED = {"given_name": "Ana", "family_name": "Müller", "birth_month_day": "05/17", "npi": "1234567893"}


def first_claim(look: Callable[[str], None], page: Page) -> None:
    look("as-whom")
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page.locator("[data-cme-error=summary]:visible")).to_be_focused()
    look("as-whom-none-chosen")
    choose(page, "md")
    look("how-much")
    page.get_by_role("button", name="Attest and claim").click()
    expect(page.locator("[data-cme-error=summary]:visible")).to_be_focused()
    look("how-much-none-chosen")
    turn_to(page, "ama_pra_1", "0.5")
    expect(page.locator("[data-cme-error='amount:ama_pra_1']"), "it is chosen now").to_be_hidden()
    turn_to(page, "eaccme_elearning", "0.5")
    page.locator("input[name='consent:pars']").check()
    look("numbers")
    page.fill("input[name=name_certified]", "")
    for name, text in (TYPED | {"npi": "1234567890", "birth_month_day": "02/30"}).items():
        page.fill(f"input[name={name}]", text)
    page.get_by_role("button", name="Attest and claim").click()
    for name in ("npi", "birth_month_day", "name_certified"):
        expect(page.locator(f"input[name={name}]")).to_have_attribute("aria-invalid", "true")
        expect(page.locator(f"[data-cme-error={name}]")).to_be_visible()
    look("numbers-at-fault")
    summary = page.locator("form[data-cme-submit=claim] > [data-cme-error=summary]")
    expect(summary.get_by_role("button")).to_have_count(3)
    summary.get_by_role("button", name="This is not an NPI").click()
    expect(page.locator("input[name=npi]")).to_be_focused()
    page.fill("input[name=name_certified]", "Ana Müller")
    for name, text in TYPED.items():
        page.fill(f"input[name={name}]", text)
    page.locator("input[name=remember]").check()
    page.get_by_role("button", name="Attest and claim").click()
    expect(page.get_by_role("heading", name="Your certificate")).to_be_focused()
    look("claimed")


def second_claim(look: Callable[[str], None], page: Page) -> None:
    page.get_by_role("button", name="Claim further credit").click()
    choose(page, "md")
    turn_to(page, "moc_abim", "0.25")
    expect(page.locator("input[name='consent:pars']"), "what stands is not asked for again").to_have_count(0)
    expect(page.get_by_text("NPI: ends in 893")).to_be_visible()
    look("numbers-on-file")
    page.locator("summary", has_text="Change").click()
    look("numbers-on-file-changed")
    page.fill("input[name=npi]", "1")
    page.locator("summary", has_text="Change").click()
    page.get_by_role("button", name="Attest and claim").click()
    expect(page.locator("[data-cme-error=npi]"), "where it was closed").to_be_visible()
    page.fill("input[name=npi]", "")
    page.get_by_role("button", name="Attest and claim").click()
    expect(page.get_by_role("link", name="Open the certificate")).to_have_count(3)
    look("claimed-with-points")


@pytest.mark.parametrize(("window", "mirrored"), [(320, False), (1280, False), (320, True)], indirect=["window"])
def test_the_pages_of_the_claim_can_be_read_and_used(
    mirrored: bool, site: str, window: BrowserContext, pictures: Path
) -> None:
    at_the_claim("ana")
    page = window.new_page()
    width = page.viewport_size["width"]
    folder = pictures / f"claims-{width}{'-mirrored' if mirrored else ''}"
    hands = Keyboard(page, folder, contrast=width == 1280)

    def look(name: str) -> None:
        if mirrored:
            page.evaluate(MIRROR)
        hands.look(name)

    page.goto(f"{site}/ward/ana/")
    if mirrored:
        page.evaluate(MIRROR)
    first_claim(look, page)
    second_claim(look, page)
    page.get_by_role("button", name="What is sent to whom").click()
    expect(page.get_by_role("heading", name="What is sent to whom")).to_be_focused()
    look("sent-to-whom")
    page.get_by_role("button", name="Back to the certificate").click()
    page.get_by_role("button", name="Change this claim").first.click()
    expect(page.get_by_role("heading", name="Change a claim")).to_be_focused()
    look("change")
    at_the_claim("robin")
    page.goto(f"{site}/ward/robin/")
    page.get_by_role("button", name="Complete without credit").click()
    expect(page.get_by_text("you completed this activity without credit")).to_be_visible()
    look("without-credit")
    assert hands.found == []
    assert hands.wide == []
