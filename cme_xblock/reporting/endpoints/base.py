"""What every endpoint promises, and the values that pass between it and the engine: the contract, version 2. PURE.

A delivery has a subject: a credit that was claimed, an entry of the ledger, or an activity. Each comes to an endpoint
as a payload of its own, complete for sending, and each payload has a `key`: what the receiver recognises it by.
Source: spec endpoints, part 11 (connector contract).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from cme_xblock.activity.message import Message
from cme_xblock.activity.model import Activity
from cme_xblock.reporting.endpoints import secrets
from cme_xblock.reporting.identity import Identity


class Subject(StrEnum):
    """What a delivery is about; the first word of its `subject`."""

    CLAIM = "claim"
    ENTRY = "entry"
    ACTIVITY = "activity"


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
    name as it came, `excerpt` the start of its answer without identifiers (for the attempt log), `answer_hash` the
    `digest.digest` of the whole answer.

    `stop`: why the receiver wants nothing more at all; the engine pauses the endpoint for that reason.

    `whole`: the receiver judged the document and not this record: the batch was refused or too big. Then nothing of it
    was taken, and the engine halves the batch until the record that is to blame stands alone.
    `number`: under which number the receiver knows the activity, where its answer says so; the engine pins it.
    """

    result: Result
    reason: str = ""
    detail: str = ""
    http_status: int | None = None
    excerpt: str = ""
    retry_after: str = ""
    answer_hash: str = ""
    whole: bool = False
    stop: str = ""
    number: str = ""


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
    """What the receiver can do, and what it wants.

    `batch_max`: records in one document. `bytes_max`: bytes of one document.
    `readback`: a record can be asked for by its key, which is what makes resends safe. `idempotent`: a second sending
    under the same key changes nothing there, so that it may be sent again unasked. With neither of them, what may have
    arrived waits for a person.
    `void`: what was sent can be taken back. `void_by_key`: with nothing identified in it, so that taking back needs
    neither consent nor identity.
    `needs_identity`: a record without `identity` can't be sent.
    `ordered`: rows of one order_key go one after another; False only where the receiver does not care.
    `deadline_days`: days from completion until which the receiver wants it (ACPE: 60), None where there is no such
    rule; `deadline_warnings`: on which days somebody is told.
    """

    batch_max: int
    bytes_max: int
    readback: bool
    void: bool
    needs_identity: bool
    void_by_key: bool = False
    idempotent: bool = False
    ordered: bool = True
    deadline_days: int | None = None
    deadline_warnings: tuple[int, ...] = ()


@dataclass(frozen=True)
class About:
    """What a delivery would be about, as far as it takes to say whether an endpoint wants it.

    `system` and `profession` for a claim, `entry_kind` for an entry.
    """

    subject: Subject
    activity: Activity
    system: str = ""
    profession: str = ""
    entry_kind: str = ""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One credit of one person, complete for sending.

    `operation`: "add" or "delete". `credit_id`: our key at the receiver. `kind`: which credit of the claim ("cme",
    "moc-abim"). `amount` in the system's unit; `completed_on` the civil date in the activity's zone; `completed_at` and
    `claimed_at` aware. `activity_id` with `course_key` names the activity, `edition` is the SHA-256 of what the learner
    saw, `activity` its content. `activity_number`: the accreditor's own id of the activity (PARS: 9 digits), empty
    where none is known; `numbers`: all identifiers of the offering by name (`uan` …). `learner`: a pseudonym that only
    this endpoint gets. `identifiers`: the vault kinds that the endpoint asked for, as far as they are there.

    `identity` is None where the endpoint needs none, and may be None when it is only asked what became of the record.
    What names a person hides itself from `repr`.
    """

    operation: str
    credit_id: str
    kind: str
    system: str
    amount: Decimal
    completed_on: date
    completed_at: datetime
    claimed_at: datetime
    activity: Activity = field(repr=False)
    revision: int = 1
    profession: str = ""
    activity_id: str = ""
    course_key: str = ""
    edition: str = ""
    activity_title: str = ""
    activity_number: str = ""
    provider_name: str = ""
    provider_number: str = ""
    numbers: Mapping[str, str] = field(default_factory=dict)
    certificate_code: str = field(default="", repr=False)
    learner: str = ""
    identity: Identity | None = None
    identifiers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> str:
        """What the receiver recognises it by."""
        return self.credit_id


@dataclass(frozen=True, kw_only=True)
class Event:
    """One entry of a ledger, for receivers that follow what learners do (an LRS, a webhook).

    `kind`: the entry's kind. `payload`: as the entry has it; it may hold answers, so an endpoint picks what it sends.
    `results`: of a baseline or assessment, what scoring says: `correct` and `total` (int), `scaled` (Decimal, a share
    of 1) and, for an assessment, `passed` (bool); empty for every other kind. `at`: aware. `seq`: counts from 1 within
    the participation `participation` (its uuid). `learner`: as in Record.
    """

    operation: str
    key: str
    kind: str
    learner: str
    at: datetime
    seq: int
    activity: Activity = field(repr=False)
    revision: int = 1
    participation: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)
    results: Mapping[str, Any] = field(default_factory=dict)
    activity_id: str = ""
    course_key: str = ""
    edition: str = ""


@dataclass(frozen=True, kw_only=True)
class ActivityRecord:
    """One activity to register, change, close or delete at the accreditor's.

    `operation`: "add", "update", "close" or "delete". `number`: the accreditor's id of it, empty before the first.
    `counts`: learners by profession code, as `counting.learners` has them; `facts`: what a person said of the activity
    beyond what its author wrote, in the form of the endpoint; `outcomes`: codes of what was measured.
    """

    operation: str
    key: str
    activity: Activity = field(repr=False)
    kind: str = ""
    revision: int = 1
    course_key: str = ""
    edition: str = ""
    number: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    outcomes: tuple[str, ...] = ()


Payload: TypeAlias = Record | Event | ActivityRecord


@dataclass(frozen=True)
class Step:
    """One step of a correction: an operation on one revision of a credit."""

    operation: str
    revision: int


@dataclass(frozen=True)
class EndpointConfig:
    """One entry of the setting CME_ENDPOINTS; what each name means is said in `reporting/config.py`.

    Times in seconds, sizes in bytes. A secret itself is never in here, only a reference to it (`secrets`). No settings:
    `find`, which opens references, and `as_of`, when it was changed in the admin ("" where it is not from there).
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
    secret_env: str = ""
    provider: str = ""
    ccid_domain: str = ""
    allow_insecure_loopback: bool = False
    allow_private_network: bool = False
    ca_file: str = ""
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    total_timeout: float = 60.0
    response_max: int = 262_144
    send_attempts: int = 10
    rate_per_minute: float = 0.0
    concurrency: int = 4
    lease_seconds: float = 180.0
    settle_seconds: float = 30.0
    send_waits: Sequence[float] = ()
    ask_waits: Sequence[float] = ()
    activity_numbers: Mapping[str, str] = field(default_factory=dict)
    wire: Mapping[str, object] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    find: Callable[[str], str] = field(default=secrets.environment, repr=False, compare=False)
    as_of: str = field(default="", repr=False, compare=False)

    def secret(self, reference: str) -> str:
        """The secret that `password_env` or `secret_env` refers to; "" where there is none."""
        return self.find(reference)


