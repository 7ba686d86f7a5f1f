"""The activity report of PARS as a document: the sheet in XML, and in the JSON of ACCME's draft. PURE.

Source: spec pars, 2.1, 2.2, 5 and 6.1; MedBiquitous Medical Education Metrics v1. The children of XtensibleInfo are
transposed from the JSON draft: their names are the draft's, their namespace is a setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from cme_xblock.reporting.endpoints import data, xml
from cme_xblock.reporting.endpoints.pars_extension import extension
from cme_xblock.reporting.endpoints.pars_sheet import Sheet

SCHEMA = "pars-activity"
_Parent = etree._Element


def render(sheet: Sheet, wire: Mapping[str, Any], *, operation: str, credentials: Mapping[str, str]) -> bytes:
    """One activity in its wrapper, UTF-8, with a declaration. `operation`: add, update, delete or close.

    `credentials` go into the body; {} for none. The sheet must have its dates.
    """
    spaces = wire["namespaces"]
    wrapper = etree.Element(_name(spaces["wrapper"], "ACCMEActivities"), nsmap=_own(spaces["wrapper"]))
    if credentials:
        box = _add(wrapper, spaces["wrapper"], wire["credentials"]["body_element"])
        for name, value in credentials.items():
            _add(box, spaces["wrapper"], name, value)
    metrics = spaces["metrics"]
    prefixes = {None: metrics, "lom": spaces["lom"], "hx": spaces["healthcare"], "a": spaces["address"]}
    root = etree.SubElement(wrapper, _name(metrics, "MedicalEducationMetrics"), nsmap=prefixes)
    period = _add(root, metrics, "ReportDescription")
    _add(period, metrics, "ReportingStartDate", _day(sheet.start))
    _add(period, metrics, "ReportingEndDate", _day(sheet.end))
    _description(_add(root, metrics, "ActivityDescription"), sheet, wire)
    participation = _add(root, metrics, "ParticipationMetrics")
    for category, count in sheet.counts.items():
        _add(participation, metrics, "ParticipantsByCategory", str(count)).set("category", category)
    box = _add(root, metrics, "XtensibleInfo")
    for name, value in extension(sheet, wire, operation=operation).items():
        _extend(box, spaces["extension"], name, value)
    etree.indent(wrapper)
    return etree.tostring(wrapper, xml_declaration=True, encoding="UTF-8") + b"\n"


def problem(document: bytes, wire: Mapping[str, Any]) -> str:
    """What the project's own schema has against an XML document, without values; "" if nothing."""
    return parsed(document, wire)[1]


def parsed(document: bytes, wire: Mapping[str, Any]) -> tuple[etree._Element | None, str]:
    """The document's root where nothing is wrong with it; else None and what is (`problem`)."""
    return xml.judged(document, lambda root: tree_problem(root, wire))


def tree_problem(root: etree._Element, wire: Mapping[str, Any]) -> str:
    """As `problem`, for a parsed document."""
    ours, theirs = data.defaults("pars_activities")["namespaces"], wire["namespaces"]
    names = ("wrapper", "metrics", "lom", "healthcare", "address")
    return xml.schema_problem(root, SCHEMA, namespaces={theirs[name]: ours[name] for name in names})


