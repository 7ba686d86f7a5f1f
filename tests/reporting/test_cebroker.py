"""CE Broker: what leaves, and what its receipts mean, against a desk that answers as the real one was seen to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from cme_xblock.activity.model import Activity, Identifier, Offering
from cme_xblock.reporting.endpoints import cebroker_answers, cebroker_document, data
from cme_xblock.reporting.endpoints.base import About, EndpointConfig, Outcome, Record, Result, Subject
from cme_xblock.reporting.endpoints.cebroker import CeBroker
from cme_xblock.reporting.endpoints.exchange import Answer
from cme_xblock.reporting.sandbox.cebroker_desk import CeBrokerDesk
from cme_xblock.reporting.sandbox.store import Store
from tests.reporting.world import START, Clock, Far, listening, patience

KEY_ENV, KEY = "CME_TEST_CEBROKER_KEY", "upload-key-4711"
NURSE = {
    "given_name": "Avery",
    "family_name": "Sample & Söhne",
    "cebroker_profession": "RN",
    "cebroker_state": "FL",
    "cebroker_licence": "RN9210045",
}
GOLDEN = Path(__file__).parent / "golden" / "cebroker_rosters.xml"
WIRE = data.merged("cebroker", {})


def activity(activity_id: str, course: str) -> Activity:
    numbers = (Identifier("cebroker_course", course),) if course else ()
    return Activity(activity_id=activity_id, offerings=(Offering("ancc", Decimal("2.00"), identifiers=numbers),))


def record(
    number: int, *, amount: str = "2.00", course: str = "20-123456", licence: str = "", **changes: Any
) -> Record:
    """One nurse's contact hours."""
    identifiers = NURSE | {"cebroker_licence": licence or f"RN92100{number:02d}"}
    about = activity("sepsis", course)
    numbers = {"cebroker_course": course} if course else {}
    return Record(
        **{
            "operation": "add",
            "credit_id": f"claim:{number}/ce/1",
            "kind": "ce",
            "system": "ancc",
            "amount": Decimal(amount),
            "completed_on": date(2026, 11, 2),
            "completed_at": datetime(2026, 11, 2, 22, tzinfo=UTC),
            "claimed_at": START,
            "activity": about,
            "activity_id": "sepsis",
            "numbers": numbers | changes.pop("more", {}),
            "identifiers": identifiers,
            **changes,
        }
    )


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Far]:
    desk = CeBrokerDesk(Store(tmp_path / "cebroker.sqlite3", duplicates=True), WIRE, Clock().seconds, upload_key=KEY)
    with listening(desk) as receiver:
        yield Far(receiver, desk, "")


@pytest.fixture
def endpoint(far: Far, monkeypatch: pytest.MonkeyPatch) -> CeBroker:
    monkeypatch.setenv(KEY_ENV, KEY)
    return made(far.url)


def made(url: str, **wire: Any) -> CeBroker:
    return CeBroker.from_config(
        EndpointConfig(
            name="cebroker", kind="cebroker", label="CE Broker", url=url, provider_id="50-1234", password_env=KEY_ENV,
            allow_insecure_loopback=True, **patience(),
            wire={"credit": {"ancc": {"professions": ["nurse"]}}, **wire},
        )
    )  # fmt: skip


def sent(endpoint: CeBroker, *records: Record) -> list[Outcome]:
    found = endpoint.send(endpoint.render(records, now=START), records)
    return [found[one.key] for one in records]


def results(outcomes: list[Outcome]) -> list[str]:
    return [str(one.result) for one in outcomes]


def test_the_message_is_the_golden_one() -> None:
    """Two courses, a partial credit, a name that needs escaping; the date as the help has it."""
    records = [
        record(1),
        record(2, course="", amount="2.00"),
        record(3, amount="0.50", more={"cebroker_subject_area": "CE"}),
    ]
    document = cebroker_document.rosters(records, WIRE, provider="1234")
    assert document == GOLDEN.read_bytes().rstrip(b"\n")
    root = etree.fromstring(document)
    assert [one.findtext("id_course") or one.findtext("provider_course_code") for one in root] == ["123456", "sepsis"]
    assert root.findtext(".//date_completed") == "11/02/2026"
    assert root.findtext(".//partial_credit_hours") == "0.5"
    assert root.findtext(".//last_name") == NURSE["family_name"]


def test_the_upload_key_is_in_nothing_that_is_kept(endpoint: CeBroker, far: Far) -> None:
    """Neither in the rendered document, nor in outcomes, nor in the repr, nor in what the desk shows."""
    one = record(1)
    document = endpoint.render([one], now=START)
    outcomes = endpoint.send(document, [one])
    kept = f"{document!r} {outcomes!r} {endpoint!r} {one!r}"
    assert KEY not in kept
    assert "9210001" not in repr(outcomes) + repr(endpoint) + repr(one)
    whole = cebroker_document.with_credentials(document, WIRE, provider='5"<', key='"&')
    assert etree.fromstring(whole).attrib == {"id_parent_provider": '5"<', "upload_key": '"&'}


