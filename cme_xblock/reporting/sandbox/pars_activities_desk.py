"""The desk that plays PARS for activities: SaveActivity and GetActivity, strict, and ready to misbehave.

It gives numbers as PARS does, only to be read back, and it makes a second activity where PARS is said to: a change of
format, dates or Provider Activity ID. Where PARS is not public, it follows `endpoints/pars_activities.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, ClassVar

from lxml import etree

from cme_xblock.reporting.sandbox import pars_activities_checks
from cme_xblock.reporting.sandbox.desk import Call, Counter, Reply
from cme_xblock.reporting.sandbox.misbehave import SAVE, STATUS
from cme_xblock.reporting.sandbox.pars_activities_checks import Activity
from cme_xblock.reporting.sandbox.pars_checks import Rejection
from cme_xblock.reporting.sandbox.pars_desk import XML, credentials_in_body, escaped, is_known, sent_credentials
from cme_xblock.reporting.sandbox.store import Kept, Store

_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


@dataclass(frozen=True)
class ParsActivitiesDesk(Counter):
    """One PARS. `clock` gives seconds since 1970; `tells_number`: whether the answer to saving has the number."""

    name: ClassVar[str] = "parsactivities"
    title: ClassVar[str] = "PARS activities"
    notice: ClassVar[str] = "This is not PARS, and ACCME will see none of it."
    content_type: ClassVar[str] = XML
    columns: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "number": "Activity ID", "state": "Status", "title": "Activity", "format": "Format", "start": "Start",
            "end": "End", "physicians": "Physicians", "others": "Others",
        }
    )  # fmt: skip

    store: Store
    wire: Mapping[str, Any]
    clock: Callable[[], float]
    user: str = ""
    password: str = field(default="", repr=False)
    tells_number: bool = False

    def answer(self, call: Call) -> Reply:
        """The operations of the wire's `[paths]`, whatever stands before them in the address."""
        credentials = sent_credentials(call, self.wire)
        if call.method == "GET" and self._is_operation(call, "read"):
            return self.read(call.query, credentials)
        if call.method == "POST" and self._is_operation(call, "save"):
            return self.save(call.body, credentials or credentials_in_body(call.body, self.wire))
        return Reply(404, b"Not here.", _PLAIN)

    def save(self, document: bytes, credentials: Mapping[str, str]) -> Reply:
        """An activity that somebody wants registered, changed, closed or deleted."""
        if not is_known(credentials, self.wire, user=self.user, password=self.password):
            return self.logged(SAVE, "", self._says(401, "refused", "Invalid user or password"), "unauthorized")
        try:
            today = datetime.fromtimestamp(self.clock(), UTC).date()
            arrived = pars_activities_checks.read(document, self.wire, today=today)
        except Rejection as rejection:
            return self.logged(SAVE, "", self.refusal(400, str(rejection)), "refused", str(rejection))
        key = arrived.provider_activity_id
        rule = self.store.next_trouble(SAVE, key)
        good = self._says(201, "pending", "", key)
        return self.kept(rule, SAVE, key, lambda told: self._kept(arrived, told), good)

    def read(self, query: Mapping[str, str], credentials: Mapping[str, str]) -> Reply:
        """A question about an activity, by its number or by what tells it apart."""
        words = self.wire["read"]
        asked = query.get(words["provider_activity_id"], "")
        if not is_known(credentials, self.wire, user=self.user, password=self.password):
            reply = self._says(401, "refused", "Invalid user or password")
            return self.logged(STATUS, asked, reply, "unauthorized")
        number = query.get(words["activity_id"], "")
        place = {
            "provider_activity_id": asked,
            "start": query.get(words["start"]),
            "format": query.get(words["format"]),
        }
        found = self._find(number=number) if number else self._find(**place)
        key = found.key if found else asked
        rule = self.store.next_trouble(STATUS, key)
        if found is None:
            reply, result = self._says(404, "not_found", "No such activity", asked), "not found"
        else:
            result = found.facts["state"]
            reply = self._says(200, result, "", found.key, found.facts["number"])
        if rule is not None:
            reply, result = self.disguised(rule, reply, key), f"{result}, but {rule.trouble}"
        return self.logged(STATUS, key, reply, result)

    def refusal(self, status: int, text: str, key: str = "") -> Reply:
        """A refusal as PARS writes it."""
        return self._says(status, "refused", text, key)

    def of_another(self) -> Reply:
        """A success of an activity that nobody sent."""
        return self._says(200, "active", "", "course-v1:Elsewhere+X+1/x", "209900001")

    def escaped(self, body: bytes) -> bytes:
        """XML as a WCF service wraps it: escaped text in a string element."""
        return escaped(body)

    def _kept(self, arrived: Activity, rejection: str) -> Reply:
        """Activities are taken or refused at once; what another desk would decide later is refused here, now."""
        key, actions = arrived.provider_activity_id, self.wire["actions"]
        if rejection:
            return self.logged(SAVE, key, self.refusal(400, rejection, key), "refused", rejection)
        there = self._find(number=arrived.number) if arrived.number else None
        if arrived.action == actions["delete"]:
            if there is None or not self.store.remove(there.key):
                return self.logged(SAVE, key, self._says(404, "not_found", "No such activity", key), "not found")
            return self.logged(SAVE, key, self._says(200, "accepted", "", key, arrived.number), "deleted")
        if there is not None and there.facts["same"] == "|".join(arrived.same):
            self.store.mark(there.key, self._facts(arrived, arrived.number))
            return self.logged(SAVE, key, self._says(200, "accepted", "", key, arrived.number), "changed")
        if arrived.number and there is None:
            return self.logged(SAVE, key, self.refusal(400, "Activity not found", key), "refused", "no such number")
        return self._added(arrived, second=there is not None)

    def _added(self, arrived: Activity, *, second: bool) -> Reply:
        key, now = arrived.provider_activity_id, self.clock()
        number = f"{datetime.fromtimestamp(now, UTC).year}{self.store.count() + 1:05d}"
        stored = f"{key}#{number}" if second else key
        if not all(self.store.keep(Kept(stored, self._facts(arrived, number), now, now))):
            reply = self.refusal(409, "Duplicate: this Provider Activity ID was already submitted", key)
            return self.logged(SAVE, key, reply, "duplicate")
        told = number if self.tells_number else ""
        return self.logged(SAVE, key, self._says(201, "pending", "", key, told), "second" if second else "stored")

    def _facts(self, arrived: Activity, number: str) -> dict[str, str]:
        state = "closed" if arrived.closing == "true" else "active"
        return asdict(arrived) | {"number": number, "state": state, "same": "|".join(arrived.same)}

    def _find(self, **wanted: str | None) -> Kept | None:
        """The activity with all these facts, or None."""
        return next(
            (
                one
                for one in reversed(self.store.records())
                if all(one.facts.get(name) == value for name, value in wanted.items())
            ),
            None,
        )

    def _says(self, status: int, word: str, message: str, key: str = "", number: str = "") -> Reply:
        names = self.wire["answer"]
        root = etree.Element(names["root"])
        etree.SubElement(root, names["status"][0]).text = self.wire["words"][word][0]
        for name, value in (("provider_activity_id", key), ("number", number), ("message", message)):
            if value:
                etree.SubElement(root, names[name][0]).text = value
        return Reply(status, etree.tostring(root, xml_declaration=True, encoding="UTF-8"), {"Content-Type": XML})

    def _is_operation(self, call: Call, name: str) -> bool:
        return call.path.rstrip("/").endswith("/" + self.wire["paths"][name].strip("/"))
