"""The REMS report of PARS: what a prescriber completed, under a number that only we can resolve. PURE.

Another version of MedBiquitous' schema than learners' credit, so another document, and without anybody's name. What a
learner has not said is left out; the profession is required. Source: spec pars, 4.2; MedBiquitous Activity Report v2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from cme_xblock.reporting.endpoints import data, xml
from cme_xblock.reporting.endpoints.base import Record
from cme_xblock.reporting.us_states import STATES

SCHEMA = "pars-rems"
# What may be told of a learner beside the profession, as kinds of the vault; nothing of it is required.
ASKED = ("licence_state", "rems_dea", "rems_practice_area", "rems_surgical", "rems_time_in_practice")


def render(
    records: Sequence[Record],
    wire: Mapping[str, Any],
    *,
    now: datetime,
    domain: str,
    regulation: str,
    credentials: Mapping[str, str],
) -> bytes:
    """The records in their wrapper, UTF-8. `domain`: of the learners' numbers; `regulation`: the document's address."""
    spaces = wire["namespaces"]
    wrapper = etree.Element(_name(spaces["wrapper"], "ACCMELearnerReports"), nsmap=_own(spaces["wrapper"]))
    if credentials:
        box = _add(wrapper, spaces["wrapper"], wire["credentials"]["body_element"])
        for name, value in credentials.items():
            _add(box, spaces["wrapper"], name, value)
    ns = wire["rems"]["namespace"]
    reports = etree.SubElement(wrapper, _name(ns, "ActivityReports"), nsmap={None: ns, "hx": spaces["healthcare"]})
    _add(reports, ns, "DateTimeCreated", now.isoformat(timespec="seconds"))
    _add(reports, ns, "ReportingStartDate", min(one.completed_on for one in records).isoformat())
    _add(reports, ns, "ReportingEndDate", max(one.completed_on for one in records).isoformat())
    for record in records:
        _report(_add(reports, ns, "ActivityReport"), record, wire, domain=domain, regulation=regulation)
    etree.indent(wrapper)
    return etree.tostring(wrapper, xml_declaration=True, encoding="UTF-8") + b"\n"


def problem(document: bytes, wire: Mapping[str, Any]) -> str:
    """What the project's own schema has against the document, without values; "" if nothing."""
    return parsed(document, wire)[1]


def parsed(document: bytes, wire: Mapping[str, Any]) -> tuple[etree._Element | None, str]:
    """The document's root where nothing is wrong with it; else None and what is (`problem`)."""
    return xml.judged(document, lambda root: tree_problem(root, wire))


def tree_problem(root: etree._Element, wire: Mapping[str, Any]) -> str:
    """As `problem`, for a parsed document."""
    ours = data.defaults("pars")
    spaces = {wire["namespaces"][name]: ours["namespaces"][name] for name in ("wrapper", "healthcare")}
    return xml.schema_problem(root, SCHEMA, namespaces=spaces | {wire["rems"]["namespace"]: ours["rems"]["namespace"]})


def profession(code: str, wire: Mapping[str, Any]) -> str:
    """REMS' word for one of our professions."""
    words = wire["rems"]["professions"]
    return str(words.get(code, words[""]))


def _report(parent: etree._Element, record: Record, wire: Mapping[str, Any], *, domain: str, regulation: str) -> None:
    words, spaces = wire["rems"], wire["namespaces"]
    ns = words["namespace"]
    _add(parent, ns, "ReportingOrganization", record.provider_name)
    person = _add(_add(parent, ns, "Participants"), ns, "Participant")
    _add(person, ns, "LocalIdentifier", record.learner).set("domain", f"idd:{domain}:{words['local_type']}")
    _said(person, ns, "StateOfPrimaryPractice", STATES.get(record.identifiers.get("licence_state", ""), ""))
    _said(person, ns, "DEARegistration", record.identifiers.get("rems_dea", ""))
    _add(person, ns, "Profession", profession(record.profession, wire))
    _said(person, ns, "PracticeArea", record.identifiers.get("rems_practice_area", ""))
    _said(person, ns, "SurgicalProcedures", record.identifiers.get("rems_surgical", ""))
    _said(person, ns, "TimeInPractice", record.identifiers.get("rems_time_in_practice", ""))
    activity = _add(parent, ns, "Activity")
    _add(activity, ns, "ProviderOrganization", record.provider_number)
    _add(activity, ns, "ActivityName", record.activity_title)
    rule = _add(_add(activity, ns, "RegulatoryInformation"), ns, "CompliantToRegulation", regulation)
    rule.set("label", words["label"])
    module = _add(activity, ns, "Module")
    _add(module, ns, "ModuleName", record.activity_title).set("moduleID", record.activity_number)
    _add(module, ns, "Status", wire["values"]["completed"])
    # The schema wants a date-time here whatever `dates.completed` says.
    _add(module, ns, "CompletedDateTime", f"{record.completed_on.isoformat()}T00:00:00")
    if words["send_credit_id"]:
        certificate = _add(module, ns, "CreditCertificate")
        credit = _add(certificate, ns, "CreditReceived")
        _add(credit, spaces["healthcare"], "activityCertification", words["label"])
        _add(certificate, ns, "CreditID", record.credit_id)
    box, space = _add(parent, ns, "XtensibleInfo"), spaces["extension"]
    extension = wire["extension"]
    if extension["send_provider"]:
        _extend(box, space, extension["provider"], record.provider_number)
    _extend(box, space, extension["action"], extension[record.operation])


def _said(parent: etree._Element, namespace: str, name: str, value: str) -> None:
    if value:
        _add(parent, namespace, name, value)


def _extend(parent: etree._Element, space: str, name: str, value: str) -> None:
    etree.SubElement(parent, _name(space, name), nsmap={"x": space} if space else {}).text = value


def _add(parent: etree._Element, namespace: str, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, _name(namespace, name))
    child.text = text
    return child


def _name(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}" if namespace else name


def _own(namespace: str) -> dict[str | None, str]:
    return {None: namespace} if namespace else {}
