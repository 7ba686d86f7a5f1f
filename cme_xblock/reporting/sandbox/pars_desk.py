"""The desk that plays PARS for learner reports: keep, decide later, answer questions by CreditID, or misbehave.

Where PARS is not public, it follows `endpoints/pars.toml`, as the sender does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from html import escape
from types import MappingProxyType
from typing import Any, ClassVar

from lxml import etree

from cme_xblock.reporting.endpoints import xml
from cme_xblock.reporting.sandbox import pars_checks
from cme_xblock.reporting.sandbox.desk import Call, Counter, Reply
from cme_xblock.reporting.sandbox.misbehave import SAVE, STATUS
from cme_xblock.reporting.sandbox.pars_checks import Arrived, Rejection
from cme_xblock.reporting.sandbox.store import Kept, Store

XML = "application/xml; charset=utf-8"
_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


@dataclass(frozen=True)
class ParsDesk(Counter):
    """One PARS. `clock` gives seconds since 1970; `user` and `password` empty: any that are not empty will do."""

    name: ClassVar[str] = "pars"
    title: ClassVar[str] = "PARS"
    notice: ClassVar[str] = "This is not PARS, and no board will see any of it."
    content_type: ClassVar[str] = XML
    columns: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "person": "Learner, masked", "amount": "Credit", "certification": "Kind", "title": "Activity",
            "completed_on": "Completed",
        }
    )  # fmt: skip

    store: Store
    wire: Mapping[str, Any]
    clock: Callable[[], float]
    answer_delay: float = 5.0
    user: str = ""
    password: str = field(default="", repr=False)

    def answer(self, call: Call) -> Reply:
        """The operations of the wire's `[paths]`, whatever stands before them in the address."""
        credentials = sent_credentials(call, self.wire)
        if call.method == "GET" and self._is_operation(call, "status"):
            return self.status(call.query.get(self.wire["status"]["credit_id_parameter"], ""), credentials)
        if call.method == "POST" and self._is_operation(call, "save"):
            return self.save(call.body, credentials or credentials_in_body(call.body, self.wire))
        if call.method == "POST" and call.path.rstrip("/").endswith("/" + self.wire["match"]["path"]):
            return self.match(call.body, credentials or credentials_in_body(call.body, self.wire))
        return Reply(404, b"Not here.", _PLAIN)

    def match(self, document: bytes, credentials: Mapping[str, str]) -> Reply:
        """A question whether a learner is known. It is logged without anything of the learner."""
        if not is_known(credentials, self.wire, user=self.user, password=self.password):
            return self.logged("match", "", self._says(401, "refused", "Invalid user or password"), "unauthorized")
        try:
            result = pars_checks.match(document, self.wire)
        except Rejection as rejection:
            return self.logged("match", "", self.refusal(400, str(rejection)), "refused", str(rejection))
        root = etree.Element(self.wire["answer"]["root"])
        etree.SubElement(root, self.wire["answer"]["status"][0]).text = self.wire["match"]["words"][result][0]
        body = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
        return self.logged("match", "", Reply(200, body, {"Content-Type": XML}), result)

    def save(self, document: bytes, credentials: Mapping[str, str]) -> Reply:
        """A record that somebody wants kept, or deleted."""
        if not is_known(credentials, self.wire, user=self.user, password=self.password):
            return self.logged(SAVE, "", self._says(401, "refused", "Invalid user or password"), "unauthorized")
        try:
            today = datetime.fromtimestamp(self.clock(), UTC).date()
            arrived = pars_checks.read(document, self.wire, today=today)
        except Rejection as rejection:
            return self.logged(SAVE, "", self.refusal(400, str(rejection)), "refused", str(rejection))
        key = arrived.credit_id
        rule = self.store.next_trouble(SAVE, key)
        return self.kept(rule, SAVE, key, lambda told: self._kept(arrived, told), self._says(201, "pending", "", key))

    def status(self, credit_id: str, credentials: Mapping[str, str]) -> Reply:
        """A question about a CreditID."""
        if not is_known(credentials, self.wire, user=self.user, password=self.password):
            reply = self._says(401, "refused", "Invalid user or password")
            return self.logged(STATUS, credit_id, reply, "unauthorized")
        rule = self.store.next_trouble(STATUS, credit_id)
        kept = self.store.find(credit_id)
        if kept is None:
            reply, result = self._says(404, "not_found", "No record with this CreditID", credit_id), "not found"
        else:
            result = kept.status(self.clock())
            reply = self._says(200, result, kept.rejection if result == "refused" else "", credit_id)
        if rule is not None:
            reply, result = self.disguised(rule, reply, credit_id), f"{result}, but {rule.trouble}"
        return self.logged(STATUS, credit_id, reply, result)

    def refusal(self, status: int, text: str, key: str = "") -> Reply:
        """A refusal as PARS writes it."""
        return self._says(status, "refused", text, key)

    def of_another(self) -> Reply:
        """A success of a CreditID that nobody sent."""
        return self._says(200, "accepted", "", "ccid:elsewhere.example:0")

    def escaped(self, body: bytes) -> bytes:
        """XML as a WCF service wraps it: escaped text in a string element."""
        return escaped(body)

    def _kept(self, arrived: Arrived, rejection: str) -> Reply:
        now, key = self.clock(), arrived.credit_id
        if arrived.action == "delete":
            done = self.store.remove(key)
            if done:
                return self.logged(SAVE, key, self._says(200, "accepted", "", key), "deleted")
            reply = self._says(404, "not_found", "No record with this CreditID", key)
            return self.logged(SAVE, key, reply, "not found")
        record = Kept(key, asdict(arrived), now, now + self.answer_delay, rejection)
        if all(self.store.keep(record)):
            return self.logged(SAVE, key, self._says(201, "pending", "", key), "stored")
        reply = self.refusal(409, "Duplicate: this CreditID was already submitted", key)
        return self.logged(SAVE, key, reply, "duplicate")

    def _says(self, status: int, word: str, message: str, credit_id: str = "") -> Reply:
        names = self.wire["answer"]
        root = etree.Element(names["root"])
        etree.SubElement(root, names["status"][0]).text = self.wire["words"][word][0]
        if credit_id.startswith("ccid:"):  # a REMS report may have none, and is then known by ours
            etree.SubElement(root, names["credit_id"][0]).text = credit_id
        if message:
            etree.SubElement(root, names["message"][0]).text = message
        return Reply(status, etree.tostring(root, xml_declaration=True, encoding="UTF-8"), {"Content-Type": XML})

    def _is_operation(self, call: Call, name: str) -> bool:
        return call.path.rstrip("/").endswith("/" + self.wire["paths"][name].strip("/"))


