"""The desk that plays CE Broker: licence checks and rosters, with a receipt that says of each node what became of it.

Where CE Broker is not public, it follows `endpoints/cebroker.toml`, as the sender does. It answers as the real service
was seen to: XML written as text in a string element, HTTP 200 whatever happened inside.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import parse_qs

from lxml import etree

from cme_xblock.reporting.endpoints import xml
from cme_xblock.reporting.sandbox.desk import Call, Counter, Reply
from cme_xblock.reporting.sandbox.misbehave import SAVE, STATUS
from cme_xblock.reporting.sandbox.store import Kept, Store

XML = "text/xml; charset=utf-8"
_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
_DATE = re.compile(r"(0[1-9]|1[0-2])/(0[1-9]|[12][0-9]|3[01])/[0-9]{4}")
_NEEDED = ("licensee_profession", "license", "cebroker_state", "first_name", "last_name", "date_completed")
# Licences that end like this are not known to the state: the rehearsal's one way to have a mistyped number.
UNKNOWN_LICENCE = "000"


@dataclass(frozen=True)
class CeBrokerDesk(Counter):
    """One CE Broker. `clock` gives seconds since 1970; an empty `upload_key` takes any that is not empty."""

    name: ClassVar[str] = "cebroker"
    title: ClassVar[str] = "CE Broker"
    notice: ClassVar[str] = "This is not CE Broker, and no board will see any of it."
    content_type: ClassVar[str] = XML
    body_max: ClassVar[int] = 16_777_216
    columns: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"person": "Licensee, masked", "course": "Course", "hours": "Hours, if partial", "completed_on": "Completed"}
    )

    store: Store
    wire: Mapping[str, Any]
    clock: Callable[[], float]
    upload_key: str = field(default="", repr=False)

    def answer(self, call: Call) -> Reply:
        """A message in the form field, at the operation's address."""
        if call.method != "POST" or not call.path.rstrip("/").endswith("/" + self.wire["paths"]["upload"]):
            return Reply(404, b"Not here.", _PLAIN)
        fields = parse_qs(call.body.decode("utf-8", "replace"))
        message = fields.get(self.wire["content"]["field"], [""])[0]
        try:
            root = xml.parse(message.encode())
        except xml.XmlError as error:
            return self.logged(SAVE, "", self.refusal(200, f"The message cannot be read: {error}"), "refused")
        names = self.wire["credentials"]
        key = root.get(names["key"], "")
        if not key or not root.get(names["provider"]) or (self.upload_key and key != self.upload_key):
            return self.logged(SAVE, "", self.refusal(200, "Invalid provider or upload key"), "unauthorized")
        if root.tag == "licensees":
            return self._licensees(root)
        if root.tag == "rosters":
            return self._rosters(root)
        return self.logged(SAVE, "", self.refusal(200, "Unknown message"), "refused")

    def refusal(self, status: int, text: str, key: str = "") -> Reply:
        """A refusal of the whole message: 200, or the status where it is one of HTTP's own."""
        root = etree.Element("rosters", {"ErrorCode": "1", self.wire["receipt"]["message"]: text})
        return self._wrapped(root, status if status in (401, 409, 410, 413) else 200)

    def of_another(self) -> Reply:
        """A receipt for somebody whom nobody sent."""
        root = etree.Element("rosters")
        attendee = etree.SubElement(etree.SubElement(root, "roster"), "attendee", id_attendee="1", Message="")
        etree.SubElement(attendee, "license").text = "ELSEWHERE1"
        return self._wrapped(root)

    def escaped(self, body: bytes) -> bytes:
        """Wrapped once more."""
        text = body.decode().partition("?>")[2] if body.startswith(b"<?xml") else body.decode()
        return f'<string xmlns="https://webservices.cebroker.com/">{escape(text)}</string>'.encode()

    def _licensees(self, root: etree._Element) -> Reply:
        """The licence check: each licensee is given back with what is known of it."""
        rule = self.store.next_trouble(STATUS, "")
        for one in root:
            known = not _text(one, "license").endswith(UNKNOWN_LICENCE)
            one.set("valid", "true" if known else "false")
            one.set("ErrorCode", "" if known else self.wire["licence"]["invalid"][0])
            one.set(self.wire["receipt"]["message"], "" if known else "Invalid license number")
        reply = self._wrapped(_without_key(root, self.wire))
        if rule is not None:
            reply = self.disguised(rule, reply, "")
        return self.logged(STATUS, "", reply, f"{len(root)} licences" + (f", but {rule.trouble}" if rule else ""))

    def _rosters(self, root: etree._Element) -> Reply:
        attendees = [(roster, one) for roster in root for one in roster.iter("attendee")]
        keys = [_key(roster, one) for roster, one in attendees]
        wrong = [_wrong(roster, one) for roster, one in attendees]
        rule = next((found for key in keys if (found := self.store.next_trouble(SAVE, key))), None)

        def keep(told: str) -> Reply:
            for (roster, one), key, problem in zip(attendees, keys, wrong, strict=True):
                told_now = problem or (told if rule is None or rule.key in ("", key) else "")
                self._receipt(one, told_now or self._taken(roster, one, key))
            reply = self._wrapped(_without_key(root, self.wire))
            return self.logged(SAVE, ", ".join(keys), reply, f"{len(keys)} attendees")

        if rule is not None and rule.trouble == "refuse":
            # One node of the receipt is refused and the others are taken: this service's own way to say no.
            return keep(rule.text)
        return self.kept(rule, SAVE, ", ".join(keys), keep, self._wrapped(etree.Element("rosters")))

    def _taken(self, roster: etree._Element, one: etree._Element, key: str) -> str:
        now = self.clock()
        facts = {
            "person": f"{_text(one, 'last_name')[:1]}…, {_text(one, 'cebroker_state')}",
            "course": _text(roster, "id_course") or _text(roster, "provider_course_code"),
            "hours": _text(one, "partial_credit_hours"),
            "completed_on": _text(one, "date_completed"),
        }
        return "" if all(self.store.keep(Kept(key, facts, now, now))) else "Duplicate: already reported"

    def _receipt(self, one: etree._Element, message: str) -> None:
        one.set(self.wire["receipt"]["message"], message)
        one.set("ErrorCode", "99" if message else "")
        one.set("id_attendee", "" if message else str(len(self.store.records())))

    def _wrapped(self, root: etree._Element, status: int = 200) -> Reply:
        return Reply(status, self.escaped(etree.tostring(root)), {"Content-Type": XML})


