"""Rules on what each credit system asks of the activity beside the amount: formats, numbers, approvals, letters.

What is asked stands in the profiles of `systems/*.toml`; a detail that was not read at its source only warns.
Source: spec part 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules import amounts, calendar, identifiers
from cme_xblock.rules.finding import Hit, Severity, Source, rule
from cme_xblock.rules.offered import offerings, weight

_PROFILE = Source(
    "The credit systems' own rules, as their profiles say (spec 3.1, R-3.3 to R-3.19)",
    "S",
    "https://www.acpe-accredit.org/universal-activity-numbers/",
)
_SPONSOR = Source(
    "AOA: 1-A requires an AOA sponsor (spec R-3.8)", "S", "https://osteopathic.org/cme/cme-sponsor-accreditation"
)
_TYPES = Source(
    "ACPE: activity types and their minimums; UK: clinical or not (spec R-3.3, R-3.17)",
    "S",
    "https://www.scribd.com/document/589469822/CE-Activity-Types",
)
_AAPA = Source(
    "AAPA: approval for one year, then apply again (spec R-3.6)", "S", "https://www.aapa.org/cme/cme-accreditation/"
)
_LETTER = Source(
    "AAFP: the statement exactly as in the approval letter (spec R-3.7)",
    "S",
    "https://www.aafp.org/cme/credit-system/credit-statements.html",
)
_UNVERIFIED = Source(
    "Profiles that were not read at their source (spec R-3.14)", "B", "https://ccepr.ada.org/ada-cerp-standards"
)
_WINDOW = Source(
    "ACPE: upload within 60 days of participation (spec R-3.4; part 7, case 4)",
    "S",
    "https://www.acpe-accredit.org/cpe-monitor/",
)
_CERTIFICATE = Source(
    "ANCC: the certificate has the provider's address (spec R-3.2)",
    "B",
    "https://www.nursingworld.org/organizational-programs/accreditation/ncpd/",
)
_TEMPLATE = re.compile(r"[\[{<][^\]}>]{0,60}[\]}>]|_{3,}")


@rule(
    "profile_unverified",
    Severity.WARN,
    source=_UNVERIFIED,
    message=N_("The profile of {system} was not read at its source."),
    fix=N_("Compare it with the body's current standards, then let this stand with a reason."),
)
def profile_unverified(activity: Activity, today: date) -> Iterator[Hit]:
    """Somebody confirms a profile before credit of it is claimed."""
    for where, _, system in offerings(activity):
        if not system.verified:
            yield Hit(where, {"system": system.short_name})


@rule(
    "format_not_accepted",
    Severity.BLOCK,
    source=_PROFILE,
    message=N_("{system} is not given for this format."),
    fix=N_("Remove the credit, or change the format. A recording of a live event is an activity of its own."),
)
def format_not_accepted(activity: Activity, today: date) -> Iterator[Hit]:
    """Some credit is for live events only, or for e-learning only."""
    for where, _, system in offerings(activity):
        if system.formats and activity.format not in system.formats:
            yield Hit(where, {"system": system.short_name}, weight(system, "formats"))


@rule(
    "accreditation_not_accepted",
    Severity.BLOCK,
    source=Source(
        "Joint Accreditation: IPCE credit (spec R-3.9)",
        "S",
        "https://jointaccreditation.org/credit-requirements-ipce-credit-mark/",
    ),
    message=N_("Only jointly accredited providers give {system} credit."),
    fix=N_("Correct the provider's accreditation, or remove the credit."),
)
def accreditation_not_accepted(activity: Activity, today: date) -> Iterator[Hit]:
    """Interprofessional credit belongs to Joint Accreditation."""
    for where, _, system in offerings(activity):
        if system.accreditations and activity.provider.accreditation not in system.accreditations:
            yield Hit(where, {"system": system.short_name}, weight(system, "accreditations"))


@rule(
    "identifier_missing",
    Severity.BLOCK,
    source=_PROFILE,
    message=N_("The {number} is missing ({system})."),
    fix=N_("Enter it as the accreditor gave it: announcements and certificates name it."),
)
def identifier_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """The numbers that materials and certificates must show."""
    for where, one, system in offerings(activity):
        for name in system.required_identifiers:
            if not one.identifier(name):
                params = {"number": identifiers.load()[name].label, "system": system.short_name}
                yield Hit(f"{where}.identifiers", params, weight(system, "required_identifiers"))


@rule(
    "identifier_form",
    Severity.BLOCK,
    source=_PROFILE,
    message=N_('"{value}" does not have the form of a {number}.'),
    fix=N_("Copy it from the accreditor's letter; it looks like {example}."),
)
def identifier_form(activity: Activity, today: date) -> Iterator[Hit]:
    """A number has the form that its owner publishes."""
    known = identifiers.load()
    for where, one, _ in offerings(activity):
        for number in one.identifiers:
            kind = known.get(number.name)
            if kind is not None and number.value and not kind.fits(number.value):
                params = {"value": number.value, "number": kind.label, "example": kind.example}
                yield Hit(f"{where}.identifiers[{number.name}]", params)


@rule(
    "pars_number_missing",
    Severity.AUDIT,
    source=Source("ACCME PARS: every activity is entered (spec R-1.17)", "S", "http://www.accme.org/pars"),
    message=N_("The number of the activity in PARS is missing."),
    fix=N_("Enter the activity in PARS, and its number here: learners' credit is reported under it."),
)
def pars_number_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """What is reported is reported under a number."""
    for where, one, system in offerings(activity):
        if "pars_activity_id" in system.identifiers and not one.identifier("pars_activity_id"):
            yield Hit(f"{where}.identifiers")


@rule(
    "provider_number_missing",
    Severity.BLOCK,
    source=_SPONSOR,
    message=N_("The provider has no {number}, which {system} requires."),
    fix=N_("Enter the provider's number, or remove the credit."),
)
def provider_number_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Some credit is given by accredited sponsors of that body only."""
    given = {one.name for one in activity.provider.identifiers if one.value}
    for _, _, system in offerings(activity):
        for name in system.provider_identifiers:
            if name not in given:
                params = {"number": identifiers.load()[name].label, "system": system.short_name}
                yield Hit("provider.identifiers", params, weight(system, "provider_identifiers"))


