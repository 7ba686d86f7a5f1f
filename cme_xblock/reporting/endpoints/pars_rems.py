"""PARS, REMS reports: that a prescriber completed opioid or other REMS education, under a number and without a name.

A kind of endpoint of its own: another schema, another consent, all professions, and no identity is needed. Which
activities are REMS education is the setting `options`. Source: spec pars, 4.2.

`options`:

    rems    {"<course key>/<activity id>": "<address of the regulation's document>"}, or "*" for all activities of it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cme_xblock.activity.message import N_, Message
from cme_xblock.reporting.endpoints import data, pars_answers, pars_rems_document, pars_rules, xml
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
from cme_xblock.reporting.identity import Identity

_CONSENT = N_(
    "I agree that {provider} sends, without my name, my profession, state and field of practice and the date on which "
    "I completed this activity to {receiver}, the reporting system of ACCME, for the report on this REMS."
)
_NOBODY = Identity("", "", 1, 1)
_NO_READBACK = "Whether it arrived can't be asked without a CreditID. Look in PARS, then cancel or replay it."


@dataclass(frozen=True)
class ParsRems(OfClaims):
    """One configured PARS, for REMS education."""

    config: EndpointConfig
    wire: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_config(cls, config: EndpointConfig) -> ParsRems:
        """The endpoint that these settings describe. Raises data.WireError for an unknown override or option."""
        found = config.options.get("rems", {})
        if set(config.options) - {"rems"} or not isinstance(found, Mapping):
            raise data.WireError('options must be {"rems": {"<course key>/<activity id>": "<address>"}}.')
        return cls(config, data.merged("pars", config.wire))

    def kinds(self, about: About) -> tuple[str, ...]:
        """Completions of REMS education, once for each credit system of `[rems]`."""
        told = about.system in self.wire["rems"]["systems"] and self._is_rems(about.activity.activity_id)
        return (str(self.wire["rems"]["kind"]),) if told else ()

    def identifiers(self, system: str, profession: str) -> tuple[str, ...]:
        """Nothing is asked for; what is there already goes along."""
        return pars_rems_document.ASKED

    def purpose(self) -> str:
        """The consent's purpose code: another than that for credit."""
        return str(self.wire["rems"]["purpose"])

    def consent_text(self, provider: str) -> Message:
        """The permission in words (ours)."""
        return Message(_CONSENT, {"provider": provider, "receiver": self.config.label})

    def validate(self, record: Record) -> tuple[Problem, ...]:
        """What stands against sending this record."""
        found = [self.settings_problem(), credit_id_problem(record, self.wire)]
        if not record.activity_number:
            found.append(Problem("no_activity_number", "The activity has no PARS activity id (pars_activity_id)."))
        if not record.provider_name:
            found.append(Problem("setting_missing", "The accredited provider's name is empty."))
        if not self._regulation(record):
            found.append(Problem("setting_missing", "The address of the regulation is empty. Set options.rems."))
        return tuple(one for one in found if one is not None)

    def render(self, payloads: Sequence[Record], *, now: datetime) -> bytes:
        """The XML document of activityreport/v2."""
        return pars_rems_document.render(
            payloads,
            self.wire,
            now=now,
            domain=self.config.ccid_domain.lower(),
            regulation=self._regulation(payloads[0]),
            credentials=self.service.in_body(),
        )

    def send(self, document: bytes, payloads: Sequence[Record]) -> Mapping[str, Outcome]:
        """Check the document by our schema and by PARS' reporting period, then send it once."""
        (record,) = payloads
        return {record.key: self._send(document, record)}

    def capabilities(self) -> Capabilities:
        """One record a call; it can be asked about only where a CreditID goes along."""
        return Capabilities(
            batch_max=1,
            bytes_max=self.wire["batch"]["bytes"],
            readback=bool(self.wire["rems"]["send_credit_id"]),
            void=True,
            needs_identity=False,
        )

    def redact(self, text: str, payload: Record) -> str:
        """The text without our user and password, numbers and dates; there is nobody's name in it."""
        return self.service.redacted(text, _NOBODY)

    def _send(self, document: bytes, record: Record) -> Outcome:
        root, wrong = pars_rems_document.parsed(document, self.wire)
        if root is None:
            return Outcome(Result.REFUSED, "document", f"The document is not valid, so it was not sent: {wrong}.")
        created = datetime.fromisoformat(xml.first_text(root, ["DateTimeCreated"]))
        late = pars_rules.window_problem(record, self.wire, today=created.date())
        if late:
            return Outcome(Result.REFUSED, "window", late)
        answer = self.service.post(self.wire["paths"]["save"], document)
        if isinstance(answer, Outcome):
            return answer
        verdicts = pars_answers.of_batch(answer, self.wire, operations={record.key: record.operation})
        verdict = verdicts[record.key]
        if verdict.result is Result.PENDING and not self.wire["rems"]["send_credit_id"]:
            # No board decides about it, and nobody can ask: being taken is the last word.
            verdict = pars_answers.Verdict(Result.ACCEPTED, "taken", verdict.message)
        return self.service.outcome(answer, verdict, _NOBODY)

    def _ask(self, record: Record) -> Outcome:
        if not self.wire["rems"]["send_credit_id"]:
            return Outcome(Result.UNKNOWN, "no_readback", _NO_READBACK)
        query = {self.wire["status"]["credit_id_parameter"]: record.credit_id}
        answer = self.service.get(self.wire["paths"]["status"], query)
        if isinstance(answer, Outcome):
            return answer
        verdict = pars_answers.after_asking(answer, self.wire, credit_id=record.credit_id)
        return self.service.outcome(answer, pars_answers.of_deletion(verdict, record.operation), _NOBODY)

    def _is_rems(self, activity_id: str) -> bool:
        """Whether an activity of that id is REMS education in some course: `About` does not say which course."""
        names = self.config.options.get("rems", {})
        return "*" in names or any(name.rpartition("/")[2] == activity_id for name in names)

    def _regulation(self, record: Record) -> str:
        names = self.config.options.get("rems", {})
        return str(names.get(f"{record.course_key}/{record.activity_id}", names.get("*", "")))
