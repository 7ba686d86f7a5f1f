"""The LRS endpoint against an LRS that really listens: what each answer means, and that nothing is there twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import editions, ledger
from cme_xblock.records.models import Delivery
from cme_xblock.reporting import outbox
from cme_xblock.reporting.endpoints import connections
from cme_xblock.reporting.endpoints.base import About, EndpointConfig, Event, Outcome, Record, Subject
from cme_xblock.reporting.endpoints.data import WireError
from cme_xblock.reporting.endpoints.xapi import XapiLrs
from cme_xblock.reporting.sandbox.store import Store
from cme_xblock.reporting.sandbox.xapi_desk import XapiDesk
from tests.reporting import statements, world
from tests.reporting.statements import KEYS


def setting(address: str, **changes: Any) -> dict[str, Any]:
    """The setting of an LRS, impatient enough for tests."""
    lrs = {
        "name": "lrs",
        "kind": "xapi_lrs",
        "label": "LRS",
        "wire": {},
        "options": {"home_page": "https://lms.example.org"},
    }
    return world.endpoint(address, **{**lrs, **changes})


def endpoint(address: str, **changes: Any) -> XapiLrs:
    return XapiLrs.from_config(EndpointConfig(**setting(address, **changes)))


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[world.Far, world.Clock]]:
    ticking = world.Clock()
    desk = XapiDesk(Store(tmp_path_factory.mktemp("lrs") / "lrs.sqlite3"), ticking.seconds)
    with world.listening(desk) as receiver:
        yield world.Far(receiver, desk, "xAPI"), ticking
    connections.hang_up()


def sent(lrs: XapiLrs, *names: str, **changes: Any) -> list[Outcome]:
    """What comes of sending these in one request."""
    payloads = [statements.of(name, **changes) for name in names]
    found = lrs.send(lrs.render(payloads, now=statements.AT), payloads)
    return [found[one.key] for one in payloads]


def asked(lrs: XapiLrs, *names: str, **changes: Any) -> list[Outcome]:
    payloads = [statements.of(name, **changes) for name in names]
    found = lrs.reconcile(payloads)
    return [found[one.key] for one in payloads]


def results(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(str(one.result), one.reason) for one in outcomes]


@pytest.fixture
def lrs(far: world.Far) -> XapiLrs:
    return endpoint(far.url)


def test_everything_goes_in_one_request_and_is_found_again(lrs, far):
    assert results(sent(lrs, *KEYS)) == [("accepted", "")] * len(KEYS)
    assert far.arrivals("save") == ["stored"]
    assert results(asked(lrs, *KEYS)) == [("accepted", "")] * len(KEYS)
    assert len(far.held()) == 13
    assert set(far.held().values()) == {1}


def test_what_is_not_there_is_not_found(lrs):
    assert results(asked(lrs, "claim")) == [("not_found", "not_found")]


def test_what_is_sent_twice_is_there_once(lrs, far):
    sent(lrs, "assessment_submitted")
    assert results(sent(lrs, "assessment_submitted")) == [("unknown", "duplicate")]
    assert results(asked(lrs, "assessment_submitted")) == [("accepted", "")]
    assert set(far.held().values()) == {1}


def test_another_statement_under_the_same_id_is_a_conflict(lrs, far):
    sent(lrs, "claim")
    assert results(sent(lrs, "claim", learner="somebody else")) == [("refused", "conflict")]
    assert results(asked(lrs, "claim", learner="somebody else")) == [("refused", "conflict")]


def test_in_a_batch_a_conflict_is_the_documents_and_nothing_of_it_is_taken(lrs, far):
    sent(lrs, "claim")
    found = sent(lrs, "disclosure_acknowledged", "claim", learner="somebody else")
    assert results(found) == [("refused", "conflict")] * 2
    assert all(one.whole for one in found)
    assert len(far.held()) == 1


@pytest.fixture
def desk(far: world.Far) -> Iterator[XapiDesk]:
    """The desk as it was made: a test may put another in its place."""
    made = far.receiver.desks["xapi"]
    assert isinstance(made, XapiDesk)
    yield made
    far.receiver.desks["xapi"] = made


@pytest.fixture
def stubborn(far: world.Far, desk: XapiDesk) -> None:
    """An LRS that answers 409 for what it has, even where it is the same."""
    far.receiver.desks["xapi"] = replace(desk, rejects_known=True)


@pytest.mark.usefixtures("stubborn")
def test_a_409_for_the_same_statement_is_settled_by_comparing(lrs, far):
    sent(lrs, "assessment_submitted")
    assert results(sent(lrs, "assessment_submitted")) == [("accepted", "")]


@pytest.mark.usefixtures("stubborn")
def test_of_a_record_that_is_there_in_part_only_the_rest_is_sent(lrs, far):
    sent(replace(lrs, wire={**lrs.wire, "items": False}), "assessment_submitted")
    assert results(sent(lrs, "assessment_submitted")) == [("accepted", "")]
    assert len(far.held()) == 5
    assert set(far.held().values()) == {1}


def test_a_409_for_what_is_not_there_is_tried_again(lrs, far):
    far.misbehave("conflict_409")
    assert results(sent(lrs, "claim")) == [("retry", "conflict_unclear")]


def test_a_correction_voids_and_earns_anew(lrs, far):
    sent(lrs, "claim")
    assert results(asked(lrs, "claim", operation="delete")) == [("not_found", "not_found")]
    assert results(sent(lrs, "claim", operation="delete")) == [("accepted", "")]
    assert results(asked(lrs, "claim", operation="delete")) == [("accepted", "")]
    again = {"credit_id": lrs.key("claim:1", "earned", 2), "revision": 2}
    assert results(sent(lrs, "claim", **again)) == [("accepted", "")]
    voided = {one.key for one in far.store.records() if one.facts.get("voided")}
    assert voided == {KEYS["claim"]}
    assert [(one.operation, one.revision) for one in lrs.correct(1)] == [("delete", 1), ("add", 2)]


def test_the_same_record_twice_in_a_batch_is_sent_once(lrs, far):
    assert results(sent(lrs, "claim", "claim")) == [("accepted", "")] * 2
    assert far.held() == {KEYS["claim"]: 1}


SENDING = [
    ("refuse", "refused", "statement", 0),
    ("error_inside_200", "unknown", "answer_unreadable", 0),
    ("error_500", "unknown", "receiver_error", 0),
    ("store_then_500", "unknown", "receiver_error", 1),
    ("conflict_409", "retry", "conflict_unclear", 0),
    ("gone_410", "refused", "unclassified", 0),
    ("too_large_413", "refused", "too_big", 0),
    ("busy_429", "retry", "busy", 0),
    ("busy_503", "unknown", "receiver_error", 0),
    ("store_then_silence", "unknown", "no_answer", 1),
    ("store_then_drop", "unknown", "no_answer", 1),
    ("drop_before_storing", "unknown", "no_answer", 0),
    ("drip", "unknown", "no_answer", 1),
    ("half_body", "unknown", "no_answer", 1),
    ("wrong_type", "unknown", "answer_unreadable", 1),
    ("truncated", "unknown", "answer_unreadable", 1),
    ("double_escaped", "unknown", "answer_unreadable", 1),
    ("huge", "unknown", "answer_unreadable", 1),
    ("redirect", "unknown", "redirect", 0),
    ("nonsense", "unknown", "answer_unreadable", 0),
    ("bare_404", "retry", "address", 0),
    ("wrong_credit", "unknown", "answer_unreadable", 1),
    ("unauthorized", "retry", "credentials", 0),
    ("forget", "accepted", "", 0),
]


@pytest.mark.parametrize(("trouble", "result", "reason", "held"), SENDING, ids=str)
def test_what_each_trouble_means_after_sending(trouble, result, reason, held, far):
    far.misbehave(trouble, seconds=0.5)
    lrs = endpoint(far.url, **world.patience(trouble))
    assert results(sent(lrs, "claim")) == [(result, reason)]
    assert len(far.held()) == held


@pytest.mark.parametrize(
    "trouble",
    ["error_500", "busy_429", "busy_503", "drop_before_storing", "half_body", "wrong_type", "truncated",
     "double_escaped", "huge", "redirect", "nonsense", "bare_404", "wrong_credit", "unauthorized", "conflict_409"],
)  # fmt: skip
def test_a_question_that_fails_leaves_everything_open(trouble, lrs, far):
    sent(lrs, "claim")
    far.misbehave(trouble, on="status")
    assert [one.result for one in asked(lrs, "claim")] == ["unknown"]
    assert results(asked(lrs, "claim")) == [("accepted", "")]


def test_a_batch_that_is_refused_says_so_of_itself(lrs, far):
    far.misbehave("refuse", key=KEYS["claim"], times=None)
    found = sent(lrs, "disclosure_acknowledged", "claim")
    assert [(one.reason, one.whole) for one in found] == [("statement", True)] * 2
    assert [(one.reason, one.whole) for one in sent(lrs, "claim")] == [("statement", False)]
    assert results(sent(lrs, "disclosure_acknowledged")) == [("accepted", "")]


def test_a_document_that_is_too_long_is_not_sent(lrs, far):
    small = replace(lrs, wire={**lrs.wire, "batch": {"records": 50, "bytes": 100}})
    found = sent(small, "claim", "disclosure_acknowledged")
    assert [(one.reason, one.whole) for one in found] == [("too_big", True)] * 2
    assert far.arrivals("save") == []


def test_retry_after_is_passed_on(lrs, far):
    far.misbehave("busy_429", seconds=600)
    assert sent(lrs, "claim")[0].retry_after == "600"


def test_no_pseudonym_and_no_secret_is_kept_of_an_answer(lrs, far):
    far.misbehave("refuse", text=f"No {statements.LEARNER}, no {world.PASSWORD}, no rehearsal")
    (found,) = sent(lrs, "claim")
    for secret in (statements.LEARNER, world.PASSWORD, "rehearsal"):
        assert secret not in found.excerpt + found.detail
    assert "message" in found.excerpt
    assert world.PASSWORD not in repr(lrs)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"url": ""}, "url"),
        ({"user": ""}, "user"),
        ({"password_env": ""}, "password_env"),
        ({"password_env": "CME_TEST_NOT_SET"}, "CME_TEST_NOT_SET"),
        ({"options": {}}, "options.home_page"),
        ({"options": {"home_page": "lms"}}, "options.home_page"),
        ({"options": {"home_page": "https://lms.example.org", "auth": "bearer"}}, "secret_env"),
        ({"wire": {"profile": "not an iri"}}, "wire.profile"),
        ({"url": "http://lrs.example.org/"}, "https"),
        ({"allow_insecure_loopback": False}, "allow_insecure_loopback"),
    ],
)
def test_a_missing_setting_is_named(changes, named, far):
    lrs = endpoint(far.url, **changes)
    assert named in lrs.settings_problem().detail
    assert named in lrs.check()[0]
    assert named in lrs.validate(statements.of("claim"))[0].detail


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"auth": "paper"}, "auth"),
        ({"homepage": "x"}, "homepage"),
        ({"send": ["nothing"]}, "send"),
        ({"send": "x"}, "send"),
    ],
)
def test_an_option_that_is_none_is_refused_at_once(options, named, far):
    with pytest.raises(WireError, match=named):
        XapiLrs.from_config(EndpointConfig(name="lrs", kind="xapi_lrs", options=options))


def test_a_bearer_token_will_do(far, monkeypatch):
    monkeypatch.setenv("CME_TEST_TOKEN", "a token")
    options = {"home_page": "https://lms.example.org", "auth": "bearer"}
    lrs = endpoint(far.url, options=options, secret_env="CME_TEST_TOKEN", user="", password_env="")
    assert results(sent(lrs, "claim")) == [("accepted", "")]


def test_check_says_what_is_wrong(lrs, far, desk):
    assert lrs.check() == ()
    far.receiver.desks["xapi"] = replace(desk, password="another")
    assert "401" in lrs.check()[0]
    (told, *_) = endpoint(f"{far.receiver.address}/xapi/elsewhere").check()
    assert "setting url" in told
    far.receiver.desks["xapi"] = replace(desk, versions=("1.0.3",))
    new = replace(lrs, wire={**lrs.wire, "api_version": "2.0.0"})
    assert new.check() == ("The LRS speaks xAPI 1.0.3; the setting wire.api_version says 2.0.0.",)


def test_only_what_is_asked_for_is_sent(far):
    lrs = endpoint(far.url, options={"home_page": "https://lms.example.org", "send": ["claim"]})
    about = About(Subject.ENTRY, statements.activity(), entry_kind="credit_claimed")
    assert lrs.kinds(about) == ()
    assert lrs.kinds(replace(about, subject=Subject.CLAIM, system="ama_pra_1", profession="md")) == ("earned",)


@pytest.mark.parametrize(
    ("kind", "verbs"),
    [
        ("disclosure_acknowledged", ("acknowledged",)), ("baseline_submitted", ("completed",)),
        ("assessment_submitted", ("completed",)), ("evaluation_submitted", ("completed",)),
        ("credit_claimed", ("attested",)), ("content_completed", ()), ("credit_voided", ()),
    ],
)  # fmt: skip
def test_which_entries_become_statements(kind, verbs, lrs):
    assert lrs.kinds(About(Subject.ENTRY, statements.activity(), entry_kind=kind)) == verbs


def learn(learner: str, clock: world.Clock) -> None:
    """A learner's way to a credit: entries of the ledger, then the claim."""
    edition = editions.record(world.COURSE, statements.activity(), now=clock())
    for kind in (Kind.DISCLOSURE_ACKNOWLEDGED, Kind.BASELINE_SUBMITTED, Kind.ASSESSMENT_SUBMITTED):
        draft = Draft(kind, edition, statements.PAYLOADS[kind])
        ledger.append(world.COURSE, "opioids", learner, decide=lambda _, one=draft: one, now=clock())


