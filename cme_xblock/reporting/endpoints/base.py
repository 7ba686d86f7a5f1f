"""What every endpoint promises, and the values that pass between it and the engine. PURE.

Source: spec endpoints, part 11 (connector contract).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from cme_xblock.activity.message import Message
from cme_xblock.reporting.identity import Identity


class Result(StrEnum):
    """What came of a sending or a question, as far as it is certain."""

    PENDING = "pending"  # the receiver has it and will decide later
    ACCEPTED = "accepted"
    REFUSED = "refused"  # the receiver will not have it; sending the same again is useless
    RETRY = "retry"  # it certainly was not taken; the same may work later
    UNKNOWN = "unknown"  # it may have been taken
    NOT_FOUND = "not_found"  # an answer to a question: it certainly is not there


@dataclass(frozen=True)
class Outcome:
    """What one exchange with the receiver means.

    `reason` is a stable code, `detail` the receiver's own words without identifiers, `retry_after` its header of that
    name as it came, `excerpt` the start of its answer without identifiers (for the attempt log).
    """

    result: Result
    reason: str = ""
    detail: str = ""
    http_status: int | None = None
    excerpt: str = ""
    retry_after: str = ""


@dataclass(frozen=True)
class Problem:
    """Why a record can't be sent as it is.

    `hold` says that waiting helps: somebody fills a setting or corrects an identifier, and it goes out. Otherwise the
    record itself is wrong and is refused here, before anything leaves.
    """

    code: str
    detail: str
    hold: bool = True


@dataclass(frozen=True)
class Capabilities:
    """What the receiver can do. `readback`: a record can be asked for by its key, which is what makes resends safe."""

    batch_max: int
    bytes_max: int
    readback: bool
    void: bool
    needs_identity: bool


@dataclass(frozen=True)
class Record:
    """One credit of one person, complete for sending. `amount` in the system's unit; `completed_on` the civil date.

    `activity_number` is the accreditor's own id of the activity (PARS: 9 digits). Not shown in `repr` where it names
    a person: `identity` hides itself.
    """

    operation: str
    credit_id: str
    system: str
    amount: Decimal
    completed_on: date
    activity_title: str
    activity_number: str
    provider_name: str
    provider_number: str
    identity: Identity


@dataclass(frozen=True)
class Step:
    """One step of a correction: an operation on one revision of a credit."""

    operation: str
    revision: int


@dataclass(frozen=True)
class EndpointConfig:
    """One entry of the setting CME_ENDPOINTS; what each name means is said in `reporting/config.py`.

    Times in seconds, sizes in bytes. The password itself is never in here, only the name of its environment variable.
    """

    name: str
    kind: str
    label: str = ""
    enabled: bool = True
    url: str = ""
    provider_id: str = ""
    provider_name: str = ""
    user: str = ""
    password_env: str = ""
    ccid_domain: str = ""
    allow_insecure_loopback: bool = False
    ca_file: str = ""
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    total_timeout: float = 60.0
    response_max: int = 262_144
    send_attempts: int = 10
    lease_seconds: float = 180.0
    settle_seconds: float = 30.0
    send_waits: Sequence[float] = ()
    ask_waits: Sequence[float] = ()
    activity_numbers: Mapping[str, str] = field(default_factory=dict)
    wire: Mapping[str, object] = field(default_factory=dict)


class Endpoint(Protocol):
    """One configured receiver."""

    config: EndpointConfig

    def wants(self, system: str, profession: str) -> bool:
        """Whether credit of this system, claimed in this profession, is reported here at all."""

    def kind_of(self, system: str) -> str:
        """The short word for this credit in a CreditID: `cme`."""

    def fields(self) -> tuple[str, ...]:
        """What a learner is asked for: of given_name, family_name, birth_month_day, npi_or_licence."""

    def purpose(self) -> str:
        """The code of the consent that must be given before anything identified goes here."""

    def consent_text(self, provider: str) -> Message:
        """The permission in words, in the accredited provider's name."""

    def credit_id(self, claim: str, kind: str, revision: int) -> str | None:
        """The key of that credit at the receiver, lower case; None while a setting for it is missing."""

    def validate(self, record: Record) -> tuple[Problem, ...]:
        """What stands against sending; empty when nothing does."""

    def render(self, record: Record, *, now: datetime) -> bytes:
        """The document to send: pure, the same bytes for the same arguments, valid by the endpoint's own schema."""

    def send(self, document: bytes, record: Record) -> Outcome:
        """Send once. Never raises for anything that the far side or the network does."""

    def reconcile(self, credit_id: str, *, identity: Identity | None) -> Outcome:
        """Ask what became of that credit. `identity` only to strip it from what is kept of the answer."""

    def correct(self, revision: int) -> tuple[Step, ...]:
        """The steps that replace the credit last sent as `revision`."""

    def capabilities(self) -> Capabilities:
        """What the receiver can do."""

    def redact(self, text: str, identity: Identity | None) -> str:
        """The text without anything of that person, cut to what the log keeps; empty where that can't be ensured."""
