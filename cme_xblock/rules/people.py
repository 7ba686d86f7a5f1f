"""Rules on people in control of content: asked, decided, mitigated, disclosed. Source: ACCME SII 3; R-1.1 to R-1.6.

Where an exception from Standard 3 is claimed and justified, what would block is kept for the audit file instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cme_xblock.activity.codes import (
    Eligibility,
    EmployeeException,
    Format,
    Relevance,
    Standard3Exception,
)
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity, Person, Relationship
from cme_xblock.rules import calendar
from cme_xblock.rules.finding import Hit, Severity, Source, place, rule

_IDENTIFY = "https://accme.org/rule/identify-mitigate-and-disclose-relevant-financial-relationships/"
_STANDARD_3 = Source("ACCME Standard 3: identify, mitigate and disclose (spec R-1.4)", "S", _IDENTIFY)
_DECIDE = Source("ACCME Standard 3: the provider decides, not the person (spec R-1.2)", "S", _IDENTIFY)
_SHOWN = Source("ACCME Standard 3.5: what learners must be shown (spec R-1.5)", "S", _IDENTIFY)
_ELIGIBLE = Source("ACCME: eligibility, ineligible companies (spec R-1.1)", "S", "https://accme.org/rule/eligibility")
_YEARLY = Source(
    "Most providers refresh disclosures yearly (spec R-1.4)", "D", "https://www.vumc.org/ocpd/complete-dfr"
)
_EXCEPTIONS = Source(
    "ACCME: exceptions from Standard 3 (spec R-1.6)",
    "S",
    "https://cmadocs.org/newsroom/news/view/ArticleId/50350/Compliance-Corner-Exceptions-to-Standard-3",
)

_LOOK_BACK_YEARS = 2


def each_person(activity: Activity) -> Iterator[tuple[str, Person]]:
    """Every person in control of content, with the place."""
    for index, person in enumerate(activity.people):
        yield place("people", person.id, index), person


def each_relationship(activity: Activity) -> Iterator[tuple[str, Person, Relationship]]:
    """Every relationship, with the place and the person."""
    for where, person in each_person(activity):
        for index, one in enumerate(person.relationships):
            yield f"{where}.relationships[{index}]", person, one


def weight(activity: Activity) -> Severity | None:
    """AUDIT where a justified exception from Standard 3 applies, else None: the rule's own severity."""
    excepted = activity.standard3_exception is not Standard3Exception.NONE and activity.standard3_justification
    return Severity.AUDIT if excepted else None


def _relevant(activity: Activity) -> Iterator[tuple[str, Person, Relationship]]:
    return (found for found in each_relationship(activity) if found[2].relevance is Relevance.RELEVANT)


@rule(
    "people_missing",
    Severity.BLOCK,
    source=_STANDARD_3,
    message=N_("No person in control of content is named."),
    fix=N_("Name every planner, faculty member, author and reviewer."),
)
def people_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Someone controls every content."""
    if not activity.people:
        yield Hit("people", severity=weight(activity))


@rule(
    "person_unnamed",
    Severity.BLOCK,
    source=_SHOWN,
    message=N_("A person in control of content has no name."),
    fix=N_("Write the name as learners are to read it."),
)
def person_unnamed(activity: Activity, today: date) -> Iterator[Hit]:
    """Disclosure is by name."""
    yield from (Hit(f"{where}.name") for where, person in each_person(activity) if not person.name)


@rule(
    "person_without_role",
    Severity.WARN,
    source=_STANDARD_3,
    message=N_("{person} has no role."),
    fix=N_("Choose what this person does: mitigation has to suit the role."),
)
def person_without_role(activity: Activity, today: date) -> Iterator[Hit]:
    """Mitigation is by role."""
    yield from (
        Hit(f"{where}.roles", {"person": person.name}) for where, person in each_person(activity) if not person.roles
    )


@rule(
    "person_not_asked",
    Severity.BLOCK,
    source=_STANDARD_3,
    message=N_("{person} has not disclosed yet."),
    fix=N_("Ask for all financial relationships of the last 24 months, and give the date of the answer."),
)
def person_not_asked(activity: Activity, today: date) -> Iterator[Hit]:
    """Not asked is not the same as nothing to disclose."""
    for where, person in each_person(activity):
        if person.disclosed_on is None:
            yield Hit(f"{where}.disclosed_on", {"person": person.name}, weight(activity))


@rule(
    "disclosure_expired",
    Severity.BLOCK,
    source=_STANDARD_3,
    message=N_("{person} disclosed more than 24 months before the activity was released or last reviewed."),
    fix=N_("Ask for all financial relationships of the last 24 months again, and give the new date."),
)
def disclosure_expired(activity: Activity, today: date) -> Iterator[Hit]:
    """The look-back is 24 months, counted when content is released or reviewed; a draft's from today."""
    days = [one for one in (activity.release, activity.last_review) if one is not None]
    day = max(days) if days else today
    for where, person in each_person(activity):
        if person.disclosed_on is not None and calendar.add_years(person.disclosed_on, _LOOK_BACK_YEARS) < day:
            yield Hit(f"{where}.disclosed_on", {"person": person.name}, weight(activity))


@rule(
    "disclosure_old",
    Severity.WARN,
    source=_YEARLY,
    message=N_("{person} disclosed more than 12 months ago."),
    fix=N_("Ask again if this person still works on the activity, and give the new date."),
)
def disclosure_old(activity: Activity, today: date) -> Iterator[Hit]:
    """Most providers ask again every year."""
    for where, person in each_person(activity):
        if person.disclosed_on is not None and calendar.add_years(person.disclosed_on, 1) < today:
            yield Hit(f"{where}.disclosed_on", {"person": person.name}, weight(activity))