def sent_credentials(call: Call, wire: Mapping[str, Any]) -> dict[str, str]:
    """The credentials in a request's headers or query, by their names on the wire; {} where it has none."""
    names = wire["credentials"]
    wanted = [names[key] for key in ("provider", "user", "password")]
    found = {name: call.headers.get(name.lower()) or call.query.get(name, "") for name in wanted}
    return found if any(found.values()) else {}


def is_known(credentials: Mapping[str, str], wire: Mapping[str, Any], *, user: str, password: str) -> bool:
    """Whether all three are there, and are the ones that are wanted; "" takes any."""
    names = wire["credentials"]
    provider, given, secret = (credentials.get(names[key], "") for key in ("provider", "user", "password"))
    if not (provider and given and secret):
        return False
    return (not user or given == user) and (not password or secret == password)


def credentials_in_body(document: bytes, wire: Mapping[str, Any]) -> dict[str, str]:
    """The credentials that a document carries in its body, by their names on the wire; {} where it has none."""
    try:
        root = xml.parse(document)
    except xml.XmlError:
        return {}
    boxes = [child for child in root if etree.QName(child).localname == wire["credentials"]["body_element"]]
    return {etree.QName(one).localname: (one.text or "") for box in boxes[:1] for one in box}


def escaped(body: bytes) -> bytes:
    """XML as a WCF service wraps it: escaped text in a string element."""
    text = body.decode().partition("?>")[2] if body.startswith(b"<?xml") else body.decode()
    return f'<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">{escape(text)}</string>'.encode()
