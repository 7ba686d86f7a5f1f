"""CPE Monitor: rows with e-Profile and MMDD, each answered by its reference, and the patience a new profile needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from cme_xblock.activity.model import Activity
from cme_xblock.reporting.endpoints import data
from cme_xblock.reporting.endpoints.base import About, EndpointConfig, Outcome, Record, Result, Subject
from cme_xblock.reporting.endpoints.cpe_monitor import CpeMonitor
from cme_xblock.reporting.endpoints.exchange import Answer
from cme_xblock.reporting.sandbox.cpe_desk import CpeDesk
from cme_xblock.reporting.sandbox.store import Store
from tests.reporting.world import START, Clock, Far, listening, patience

PASSWORD_ENV, PASSWORD = "CME_TEST_CPE_PASSWORD", "hush-4711"
WIRE = {"soap": {"namespace": "urn:placeholder:cpe", "action": "urn:placeholder:cpe/Submit"}}
GOLDEN = Path(__file__).parent / "golden" / "cpe_monitor.xml"


def record(number: int = 1, **changes: Any) -> Record:
    """One pharmacist's contact hours."""
    given: dict[str, Any] = {
        "operation": "add",
        "credit_id": f"0f5c{number}-1",
        "kind": "cpe",
        "system": "acpe_pharmacist",
        "amount": Decimal("1.50"),
        "profession": "pharmd",
        "completed_on": date(2026, 11, 2),
        "completed_at": datetime(2026, 11, 2, 22, tzinfo=UTC),
        "claimed_at": START,
        "activity": Activity(activity_id="sepsis"),
        "activity_number": "0798-0000-26-001-H05-P",
        "identifiers": {"nabp_eprofile": f"12345{number:02d}", "birth_month_day": "02-29"},
    }
    return Record(**{**given, **changes})


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Far]:
    wire = data.merged("cpe_monitor", WIRE)
    desk = CpeDesk(Store(tmp_path / "cpe.sqlite3", duplicates=True), wire, Clock().seconds, password=PASSWORD)
    with listening(desk) as receiver:
        yield Far(receiver, desk, "service")


@pytest.fixture
def endpoint(far: Far, monkeypatch: pytest.MonkeyPatch) -> CpeMonitor:
    monkeypatch.setenv(PASSWORD_ENV, PASSWORD)
    return made(far.url)


def made(url: str, **wire: Any) -> CpeMonitor:
    endpoint = CpeMonitor.from_config(
        EndpointConfig(
            name="cpe", kind="cpe_monitor", label="CPE Monitor", url=url, user="pharmacy", password_env=PASSWORD_ENV,
            allow_insecure_loopback=True, **patience(), wire={**WIRE, **wire},
        )
    )  # fmt: skip
    return replace(endpoint, clock=lambda: START + timedelta(days=1))


def sent(endpoint: CpeMonitor, *records: Record) -> list[Outcome]:
    found = endpoint.send(endpoint.render(records, now=START), records)
    return [found[one.key] for one in records]


def test_the_message_is_the_golden_one(endpoint: CpeMonitor) -> None:
    """MMDD without a year, hours as digits; neither user nor password in what may be kept."""
    document = endpoint.render([record(1), record(2, amount=Decimal(2))], now=START)
    assert document == GOLDEN.read_bytes().rstrip(b"\n")
    root = etree.fromstring(document)
    assert [one.text for one in root.iter("{*}DateOfBirth")] == ["0229", "0229"]
    assert [one.text for one in root.iter("{*}CreditHours")] == ["1.5", "2"]
    ceu = made(endpoint.config.url, values={"credit": "ceu"}).render([record(1)], now=START)
    assert etree.fromstring(ceu).findtext(".//{*}CreditHours") == "0.15"


def test_rows_are_taken_once_each(endpoint: CpeMonitor, far: Far) -> None:
    """And nothing of a person or a password is in what comes back."""
    outcomes = sent(endpoint, record(1), record(2))
    assert [str(one.result) for one in outcomes] == ["accepted", "accepted"]
    assert sorted(far.held().values()) == [1, 1]
    assert PASSWORD not in repr(outcomes) + repr(endpoint)


def test_one_refused_row_leaves_the_other(endpoint: CpeMonitor, far: Far) -> None:
    """A birthday that does not match: the learner can mend that."""
    far.misbehave("refuse", key=record(2).key, text="Date of birth 0229 does not match profile 1234502")
    first, second = sent(endpoint, record(1), record(2))
    assert (first.result, second.result, second.reason) == (Result.ACCEPTED, Result.REFUSED, "identity")
    assert "0229" not in second.detail
    assert "1234502" not in second.detail


