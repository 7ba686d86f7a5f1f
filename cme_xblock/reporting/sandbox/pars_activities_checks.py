"""What the desk for PARS activities has against a document, and what it keeps of it. PURE but for reading the schema.

Source: spec pars, 1.6, 2.2 and 2.3. The texts are ours, for PARS' own are not public.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import etree

from cme_xblock.reporting.endpoints import pars_activity_document, xml
from cme_xblock.reporting.sandbox.pars_checks import Rejection


@dataclass(frozen=True)
class Activity:
    """What the desk keeps of one activity; all of it is public or the provider's own."""

    provider_activity_id: str
    number: str
    action: str
    closing: str
    title: str
    format: str
    start: str
    end: str
    credits: str
    physicians: str
    others: str

    @property
    def same(self) -> tuple[str, str, str, str]:
        """The four that tell an activity apart: with another of them, PARS makes a second one (spec pars 1.6)."""
        return self.provider_activity_id, self.format, self.start, self.end


def read(document: bytes, wire: Mapping[str, Any], *, today: date) -> Activity:
    """The activity in the document. Raises Rejection, with the reason as the sender will read it."""
    try:
        root = xml.parse(document)
    except xml.XmlError as error:
        raise Rejection(f"Malformed: {error}") from None
    problem = pars_activity_document.tree_problem(root, wire)
    if problem:
        raise Rejection(f"Schema: {problem}")
    numbers = {xml.first_text(one, ["catalog"]): xml.first_text(one, ["entry"]) for one in root.iter("{*}identifier")}
    words, catalogs = wire["extension"], wire["catalogs"]
    counts = [one.text or "" for one in root.iter("{*}ParticipantsByCategory")]
    found = Activity(
        provider_activity_id=numbers.get(catalogs["provider"], ""),
        number=numbers.get(catalogs["accme"], ""),
        action=xml.first_text(root, [words["action"]]),
        closing=xml.first_text(root, [words["close"]]),
        title=xml.first_text(root, ["title"]),
        format=xml.first_text(root, ["activityFormat"]),
        start=xml.first_text(root, ["startDateTime"])[:10],
        end=xml.first_text(root, ["endDateTime"])[:10],
        credits=xml.first_text(root, ["numberOfCredits"]),
        physicians=counts[0],
        others=str(sum(int(one) for one in counts[1:])),
    )
    wrong = next((text for is_wrong, text in _checks(found, root, wire, today) if is_wrong), "")
    if wrong:
        raise Rejection(wrong)
    return found


def _checks(one: Activity, root: etree._Element, wire: Mapping[str, Any], today: date) -> tuple[tuple[bool, str], ...]:
    actions, closing = wire["actions"], one.closing == "true"
    shown = xml.first_text(root, ["ForPublicList"]) == "true"
    needs = ("FeeForParticipation", "ActivityRegistration")
    supported = xml.first_text(root, ["commercialSupport"])
    sources = [*root.iter("{*}CommercialSupportAmount"), *root.iter("{*}InKindSupport")]
    return (
        (not one.provider_activity_id, "Provider Activity ID is missing"),
        (one.format not in wire["formats"].values(), "Activity format is not known"),
        (one.end < one.start, "End date lies before the start date"),
        (one.action not in actions.values(), "activityRecordAction must be Add, Update or Delete"),
        (one.closing not in ("true", "false"), "closeActivityRecord must be true or false"),
        (bool(one.number) and not re.fullmatch(r"[0-9]{9}", one.number), "Activity ID must have 9 digits"),
        (one.action != actions["add"] and not one.number, "Activity ID is needed for a change"),
        (one.action == actions["add"] and bool(one.number), "Activity ID is given by ACCME: send Update"),
        (shown and not all(xml.first_text(root, [name]) for name in needs), "Fee and registration are needed"),
        (closing and one.end >= today.isoformat(), "Activity can't be closed before its end date"),
        (closing and next(root.iter("{*}MeasuredOutcome"), None) is None, "Measured outcome is needed to close"),
        (closing and not supported, "Commercial support is needed to close"),
        (closing and supported == "yes" and not sources, "Source of commercial support is needed to close"),
    )
