"""The webhook: signed as the reference library wants it, thin, and sent again under the same id when in doubt."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks.webhooks import Webhook as Reference
from standardwebhooks.webhooks import WebhookVerificationError

from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import editions, ledger
from cme_xblock.records.models import Delivery
from cme_xblock.reporting import decisions, outbox
from cme_xblock.reporting.endpoints import connections, webhook_signing
from cme_xblock.reporting.endpoints.base import About, EndpointConfig, Outcome, Subject
from cme_xblock.reporting.endpoints.data import WireError
from cme_xblock.reporting.endpoints.webhook import Webhook, message_id
from cme_xblock.reporting.sandbox.store import Store
from cme_xblock.reporting.sandbox.webhook_desk import WebhookDesk, secret
from tests.reporting import statements, world
from tests.reporting.statements import KEYS

CASES = Path(__file__).parent / "cases"
OLD, NEW = secret(b"old"), world.SECRET
SEED = bytes(range(32))
PRIVATE = "whsk_" + base64.b64encode(SEED).decode()


def setting(address: str, **changes: Any) -> dict[str, Any]:
    """The setting of a webhook."""
    hook = {"name": "hook", "kind": "webhook", "label": "Webhook", "wire": {}, "secret_env": world.SECRET_ENV}
    return world.endpoint(address, **{**hook, **changes})


def endpoint(address: str, **changes: Any) -> Webhook:
    return Webhook.from_config(EndpointConfig(**setting(address, **changes)))


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[world.Far, world.Clock]]:
    ticking = world.Clock()
    store = Store(tmp_path_factory.mktemp("hook") / "hook.sqlite3")
    desk = WebhookDesk(store, ticking.seconds, secrets=NEW)
    with world.listening(desk) as receiver:
        yield world.Far(receiver, desk, "events"), ticking
    connections.hang_up()


@pytest.fixture
def hook(far: world.Far) -> Webhook:
    return endpoint(far.url)


def rendered(name: str, **changes: Any) -> bytes:
    return endpoint("https://x.example.org/").render([statements.of(name, **changes)], now=statements.AT)


def sent(hook: Webhook, name: str, **changes: Any) -> Outcome:
    payload = statements.of(name, **changes)
    return hook.send(hook.render([payload], now=statements.AT), [payload])[payload.key]


def brief(one: Outcome) -> tuple[str, str]:
    return str(one.result), one.reason


def signed(body: bytes, secrets: str, *, at: int = 0) -> dict[str, str]:
    keys = webhook_signing.keys(secrets)
    return dict(webhook_signing.headers("msg_1", body, at=at or int(time.time()), with_keys=keys))


@pytest.mark.parametrize("name", [*KEYS, "voided"])
def test_the_messages_are_as_agreed(name):
    body = rendered("claim", operation="delete") if name == "voided" else rendered(name)
    assert body + b"\n" == (CASES / f"webhook-{name}.json").read_bytes()


@pytest.mark.parametrize("name", KEYS)
def test_a_message_is_thin_and_names_nobody(name):
    body = rendered(name)
    assert len(body) < 1000
    for word in ("Avery", "Sample", statements.SECRET, "AB12", "post-1", "Opioid", "mbox"):
        assert word not in body.decode()


def test_the_reference_library_verifies_what_we_sign():
    body = rendered("claim")
    assert Reference(NEW).verify(body, signed(body, NEW)) == json.loads(body)


def test_the_reference_library_verifies_during_a_rotation():
    body = rendered("claim")
    both = signed(body, f"{OLD} {NEW}")
    assert Reference(OLD).verify(body, both) == Reference(NEW).verify(body, both)
    with pytest.raises(WebhookVerificationError):
        Reference(NEW).verify(body, signed(body, OLD))


@pytest.mark.parametrize("change", ["body", "webhook-id", "webhook-timestamp"])
def test_the_signature_covers_everything(change):
    body = rendered("claim")
    headers = signed(body, NEW)
    if change == "body":
        body += b" "
    else:
        headers[change] = "msg_2" if change == "webhook-id" else str(int(headers[change]) + 1)
    with pytest.raises(WebhookVerificationError):
        Reference(NEW).verify(body, headers)


def test_our_signature_is_the_reference_librarys():
    body = rendered("claim")
    at = datetime(2026, 3, 2, tzinfo=UTC)
    ours = signed(body, NEW, at=int(at.timestamp()))
    assert ours["webhook-signature"] == Reference(NEW).sign("msg_1", at, body.decode())


def test_an_ed25519_signature_verifies_with_the_public_key():
    body = rendered("claim")
    headers = signed(body, f"{PRIVATE} {NEW}", at=1_700_000_000)
    first, second = headers["webhook-signature"].split()
    version, _, text = first.partition(",")
    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key()
    public.verify(base64.b64decode(text), b"msg_1.1700000000." + body)
    assert (version, second[:3]) == ("v1a", "v1,")
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(text), b"msg_2.1700000000." + body)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "no secret"),
        ("plain", "whsec_"),
        ("whsec_!!!", "base64"),
        ("whsec_" + base64.b64encode(b"x" * 23).decode(), "24 to 64"),
        ("whsec_" + base64.b64encode(b"x" * 65).decode(), "24 to 64"),
        ("whsk_" + base64.b64encode(b"x" * 31).decode(), "32 bytes"),
        (f"{NEW} plain", "whsec_"),
    ],
)
def test_what_is_no_secret_is_told_without_quoting_it(text, named, far, monkeypatch):
    with pytest.raises(webhook_signing.SecretError, match=named) as caught:
        webhook_signing.keys(text)
    assert len(text) < 5 or text not in str(caught.value)
    monkeypatch.setenv(world.SECRET_ENV, text or " ")
    problem = endpoint(far.url).settings_problem()
    assert problem is not None
    assert world.SECRET_ENV in problem.detail


def test_a_key_never_shows_itself():
    assert base64.b64decode(NEW[6:]).hex() not in repr(webhook_signing.keys(NEW))
    assert NEW not in repr(webhook_signing.keys(NEW))


def test_a_message_arrives_signed(hook, far):
    assert brief(sent(hook, "claim")) == ("accepted", "")
    assert far.arrivals("save") == ["stored"]
    assert far.held() == {KEYS["claim"]: 1}


def test_another_secret_is_found_out(hook, far, monkeypatch):
    monkeypatch.setenv(world.SECRET_ENV, OLD)
    assert brief(sent(hook, "claim")) == ("retry", "credentials")
    monkeypatch.setenv(world.SECRET_ENV, f"{OLD} {NEW}")
    assert brief(sent(hook, "claim")) == ("accepted", "")


def test_the_same_message_is_known_by_its_id(hook, far):
    sent(hook, "claim")
    assert brief(sent(hook, "claim")) == ("accepted", "")
    assert far.arrivals("save") == ["stored", "known already"]
    assert far.held() == {KEYS["claim"]: 1}


def test_a_voiding_message_has_an_id_of_its_own(hook, far):
    sent(hook, "claim")
    assert brief(sent(hook, "claim", operation="delete")) == ("accepted", "")
    assert len(far.held()) == 2
    assert message_id(statements.of("claim")) == KEYS["claim"]
    assert statements.LEARNER not in rendered("claim", operation="delete").decode()


def test_ids_are_the_same_for_ever(hook):
    assert hook.key("claim:7", "claim", 1) == "d8f6895b-bf42-53ff-b531-ccfcf3605d30"
    assert hook.key("claim:7", "claim", 2) != hook.key("claim:7", "claim", 1)


SENDING = [
    ("refuse", "refused", "message", 0),
    ("error_inside_200", "refused", "message", 0),
    ("refuse_later", "refused", "message", 0),
    ("error_500", "unknown", "receiver_error", 0),
    ("store_then_500", "unknown", "receiver_error", 1),
    ("conflict_409", "refused", "conflict", 0),
    ("gone_410", "retry", "gone", 0),
    ("too_large_413", "refused", "too_big", 0),
    ("busy_429", "retry", "busy", 0),
    ("busy_503", "unknown", "receiver_error", 0),
    ("store_then_silence", "unknown", "no_answer", 1),
    ("store_then_drop", "unknown", "no_answer", 1),
    ("drop_before_storing", "unknown", "no_answer", 0),
    ("redirect", "unknown", "redirect", 0),
    ("bare_404", "retry", "address", 0),
    ("unauthorized", "retry", "credentials", 0),
    ("huge", "accepted", "", 1),
    ("wrong_type", "accepted", "", 1),
    ("truncated", "accepted", "", 1),
    ("nonsense", "unknown", "answer_unreadable", 0),
    ("half_body", "unknown", "no_answer", 1),
    ("forget", "accepted", "", 0),
]


@pytest.mark.parametrize(("trouble", "result", "reason", "held"), SENDING, ids=str)
def test_what_each_trouble_means(trouble, result, reason, held, far):
    far.misbehave(trouble, seconds=0.5)
    found = sent(endpoint(far.url, **world.patience(trouble)), "claim")
    assert brief(found) == (result, reason)
    assert bool(found.stop) is (trouble == "gone_410")
    assert len(far.held()) == held


def test_no_secret_is_kept_of_an_answer(hook, far):
    far.misbehave("refuse", text=f"No {statements.LEARNER}, no {NEW}")
    found = sent(hook, "claim")
    assert "error" in found.excerpt
    assert statements.LEARNER not in found.excerpt + found.detail
    assert NEW not in found.excerpt + found.detail


def test_what_is_too_long_is_not_sent(hook, far):
    small = replace(hook, wire={**hook.wire, "bytes_max": 10})
    assert brief(sent(small, "claim")) == ("refused", "too_big")
    assert far.arrivals("save") == []


def test_an_old_message_is_not_taken(hook, far):
    desk = far.receiver.desks["webhook"]
    far.receiver.desks["webhook"] = replace(desk, now=lambda: 0.0)
    assert brief(sent(hook, "claim")) == ("refused", "message")
    far.receiver.desks["webhook"] = desk


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"url": ""}, "url"),
        ({"secret_env": ""}, "secret_env"),
        ({"secret_env": "CME_TEST_NOT_SET"}, "CME_TEST_NOT_SET"),
        ({"url": "http://hook.example.org/"}, "https"),
        ({"allow_insecure_loopback": False}, "allow_insecure_loopback"),
    ],
)
def test_a_missing_setting_is_named(changes, named, far):
    hook = endpoint(far.url, **changes)
    assert named in hook.settings_problem().detail
    assert named in hook.check()[0]
    assert named in hook.validate(statements.of("claim"))[0].detail


@pytest.mark.parametrize("options", [{"sent": []}, {"send": ["voided"]}, {"send": "claim"}])
def test_an_option_that_is_none_is_refused_at_once(options):
    with pytest.raises(WireError, match="options"):
        Webhook.from_config(EndpointConfig(name="hook", kind="webhook", options=options))


def test_check_connects_and_says_nothing(hook, far):
    assert hook.check() == ()
    assert far.arrivals("save") == []
    assert "unreachable" in endpoint("http://127.0.0.1:9/x").check()[0]


def test_only_what_is_asked_for_is_sent(far):
    hook = endpoint(far.url, options={"send": ["claim"]})
    about = About(Subject.ENTRY, statements.activity(), entry_kind="credit_claimed")
    assert hook.kinds(about) == ()
    assert endpoint(far.url).kinds(about) == ("credit_claimed",)
    assert endpoint(far.url).kinds(replace(about, entry_kind="test_marked")) == ()
    assert hook.kinds(replace(about, subject=Subject.CLAIM)) == ("claim",)


@pytest.mark.django_db
def test_a_way_arrives_once_though_answers_get_lost(far, settings, clock):
    settings.CME_ENDPOINTS = [setting(far.url)]
    edition = editions.record(world.COURSE, statements.activity(), now=clock())
    draft = Draft(Kind.ASSESSMENT_SUBMITTED, edition, statements.PAYLOADS["assessment_submitted"])
    ledger.append(world.COURSE, "opioids", "42", decide=lambda _: draft, now=clock())
    far.misbehave("store_then_drop", times=3)
    world.claim("42", consent=False, person=None)
    world.run_until_settled(clock)
    assert world.states() == {"accepted": 3}
    assert set(far.held().values()) == {1}
    assert far.arrivals("save").count("known already") == 3


@pytest.mark.django_db
def test_410_pauses_the_endpoint_until_somebody_resumes_it(far, settings, clock):
    settings.CME_ENDPOINTS = [setting(far.url, options={"send": ["claim"]})]
    far.misbehave("gone_410")
    world.claim("42", consent=False, person=None)
    world.claim("43", consent=False, person=None)
    world.run(clock)
    assert decisions.paused(["hook"]) == {"hook"}
    clock.forward(hours=30)
    world.run(clock)
    assert far.arrivals("save") == ["gone_410"]
    decisions.resume("hook", by="operator", reason="They are back.", now=clock())
    world.run_until_settled(clock)
    assert world.states() == {"accepted": 2}


@pytest.mark.django_db
def test_a_retracted_claim_is_told(far, settings, clock):
    settings.CME_ENDPOINTS = [setting(far.url, options={"send": ["claim"]})]
    claim = world.claim("42", consent=False, person=None)
    world.run_until_settled(clock)
    outbox.retract(claim, now=clock())
    world.run_until_settled(clock)
    assert world.states() == {"accepted": 2}
    types = {json.loads(one.body)["type"] for one in far.store.records()}
    assert types == {"cme.credit.awarded", "cme.credit.voided"}
    voided = next(json.loads(one.body) for one in far.store.records() if "voided" in one.body)
    assert voided["data"]["voids"] == Delivery.objects.get(operation="add").credit_id
