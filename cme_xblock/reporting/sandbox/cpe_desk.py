"""The desk that plays CPE Monitor's web service: rows of pharmacists, each answered by its reference.

ACPE's technical specification is not public: the desk follows `endpoints/cpe_monitor.toml`, as the sender does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from html import escape
from types import MappingProxyType
from typing import Any, ClassVar

from lxml import etree

from cme_xblock.reporting.endpoints import xml
from cme_xblock.reporting.sandbox.desk import Call, Counter, Reply
from cme_xblock.reporting.sandbox.misbehave import SAVE
from cme_xblock.reporting.sandbox.store import Kept, Store

XML = "text/xml; charset=utf-8"
_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
_UAN = re.compile(r"(?:\d{4}|JA\d{7})-\d{4}-\d{2}-\d{3}-[LHBC]\d{2}-[PT]")
_MMDD = re.compile(r"(\d{2})(\d{2})")
# Profiles that end like this are too new to be known: the rehearsal's way to have one.
NEW_PROFILE = "000"


@dataclass(frozen=True)
class CpeDesk(Counter):
    """One CPE Monitor. `clock` gives seconds since 1970."""

    name: ClassVar[str] = "cpe"
    title: ClassVar[str] = "CPE Monitor"
    notice: ClassVar[str] = "This is not CPE Monitor, and no e-Profile will show any of it."
    content_type: ClassVar[str] = XML
    columns: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"profile": "e-Profile, masked", "uan": "Activity", "credit": "Credit", "date": "Participation"}
    )

    store: Store
    wire: Mapping[str, Any]
    clock: Callable[[], float]
    password: str = field(default="", repr=False)

    def answer(self, call: Call) -> Reply:
        """The one operation."""
        if call.method != "POST":
            return Reply(404, b"Not here.", _PLAIN)
        names = self.wire["names"]
        try:
            root = xml.parse(call.body)
        except xml.XmlError as error:
            return self.logged(SAVE, "", self.refusal(400, str(error)), "refused", str(error))
        password = _text(root, names["password"])
        if not password or not _text(root, names["user"]) or (self.password and password != self.password):
            return self.logged(SAVE, "", Reply(401, b"", _PLAIN), "unauthorized")
        rows = list(root.iter("{*}" + names["row"]))
        if not rows:
            return self.logged(SAVE, "", self.refusal(400, "No rows"), "refused")
        return self._rows(rows)

    def refusal(self, status: int, text: str, key: str = "") -> Reply:
        """A fault, or the status where it is one of HTTP's own."""
        soap = self.wire["soap"]["envelope"]
        envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap})
        fault = etree.SubElement(etree.SubElement(envelope, f"{{{soap}}}Body"), f"{{{soap}}}Fault")
        etree.SubElement(fault, "faultstring").text = text
        return Reply(500 if status in (200, 400) else status, etree.tostring(envelope), {"Content-Type": XML})

    def of_another(self) -> Reply:
        """A success of a row that nobody sent."""
        return self._says([("elsewhere-1", "accepted", "")])

    def escaped(self, body: bytes) -> bytes:
        """Wrapped as text."""
        text = body.decode().partition("?>")[2] if body.startswith(b"<?xml") else body.decode()
        return f"<string>{escape(text)}</string>".encode()

    def _rows(self, rows: list[etree._Element]) -> Reply:
        keys = [_text(row, self.wire["names"]["reference"]) for row in rows]
        rule = next((found for key in keys if (found := self.store.next_trouble(SAVE, key))), None)

        def keep(told: str) -> Reply:
            words = []
            for row, key in zip(rows, keys, strict=True):
                refusal = told if rule is None or rule.key in ("", key) else ""
                message = self._wrong(row) or refusal or self._taken(row, key)
                words.append((key, "failed" if message else "accepted", message))
            return self.logged(SAVE, ", ".join(keys), self._says(words), f"{len(keys)} rows")

        if rule is not None and rule.trouble in ("refuse", "refuse_later"):
            return keep(rule.text)
        return self.kept(rule, SAVE, ", ".join(keys), keep, self._says([]))

    def _taken(self, row: etree._Element, key: str) -> str:
        names, now = self.wire["names"], self.clock()
        facts = {
            "profile": f"…{_text(row, names['profile'])[-2:]}",
            "uan": _text(row, names["uan"]),
            "credit": _text(row, names["credit"]),
            "date": _text(row, names["date"]),
        }
        return "" if all(self.store.keep(Kept(key, facts, now, now))) else "Duplicate: already submitted"

    def _wrong(self, row: etree._Element) -> str:
        names = self.wire["names"]
        if not _UAN.fullmatch(_text(row, names["uan"])):
            return "The UAN is not valid"
        if not _is_day(_text(row, names["birth"])):
            return "The date of birth must be MMDD"
        return "No matching profile" if _text(row, names["profile"]).endswith(NEW_PROFILE) else ""

    def _says(self, words: list[tuple[str, str, str]]) -> Reply:
        soap, names = self.wire["soap"], self.wire["answer"]
        envelope = etree.Element(f"{{{soap['envelope']}}}Envelope", nsmap={"soap": soap["envelope"]})
        body = etree.SubElement(envelope, f"{{{soap['envelope']}}}Body")
        for reference, status, message in words:
            row = etree.SubElement(body, names["row"])
            etree.SubElement(row, names["reference"]).text = reference
            etree.SubElement(row, names["status"]).text = status
            etree.SubElement(row, names["message"]).text = message
        return Reply(200, etree.tostring(envelope), {"Content-Type": XML})


def _is_day(text: str) -> bool:
    found = _MMDD.fullmatch(text)
    try:
        return bool(found and date(2000, int(found[1]), int(found[2])))
    except ValueError:
        return False


def _text(node: etree._Element, name: str) -> str:
    return xml.first_text(node, [name])
