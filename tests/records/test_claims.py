"""A claim is written with its entry, once, and found by its certificate."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cme_xblock.records import claims, ledger
from cme_xblock.records.models import Claim, EntryRow, LiveClaim, Participation
from tests.records import samples

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def only() -> Claim:
    return claims.live(Participation.objects.get().key)[0]


def test_a_claim_says_what_was_attested_and_points_to_its_entry() -> None:
    edition = samples.record()
    entry = samples.append(samples.claiming(edition))
    claim, attested = only(), samples.attestation(edition)
    for name in ("system", "amount", "profession", "completed_on", "completed_at", "statement"):
        assert getattr(claim, name) == getattr(attested, name), name
    assert claim.wording_sha == attested.wording
    assert (claim.name_certified, claim.zone) == ("Ana Müller", "America/New_York")
    assert claim.uuid == entry.payload["claim"]
    assert claim.claimed_at == entry.at
    assert claim.entry == EntryRow.objects.get()
    assert claim.edition.sha256 == edition
    assert claim.is_live
    assert claims.fingerprint(claim, entry_hash=entry.hash) == claim.hash


def test_a_second_claim_in_the_same_system_is_refused_and_leaves_nothing() -> None:
    edition = samples.record()
    samples.append(samples.claiming(edition))
    with pytest.raises(claims.AlreadyClaimed) as caught:
        samples.append(samples.claiming(edition))
    assert caught.value.system == samples.SYSTEM
    assert [samples.count(one) for one in (Claim, LiveClaim, EntryRow)] == [1, 1, 1]
    assert Participation.objects.get().head_seq == 1


def test_a_second_claim_inside_an_outer_transaction_does_not_break_that_one() -> None:
    edition = samples.record()
    with transaction.atomic():
        samples.append(samples.claiming(edition))
        with pytest.raises(claims.AlreadyClaimed):
            samples.append(samples.claiming(edition))
        samples.append(samples.claiming(edition, system="participation"))
    assert [samples.count(one) for one in (Claim, LiveClaim, EntryRow)] == [2, 2, 2]


def test_the_database_refuses_a_second_live_claim_whatever_the_program_does() -> None:
    edition = samples.record()
    samples.append(samples.claiming(edition))
    key = LiveClaim.objects.get().key
    samples.append(samples.claiming(edition, system="participation"))
    other = Claim.objects.get(system="participation")
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"), transaction.atomic():
        LiveClaim(key=key, claim=other).save()


@pytest.mark.parametrize("amount", ["0.25", "1", "1.50", "12.125", "99999.999"])
def test_an_amount_is_kept_exactly(amount) -> None:
    samples.append(samples.claiming(samples.record(), amount=amount))
    assert only().amount == Decimal(amount)


def test_an_amount_that_would_be_rounded_is_refused() -> None:
    with pytest.raises(ValueError, match="three decimals"):
        samples.append(samples.claiming(samples.record(), amount="0.0005"))
    assert samples.count(EntryRow) == 0


@pytest.mark.parametrize("name", ["", "   ", "x" * 256])
def test_a_name_that_cannot_be_certified_is_refused(name) -> None:
    edition = samples.record()
    attested = samples.attestation(edition)

    def effects(participation, entry) -> None:
        claims.create(participation, entry, attestation=attested, name_certified=name, zone="UTC")

    with pytest.raises(ValueError, match="name"):
        samples.append(ledger.Proposal(attested.draft(claim=claims.new_uuid()), effects))
    assert samples.count(EntryRow) == 0


def test_a_claim_is_found_by_its_certificate_code_and_by_nothing_like_it() -> None:
    samples.append(samples.claiming(samples.record()))
    claim = Claim.objects.get()
    assert claims.by_code(claim.certificate_code) == claim
    for code in ("", "0" * 40, claim.certificate_code.upper(), claim.certificate_code + "\n", "%", "'--", "x" * 9999):
        if code != claim.certificate_code:
            assert claims.by_code(code) is None


def test_certificate_codes_have_at_least_128_random_bits_and_no_order() -> None:
    edition = samples.record()
    for number in range(5):
        samples.append(samples.claiming(edition, system=f"system_{number}"))
    codes = {one.certificate_code for one in Claim.objects.all()}
    assert len(codes) == 5
    assert all(len(code) * 4 >= 128 and set(code) <= set("0123456789abcdef") for code in codes)


def test_live_claims_of_many_participations_take_one_query_with_all_that_a_list_needs() -> None:
    edition = samples.record()
    for learner in ("a", "b", "c"):
        samples.append(samples.claiming(edition), (samples.COURSE, samples.ACTIVITY, learner))
    wanted = [one.key for one in Participation.objects.all()]
    with CaptureQueriesContext(connection) as captured:
        found = claims.live(wanted)
        assert [(one.participation.learner_id, one.edition.sha256, one.is_live) for one in found] == [
            ("a", edition, True),
            ("b", edition, True),
            ("c", edition, True),
        ]
    assert len(captured) == 1
    assert "canonical" not in captured[0]["sql"]
    assert claims.live([]) == ()


def test_the_fingerprint_depends_on_every_fact() -> None:
    samples.append(samples.claiming(samples.record()))
    claim = Claim.objects.select_related("entry").get()
    before = claim.hash
    facts = {
        "uuid": "other",
        "system": "other",
        "amount": Decimal("0.5"),
        "profession": "DO",
        "name_certified": "Bo",
        "completed_on": claim.completed_on.replace(day=1),
        "completed_at": claim.completed_at.replace(microsecond=1),
        "zone": "UTC",
        "statement": "Something else.",
        "wording_sha": "b" * 64,
        "certificate_code": "c" * 40,
        "claimed_at": claim.claimed_at.replace(microsecond=1),
        "replaces": Claim(uuid="another"),
        "change": "lowered",
    }
    for name, value in facts.items():
        kept = getattr(claim, name)
        setattr(claim, name, value)
        assert claims.fingerprint(claim, entry_hash=claim.entry.hash) != before, name
        setattr(claim, name, kept)
    assert claims.fingerprint(claim, entry_hash="0" * 64) != before
    assert claims.fingerprint(claim, entry_hash=claim.entry.hash) == before
    missing = {one.name for one in Claim._meta.fields} - facts.keys()
    assert missing == {"id", "participation", "edition", "entry", "hash"}, "a new fact belongs into the fingerprint"


def test_an_attestation_has_no_fact_that_a_claim_does_not_keep() -> None:
    kept = {"edition", "system", "amount", "profession", "completed_on", "completed_at", "statement", "wording"}
    # Which kinds of a board's credit it earned is in the entry.
    assert {one.name for one in dataclasses.fields(samples.attestation("e"))} == {*kept, "types"}
