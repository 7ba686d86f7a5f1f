"""Rules on credit offered: known systems, lawful amounts, designated in advance. Source: spec R-2.1 to R-2.4."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from cme_xblock.activity.codes import Format
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules import amounts, calendar, credit_system, formats, prose, statements, texts
from cme_xblock.rules.credit_system import UNSURE
from cme_xblock.rules.finding import Hit, Severity, Source, place, rule
from cme_xblock.rules.offered import LIVE, TIMED, of_family, offerings, weight

_UNITS = Source(
    "AMA PRA: units, increments and rounding (spec R-2.4)",
    "S",
    "https://medicine.wright.edu/continuing-medical-education/activity-types",
)
_ADVANCE = Source(
    "AMA PRA: certified in advance, never in retrospect (spec R-2.2)",
    "S",
    "http://www.ama-assn.org/ama/pub/category/16354.html",
)
_STATEMENT = Source(
    "AMA PRA: designation statement (spec R-2.1)",
    "S",
    "https://education.neuromodulation.org/Listing/Prior-Authorization-Module-How-to-Win-the-Game-and-Help-Your-Patients-17204",
)
_BY_FORMAT = Source(
    "AMA PRA: credit of formats that do not go by time (spec R-2.5)",
    "B",
    "https://www.aoeconsulting.com/weekly-tip/calculate-ama-pra-category-1-credit-activity-format",
)
_OURS = Source("How this software offers credit", "D")

_DAY = Source(
    "EACCME: at most 8 a day; EBAC: at most 6 (spec R-3.18, R-3.19)",
    "S",
    "https://eadv.org/scientific/cme/cme-cpd-guidance",
)
_CONVERSION = Source(
    "AMA and UEMS: mutual recognition, renewed in 2022 for four years (spec R-2.9)",
    "S",
    "https://eaccme.uems.test.dfakto.com/applywithus-accreditation",
)
_CONVERTS = re.compile(r"\bconver[ts][^.]{0,120}\bAMA\b|\bAMA\b[^.]{0,120}\bconver[ts]", re.IGNORECASE)
# Half a quarter hour: what rounding to the nearest quarter can hide. Source: spec.
_TOLERANCE = Decimal("7.5")


@rule(
    "credit_missing",
    Severity.BLOCK,
    source=_OURS,
    message=N_("The activity offers no credit."),
    fix=N_("Add the credit for which it is designated."),
)
def credit_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """The learner's way ends in a claim."""
    if not activity.offerings:
        yield Hit("offerings")


@rule(
    "credit_system_unknown",
    Severity.BLOCK,
    source=_OURS,
    message=N_('There is no credit system "{system}".'),
    fix=N_("Use one of: {known}."),
)
def credit_system_unknown(activity: Activity, today: date) -> Iterator[Hit]:
    """A profile says what a system's amounts and statements are."""
    # A board's points are registered under the credit that they go with.
    systems = {code for code, one in credit_system.for_activity(activity).items() if not one.board}
    for index, one in enumerate(activity.offerings):
        if one.system not in systems:
            known = ", ".join(sorted(systems))
            yield Hit(place("offerings", one.system, index), {"system": one.system, "known": known})


@rule(
    "credit_repeated",
    Severity.BLOCK,
    source=_OURS,
    message=N_("The same credit is offered twice ({system})."),
    fix=N_("Keep one of them."),
)
def credit_repeated(activity: Activity, today: date) -> Iterator[Hit]:
    """One offering per system, for a claim names the system only."""
    seen: set[str] = set()
    for index, one in enumerate(activity.offerings):
        if one.system in seen:
            yield Hit(f"offerings[{index}]", {"system": one.system})
        seen.add(one.system)


@rule(
    "credit_amount",
    Severity.BLOCK,
    source=_UNITS,
    message=N_("The amount of credit is missing or cannot be designated ({system})."),
    fix=N_("Use a multiple of {increment}, {minimum} or more."),
)
def credit_amount(activity: Activity, today: date) -> Iterator[Hit]:
    """A multiple of the increment, not below the minimum."""
    for where, one, system in offerings(activity):
        if one.amount is None or amounts.designated(system, one.amount) is not None:
            possible = one.amount is not None and 0 < one.amount <= amounts.most(system)
            params = {
                "system": system.short_name,
                "increment": amounts.number(system.increment),
                "minimum": amounts.number(system.minimum),
            }
            yield Hit(f"{where}.amount", params, weight(system, "increment", "minimum") if possible else None)


@rule(
    "credit_time",
    Severity.BLOCK,
    source=_UNITS,
    message=N_("{minutes} minutes of estimated time do not make {amount} ({system})."),
    fix=N_("By the system's own rounding it would be {expected}. Mend the time or the amount."),
)
def credit_time(activity: Activity, today: date) -> Iterator[Hit]:
    """The credit's minutes lie within 7.5 of the time that counts. Less credit than time only warns (spec R-1.16)."""
    if activity.format not in TIMED or activity.estimated_minutes < 1:
        return
    for where, one, system in offerings(activity):
        minutes = amounts.counted_minutes(system, activity)
        expected = amounts.round_minutes(system, minutes)
        if one.amount is None or one.amount == expected or amounts.designated(system, one.amount):
            continue
        surplus = one.amount * system.unit_minutes - minutes
        if abs(surplus) > _TOLERANCE:
            params = {
                "minutes": str(minutes),
                "amount": amounts.number(one.amount),
                "system": system.short_name,
                "expected": amounts.number(expected),
            }
            severity = weight(system, "unit_minutes", "increment") if surplus > 0 else Severity.WARN
            yield Hit(f"{where}.amount", params, severity)


