"""What CE Broker's answers mean, attendee by attendee. PURE.

HTTP 200 says nothing: each node of the receipt has its own Message and ErrorCode, and only an empty Message with an id
filled in is a success. An answer that can't be matched to what was sent is `unknown`, never delivered.
Source: spec endpoints, part 1 (receipt rule, lessons from the one public client).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from lxml import etree

from cme_xblock.reporting.endpoints import xml
from cme_xblock.reporting.endpoints.base import Record, Result
from cme_xblock.reporting.endpoints.cebroker_document import LICENCE, bare, course_of
from cme_xblock.reporting.endpoints.exchange import Answer

# How a roster names its course.
_COURSE = ("id_course", "provider_course_code")


@dataclass(frozen=True)
class Verdict:
    """What the answer says of one attendee. `message` is CE Broker's own text, not yet redacted."""

    result: Result
    reason: str = ""
    message: str = ""
    whole: bool = False


def after_roster(answer: Answer, records: Sequence[Record], wire: Mapping[str, Any]) -> list[Verdict]:
    """A verdict for each record, in the order in which they stood in the message."""
    early = _by_http(answer, wire)
    if early is not None:
        return [early] * len(records)
    try:
        root = xml.unwrapped(answer.body) if answer.whole else None
    except xml.XmlError:
        root = None
    if root is None:
        return [Verdict(Result.UNKNOWN, "unreadable_answer")] * len(records)
    attendees = _nodes(root, "attendee")
    if not attendees:
        return [_without_attendees(root, wire)] * len(records)
    if len(attendees) != len(records) or not all(map(_same, attendees, records)):
        return [Verdict(Result.UNKNOWN, "other_record")] * len(records)
    return [_judged(node, root, wire) for node in attendees]


def after_check(answer: Answer, records: Sequence[Record], wire: Mapping[str, Any]) -> list[Verdict]:
    """A verdict on each licence: ACCEPTED (known), REFUSED (not known), or RETRY where nothing can be said.

    A question changes nothing there, so that whatever goes wrong with it may be asked again.
    """
    try:
        root = xml.unwrapped(answer.body) if answer.status == 200 and answer.whole else None
    except xml.XmlError:
        root = None
    nodes = _nodes(root, "licensee") if root is not None else []
    if len(nodes) != len(records):
        reason = "server" if answer.status != 200 else "unreadable_answer"
        return [Verdict(Result.RETRY, reason)] * len(records)
    return [_licence(node, wire) for node in nodes]


def of_receipt(
    content: bytes, records: Sequence[Record], wire: Mapping[str, Any]
) -> tuple[dict[str, Verdict], tuple[str, ...]]:
    """What a receipt that came later says of these records, by key; and what it names that is none of them, in words.

    Raises XmlError for what is no receipt. Of an attendee who fits several records, or none, nothing is said: course,
    day and licence have to agree.
    """
    root = xml.unwrapped(content)
    attendees = _nodes(root, "attendee")
    if not attendees:
        raise xml.XmlError("it names no attendee")
    known: dict[tuple[str, str, str], list[Record]] = {}
    for record in records:
        known.setdefault(_named(record, wire), []).append(record)
    found: dict[str, Verdict] = {}
    twice: set[str] = set()
    strange: list[str] = []
    for number, node in enumerate(attendees, 1):
        place = _place(node, root, wire)
        fitting = known.get(place, [])
        if len(fitting) == 1 and fitting[0].key not in found:
            found[fitting[0].key] = _judged(node, root, wire)
            continue
        twice.update(one.key for one in fitting)
        what = "several that are open" if len(fitting) > 1 else "one a second time" if fitting else "none that is open"
        course, day = (_shown(one) for one in place[:2])
        strange.append(f"attendee {number} of course {course} on {day} fits {what}")
    return {key: one for key, one in found.items() if key not in twice}, tuple(strange)


def _named(record: Record, wire: Mapping[str, Any]) -> tuple[str, str, str]:
    """Course, day and licence of a record, as a receipt repeats them."""
    day = record.completed_on.strftime(wire["dates"]["format"])
    return course_of(record, wire)[1].casefold(), day, _plain(record.identifiers.get(LICENCE, ""))


def _shown(text: str) -> str:
    """A word of the receipt for a screen."""
    return "".join(char for char in text if char.isprintable())[:80] or "-"


def _place(node: etree._Element, root: etree._Element, wire: Mapping[str, Any]) -> tuple[str, str, str]:
    """The same of an attendee."""
    above = [one for one in node.iterancestors() if one is not root]
    course = next((text for one in above for name in _COURSE if (text := _of(one, name))), "")
    return bare(course, wire).casefold(), _of(node, "date_completed"), _plain(_of(node, "license"))