@rule(
    "relationship_incomplete",
    Severity.BLOCK,
    source=_SHOWN,
    message=N_("A relationship of {person} lacks the company's name or the nature."),
    fix=N_("Give both: for example Example Pharma, consultant."),
)
def relationship_incomplete(activity: Activity, today: date) -> Iterator[Hit]:
    """Learners are shown the company's name and the nature of each relationship."""
    for where, person, one in each_relationship(activity):
        if not one.company or not one.nature:
            yield Hit(where, {"person": person.name}, weight(activity))


@rule(
    "eligibility_undecided",
    Severity.BLOCK,
    source=_ELIGIBLE,
    message=N_("It is not decided whether {company} is an ineligible company ({person})."),
    fix=N_("Decide by the ACCME's definition: does it make, market, sell or distribute healthcare products?"),
)
def eligibility_undecided(activity: Activity, today: date) -> Iterator[Hit]:
    """Relationships count with ineligible companies."""
    for where, person, one in each_relationship(activity):
        if one.eligibility is Eligibility.UNDETERMINED:
            yield Hit(f"{where}.eligibility", {"person": person.name, "company": one.company}, weight(activity))


@rule(
    "relevance_undecided",
    Severity.BLOCK,
    source=_DECIDE,
    message=N_("It is not decided whether the relationship of {person} with {company} is relevant."),
    fix=N_("Decide: does the content this person controls relate to the company's business or products?"),
)
def relevance_undecided(activity: Activity, today: date) -> Iterator[Hit]:
    """The provider decides relevance."""
    for where, person, one in each_relationship(activity):
        if one.relevance is Relevance.UNDETERMINED:
            yield Hit(f"{where}.relevance", {"person": person.name, "company": one.company}, weight(activity))


@rule(
    "not_mitigated",
    Severity.BLOCK,
    source=_STANDARD_3,
    message=N_("The relevant relationship of {person} with {company} is not mitigated before the release."),
    fix=N_("Record what was done and when: on the day of release at the latest."),
)
def not_mitigated(activity: Activity, today: date) -> Iterator[Hit]:
    """Each relevant relationship has a dated step of mitigation, not later than the release."""
    limit = activity.release or date.max
    for where, person, one in _relevant(activity):
        if not any(step.on is not None and step.on <= limit and step.method for step in one.mitigations):
            yield Hit(f"{where}.mitigations", {"person": person.name, "company": one.company}, weight(activity))


@rule(
    "mitigated_late",
    Severity.WARN,
    source=_STANDARD_3,
    message=N_("The relationship of {person} with {company} was mitigated after the person took the role."),
    fix=N_("Check the dates: mitigation comes before the role."),
)
def mitigated_late(activity: Activity, today: date) -> Iterator[Hit]:
    """Mitigation comes before the person assumes the role."""
    for where, person, one in _relevant(activity):
        dated = [step.on for step in one.mitigations if step.on is not None]
        if person.role_started_on is not None and dated and min(dated) > person.role_started_on:
            yield Hit(f"{where}.mitigations", {"person": person.name, "company": one.company}, weight(activity))


@rule(
    "owner_or_employee",
    Severity.BLOCK,
    source=_STANDARD_3,
    message=N_("{person} owns or works for {company}, and so cannot control content."),
    fix=N_("Exclude this person, or choose the exception that applies and write why."),
)
def owner_or_employee(activity: Activity, today: date) -> Iterator[Hit]:
    """Owners and employees of ineligible companies are excluded, but for three exceptions, which need a note."""
    for where, person, one in each_relationship(activity):
        excepted = person.exception is not EmployeeException.NONE and person.exception_note
        if one.owner_or_employee and one.eligibility is not Eligibility.ELIGIBLE and not excepted:
            began = person.role_started_on or activity.release
            if one.ended_on is None or began is None or one.ended_on > began:
                yield Hit(where, {"person": person.name, "company": one.company}, weight(activity))


@rule(
    "standard3_exception_unjustified",
    Severity.BLOCK,
    source=_EXCEPTIONS,
    message=N_("An exception from Standard 3 is claimed without a justification."),
    fix=N_("Write why it applies, or choose no exception."),
)
def standard3_exception_unjustified(activity: Activity, today: date) -> Iterator[Hit]:
    """An exception is claimed with its reason."""
    if activity.standard3_exception is not Standard3Exception.NONE and not activity.standard3_justification:
        yield Hit("standard3_justification")


@rule(
    "standard3_exception_series",
    Severity.BLOCK,
    source=_EXCEPTIONS,
    message=N_("A regularly scheduled series is not education that its learners control."),
    fix=N_("Choose no exception from Standard 3."),
)
def standard3_exception_series(activity: Activity, today: date) -> Iterator[Hit]:
    """Grand rounds, tumor boards and other series are not covered by the exception."""
    if activity.standard3_exception is Standard3Exception.LEARNER_CONTROLLED and activity.format is Format.RSS:
        yield Hit("standard3_exception")


RULES = (
    people_missing,
    person_unnamed,
    person_without_role,
    person_not_asked,
    disclosure_expired,
    disclosure_old,
    relationship_incomplete,
    eligibility_undecided,
    relevance_undecided,
    not_mitigated,
    mitigated_late,
    owner_or_employee,
    standard3_exception_unjustified,
    standard3_exception_series,
)
