"""Rules on the ACPE's universal activity number, and on what it says of the activity. Source: spec R-3.3.

0798-9999-18-246-H04-P: provider, joint providership, year, sequence, format and topic, audience.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cme_xblock.activity.codes import Providership
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules import identifiers
from cme_xblock.rules.credit_system import CreditSystem
from cme_xblock.rules.finding import Hit, Severity, Source, rule
from cme_xblock.rules.offered import LIVE, of_family

_UAN = Source(
    "ACPE: universal activity numbers (spec R-3.3)", "S", "https://www.acpe-accredit.org/universal-activity-numbers/"
)
_TOPICS = Source(
    "ACPE: topics of universal activity numbers (spec R-3.3)",
    "B",
    "https://www.acpe-accredit.org/universal-activity-numbers/",
)
# Source: spec; the list is background.
_KNOWN_TOPICS = frozenset({"01", "02", "03", "04", "05", "06", "07", "08", "99"})
_AUDIENCES = {"acpe_pharmacist": "P", "acpe_technician": "T"}
_YEARS = 3


def _numbers(activity: Activity) -> Iterator[tuple[str, str, CreditSystem]]:
    """Place, UAN and profile of each offering of the ACPE whose UAN has the right form."""
    kind = identifiers.load()["uan"]
    for where, one, system in of_family(activity, "acpe"):
        uan = one.identifier("uan")
        if uan and kind.fits(uan):
            yield f"{where}.identifiers[uan]", uan, system


@rule(
    "uan_audience",
    Severity.BLOCK,
    source=_UAN,
    message=N_("The UAN {uan} ends in another letter than {letter} ({system})."),
    fix=N_("Pharmacists and technicians have a UAN each, ending in P and T: enter the one for this audience."),
)
def uan_audience(activity: Activity, today: date) -> Iterator[Hit]:
    """One UAN for pharmacists, another for technicians."""
    for where, uan, system in _numbers(activity):
        letter = _AUDIENCES.get(system.code, uan[-1])
        if uan[-1] != letter:
            yield Hit(where, {"uan": uan, "letter": letter, "system": system.short_name})


@rule(
    "uan_format",
    Severity.BLOCK,
    source=_UAN,
    message=N_("The UAN {uan} has the letter {letter}, which is not for this format."),
    fix=N_("L is for live activities, H for home study: enter the UAN of this format."),
)
def uan_format(activity: Activity, today: date) -> Iterator[Hit]:
    """L goes with live activities, H with home study; B and C with both."""
    wrong = "H" if activity.format in LIVE else "L"
    for where, uan, _ in _numbers(activity):
        if uan[-5] == wrong:
            yield Hit(where, {"uan": uan, "letter": wrong})


@rule(
    "uan_window",
    Severity.BLOCK,
    source=_UAN,
    message=N_("The UAN {uan} is from 20{year}, and holds for three years: the activity expires later."),
    fix=N_("Let the activity expire sooner, or ask for a new UAN."),
)
def uan_window(activity: Activity, today: date) -> Iterator[Hit]:
    """A UAN holds for three years at most."""
    for where, uan, _ in _numbers(activity):
        year = uan[10:12]
        if activity.expiry is not None and activity.expiry.year > 2000 + int(year) + _YEARS:
            yield Hit(where, {"uan": uan, "year": year})


@rule(
    "uan_providership",
    Severity.WARN,
    source=_UAN,
    message=N_("The UAN {uan} does not agree with the providership: 9999 stands for joint, 0000 for none."),
    fix=N_("Check providership and UAN against the letter."),
)
def uan_providership(activity: Activity, today: date) -> Iterator[Hit]:
    """The second group says whether the activity is jointly provided."""
    joint = activity.provider.providership is Providership.JOINT
    for where, uan, _ in _numbers(activity):
        if uan[5:9] == ("0000" if joint else "9999"):
            yield Hit(where, {"uan": uan})


@rule(
    "uan_topic",
    Severity.WARN,
    source=_TOPICS,
    message=N_("The UAN {uan} has the topic {topic}, which we do not know."),
    fix=N_("Check it against the letter: known topics are 01 to 08 and 99."),
)
def uan_topic(activity: Activity, today: date) -> Iterator[Hit]:
    """Topics are 01 to 08 and 99."""
    for where, uan, _ in _numbers(activity):
        if uan[-4:-2] not in _KNOWN_TOPICS:
            yield Hit(where, {"uan": uan, "topic": uan[-4:-2]})


RULES = (uan_audience, uan_format, uan_window, uan_providership, uan_topic)
