"""A signed webhook: thin messages about entries and credit, for a receiver who is told and never asked.

A message names things by ids and amounts as text, and nobody by name. The receiver recognises a message by its
`webhook-id`, so one that may have arrived is sent again under the same id. Source: Standard Webhooks; spec endpoints,
part 9.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from cme_xblock.activity import canonical
from cme_xblock.participation.entries import Kind
from cme_xblock.reporting.endpoints import connections, data, exchange, ready, speaking, webhook_signing
from cme_xblock.reporting.endpoints.base import (
    About,
    Capabilities,
    EndpointConfig,
    Event,
    Outcome,
    Problem,
    Record,
    Result,
    Subject,
)
from cme_xblock.reporting.endpoints.nameless import Nameless
from cme_xblock.reporting.endpoints.speaking import Talk

# Fixed for ever, and no setting: with another base a receiver would take all that it has for new.
BASE = UUID("ee71254d-d91d-5f20-a258-bc0114fa7b47")

CLAIM, VOIDED = "claim", "voided"
_OPTIONS = frozenset({"send"})
_GONE = "The receiver answered 410: it wants nothing more. Ask there, then resume."


@dataclass(frozen=True)
class Webhook(Nameless):
    """One configured receiver. Its `repr` shows no secret, for it has none: they are looked up when they are needed.

    `secret_env` names the variable with the secrets, parted by spaces; all of them sign. Option: `send`, which of the
    `[types]` are sent, all without it.
    """

    config: EndpointConfig
    wire: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_config(cls, config: EndpointConfig) -> Webhook:
        """The endpoint that these settings describe. Raises data.WireError for an unknown name."""
        wire = data.merged("webhook", config.wire)
        unknown = sorted(config.options.keys() - _OPTIONS)
        if unknown:
            raise data.WireError(f"options.{unknown[0]} is not an option here. Known: {', '.join(sorted(_OPTIONS))}.")
        send = config.options.get("send", ())
        if not isinstance(send, list | tuple) or not set(send) <= wire["types"].keys() - {VOIDED}:
            known = ", ".join(one for one in wire["types"] if one != VOIDED)
            raise data.WireError(f"options.send must be a list of: {known}.")
        return cls(config, wire)

    def kinds(self, about: About) -> tuple[str, ...]:
        """One message, under the name of what it tells of."""
        name = {Subject.CLAIM: CLAIM, Subject.ENTRY: about.entry_kind}.get(about.subject, "")
        wanted = self.config.options.get("send") or self.wire["types"]
        return (name,) if name in wanted and name in self.wire["types"] and name != VOIDED else ()

    def key(self, subject: str, kind: str, revision: int) -> str | None:
        """The id of the message; that of a deletion follows from it."""
        return str(uuid5(BASE, "\n".join((self.config.name, subject, kind, str(revision)))))

    def settings_problem(self) -> Problem | None:
        """Which setting stands against sending anything at all."""
        config = self.config
        empty = [name for name, value in (("url", config.url), ("secret_env", config.secret_env)) if not value]
        return ready.problem(config, empty=empty, secret=config.secret_env, wrong=self._keys_problem)

    def _keys_problem(self) -> str:
        try:
            self._keys()
        except webhook_signing.SecretError as error:
            return f"{self.config.secret_env}: {error}"
        return ""

    def validate(self, payload: Record | Event) -> tuple[Problem, ...]:
        """What stands against sending this."""
        found = self.settings_problem()
        return (found,) if found else ()

    def render(self, payloads: Sequence[Record | Event], *, now: datetime) -> bytes:
        """The one message, as the bytes that are signed. A voiding one bears the time of what it voids."""
        (payload,) = payloads
        name = CLAIM if isinstance(payload, Record) else payload.kind
        at = payload.claimed_at if isinstance(payload, Record) else payload.at
        told: Mapping[str, Any] = _credit(payload) if isinstance(payload, Record) else _entry(payload)
        if payload.operation == "delete":
            name, told = VOIDED, {"voids": payload.key, "of": self.wire["types"][name]}
        else:
            told = {"learner": payload.learner, **told}
        thing = {
            "course": payload.course_key,
            "activity": payload.activity_id,
            "edition": payload.edition,
            "revision": payload.revision,
            **told,
        }
        message = {"type": self.wire["types"][name], "timestamp": _written(at), "data": thing}
        return canonical.dumps(message)

    def send(self, document: bytes, payloads: Sequence[Record | Event]) -> Mapping[str, Outcome]:
        """Sign and send once. Any 2xx is "taken" but a web page: that is what stands in front of the receiver."""
        (payload,) = payloads
        if len(document) > self.capabilities().bytes_max:
            return {payload.key: Outcome(Result.REFUSED, "too_big", "The message is too long, so it was not sent.")}
        signed = webhook_signing.headers(message_id(payload), document, at=int(time.time()), with_keys=self._keys())
        headers = {"Content-Type": "application/json", "User-Agent": "cme-xblock", **signed}
        answer = Talk(self.config).ask(exchange.Request("POST", self.config.url, headers, document))
        return {payload.key: answer if isinstance(answer, Outcome) else self._judged(answer, payload)}

    def reconcile(self, payloads: Sequence[Record | Event]) -> Mapping[str, Outcome]:
        """Nobody can be asked."""
        return {one.key: Outcome(Result.UNKNOWN, "no_readback") for one in payloads}

    def capabilities(self) -> Capabilities:
        """One message a request, recognised by its id; one that voids names nobody."""
        return Capabilities(
            batch_max=1, bytes_max=self.wire["bytes_max"], readback=False, void=True, void_by_key=True, idempotent=True,
            needs_identity=False,
        )  # fmt: skip

    def redact(self, text: str, payload: Any) -> str:
        """The text without pseudonym and secrets."""
        return speaking.without(text, self._hidden(payload))

    def check(self) -> tuple[str, ...]:
        """Connect, and say nothing: a message would be taken for one. So a wrong secret shows only in a sending."""
        problem = self.settings_problem()
        if problem:
            return (problem.detail,)
        config, parts = self.config, urlsplit(self.config.url)
        place = connections.Place(
            parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80), config.ca_file,
            loopback=config.allow_insecure_loopback, private=config.allow_private_network,
        )  # fmt: skip
        try:
            connections.keep(place, connections.get(place, config.connect_timeout))
        except (exchange.NotSentError, exchange.AddressRefusedError) as error:
            return (f"No connection to {config.url}: {error}.",)
        return ()

    def _judged(self, answer: exchange.Answer, payload: Record | Event) -> Outcome:
        hide = self._hidden(payload)
        if 200 <= answer.status < 300 and answer.body.lstrip()[:1] == b"<":
            return speaking.outcome(answer, Result.UNKNOWN, "answer_unreadable", hide=hide)
        if 200 <= answer.status < 300:
            return speaking.outcome(answer, Result.ACCEPTED, hide=hide)
        found = speaking.by_table(answer, self.wire["http"], several=False, hide=hide)
        is_last = bool(self.wire["http"].get(str(answer.status), {}).get("stop"))
        return speaking.stopping(found, _GONE) if is_last else found

    def _keys(self) -> tuple[webhook_signing.Key, ...]:
        return webhook_signing.keys(self.config.secret(self.config.secret_env))

    def _hidden(self, payload: Record | Event | None) -> tuple[str, ...]:
        hide = self.config.secret(self.config.secret_env).split()
        return (*([payload.learner] if payload is not None else []), *hide)


def message_id(payload: Record | Event) -> str:
    """What the receiver recognises the message by: the record's key, and for a deletion one that follows from it."""
    return payload.key if payload.operation != "delete" else str(uuid5(UUID(payload.key), "void"))


def _credit(record: Record) -> Mapping[str, Any]:
    return {
        "credit": record.key,
        "system": record.system,
        "amount": format(record.amount, "f"),
        "profession": record.profession,
        "completed_on": record.completed_on.isoformat(),
    }


def _entry(event: Event) -> Mapping[str, Any]:
    """What of an entry may leave: never an answer, of a test or of an evaluation."""
    told: dict[str, Any] = {"entry": event.key, "seq": event.seq}
    if event.kind == Kind.CREDIT_CLAIMED:
        told |= {"system": str(event.payload["system"]), "amount": str(event.payload["amount"])}
    if event.kind == Kind.ASSESSMENT_SUBMITTED:
        told["attempt"] = str(event.payload.get("attempt", ""))
    if event.kind == Kind.CONTENT_COMPLETED:
        told["section"] = str(event.payload.get("section", ""))
    for name in ("correct", "total", "scaled"):
        if name in event.results:
            told[name] = str(event.results[name])
    if "passed" in event.results:
        told["passed"] = bool(event.results["passed"])
    return told


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
