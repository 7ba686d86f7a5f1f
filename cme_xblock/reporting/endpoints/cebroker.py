"""CE Broker: continuing education of licensed professionals, reported to the boards that read it there.

All constants are in `cebroker.toml`; this module is what can't be data. There is no question by which a record could be
found again, and the provider's help says that a roster must hold only people not yet reported: what may have arrived
waits for a person. Source: spec endpoints, part 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from cme_xblock.activity.message import N_, Message
from cme_xblock.reporting.endpoints import cebroker_answers as answers
from cme_xblock.reporting.endpoints import cebroker_document as documents
from cme_xblock.reporting.endpoints import data, digest, exchange, ready, redact
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
from cme_xblock.reporting.endpoints.markup import UnwritableError
from cme_xblock.reporting.endpoints.speaking import Talk
from cme_xblock.reporting.identity import Identity

_KEPT = 4000
_CONSENT = N_(
    "I agree that {provider} sends my name, my profession, my state and licence number, and the course and date of "
    "completion to {receiver}, which passes them to the licensing board of that state."
)


@dataclass(frozen=True)
class CeBroker:
    """One configured CE Broker. Its `repr` shows no secret, for it has none: the key is looked up when it is sent."""

    config: EndpointConfig
    wire: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_config(cls, config: EndpointConfig) -> CeBroker:
        """The endpoint that these settings describe. Raises data.WireError for an unknown override."""
        return cls(config, data.merged("cebroker", config.wire))

    def subjects(self) -> tuple[Subject, ...]:
        """Credits."""
        return (Subject.CLAIM,)

    def kinds(self, about: About) -> tuple[str, ...]:
        """The credits of `[credit]`, in its professions; none by default."""
        return ("ce",) if about.profession in self.wire["credit"].get(about.system, {}).get("professions", ()) else ()

    def identifiers(self, system: str, profession: str) -> tuple[str, ...]:
        """CE Broker's learner key: state, profession and the full licence number, with the name beside it."""
        return documents.ASKED

    def purpose(self) -> str:
        """The consent's purpose code."""
        return str(self.wire["consent"]["purpose"])

    def consent_text(self, provider: str) -> Message:
        """The permission in words."""
        return Message(_CONSENT, {"provider": provider, "receiver": self.config.label})

    def key(self, subject: str, kind: str, revision: int) -> str | None:
        """Our own number of the row; CE Broker has none of ours."""
        return f"{subject}/{kind}/{revision}"

    def number_name(self) -> str:
        """None: an activity without CE Broker's course number goes under our own code."""
        return ""

    def settings_problem(self) -> Problem | None:
        """Which setting stands against sending anything at all."""
        empty = data.empty_settings(self.wire, self.config)
        return ready.problem(self.config, empty=empty, secret=self.config.password_env)

    def validate(self, payload: Record) -> tuple[Problem, ...]:
        """What stands against sending this record."""
        problems = [self.settings_problem()]
        if any(not payload.identifiers.get(kind) for kind in documents.ASKED):
            problems.append(
                Problem("identity_incomplete", "CE Broker needs name, state, profession and licence number.")
            )
        name, course = documents.course_of(payload, self.wire)
        if not course or (name != "id_course" and len(course) > self.wire["course"]["code_max"]):
            problems.append(
                Problem("no_activity_number", "The course has no code of 80 characters or less; set cebroker_course.")
            )
        if documents.is_partial(payload) and not documents.area_of(payload, self.wire):
            problems.append(
                Problem("setting_missing", "A partial credit needs a subject area: set cebroker_subject_area.")
            )
        return tuple(one for one in problems if one is not None)

    def render(self, payloads: Sequence[Record], *, now: datetime) -> bytes:
        """The rosters' XML, without the upload key."""
        return documents.rosters(payloads, self.wire, provider=self._own_number())

    def send(self, document: bytes, payloads: Sequence[Record]) -> Mapping[str, Outcome]:
        """Ask about the licences first, then send the roster of those that are known."""
        outcomes: dict[str, Outcome] = {}
        known, talk = list(payloads), Talk(self.config)
        if self.wire["licence"]["check_first"]:
            outcomes = self._checked(talk, payloads)
            known = [one for one in payloads if one.key not in outcomes]
        if not known:
            return outcomes
        if len(known) < len(payloads):
            document = documents.rosters(known, self.wire, provider=self._own_number())
        if len(document) > self.capabilities().bytes_max:
            return outcomes | {one.key: Outcome(Result.REFUSED, "too_big", whole=True) for one in known}
        known = documents.ordered(known, self.wire)
        return outcomes | self._exchange(talk, document, known)

    def reconcile(self, payloads: Sequence[Record]) -> Mapping[str, Outcome]:
        """There is nothing to ask: it stays open until a person has looked, or the receipt of tomorrow is read in."""
        return {one.key: Outcome(Result.UNKNOWN, "no_readback") for one in payloads}

    def receipt(self, content: bytes, payloads: Sequence[Record]) -> tuple[dict[str, Outcome], tuple[str, ...]]:
        """What a receipt that came the next business day says of these, by key, and what it names beside them.

        Raises xml.XmlError for what is no receipt.
        """
        verdicts, strange = answers.of_receipt(content, payloads, self.wire)
        by_key = {one.key: one for one in payloads}
        kept = digest.digest(content)
        return {key: self._received(one, by_key[key], kept) for key, one in verdicts.items()}, strange

    def _received(self, verdict: answers.Verdict, record: Record, kept: str) -> Outcome:
        said = self.redact(verdict.message, record)
        return Outcome(verdict.result, verdict.reason, detail=said, excerpt=said, answer_hash=kept)

    def correct(self, revision: int) -> tuple[Step, ...]:
        """None: after posting there is no edit or deletion; CE Broker's support does it."""
        return ()

    def capabilities(self) -> Capabilities:
        """Many records a call; nothing can be read back or taken back."""
        limits = self.wire["limits"]
        return Capabilities(
            batch_max=limits["batch_max"], bytes_max=limits["bytes_max"], readback=False, void=False,
            needs_identity=False,
        )  # fmt: skip

    def redact(self, text: str, payload: Record) -> str:
        """The text without the person and the upload key."""
        given = payload.identifiers
        if not all(given.get(kind) for kind in documents.ASKED):
            return ""
        person = Identity(
            given[documents.FIRST_NAME], given[documents.LAST_NAME], 1, 1, licence_number=given[documents.LICENCE]
        )
        return redact.text(text, person, secrets=tuple(filter(None, (self._secret(), self.config.provider_id))))

    def check(self) -> tuple[str, ...]:
        """The settings. CE Broker has no question that would prove the key without sending something."""
        problem = self.settings_problem()
        found = (problem.detail,) if problem else ()
        return found if self.wire["credit"] else (*found, "No credit is reported here: wire.credit is empty.")

    def _checked(self, talk: Talk, payloads: Sequence[Record]) -> dict[str, Outcome]:
        """The outcomes of those whose licence stands against sending, or could not be asked about."""
        try:
            question = documents.licensees(payloads)
        except UnwritableError as error:
            return {one.key: Outcome(Result.REFUSED, "document", str(error)) for one in payloads}
        found = self._exchange(talk, question, payloads, asking=True)
        return {key: outcome for key, outcome in found.items() if outcome.result is not Result.ACCEPTED}

    def _exchange(
        self, talk: Talk, document: bytes, records: Sequence[Record], *, asking: bool = False
    ) -> dict[str, Outcome]:
        config = self.config
        provider = documents.bare(config.provider_id, self.wire)
        whole = documents.with_credentials(document, self.wire, provider=provider, key=self._secret())
        request = exchange.Request(
            "POST",
            f"{config.url.rstrip('/')}/{self.wire['paths']['check' if asking else 'upload'].lstrip('/')}",
            {"Content-Type": self.wire["content"]["type"], "Accept": self.wire["content"]["accept"]},
            urlencode({self.wire["content"]["field"]: whole.decode()}).encode(),
        )
        answer = talk.ask(request)
        if isinstance(answer, Outcome):
            # A question that was not answered changed nothing there; a roster may have been taken.
            open_question = asking and answer.result is Result.UNKNOWN
            return {one.key: Outcome(Result.RETRY, answer.reason) if open_question else answer for one in records}
        judge = answers.after_check if asking else answers.after_roster
        verdicts = judge(answer, records, self.wire)
        return {
            record.key: self._outcome(verdict, answer, record)
            for record, verdict in zip(records, verdicts, strict=True)
        }

    def _outcome(self, verdict: answers.Verdict, answer: exchange.Answer, record: Record) -> Outcome:
        return Outcome(
            verdict.result,
            verdict.reason,
            detail=self.redact(verdict.message, record),
            http_status=answer.status,
            # A receipt names all attendees of the roster: of many records nothing is kept, of each its own message.
            excerpt=self.redact(verdict.message, record)[:_KEPT],
            retry_after=answer.headers.get("retry-after", ""),
            answer_hash=digest.digest(answer.body),
            whole=verdict.whole,
        )

    def _own_number(self) -> str:
        number = str(self.config.options.get("id_provider", "")) or self.config.provider_id
        return documents.bare(number, self.wire)

    def _secret(self) -> str:
        return self.config.secret(self.config.password_env)
