"""What an answer of PARS means, by the tables of `pars.toml`. PURE.

One rule stands over all others: an ambiguous success is not a success. Whatever can't be read for certain is "may have
been taken", and is asked about before anything is sent again. Source: spec pars 1.4 to 1.6; spec endpoints, part 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from cme_xblock.reporting.endpoints import xml
from cme_xblock.reporting.endpoints.base import Result
from cme_xblock.reporting.endpoints.exchange import Answer

UNCLASSIFIED = "unclassified"


@dataclass(frozen=True)
class Verdict:
    """What the answer means; `message` is the far side's text, not yet redacted."""

    result: Result
    reason: str = ""
    message: str = ""


@dataclass(frozen=True)
class Reading:
    """The parts of an answer in the service's own form; empty strings for what it does not have."""

    word: str
    message: str
    credit_id: str


def of_batch(answer: Answer, wire: Mapping[str, Any], *, operations: Mapping[str, str]) -> dict[str, Verdict]:
    """What became of each of several records in one document, by CreditID; `operations`: "add" or "delete" of each.

    A record that the answer does not name is only then judged by the answer as a whole when it was alone, or when the
    whole document was turned away; otherwise nobody knows, and it is asked about.
    """
    if len(operations) == 1:
        [(credit_id, operation)] = operations.items()
        verdict = after_sending(answer, wire, credit_id=credit_id)
        return {credit_id: _deleted(answer, wire, credit_id) or verdict if operation == "delete" else verdict}
    named = _named(answer, wire)
    of_all = after_sending(answer, wire, credit_id="")
    rest = of_all if judges_all(answer, wire) else Verdict(Result.UNKNOWN, "answer_unclear")
    return {one: _of(named[one.lower()], wire) if one.lower() in named else rest for one in operations}


def judges_all(answer: Answer, wire: Mapping[str, Any]) -> bool:
    """Whether the answer turns a document away as a whole: refused or not taken, and no record of it is named."""
    if _named(answer, wire):
        return False
    return after_sending(answer, wire, credit_id="").result in (Result.REFUSED, Result.RETRY)


def of_deletion(verdict: Verdict, operation: str) -> Verdict:
    """What an answer about a CreditID says of its deletion: not there is done, there is not arrived."""
    if operation != "delete":
        return verdict
    if verdict.result is Result.NOT_FOUND:
        return Verdict(Result.ACCEPTED, "", verdict.message)
    # Whatever the receiver thinks of the credit, it still has it.
    if verdict.result in (Result.PENDING, Result.ACCEPTED, Result.REFUSED):
        return Verdict(Result.NOT_FOUND, "not_found", verdict.message)
    return verdict


def _deleted(answer: Answer, wire: Mapping[str, Any], credit_id: str) -> Verdict | None:
    """Done where the service says in its own form that there is nothing (any more) to delete; None otherwise."""
    reading, _ = _own_form(answer, wire, credit_id)
    if reading is not None and reading.word == "not_found" and answer.status in wire["status"]["not_found_http"]:
        return Verdict(Result.ACCEPTED, "gone", reading.message)
    return None


def _named(answer: Answer, wire: Mapping[str, Any]) -> dict[str, Reading]:
    """The readings of an answer that speaks of each record by its CreditID, in lower case."""
    if not (answer.whole and 200 <= answer.status < 300):
        return {}
    try:
        root = xml.unwrapped(answer.body)
    except xml.XmlError:
        return {}
    names = wire["answer"]
    found = (one.getparent() for name in names["credit_id"] for one in root.iter("{*}" + name))
    readings = (_reading(one, wire) for one in found if one is not None)
    return {one.credit_id.lower(): one for one in readings if one.credit_id}


def _of(reading: Reading, wire: Mapping[str, Any]) -> Verdict:
    if reading.word in ("pending", "accepted"):
        return Verdict(Result(reading.word), "", reading.message)
    if reading.word == "refused":
        return classified(reading.message, wire)
    return Verdict(Result.UNKNOWN, "answer_unclear", reading.message)


