"""The claim page and what it sends: several credits at once, what is asked for, and what stays when it is not given."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cme_xblock.activity.model import Activity
from cme_xblock.credit import certificate
from cme_xblock.records import answers, claims, consents, keys, verify
from cme_xblock.records.models import Claim, Delivery, EntryRow, Identifier, Participation
from tests.blocks import course, kept
from tests.blocks.clock import NOON, Clock
from tests.blocks.way import IDENTITY, Way
from tests.rules.variant import vary

pytestmark = pytest.mark.django_db(transaction=True)

MOST = 15
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
ABIM = {"board": "abim", "points": "0.5", "claim_by": "2028-01-15", "credit_types": ["medical_knowledge"]}
AGREED = {"consent:pars": True}
BOTH = {"ama_pra_1": "0.5", "moc_abim": "0.25"}


def described() -> Activity:
    """The sample with points for internists, and credit for physician associates and pharmacists."""
    uan = {"name": "uan", "value": "0798-0000-26-001-H01-P"}
    reviewers = {
        f"people.{number}": {
            "id": f"peer{number}",
            "name": f"Peer {number}",
            "disclosed_on": "2025-11-02",
            "disclosure_evidence": "form",
            "roles": ["reviewer"],
        }
        for number in (2, 3)
    }
    return vary(
        reviewers,
        {
            "offerings.0.moc": [ABIM],
            "offerings.1": {
                "system": "aapa_1",
                "amount": "0.5",
                "approval_expires": "2027-01-14",
                "designated_on": "2026-01-12",
            },
            "offerings.2": {
                "system": "acpe_pharmacist",
                "amount": "0.5",
                "activity_type": "knowledge",
                "identifiers": [uan],
            },
        },
    )


@pytest.fixture
def way(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Way:
    Clock(monkeypatch).at(NOON)  # approvals of the activity end some day
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    activity = described()
    course.install(activity)
    one = Way("ana", activity=activity)
    one.all_before_claim()
    return one


def held(student: str = "ana") -> dict[str, Claim]:
    key = keys.participation_key(course.COURSE, "hand-hygiene-2026", student)
    return {one.system: one for one in claims.live(key)}


def accepted(answer: course.Answer) -> str:
    assert answer.status == 200, answer.text
    return str(answer.data["html"])


def faults(answer: course.Answer) -> set[str]:
    assert answer.status == 400, answer.text
    return set(answer.data["error"]["fields"])


def test_case_12_several_credits_are_one_post_and_one_transaction(way: Way) -> None:
    page = accepted(way.claim_all(BOTH, **AGREED, **IDENTITY))
    found = held()
    assert {code: str(one.amount.normalize()) for code, one in found.items()} == {
        "ama_pra_1": "0.5",
        "moc_abim": "0.25",
    }
    assert page.count("/cme/certificates/") == 2
    assert {one.claim_id for one in Delivery.objects.all()} >= {found["ama_pra_1"].pk}
    assert consents.granted(Participation.objects.get(), "accme_transmission")
    assert verify.verify_all().found == 0


def test_a_claim_of_two_credits_with_everything_takes_at_most_fifteen_queries(way: Way) -> None:
    body = {**way.claim_form(), "name_certified": "Ana Müller", **AGREED, **IDENTITY, "remember": True}
    for system, amount in BOTH.items():
        body |= {f"amount:{system}": amount, f"attested:{system}": True}
    with CaptureQueriesContext(connection) as captured:
        accepted(way.submit("claim", **body))
    asked = [one["sql"] for one in captured.captured_queries if not one["sql"].startswith(CONTROL)]
    # What the workbench asks for a block's fields costs nothing in an LMS.
    ours = [one for one in asked if "workbench" not in one]
    assert len(ours) <= MOST, "\n".join(one[:150] for one in ours)


def test_case_01_nothing_is_chosen_and_nothing_is_filled_in(way: Way) -> None:
    page = way.show(part="claim", view="amount", profession="md")
    assert "selected" not in page
    assert "checked" not in page
    assert re.findall(r'<select [^>]*name="([^"]*)"[^>]*><option value="">', page) == [
        "amount:ama_pra_1",
        "amount:moc_abim",
    ]
    assert faults(way.submit("claim", **way.claim_form(), name_certified="Ana")) == {"amount:ama_pra_1"}
    half = way.claim_all({"ama_pra_1": "0.25"})
    accepted(half)
    assert str(held()["ama_pra_1"].amount.normalize()) == "0.25"


def test_case_12_every_fault_is_named_and_nothing_is_written(way: Way) -> None:
    before = kept.rows()
    answer = way.submit(
        "claim",
        **way.claim_form(),
        **{"amount:ama_pra_1": "0.3", "amount:moc_abim": "0.5", "attested:ama_pra_1": True, **AGREED},
        npi="1234567890",
        birth_month_day="2/30",
        name_certified="",
    )
    assert faults(answer) == {
        "amount:ama_pra_1",
        "amount:moc_abim",
        "attested:moc_abim",
        "name_certified",
        "npi",
        "birth_month_day",
    }
    assert kept.rows() == before


def test_case_13_a_physician_associate_who_is_a_pharmacist_claims_both(way: Way) -> None:
    form = way.show(part="claim", view="amount", profession=["pa", "pharmd"])
    assert 'name="amount:aapa_1"' in form
    assert 'name="amount:acpe_pharmacist"' in form
    accepted(way.claim_all({"aapa_1": "0.5", "acpe_pharmacist": "0.25"}, profession="pa,pharmd"))
    assert {code: one.profession for code, one in held().items()} == {"aapa_1": "pa", "acpe_pharmacist": "pharmd"}


@pytest.mark.parametrize(
    ("as_whom", "heading"), [("student", "participation"), ("rn", "participation"), ("md", "credit")]
)
def test_case_14_and_15_who_is_no_physician_gets_a_certificate_of_participation(
    way: Way, as_whom: str, heading: str
) -> None:
    accepted(way.claim("0.5", profession=as_whom))
    [claim] = held().values()
    page = Client().get(f"/cme/certificates/{claim.certificate_code}/").content.decode()
    assert f"<h1>Certificate of {heading}</h1>" in page
    awarded = re.search(r'class="cme-cert-amount">(.*?)</p>', page, re.DOTALL)
    assert awarded is not None
    assert ("AMA PRA" in awarded[1]) is (as_whom == "md")


def test_case_14_a_resident_is_a_physician(way: Way) -> None:
    accepted(way.claim("0.5", profession="do"))
    assert set(held()) == {"ama_pra_1"}


def test_case_15_a_nurse_where_only_a_physicians_credit_is_offered_gets_hours(way: Way) -> None:
    accepted(way.claim("0.5", profession="rn"))
    assert set(held()) == {"participation"}
    assert "AMA PRA" not in held()["participation"].statement


def test_case_19_missing_numbers_never_stop_the_credit_and_the_learner_is_told(way: Way) -> None:
    page = accepted(way.claim_all({"ama_pra_1": "0.5"}, **AGREED))
    assert set(held()) == {"ama_pra_1"}
    row = Delivery.objects.get(claim=held()["ama_pra_1"])
    assert (row.state, row.reason) == ("held", "identity_incomplete")
    assert "Not sent yet" in page


def test_case_03_the_same_credit_is_claimed_once_and_another_one_later(way: Way) -> None:
    accepted(way.claim_all({"ama_pra_1": "0.5"}))
    again = way.submit(
        "claim",
        edition=way.claim_form()["edition"],
        profession="md",
        **{"amount:ama_pra_1": "0.25"},
        name_certified="A",
    )
    assert again.status == 409
    assert "already" in again.data["error"]["message"]
    accepted(way.claim_all({"moc_abim": "0.5"}))
    assert set(held()) == {"ama_pra_1", "moc_abim"}


def test_case_11_names_stay_as_they_are_written(way: Way) -> None:
    for number, name in enumerate(("Björk", "José Ñúñez-Østergård", "نور", "李雷", "Dr. Ana Müller, Jr.")):
        other = Way(f"learner-{number}", activity=way.activity)
        other.all_before_claim()
        accepted(other.claim("0.5", name_certified=name))
        assert held(f"learner-{number}")["ama_pra_1"].name_certified == name


def test_case_31_the_same_post_twice_is_one_claim(way: Way) -> None:
    body = {**way.claim_form(), "name_certified": "Ana", "amount:ama_pra_1": "0.5", "attested:ama_pra_1": True}
    assert [way.submit("claim", **body).status for _ in range(2)] == [200, 409]
    assert Claim.objects.count() == 1


def test_case_32_complete_without_credit_and_claim_later(way: Way) -> None:
    accepted(way.submit("claim", without="yes"))
    assert "you completed this activity without credit" in way.show(part="claim")
    assert Claim.objects.count() == 0
    assert EntryRow.objects.filter(kind="completed_without_credit").count() == 1
    assert way.submit("claim", without="yes").status == 409
    accepted(way.claim_all({"ama_pra_1": "0.5"}))
    assert set(held()) == {"ama_pra_1"}


def test_numbers_are_kept_for_the_next_claim_only_by_agreement_and_never_shown(way: Way) -> None:
    typed = {**IDENTITY, "board_abim": "AB-123456"}
    accepted(way.claim_all({"ama_pra_1": "0.5"}, **AGREED, **typed))
    learner = keys.learner_key("ana")
    assert answers.on_file(learner, ["npi"]) == {}
    page = way.show(part="claim", view="amount", profession="md")
    assert "On file" not in page
    accepted(way.claim_all({"moc_abim": "0.5"}, **typed, remember=True))
    if Identifier.objects.filter(kind="board_abim").exists():
        assert answers.on_file(learner, ["npi", "birth_month_day"])["npi"].end == "893"
    for number in ("1234567893", "02-29", "AB-123456"):
        assert number not in way.show(part="claim", view="amount", profession="md")


def test_what_is_on_file_is_named_by_its_end_and_used_where_nothing_is_typed(way: Way) -> None:
    person = Participation.objects.get()
    answers.store(person.learner_key, {"npi": "1234567893", "given_name": "Ana"}, now=EntryRow.objects.last().at)
    said = answers.Said(consents.REMEMBER, "Keep them.", granted=True)
    answers.permit(person, [said], now=EntryRow.objects.last().at)
    page = way.show(part="claim", view="amount", profession="md")
    assert "NPI: ends in 893" in page
    assert "First name, as on your licence: on file" in page
    assert "1234567893" not in page
    rest = {"family_name": "Müller", "birth_month_day": "02/29"}
    accepted(way.claim_all({"ama_pra_1": "0.5"}, **AGREED, **rest))
    assert Delivery.objects.get().reason != "identity_incomplete"


def test_a_box_left_empty_beside_a_further_credit_takes_back_no_permission(way: Way) -> None:
    accepted(way.claim_all({"ama_pra_1": "0.5"}, **AGREED, **IDENTITY))
    accepted(way.claim_all({"moc_abim": "0.5"}))
    assert consents.granted(Participation.objects.get(), "accme_transmission")
    assert not Delivery.objects.filter(reason="no_consent").exists()


def test_the_name_is_shown_to_who_verifies_only_by_choice(way: Way) -> None:
    accepted(way.claim_all({"ama_pra_1": "0.5"}))
    accepted(way.claim_all({"moc_abim": "0.5"}, show_name=True))
    for system, shown in (("ama_pra_1", False), ("moc_abim", True)):
        page = Client().get(f"/cme/verify/{certificate.number(held()[system])}/").content.decode()
        assert ("Ana Müller" in page) is shown, system
        # What the page says of the name is so.
        assert ("full name is on the certificate only" in page) is not shown, system
        assert ("Initials of the name" in page) is not shown, system


def test_a_certificate_of_points_has_the_boards_statement_and_the_credit_it_goes_with(way: Way) -> None:
    accepted(way.claim_all(BOTH))
    page = Client().get(f"/cme/certificates/{held()['moc_abim'].certificate_code}/").content.decode()
    assert "0.25 ABIM MOC points" in page
    assert "American Board of Internal Medicine (ABIM)&#x27;s Maintenance of Certification" in page
    assert "designates this enduring material" in page
    overview = way.show(part="overview")
    assert "medical knowledge MOC points" in overview, "mandatory on materials (spec R-4.4)"


def test_no_identifier_is_in_an_entry_or_a_delivery(way: Way) -> None:
    accepted(way.claim_all(BOTH, **AGREED, **IDENTITY))
    written = json.dumps([list(EntryRow.objects.values()), list(Delivery.objects.values())], default=str)
    for value in ("1234567893", "02-29", "02/29"):
        assert value not in written
