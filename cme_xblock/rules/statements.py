"""The sentences that accreditors mandate, with the activity's own values in their places.

The formulas are data (`texts.py`); here is which one applies and what goes into its places, and nothing else may be
changed in them. Source: spec R-1.15, R-2.1, R-2.7, R-2.8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from cme_xblock.activity.codes import Accreditation, Format, Providership
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity, MocOffering, Offering
from cme_xblock.rules import boards, credit_system, texts
from cme_xblock.rules.amounts import number
from cme_xblock.rules.calendar import edition_day
from cme_xblock.rules.credit_system import CreditSystem

ACCME_FULL = "Accreditation Council for Continuing Medical Education (ACCME)"
ACCME_SHORT = "ACCME"

# The AMA's own names of its learning formats; a series (RSS) is a live activity. Source: spec.
FORMAT_NAMES: Mapping[Format, str] = {
    Format.LIVE: N_("live activity"),
    Format.RSS: N_("live activity"),
    Format.ENDURING: N_("enduring material"),
    Format.JOURNAL: N_("journal-based CME activity"),
    Format.TEST_ITEM_WRITING: N_("test-item writing activity"),
    Format.MANUSCRIPT_REVIEW: N_("manuscript review activity"),
    Format.PI_CME: N_("PI CME activity"),
    Format.POINT_OF_CARE: N_("internet point-of-care activity"),
}
_THE = re.compile(r"the\s+", re.IGNORECASE)
# Statements are English whatever the page's language is, so no locale may name the months.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def render(key: str, activity: Activity, places: Mapping[str, str]) -> str:
    """The text of that key as it held when the activity was reviewed, with its places filled."""
    return texts.on(key, edition_day(activity)).text.format_map({**provider_places(activity), **places})


def provider_places(activity: Activity) -> dict[str, str]:
    """The provider's name for both uses: after an article of the formula, and as the subject of a sentence."""
    name = activity.provider.name
    return {
        # "The [provider]" of the formula must not become "The The University of …".
        "provider": _THE.sub("", name, count=1) if _THE.match(name) else name,
        "the_provider": name,
        "The_provider": name[:1].upper() + name[1:],
    }


def format_name(activity: Activity) -> str:
    """The AMA's name of the activity's format; "Other activity" carries its short description, else the medium."""
    if activity.format is Format.OTHER:
        described = activity.format_description or activity.medium
        return f"Other activity ({described})" if described else "Other activity"
    return FORMAT_NAMES[activity.format]


def accreditation(activity: Activity) -> str:
    """The accreditation statement: mandated before the start and on the certificate. Source: spec R-1.15."""
    provider = activity.provider
    joint = provider.providership is Providership.JOINT
    if provider.accreditation is Accreditation.JOINT_ACCREDITATION:
        key = "accreditation_joint_accreditation_joint" if joint else "accreditation_joint_accreditation_direct"
    else:
        key = "accreditation_joint" if joint else "accreditation_direct"
    state = (
        _THE.sub("", provider.state_accreditor, count=1)
        if _THE.match(provider.state_accreditor)
        else (provider.state_accreditor)
    )
    by_state = provider.accreditation is Accreditation.STATE
    return render(
        key,
        activity,
        {
            "accreditor_full": state if by_state else ACCME_FULL,
            "accreditor_short": state if by_state else ACCME_SHORT,
            "all_providers": listing([provider.name, *(one.name for one in provider.joint_providers)]),
        },
    )


def designation(activity: Activity, offering: Offering) -> str:
    """The designation statement of an offering; empty for a system that has none. Source: spec R-2.1, part 3.

    A verbatim statement is the provider's copy of the accreditor's letter, and nothing is put into it.
    """
    system = credit_system.for_activity(activity).get(offering.system)
    if system is None or offering.amount is None:
        return ""
    if system.verbatim:
        return offering.statement
    key = designation_key(activity, system)
    return render(key, activity, _designation_places(activity, offering, system)) if key else ""


def designation_key(activity: Activity, system: CreditSystem) -> str:
    """Which text designates the credit: a jointly accredited provider's own statement stands alone (spec R-1.15)."""
    joint = activity.provider.accreditation is Accreditation.JOINT_ACCREDITATION
    return (joint and system.designation_joint_accreditation) or system.designation


def _designation_places(activity: Activity, offering: Offering, system: CreditSystem) -> dict[str, str]:
    amount = offering.amount if offering.amount is not None else Decimal(0)
    until = offering.approval_expires
    return {
        "format": format_name(activity),
        "title": activity.title,
        "credit": credit(system, amount),
        "amount": number(amount),
        "uan": offering.identifier("uan"),
        "approval_code": offering.identifier("approval_code"),
        "approval": render("approval_until", activity, {"valid_until": english_day(until)}) if until else "",
        "place": activity.medium,
        "dates": _dates(activity),
    }


def conversion(activity: Activity, offering: Offering, *, today: date) -> str:
    """The sentence on conversion into AMA PRA credit; empty where none is valid on that day. Source: spec R-2.9."""
    system = credit_system.for_activity(activity).get(offering.system)
    if system is None or system.family != "eaccme":
        return ""
    text = texts.valid("conversion_eaccme_ama", today)
    return text.text if text is not None else ""


def moc(activity: Activity, registration: MocOffering) -> str:
    """The statement on MOC points of one registration; empty for a board that is not known. Source: spec R-4.4."""
    board = boards.load().get(registration.board)
    if board is None or registration.points is None:
        return ""
    kinds = listing([one.replace("_", " ") for one in registration.credit_types])
    places = {
        "points": number(registration.points),
        "credit_type": f"{kinds} " if kinds else "",
        "board": board.name,
        "board_short": board.short_name,
    }
    return render("moc", activity, places)


def english_day(day: date) -> str:
    """A date as the accreditors' English statements print it: January 15, 2026."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def _dates(activity: Activity) -> str:
    days = [english_day(one) for one in (activity.release, activity.expiry) if one is not None]
    return " – ".join(dict.fromkeys(days))


def credit(system: CreditSystem, amount: Decimal) -> str:
    """An amount with the system's name: singular only for exactly 1. "0.75 AMA PRA Category 1 Credits™"."""
    return f"{number(amount)} {system.name_one if amount == 1 else system.name_many}"


def attestation_shown(activity: Activity, offering: Offering, system: CreditSystem) -> str:
    """What a learner attests to, before an amount is chosen. Source: spec R-6.1."""
    maximum = number(offering.amount) if offering.amount is not None else ""
    return render(f"{system.attestation}_shown", activity, {"name": system.name, "maximum": maximum})


def attestation_recorded(activity: Activity, offering: Offering, system: CreditSystem, *, amount: Decimal) -> str:
    """What a learner attested to, with the amount claimed. Source: spec R-6.1."""
    maximum = number(offering.amount) if offering.amount is not None else ""
    return render(f"{system.attestation}_recorded", activity, {"credit": credit(system, amount), "maximum": maximum})


def certificate(activity: Activity, system: CreditSystem, *, learner: str, amount: Decimal, completed_on: str) -> str:
    """The sentence of the certificate: the actual amount claimed and the date of completion, never of printing.

    `completed_on` is the date as it is to be printed. Source: spec R-2.7, R-2.8.
    """
    places = {
        "learner": learner,
        "format": format_name(activity),
        "title": activity.title,
        "credit": credit(system, amount),
        "completed_on": completed_on,
    }
    return render(system.certificate, activity, places)


def listing(names: list[str]) -> str:
    """Names as a list in a sentence: "A", "A and B", "A, B, and C"."""
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"