@rule(
    "activity_type_missing",
    Severity.BLOCK,
    source=_TYPES,
    message=N_("The type of the activity is missing or unknown ({system})."),
    fix=N_("Choose one of: {types}."),
)
def activity_type_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """ACPE has three types of activity, the United Kingdom has clinical and non-clinical credit."""
    for where, one, system in offerings(activity):
        if system.activity_types and one.activity_type not in dict(system.activity_types):
            params = {"system": system.short_name, "types": ", ".join(dict(system.activity_types))}
            yield Hit(f"{where}.activity_type", params, weight(system, "activity_types"))


@rule(
    "activity_type_short",
    Severity.BLOCK,
    source=_TYPES,
    message=N_("{amount} are too few for this type of activity ({system})."),
    fix=N_("It takes at least {minimum}. Choose another type, or extend the activity."),
)
def activity_type_short(activity: Activity, today: date) -> Iterator[Hit]:
    """Each type has its smallest number of contact hours."""
    for where, one, system in offerings(activity):
        minimum = dict(system.activity_types).get(one.activity_type)
        if minimum is not None and one.amount is not None and one.amount < minimum:
            params = {
                "amount": amounts.number(one.amount),
                "system": system.short_name,
                "minimum": amounts.number(minimum),
            }
            yield Hit(f"{where}.amount", params, weight(system, "activity_types"))


@rule(
    "approval_undated",
    Severity.BLOCK,
    source=_AAPA,
    message=N_("The day on which the approval ends is missing ({system})."),
    fix=N_("Copy it from the letter of approval: the statement names it."),
)
def approval_undated(activity: Activity, today: date) -> Iterator[Hit]:
    """An approval for a time has an end."""
    for where, one, system in offerings(activity):
        if system.needs_approval_expiry and one.approval_expires is None:
            yield Hit(
                f"{where}.approval_expires", {"system": system.short_name}, weight(system, "needs_approval_expiry")
            )


@rule(
    "approval_beyond_expiry",
    Severity.WARN,
    source=_AAPA,
    message=N_("The approval ends after the activity does ({system})."),
    fix=N_("Check both dates: the statement would promise credit for longer than the activity can be taken."),
)
def approval_beyond_expiry(activity: Activity, today: date) -> Iterator[Hit]:
    """The approval's end is not later than the activity's."""
    for where, one, system in offerings(activity):
        if one.approval_expires is not None and activity.expiry is not None and one.approval_expires > activity.expiry:
            yield Hit(f"{where}.approval_expires", {"system": system.short_name})


