"""PARS, learner reports: credit and points of physicians to ACCME, which passes them on to the boards.

All constants are in `pars.toml`; what the boards ask is `pars_rules`, the transport `pars_service`. Source: spec pars,
parts 1 and 3.
"""

from __future__ import annotations

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
)
from cme_xblock.reporting.endpoints.pars_claims import OfClaims, credit_id_problem
from cme_xblock.reporting.identity import KINDS

_CONSENT = N_(
    "I agree that {provider} sends my name, the month and day of my birth, my NPI, state licence or board number, and "
    "the credit, points and completion date of this activity to {receiver}, the reporting system of ACCME, which "
    "makes them available to the state medical licensing boards and, for points, to my certifying board."
)


@dataclass(frozen=True)
class ParsLearners(OfClaims):
    """One configured PARS, for CME and MOC."""

    config: EndpointConfig
    wire: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_config(cls, config: EndpointConfig) -> ParsLearners:
        """The endpoint that these settings describe. Raises data.WireError for an unknown override."""
        return cls(config, data.merged("pars", config.wire))

    def kinds(self, about: About) -> tuple[str, ...]:
        """Physicians' credit of the systems in `[credit]`; others are only counted in totals (spec pars 1.7)."""
        if about.profession not in self.wire["credit"].get(about.system, {}).get("professions", ()):
            return ()
        return pars_credit.kinds_of(about.activity, about.system, self.wire)

    def identifiers(self, system: str, profession: str) -> tuple[str, ...]:
        """ACCME's match set, and a board's own number for its points. Source: R-1.18, R-4.4."""
        board = pars_credit.board_of(system, self.wire)
        return (*KINDS, f"board_{board}") if board else KINDS

    def purpose(self) -> str:
        """The consent's purpose code."""
        return str(self.wire["consent"]["purpose"])

    def consent_text(self, provider: str) -> Message:
        """The permission in words. Source: R-4.4, R-6.1 (ours)."""
        return Message(_CONSENT, {"provider": provider, "receiver": self.config.label})

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
        found = self.service.outcomes(
            answer, [verdicts[one.key] for one in payloads], [one.identity for one in payloads]
        )
        if len(payloads) > 1 and pars_answers.judges_all(answer, self.wire):
            found = [replace(one, whole=True) for one in found]
        return {one.key: outcome for one, outcome in zip(payloads, found, strict=True)}

    def capabilities(self) -> Capabilities:
        """One record a call, until ACCME's limits are known (spec pars 1.2)."""
        batch = self.wire["batch"]
        return Capabilities(
            batch_max=batch["max"], bytes_max=batch["bytes"], readback=True, void=True, needs_identity=True
        )

    def redact(self, text: str, payload: Record) -> str:
        """The text without the person, our user and our password."""
        return self.service.redacted(text, payload.identity)

    def _stopped(self, document: bytes, payloads: Sequence[Record]) -> dict[str, Outcome]:
        """The outcomes of a document that does not leave; {} where it may."""
        root, wrong = pars_document.parsed(document, self.wire)
        if root is None:
            return _all(payloads, "document", f"The document is not valid, so it was not sent: {wrong}.")
        if len(document) > self.capabilities().bytes_max:
            return _all(payloads, "too_big", "The document is too long, so it was not sent.")
        created = datetime.fromisoformat(xml.first_text(root, ["DateTimeCreated"]))
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
