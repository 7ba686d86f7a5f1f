"""Case 18: who only tests walks the whole way, and counts nowhere."""

from __future__ import annotations

import pytest
from django.test import Client

from cme_xblock.credit import certificate, remedies, staff, standing, transcript
from cme_xblock.credit.staff import Place
from cme_xblock.credit.standing import Standing
from cme_xblock.credit.transcript import Choice
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records import verify
from cme_xblock.records.models import Claim, Delivery, Participation
from tests.blocks import course, kept
from tests.blocks.way import Way
from tests.credit.corrected import WHO, again, clean, earned, live, now, refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _reported(settings) -> None:
    settings.CME_ENDPOINTS = kept.ENDPOINTS


def place(claim: Claim) -> Place:
    row = claim.participation
    return Place(row.course_key, row.activity_id, row.learner_id)


def test_case_18_a_test_account_is_told_and_its_credit_counts_nowhere(settings) -> None:
    settings.CME_TEST_ACCOUNTS = ["42"]
    course.install()
    assert "This is a test" in Way("42").show()
    assert "This is a test" not in Way("43").show()
    claim = earned("42")
    assert Participation.objects.get().is_test
    assert standing.of(claim) is Standing.TEST
    assert Delivery.objects.count() == 0
    assert transcript.of_learner("42", Choice()).lines == ()
    page = Client().get(f"/cme/verify/{certificate.number(claim)}/").content.decode()
    assert "proves no credit" in page
    assert "proves no credit" in Client().get(f"/cme/certificates/{claim.certificate_code}/").content.decode()
    assert "This is a test" in Way("42").show()
    clean()


def test_what_was_taken_for_a_test_is_none_after_all_and_its_credit_is_owed(settings) -> None:
    settings.CME_TEST_ACCOUNTS = ["42"]
    old = earned("42")
    result = remedies.mark_test(place(old), WHO, test=False, now=now())
    assert not isinstance(result, Refusal), result
    new = live("42")
    assert (standing.of(again(old)), standing.of(new)) == (Standing.SUPERSEDED, Standing.VALID)
    assert Delivery.objects.filter(claim=new).count() == 1
    assert isinstance(remedies.mark_test(place(old), WHO, test=False, now=now()), Refusal)
    clean()


def test_what_was_taken_for_credit_is_a_test_after_all_and_nobody_is_told_any_more() -> None:
    claim = earned("42")
    assert Delivery.objects.get().state in ("held", "ready")
    [(_, result)] = remedies.mark_test_account("42", WHO, test=True, now=now())
    assert not isinstance(result, Refusal), result
    assert Delivery.objects.get().state == "cancelled"
    assert standing.of(again(claim)) is Standing.TEST
    assert refused(staff.correct(again(claim), WHO, amount="0.5", now=now())) == "unchanged"
    clean()


def test_a_mark_without_its_entry_is_found() -> None:
    claim = earned("42")
    Participation.objects.mark(claim.participation_id, is_test=True)
    assert {one.code for one in verify.verify_all().findings} == {"test_mark"}