def test_a_roster_is_taken_once(endpoint: CeBroker, far: Far) -> None:
    """Each attendee has a word of its own in the receipt."""
    assert results(sent(endpoint, record(1), record(2), record(3, course=""))) == ["accepted"] * 3
    assert sorted(far.held().values()) == [1, 1, 1]


def test_one_refused_node_leaves_the_others(endpoint: CeBroker, far: Far) -> None:
    """HTTP 200, one node with a message: that one is refused, in CE Broker's words."""
    second = record(2)
    key = next(iter(far_key(endpoint, second)))
    far.misbehave("refuse", key=key, text="Course expired for Avery Sample, RN9210002")
    outcomes = sent(endpoint, record(1), second, record(3))
    assert results(outcomes) == ["accepted", "refused", "accepted"]
    assert "Course expired" in outcomes[1].detail
    assert "Sample" not in outcomes[1].detail
    assert "9210002" not in outcomes[1].detail


def far_key(endpoint: CeBroker, one: Record) -> set[str]:
    """The desk's key of a record, as the desk itself makes it."""
    from cme_xblock.reporting.sandbox import cebroker_desk

    root = etree.fromstring(endpoint.render([one], now=START))
    return {cebroker_desk._key(roster, attendee) for roster in root for attendee in roster.iter("attendee")}


def test_an_unknown_licence_is_found_before_anything_is_sent(endpoint: CeBroker, far: Far) -> None:
    """The licence check refuses the mistyped one (ErrorCode 80); the roster goes on without it."""
    outcomes = sent(endpoint, record(1, licence="RN000"), record(2))
    assert [(one.result, one.reason) for one in outcomes] == [("refused", "identity"), ("accepted", "")]
    assert far.arrivals("save") == ["1 attendees"]


def test_nothing_leaves_while_the_check_cannot_be_made(endpoint: CeBroker, far: Far) -> None:
    """A check that fails technically is tried again later; no roster went out."""
    far.misbehave("error_500", on="status")
    assert results(sent(endpoint, record(1))) == ["retry"]
    assert far.arrivals("save") == []


FAULTS = {
    "error_500": "unknown", "store_then_500": "unknown", "busy_429": "retry", "busy_503": "retry",
    "store_then_silence": "unknown", "store_then_drop": "unknown", "drop_before_storing": "unknown",
    "half_body": "unknown", "truncated": "unknown", "huge": "unknown", "redirect": "retry", "nonsense": "unknown",
    "bare_404": "retry", "wrong_credit": "unknown", "unauthorized": "retry", "error_inside_200": "refused",
    "too_large_413": "refused", "double_escaped": "unknown", "wrong_type": "accepted", "slow": "unknown",
}  # fmt: skip


@pytest.mark.parametrize("trouble", sorted(FAULTS))
def test_every_trouble_has_its_meaning(trouble: str, endpoint: CeBroker, far: Far) -> None:
    """One record and a batch of three: nothing is called accepted that is not there, nothing retried that may be."""
    endpoint = replace(endpoint, config=replace(endpoint.config, **patience(trouble)))
    for batch in ([record(1)], [record(2), record(3), record(4)]):
        far.misbehave(trouble, seconds=0.6)
        outcomes = sent(endpoint, *batch)
        assert results(outcomes) == [FAULTS[trouble]] * len(batch)
        held = far.held()
        for one, outcome in zip(batch, outcomes, strict=True):
            there = sum(held[key] for key in far_key(endpoint, one))
            assert outcome.result is not Result.ACCEPTED or there == 1
            assert outcome.result not in (Result.RETRY, Result.REFUSED) or there == 0


def test_a_whole_refusal_asks_to_be_halved(endpoint: CeBroker, far: Far) -> None:
    """A message about the message as a whole blames no attendee, so that the engine looks for the one to blame."""
    far.misbehave("error_inside_200", text="Invalid upload")
    assert [one.whole for one in sent(endpoint, record(1), record(2))] == [True, True]


def answer(body: str, status: int = 200) -> Answer:
    wrapped = f'<string xmlns="https://webservices.cebroker.com/">{escape(body)}</string>'
    return Answer(status, {}, wrapped.encode(), whole=True)