class Endpoint(Protocol):
    """One configured receiver."""

    @property
    def config(self) -> EndpointConfig:
        """Its settings."""

    def subjects(self) -> tuple[Subject, ...]:
        """What it is told about."""

    def kinds(self, about: About) -> tuple[str, ...]:
        """What it wants of this, each one a delivery: ("cme",); () where it is not reported here.

        `config.provider` need not be looked at: the outbox does that for all endpoints.
        """

    def identifiers(self, system: str, profession: str) -> tuple[str, ...]:
        """The vault's kinds that a learner is asked for when they claim credit of this system."""

    def purpose(self) -> str:
        """The consent that must be given before anything goes here; "" where nothing identified leaves."""

    def consent_text(self, provider: str) -> Message:
        """The permission in words, in the accredited provider's name. Not asked for without a purpose."""

    def key(self, subject: str, kind: str, revision: int) -> str | None:
        """What the receiver recognises it by, at most 300 characters; None while a setting for it is missing.

        `subject`: as a delivery has it, `claim:<uuid>` or the like. The same for the same arguments, for ever: a
        second sending is found out by it. A deletion has the key of what it deletes.
        """

    def number_name(self) -> str:
        """Under which name an offering has the accreditor's number of the activity; "" where none is needed."""

    def settings_problem(self) -> Problem | None:
        """Which setting stands against sending anything at all. Asked often: no network, no database."""

    def validate(self, payload: Any) -> tuple[Problem, ...]:
        """What stands against sending; empty when nothing does."""

    def render(self, payloads: Sequence[Any], *, now: datetime) -> bytes:
        """The document to send: pure, the same bytes for the same arguments, valid by the endpoint's own schema."""

    def send(self, document: bytes, payloads: Sequence[Any]) -> Mapping[str, Outcome]:
        """Send once, and say of each payload, by its key, what came of it.

        Never raises for anything that the far side or the network does. A key that is left out counts as unknown.
        """

    def reconcile(self, payloads: Sequence[Any]) -> Mapping[str, Outcome]:
        """Ask what became of these, by key. Nothing identified leaves. As `send` otherwise.

        For a deletion, ACCEPTED means that it is gone, NOT_FOUND that the deletion has not arrived.
        """

    def correct(self, revision: int) -> tuple[Step, ...]:
        """The steps that replace the credit last sent as `revision`."""

    def capabilities(self) -> Capabilities:
        """What the receiver can do."""

    def redact(self, text: str, payload: Any) -> str:
        """The text without anything of that person, cut to what the log keeps; empty where that can't be ensured."""

    def check(self) -> tuple[str, ...]:
        """Try address and credentials without changing anything there: what is wrong, in words. May use the network."""
