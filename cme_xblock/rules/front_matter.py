"""Rules on what learners must be told before they start. Source: ACCME enduring materials; spec R-1.16.

The list was read in an older edition (2014 and before), and blocks all the same: the AMA and Joint Accreditation keep
its substance, and the specification wants it always shown. What is told of the people in person only warns.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cme_xblock.activity.codes import Role
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules.finding import Hit, Severity, Source, place, rule
from cme_xblock.rules.offered import ON_DEMAND

_ENDURING = Source(
    "ACCME: enduring materials, definition and requirements (spec R-1.16)",
    "S-old",
    "http://www.accme.org/requirements/accreditation-requirements-cme-providers/policies-and-definitions/enduring-materials-definition-and-requirements",
)
_TEACHING = frozenset({Role.FACULTY, Role.AUTHOR})


@rule(
    "medium_missing",
    Severity.BLOCK,
    source=_ENDURING,
    message=N_("The medium is missing."),
    fix=N_("Write the medium or media used, for example: Internet, text with questions."),
)
def medium_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Learners are told the medium."""
    if activity.format in ON_DEMAND and not activity.medium:
        yield Hit("medium")


@rule(
    "technical_requirements_missing",
    Severity.BLOCK,
    source=_ENDURING,
    message=N_("What a learner's computer must have is not told."),
    fix=N_("Write the hardware and software that learners need."),
)
def technical_requirements_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Online material tells which hardware and software it needs."""
    if activity.format in ON_DEMAND and not activity.technical_requirements:
        yield Hit("technical_requirements")


@rule(
    "contact_missing",
    Severity.BLOCK,
    source=_ENDURING,
    message=N_("Learners are not told whom to write to."),
    fix=N_("Give the provider's e-mail address or the address of a contact page."),
)
def contact_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Online material names a contact."""
    if activity.format in ON_DEMAND and not activity.provider.contact_email and not activity.provider.contact_url:
        yield Hit("provider.contact_email")


@rule(
    "privacy_policy_missing",
    Severity.BLOCK,
    source=_ENDURING,
    message=N_("The address of the privacy policy is missing."),
    fix=N_("Give the web address of the provider's policy on privacy and confidentiality."),
)
def privacy_policy_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Online material shows the provider's policy on privacy."""
    if activity.format in ON_DEMAND and not activity.provider.privacy_url:
        yield Hit("provider.privacy_url")


@rule(
    "faculty_missing",
    Severity.WARN,
    source=_ENDURING,
    message=N_("Nobody is named as faculty or author."),
    fix=N_("Give those who teach the role of faculty or author: learners are told the principal faculty."),
)
def faculty_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Learners are told the principal faculty."""
    if activity.people and not any(_TEACHING & set(one.roles) for one in activity.people):
        yield Hit("people")


@rule(
    "faculty_credentials_missing",
    Severity.WARN,
    source=_ENDURING,
    message=N_("The credentials of {person} are missing."),
    fix=N_("Write the degrees, such as MD, PhD; where there are none, say so as the reason to let this stand."),
)
def faculty_credentials_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Learners are told the principal faculty with their credentials."""
    for index, one in enumerate(activity.people):
        if _TEACHING & set(one.roles) and not one.credentials:
            yield Hit(f"{place('people', one.id, index)}.credentials", {"person": one.name})


RULES = (
    medium_missing,
    technical_requirements_missing,
    contact_missing,
    privacy_policy_missing,
    faculty_missing,
    faculty_credentials_missing,
)
