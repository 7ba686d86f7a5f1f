"""The learner report of PARS as a document: rendered from a record, and checked before it leaves. PURE.

Source: spec pars, 3.1, 3.2, 1.9 and 5; MedBiquitous Activity Report v1.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from cme_xblock.reporting.endpoints import data, xml
from cme_xblock.reporting.endpoints.base import Record
from cme_xblock.reporting.identity import Identity

SCHEMA = "pars-learner"


def render(record: Record, wire: Mapping[str, Any], *, now: datetime, credentials: Mapping[str, str]) -> bytes:
    """One ActivityReport in its wrapper, UTF-8, with a declaration. `credentials` go into the body; {} for none."""
    spaces = wire["namespaces"]
    wrapper = etree.Element(_name(spaces["wrapper"], "ACCMELearnerReports"), nsmap=_default(spaces["wrapper"]))
    if credentials:
        box = _add(wrapper, spaces["wrapper"], wire["credentials"]["body_element"])
        for name, value in credentials.items():
            _add(box, spaces["wrapper"], name, value)
    report_ns = spaces["report"]
    prefixes = {None: report_ns, "m": spaces["member"], "n": spaces["name"], "hx": spaces["healthcare"]}
    reports = etree.SubElement(wrapper, _name(report_ns, "ActivityReports"), nsmap=prefixes)
    _add(reports, report_ns, "DateTimeCreated", now.isoformat(timespec="seconds"))
    report = _add(reports, report_ns, "ActivityReport")
    _add(report, report_ns, "ReportingOrganization", record.provider_name)
    _member(_add(report, report_ns, "Member"), record.identity, wire)
    _activity(_add(report, report_ns, "Activity"), record, wire)
    _extension(_add(report, report_ns, "XtensibleInfo"), record, wire)
    etree.indent(wrapper)
    return etree.tostring(wrapper, xml_declaration=True, encoding="UTF-8") + b"\n"


def problem(document: bytes, wire: Mapping[str, Any]) -> str:
    """What the project's own schema has against the document, without values; "" if nothing."""
    try:
        root = xml.parse(document)
    except xml.XmlError as error:
        return str(error)
    return tree_problem(root, wire)


def tree_problem(root: etree._Element, wire: Mapping[str, Any]) -> str:
    """As `problem`, for a parsed document."""
    ours, theirs = data.defaults("pars")["namespaces"], wire["namespaces"]
    names = ("wrapper", "report", "member", "name", "healthcare")
    return xml.schema_problem(root, SCHEMA, namespaces={theirs[name]: ours[name] for name in names})


def birth_date(identity: Identity, wire: Mapping[str, Any]) -> str:
    """Month and day with the filler year: `1900-05-17`. Nobody's year of birth."""
    leap = (identity.birth_month, identity.birth_day) == (2, 29)
    year = wire["birth"]["filler_leap_year" if leap else "filler_year"]
    return date(year, identity.birth_month, identity.birth_day).isoformat()


def amount_text(amount: Decimal) -> str:
    """Credit with two places: 1.50. The record was checked to be a multiple of 0.25, so nothing is rounded away."""
    return f"{amount:.2f}"


def _member(member: etree._Element, identity: Identity, wire: Mapping[str, Any]) -> None:
    member_ns, name_ns = wire["namespaces"]["member"], wire["namespaces"]["name"]
    numbers = {
        "npi": (wire["identifiers"]["npi_domain"], identity.npi),
        "licence": (identity.licence_state, identity.licence_number),
    }
    for domain, number in (numbers[one] for one in wire["identifiers"]["order"]):
        if number:
            _add(member, member_ns, "UniqueID", number).set("domain", domain)
    name = _add(member, member_ns, "Name")
    _add(name, name_ns, "GivenName", identity.given_name)
    _add(name, name_ns, "FamilyName", identity.family_name)
    _add(_add(member, member_ns, "PersonalInfo"), member_ns, "BirthDate", birth_date(identity, wire))


def _activity(activity: etree._Element, record: Record, wire: Mapping[str, Any]) -> None:
    spaces = wire["namespaces"]
    report_ns, credit_ns = spaces["report"], spaces["healthcare"]
    _add(activity, report_ns, "ProviderOrganization", record.provider_number)
    _add(activity, report_ns, "ActivityName", record.activity_title)
    module = _add(activity, report_ns, "Module")
    _add(module, report_ns, "ModuleName", record.activity_title).set("moduleID", record.activity_number)
    _add(module, report_ns, "Status", wire["values"]["completed"])
    midnight = "T00:00:00" if wire["dates"]["completed"] == "datetime" else ""
    _add(module, report_ns, "CompletedDateTime", record.completed_on.isoformat() + midnight)
    certificate = _add(module, report_ns, "CreditCertificate")
    credit = _add(certificate, report_ns, "CreditReceived")
    _add(credit, credit_ns, "activityCertification", wire["credit"][record.system]["certification"])
    _add(credit, credit_ns, "creditUnit", wire["values"]["unit"])
    _add(credit, credit_ns, "numberOfCredits", amount_text(record.amount))
    _add(certificate, report_ns, "CreditID", record.credit_id)


def _extension(parent: etree._Element, record: Record, wire: Mapping[str, Any]) -> None:
    words, space = wire["extension"], wire["namespaces"]["extension"]
    if words["send_provider"]:
        child = etree.SubElement(parent, _name(space, words["provider"]), nsmap={"x": space})
        child.text = record.provider_number
    action = etree.SubElement(parent, _name(space, words["action"]), nsmap={"x": space})
    action.text = words[record.operation]


def _add(parent: etree._Element, namespace: str, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, _name(namespace, name))
    child.text = text
    return child


def _name(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}" if namespace else name


def _default(namespace: str) -> dict[str | None, str]:
    return {None: namespace} if namespace else {}
