"""Records are deleted when their time is over, not a day earlier, not under a hold, and never without a certificate."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models

from cme_xblock.host import retirement
from cme_xblock.records import audit_files, certificates, deletion, deletion_order, holds, keys, verify
from cme_xblock.records.models import (
    Claim,
    DeletedChain,
    DeletionCertificate,
    Delivery,
    EntryRow,
    ImmutableError,
    LegalHoldSubject,
    Participant,
    ParticipantFacet,
    Participation,
)
from tests.conftest import NOW
from tests.evidence import sample
from tests.records import dump, old, samples

pytestmark = [pytest.mark.database, pytest.mark.django_db]

EARLIER = old.OVER - timedelta(days=3)
KEYS = [{"id": "t-1", "private_key": "dGVzdHMgb25seTogdGhlIHByb3ZpZGVyJ3Mga2V5ISE"}]


@pytest.fixture(autouse=True)
def _keys(settings: Any) -> None:
    settings.CME_EVIDENCE_KEYS = KEYS


def run(now: datetime = old.OVER, *, dry_run: bool = False) -> deletion.Report:
    return deletion.run(now=now, dry_run=dry_run)


def test_what_is_over_goes_with_all_that_is_its_own_and_leaves_a_certificate():
    one = old.participation()
    old.corrected(one)
    other = old.participation("43", activity="another")
    before = {model: samples.count(model) for model in deletion_order.ORDER}
    report = run()
    assert report.deleted == 2
    assert report.certificates == 2
    assert {model.__name__ for model in deletion_order.ORDER if samples.count(model)} == set()
    assert sum(report.rows.values()) == sum(before.values())
    certificate = DeletionCertificate.objects.get(seq=1)
    facts = json.loads(certificate.facts)
    assert facts["counts"]["claim"] == 2
    assert facts["counts"]["entryrow"] == 4
    assert facts["last_day"] == "2032-11-22"
    assert certificates.explained([one.uuid, other.uuid, "nobody"]) == {one.uuid, other.uuid}
    assert verify.verify_all().findings == []


def test_nothing_of_a_person_is_left_in_the_database():
    one = old.participation("learner-4711")
    claim = Claim.objects.get()
    secrets = {"learner-4711", "Ana Müller", one.uuid, one.key, one.learner_key, claim.uuid, claim.certificate_code}
    assert {value for value, _ in dump.where(secrets, dump.tables())} == secrets
    run()
    # The hash of the random number is what an anchor asks the certificate for.
    left = {name: text for name, text in dump.tables().items() if name != "cme_xblock_deletedchain"}
    assert dump.where(secrets, left) == set()


@pytest.mark.parametrize("at", [NOW, NOW + timedelta(days=365), EARLIER, datetime.fromisoformat("2032-11-23T11:59Z")])
def test_not_a_day_earlier(at: datetime):
    one = old.participation()
    assert run(at).deleted == 0
    with pytest.raises(deletion.TooEarly, match="1 young"):
        deletion.delete([one.pk], now=at)
    assert samples.count(Participation) == 1
    assert samples.count(DeletionCertificate) == 0


def test_a_correction_begins_the_six_years_anew():
    one = old.participation()
    old.corrected(one, at=NOW + timedelta(days=30))
    assert run().deleted == 0
    assert run(old.OVER + timedelta(days=31)).deleted == 1


def test_a_longer_term_of_the_site_is_kept(settings: Any):
    settings.CME_RETAIN_YEARS = 10
    old.participation()
    assert run().looked == 0
    assert run(old.OVER.replace(year=2036)).deleted == 1


def test_without_credit_it_is_kept_as_long():
    samples.append(samples.acknowledgement(samples.record()))
    assert run(EARLIER).deleted == 0
    assert run().deleted == 1


def test_what_is_owed_stays():
    old.participation()
    Delivery.objects.update(state="unknown")
    assert run().owed == 1
    assert samples.count(Participation) == 1


def test_a_damaged_record_stays_for_a_person_to_look_at():
    old.participation()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cme_xblock_entryrow SET payload = '{}' WHERE seq = 1")
    assert run().damaged == 1
    assert samples.count(EntryRow) == 3


@pytest.mark.parametrize("scope", ["activity", "provider", "learner"])
def test_a_hold_keeps_everything_of_its_subject_until_it_is_lifted(scope: str):
    one = old.participation()
    other = old.participation("43", activity="another")
    key = {
        "activity": one.activity_key,
        "learner": one.learner_key,
        "provider": keys.provider_key("Example  university"),
    }
    if scope == "provider":
        _provided(one, other)
        one, other = Participation.objects.order_by("pk")[2:]
    hold = holds.place(scope, key[scope], name="x", by="7", reason="case 12", now=NOW)
    report = run()
    assert report.held == 1
    assert Participation.objects.filter(pk=one.pk).exists()
    assert not Participation.objects.filter(pk=other.pk).exists()
    with pytest.raises(deletion.TooEarly, match="1 held"):
        deletion.delete([one.pk], now=old.OVER)
    assert holds.lift(hold.uuid, by="8", reason="closed", now=old.OVER)
    assert not holds.lift(hold.uuid, by="8", reason="again", now=old.OVER)
    assert run().deleted == 1


def _provided(*_: Participation) -> None:
    """Two more learners, the first in an activity of Example University."""
    from dataclasses import replace

    from cme_xblock.activity.model import Provider
    from cme_xblock.records import editions

    for number, name in (("one", "Example University"), ("two", "Another")):
        activity = replace(samples.activity(activity_id=number), provider=Provider(name=name))
        edition = editions.record(samples.COURSE, activity, now=NOW)
        samples.append(samples.acknowledgement(edition), (samples.COURSE, number, "9"))


def test_a_hold_says_who_and_why():
    for by, reason in (("", "why"), ("7", " "), ("7", "x" * 501)):
        with pytest.raises(ValueError, match="who and why"):
            holds.place("activity", "k", name="", by=by, reason=reason, now=NOW)
    with pytest.raises(ValueError, match="an activity, a provider or a learner"):
        holds.place("course", "k", name="", by="7", reason="r", now=NOW)


def test_a_hold_on_a_learner_outlives_their_account():
    one = old.participation()
    holds.place("learner", one.learner_key, name="Ana Müller", by="7", reason="case 12", now=NOW)
    retirement.retire(samples.LEARNER, now=NOW, dry_run=False)
    assert one.learner_key not in set(LegalHoldSubject.objects.values_list("key", flat=True))
    assert "Ana" not in dump.tables()["cme_xblock_legalhold"]
    assert run().held == 1


def test_a_sealed_record_goes_when_its_time_is_over():
    old.participation()
    retirement.retire(samples.LEARNER, now=NOW, dry_run=False)
    assert run().deleted == 1


def test_the_records_themselves_still_refuse():
    old.participation()
    for model in (EntryRow, Claim, Participation, DeletionCertificate, DeletedChain):
        with pytest.raises(ImmutableError):
            model.objects.all().delete()


def test_every_table_that_points_to_a_participation_is_deleted_with_it():
    """A new table that is forgotten here would stop the purge, or lose its rows without being counted."""
    named = set(deletion_order.ORDER)
    for model in apps.get_app_config("cme_xblock").get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.related_model in named:
                assert model in named, f"{model.__name__}.{field.name} must be in deletion_order"


def test_the_consoles_counts_follow():
    one = old.participation()
    common = {"activity_key": one.activity_key, "facet": "f", "state": "s", "delivery": "d"}
    Participant.objects.create(
        participation=one, **common, seen_seq=1, systems="", by_name="z", by_family="z", moved_at=NOW
    )
    ParticipantFacet.objects.create(**common, people=5)
    run()
    assert ParticipantFacet.objects.get().people == 4


def test_audit_files_and_exports_with_these_learners_go_too():
    one = old.participation()
    file = audit_files.ask(one.activity_key, by="7", reason="r", now=old.OVER)
    taken = audit_files.take(now=old.OVER, uuid=file.uuid)
    audit_files.finish(taken, io.BytesIO(b"PK"), missing=0, now=old.OVER)
    run()
    assert list(audit_files.read(file)) == []


def test_a_dry_run_counts_and_deletes_nothing():
    old.participation()
    assert run(dry_run=True).deleted == 1
    assert samples.count(Participation) == 1


def test_the_command_says_what_stays_and_why():
    old.participation()
    out = io.StringIO()
    call_command("cme_purge", stdout=out)
    assert "0 deleted" in out.getvalue()
    assert samples.count(Participation) == 1


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        ("UPDATE cme_xblock_deletioncertificate SET facts = '{}' WHERE seq = 1", "deletion_changed"),
        ("UPDATE cme_xblock_deletioncertificate SET prev = hash WHERE seq = 2", "deletion_chain"),
        ("UPDATE cme_xblock_deletioncertificate SET signature = '' WHERE seq = 1", "deletion_signature"),
        ("UPDATE cme_xblock_deletedchain SET head_seq = 9", "deletion_chains"),
        ("DELETE FROM cme_xblock_deletedchain", "deletion_chains"),
    ],
)
def test_a_changed_certificate_is_found(attack: str, code: str):
    old.participation()
    old.participation("43", activity="another")
    run()
    with connection.cursor() as cursor:
        cursor.execute(attack)
    assert code in {one.code for one in verify.verify_all().findings}


def test_a_certificate_that_another_key_signed_is_found(settings: Any):
    settings.CME_EVIDENCE_KEYS = [{"id": "t-1", "private_key": sample.keys.encode(b"tests only: some stranger's key!")}]
    old.participation()
    run()
    settings.CME_EVIDENCE_KEYS = KEYS
    assert {one.code for one in verify.verify_all().findings} == {"deletion_signature"}
