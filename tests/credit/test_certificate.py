"""A certificate says what the claim says, as a page and as a PDF, and goes on saying it when the claim is corrected."""

from __future__ import annotations

import dataclasses
import re

import pytest
from django.test import Client

from cme_xblock.credit import certificate, pdf, standing
from cme_xblock.credit.standing import Standing
from cme_xblock.records.models import Claim
from tests.credit import held
from tests.rules import sample

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def page(claim: Claim) -> str:
    answer = Client().get(f"/cme/certificates/{claim.certificate_code}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_carries_the_seven_facts_and_the_amount_claimed() -> None:
    text = page(held.claim(amount="0.25"))
    for fact in (
        "Ana Müller", "The University of Example", "Hand hygiene on the ward", "enduring material", "Internet (online)",
        "Nov. 21, 2026", '0.25 <em dir="ltr" lang="en">AMA PRA Category 1 Credits™</em>',
    ):  # fmt: skip
        assert fact in text


def test_the_date_is_that_of_completion_in_the_activitys_zone_and_never_of_the_claim() -> None:
    text = page(held.claim())
    assert "Nov. 21, 2026" in text
    assert "Nov. 22, 2026" not in text


def test_a_corrected_claim_is_superseded_and_its_certificate_says_so() -> None:
    old, new = held.correct(held.claim(amount="0.5"), amount="0.25")
    assert (standing.of(old), standing.of(new)) == (Standing.SUPERSEDED, Standing.VALID)
    assert f"certificate {certificate.number(new)} has taken its place" in page(old)
    assert "no longer counts" not in page(new)
    assert re.search(rf"Replaces certificate</dt>\s*<dd>{certificate.number(old)}", page(new))
    assert "Replaces certificate" not in page(old)
    assert old.certificate_code != new.certificate_code


def test_a_withdrawn_claim_is_void_and_its_certificate_says_so() -> None:
    gone = held.void(held.claim())
    assert standing.of(gone) is Standing.VOID
    assert "the claim was withdrawn" in page(gone)


def test_the_standing_of_many_claims_is_that_of_each() -> None:
    old, new = held.correct(held.claim(amount="0.5"), amount="0.25")
    gone = held.void(held.claim(learner="43"))
    every = standing.of_all([old, new, gone])
    assert every == {old.pk: Standing.SUPERSEDED, new.pk: Standing.VALID, gone.pk: Standing.VOID}
    assert standing.of_all([]) == {}


def test_the_number_does_not_open_the_certificate() -> None:
    claim = held.claim()
    number = certificate.number(claim)
    assert number in page(claim)
    assert claim.certificate_code not in re.sub(r'href="[^"]*"', "", page(claim))
    assert Client().get(f"/cme/certificates/{number}/").status_code == 404
    assert Client().get(f"/cme/certificates/{number}.pdf").status_code == 404


def test_case_10_after_a_change_of_name_neither_certificate_tells_of_the_other() -> None:
    """The number of the other one would open its verification, and with it the initials: an alias is for staff."""
    old, new = held.correct(held.claim(name="Ana Müller"), name="Bo Schmidt")
    assert "Ana Müller" in page(old)
    assert "Bo Schmidt" in page(new)
    for one, other in ((old, new), (new, old)):
        assert certificate.number(other) not in page(one)
        assert other.name_certified not in page(one)
        assert "Replaces certificate" not in page(one)
    assert "a corrected claim has taken its place" in page(old)
    assert (old.amount, old.system, old.completed_at) == (new.amount, new.system, new.completed_at)


def test_without_a_program_for_pdf_the_page_says_so_and_links_to_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_typst", lambda: None)
    pdf._press.cache_clear()
    claim = held.claim()
    text = page(claim)
    assert ".pdf" not in text
    assert "There is no PDF" in text
    assert Client().get(f"/cme/certificates/{claim.certificate_code}.pdf").status_code == 404


def test_the_page_is_for_its_reader_alone() -> None:
    answer = Client().get(f"/cme/certificates/{held.claim().certificate_code}/")
    assert answer["Cache-Control"] == "no-store, private"
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "no-referrer"


def test_the_providers_logo_and_text_are_on_the_page(settings, tmp_path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>')
    settings.CME_CERTIFICATES = {
        "The University of Example": {"logo": str(logo), "text": "Keep this for your board."},
        "*": {"text": "Somebody else's."},
    }
    text = page(held.claim())
    assert "Keep this for your board." in text
    assert "data:image/svg+xml;base64," in text
    assert "Somebody else" not in text


def test_a_text_that_names_a_supporter_is_left_out(settings) -> None:
    activity = sample.activity()
    company = activity.support.sources[0].company if activity.support.sources else "Acme Pharma"
    if not activity.support.sources:
        from cme_xblock.activity.model import SupportSource

        support = dataclasses.replace(activity.support, sources=(SupportSource(company=company),))
        activity = dataclasses.replace(activity, support=support)
    settings.CME_CERTIFICATES = {"*": {"text": f"With thanks to {company.upper()}."}}
    assert "With thanks" not in page(held.claim(activity=activity))