def _description(parent: _Parent, sheet: Sheet, wire: Mapping[str, Any]) -> None:
    spaces = wire["namespaces"]
    lom = _add(parent, spaces["lom"], "lom")
    general = _add(lom, spaces["lom"], "general")
    numbers = (("provider", sheet.provider_activity_id), ("accme", sheet.number), ("url", sheet.facts.url))
    for catalog, entry in numbers:
        if entry:
            identifier = _add(general, spaces["lom"], "identifier")
            _add(identifier, spaces["lom"], "catalog", wire["catalogs"][catalog])
            _add(identifier, spaces["lom"], "entry", entry)
    _worded(_add(general, spaces["lom"], "title"), sheet.title, wire)
    if sheet.description:
        _worded(_add(general, spaces["lom"], "description"), sheet.description, wire)
    for place, area in enumerate(sheet.facts.content_areas[:2], start=1):
        keyword = _add(general, spaces["lom"], "keyword")
        keyword.set("source", f"0{place}_ABAMCO")
        keyword.set("id", area)
        _worded(keyword, area, wire)
    _education(_add(_add(lom, spaces["healthcare"], "healthcareMetadata"), spaces["healthcare"], "healthcareEducation"),
               sheet, wire)  # fmt: skip
    if sheet.supported:
        for source, amount in sheet.monetary:
            sum_ = _add(parent, spaces["metrics"], "CommercialSupportAmount", _whole(amount))
            sum_.set("currency", wire["values"]["currency"])
            sum_.set("supportSource", source)


def _education(parent: _Parent, sheet: Sheet, wire: Mapping[str, Any]) -> None:
    hx, values = wire["namespaces"]["healthcare"], wire["values"]
    for certification, amount in sheet.credits:
        credit = _add(parent, hx, "credits")
        _add(credit, hx, "activityCertification", certification)
        if sheet.accredited_partner and values["send_accredited_provider"]:
            _add(credit, hx, "accreditedProvider", sheet.accredited_partner)
        for name in sheet.joint_providers if sheet.joint else ():
            _add(credit, hx, "nonAccreditedProvider", name)
        _add(credit, hx, "numberOfCredits", _amount(amount))
    if sheet.professions or sheet.specialties:
        audience = _add(parent, hx, "targetAudience")
        for profession in sheet.professions:
            _worded(_add(audience, hx, "profession"), profession, wire)
        for specialty in sheet.specialties:
            _worded(_add(audience, hx, "specialty"), specialty, wire)
    _location(parent, sheet, wire)
    _add(parent, hx, "startDateTime", _midnight(sheet.start))
    _add(parent, hx, "endDateTime", _midnight(sheet.end))
    _add(parent, hx, "activitySponsorship", values["joint"] if sheet.joint else values["direct"])
    _worded(_add(parent, hx, "activityFormat"), sheet.format_word, wire)
    if sheet.supported is not None:
        _add(parent, hx, "commercialSupport", "yes" if sheet.supported else "no")


def _location(parent: _Parent, sheet: Sheet, wire: Mapping[str, Any]) -> None:
    place, address = sheet.facts.location, wire["namespaces"]["address"]
    if not (sheet.in_person and place.country):
        return
    location = _add(parent, wire["namespaces"]["healthcare"], "activityLocation")
    _add(location, address, "City", place.city)
    if place.state:
        _add(location, address, "StateOrProvince", place.state)
    _add(_add(location, address, "Country"), address, wire["values"]["country"], place.country)


def json_data(sheet: Sheet, wire: Mapping[str, Any], *, operation: str) -> dict[str, Any]:
    """The same activity as JSON-able data in the form of ACCME's draft, where amounts of credit are JSON numbers."""
    values = wire["values"]
    credits = [_json_credit(sheet, word, amount, wire) for word, amount in sheet.credits]
    education: dict[str, Any] = {
        # The draft models one object only; several are what JA-PARS expects (spec pars 4.1).
        "credits": credits[0] if len(credits) == 1 else credits,
        "startDateTime": _midnight(sheet.start),
        "endDateTime": _midnight(sheet.end),
        "activitySponsorship": values["joint"] if sheet.joint else values["direct"],
        "activityFormat": sheet.format_word,
    }
    if sheet.supported is not None:
        education["commercialSupport"] = sheet.supported
    if sheet.professions or sheet.specialties:
        audience = {"profession": list(sheet.professions), "specialty": list(sheet.specialties)}
        education["targetAudience"] = {name: words for name, words in audience.items() if words}
    if sheet.in_person and sheet.facts.location.country:
        place = sheet.facts.location
        parts = {"City": place.city, "StateOrProvince": place.state}
        education["activityLocation"] = {name: one for name, one in parts.items() if one} | {
            "Country": {values["country"]: place.country}
        }
    return {"ACCMEActivities": {"MedicalEducationMetrics": [_json_one(sheet, education, wire, operation)]}}


