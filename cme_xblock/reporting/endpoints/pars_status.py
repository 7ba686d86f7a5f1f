"""What PARS asks for at each status of an activity, as named problems with the next step. PURE.

Draft, active, ready to close, closed: each asks for what the one before asks for, and more. Source: spec pars, 2.3;
R-1.17; ACCME faq "what activity data are providers required to enter in PARS".
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from cme_xblock.activity.codes import Format
from cme_xblock.activity.days import add_years
from cme_xblock.reporting.endpoints.pars_sheet import Registration, Sheet

_INCREMENT = Decimal("0.25")


class Status(StrEnum):
    """Where an activity stands at PARS."""

    NONE = "none"  # not even a draft can be made
    DRAFT = "draft"
    ACTIVE = "active"
    READY_TO_CLOSE = "ready_to_close"
    CLOSED = "closed"


@dataclass(frozen=True)
class Missing:
    """One thing that PARS asks for. `code` is stable; `needed_for` is the first status that it keeps from being.

    `text` names the thing, the rule and the next step.
    """

    code: str
    needed_for: Status
    text: str


def missing(sheet: Sheet, wire: Mapping[str, Any]) -> tuple[Missing, ...]:
    """Everything that keeps the activity from being closed one day, in the order of the statuses."""
    return (*_draft(sheet, wire), *_active(sheet, wire), *_closed(sheet), *_moc(sheet))


def status(sheet: Sheet, wire: Mapping[str, Any], *, today: date, closed: bool = False) -> Status:
    """The status that PARS would give. `today` in the activity's zone; `closed`: whether closing was asked for."""
    short_of = {one.needed_for for one in missing(sheet, wire)}
    if Status.DRAFT in short_of:
        return Status.NONE
    if Status.ACTIVE in short_of:
        return Status.DRAFT
    if sheet.end is not None and today <= sheet.end:
        return Status.ACTIVE
    return Status.CLOSED if closed and Status.CLOSED not in short_of else Status.READY_TO_CLOSE


def against_closing(sheet: Sheet, wire: Mapping[str, Any], *, today: date) -> tuple[Missing, ...]:
    """What keeps the activity from being closed today."""
    found = missing(sheet, wire)
    if sheet.end is not None and today <= sheet.end:
        text = f"The activity ends on {sheet.end.isoformat()}. PARS closes an activity after its end date. Wait for it."
        found = (*found, Missing("not_ended", Status.CLOSED, text))
    return found


def _draft(sheet: Sheet, wire: Mapping[str, Any]) -> Iterator[Missing]:
    level = Status.DRAFT
    if not sheet.title:
        yield Missing("title", level, "The title is empty. Write it in the activity.")
    if not sheet.format_word:
        text = f"PARS' word for the format {sheet.format} is not set. Set wire.formats.{sheet.format} of the endpoint."
        yield Missing("format", level, text)
    if sheet.start is None:
        yield Missing(
            "start", level, "The start date is missing. Set the release date, or the sessions, of the activity."
        )
    if sheet.end is None:
        yield Missing("end", level, "The end date is missing. Set the expiry date, or the sessions, of the activity.")
    if sheet.start is None or sheet.end is None:
        return
    if sheet.end < sheet.start:
        yield Missing("order", level, "The activity ends before it starts. Correct its dates.")
    limits = wire["limits"]
    if sheet.format is Format.ENDURING:
        if sheet.end > add_years(sheet.start, limits["enduring_years"]):
            text = f"Enduring material is a record for {limits['enduring_years']} years at most. Let it end earlier."
            yield Missing("too_long", level, text)
    elif sheet.end >= _months_later(sheet.start, limits["other_months"]):
        text = f"Such an activity is one record for {limits['other_months']} months at most. Renew it for the next."
        yield Missing("too_long", level, text)