@pytest.mark.parametrize(
    ("receipt", "meaning", "reason"),
    [
        ('<rosters><roster id_roster="7"><attendee Message=""/></roster></rosters>', "accepted", ""),
        ('<rosters><roster><attendee id_attendee="7" Message=""/></roster></rosters>', "accepted", ""),
        ("<rosters><roster><attendee><Message/><id_attendee>7</id_attendee></attendee></roster></rosters>",
         "accepted", ""),
        ('<rosters><roster><attendee Message=""/></roster></rosters>', "unknown", "no_receipt_id"),
        ('<rosters><roster id_course="5"><attendee Message=""/></roster></rosters>', "unknown", "no_receipt_id"),
        ('<rosters><roster id_roster="7" Message="No such course"><attendee/></roster></rosters>',
         "refused", "refused"),
        ('<rosters><roster id_roster="7"><attendee ErrorCode="80" Message="Invalid"/></roster></rosters>',
         "refused", "identity"),
        ('<rosters Message="Receipt on the next business day"/>', "pending", "parked"),
        ("<rosters>Your file was QUEUED</rosters>", "pending", "parked"),
        ("<rosters/>", "unknown", "unreadable_answer"),
        ('<rosters><roster id_roster="7"><attendee/><attendee/></roster></rosters>', "unknown", "other_record"),
        ('<rosters><roster id_roster="7"><attendee><license>RN1</license></attendee></roster></rosters>',
         "unknown", "other_record"),
        ('<rosters><roster id_roster="7"><attendee><license> rn9210001 </license></attendee></roster></rosters>',
         "accepted", ""),
    ],
)  # fmt: skip
def test_what_a_receipt_means(receipt: str, meaning: str, reason: str) -> None:
    """Empty message and an id: accepted. Anything less is not delivered."""
    (verdict,) = cebroker_answers.after_roster(answer(receipt), [record(1)], WIRE)
    assert (str(verdict.result), verdict.reason) == (meaning, reason)


def test_a_receipt_wrapped_twice_is_read() -> None:
    """XML as text within XML as text, as the service was seen to send; three times over is no receipt."""
    receipt = '<rosters><roster id_roster="7"><attendee Message=""/></roster></rosters>'
    found = []
    for _ in range(3):
        whole = answer(receipt)
        found += [str(one.result) for one in cebroker_answers.after_roster(whole, [record(1)], WIRE)]
        receipt = whole.body.decode()
    assert found == ["accepted", "accepted", "unknown"]


@pytest.mark.parametrize(
    "evil",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><rosters>&x;</rosters>',
        "<rosters><roster>",
        "&lt;" * 10_000,
        "",
    ],
)
def test_a_hostile_answer_is_unknown(evil: str) -> None:
    """No entity is resolved, nothing raises, nothing counts as delivered."""
    for body in (evil.encode(), answer(evil).body):
        (verdict,) = cebroker_answers.after_roster(Answer(200, {}, body, whole=True), [record(1)], WIRE)
        assert verdict.result is Result.UNKNOWN


@pytest.mark.parametrize("kind", cebroker_document.ASKED)
def test_what_is_missing_holds(kind: str, endpoint: CeBroker) -> None:
    """Without its whole key no licensee is found: the record waits for the learner."""
    one = record(1, identifiers={name: value for name, value in NURSE.items() if name != kind})
    assert [(problem.code, problem.hold) for problem in endpoint.validate(one)] == [("identity_incomplete", True)]


def test_courses_and_partial_credit_are_checked(endpoint: CeBroker) -> None:
    """A code of more than 80 characters, and a partial credit without its subject area."""
    assert endpoint.validate(record(1)) == ()
    long = record(1, course="", activity_id="x" * 81)
    assert [one.code for one in endpoint.validate(long)] == ["no_activity_number"]
    assert "cebroker_subject_area" in endpoint.validate(record(1, amount="1.00"))[0].detail
    assert endpoint.validate(record(1, amount="1.00", more={"cebroker_subject_area": "CE"})) == ()


def test_only_what_is_configured_is_reported(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """No credit by default; and without the upload key nothing is sent."""
    monkeypatch.delenv(KEY_ENV, raising=False)
    nurse = About(Subject.CLAIM, Activity(), system="ancc", profession="nurse")
    assert made(far.url).kinds(nurse) == ("ce",)
    assert made(far.url, credit={}).kinds(nurse) == ()
    problem = made(far.url).settings_problem()
    assert problem is not None
    assert KEY_ENV in problem.detail
    assert any("credit" in line for line in made(far.url, credit={}).check())


def test_a_name_that_xml_cannot_hold_is_refused_here(endpoint: CeBroker, far: Far) -> None:
    """Nothing leaves, and the message does not quote it."""
    one = record(1, identifiers=NURSE | {"cebroker_licence": "RN\x0092"})
    found = endpoint.send(b"<rosters></rosters>", [one])[one.key]
    assert (found.result, found.reason) == (Result.REFUSED, "document")
    assert not re.search("92", found.detail)
    assert far.arrivals("save") == []
