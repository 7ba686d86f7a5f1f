"""PARS, activities: registered, changed, closed and deleted at ACCME, and read back for the number ACCME gives them.

The whole record is sent each time (spec pars 1.6), so that sending it twice changes nothing once its number is known.
All constants are in `pars_activities.toml`. Source: spec pars, 1.3, 1.6 and part 2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cme_xblock.activity.message import Message
from cme_xblock.reporting.endpoints import data, pars_activity_answers, pars_activity_document, pars_facts, pars_status
from cme_xblock.reporting.endpoints.base import (
    About,
    ActivityRecord,
    Capabilities,
    EndpointConfig,
    Outcome,
    Problem,
    Result,
    Step,
    Subject,
)
from cme_xblock.reporting.endpoints.exchange import Answer
from cme_xblock.reporting.endpoints.pars_facts import Facts
from cme_xblock.reporting.endpoints.pars_service import Service
from cme_xblock.reporting.endpoints.pars_sheet import Sheet, sheet
from cme_xblock.reporting.endpoints.pars_status import Status
from cme_xblock.reporting.identity import Identity

NUMBER = "pars_activity_id"
_BYTES_MAX = 1_000_000
# Nothing of an activity is about a learner, so nothing has to be taken out of an answer but our own credentials.
_NOBODY = Identity("", "", 1, 1)


def provider_activity_id(course_key: str, activity_id: str) -> str:
    """Under which name PARS knows it from us: unique for each run of a course, and the same for ever."""
    return f"{course_key}/{activity_id}"


@dataclass(frozen=True)
class ParsActivities:
    """One configured PARS, for activities."""

    config: EndpointConfig
    wire: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_config(cls, config: EndpointConfig) -> ParsActivities:
        """The endpoint that these settings describe. Raises data.WireError for an unknown override or option.

        Option: `at_publish`, whether publishing a registered activity with other content owes the change ("owe"), or
        only lists it ("list", the default).
        """
        if set(config.options) - {"at_publish"} or config.options.get("at_publish", "list") not in ("list", "owe"):
            raise data.WireError('options must be {"at_publish": "owe"} or {"at_publish": "list"}.')
        return cls(config, data.merged("pars_activities", config.wire))

    @property
    def service(self) -> Service:
        """Its transport."""
        return Service(self.config, self.wire)

    def subjects(self) -> tuple[Subject, ...]:
        """Activities that somebody decided about."""
        return (Subject.ACTIVITY,)

    def kinds(self, about: About) -> tuple[str, ...]:
        """Each activity is one thing there."""
        return ("activity",)

    def identifiers(self, system: str, profession: str) -> tuple[str, ...]:
        """Learners are asked for nothing: PARS only counts them here."""
        return ()

    def number_name(self) -> str:
        """Where an offering has the ACCME activity id, once it is known. It is not needed for sending."""
        return NUMBER

    def purpose(self) -> str:
        """No consent is needed, for nothing identified leaves."""
        return ""

    def consent_text(self, provider: str) -> Message:
        """Nobody is asked."""
        return Message("")

    def key(self, subject: str, kind: str, revision: int) -> str | None:
        """Ours, one for each decision; PARS knows the activity by its own number and the Provider Activity ID."""
        return f"{subject.partition(':')[2]}/{revision}"

    def settings_problem(self) -> Problem | None:
        """Which setting stands against sending anything at all."""
        found = self.service.settings_problem()
        if found is None and self.wire["form"]["body"] not in ("xml", "json"):
            return Problem("setting_wrong", f"Endpoint {self.config.name}: wire.form.body must be xml or json.")
        return found

    def sheet_of(self, record: ActivityRecord) -> Sheet | tuple[str, ...]:
        """The form for that record, or what is wrong with the facts that were given."""
        facts = pars_facts.parse(record.facts, self.wire)
        return self._sheet(record, facts) if isinstance(facts, Facts) else facts

    def validate(self, record: ActivityRecord) -> tuple[Problem, ...]:
        """What stands against sending: settings, and what PARS asks for at the status that is asked for."""
        found = [self.settings_problem()]
        one = self.sheet_of(record)
        if isinstance(one, tuple):
            found.append(Problem("facts", f"A fact about the activity can't be taken: {one[0]}."))
            return tuple(each for each in found if each is not None)
        wanted = {Status.DRAFT, Status.ACTIVE, Status.CLOSED} if record.operation == "close" else {Status.DRAFT}
        found += [
            Problem(f"activity_{each.code}", each.text)
            for each in pars_status.missing(one, self.wire)
            if each.needed_for in wanted
        ]
        if record.operation != "add" and not record.number:
            detail = "PARS' number of the activity is not known yet; with a change a second activity could be made."
            found.append(Problem("no_activity_number", detail))
        return tuple(each for each in found if each is not None)

    def render(self, payloads: Sequence[ActivityRecord], *, now: datetime) -> bytes:
        """One activity: XML, or the draft's JSON where the setting `wire.form.body` says so."""
        (record,) = payloads
        one = self.sheet_of(record)
        if isinstance(one, tuple):
            raise ValueError(one[0])
        if self.wire["form"]["body"] == "json":
            found = pars_activity_document.json_data(one, self.wire, operation=record.operation)
            return json.dumps(found, ensure_ascii=False).encode()
        credentials = self.service.in_body()
        return pars_activity_document.render(one, self.wire, operation=record.operation, credentials=credentials)

    def send(self, document: bytes, payloads: Sequence[ActivityRecord]) -> Mapping[str, Outcome]:
        """Check the document by our schema, then send it once."""
        (record,) = payloads
        return {record.key: self._send(document, record)}

    def reconcile(self, payloads: Sequence[ActivityRecord]) -> Mapping[str, Outcome]:
        """Read the activities back, one after another."""
        return {record.key: self._ask(record) for record in payloads}

    def correct(self, revision: int) -> tuple[Step, ...]:
        """The whole record once more."""
        return (Step("update", revision + 1),)

    def capabilities(self) -> Capabilities:
        """One activity a call (spec pars 1.2). Nothing in it is about a person."""
        return Capabilities(
            batch_max=1, bytes_max=_BYTES_MAX, readback=True, void=True, needs_identity=False, void_by_key=True
        )

    def redact(self, text: str, payload: ActivityRecord) -> str:
        """The text without our user and password, and without long numbers."""
        return self.service.redacted(text, _NOBODY)

    def check(self) -> tuple[str, ...]:
        """What is wrong with the settings."""
        problem = self.settings_problem()
        return (problem.detail,) if problem else ()

    def _sheet(self, record: ActivityRecord, facts: Facts) -> Sheet:
        return sheet(
            record.activity,
            key=provider_activity_id(record.course_key, record.activity.activity_id),
            number=record.number,
            provider_id=record.activity.provider.accme_provider_id or self.config.provider_id,
            counts=record.counts,
            facts=facts,
            wire=self.wire,
        )

    def _send(self, document: bytes, record: ActivityRecord) -> Outcome:
        as_json = self.wire["form"]["body"] == "json"
        wrong = "" if as_json else pars_activity_document.problem(document, self.wire)
        if wrong:
            return Outcome(Result.REFUSED, "document", f"The document is not valid, so it was not sent: {wrong}.")
        content_type = self.wire["form"]["json_type"] if as_json else ""
        answer = self.service.post(self.wire["paths"]["save"], document, content_type=content_type)
        if isinstance(answer, Outcome):
            return answer
        return self._outcome(answer, pars_activity_answers.after_sending(answer, self.wire, **_known(record)))

    def _ask(self, record: ActivityRecord) -> Outcome:
        """By its number where it is known, and by what the draft's search takes otherwise."""
        words, one = self.wire["read"], self._sheet(record, Facts())
        query = {
            words["provider_activity_id"]: one.provider_activity_id,
            words["start"]: "" if one.start is None else one.start.isoformat(),
            words["format"]: one.format_word,
        }
        if record.number:
            query = {words["activity_id"]: record.number}
        answer = self.service.get(self.wire["paths"]["read"], query)
        if isinstance(answer, Outcome):
            return answer
        return self._outcome(answer, pars_activity_answers.after_asking(answer, self.wire, **_known(record)))

    def _outcome(self, answer: Answer, found: pars_activity_answers.Found) -> Outcome:
        return replace(self.service.outcome(answer, found.verdict, _NOBODY), number=found.number)


def _known(record: ActivityRecord) -> dict[str, str]:
    """What an answer has to agree with."""
    place = provider_activity_id(record.course_key, record.activity.activity_id)
    return {"operation": record.operation, "provider_activity_id": place, "number": record.number}
