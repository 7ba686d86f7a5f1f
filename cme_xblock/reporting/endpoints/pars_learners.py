"""PARS, learner reports: one credit of one physician to ACCME, which passes it to the licensing boards.

All constants are in `pars.toml`; this module is what can't be data. Credentials come from the environment at the moment
of sending and go nowhere else. Source: spec pars, parts 1 and 3.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from cme_xblock.activity.message import N_, Message
from cme_xblock.reporting.endpoints import data, exchange, pars_answers, pars_document, redact
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
from cme_xblock.reporting.endpoints.digest import digest
from cme_xblock.reporting.identity import KINDS

_CREDIT_ID = re.compile(r"ccid:[^:\s]+:[^:\s]+")
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.\-]*[a-z0-9])?")
_PLACES = ("header", "query", "body")

_CONSENT = N_(
    "I agree that {provider} sends my name, the month and day of my birth, my NPI or state licence number, and the "
    "credit and completion date of this activity to {receiver}, the reporting system of ACCME, which makes them "
    "available to the state medical licensing boards."
)


@dataclass(frozen=True)
class ParsLearners:
    """One configured PARS. Its `repr` shows no secret, for it has none: the password stays in the environment."""

    config: EndpointConfig
    wire: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_config(cls, config: EndpointConfig) -> ParsLearners:
        """The endpoint that these settings describe. Raises data.WireError for an unknown override."""
        return cls(config, data.merged("pars", config.wire))

    def subjects(self) -> tuple[Subject, ...]:
        """Credit that was claimed."""
        return (Subject.CLAIM,)

    def kinds(self, about: About) -> tuple[str, ...]:
        """Physicians' credit of the systems in `[credit]`; others are only counted in totals (spec pars 1.7)."""
        credit = self.wire["credit"].get(about.system, {})
        return (str(credit["kind"]),) if about.profession in credit.get("professions", ()) else ()

    def identifiers(self, system: str, profession: str) -> tuple[str, ...]:
        """ACCME's match set. Source: R-1.18."""
        return KINDS

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
        """`ccid:<domain>:<claim>-<kind>`, with `-<revision>` from the second on; the same for the same arguments."""
        domain = self.config.ccid_domain.lower()
        if not _DOMAIN.fullmatch(domain):
            return None
        claim = subject.partition(":")[2].replace("-", "")
        tail = "" if revision == 1 else f"-{revision}"
        return f"ccid:{domain}:{claim}-{kind}{tail}".lower()

    def settings_problem(self) -> Problem | None:
        """Which setting stands against sending anything at all."""
        empty = data.empty_settings(self.wire, self.config)
        if empty:
            return Problem("setting_missing", f"The setting {empty[0]} of the endpoint {self.config.name} is empty.")
        if not os.environ.get(self.config.password_env):
            return Problem("setting_missing", f"The environment variable {self.config.password_env} is not set.")
        wrong = (
            exchange.address_problem(self.config.url, allow_insecure_loopback=self.config.allow_insecure_loopback)
            or self._placement_problem()
        )
        return Problem("setting_wrong", f"Endpoint {self.config.name}: {wrong}.") if wrong else None

    def validate(self, record: Record) -> tuple[Problem, ...]:
        """What stands against sending this record."""
        found = [self.settings_problem()]
        if not record.activity_number:
            found.append(Problem("no_activity_number", "The activity has no PARS activity id (pars_activity_id)."))
        if not record.provider_name:
            found.append(Problem("setting_missing", "The accredited provider's name is empty."))
        if record.amount <= 0 or record.amount % Decimal(self.wire["values"]["increment"]):
            found.append(Problem("amount", "The credit is not a multiple of 0.25.", hold=False))
        if not _CREDIT_ID.fullmatch(record.credit_id) or len(record.credit_id) > self.wire["values"]["credit_id_max"]:
            found.append(Problem("document", "The CreditID is not ccid:<domain>:<local id>.", hold=False))
        return tuple(one for one in found if one is not None)

    def render(self, payloads: Sequence[Record], *, now: datetime) -> bytes:
        """The XML document; with credentials inside only where they are placed in the body."""
        (record,) = payloads
        in_body = self.wire["credentials"]["placement"] == "body"
        credentials = self._credentials() if in_body else {}
        return pars_document.render(record, self.wire, now=now, credentials=credentials)

    def send(self, document: bytes, payloads: Sequence[Record]) -> Mapping[str, Outcome]:
        """Check the document by our schema, then send it once."""
        (record,) = payloads
        return {record.key: self._send(document, record)}

    def _send(self, document: bytes, record: Record) -> Outcome:
        wrong = pars_document.problem(document, self.wire)
        if wrong:
            return Outcome(Result.REFUSED, "document", f"The document is not valid, so it was not sent: {wrong}.")
        if len(document) > self.capabilities().bytes_max:
            return Outcome(Result.REFUSED, "too_big", "The document is too long, so it was not sent.")
        headers = {"Content-Type": self.wire["content"]["type"]}
        request = self._request(
            "POST", self.wire["paths"]["save"], {}, self.wire["credentials"]["placement"], headers, document
        )
        return self._exchange(
            request,
            lambda answer: pars_answers.after_sending(answer, self.wire, credit_id=record.credit_id),
            record,
        )

    def reconcile(self, payloads: Sequence[Record]) -> Mapping[str, Outcome]:
        """Ask for the status by CreditID, which names nobody, one after another."""
        return {record.key: self._ask(record) for record in payloads}

    def _ask(self, record: Record) -> Outcome:
        query = {self.wire["status"]["credit_id_parameter"]: record.credit_id}
        placement = self.wire["credentials"]["status_placement"]
        request = self._request("GET", self.wire["paths"]["status"], query, placement, {}, b"")
        outcome = self._exchange(
            request, lambda answer: pars_answers.after_asking(answer, self.wire, credit_id=record.credit_id), record
        )
        if outcome.result is Result.RETRY:  # a question that was not even asked leaves everything open
            return Outcome(Result.UNKNOWN, outcome.reason, outcome.detail)
        return outcome

    def correct(self, revision: int) -> tuple[Step, ...]:
        """PARS knows no edit: delete what was sent, add it anew under a new CreditID (spec pars 1.6)."""
        return (Step("delete", revision), Step("add", revision + 1))

    def capabilities(self) -> Capabilities:
        """One record a call, until ACCME's limits are known (spec pars 1.2)."""
        return Capabilities(batch_max=1, bytes_max=65_536, readback=True, void=True, needs_identity=True)

    def redact(self, text: str, payload: Record) -> str:
        """The text without the person, our user and our password."""
        secrets = tuple(one for one in (self.config.user, os.environ.get(self.config.password_env, "")) if one)
        return redact.text(text, payload.identity, secrets=secrets)

    def check(self) -> tuple[str, ...]:
        """What is wrong with the settings. PARS has no call that tries credentials and changes nothing (spec 1.3)."""
        problem = self.settings_problem()
        return (problem.detail,) if problem else ()

    def _placement_problem(self) -> str:
        words = self.wire["credentials"]
        if words["placement"] not in _PLACES:
            return "wire.credentials.placement must be header, query or body"
        return "" if words["status_placement"] in _PLACES[:2] else "wire.credentials.status_placement: header or query"

    def _credentials(self) -> dict[str, str]:
        names = self.wire["credentials"]
        return {
            names["provider"]: self.config.provider_id,
            names["user"]: self.config.user,
            names["password"]: os.environ.get(self.config.password_env, ""),
        }

    def _request(
        self, method: str, path: str, query: dict[str, str], placement: str, headers: dict[str, str], body: bytes
    ) -> exchange.Request:
        all_headers = {"Accept": self.wire["content"]["accept"], "User-Agent": "cme-xblock", **headers}
        if placement == "header":
            all_headers |= self._credentials()
        elif placement == "query":
            query = query | self._credentials()
        url = f"{self.config.url.rstrip('/')}/{path.lstrip('/')}" + (f"?{urlencode(query)}" if query else "")
        return exchange.Request(method, url, all_headers, body)

    def _exchange(
        self,
        request: exchange.Request,
        judge: Callable[[exchange.Answer], pars_answers.Verdict],
        record: Record,
    ) -> Outcome:
        config = self.config
        limits = exchange.Limits(config.connect_timeout, config.read_timeout, config.total_timeout, config.response_max)
        try:
            answer = exchange.exchange(
                request, limits, allow_insecure_loopback=config.allow_insecure_loopback, ca_file=config.ca_file
            )
        except exchange.AddressRefusedError as error:
            return Outcome(Result.RETRY, "setting_wrong", str(error))
        except exchange.NotSentError as error:
            return Outcome(Result.RETRY, str(error))
        except exchange.NoAnswerError:
            return Outcome(Result.UNKNOWN, "no_answer")
        verdict = judge(answer)
        return Outcome(
            verdict.result,
            verdict.reason,
            detail=self.redact(verdict.message, record),
            http_status=answer.status,
            excerpt=self.redact(answer.body[:4000].decode("utf-8", "replace"), record),
            retry_after=answer.headers.get("retry-after", ""),
            answer_hash=digest(answer.body),
        )