def _without_key(root: etree._Element, wire: Mapping[str, Any]) -> etree._Element:
    root.attrib.pop(wire["credentials"]["key"], None)
    return root


def _wrong(roster: etree._Element, one: etree._Element) -> str:
    for name in _NEEDED:
        if not _text(one, name):
            return f"{name} is missing"
    if not (_text(roster, "id_course") or _text(roster, "provider_course_code")) or not _text(roster, "id_provider"):
        return "The course is missing"
    if not _DATE.fullmatch(_text(one, "date_completed")):
        return "date_completed must be MM/DD/YYYY"
    if _text(one, "partial_credit_hours") and not _text(one, "cd_subject_area"):
        return "cd_subject_area is missing"
    return "Invalid license number" if _text(one, "license").endswith(UNKNOWN_LICENCE) else ""


def _key(roster: etree._Element, one: etree._Element) -> str:
    """Who did what when, without the licence number in the clear."""
    course = _text(roster, "id_course") or _text(roster, "provider_course_code")
    person = "|".join(_text(one, name) for name in ("cebroker_state", "licensee_profession", "license"))
    return f"{course}/{_text(one, 'date_completed')}/{hashlib.sha256(person.encode()).hexdigest()[:12]}"


def _text(node: etree._Element, name: str) -> str:
    found = next(node.iter(name), None)
    return (found.text or "").strip() if found is not None else ""
