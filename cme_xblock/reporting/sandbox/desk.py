"""What the receiver does with each request, apart from the wire: keep, refuse, answer, or misbehave.

The desk turns a request into a `Reply`; the server only carries it out. So all behaviour is here, and none of it knows
sockets.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html import escape
from typing import Any

from lxml import etree

from cme_xblock.reporting.endpoints import xml
from cme_xblock.reporting.sandbox import checks
from cme_xblock.reporting.sandbox.checks import Arrived, Rejection
from cme_xblock.reporting.sandbox.misbehave import KEEPS, SAVE, STATUS, Rule, Trouble
from cme_xblock.reporting.sandbox.store import Arrival, Store

XML = "application/xml; charset=utf-8"
_HUGE = 4_000_000


@dataclass(frozen=True)
class Reply:
    """What to write to the socket. `wait`: seconds before; `drop`: close instead; `drip`: one byte at a time."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": XML})
    wait: float = 0
    drop: bool = False
    drip: bool = False


@dataclass(frozen=True)
class Desk:
    """One receiver. `clock` gives seconds since 1970; `user` and `password` empty: any that are not empty will do."""

    store: Store
    wire: Mapping[str, Any]
    clock: Callable[[], float]
    answer_delay: float = 5.0
    user: str = ""
    password: str = field(default="", repr=False)

    def save(self, document: bytes, credentials: Mapping[str, str]) -> Reply:
        """A record that somebody wants kept, or deleted."""
        if not self._knows(credentials):
            return self._logged(SAVE, "", self._answer(401, "refused", "Invalid user or password"), "unauthorized")
        try:
            today = datetime.fromtimestamp(self.clock(), UTC).date()
            arrived = checks.read(document, self.wire, today=today)
        except Rejection as rejection:
            return self._logged(SAVE, "", self._answer(400, "refused", str(rejection)), "refused", str(rejection))
        rule = self.store.next_trouble(SAVE, arrived.credit_id)
        if rule is None:
            return self._kept(arrived)
        return self._troubled_save(rule, arrived)

    def status(self, credit_id: str, credentials: Mapping[str, str]) -> Reply:
        """A question about a CreditID."""
        if not self._knows(credentials):
            return self._logged(
                STATUS, credit_id, self._answer(401, "refused", "Invalid user or password"), "unauthorized"
            )
        rule = self.store.next_trouble(STATUS, credit_id)
        kept = self.store.find(credit_id)
        if kept is None:
            reply, result = self._answer(404, "not_found", "No record with this CreditID", credit_id), "not found"
        else:
            result = kept.status(self.clock())
            reply = self._answer(200, result, kept.rejection if result == "refused" else "", credit_id)
        if rule is not None:
            reply, result = self._disguised(rule, reply, credit_id), f"{result}, but {rule.trouble}"
        return self._logged(STATUS, credit_id, reply, result)

    def _kept(self, arrived: Arrived, *, rejection: str = "") -> Reply:
        now = self.clock()
        if arrived.action == "delete":
            done = self.store.remove(arrived.credit_id)
            reply = (
                self._answer(200, "accepted", "", arrived.credit_id)
                if done
                else self._answer(404, "not_found", "No record with this CreditID", arrived.credit_id)
            )
            return self._logged(SAVE, arrived.credit_id, reply, "deleted" if done else "not found")
        if self.store.keep(arrived, at=now, decide_at=now + self.answer_delay, rejection=rejection):
            return self._logged(SAVE, arrived.credit_id, self._answer(201, "pending", "", arrived.credit_id), "stored")
        reply = self._answer(409, "refused", "Duplicate: this CreditID was already submitted", arrived.credit_id)
        return self._logged(SAVE, arrived.credit_id, reply, "duplicate")

    def _troubled_save(self, rule: Rule, arrived: Arrived) -> Reply:
        if rule.trouble in KEEPS:
            rejection = rule.text if rule.trouble is Trouble.REFUSE_LATER else ""
            reply = self._kept(arrived, rejection=rejection)
            return self._disguised(rule, reply, arrived.credit_id)
        if rule.trouble is Trouble.SLOW:
            return replace(self._kept(arrived), wait=rule.seconds)
        if rule.trouble is Trouble.DROP_THEN_STORE:
            later = threading.Timer(rule.seconds, self._kept, [arrived])
            later.daemon = True
            later.start()
        reply = self._disguised(rule, self._answer(201, "pending", "", arrived.credit_id), arrived.credit_id)
        return self._logged(SAVE, arrived.credit_id, reply, str(rule.trouble))

    def _disguised(self, rule: Rule, reply: Reply, credit_id: str) -> Reply:
        """The reply as this trouble lets it out."""
        trouble = rule.trouble
        retry = {"Content-Type": XML, "Retry-After": str(int(rule.seconds))}
        plain: dict[Trouble, Reply] = {
            Trouble.REFUSE: self._answer(400, "refused", rule.text, credit_id),
            Trouble.ERROR_INSIDE_200: self._answer(200, "refused", rule.text, credit_id),
            Trouble.ERROR_500: Reply(500, b"Internal error", {"Content-Type": "text/plain"}),
            Trouble.STORE_THEN_500: Reply(500, b"Internal error", {"Content-Type": "text/plain"}),
            Trouble.BUSY_429: Reply(429, b"", retry),
            Trouble.BUSY_503: Reply(503, b"", retry),
            Trouble.STORE_THEN_SILENCE: replace(reply, wait=rule.seconds, drop=True),
            Trouble.STORE_THEN_DROP: replace(reply, drop=True),
            Trouble.DROP_BEFORE_STORING: replace(reply, drop=True),
            Trouble.DROP_THEN_STORE: replace(reply, drop=True),
            Trouble.SLOW: replace(reply, wait=rule.seconds),
            Trouble.DRIP: replace(reply, drip=True),
            Trouble.TRUNCATED: replace(reply, body=reply.body[: len(reply.body) // 2]),
            Trouble.DOUBLE_ESCAPED: replace(reply, body=_wrapped(_wrapped(reply.body))),
            Trouble.HUGE: replace(reply, body=reply.body + b"<!--" + b" " * _HUGE + b"-->"),
            Trouble.REDIRECT: Reply(302, b"", {"Location": "http://127.0.0.1:9/elsewhere"}),
            Trouble.NONSENSE: Reply(200, b"<html><body>Maintenance</body></html>", {"Content-Type": "text/html"}),
            Trouble.BARE_404: Reply(404, b"", {"Content-Type": "text/plain"}),
            Trouble.WRONG_CREDIT: self._answer(200, "accepted", "", "ccid:elsewhere.example:0"),
            Trouble.UNAUTHORIZED: self._answer(401, "refused", "Invalid user or password"),
        }
        return plain.get(trouble, reply)

    def _answer(self, status: int, word: str, message: str, credit_id: str = "") -> Reply:
        names = self.wire["answer"]
        root = etree.Element(names["root"])
        etree.SubElement(root, names["status"][0]).text = self.wire["words"][word][0]
        if credit_id:
            etree.SubElement(root, names["credit_id"][0]).text = credit_id
        if message:
            etree.SubElement(root, names["message"][0]).text = message
        return Reply(status, etree.tostring(root, xml_declaration=True, encoding="UTF-8"))

    def _logged(self, request: str, credit_id: str, reply: Reply, result: str, detail: str = "") -> Reply:
        self.store.log(Arrival(self.clock(), request, credit_id, result, detail[:300]))
        return reply

    def _knows(self, credentials: Mapping[str, str]) -> bool:
        names = self.wire["credentials"]
        provider, user, password = (credentials.get(names[key], "") for key in ("provider", "user", "password"))
        if not (provider and user and password):
            return False
        return (not self.user or user == self.user) and (not self.password or password == self.password)


def credentials_in_body(document: bytes, wire: Mapping[str, Any]) -> dict[str, str]:
    """The credentials that a document carries in its body, by their names on the wire; {} where it has none."""
    try:
        root = xml.parse(document)
    except xml.XmlError:
        return {}
    boxes = [child for child in root if etree.QName(child).localname == wire["credentials"]["body_element"]]
    return {etree.QName(one).localname: (one.text or "") for box in boxes[:1] for one in box}


def _wrapped(body: bytes) -> bytes:
    """XML as a WCF service wraps it: escaped text in a string element."""
    text = body.decode().partition("?>")[2] if body.startswith(b"<?xml") else body.decode()
    return f'<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">{escape(text)}</string>'.encode()