@rule(
    "designated_late",
    Severity.BLOCK,
    source=_ADVANCE,
    message=N_("The credit is designated after the release ({system})."),
    fix=N_("Designate it on the day of release at the latest: credit is never designated in retrospect."),
)
def designated_late(activity: Activity, today: date) -> Iterator[Hit]:
    """Designated before the first learner starts."""
    for where, one, system in offerings(activity):
        if one.designated_on is not None and activity.release is not None and one.designated_on > activity.release:
            yield Hit(f"{where}.designated_on", {"system": system.short_name})


@rule(
    "designation_undated",
    Severity.WARN,
    source=_ADVANCE,
    message=N_("The date on which the credit was designated is missing ({system})."),
    fix=N_("Give the date: an auditor asks whether it lies before the first learner's start."),
)
def designation_undated(activity: Activity, today: date) -> Iterator[Hit]:
    """A system with a designation statement has a date of designation."""
    for where, one, system in offerings(activity):
        if system.designation and one.designated_on is None:
            yield Hit(f"{where}.designated_on", {"system": system.short_name})


@rule(
    "designation_altered",
    Severity.BLOCK,
    source=_STATEMENT,
    message=N_("The designation statement differs from the mandated formula ({system})."),
    fix=N_("Remove the text: the statement is written from the formula."),
)
def designation_altered(activity: Activity, today: date) -> Iterator[Hit]:
    """A mandated formula allows no other words."""
    for where, one, system in offerings(activity):
        given = " ".join(one.statement.split())
        key = statements.designation_key(activity, system)
        if given and key and given != " ".join(statements.designation(activity, one).split()):
            confidence = texts.on(key, calendar.edition_day(activity)).confidence
            if confidence != "D":
                severity = Severity.WARN if confidence in UNSURE else None
                yield Hit(f"{where}.statement", {"system": system.short_name}, severity)


@rule(
    "format_undescribed",
    Severity.BLOCK,
    source=_STATEMENT,
    message=N_('An "Other activity" has no short description.'),
    fix=N_("Describe the format in a few words: the designation statement names it."),
)
def format_undescribed(activity: Activity, today: date) -> Iterator[Hit]:
    """The AMA's name of such a format is "Other activity (…short description…)"."""
    if activity.format is Format.OTHER and not activity.format_description:
        yield Hit("format_description")


@rule(
    "credit_of_format",
    Severity.WARN,
    source=_BY_FORMAT,
    message=N_("{amount} is unusual for this format ({system})."),
    fix=N_("Usual are {usual}. Check the AMA's rules for the format."),
)
def credit_of_format(activity: Activity, today: date) -> Iterator[Hit]:
    """One credit for an article, ten for a committee's examination, three for a review, five for a stage of PI CME."""
    usual = formats.usual(activity.format)
    for where, one, system in of_family(activity, "ama_pra_1"):
        if usual and one.amount is not None and one.amount not in usual:
            params = {
                "amount": amounts.number(one.amount),
                "system": system.short_name,
                "usual": formats.said(activity.format),
            }
            yield Hit(f"{where}.amount", params)


@rule(
    "daily_maximum",
    Severity.BLOCK,
    source=_DAY,
    message=N_("{amount} are more than the days of the activity allow ({system})."),
    fix=N_("At most {daily} a day can be designated, here {most}."),
)
def daily_maximum(activity: Activity, today: date) -> Iterator[Hit]:
    """Some bodies limit the credit of one day."""
    if activity.format not in LIVE or activity.release is None or activity.expiry is None:
        return
    days = max(1, (activity.expiry - activity.release).days + 1)
    for where, one, system in offerings(activity):
        if system.daily_maximum is not None and one.amount is not None and one.amount > system.daily_maximum * days:
            params = {
                "amount": amounts.number(one.amount),
                "system": system.short_name,
                "daily": amounts.number(system.daily_maximum),
                "most": amounts.number(system.daily_maximum * days),
            }
            yield Hit(f"{where}.amount", params, weight(system, "daily_maximum"))


@rule(
    "conversion_over",
    Severity.WARN,
    source=_CONVERSION,
    message=N_('The text speaks of conversion into AMA credit ("{found}"), but no agreement is known to be in force.'),
    fix=N_("Look up whether the agreement of UEMS and AMA was renewed; until then remove the sentence."),
)
def conversion_over(activity: Activity, today: date) -> Iterator[Hit]:
    """The agreement with the AMA ends, and a promise of conversion ends with it."""
    if texts.valid("conversion_eaccme_ama", today) is None and any(of_family(activity, "eaccme")):
        for where, found in prose.find(activity, _CONVERTS, hints=("conver",)):
            yield Hit(where, {"found": found})


RULES = (
    credit_missing,
    credit_system_unknown,
    credit_repeated,
    credit_amount,
    credit_time,
    designated_late,
    designation_undated,
    designation_altered,
    format_undescribed,
    credit_of_format,
    daily_maximum,
    conversion_over,
)
