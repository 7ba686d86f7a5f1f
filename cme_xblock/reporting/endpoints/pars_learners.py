"""PARS, learner reports: credit and points of physicians to ACCME, which passes them on to the boards.

All constants are in `pars.toml`; what the boards ask is `pars_rules`, the transport `pars_service`. Source: spec pars,
parts 1 and 3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cme_xblock.activity.message import N_, Message
from cme_xblock.reporting.endpoints import data, pars_answers, pars_credit, pars_document, pars_match, pars_rules, xml
from cme_xblock.reporting.endpoints.base import (
    About,
    Capabilities,
    EndpointConfig,
    Outcome,
    Problem,
    Record,
    Result,
    Step,
    Subject,
)
from cme_xblock.reporting.endpoints.pars_service import Service
from cme_xblock.reporting.identity import KINDS

_CREDIT_ID = re.compile(r"ccid:[^:\s]+:[^:\s]+")
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.\-]*[a-z0-9])?")

_CONSENT = N_(
    "I agree that {provider} sends my name, the month and day of my birth, my NPI, state licence or board number, and "
    "the credit, points and completion date of this activity to {receiver}, the reporting system of ACCME, which "
    "makes them available to the state medical licensing boards and, for points, to my certifying board."
)


def credit_id(config: EndpointConfig, subject: str, kind: str, revision: int) -> str | None:
    """`ccid:<domain>:<claim>-<kind>`, with `-<revision>` from the second on; None without a domain."""
    domain = config.ccid_domain.lower()
    if not _DOMAIN.fullmatch(domain):
        return None
    claim = subject.partition(":")[2].replace("-", "")
    tail = "" if revision == 1 else f"-{revision}"
    return f"ccid:{domain}:{claim}-{kind}{tail}".lower()


def credit_id_problem(record: Record, wire: Mapping[str, Any]) -> Problem | None:
    """What is wrong with the record's CreditID, if anything."""
    if _CREDIT_ID.fullmatch(record.credit_id) and len(record.credit_id) <= wire["values"]["credit_id_max"]:
        return None
    return Problem("document", "The CreditID is not ccid:<domain>:<local id>.", hold=False)


