"""MOC points, REMS reports and the match, sent by the engine to a receiver that really listens."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cme_xblock.activity.model import Activity, Assessment, MocOffering
from cme_xblock.participation.entries import Entry
from cme_xblock.records import claims, consents, editions, ledger, vault
from cme_xblock.records.models import Claim, Delivery, Participation
from cme_xblock.reporting import exporting, facts, identity, outbox
from tests.reporting import world

pytestmark = pytest.mark.django_db

MATCH = {"namespaces": {"extension": world.EXTENSION}, "match": {"enabled": True}}
PLACE = f"{world.COURSE}/opioids"


def activity() -> Activity:
    one = world.activity()
    moc = (MocOffering("abim", Decimal("1.50"), None, ("medical_knowledge_and_practice_assessment",)),)
    return replace(
        one, offerings=(replace(one.offerings[0], moc=moc),), assessment=Assessment(pass_mark=Decimal("0.75"))
    )


def claimed(system: str, *, number: str = "000001", profession: str = "md", purpose: str = world.PURPOSE) -> Claim:
    """A claim in that system, of a learner with that board number."""
    edition = editions.record(world.COURSE, activity(), now=world.START)
    attested = replace(world.attestation(edition, profession), system=system)
    made: list[Claim] = []

    def effects(participation: Participation, entry: Entry) -> None:
        one = claims.create(
            participation, entry, attestation=attested, name_certified="Avery Sample", zone="America/Chicago"
        )
        consents.record(participation, purpose, text="I agree.", granted=True, now=world.START)
        parsed = identity.parse(world.PERSON)
        assert isinstance(parsed, identity.Identity)
        facts.keep_identity(participation.learner_key, parsed, now=world.START)
        if number:
            vault.store(participation.learner_key, "board_abim", number, now=world.START)
        outbox.owe(one, now=world.START)
        made.append(one)

    proposal = ledger.Proposal(attested.draft(claim=claims.new_uuid()), effects)
    ledger.append(world.COURSE, "opioids", "42", decide=lambda _: proposal, now=world.START)
    return made[0]


def test_cme_and_both_types_of_moc_arrive_each_once(far, connected, clock):
    claimed("ama_pra_1")
    claimed("moc_abim")
    world.run_until_settled(clock)
    assert world.states() == {"accepted": 3}
    assert set(far.held().values()) == {1}
    assert sorted(one.facts["certification"] for one in far.store.records()) == [
        "AMA PRA Category 1",
        "Medical Knowledge",
        "Practice Assessment",
    ]


def test_points_wait_for_the_boards_number(far, connected, clock):
    claim = claimed("moc_abim", number="")
    world.run(clock)
    first, second = Delivery.objects.order_by("pk")
    assert (first.state, first.reason) == ("held", "identity_incomplete")
    assert second.state != "accepted"
    vault.store(claim.participation.learner_key, "board_abim", "000001", now=clock())
    outbox.release_held(now=clock(), learner_key=claim.participation.learner_key)
    world.run_until_settled(clock)
    assert world.states() == {"accepted": 2}


def test_a_retracted_credit_is_deleted_and_the_question_about_it_is_understood(far, connected, clock):
    claim = claimed("ama_pra_1")
    world.run_until_settled(clock)
    outbox.retract(claim, now=clock())
    far.misbehave("store_then_drop")
    world.run_until_settled(clock)
    assert Delivery.objects.get(operation="delete").state == "accepted"
    assert far.held() == {}


def test_a_lost_deletion_is_sent_again(far, connected, clock):
    claim = claimed("ama_pra_1")
    world.run_until_settled(clock)
    outbox.retract(claim, now=clock())
    far.misbehave("drop_before_storing")
    world.run_until_settled(clock)
    assert Delivery.objects.get(operation="delete").state == "accepted"
    assert far.held() == {}


@pytest.mark.parametrize(
    ("family", "state", "reason"),
    [("Sample", "accepted", ""), ("Stranger", "refused", "identity"), ("Twin", "refused", "identity")],
)
def test_a_learner_is_asked_for_before_anything_is_sent(far, connected, clock, family, state, reason):
    connected(wire=MATCH)
    world.claim(person={**world.PERSON, "family_name": family})
    world.run_until_settled(clock)
    assert [(row.state, row.reason) for row in Delivery.objects.all()] == [(state, reason)]
    assert len(far.store.records()) == (1 if state == "accepted" else 0)
    assert far.arrivals("match") == [{"Sample": "matched", "Stranger": "not_matched", "Twin": "ambiguous"}[family]]


def test_nobody_is_asked_while_the_match_is_off(far, connected, clock):
    world.claim()
    world.run_until_settled(clock)
    assert far.arrivals("match") == []


@pytest.fixture
def rems(far: world.Far, settings: Any) -> None:
    options = {"rems": {PLACE: "https://example.org/rems-blueprint"}}
    settings.CME_ENDPOINTS = [world.endpoint(far.url, name="rems", kind="pars_rems", options=options)]


def test_a_rems_completion_arrives_without_anybodys_name(far, rems, clock):
    claimed("ama_pra_1", purpose="accme_rems")
    world.run_until_settled(clock)
    assert [(row.kind, row.state) for row in Delivery.objects.all()] == [("rems", "accepted")]
    (kept,) = far.store.records()
    assert (kept.facts["person"], kept.facts["certification"]) == ("Physician", "Opioid REMS")


def test_consent_for_credit_is_none_for_rems(far, rems, clock):
    claimed("ama_pra_1")
    world.run(clock)
    assert [(row.state, row.reason) for row in Delivery.objects.all()] == [("held", "no_consent")]
    assert far.store.records() == []


def export(path: Path, *more: str) -> str:
    out = io.StringIO()
    call_command(
        "cme_pars_file", "pars", str(path), "--by", "A. Manager", "--reason", "No credentials", *more, stdout=out
    )
    return out.getvalue()


def test_without_credentials_what_is_owed_can_be_uploaded_by_hand(far, connected, clock, tmp_path, caplog):
    connected(url="", user="", wire={})
    claimed("ama_pra_1")
    claimed("moc_abim")
    world.claim("7", consent=False)
    caplog.set_level("INFO")
    said = export(tmp_path / "learners.txt")
    assert "3 records" in said
    assert "Left out: 1 (no_consent)" in said
    lines = (tmp_path / "learners.txt").read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[8:12] for line in lines[1:]] == [["1.50", "ABIM", "000001", "1.50"]]
    assert (tmp_path / "learners.txt").stat().st_mode & 0o077 == 0
    assert "A. Manager exported 3 records of pars: No credentials" in caplog.text
    assert "3 records" in export(tmp_path / "learners.xlsx")
    assert set(world.states()) == {"held"}


def test_an_export_overwrites_nothing_and_names_what_it_wants(connected, tmp_path):
    (tmp_path / "there.txt").write_text("kept", encoding="utf-8")
    for path, words in [(tmp_path / "there.txt", "Give another name"), (tmp_path / "a.csv", "must end in")]:
        with pytest.raises(CommandError, match=words):
            export(path)
    assert (tmp_path / "there.txt").read_text(encoding="utf-8") == "kept"
    with pytest.raises(CommandError, match="no endpoint of the kind"):
        call_command("cme_pars_file", "nobody", str(tmp_path / "b.txt"), "--by", "A", "--reason", "B")


def test_an_export_reads_page_after_page(connected, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "_PAGE", 2)
    for number in range(5):
        world.claim(str(number))
    assert "5 records" in export(tmp_path / "five.txt")
