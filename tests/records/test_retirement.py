"""After retirement nothing says who the learner was, but the name on the certificate; and the record still holds."""

from __future__ import annotations

import io
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cme_xblock.host import retirement
from cme_xblock.records import claims, consents, editions, keys, ledger, vault, verify
from cme_xblock.records.models import (
    Claim,
    ConsentEvent,
    Delivery,
    EntryRow,
    Identifier,
    ImmutableError,
    LiveClaim,
    Participation,
)
from cme_xblock.reporting import outbox
from cme_xblock.reporting.retirement import Retired
from tests.blocks import course
from tests.blocks.kept import ENDPOINTS
from tests.blocks.way import Way, right
from tests.records import dump, samples, together
from tests.reporting import world

pytestmark = [pytest.mark.database, pytest.mark.django_db]

# A learner id that is a user name and an e-mail address at once: hosts differ in what they give.
LEARNER = "zenobia.q@planted.example"
CERTIFIED = "Zed Vanderplanck"
PERSON = {
    "given_name": "Zenobia-Planted",
    "family_name": "Quackenbush-Ötvös",
    "birth_month_day": "02/29",
    "npi": "1999999984",
    "licence_state": "WY",
    "licence_number": "QX-7741093",
}
# The state has two letters, which are in any text; its row is in the vault, which has to be empty.
PLANTED = {LEARNER, "02-29", "02/29", *PERSON.values()} - {"WY"}
NOW = world.START + timedelta(days=1)


