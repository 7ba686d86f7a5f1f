"""What an activity offers, for the rules on credit: its offerings with their profiles, and what those ask of it.

Knows activity and profiles, and no rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from cme_xblock.activity.codes import Format
from cme_xblock.activity.model import Activity, Offering
from cme_xblock.rules import credit_system
from cme_xblock.rules.credit_system import CreditSystem
from cme_xblock.rules.finding import Severity, place

# Formats in which credit is what a typical learner's time makes; in the others it is so much for each piece of work.
TIMED = frozenset({Format.LIVE, Format.RSS, Format.ENDURING, Format.OTHER})
# Formats that are there to be taken on one's own, at any time: what the front matter must tell is told for them.
ON_DEMAND = frozenset({Format.ENDURING, Format.JOURNAL, Format.POINT_OF_CARE})
LIVE = frozenset({Format.LIVE, Format.RSS})


def offerings(activity: Activity) -> Iterator[tuple[str, Offering, CreditSystem]]:
    """Place, offering and profile of each offering whose credit system is known."""
    systems = credit_system.for_activity(activity)
    for index, one in enumerate(activity.offerings):
        if one.system in systems:
            yield place("offerings", one.system, index), one, systems[one.system]


def of_family(activity: Activity, family: str) -> Iterator[tuple[str, Offering, CreditSystem]]:
    """The same, of one accreditor only."""
    return (found for found in offerings(activity) if found[2].family == family)


def assessing(activity: Activity) -> tuple[CreditSystem, ...]:
    """The offered systems that need an assessment in this format: never globally forced (spec R-1.12)."""
    return tuple(one for _, _, one in offerings(activity) if activity.format in one.needs_assessment_for)


def weight(system: CreditSystem, *fields: str) -> Severity | None:
    """WARN where the profile's details were not read at their source, else None: the rule's own severity."""
    return None if system.sure(*fields) else Severity.WARN


def lightest(systems: tuple[CreditSystem, ...], *fields: str) -> Severity | None:
    """WARN where none of the systems that ask is sure of what it asks."""
    return None if any(one.sure(*fields) for one in systems) else Severity.WARN