@dataclass(frozen=True)
class ParsLearners:
    """One configured PARS, for CME and MOC."""

    config: EndpointConfig
    wire: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_config(cls, config: EndpointConfig) -> ParsLearners:
        """The endpoint that these settings describe. Raises data.WireError for an unknown override."""
        return cls(config, data.merged("pars", config.wire))

    @property
    def service(self) -> Service:
        """Its transport."""
        return Service(self.config, self.wire)

    def subjects(self) -> tuple[Subject, ...]:
        """Credit that was claimed."""
        return (Subject.CLAIM,)

    def kinds(self, about: About) -> tuple[str, ...]:
        """Physicians' credit of the systems in `[credit]`; others are only counted in totals (spec pars 1.7)."""
        if about.profession not in self.wire["credit"].get(about.system, {}).get("professions", ()):
            return ()
        return pars_credit.kinds_of(about.activity, about.system, self.wire)

    def identifiers(self, system: str, profession: str) -> tuple[str, ...]:
        """ACCME's match set, and a board's own number for its points. Source: R-1.18, R-4.4."""
        board = pars_credit.board_of(system, self.wire)
        return (*KINDS, f"board_{board}") if board else KINDS

    def number_name(self) -> str:
        """The ACCME activity id of the offering."""
        return "pars_activity_id"

    def purpose(self) -> str:
        """The consent's purpose code."""
        return str(self.wire["consent"]["purpose"])

    def consent_text(self, provider: str) -> Message:
        """The permission in words. Source: R-4.4, R-6.1 (ours)."""
        return Message(_CONSENT, {"provider": provider, "receiver": self.config.label})

    def key(self, subject: str, kind: str, revision: int) -> str | None:
        """The CreditID; the same for the same arguments."""
        return credit_id(self.config, subject, kind, revision)

    def settings_problem(self) -> Problem | None:
        """Which setting stands against sending anything at all."""
        return self.service.settings_problem()

    def validate(self, record: Record) -> tuple[Problem, ...]:
        """What stands against sending this record."""
        found = (self.settings_problem(), *pars_rules.problems(record, self.wire), credit_id_problem(record, self.wire))
        return tuple(one for one in found if one is not None)

    def render(self, payloads: Sequence[Record], *, now: datetime) -> bytes:
        """The XML document; with credentials inside only where they are placed in the body."""
        return pars_document.render(payloads, self.wire, now=now, credentials=self.service.in_body())

    def send(self, document: bytes, payloads: Sequence[Record]) -> Mapping[str, Outcome]:
        """Check the document by our schema and by PARS' reporting period, ask for the learner, then send it once."""
        stopped = self._stopped(document, payloads)
        if stopped:
            return stopped
        answer = self.service.post(self.wire["paths"]["save"], document)
        if isinstance(answer, Outcome):
            return {one.key: answer for one in payloads}
        verdicts = pars_answers.of_batch(answer, self.wire, operations={one.key: one.operation for one in payloads})
        whole = len(payloads) > 1 and pars_answers.judges_all(answer, self.wire)
        return {
            one.key: replace(self.service.outcome(answer, verdicts[one.key], one.identity), whole=whole)
            for one in payloads
        }

    def reconcile(self, payloads: Sequence[Record]) -> Mapping[str, Outcome]:
        """Ask for the status by CreditID, which names nobody, one after another."""
        return {record.key: self._ask(record) for record in payloads}

    def correct(self, revision: int) -> tuple[Step, ...]:
        """PARS knows no edit: delete what was sent, add it anew under a new CreditID (spec pars 1.6)."""
        return (Step("delete", revision), Step("add", revision + 1))

    def capabilities(self) -> Capabilities:
        """One record a call, until ACCME's limits are known (spec pars 1.2)."""
        batch = self.wire["batch"]
        return Capabilities(
            batch_max=batch["max"], bytes_max=batch["bytes"], readback=True, void=True, needs_identity=True
        )

    def redact(self, text: str, payload: Record) -> str:
        """The text without the person, our user and our password."""
        return self.service.redacted(text, payload.identity)

    def check(self) -> tuple[str, ...]:
        """What is wrong with the settings."""
        return self.service.check()

    def _stopped(self, document: bytes, payloads: Sequence[Record]) -> dict[str, Outcome]:
        """The outcomes of a document that does not leave; {} where it may."""
        wrong = pars_document.problem(document, self.wire)
        if wrong:
            return _all(payloads, "document", f"The document is not valid, so it was not sent: {wrong}.")
        if len(document) > self.capabilities().bytes_max:
            return _all(payloads, "too_big", "The document is too long, so it was not sent.")
        created = datetime.fromisoformat(xml.first_text(xml.parse(document), ["DateTimeCreated"]))
        late = {
            one.key: Outcome(Result.REFUSED, "window", text)
            for one in payloads
            if (text := pars_rules.window_problem(one, self.wire, today=created.date()))
        }
        unknown = {
            one.key: outcome
            for one in (() if late else payloads)
            if (outcome := pars_match.before_sending(self.service, one)) is not None
        }
        stopped = late or unknown
        if not stopped or len(payloads) == 1:
            return stopped
        # What shares the document with a record that must not leave goes out without it: the engine halves the batch.
        first = next(iter(stopped.values()))
        return {one.key: Outcome(Result.REFUSED, first.reason, first.detail, whole=True) for one in payloads}

    def _ask(self, record: Record) -> Outcome:
        query = {self.wire["status"]["credit_id_parameter"]: record.credit_id}
        answer = self.service.get(self.wire["paths"]["status"], query)
        if isinstance(answer, Outcome):
            return answer
        verdict = pars_answers.after_asking(answer, self.wire, credit_id=record.credit_id)
        return self.service.outcome(answer, pars_answers.of_deletion(verdict, record.operation), record.identity)


def _all(payloads: Sequence[Record], reason: str, detail: str) -> dict[str, Outcome]:
    """A refusal of a document: of its one record, or, where it holds several, of none until it was halved."""
    return {one.key: Outcome(Result.REFUSED, reason, detail, whole=len(payloads) > 1) for one in payloads}