@rule(
    "approval_too_long",
    Severity.WARN,
    source=_AAPA,
    message=N_("The approval would hold for more than {years} year(s) ({system})."),
    fix=N_("Check the dates of designation and of the approval's end against the letter."),
)
def approval_too_long(activity: Activity, today: date) -> Iterator[Hit]:
    """Approvals hold for one year."""
    for where, one, system in offerings(activity):
        begun, ends = one.designated_on, one.approval_expires
        if system.approval_years and begun and ends and ends > calendar.add_years(begun, system.approval_years):
            params = {"system": system.short_name, "years": str(system.approval_years)}
            yield Hit(f"{where}.approval_expires", params)


@rule(
    "approval_over",
    Severity.WARN,
    source=_AAPA,
    message=N_("The approval ended on {day} ({system}): nobody who completes later can claim this credit."),
    fix=N_("Apply again and give the new date, or remove the credit."),
)
def approval_over(activity: Activity, today: date) -> Iterator[Hit]:
    """An approval that has ended is no approval."""
    for where, one, system in offerings(activity):
        if one.approval_expires is not None and one.approval_expires < today:
            params = {"system": system.short_name, "day": one.approval_expires.isoformat()}
            yield Hit(f"{where}.approval_expires", params)


@rule(
    "letter_missing",
    Severity.BLOCK,
    source=_LETTER,
    message=N_("The statement of {system} is missing."),
    fix=N_("Paste it word for word from the accreditor's letter: nothing is made of a formula here."),
)
def letter_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """A verbatim statement is pasted."""
    for where, one, system in offerings(activity):
        if system.verbatim and not one.statement:
            yield Hit(f"{where}.statement", {"system": system.short_name}, weight(system, "verbatim"))


@rule(
    "letter_undated",
    Severity.BLOCK,
    source=_LETTER,
    message=N_("The date of the letter with the statement of {system} is missing."),
    fix=N_("Give the date of the letter from which the statement was pasted."),
)
def letter_undated(activity: Activity, today: date) -> Iterator[Hit]:
    """Pasted from the letter dated …"""
    for where, one, system in offerings(activity):
        if system.verbatim and one.statement and one.letter_on is None:
            yield Hit(f"{where}.letter_on", {"system": system.short_name}, weight(system, "verbatim"))


@rule(
    "letter_is_template",
    Severity.BLOCK,
    source=_LETTER,
    message=N_('The statement of {system} has a place that was never filled: "{found}".'),
    fix=N_("Paste the statement of the letter itself, not the sample."),
)
def letter_is_template(activity: Activity, today: date) -> Iterator[Hit]:
    """No templating: what is shown is what the letter says."""
    for where, one, system in offerings(activity):
        found = _TEMPLATE.search(one.statement) if system.verbatim else None
        if found:
            yield Hit(
                f"{where}.statement", {"system": system.short_name, "found": found[0]}, weight(system, "verbatim")
            )


@rule(
    "claim_window",
    Severity.WARN,
    source=_WINDOW,
    message=N_("Learners may claim for {days} days after expiry, but {system} must have the record after {most}."),
    fix=N_("Let the time to claim end {most} days after expiry or sooner."),
)
def claim_window(activity: Activity, today: date) -> Iterator[Hit]:
    """A claim that comes too late can't be reported."""
    for _, _, system in offerings(activity):
        if system.claim_within_days and activity.claim.window_days > system.claim_within_days:
            params = {
                "days": str(activity.claim.window_days),
                "system": system.short_name,
                "most": str(system.claim_within_days),
            }
            yield Hit("claim.window_days", params)


@rule(
    "address_missing",
    Severity.WARN,
    source=_CERTIFICATE,
    message=N_("The provider's address is missing, which stands on certificates of {system}."),
    fix=N_("Write the postal address, or give a web address."),
)
def address_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Name and address, or web address, of the provider."""
    provider = activity.provider
    for _, _, system in offerings(activity):
        if system.address_on_certificate and not provider.address and not provider.contact_url:
            yield Hit("provider.address", {"system": system.short_name})


RULES = (
    profile_unverified,
    format_not_accepted,
    accreditation_not_accepted,
    identifier_missing,
    identifier_form,
    pars_number_missing,
    provider_number_missing,
    activity_type_missing,
    activity_type_short,
    approval_undated,
    approval_beyond_expiry,
    approval_too_long,
    approval_over,
    letter_missing,
    letter_undated,
    letter_is_template,
    claim_window,
    address_missing,
)
