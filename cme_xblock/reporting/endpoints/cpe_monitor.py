"""CPE Monitor: pharmacists' and technicians' credit to ACPE, which passes it to NABP's e-Profiles.

The web-service form. All names on the wire are in `cpe_monitor.toml`, to be replaced by those of ACPE's technical
specification, which is not public. Source: spec endpoints, part 2; R-3.4 (60 days).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import etree

from cme_xblock.activity.message import N_, Message
from cme_xblock.reporting.endpoints import data, exchange, file_rows, ready, redact, xml
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
from cme_xblock.reporting.endpoints.speaking import Talk
from cme_xblock.reporting.identity import Identity

PROFILE, BIRTH = "nabp_eprofile", "birth_month_day"
_UAN = "uan"
_HOURS_PER_CEU = 10
_CONSENT = N_(
    "I agree that {provider} sends my NABP e-Profile ID, the month and day of my birth, and the credit and date of "
    "this activity to {receiver}, the record of ACPE and NABP, which shows them to me and to the boards of pharmacy."
)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class CpeMonitor:
    """One configured CPE Monitor. `clock` tells how long a new e-Profile has been waited for."""

    config: EndpointConfig
    wire: Mapping[str, Any] = field(repr=False)
    clock: Callable[[], datetime] = field(default=_now, repr=False)

    @classmethod
    def from_config(cls, config: EndpointConfig) -> CpeMonitor:
        """The endpoint that these settings describe. Raises data.WireError for an unknown override."""
        return cls(config, data.merged("cpe_monitor", config.wire))

    def subjects(self) -> tuple[Subject, ...]:
        """Credits."""
        return (Subject.CLAIM,)

    def kinds(self, about: About) -> tuple[str, ...]:
        """ACPE credit of pharmacists and technicians; nobody else has an e-Profile."""
        return ("cpe",) if about.profession in self.wire["credit"].get(about.system, {}).get("professions", ()) else ()

    def identifiers(self, system: str, profession: str) -> tuple[str, ...]:
        """What NABP matches by."""
        return (PROFILE, BIRTH)

    def purpose(self) -> str:
        """The consent's purpose code."""
        return str(self.wire["consent"]["purpose"])

    def consent_text(self, provider: str) -> Message:
        """The permission in words."""
        return Message(_CONSENT, {"provider": provider, "receiver": self.config.label})

    def key(self, subject: str, kind: str, revision: int) -> str | None:
        """Our own reference of the row."""
        return f"{subject.removeprefix('claim:')}-{revision}"

    def number_name(self) -> str:
        """The activity's UAN."""
        return _UAN

    def settings_problem(self) -> Problem | None:
        """Which setting stands against sending anything at all."""
        empty = data.empty_settings(self.wire, self.config)
        return ready.problem(self.config, empty=empty, secret=self.config.password_env)

    def validate(self, payload: Record) -> tuple[Problem, ...]:
        """What stands against sending this row."""
        problems = [self.settings_problem()]
        if not payload.activity_number:
            problems.append(Problem("no_activity_number", "The activity has no UAN for this audience (uan)."))
        profile = payload.identifiers.get(PROFILE, "")
        if not profile or not payload.identifiers.get(BIRTH):
            problems.append(
                Problem("identity_incomplete", "CPE Monitor needs the e-Profile ID and the month and day of birth.")
            )
        elif not re.fullmatch(self.wire["values"]["profile_pattern"], profile):
            problems.append(Problem("identity_incomplete", "The e-Profile ID has a form that NABP does not give."))
        return tuple(one for one in problems if one is not None)

    def render(self, payloads: Sequence[Record], *, now: datetime) -> bytes:
        """The envelope, without user and password, which come in at the moment of sending."""
        names, soap = self.wire["names"], self.wire["soap"]
        envelope = etree.Element(f"{{{soap['envelope']}}}Envelope", nsmap={"soap": soap["envelope"]})
        body = etree.SubElement(envelope, f"{{{soap['envelope']}}}Body")
        space = soap["namespace"]
        operation = etree.SubElement(body, _name(space, names["operation"]), nsmap={None: space} if space else None)
        rows = etree.SubElement(operation, _name(space, names["rows"]))
        for record in payloads:
            row = etree.SubElement(rows, _name(space, names["row"]))
            for name, value in self._row(record):
                etree.SubElement(row, _name(space, names[name])).text = value
        return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")

    def send(self, document: bytes, payloads: Sequence[Record]) -> Mapping[str, Outcome]:
        """Send the rows once; each has its own word in the answer."""
        soap = self.wire["soap"]
        headers = {"Content-Type": soap["type"], "SOAPAction": f'"{soap["action"]}"', "Accept": "text/xml"}
        request = exchange.Request("POST", self.config.url, headers, self._with_credentials(document))
        answer = Talk(self.config).ask(request)
        if isinstance(answer, Outcome):
            return {one.key: answer for one in payloads}
        return self._judged(answer, payloads)

    def reconcile(self, payloads: Sequence[Record]) -> Mapping[str, Outcome]:
        """There is nothing to ask: NABP shows a record to its owner alone."""
        return {one.key: Outcome(Result.UNKNOWN, "no_readback") for one in payloads}

    def correct(self, revision: int) -> tuple[Step, ...]:
        """None: a mistake is corrected with ACPE."""
        return ()

    def capabilities(self) -> Capabilities:
        """60 days from participation; a warning at 30, 45 and 55."""
        limits, deadline = self.wire["limits"], self.wire["deadline"]
        return Capabilities(
            batch_max=limits["batch_max"],
            bytes_max=limits["bytes_max"],
            readback=False,
            void=False,
            needs_identity=False,
            idempotent=bool(self.wire["resend"]["safe"]),
            deadline_days=deadline["days"],
            deadline_warnings=tuple(deadline["warnings"]),
        )

    def redact(self, text: str, payload: Record) -> str:
        """The text without profile, birthday, user and password."""
        profile, birth = payload.identifiers.get(PROFILE, ""), payload.identifiers.get(BIRTH, "")
        hidden = (profile, birth, birth.replace("-", ""), self.config.user, self._password())
        return redact.text(text, Identity("", "", 1, 1), secrets=tuple(filter(None, hidden)))

    def check(self) -> tuple[str, ...]:
        """The settings; ACPE has no question that would prove the credentials without a row."""
        problem = self.settings_problem()
        return (problem.detail,) if problem else ()

    def _row(self, record: Record) -> tuple[tuple[str, str], ...]:
        values = self.wire["values"]
        amount = record.amount / _HOURS_PER_CEU if values["credit"] == "ceu" else record.amount
        return (
            ("reference", record.key),
            ("uan", record.activity_number),
            ("profile", record.identifiers[PROFILE]),
            ("birth", record.identifiers[BIRTH].replace("-", "")),
            ("date", record.completed_on.strftime(values["date"])),
            ("credit", file_rows.number(amount)),
        )

    def _with_credentials(self, document: bytes) -> bytes:
        names, space = self.wire["names"], self.wire["soap"]["namespace"]
        root = xml.parse(document)
        operation = next(root.iter(_name(space, names["operation"])))
        for name, value in (("password", self._password()), ("user", self.config.user)):
            element = etree.Element(_name(space, names[name]))
            element.text = value
            operation.insert(0, element)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def _judged(self, answer: exchange.Answer, payloads: Sequence[Record]) -> dict[str, Outcome]:
        early = {401: "unauthorized", 403: "unauthorized", 404: "setting_wrong", 429: "busy", 503: "busy"}
        if answer.status in early or 300 <= answer.status < 400:
            outcome = self._outcome(answer, Result.RETRY, early.get(answer.status, "setting_wrong"))
            return {one.key: outcome for one in payloads}
        if answer.status == 413:
            return {one.key: self._outcome(answer, Result.REFUSED, "too_big", whole=True) for one in payloads}
        try:
            root = xml.unwrapped(answer.body) if answer.whole else None
        except xml.XmlError:
            root = None
        if root is None or answer.status not in (200, 500):
            reason = "unreadable_answer" if answer.status == 200 else "server"
            return {one.key: self._outcome(answer, Result.UNKNOWN, reason) for one in payloads}
        fault = next(root.iter("{*}Fault"), None)
        if fault is not None:
            code = xml.first_text(fault, ["faultcode", "Value"]).rpartition(":")[2]
            if code in ("Server", "Receiver"):  # it failed in the middle of it, and may have kept some
                return {one.key: self._outcome(answer, Result.UNKNOWN, "server") for one in payloads}
            message = " ".join("".join(str(text) for text in fault.itertext()).split())
            # A fault speaks of the message and blames no row.
            return {
                one.key: self._outcome(answer, Result.REFUSED, "refused", message, one, whole=True) for one in payloads
            }
        return self._each(answer, root, payloads)

    def _each(self, answer: exchange.Answer, root: etree._Element, payloads: Sequence[Record]) -> dict[str, Outcome]:
        """By our reference; a row that the answer does not name stays open."""
        names = self.wire["answer"]
        rows = {xml.first_text(row, [names["reference"]]): row for row in root.iter("{*}" + names["row"])}
        missing = self._outcome(answer, Result.UNKNOWN, "other_record")
        return {one.key: self._one(answer, rows[one.key], one) if one.key in rows else missing for one in payloads}

    def _one(self, answer: exchange.Answer, row: etree._Element, record: Record) -> Outcome:
        names = self.wire["answer"]
        status = xml.first_text(row, [names["status"]]).casefold()
        message = xml.first_text(row, [names["message"]])
        if status in names["accepted"]:
            return self._outcome(answer, Result.ACCEPTED)
        if status not in names["refused"]:
            return self._outcome(answer, Result.UNKNOWN, "unclassified", message, record)
        said = message.casefold()
        if any(word in said for word in names["duplicate"]):
            # It is there; whether it is ours can only be known where the same row is recognised.
            known = Result.ACCEPTED if self.wire["resend"]["safe"] else Result.REFUSED
            return self._outcome(answer, known, "duplicate", message, record)
        patience = timedelta(days=self.wire["patience"]["new_profile_days"])
        if any(word in said for word in names["new_profile"]) and self.clock() < record.claimed_at + patience:
            return self._outcome(answer, Result.RETRY, "new_profile", message, record)
        reason = "identity" if any(word in said for word in (*names["identity"], *names["new_profile"])) else "refused"
        return self._outcome(answer, Result.REFUSED, reason, message, record)

    def _outcome(
        self,
        answer: exchange.Answer,
        result: Result,
        reason: str = "",
        message: str = "",
        record: Record | None = None,
        *,
        whole: bool = False,
    ) -> Outcome:
        detail = self.redact(message, record) if record else ""
        again = str(self.wire["patience"]["again_after_seconds"]) if reason == "new_profile" else ""
        return Outcome(
            result,
            reason,
            detail=detail,
            http_status=answer.status,
            excerpt=detail,
            retry_after=again or answer.headers.get("retry-after", ""),
            answer_hash=digest(answer.body),
            whole=whole,
        )

    def _password(self) -> str:
        return self.config.secret(self.config.password_env)


def _name(space: str, name: str) -> str:
    return f"{{{space}}}{name}" if space else name