@pytest.fixture(autouse=True)
def _endpoint(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(world.PASSWORD_ENV, world.PASSWORD)
    settings.CME_ENDPOINTS = ENDPOINTS


def retire(learner: str = LEARNER, *, dry_run: bool = False) -> Retired:
    return retirement.retire(learner, now=NOW, dry_run=dry_run)


def walk(learner: str = LEARNER) -> Claim:
    """The whole way in the browser's own requests: answers, an unsent draft, a claim with identity and consent."""
    way = Way(learner)
    for step in (way.acknowledge, way.baseline, way.content):
        assert step().status == 200
    page = {"part": "assessment", "responses": right(way.activity.assessment.items)}
    assert course.call(course.ACTIVITY, learner, "save_draft", page).status == 200
    # Another block of the same activity keeps its draft, for only the block that is submitted forgets it.
    assert course.call(course.PART, learner, "save_draft", page).status == 200
    assert way.assessment().status == 200
    answer = way.claim("0.5", name_certified=CERTIFIED, **PERSON, **{"consent:pars": True})
    assert answer.status == 200, answer.text
    return Claim.objects.get(participation__learner_id=learner)


def test_no_planted_value_is_left_in_the_database_or_in_a_log_but_the_name_as_certified(caplog) -> None:
    caplog.set_level(logging.DEBUG)
    course.install()
    assert dump.where(PLANTED | {CERTIFIED}, dump.tables()) == set()
    claim = walk()
    planted = dump.where({LEARNER}, dump.tables())
    assert {name for _, name in planted} == {"cme_xblock_participation", "workbench_xblockstate"}
    assert samples.count(Identifier) == 6
    derived = {
        keys.learner_key(LEARNER),
        claim.participation.key,
        keys.live_claim_key(claim.participation.key, claim.system),
    }
    assert len(dump.where(derived, dump.tables())) == 4
    sealed = {bytes(row.ciphertext).hex() for row in Identifier.objects.all()}

    out = io.StringIO()
    call_command("cme_retire", LEARNER, stdout=out)

    texts = dump.tables()
    assert dump.where(PLANTED | derived | sealed, texts) == set()
    assert dump.where({CERTIFIED}, texts) == {(CERTIFIED, "cme_xblock_claim")}
    assert samples.count(Identifier) == 0
    ours = "\n".join(one.getMessage() for one in caplog.records if one.name.startswith("cme_xblock"))
    said = {"log": caplog.text, "ours": ours, "printed": out.getvalue()}
    assert dump.where(PLANTED | derived | {CERTIFIED}, said) == set()
    assert "An account was retired" in ours
    assert verify.verify_all().findings == []


def test_the_search_finds_what_is_hidden_in_bytes_and_escapes() -> None:
    vault.store(keys.learner_key(LEARNER), "npi", PERSON["npi"], now=NOW)
    Identifier.objects.update(ciphertext=PERSON["npi"].encode())
    assert dump.where({PERSON["npi"]}, dump.tables()) == {(PERSON["npi"], "cme_xblock_identifier")}
    name = PERSON["family_name"]
    for hidden in (name.upper(), name.encode().hex(), "Quackenbush-\\u00d6tv\\u00f6s", keys.text_sha(name)):
        assert dump.where({name}, {"x": hidden}) == {(name, "x")}, hidden


def test_the_record_of_credit_survives_and_its_certificate_still_verifies() -> None:
    course.install()
    code = walk().certificate_code
    records = (EntryRow, Claim)
    before = [list(one.objects.values()) for one in records]
    uuid = Participation.objects.get().uuid
    retire()
    assert [list(one.objects.values()) for one in records] == before
    participation = Participation.objects.get()
    assert (participation.uuid, participation.sealed_at) == (uuid, NOW)
    found = claims.by_code(code)
    assert found is not None
    assert found.is_live
    assert [one.pk for one in claims.live(participation.key)] == [found.pk]
    page = Client().get(f"/cme/certificates/{code}/")
    assert page.status_code == 200
    assert CERTIFIED in page.content.decode()


def test_consents_are_reduced_to_the_hash_of_their_wording_and_hold_no_more() -> None:
    world.claim(LEARNER)
    participation = Participation.objects.get()
    [given] = ConsentEvent.objects.values_list("text_sha", "purpose", "granted", "at")
    assert consents.granted(participation, world.PURPOSE)
    assert retire().consents == 1
    assert list(ConsentEvent.objects.values_list("text_sha", "purpose", "granted", "at")) == [given]
    assert ConsentEvent.objects.get().text == ""
    assert not consents.granted(participation, world.PURPOSE)


def test_what_was_not_sent_is_held_for_good(settings) -> None:
    settings.CME_ENDPOINTS = [world.endpoint("https://pars.example.org/services/pars.svc")]
    ready, held = world.claim(LEARNER), world.claim("other", consent=False)
    assert [one.state for one in (ready.deliveries.get(), held.deliveries.get())] == ["ready", "held"]
    done = [retire(learner) for learner in (LEARNER, "other")]
    assert [one.withheld for one in done] == [1, 1]
    assert set(Delivery.objects.values_list("state", "reason", "next_attempt_at")) == {
        ("held", "retired", outbox.NEVER)
    }
    assert outbox.release_held(now=NOW, claims=[ready.pk, held.pk]) == 0
    assert outbox.release_held(now=NOW + timedelta(days=9999), due_only=True) == 0
    assert set(Delivery.objects.values_list("reason", "next_attempt_at")) == {("retired", outbox.NEVER)}


def test_a_second_time_nothing_is_found_and_nothing_changed() -> None:
    world.claim(LEARNER)
    first = retire()
    before = dump.tables()
    assert (first.participations, first.identifiers, first.consents) == (1, 6, 1)
    assert retire() == Retired(participations=0, identifiers=0, consents=0, withheld=0, under_way=0)
    assert dump.tables() == before


def test_when_it_fails_in_the_middle_nothing_was_done_and_the_next_run_does_it(monkeypatch) -> None:
    world.claim(LEARNER)
    before = dump.tables()
    with monkeypatch.context() as broken:
        broken.setattr(type(LiveClaim.objects.all()), "update", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            retire()
    assert dump.tables() == before
    assert retire().participations == 1
    assert verify.verify_all().findings == []


def test_a_dry_run_counts_the_same_and_changes_nothing() -> None:
    world.claim(LEARNER)
    before = dump.tables()
    counted = retire(dry_run=True)
    assert dump.tables() == before
    assert retire() == counted


def test_other_learners_are_left_alone() -> None:
    course.install()
    walk("ana")
    world.claim("other")
    before = dump.tables()
    retire(LEARNER)
    assert dump.tables() == before


def test_who_comes_back_with_the_same_id_begins_anew() -> None:
    world.claim(LEARNER)
    retire()
    assert ledger.read(world.COURSE, "opioids", LEARNER).entries == ()
    world.claim(LEARNER)
    assert samples.count(Participation) == 2
    assert [one.sealed_at for one in Participation.objects.order_by("pk")] == [NOW, None]
    assert verify.verify_all().findings == []


def test_the_participations_of_one_person_are_not_tied_together_any_more() -> None:
    edition = samples.record()
    for number in range(3):
        place = (f"{samples.COURSE}{number}", samples.ACTIVITY, LEARNER)
        edition = samples.record(course=place[0])
        samples.append(samples.acknowledgement(edition), place)
    assert retire().participations == 3
    rows = Participation.objects.values_list("learner_id", "learner_key", "key")
    assert [len(set(column)) for column in zip(*rows, strict=True)] == [3, 3, 3]
    assert all(len(learner_id.removeprefix("retired:")) == 32 for learner_id, _, _ in rows)


def test_nobody_else_can_cut_a_participation_from_its_learner() -> None:
    samples.append(samples.acknowledgement(samples.record()))
    with pytest.raises(ImmutableError):
        Participation.objects.update(learner_id="x")
    participation = Participation.objects.get()
    assert Participation.objects.sever(participation, token="retired:a", at=NOW)
    assert not Participation.objects.sever(participation, token="retired:b", at=NOW)
    assert not Participation.objects.sever(Participation.objects.get(), token="retired:b", at=NOW)
    assert Participation.objects.get().learner_id == "retired:a"


def test_the_wording_of_a_consent_goes_only_from_sealed_participations() -> None:
    world.claim(LEARNER)
    participation = Participation.objects.get()
    assert ConsentEvent.objects.forget_wording([participation.pk]) == 0
    with pytest.raises(ImmutableError):
        ConsentEvent.objects.update(text="")
    assert ConsentEvent.objects.get().text == "I agree."


def test_an_empty_wording_of_somebody_who_is_not_retired_is_still_a_finding() -> None:
    world.claim(LEARNER)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cme_xblock_consentevent SET text = ''")
    assert [one.code for one in verify.verify_all().findings] == ["consent_changed"]


def test_a_changed_consent_of_somebody_retired_is_a_finding_too() -> None:
    world.claim(LEARNER)
    retire()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cme_xblock_consentevent SET text = 'I agree to all.'")
    assert [one.code for one in verify.verify_all().findings] == ["consent_changed"]


def test_the_command_counts_and_names_nobody() -> None:
    world.claim(LEARNER)
    out = io.StringIO()
    call_command("cme_retire", LEARNER, "--dry-run", stdout=out)
    call_command("cme_retire", LEARNER, stdout=out)
    call_command("cme_retire", LEARNER, stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("Would retire: 1 participations sealed, 6 identifiers deleted, 1 consents reduced")
    assert lines[1] == lines[0].replace("Would retire", "Retired")
    assert lines[2].startswith("Retired: 0 participations sealed, 0 identifiers")
    assert LEARNER not in out.getvalue()


@pytest.mark.parametrize("wrong", ["", "x" * 256, "a\0b"])
def test_an_id_that_cannot_be_one_is_refused(wrong) -> None:
    with pytest.raises(CommandError, match="learner id"):
        call_command("cme_retire", wrong)


def test_many_participations_take_few_queries_each() -> None:
    for number in range(10):
        edition = samples.record(course=f"{samples.COURSE}{number}")
        samples.append(samples.claiming(edition), (f"{samples.COURSE}{number}", samples.ACTIVITY, LEARNER))
    with CaptureQueriesContext(connection) as captured:
        assert retire().participations == 10
    assert len(captured) < 60


@pytest.mark.django_db(transaction=True)
def test_who_claims_while_being_retired_leaves_nothing_in_a_sealed_record() -> None:
    """Learners' requests and retirements at the same moment: whoever comes late begins anew, and is retired again."""

    def work(number: int) -> object:
        if number % 4 == 0:
            return retire()
        place = (samples.COURSE, f"activity-{number}", LEARNER)
        vault.store(keys.learner_key(LEARNER), "npi", PERSON["npi"], now=NOW)
        return samples.append(samples.claiming(recorded[number]), place)

    recorded = {}
    for number in range(8):
        one = samples.activity(activity_id=f"activity-{number}")
        recorded[number] = editions.record(samples.COURSE, one, now=NOW)
    results = together.at_once(work, many=8)
    assert [one for one in results if isinstance(one, Exception)] == []
    retire()
    assert samples.count(Identifier) == 0
    assert not Participation.objects.filter(sealed_at=None).exists()
    assert not Participation.objects.filter(learner_key=keys.learner_key(LEARNER)).exists()
    assert [samples.count(one) for one in (Claim, LiveClaim)] == [6, 6]
    assert verify.verify_all().findings == []
