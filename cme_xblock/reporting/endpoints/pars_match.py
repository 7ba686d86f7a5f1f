"""Asking PARS, before anything is sent, whether it knows a learner. Off until ACCME has said how.

Request and response are not public: names and words are `[match]` of `pars.toml`, ours until they are known.
Source: spec pars, 1.3 and 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from cme_xblock.reporting.endpoints import pars_credit, pars_document, xml
from cme_xblock.reporting.endpoints.base import Outcome, Record, Result
from cme_xblock.reporting.endpoints.exchange import Answer
from cme_xblock.reporting.endpoints.pars_answers import Verdict
from cme_xblock.reporting.endpoints.pars_service import Service

_TEXTS = {
    "not_matched": "PARS does not know this learner by these numbers, name and birthday.",
    "ambiguous": "PARS knows several learners of that name and birthday. Give another number.",
}


def request(record: Record, wire: Mapping[str, Any], credentials: Mapping[str, str]) -> bytes:
    """The question, UTF-8. Only what is there is asked with."""
    words, identity = wire["match"], record.identity
    if identity is None:
        raise ValueError("a learner is matched by an identity")
    birth = pars_document.birth_date(identity, wire)
    board = pars_credit.board_of(record.system, wire)
    number = record.identifiers.get(f"board_{board}", "") if board else ""
    asked = {
        "given_name": identity.given_name,
        "family_name": identity.family_name,
        "birth_date": birth if words["birth_form"] == "filler" else birth[5:],
        "state": identity.licence_state,
        "licence": identity.licence_number,
        "npi": identity.npi,
        "board": wire["board"][board]["name"] if number else "",
        "board_id": number,
    }
    root = etree.Element(words["root"])
    if credentials:
        box = etree.SubElement(root, wire["credentials"]["body_element"])
        for name, value in credentials.items():
            etree.SubElement(box, name).text = value
    for key, value in asked.items():
        if value:
            etree.SubElement(root, words[key]).text = value
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def before_sending(service: Service, record: Record) -> Outcome | None:
    """None where the learner is known, or nobody is to be asked; else why the record does not leave now."""
    wire = service.wire
    if not wire["match"]["enabled"] or record.operation != "add":
        return None
    answer = service.post(wire["match"]["path"], request(record, wire, service.in_body()))
    if isinstance(answer, Outcome):
        # The question was answered by nobody; the record itself has not left, so it can go later.
        return Outcome(Result.RETRY, answer.reason or "no_answer", answer.detail)
    word = read(answer, wire)
    if word == "matched":
        return None
    if word in _TEXTS:
        return service.outcome(answer, Verdict(Result.REFUSED, "identity", _TEXTS[word]), record.identity)
    return service.outcome(
        answer, Verdict(Result.RETRY, "match_unclear", "The match could not be read."), record.identity
    )


def read(answer: Answer, wire: Mapping[str, Any]) -> str:
    """`matched`, `not_matched`, `ambiguous`, or "" for an answer that says nothing that we know."""
    if not answer.whole or not 200 <= answer.status < 300:
        return ""
    try:
        status = xml.first_text(xml.unwrapped(answer.body), wire["answer"]["status"]).lower()
    except xml.XmlError:
        return ""
    return next((kind for kind, words in wire["match"]["words"].items() if status in words), "")
