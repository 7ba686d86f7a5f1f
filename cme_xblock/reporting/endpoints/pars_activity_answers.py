"""What an answer of PARS about an activity means, and which number it gives the activity. PURE.

A success is one only when it names our activity, and a registration only when the number is known with it: the number
is what keeps the next change from making a second activity. Source: spec pars, 1.3, 1.5 and 1.6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cme_xblock.reporting.endpoints import pars_answers, xml
from cme_xblock.reporting.endpoints.base import Result
from cme_xblock.reporting.endpoints.exchange import Answer
from cme_xblock.reporting.endpoints.pars_answers import Verdict

_TAKEN = ("pending", "accepted", "draft", "active", "closed")


@dataclass(frozen=True)
class Found:
    """A verdict, and the accreditor's number of the activity where the answer gives it."""

    verdict: Verdict
    number: str = ""


@dataclass(frozen=True)
class _Reading:
    word: str
    message: str
    number: str
    provider_activity_id: str


def after_sending(
    answer: Answer, wire: Mapping[str, Any], *, operation: str, provider_activity_id: str, number: str
) -> Found:
    """What became of an activity that was sent. `number`: the one that we know it by, or ""."""
    reading, problem = _own(answer, wire, provider_activity_id, number)
    if operation == "delete" and _is_absent(reading, answer, wire):
        return Found(Verdict(Result.ACCEPTED, "gone"))
    message = reading.message if reading else ""
    known = wire["http"].get(str(answer.status))
    if known:
        return Found(Verdict(Result(known["result"]), known["reason"], message))
    if 400 <= answer.status < 500:
        return Found(pars_answers.classified(message, wire))
    if not 200 <= answer.status < 300:
        return Found(Verdict(Result.UNKNOWN, "redirect" if 300 <= answer.status < 400 else "receiver_error"))
    if reading is None:
        return Found(Verdict(Result.UNKNOWN, problem))
    return _taken(reading, wire, is_known=operation == "delete" or bool(number or reading.number))


def _taken(reading: _Reading, wire: Mapping[str, Any], *, is_known: bool) -> Found:
    """What a success says. Taken without a number: under which one is still to be read back."""
    if reading.word == "refused":
        return Found(pars_answers.classified(reading.message, wire))
    if reading.word not in _TAKEN:
        return Found(Verdict(Result.UNKNOWN, "answer_unclear", reading.message))
    if is_known:
        return Found(Verdict(Result.ACCEPTED, "", reading.message), reading.number)
    return Found(Verdict(Result.PENDING, "number_pending", reading.message))


def after_asking(
    answer: Answer, wire: Mapping[str, Any], *, operation: str, provider_activity_id: str, number: str
) -> Found:
    """What PARS has of an activity.

    Whether a change has arrived can't be read off for certain; the whole record goes out again, under its number, which
    does no harm. A registration has arrived when there is a number for it.
    """
    reading, problem = _own(answer, wire, provider_activity_id, number)
    if _is_absent(reading, answer, wire):
        gone = Verdict(Result.ACCEPTED) if operation == "delete" else Verdict(Result.NOT_FOUND, "not_found")
        return Found(gone)
    if reading is None or not 200 <= answer.status < 300:
        known = wire["http"].get(str(answer.status), {})
        return Found(Verdict(Result.UNKNOWN, known.get("reason", "") if answer.status >= 400 else problem))
    if reading.word not in _TAKEN or not reading.number:
        return Found(Verdict(Result.UNKNOWN, "answer_unclear", reading.message))
    if operation == "add" or (operation == "close" and reading.word == "closed"):
        return Found(Verdict(Result.ACCEPTED, "", reading.message), reading.number)
    return Found(Verdict(Result.NOT_FOUND, "send_again", reading.message), reading.number)


def _is_absent(reading: _Reading | None, answer: Answer, wire: Mapping[str, Any]) -> bool:
    return reading is not None and reading.word == "not_found" and answer.status in wire["read"]["not_found_http"]


def _own(
    answer: Answer, wire: Mapping[str, Any], provider_activity_id: str, number: str
) -> tuple[_Reading | None, str]:
    """The answer in the service's own form, about our activity, or None and why it can't be believed."""
    if not answer.whole:
        return None, "answer_too_long"
    try:
        root = xml.unwrapped(answer.body)
    except xml.XmlError:
        return None, "answer_unreadable"
    names = wire["answer"]
    status = xml.first_text(root, names["status"]).lower()
    given = xml.first_text(root, names["number"])
    reading = _Reading(
        word=next((kind for kind, words in wire["words"].items() if status in words), ""),
        message=xml.first_text(root, names["message"]),
        number=given if re.fullmatch(names["number_pattern"], given) else "",
        provider_activity_id=xml.first_text(root, names["provider_activity_id"]),
    )
    if reading.provider_activity_id not in ("", provider_activity_id) or (number and given not in ("", number)):
        return None, "answer_of_another"
    return reading, ""
