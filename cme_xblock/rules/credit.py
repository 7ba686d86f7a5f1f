"""Rules on credit offered: known systems, lawful amounts, designated in advance. Source: spec R-2.1 to R-2.4."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity, Offering
from cme_xblock.rules import amounts, credit_system, statements
from cme_xblock.rules.credit_system import CreditSystem
from cme_xblock.rules.finding import Hit, Severity, Source, place, rule

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
_TIME = Source("Estimated time and designated credit agree (spec R-1.16)", "S-old")
_OURS = Source("How this software offers credit", "D")

# Half a quarter hour: what rounding to the nearest quarter can hide. Source: spec.
_TOLERANCE = Decimal("7.5")


def _offerings(activity: Activity) -> Iterator[tuple[str, Offering, CreditSystem]]:
    systems = credit_system.for_activity(activity)
    for index, one in enumerate(activity.offerings):
        if one.system in systems:
            yield place("offerings", one.system, index), one, systems[one.system]


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
    systems = credit_system.for_activity(activity)
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
    for where, one, system in _offerings(activity):
        if one.amount is None or amounts.designated(system, one.amount) is not None:
            params = {
                "system": system.short_name,
                "increment": amounts.number(system.increment),
                "minimum": amounts.number(system.minimum),
            }
            yield Hit(f"{where}.amount", params)


@rule(
    "credit_time",
    Severity.WARN,
    source=_TIME,
    message=N_("{minutes} minutes of estimated time do not make {amount} ({system})."),
    fix=N_("By the system's own rounding it would be {expected}. Mend the time or the amount."),
)
def credit_time(activity: Activity, today: date) -> Iterator[Hit]:
    """The credit's minutes lie within 7.5 of the estimated time."""
    for where, one, system in _offerings(activity):
        if one.amount is None or activity.estimated_minutes < 1:
            continue
        if abs(one.amount * system.unit_minutes - activity.estimated_minutes) > _TOLERANCE:
            params = {
                "minutes": str(activity.estimated_minutes),
                "amount": amounts.number(one.amount),
                "system": system.short_name,
                "expected": amounts.number(amounts.round_minutes(system, activity.estimated_minutes)),
            }
            yield Hit(f"{where}.amount", params)


@rule(
    "designated_late",
    Severity.BLOCK,
    source=_ADVANCE,
    message=N_("The credit is designated after the release ({system})."),
    fix=N_("Designate it on the day of release at the latest: credit is never designated in retrospect."),
)
def designated_late(activity: Activity, today: date) -> Iterator[Hit]:
    """Designated before the first learner starts."""
    for where, one, system in _offerings(activity):
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
    for where, one, system in _offerings(activity):
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
    for where, one, system in _offerings(activity):
        given = " ".join(one.statement.split())
        if given and system.designation and given != statements.designation(activity, one):
            yield Hit(f"{where}.statement", {"system": system.short_name})


RULES = (
    credit_missing,
    credit_system_unknown,
    credit_repeated,
    credit_amount,
    credit_time,
    designated_late,
    designation_undated,
    designation_altered,
)
