"""XtensibleInfo of an activity: what only PARS has, in the words and order of ACCME's JSON draft. PURE.

Source: spec pars, 2.2 (XtensibleInfo), 2.6, 4.1 and 4.2, all [DRAFT].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cme_xblock.reporting.endpoints.pars_sheet import Registration, Sheet


def extension(sheet: Sheet, wire: Mapping[str, Any], *, operation: str) -> dict[str, Any]:
    """The children by name: texts, booleans and Decimals, in objects and lists; without what nobody has said."""
    words, facts = wire["extension"], sheet.facts
    outcomes = [
        {
            "MeasuredOutcome": wire["outcomes"][one.outcome],
            "MeasurementType": [wire["measurement"][kind] for kind in one.types],
        }
        for one in facts.outcomes
    ]
    found: dict[str, Any] = {
        words["provider"]: sheet.provider_id if words["send_provider"] else "",
        "DeliveryMethods": {"DeliveryMethod": list(sheet.delivery)},
        "MeasuredOutcomes": outcomes,
        "InKindSupports": {"InKindSupport": [{"source": one} for one in sheet.in_kind if sheet.supported]},
        "CommendationTags": {"CommendationTag": list(facts.commendations)},
        "MOCRegistrations": {"MOCRegistration": [_registration(one) for one in sheet.moc]},
        "ForPublicList": facts.public,
        "FeeForParticipation": wire["fee"].get(facts.fee, ""),
        "ActivityRegistration": wire["registration"].get(facts.registration, ""),
        "IsMeritBasedIncentivePaymentSystem": facts.mips,
        "REMSType": wire["rems"].get(facts.rems_type, ""),
        "REMSRelatedIdentifier": facts.rems_id,
        "HasStateContentTags": True if facts.state_content else None,
        "StateContentTags": {
            "StateContent": [
                {"StateContentDomain": domain, "StateContentTopic": topic} for domain, topic in facts.state_content
            ]
        },
    }
    if wire["portal"]["kind"] == "ja":
        found |= _joint_accreditation(sheet)
    found |= {words["action"]: wire["actions"][operation], words["close"]: operation == "close"}
    return _said(found)


def _registration(one: Registration) -> dict[str, Any]:
    return {
        "boardName": one.name,
        "mocPoints": one.points,
        "MOCCreditType": list(one.types),
        "CreditClaimDate": "" if one.claim_by is None else one.claim_by.isoformat(),
    }


def _joint_accreditation(sheet: Sheet) -> dict[str, Any]:
    one = sheet.facts.pharmacy
    return {
        "isInterprofessional": sheet.facts.interprofessional,
        "PharmacyActivityType": one.type,
        "PharmacyActivityTopic": one.topic,
        "PharmacySequenceNumber": str(one.sequence) if one.sequence else "",
        "UANPharmacy": one.uan_pharmacist,
        "UANPharmacyTech": one.uan_technician,
    }


def _said(value: dict[str, Any]) -> dict[str, Any]:
    """The object without what is empty, inside of it too. False and 0 are said."""
    found = {}
    for name, one in value.items():
        inner = _said(one) if isinstance(one, dict) else one
        if isinstance(inner, list):
            inner = [_said(each) if isinstance(each, dict) else each for each in inner]
        if inner not in ("", None, [], {}):
            found[name] = inner
    return found
