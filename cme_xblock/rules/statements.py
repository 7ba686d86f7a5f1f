"""The sentences that accreditors mandate, with the activity's own values in their places.

The formulas are data (`texts.py`); here is which one applies and what goes into its places, and nothing else may be
changed in them. Source: spec R-1.15, R-2.1, R-2.7, R-2.8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from cme_xblock.activity.codes import Accreditation, Format, Providership
from cme_xblock.activity.model import Activity, Offering
from cme_xblock.rules import credit_system, texts
from cme_xblock.rules.amounts import number
from cme_xblock.rules.calendar import edition_day
from cme_xblock.rules.credit_system import CreditSystem

ACCME_FULL = "Accreditation Council for Continuing Medical Education (ACCME)"
ACCME_SHORT = "ACCME"

# The AMA's own names of its learning formats; a series (RSS) is a live activity. Source: spec.
FORMAT_NAMES: Mapping[Format, str] = {
    Format.LIVE: "live activity",
    Format.RSS: "live activity",
    Format.ENDURING: "enduring material",
    Format.JOURNAL: "journal-based CME activity",
    Format.TEST_ITEM_WRITING: "test-item writing activity",
    Format.MANUSCRIPT_REVIEW: "manuscript review activity",
    Format.PI_CME: "PI CME activity",
    Format.POINT_OF_CARE: "internet point-of-care activity",
}
_THE = re.compile(r"the\s+", re.IGNORECASE)


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
    """The AMA's name of the activity's format; "Other activity" carries the medium as its short description."""
    if activity.format is Format.OTHER:
        return f"Other activity ({activity.medium})" if activity.medium else "Other activity"
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
    """The designation statement of an offering; empty for a system that has none. Source: spec R-2.1."""
    system = credit_system.for_activity(activity).get(offering.system)
    if system is None or not system.designation or offering.amount is None:
        return ""
    return render(
        system.designation,
        activity,
        {"format": format_name(activity), "credit": credit(system, offering.amount)},
    )


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