@pytest.mark.django_db
def test_a_learners_way_and_credit_arrive_once(far, settings, clock):
    settings.CME_ENDPOINTS = [setting(far.url)]
    learn("42", clock)
    world.claim("42", consent=False, person=None)
    world.run_until_settled(clock)
    assert world.states() == {"accepted": 5}
    assert set(far.held().values()) == {1}
    verbs = [json.loads(one.body)["verb"]["id"].rpartition("/")[2] for one in reversed(far.store.records())]
    assert sorted(verbs) == sorted(
        ["acknowledged", "completed", "answered", "answered", "answered", "completed", "passed", "answered", "answered",
         "answered", "attested", "earned"]
    )  # fmt: skip


@pytest.mark.django_db
def test_a_retracted_claim_is_voided(far, settings, clock):
    settings.CME_ENDPOINTS = [setting(far.url, options={"home_page": "https://lms.example.org", "send": ["claim"]})]
    claim = world.claim("42", consent=False, person=None)
    world.run_until_settled(clock)
    outbox.retract(claim, now=clock())
    world.run_until_settled(clock)
    assert world.states() == {"accepted": 2}
    (voided,) = [one for one in far.store.records() if one.facts.get("voided")]
    assert voided.key == Delivery.objects.get(operation="add").credit_id


def test_the_store_holds_no_learner_in_the_clear(tmp_path):
    path = Path(tmp_path / "one.sqlite3")
    desk = XapiDesk(Store(path), world.START.timestamp)
    with world.listening(desk) as receiver:
        lrs = endpoint(f"{receiver.address}/xapi")
        sent(lrs, "claim")
        connections.hang_up()
    text = world.stored_bytes(path)
    assert b"Avery" not in text
    assert statements.SECRET.encode() not in text


def test_payloads_of_the_other_subjects_are_what_they_say():
    assert isinstance(statements.of("claim"), Record)
    assert isinstance(statements.of("credit_claimed"), Event)