def _json_one(sheet: Sheet, education: dict[str, Any], wire: Mapping[str, Any], operation: str) -> dict[str, Any]:
    numbers = (("provider", sheet.provider_activity_id), ("accme", sheet.number), ("url", sheet.facts.url))
    rest = wire["category_ja" if wire["portal"]["kind"] == "ja" else "category"]
    words = {rest["rest"]: rest["rest_json"]}
    participants = [
        {"category": words.get(name, name), "numberOfParticipants": count} for name, count in sheet.counts.items()
    ]
    keywords = [
        {"source": f"0{place}_ABAMCO", "id": area} for place, area in enumerate(sheet.facts.content_areas[:2], start=1)
    ]
    return {
        "ReportDescription": {"ReportingStartDate": _day(sheet.start), "ReportingEndDate": _day(sheet.end)},
        "ActivityDescription": _json_support(sheet, wire),
        "Lom": {
            "general": {
                "identifier": [{"catalog": wire["catalogs"][name], "entry": entry} for name, entry in numbers if entry],
                "title": sheet.title,
                "description": sheet.description,
            }
            | ({"keyword": keywords} if keywords else {})
        },
        "healthcareMetadata": {"healthcareEducation": education},
        "ParticipationMetrics": {"participantsByCategory": participants},
        "XtensibleInfo": _numbers(extension(sheet, wire, operation=operation)),
    }


def number(amount: Decimal | None) -> float:
    """The amount as a JSON number: a multiple of 0.25, which a binary fraction holds exactly."""
    return float(amount or 0)


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _numbers(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_numbers(one) for one in value]
    return number(value) if isinstance(value, Decimal) else value


def _json_credit(sheet: Sheet, word: str, amount: Decimal | None, wire: Mapping[str, Any]) -> dict[str, Any]:
    credit: dict[str, Any] = {"activityCertification": word}
    if sheet.joint and sheet.joint_providers:
        credit["nonAccreditedProvider"] = list(sheet.joint_providers)
    return credit | {"numberOfCredits": number(amount)}


def _json_support(sheet: Sheet, wire: Mapping[str, Any]) -> dict[str, Any]:
    if not (sheet.supported and sheet.monetary):
        return {}
    currency = wire["values"]["currency"]
    return {
        "CommercialSupportAmount": [
            {"currency": currency, "supportSource": source, "value": int(amount or 0)}
            for source, amount in sheet.monetary
        ]
    }


def _extend(parent: _Parent, space: str, name: str, value: Any) -> None:
    """A value of the draft's JSON as elements of the accreditor's namespace: lists repeat, objects nest."""
    for one in value if isinstance(value, list) else [value]:
        child = etree.SubElement(parent, _name(space, name), nsmap={"x": space} if space else {})
        if isinstance(one, dict):
            for inner, held in one.items():
                _extend(child, space, inner, held)
        elif isinstance(one, bool):
            child.text = "true" if one else "false"
        else:
            child.text = _amount(one) if isinstance(one, Decimal) else str(one)


def _worded(parent: _Parent, words: str, wire: Mapping[str, Any]) -> None:
    _add(parent, wire["namespaces"]["lom"], "string", words).set("language", wire["values"]["language"])


def _amount(amount: Decimal | None) -> str:
    return f"{amount or Decimal(0):.2f}"


def _whole(amount: Decimal | None) -> str:
    return f"{amount or Decimal(0):.0f}"


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _midnight(day: date | None) -> str:
    return "" if day is None else f"{day.isoformat()}T00:00:00"


def _add(parent: _Parent, namespace: str, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, _name(namespace, name))
    child.text = text
    return child


def _name(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}" if namespace else name


def _own(namespace: str) -> dict[str | None, str]:
    return {None: namespace} if namespace else {}
