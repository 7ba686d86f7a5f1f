"""What the PARS desk has against a document, and what it may keep of it. PURE but for reading the schema.

Source: spec pars, 1.6 to 1.8, 3.1 and 3.2. The texts are ours, for PARS' own are not public.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import etree

from cme_xblock.reporting.endpoints import pars_document, pars_rems_document, xml
from cme_xblock.reporting.identity import npi_is_valid
from cme_xblock.reporting.us_states import STATES

DOTS = "••••"


class Rejection(ValueError):  # noqa: N818 - an answer to the sender, not an error of the receiver
    """The document is not taken; the text is the answer's message."""


@dataclass(frozen=True)
class Arrived:
    """What the receiver keeps of one credit: nothing that names a person in the clear."""

    credit_id: str
    action: str
    person: str
    activity: str
    title: str
    certification: str
    amount: str
    completed_on: str


def read(document: bytes, wire: Mapping[str, Any], *, today: date) -> Arrived:
    """The credit in the document. Raises Rejection, with the reason as the sender will read it."""
    try:
        root = xml.parse(document)
    except xml.XmlError as error:
        raise Rejection(f"Malformed: {error}") from None
    if next(root.iter(f"{{{wire['rems']['namespace']}}}ActivityReports"), None) is not None:
        return _rems(root, wire, today)
    problem = pars_document.tree_problem(root, wire)
    if problem:
        raise Rejection(f"Schema: {problem}")
    one = _One(root, wire)
    if len(one.all("report", "ActivityReport")) != 1 or len(one.all("report", "CreditCertificate")) != 1:
        raise Rejection("Send one learner and one credit at a time")
    _check_person(one, wire)
    completed = date.fromisoformat(one.text("report", "CompletedDateTime")[:10])
    _check_period(completed, today)
    module = one.all("report", "ModuleName")[0]
    if not re.fullmatch(r"[0-9]{9}", module.get("moduleID", "")):
        raise Rejection("Activity ID must have 9 digits")
    action = one.text("extension", wire["extension"]["action"])
    if action not in (wire["extension"]["add"], wire["extension"]["delete"]):
        raise Rejection("LearnerRecordAction must be add or delete")
    return Arrived(
        credit_id=one.text("report", "CreditID"),
        action="add" if action == wire["extension"]["add"] else "delete",
        person=_masked_person(one),
        activity=module.get("moduleID", ""),
        title=" ".join("".join(module.itertext()).split()),
        certification=one.text("healthcare", "activityCertification"),
        amount=one.text("healthcare", "numberOfCredits"),
        completed_on=completed.isoformat(),
    )


def _rems(root: etree._Element, wire: Mapping[str, Any], today: date) -> Arrived:
    """A REMS report, of which there is nothing to mask. Without a CreditID it is known by learner and activity."""
    problem = pars_rems_document.tree_problem(root, wire)
    if problem:
        raise Rejection(f"Schema: {problem}")
    learner, module = xml.first_text(root, ["LocalIdentifier"]), next(root.iter("{*}ModuleName"))
    completed = date.fromisoformat(xml.first_text(root, ["CompletedDateTime"])[:10])
    _check_period(completed, today)
    action = xml.first_text(root, [wire["extension"]["action"]])
    return Arrived(
        credit_id=xml.first_text(root, ["CreditID"]) or f"rems:{learner}:{module.get('moduleID', '')}",
        action="add" if action == wire["extension"]["add"] else "delete",
        person=xml.first_text(root, ["Profession"]),
        activity=module.get("moduleID", ""),
        title=" ".join("".join(module.itertext()).split()),
        certification=wire["rems"]["label"],
        amount="",
        completed_on=completed.isoformat(),
    )


def match(document: bytes, wire: Mapping[str, Any]) -> str:
    """`matched`; by family name, `not_matched` for a Stranger and `ambiguous` for a Twin. Raises Rejection."""
    try:
        root = xml.parse(document)
    except xml.XmlError as error:
        raise Rejection(f"Malformed: {error}") from None
    words = wire["match"]
    if etree.QName(root).localname != words["root"]:
        raise Rejection("Schema: not a match request")
    name = xml.first_text(root, [words["family_name"]])
    if not (name and xml.first_text(root, [words["given_name"]]) and xml.first_text(root, [words["birth_date"]])):
        raise Rejection("First name, last name and birth date are needed")
    return {"Stranger": "not_matched", "Twin": "ambiguous"}.get(name, "matched")


def _check_period(completed: date, today: date) -> None:
    """Current and previous year, and never the future (spec pars 1.8); one day more for time zones east of here."""
    if not date(today.year - 1, 1, 1) <= completed or (completed - today).days > 1:
        raise Rejection("Completion date is outside of the reporting period")


class _One:
    """The parts of a document by the names of the wire's namespaces."""

    def __init__(self, root: etree._Element, wire: Mapping[str, Any]) -> None:
        self._root, self._spaces = root, wire["namespaces"]

    def all(self, space: str, name: str) -> list[etree._Element]:
        """All elements of that name. The extension's namespace is the sender's affair: any will do."""
        namespace = "*" if space == "extension" else self._spaces[space]
        return list(self._root.iter(f"{{{namespace}}}{name}"))

    def text(self, space: str, name: str) -> str:
        """The first one's text, or an empty string."""
        found = self.all(space, name)
        return (found[0].text or "").strip() if found else ""


def _check_person(one: _One, wire: Mapping[str, Any]) -> None:
    for number in one.all("member", "UniqueID"):
        domain, value = number.get("domain", ""), (number.text or "").strip()
        if domain == wire["identifiers"]["npi_domain"]:
            if not npi_is_valid(value):
                raise Rejection("NPI is not valid")
        elif domain not in STATES and domain not in {one["name"] for one in wire["board"].values()}:
            raise Rejection("License domain is neither a state nor a board")
    year = one.text("member", "BirthDate")[:4]
    if year not in (str(wire["birth"]["filler_year"]), str(wire["birth"]["filler_leap_year"])):
        raise Rejection("Birth date: month and day only; send the filler year")


def _masked_person(one: _One) -> str:
    """Initials and the last two characters of each number: enough to recognise one's own test."""
    names = [one.text("name", "GivenName"), one.text("name", "FamilyName")]
    initials = " ".join(f"{name[:1]}." for name in names)
    numbers = [f"{one_.get('domain')} {DOTS}{(one_.text or '').strip()[-2:]}" for one_ in one.all("member", "UniqueID")]
    return ", ".join([initials, *numbers])