def _months_later(day: date, months: int) -> date:
    """The same day so many months on; the last of the month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _active(sheet: Sheet, wire: Mapping[str, Any]) -> Iterator[Missing]:
    level, facts = Status.ACTIVE, sheet.facts
    if not sheet.credits:
        yield Missing("credit", level, "No credit that this portal knows is offered. Offer AMA PRA Category 1 Credit.")
    for word, amount in sheet.credits:
        if amount is None or amount < _INCREMENT or amount % _INCREMENT:
            yield Missing(
                "amount", level, f"The amount of {word} must be 0.25 or a multiple of it. Correct the offering."
            )
    if not sheet.description:
        yield Missing("description", level, "The description is empty. Write it in the activity.")
    elif len(sheet.description) > wire["limits"]["description_max"]:
        limit = wire["limits"]["description_max"]
        text = f"The description has {len(sheet.description)} characters, and PARS takes {limit}. Shorten it."
        yield Missing("description", level, text)
    if not sheet.delivery:
        yield Missing("delivery", level, "How it is delivered is not said. Give delivery, for example online.")
    place = facts.location
    if sheet.in_person and not (place.city and place.country and (place.state or place.country != "USA")):
        text = "An activity in person has a place. Give location with city, country and, in the USA, the state."
        yield Missing("location", level, text)
    if facts.public is None:
        yield Missing("public", level, "Whether CME Passport shows it is not said. Give public: true or false.")
    elif facts.public and not (facts.fee and facts.registration and facts.url):
        text = "What CME Passport shows needs fee, registration and url. Give all three, or public: false."
        yield Missing("public", level, text)
    if wire["portal"]["kind"] == "ja":
        yield from _joint_accreditation(sheet)


def _joint_accreditation(sheet: Sheet) -> Iterator[Missing]:
    if not sheet.professions:
        yield Missing("professions", Status.ACTIVE, "JA-PARS asks for at least one profession. Name the audience's.")
    if sheet.facts.interprofessional is None:
        text = "Whether the activity is interprofessional is not said. Give interprofessional: true or false."
        yield Missing("interprofessional", Status.ACTIVE, text)
    if any(word == "Pharmacy" for word, _ in sheet.credits) and not (
        sheet.facts.pharmacy.type and sheet.facts.pharmacy.topic
    ):
        yield Missing(
            "pharmacy", Status.ACTIVE, "Pharmacy education has a type and a topic. Give pharmacy.type and .topic."
        )


def _closed(sheet: Sheet) -> Iterator[Missing]:
    level = Status.CLOSED
    if sheet.joint and not sheet.joint_providers:
        yield Missing(
            "joint_provider", level, "Joint providership names the other organisation. Add it to the provider."
        )
    if not sheet.facts.outcomes:
        text = "PARS closes an activity with at least one measured outcome. Give outcomes, for example knowledge."
        yield Missing("outcomes", level, text)
    if sheet.supported is None:
        yield Missing(
            "support", level, "Whether there was commercial support is not answered. Answer it in the activity."
        )
    elif sheet.supported and not (sheet.monetary or sheet.in_kind):
        yield Missing("support", level, "Commercial support names its source. Add who gave it, and what.")
    for source, amount in sheet.monetary:
        if amount is None or amount <= 0:
            yield Missing(
                "support_amount", level, f"The amount that {source or 'a supporter'} gave is missing. Add it."
            )
        elif amount != amount.to_integral_value():
            text = f"PARS takes whole dollars, and {source} gave {amount}. Write the amount as you report it to ACCME."
            yield Missing("support_amount", level, text)


def _moc(sheet: Sheet) -> Iterator[Missing]:
    for one in sheet.moc:
        board = one.name or one.board.upper()
        for wrong, code, text in _of_registration(one, sheet):
            if wrong:
                yield Missing(code, Status.CLOSED, f"{board}: {text}")


def _of_registration(one: Registration, sheet: Sheet) -> tuple[tuple[bool, str, str], ...]:
    facts = sheet.facts
    most = max((amount for _, amount in sheet.credits if amount is not None), default=Decimal(0))
    points = one.points or Decimal(0)
    where = f"wire.board.{one.board}"
    shown = bool(facts.fee and facts.registration and facts.url)
    return (
        (not one.name, "moc_board", f"PARS' name of this board is not set. Set {where}.name of the endpoint."),
        (not one.types, "moc_type", f"the type of credit has no word. Name it, and set {where}.credit_types."),
        (points <= 0 or points % _INCREMENT != 0, "moc_points", "the points must be a multiple of 0.25. Correct them."),
        (points > most, "moc_points", "the points are more than the credit. Lower them."),
        (one.claim_by is None, "moc_claim_by", "the last day to claim is missing. Give it."),
        (
            not one.said.attested,
            "moc_attested",
            "the attestation is open. Give moc.attested: true once you have made it.",
        ),
        (
            not one.said.practice_areas,
            "moc_practice_area",
            "no practice area. Give moc.practice_areas in the board's words.",
        ),
        (
            one.board == "aba" and not facts.content_areas,
            "moc_content",
            "no content area. Give content_areas, one or two.",
        ),
        (not shown, "moc_public", "MOC activities are shown to learners. Give fee, registration and url."),
    )