def test_a_new_profile_is_waited_for(endpoint: CpeMonitor, far: Far) -> None:
    """Up to five days, once a day; then it is the number that is wrong."""
    young = record(1, identifiers={"nabp_eprofile": "1234000", "birth_month_day": "02-29"})
    (outcome,) = sent(endpoint, young)
    assert (outcome.result, outcome.reason, outcome.retry_after) == (Result.RETRY, "new_profile", "86400")
    later = replace(endpoint, clock=lambda: START + timedelta(days=5))
    (outcome,) = sent(later, young)
    assert (outcome.result, outcome.reason) == (Result.REFUSED, "identity")


def test_a_duplicate_is_a_success_only_where_it_is_recognised(endpoint: CpeMonitor, far: Far) -> None:
    """Until ACPE has said that the same row is recognised, a person looks."""
    far.misbehave("refuse", text="Duplicate: already submitted")
    assert [(one.result, one.reason) for one in sent(endpoint, record(1))] == [("refused", "duplicate")]
    far.misbehave("refuse", text="Duplicate: already submitted")
    safe = made(far.url, resend={"safe": True})
    assert [one.result for one in sent(safe, record(1))] == ["accepted"]
    assert safe.capabilities().idempotent
    assert not endpoint.capabilities().idempotent


FAULTS = {
    "error_500": "unknown", "store_then_500": "unknown", "busy_429": "retry", "busy_503": "retry",
    "store_then_silence": "unknown", "store_then_drop": "unknown", "drop_before_storing": "unknown",
    "half_body": "unknown", "truncated": "unknown", "huge": "unknown", "redirect": "retry", "nonsense": "unknown",
    "bare_404": "retry", "wrong_credit": "unknown", "unauthorized": "retry", "error_inside_200": "refused",
    "too_large_413": "refused", "double_escaped": "accepted", "wrong_type": "accepted", "slow": "unknown",
    "conflict_409": "unknown", "gone_410": "unknown",
}  # fmt: skip


@pytest.mark.parametrize("trouble", sorted(FAULTS))
def test_every_trouble_has_its_meaning(trouble: str, endpoint: CpeMonitor, far: Far) -> None:
    """One row and three: nothing is called accepted that is not there, nothing sent again that may be."""
    endpoint = replace(endpoint, config=replace(endpoint.config, **patience(trouble)))
    for batch in ([record(1)], [record(2), record(3), record(4)]):
        far.misbehave(trouble, seconds=0.6)
        outcomes = sent(endpoint, *batch)
        assert [str(one.result) for one in outcomes] == [FAULTS[trouble]] * len(batch)
        held = far.held()
        for one, outcome in zip(batch, outcomes, strict=True):
            assert outcome.result is not Result.ACCEPTED or held[one.key] == 1
            assert outcome.result not in (Result.RETRY, Result.REFUSED) or held[one.key] == 0


def test_what_is_missing_holds(endpoint: CpeMonitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The e-Profile, the birthday, the UAN; and a setting that ACPE has to give."""
    assert endpoint.validate(record()) == ()
    for identifiers in ({}, {"nabp_eprofile": "123456"}, {"nabp_eprofile": "12a456", "birth_month_day": "02-29"}):
        found = endpoint.validate(record(identifiers=identifiers))
        assert [(one.code, one.hold) for one in found] == [("identity_incomplete", True)]
    assert [one.code for one in endpoint.validate(record(activity_number=""))] == ["no_activity_number"]
    problem = made(endpoint.config.url, soap={"namespace": "", "action": ""}).settings_problem()
    assert problem is not None
    assert "wire.soap.namespace" in problem.detail


def test_sixty_days_and_their_warnings(endpoint: CpeMonitor) -> None:
    """ACPE wants it within 60 days of participation. Only pharmacists and technicians are reported."""
    capable = endpoint.capabilities()
    assert (capable.deadline_days, capable.deadline_warnings) == (60, (30, 45, 55))

    def kinds(system: str, profession: str) -> tuple[str, ...]:
        return endpoint.kinds(About(Subject.CLAIM, Activity(), system=system, profession=profession))

    assert kinds("acpe_pharmacist", "pharmd") == kinds("acpe_technician", "pharmacy_technician") == ("cpe",)
    assert kinds("acpe_pharmacist", "md") == kinds("ama_pra_1", "pharmd") == ()


FAULT = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>{}<faultstring>Oh</faultstring>'
    "</s:Fault></s:Body></s:Envelope>"
)


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("<faultcode>s:Server</faultcode>", "unknown"),
        ("<Code><Value>env:Receiver</Value></Code>", "unknown"),
        ("<faultcode>s:Client</faultcode>", "refused"),
        ("<Code><Value>env:Sender</Value></Code>", "refused"),
        ("", "refused"),
    ],
)
def test_a_fault_of_the_service_itself_may_come_after_some_was_kept(code: str, result: str) -> None:
    """Only what the service blames on us is certainly not there."""
    endpoint = made("http://127.0.0.1:9")
    found = endpoint._judged(Answer(500, {}, FAULT.format(code).encode(), True), [record(1), record(2)])
    assert {str(one.result) for one in found.values()} == {result}
