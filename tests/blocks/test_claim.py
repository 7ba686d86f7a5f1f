"""The claim page and what it sends: several credits at once, what is asked for, and what stays when it is not given."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
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
from tests.blocks.clock import Clock
from tests.blocks.way import IDENTITY, Way, hidden
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
def way(settings: Any) -> Way:
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


def test_whatever_is_sent_beside_a_right_credit_nothing_of_it_is_claimed(way: Way) -> None:
    """Several credits are one statement, so one that is at fault leaves nothing behind; and none is a fault of ours."""
    right = {**way.claim_form(), "name_certified": "Ana Müller", "amount:ama_pra_1": "0.5", "attested:ama_pra_1": True}
    points = {"amount:moc_abim": "0.25", "attested:moc_abim": True}
    hostile = [
        {"attested:ama_pra_1": "true"},
        {"attested:ama_pra_1": 1},
        {**points, "attested:moc_abim": "on"},
        {**points, "amount:moc_abim": 0.25},
        {**points, "amount:moc_abim": ["0.25"]},
        {**points, "amount:moc_abim": {"amount": "0.25"}},
        {**points, "amount:moc_abim": True},
        {**points, "amount:moc_abim": "9" * 200_000},
        {**points, "amount:moc_abim": "0.5", "amount:ama_pra_1": "0.25"},
        {**points, "wording:moc_abim": right["wording:ama_pra_1"]},
        {**points, "wording:moc_abim": [right["wording:moc_abim"]]},
        {"amount:moc_nobody": "0.25", "attested:moc_nobody": True},
        {"amount:": "0.25", "attested:": True},
        {"amount: ama_pra_1": "0.25", "attested: ama_pra_1": True},
        {"amount:AMA_PRA_1": "0.25", "attested:AMA_PRA_1": True},
        {"amount:participation": "0.5", "attested:participation": True, "profession": "student,md"},
        {"profession": "md," * 5 + "md"},
        {"profession": {"md": True}},
        {"profession": [["md"]]},
        {f"amount:x{number}": "1" for number in range(5_000)},
        {"edition": "0" * 64},
        {"name_certified": "Ana \u202emoc"},
        {"name_certified": ["Ana"]},
    ]
    for body in hostile:
        answer = way.submit("claim", **{**right, **body})
        assert 400 <= answer.status < 500, (body, answer.text[:200])
        assert answer.data["error"]["message"]
        assert len(answer.text) < 50_000
    assert Claim.objects.count() == 0
    assert verify.verify_all().found == 0
    accepted(way.submit("claim", **right))


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


def test_who_claims_further_credit_is_not_asked_again_for_what_stands(way: Way) -> None:
    accepted(way.claim_all({"ama_pra_1": "0.5"}, **AGREED, **IDENTITY, name_certified="Ana M. Müller"))
    page = way.show(part="claim", view="amount", profession="md")
    assert 'data-cme-agreed="pars"' in page
    assert 'name="consent:pars"' not in page
    assert 'name="name_certified" value="Ana M. Müller"' in page
    accepted(way.claim_all({"moc_abim": "0.5"}, board_abim="AB-123456"))
    rows = Delivery.objects.filter(claim=held()["moc_abim"])
    assert not rows.filter(reason__in=("no_consent", "identity_incomplete")).exists()
    assert Identifier.objects.filter(kind="board_abim").exists(), "asked for, for it is sent"


def test_who_took_a_permission_back_is_asked_again(way: Way) -> None:
    accepted(way.claim_all({"ama_pra_1": "0.5"}, **AGREED, **IDENTITY))
    accepted(door(way, **{"consent:pars": False}))
    page = way.show(part="claim", view="amount", profession="md")
    assert 'name="consent:pars"' in page
    assert "data-cme-agreed" not in page


def test_case_19_what_is_missing_is_told_with_the_last_day(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    clock.at(datetime(2026, 6, 2, 3, 30, tzinfo=UTC))  # the first of June in New York
    other = Way("eve", activity=way.activity)
    other.all_before_claim()
    clock.at(datetime(2026, 6, 20, 12, 0, tzinfo=UTC))
    asked = other.show(part="claim", view="amount", profession=["md", "pharmd"])
    assert "To be reported by July 31, 2026 (ACPE" in asked
    assert "To be reported by Dec. 31, 2026 (ABIM MOC)." in asked
    assert "Can be claimed until July 31, 2026." in asked
    page = accepted(other.claim_all(BOTH))
    assert "To be reported by Dec. 31, 2026 (ABIM MOC)." in page
    assert page.count("To be reported by") == 1, "the AMA sets no day"
    clock.at(datetime(2027, 1, 2, 12, 0, tzinfo=UTC))
    assert "Had to be reported by Dec. 31, 2026" in other.show(part="certificate")


def door(way: Way, **body: Any) -> course.Answer:
    """The page of what is sent to whom, sent back with these answers."""
    page = way.show(part="certificate", view="sharing")
    return way.submit("certificate", **(hidden(page) | body))


def owed() -> tuple[str, str]:
    row = Delivery.objects.filter(operation="add").latest("pk")
    return row.state, row.reason


def test_case_19_what_was_missing_is_added_later_and_the_credit_is_sent(way: Way) -> None:
    accepted(way.claim_all({"ama_pra_1": "0.5"}))
    assert owed() == ("held", "no_consent")
    page = way.show(part="certificate")
    assert "What is sent to whom" in page
    accepted(door(way, **AGREED))
    assert owed() == ("held", "identity_incomplete")
    assert faults(door(way, **AGREED, npi="1234567890")) == {"npi"}
    accepted(door(way, **AGREED, **IDENTITY))
    assert owed()[1] not in ("no_consent", "identity_incomplete")
    assert "You agreed on" in way.show(part="certificate", view="sharing")


def test_a_permission_is_withdrawn_and_what_was_sent_is_to_be_deleted(way: Way) -> None:
    accepted(way.claim_all({"ama_pra_1": "0.5"}, **AGREED, **IDENTITY))
    row = Delivery.objects.get()
    Delivery.objects.filter(pk=row.pk).update(state="accepted")
    accepted(door(way, **{"consent:pars": False}))
    assert not consents.granted(Participation.objects.get(), "accme_transmission")
    assert Delivery.objects.filter(operation="delete").count() == 1
    accepted(door(way, **{"consent:pars": False}))
    assert Delivery.objects.filter(operation="delete").count() == 1


def test_agreeing_beside_a_further_credit_sends_what_was_taken_back_anew(way: Way) -> None:
    accepted(way.claim_all({"ama_pra_1": "0.5"}, **AGREED, **IDENTITY))
    Delivery.objects.update(state="accepted")
    accepted(door(way, **{"consent:pars": False}))
    accepted(way.claim_all({"moc_abim": "0.5"}, **AGREED))
    first = Delivery.objects.filter(claim=held()["ama_pra_1"]).order_by("pk")
    assert list(first.values_list("operation", "revision")) == [("add", 1), ("delete", 1), ("add", 2)]


def test_case_20_a_corrected_number_sends_what_was_refused_for_it_again(way: Way) -> None:
    accepted(way.claim_all({"ama_pra_1": "0.5"}, **AGREED, **IDENTITY))
    Delivery.objects.update(state="refused", reason="identity")
    assert "below, and it is sent again" in way.show(part="certificate")
    accepted(door(way, **AGREED, **IDENTITY))
    assert Delivery.objects.filter(operation="add").count() == 2, "the refused one stays as it was"
    assert set(Delivery.objects.values_list("revision", flat=True)) == {1, 2}


def test_what_is_remembered_is_forgotten_at_once(way: Way) -> None:
    accepted(way.claim_all({"ama_pra_1": "0.5"}, **AGREED, **IDENTITY, remember=True))
    assert answers.on_file(keys.learner_key("ana"), ["npi"])["npi"].end == "893"
    accepted(door(way, **AGREED, forget=True))
    assert Identifier.objects.count() == 0
    assert answers.on_file(keys.learner_key("ana"), ["npi"]) == {}


def test_who_holds_no_credit_has_nothing_to_share(way: Way) -> None:
    before = kept.rows()
    answer = way.submit("certificate", door="sharing", **AGREED, **IDENTITY)
    assert 400 <= answer.status < 500
    assert kept.rows() == before
