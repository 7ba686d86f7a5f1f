"""Rules on what an activity is called, and when it may be taken. Source: spec R-1.16, R-1.17, part 7."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules import calendar
from cme_xblock.rules.finding import Hit, Severity, Source, rule

_SLUG = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
_LONGEST_ID = 100

_OURS = Source("How this software names an activity", "D")
_RECORD = Source(
    "AMA PRA: the documentation names provider and title (spec R-2.7)",
    "S",
    "http://www.experts123.com/q/what-are-cme-providers-responsibilities-with-regard-to-record-keeping-for-ama-pra-credit.html",
)
_PARS = Source(
    "ACCME PARS: activity data that providers must enter (spec R-1.17)",
    "S",
    "https://www.accme.org/faq/what-activity-data-are-providers-required-enter-pars",
)
_ENDURING = Source(
    "ACCME: enduring materials, definition and requirements (spec R-1.16)",
    "S-old",
    "http://www.accme.org/requirements/accreditation-requirements-cme-providers/policies-and-definitions/enduring-materials-definition-and-requirements",
)
_CIVIL = Source("Dates are civil dates in the activity's zone (spec part 7, case 8)", "D")

_DATES = ("release", "last_review", "expiry")


@rule(
    "activity_id_missing",
    Severity.BLOCK,
    source=_OURS,
    message=N_("The activity has no identifier."),
    fix=N_("Give it a short one in small letters, such as hand-hygiene-2026, and never change it again."),
)
def activity_id_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """An activity is found by its id, in this course and in every record."""
    if not activity.activity_id:
        yield Hit("activity_id")


@rule(
    "activity_id_form",
    Severity.BLOCK,
    source=_OURS,
    message=N_("The identifier has a character that cannot stand in addresses and file names, or is too long."),
    fix=N_("Use small letters a to z and digits, joined by single hyphens, underscores or points; {most} at most."),
)
def activity_id_form(activity: Activity, today: date) -> Iterator[Hit]:
    """The id stands in addresses, file names and reports."""
    identifier = activity.activity_id
    if identifier and (len(identifier) > _LONGEST_ID or not _SLUG.fullmatch(identifier)):
        yield Hit("activity_id", {"most": str(_LONGEST_ID)})


@rule(
    "title_missing",
    Severity.BLOCK,
    source=_RECORD,
    message=N_("The activity has no title."),
    fix=N_("Write the title as it is to stand on certificates."),
)
def title_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """The certificate and the report name the title."""
    if not activity.title:
        yield Hit("title")


@rule(
    "provider_missing",
    Severity.BLOCK,
    source=_RECORD,
    message=N_("The accredited provider has no name."),
    fix=N_("Write the provider's name as the accreditor knows it."),
)
def provider_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Statements and certificates name the provider."""
    if not activity.provider.name:
        yield Hit("provider.name")


@rule(
    "time_zone_unknown",
    Severity.BLOCK,
    source=_CIVIL,
    message=N_("The time zone is not a name of the IANA time zone database."),
    fix=N_("Use a name such as America/New_York."),
)
def time_zone_unknown(activity: Activity, today: date) -> Iterator[Hit]:
    """Expiry and the date of credit are read in this zone."""
    if calendar.find_zone(activity.time_zone) is None:
        yield Hit("time_zone")


@rule(
    "date_missing",
    Severity.BLOCK,
    source=_ENDURING,
    message=N_("A date that learners must be told is missing."),
    fix=N_("Give the dates of original release, of the latest review and of expiry."),
)
def date_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Release, last review and expiry are shown before the start."""
    yield from (Hit(name) for name in _DATES if getattr(activity, name) is None)


@rule(
    "dates_out_of_order",
    Severity.BLOCK,
    source=_ENDURING,
    message=N_("The dates are out of order: release, last review, expiry."),
    fix=N_("The last review cannot lie before the release, nor the expiry before the last review."),
)
def dates_out_of_order(activity: Activity, today: date) -> Iterator[Hit]:
    """release <= last_review <= expiry."""
    given = [(name, getattr(activity, name)) for name in _DATES if getattr(activity, name) is not None]
    for (_, earlier), (name, later) in pairwise(given):
        if later < earlier:
            yield Hit(name)


@rule(
    "expiry_too_late",
    Severity.BLOCK,
    source=_ENDURING,
    message=N_("The activity would run for more than three years without a review."),
    fix=N_("Let it expire on {latest} at the latest, or review it and give the new date of review."),
)
def expiry_too_late(activity: Activity, today: date) -> Iterator[Hit]:
    """expiry <= last_review + 3 calendar years, both ends inclusive."""
    if activity.last_review is not None and activity.expiry is not None:
        latest = calendar.add_years(activity.last_review, 3)
        if activity.expiry > latest:
            yield Hit("expiry", {"latest": latest.isoformat()})


@rule(
    "estimated_minutes_missing",
    Severity.BLOCK,
    source=_ENDURING,
    message=N_("The estimated time is missing."),
    fix=N_("Give the whole minutes that a typical learner takes, with all questions."),
)
def estimated_minutes_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Learners are told the time before they start, and credit is designated by it."""
    if activity.estimated_minutes < 1:
        yield Hit("estimated_minutes")


@rule(
    "review_ahead",
    Severity.WARN,
    source=_ENDURING,
    message=N_("The last review lies in the future, though the activity is released."),
    fix=N_("Give the date on which the review was done, and review the activity before you let it run longer."),
)
def review_ahead(activity: Activity, today: date) -> Iterator[Hit]:
    """A longer run needs a review that took place."""
    release, review = activity.release, activity.last_review
    if release is not None and review is not None and release <= today < review:
        yield Hit("last_review")


@rule(
    "renewed_from_itself",
    Severity.BLOCK,
    source=_OURS,
    message=N_("The activity says that it renews itself."),
    fix=N_("A renewed activity is a new one: give it an identifier of its own."),
)
def renewed_from_itself(activity: Activity, today: date) -> Iterator[Hit]:
    """Next year's activity has its own id, so that a learner may claim again (spec part 7, cases 3 and 25)."""
    if activity.renewed_from and activity.renewed_from == activity.activity_id:
        yield Hit("renewed_from")


@rule(
    "description_missing",
    Severity.WARN,
    source=_PARS,
    message=N_("The activity has no description."),
    fix=N_("Write one: learners read it, and PARS asks for it."),
)
def description_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """PARS asks for a description of each activity."""
    if not activity.description:
        yield Hit("description")


RULES = (
    activity_id_missing,
    activity_id_form,
    title_missing,
    provider_missing,
    time_zone_unknown,
    date_missing,
    dates_out_of_order,
    expiry_too_late,
    estimated_minutes_missing,
    review_ahead,
    renewed_from_itself,
    description_missing,
)
