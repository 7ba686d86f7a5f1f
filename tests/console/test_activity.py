"""An activity's first page, its list of participants and one learner's ledger: what is on record, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from cme_xblock.records.models import AccessEntry, Delivery
from cme_xblock.reporting import decisions, outbox
from tests.blocks import kept
from tests.console.world import COURSE_A, World
from tests.credit import corrected, held
from tests.rules import sample

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated")]


def test_the_first_page_has_numbers_and_no_name(world: World, settings: Any) -> None:
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    [row] = outbox.owe(held.claim(learner="1", course=COURSE_A, name="Ana Müller"), now=held.NOW)
    Delivery.objects.filter(pk=row.pk).update(state="refused", reason="identity", credit_id="k")
    page = world.client("office_a").get(f"/cme/activities/{world.a}/").content.decode()
    assert "Ana Müller" not in page
    assert "?state=claimed" in page
    assert "1 · The learner was not found there" in page
    decisions.replay(row.uuid, by="1", reason="r", now=held.NOW)
    again = world.client("office_a").get(f"/cme/activities/{world.a}/").content.decode()
    assert "The learner was not found there" not in again
    assert "The learner has not agreed to sending" in again


def test_a_surveyor_sees_the_same_without_the_ways_to_change(world: World) -> None:
    page = world.client("surveyor_a").get(f"/cme/activities/{world.a}/").content.decode()
    assert "/learners/" in page
    assert "/surveyors/" not in page
    assert "/deliveries/" not in page


def test_a_search_finds_by_name_number_and_account_and_leaves_no_name_in_the_log(world: World) -> None:
    claim = held.claim(learner="7001", course=COURSE_A, name="Ana Müller")
    client, address = world.client("office_a"), f"/cme/activities/{world.a}/learners/"
    client.get(address)
    for typed in ("ana", "Müller", "7001", claim.certificate_code[:32], claim.participation.uuid):
        page = client.post(address, {"q": typed}).content.decode()
        assert f"/learners/{claim.participation.uuid}/" in page, typed
        assert page.count('scope="row"') == 1, typed
    for typed in ("nobody", "\x00", "%", "x" * 5000, "<script>"):
        page = client.post(address, {"q": typed})
        assert page.status_code == 200
        assert b"<script>" not in page.content
        assert b'scope="row"' not in page.content
    logged = " ".join(str(one) for row in AccessEntry.objects.values_list() for one in row)
    assert "ana" not in logged.lower().split()
    assert "Müller" not in logged
    assert AccessEntry.objects.filter(what="participants").count() == 11


def test_an_administrator_reads_who_looked_at_whom(world: World) -> None:
    uuid = world.named["a"]["uuid"]
    for account in ("surveyor_a", "teacher_a"):
        world.client(account).get(f"/cme/activities/{world.a}/learners/{uuid}/")
    client, address = world.client("office_a"), f"/cme/activities/{world.a}/looks/"
    page = client.get(address).content.decode()
    assert "surveyor_a" in page
    assert "teacher_a" in page
    assert page.count(uuid[:8]) >= 2
    assert "Kim Certified" not in page
    assert client.get(f"{address}?of={uuid}&before=abc").content.count(b'scope="row"') == 2
    assert b'scope="row"' not in client.get(f"{address}?of=x%00y").content
    assert world.client("teacher_a").get(address).status_code == 403


@pytest.mark.parametrize(
    "query", ["state=x&profession=%00", "order=zz", "after=-1", "after=9e9", "after=99999999999999999999"]
)
def test_a_strange_address_is_a_list_all_the_same(world: World, query: str) -> None:
    assert world.client("office_a").get(f"/cme/activities/{world.a}/learners/?{query}").status_code == 200


def test_a_ledger_shows_the_texts_as_they_were_shown(world: World, settings: Any) -> None:
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    claim = corrected.earned("42", activity=sample.activity())
    key = claim.participation.activity_key
    settings.CME_ADMINISTRATORS = {"CME office A": [sample.activity().provider.name]}
    page = world.client("office_a").get(f"/cme/activities/{key}/learners/{claim.participation.uuid}/").content.decode()
    for text in (
        "Disclosures acknowledged",
        "Relevant financial relationships",
        "Baseline submitted",
        "Assessment submitted",
        "What the learner attested",
        "I claim",
        "Owed to a receiver",
        claim.name_certified,
    ):
        assert text in page, text
    entry = AccessEntry.objects.get(what="ledger")
    assert (entry.subject, entry.count) == (claim.participation.uuid, 1)
