"""The desk that plays an xAPI LRS: takes statements all or none, gives them back by id, changes nothing once stored.

Strict where the specification is: version header, properties, ids, one id once in a request. It is not a whole LRS: one
can't search in it, and it has no documents. Source: xAPI 1.0.3, Data 2 to 4 and Communication 2.1, 3.2.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, ClassVar

from cme_xblock.reporting.endpoints import xapi_statements
from cme_xblock.reporting.sandbox import xapi_checks
from cme_xblock.reporting.sandbox.desk import Call, Counter, Reply
from cme_xblock.reporting.sandbox.misbehave import SAVE, STATUS, Trouble
from cme_xblock.reporting.sandbox.store import Kept, Store

JSON = "application/json"
_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
_VERSION = re.compile(r"(1\.0(\.[0-9]+)?|2\.0\.[0-9]+)")
_VOIDED = "http://adlnet.gov/expapi/verbs/voided"


@dataclass(frozen=True)
class XapiDesk(Counter):
    """One LRS. `clock` gives seconds since 1970; `user` and `password` empty: any that are not empty will do.

    `rejects_known`: a statement that is there already is answered with 409 even where it is the same, as some do.
    """

    name: ClassVar[str] = "xapi"
    title: ClassVar[str] = "the LRS"
    notice: ClassVar[str] = "This is a played Learning Record Store."
    content_type: ClassVar[str] = JSON
    columns: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"actor": "Account", "verb": "Verb", "object": "Object", "timestamp": "When", "voided": "Voided"}
    )

    store: Store
    clock: Callable[[], float]
    rejects_known: bool = False
    versions: tuple[str, ...] = ("1.0.3", "2.0.0")
    user: str = ""
    password: str = field(default="", repr=False)

    def answer(self, call: Call) -> Reply:
        """The resources `about` and `statements`, here or under `xAPI/`."""
        resource = call.path.strip("/").removeprefix("xAPI/")
        if resource == "about" and call.method == "GET":
            return self._says(200, {"version": list(self.versions)})
        if resource != "statements" or call.method not in ("GET", "POST", "PUT"):
            return Reply(404, b"Not here.", _PLAIN)
        request = STATUS if call.method == "GET" else SAVE
        if not _VERSION.fullmatch(call.headers.get("x-experience-api-version", "")):
            reply = self.refusal(400, "X-Experience-API-Version is missing or not 1.0.x or 2.0.x")
            return self.logged(request, "", reply, "refused", "version")
        if not self._knows(call):
            return self.logged(request, "", self.refusal(401, "Invalid user or password"), "unauthorized")
        return self._save(call) if request == SAVE else self._status(call)

    def refusal(self, status: int, text: str, key: str = "") -> Reply:
        """An error as LRSs write it."""
        return self._says(status, {"error": {"code": status, "message": text}})

    def of_another(self) -> Reply:
        """The id of a statement that nobody sent."""
        return self._says(200, ["00000000-0000-4000-8000-000000000000"])

    def escaped(self, body: bytes) -> bytes:
        """JSON as text in JSON."""
        return json.dumps(body.decode("utf-8", "replace")).encode()

    def _save(self, call: Call) -> Reply:
        try:
            if call.headers.get("content-type", "").partition(";")[0].strip() != JSON:
                raise xapi_checks.Rejection("Content-Type must be application/json")
            statements = xapi_checks.read(call.body)
            if call.method == "PUT" and [one["id"] for one in statements] != [call.query.get("statementId")]:
                raise xapi_checks.Rejection("PUT takes one statement, under its own id")
        except xapi_checks.Rejection as rejection:
            return self.logged(SAVE, "", self.refusal(400, str(rejection)), "refused", str(rejection))
        ids = [one["id"] for one in statements]
        rule = self.store.next_trouble(SAVE, *ids)
        key = rule.key if rule and rule.key else ids[0]
        if rule and rule.trouble is Trouble.REFUSE_LATER:
            # An LRS never thinks again: it refuses at once or not at all.
            rule = replace(rule, trouble=Trouble.REFUSE)
        return self.kept(rule, SAVE, key, lambda _: self._kept(statements), self._says(200, ids))

    def _kept(self, statements: list[dict[str, Any]]) -> Reply:
        now, ids = self.clock(), [one["id"] for one in statements]
        known = {one["id"]: self.store.find(one["id"]) for one in statements}
        others = [one["id"] for one in statements if (held := known[one["id"]]) and not _same(held, one)]
        if others:
            reply = self.refusal(409, f"A statement with the id {others[0]} is there, and is another")
            return self.logged(SAVE, others[0], reply, "conflict")
        if self.rejects_known and any(known.values()):
            return self.logged(SAVE, ids[0], self.refusal(409, "A statement with one of the ids is there"), "duplicate")
        new = [one for one in statements if known[one["id"]] is None]
        self.store.keep(*(_record(one, now) for one in new))
        for one in new:
            if one["verb"]["id"] == _VOIDED:
                self.store.mark(one["object"]["id"], {"voided": "yes"})
        reply = self._says(200, ids) if new else Reply(204, b"", self._headers())
        return self.logged(SAVE, ids[0], reply, "stored" if new else "known already", f"{len(new)} of {len(ids)}")

    def _status(self, call: Call) -> Reply:
        name = call.query.get("statementId", "")
        if not name:
            if "limit" in call.query:
                return self.logged(STATUS, "", self._says(200, {"statements": [], "more": ""}), "asked for a list")
            return self.logged(STATUS, "", self.refusal(400, "statementId is needed"), "refused")
        rule = self.store.next_trouble(STATUS, name)
        held = self.store.find(name)
        if held is None or held.facts.get("voided"):
            reply, result = self.refusal(404, "No statement with this id"), "not found"
        else:
            reply, result = Reply(200, held.body.encode(), self._headers()), "given back"
        if rule is not None:
            reply, result = self.disguised(rule, reply, name), f"{result}, but {rule.trouble}"
        return self.logged(STATUS, name, reply, result)

    def _says(self, status: int, value: object) -> Reply:
        return Reply(status, json.dumps(value).encode(), self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Content-Type": JSON, "X-Experience-API-Version": self.versions[0]}

    def _knows(self, call: Call) -> bool:
        scheme, _, value = call.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer":
            return bool(value) and (not self.password or value == self.password)
        try:
            user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except ValueError:
            return False
        if scheme != "Basic" or not (user and password):
            return False
        return (not self.user or user == self.user) and (not self.password or password == self.password)


def _record(statement: Mapping[str, Any], now: float) -> Kept:
    actor, thing = statement["actor"], statement["object"]
    facts = {
        "actor": f"{actor['account']['name'][:4]}…",
        "verb": statement["verb"]["id"].rpartition("/")[2],
        "object": thing["id"],
        "timestamp": str(statement.get("timestamp", "")),
    }
    stored = {**statement, "stored": xapi_checks.at(now), "timestamp": statement.get("timestamp", xapi_checks.at(now))}
    authority = {"objectType": "Agent", "account": {"homePage": "http://localhost", "name": "rehearsal"}}
    body = xapi_statements.encode({**stored, "authority": authority, "version": "1.0.0"})
    return Kept(statement["id"], facts, now, now, body=body)


def _same(held: Kept, statement: Mapping[str, Any]) -> bool:
    return xapi_statements.same(statement, xapi_statements.decode(held.body))