# What a status says before anything is read. A 5xx may come after it was stored; a 404 or a redirect is no CE Broker.
_BY_STATUS: Mapping[int, Verdict] = MappingProxyType(
    {
        413: Verdict(Result.REFUSED, "too_big", whole=True),
        429: Verdict(Result.RETRY, "busy"),
        503: Verdict(Result.RETRY, "busy"),
        401: Verdict(Result.RETRY, "unauthorized"),
        403: Verdict(Result.RETRY, "unauthorized"),
        404: Verdict(Result.RETRY, "setting_wrong"),
    }
)


def _by_http(answer: Answer, wire: Mapping[str, Any]) -> Verdict | None:
    if answer.status == 200:
        return None
    if answer.status in _BY_STATUS:
        return _BY_STATUS[answer.status]
    if 300 <= answer.status < 400:
        return Verdict(Result.RETRY, "setting_wrong")
    if answer.status in wire["http"]["unknown"] or answer.status >= 500:
        return Verdict(Result.UNKNOWN, "server")
    return Verdict(Result.REFUSED, "refused", whole=True)


def _without_attendees(root: etree._Element, wire: Mapping[str, Any]) -> Verdict:
    """An answer about the message as a whole: refused in a word, parked until tomorrow, or nothing that we know."""
    said = " ".join("".join(str(one) for one in root.itertext()).split())
    message = _of(root, wire["receipt"]["message"]) or next(
        (found for node in root.iter("*") if (found := _of(node, wire["receipt"]["message"]))), ""
    )
    if any(word in f"{said} {message}".casefold() for word in wire["receipt"]["parked"]):
        return Verdict(Result.PENDING, "parked", message or said)
    if message:
        return Verdict(Result.REFUSED, _reason(root, wire), message, whole=True)
    return Verdict(Result.UNKNOWN, "unreadable_answer")


def _judged(attendee: etree._Element, root: etree._Element, wire: Mapping[str, Any]) -> Verdict:
    """One attendee; a message at its roster or at the root stands for all below it."""
    names = wire["receipt"]
    above = [node for node in attendee.iterancestors() if node is root or root in node.iterancestors()]
    nodes = [attendee, *above, *[one for one in attendee.iter("*") if one is not attendee]]
    for node in nodes:
        message = _of(node, names["message"])
        if message:
            return Verdict(Result.REFUSED, _reason(node, wire), message)
    if any(_has_id(node, wire) for node in [attendee, *above]):
        return Verdict(Result.ACCEPTED)
    # No complaint and no number: ambiguous success is never "delivered".
    return Verdict(Result.UNKNOWN, "no_receipt_id")


def _licence(node: etree._Element, wire: Mapping[str, Any]) -> Verdict:
    message, code = _of(node, wire["receipt"]["message"]), _of(node, wire["receipt"]["code"])
    valid = _of(node, "valid").casefold()
    if valid in ("true", "1", "yes", "y") and not message:
        return Verdict(Result.ACCEPTED)
    if code in wire["licence"]["invalid"] or valid in ("false", "0", "no", "n"):
        return Verdict(Result.REFUSED, "identity", message)
    return Verdict(Result.RETRY, "unreadable_answer", message)


def _reason(node: etree._Element, wire: Mapping[str, Any]) -> str:
    return str(wire["codes"].get(_of(node, wire["receipt"]["code"]), "refused"))


def _same(node: etree._Element, record: Record) -> bool:
    """Whether the receipt speaks of that record: a licence that it repeats must be ours."""
    repeated = _of(node, "license")
    return not repeated or _plain(repeated) == _plain(record.identifiers.get(LICENCE, ""))


def _plain(number: str) -> str:
    return "".join(number.split()).casefold()


def _has_id(node: etree._Element, wire: Mapping[str, Any]) -> bool:
    names = wire["receipt"]
    found = {etree.QName(name).localname: value for name, value in node.attrib.items()}
    found |= {etree.QName(child).localname: (child.text or "") for child in node if not len(child)}
    return any(
        str(name).startswith(names["id_prefix"]) and str(name) not in names["sent_ids"] and str(value).strip()
        for name, value in found.items()
    )


def _of(node: etree._Element, name: str) -> str:
    """An attribute or a child of that name, compared without case."""
    for key, value in node.attrib.items():
        if etree.QName(key).localname.casefold() == name.casefold():
            return str(value).strip()
    for child in node:
        if etree.QName(child).localname.casefold() == name.casefold() and not len(child):
            return (child.text or "").strip()
    return ""


def _nodes(root: etree._Element, name: str) -> list[etree._Element]:
    return [node for node in root.iter("*") if etree.QName(node).localname == name]