def after_sending(answer: Answer, wire: Mapping[str, Any], *, credit_id: str) -> Verdict:
    """What became of a record that was sent."""
    known = wire["http"].get(str(answer.status))
    if known:
        return Verdict(Result(known["result"]), known["reason"], _message(answer, wire))
    if 200 <= answer.status < 300:
        return _taken(answer, wire, credit_id)
    if 400 <= answer.status < 500:
        return classified(_message(answer, wire), wire)
    return Verdict(Result.UNKNOWN, "redirect" if 300 <= answer.status < 400 else "receiver_error")


def after_asking(answer: Answer, wire: Mapping[str, Any], *, credit_id: str) -> Verdict:
    """What PARS says of a record that was sent before. UNKNOWN means: it did not say."""
    reading, problem = _own_form(answer, wire, credit_id)
    if reading is None or not (200 <= answer.status < 300 or answer.status in wire["status"]["not_found_http"]):
        known = wire["http"].get(str(answer.status), {})
        return Verdict(Result.UNKNOWN, known.get("reason", "") if answer.status >= 400 else problem)
    if reading.word == "not_found" and answer.status in wire["status"]["not_found_http"]:
        return Verdict(Result.NOT_FOUND, "not_found")
    if answer.status >= 300:
        return Verdict(Result.UNKNOWN, "answer_unclear")
    if reading.word == "refused":
        return Verdict(Result.REFUSED, classified(reading.message, wire).reason, reading.message)
    if reading.word in ("pending", "accepted"):
        return Verdict(Result(reading.word), "", reading.message)
    return Verdict(Result.UNKNOWN, "answer_unclear")


def _taken(answer: Answer, wire: Mapping[str, Any], credit_id: str) -> Verdict:
    reading, problem = _own_form(answer, wire, credit_id)
    if reading is None:
        return Verdict(Result.UNKNOWN, problem)
    return _of(reading, wire)


def _own_form(answer: Answer, wire: Mapping[str, Any], credit_id: str) -> tuple[Reading | None, str]:
    """The answer in the service's own form, or None and the reason why it can't be believed."""
    if not answer.whole:
        return None, "answer_too_long"
    reading = read(answer.body, wire)
    if reading is None:
        return None, "answer_unreadable"
    if reading.credit_id and reading.credit_id.lower() != credit_id.lower():
        return None, "answer_of_another"
    return reading, ""


def read(body: bytes, wire: Mapping[str, Any]) -> Reading | None:
    """The parts of the service's own answer, or None where it is not one."""
    try:
        root = xml.unwrapped(body)
    except xml.XmlError:
        return None
    return _reading(root, wire)


def _reading(root: etree._Element, wire: Mapping[str, Any]) -> Reading:
    names = wire["answer"]
    status = xml.first_text(root, names["status"]).lower()
    return Reading(
        word=next((kind for kind, words in wire["words"].items() if status in words), ""),
        message=xml.first_text(root, names["message"]),
        credit_id=xml.first_text(root, names["credit_id"]),
    )


def _message(answer: Answer, wire: Mapping[str, Any]) -> str:
    """The far side's words about a failure: its message element, or all the text that there is."""
    reading = read(answer.body, wire) if answer.whole else None
    if reading is not None and reading.message:
        return reading.message
    return answer.body[:4000].decode("utf-8", "replace")


def classified(message: str, wire: Mapping[str, Any]) -> Verdict:
    """A refusal by its text; what the table does not know is refused as unclassified, for a person to read."""
    text = message.lower()
    for entry in wire["errors"]:
        if any(phrase in text for phrase in entry["phrases"]):
            return Verdict(Result(entry["result"]), entry["reason"], message)
    return Verdict(Result.REFUSED, UNCLASSIFIED, message)
