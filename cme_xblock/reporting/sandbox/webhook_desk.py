"""The desk that plays a receiver of Standard Webhooks: checks signature, time and size, and knows each id again.

Source: standard-webhooks/spec. It verifies with the secret it was given; without one it takes any signature.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Any, ClassVar

from cme_xblock.reporting.endpoints import webhook_signing
from cme_xblock.reporting.sandbox.desk import Call, Counter, Reply
from cme_xblock.reporting.sandbox.misbehave import SAVE, Trouble
from cme_xblock.reporting.sandbox.store import Kept, Store

JSON = "application/json"
TOLERANCE = 300
_SIZE_MAX = 20_000
_TAKEN = Reply(200, b'{"taken": true}', {"Content-Type": JSON})
_NAMES = frozenset({"name", "given_name", "family_name", "email", "npi", "birth", "licence_number", "mbox"})


@dataclass(frozen=True)
class WebhookDesk(Counter):
    """One receiver. `clock` and `now` give seconds since 1970: `clock` for the inbox, `now` for the signature's age.

    `secrets`: those it knows, parted by spaces, as the sender's; one of the signatures has to be by one of them.
    """

    name: ClassVar[str] = "webhook"
    title: ClassVar[str] = "a webhook's receiver"
    notice: ClassVar[str] = "This is a played receiver of signed webhooks."
    content_type: ClassVar[str] = JSON
    columns: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"type": "Type", "activity": "Activity", "amount": "Amount", "times": "Times received"}
    )

    store: Store
    clock: Callable[[], float]
    secrets: str = field(default="", repr=False)
    now: Callable[[], float] = time.time

    def answer(self, call: Call) -> Reply:
        """A message, at any address of the desk."""
        if call.method != "POST":
            return Reply(404, b"Not here.", {"Content-Type": "text/plain; charset=utf-8"})
        name = call.headers.get("webhook-id", "")
        problem, status = self._problem(call)
        if problem:
            return self.logged(SAVE, name, self.refusal(status, problem), "refused", problem)
        message = json.loads(call.body)
        rule = self.store.next_trouble(SAVE, name)
        if rule and rule.trouble in (Trouble.ERROR_INSIDE_200, Trouble.REFUSE_LATER):
            # The protocol has neither: 2xx is taken, and there is no later.
            return self.logged(SAVE, name, self.refusal(400, rule.text), str(rule.trouble))
        return self.kept(rule, SAVE, name, lambda _: self._kept(name, call.body, message), _TAKEN)

    def refusal(self, status: int, text: str, key: str = "") -> Reply:
        """An error in words."""
        return Reply(status, json.dumps({"error": text}).encode(), {"Content-Type": JSON})

    def of_another(self) -> Reply:
        """Nothing can be told from an answer that nobody reads."""
        return Reply(200, b'{"id": "another"}', {"Content-Type": JSON})

    def escaped(self, body: bytes) -> bytes:
        """JSON as text in JSON."""
        return json.dumps(body.decode("utf-8", "replace")).encode()

    def _kept(self, name: str, body: bytes, message: Mapping[str, Any]) -> Reply:
        told = message["data"]
        digest = sha256(body).hexdigest()
        held = self.store.find(name)
        if held is not None and held.facts["body"] != digest:
            return self.logged(SAVE, name, self.refusal(409, "This id came with another message before"), "conflict")
        if held is not None:
            self.store.mark(name, {"times": str(int(held.facts["times"]) + 1)})
            return self.logged(SAVE, name, _TAKEN, "known already")
        facts = {
            "type": message["type"],
            "activity": str(told.get("activity", "")),
            "amount": str(told.get("amount", "")),
            "times": "1",
            "body": digest,
        }
        at = self.clock()
        self.store.keep(Kept(name, facts, at, at, body=body.decode()))
        return self.logged(SAVE, name, _TAKEN, "stored")

    def _problem(self, call: Call) -> tuple[str, int]:
        headers = [call.headers.get(f"webhook-{one}", "") for one in ("id", "timestamp", "signature")]
        if not all(headers) or not headers[1].isdigit():
            return "webhook-id, webhook-timestamp and webhook-signature are needed", 400
        if abs(self.now() - int(headers[1])) > TOLERANCE:
            return "The message is too old, or from the future", 400
        if len(call.body) > _SIZE_MAX:
            return "The message is too long", 413
        if self.secrets and not self._is_signed(call.body, headers):
            return "No signature is right", 401
        return _shape_problem(call.body), 400

    def _is_signed(self, body: bytes, headers: list[str]) -> bool:
        name, at, given = headers
        mine = webhook_signing.headers(name, body, at=int(at), with_keys=webhook_signing.keys(self.secrets))
        return bool(set(mine["webhook-signature"].split()) & set(given.split()))


def _shape_problem(body: bytes) -> str:
    try:
        message = json.loads(body)
    except ValueError:
        return "The body is not JSON"
    if not isinstance(message, dict) or message.keys() != {"type", "timestamp", "data"}:
        return "A message has type, timestamp and data"
    if not isinstance(message["data"], dict):
        return "data must be an object"
    if _NAMES & message["data"].keys():
        return "A message must not name a person"
    return ""


def secret(seed: bytes = b"rehearsal") -> str:
    """A secret for rehearsals and tests, the same for the same seed."""
    return webhook_signing.SYMMETRIC + base64.b64encode(sha256(seed).digest()).decode()
