"""MedBiquitous Activity Report v2: credits as one XML document, for any receiver that reads it. PURE.

The members are named as their licences name them; birthdays and numbers are not in here. Valid against
MedBiquitous' activityreport/v2 schema (checked in CI), which wants elements in this order. Source: spec endpoints, 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lxml import etree

from cme_xblock.reporting.endpoints.base import Record
from cme_xblock.reporting.endpoints.file_rows import number
from cme_xblock.rules import credit_system
from cme_xblock.rules.credit_system import CreditSystem

REPORT = "http://ns.medbiq.org/activityreport/v2/"
MEMBER = "http://ns.medbiq.org/member/v1/"
NAME = "http://ns.medbiq.org/name/v1/"
CREDIT = "http://ns.medbiq.org/lom/extend/v1/"
_MAP = {None: REPORT, "m": MEMBER, "n": NAME, "hx": CREDIT}


def render(records: Sequence[Record], *, now: datetime) -> bytes:
    """The document. `now`: aware. Deletions can't be said in it; they are left out by the caller."""
    root = etree.Element(f"{{{REPORT}}}ActivityReports", nsmap=_MAP)
    days = [one.completed_on for one in records]
    _add(root, REPORT, "DateTimeCreated", now.isoformat(timespec="seconds"))
    _add(root, REPORT, "ReportingStartDate", min(days).isoformat())
    _add(root, REPORT, "ReportingEndDate", max(days).isoformat())
    for record in records:
        _report(root, record)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _report(root: etree._Element, record: Record) -> None:
    report = _add(root, REPORT, "ActivityReport")
    _add(report, REPORT, "ReportingOrganization", record.provider_name)
    member = _add(report, REPORT, "Member")
    identifier = _add(member, MEMBER, "UniqueID", record.learner)
    identifier.set("domain", "pseudonym")
    name = _add(member, MEMBER, "Name")
    _add(name, NAME, "GivenName", record.identifiers.get("given_name", ""))
    _add(name, NAME, "FamilyName", record.identifiers.get("family_name", ""))
    activity = _add(report, REPORT, "Activity")
    _add(activity, REPORT, "ProviderOrganization", record.provider_name)
    _add(activity, REPORT, "ActivityName", record.activity_title)
    module = _add(activity, REPORT, "Module")
    title = _add(module, REPORT, "ModuleName", record.activity_title)
    title.set("moduleID", record.activity_number or record.activity_id)
    _add(module, REPORT, "Status", "Completed")
    _add(module, REPORT, "CompletedDateTime", f"{record.completed_on.isoformat()}T00:00:00")
    certificate = _add(module, REPORT, "CreditCertificate")
    received = _add(certificate, REPORT, "CreditReceived")
    system = credit_system.load().get(record.system)
    _add(received, CREDIT, "activityCertification", system.short_name if system else record.system)
    _add(received, CREDIT, "creditUnit", _unit(system))
    _add(received, CREDIT, "numberOfCredits", number(record.amount))
    _add(certificate, REPORT, "CreditID", record.key)


def _unit(system: CreditSystem | None) -> str:
    """The unit in the schema's own list of words."""
    words = {"contact hour": "Contact Hour", "hour": "Hour", "point": "Point"}
    return words.get(system.unit, "Credit") if system else "Credit"


def _add(parent: etree._Element, namespace: str, name: str, text: str = "") -> etree._Element:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    if text:
        element.text = text
    return element
