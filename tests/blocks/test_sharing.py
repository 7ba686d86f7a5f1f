"""What is sent to whom: permissions that stand, are taken back and given again, numbers added later, the last day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cme_xblock.records import answers, consents, keys
from cme_xblock.records.models import Delivery, Identifier, Participation
from tests.blocks import course, kept
from tests.blocks.clock import NOON, Clock
from tests.blocks.test_claim import AGREED, BOTH, accepted, described, faults, held
from tests.blocks.way import IDENTITY, Way, hidden

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def way(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Way:
    Clock(monkeypatch).at(NOON)  # approvals of the activity end some day
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    activity = described()
    course.install(activity)
    one = Way("ana", activity=activity)
    one.all_before_claim()
    return one


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
