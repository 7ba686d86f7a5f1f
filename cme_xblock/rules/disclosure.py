"""What learners are shown of relationships and support before they begin, and the hash of exactly that.

Companies stand by name only, relationships by nature only, support without amounts. An acknowledgement names the hash,
so whatever changes what is shown must change the hash. Source: ACCME SII 3.5 and 4.4; spec R-1.5, R-1.9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from cme_xblock.activity import canonical
from cme_xblock.activity.codes import Answer, Relevance, Role, SupportKind
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity, Person, Relationship
from cme_xblock.activity.remembered import remembered
from cme_xblock.rules.statements import listing, render

ROLE_LABELS: Mapping[Role, str] = {
    Role.PLANNER: N_("planner"),
    Role.FACULTY: N_("faculty"),
    Role.AUTHOR: N_("author"),
    Role.REVIEWER: N_("reviewer"),
    Role.MODERATOR: N_("moderator"),
    Role.ITEM_WRITER: N_("item writer"),
    Role.STAFF: N_("staff"),
    Role.OTHER: N_("other in control of content"),
}


@dataclass(frozen=True)
class DisclosedRelationship:
    """One relevant relationship as shown: the company by its name, the nature without a value in money."""

    company: str
    nature: str


@dataclass(frozen=True)
class DisclosedPerson:
    """One person in control of content as shown; without relationships in the list of those who have none."""

    name: str
    credentials: str
    roles: tuple[str, ...]
    relationships: tuple[DisclosedRelationship, ...] = ()


@dataclass(frozen=True)
class DisclosedSupport:
    """One supporting company as shown; `nature` only for support in kind, and never an amount."""

    company: str
    in_kind: bool
    nature: str


@dataclass(frozen=True)
class Disclosure:
    """Everything shown as disclosure. A person whose relationships are not decided is in neither list: see `check.py`.

    `mitigated` and `mitigated_sentence` speak only where there is something to mitigate and all of it is.
    """

    relevant: tuple[DisclosedPerson, ...]
    none: tuple[DisclosedPerson, ...]
    mitigated: bool
    mitigated_sentence: str
    none_sentence: str
    support: tuple[DisclosedSupport, ...]
    support_sentence: str


def relevant_relationships(person: Person) -> tuple[Relationship, ...]:
    """The relationships that the provider decided to be relevant."""
    return tuple(one for one in person.relationships if one.relevance is Relevance.RELEVANT)


def has_none(person: Person) -> bool:
    """Whether the person was asked, every relationship is decided, and none of them is relevant."""
    return person.disclosed_on is not None and all(
        one.relevance is Relevance.NOT_RELEVANT for one in person.relationships
    )


def build(activity: Activity) -> Disclosure:
    """The disclosure of an activity, complete or not."""
    relevant = tuple(_person(one) for one in activity.people if relevant_relationships(one))
    none = tuple(_person(one) for one in activity.people if has_none(one))
    steps = [one.mitigations for person in activity.people for one in relevant_relationships(person)]
    mitigated = bool(steps) and all(steps)
    none_key = "disclosure_none_of_the_others" if relevant else "disclosure_none_of_them"
    return Disclosure(
        relevant=relevant,
        none=none,
        mitigated=mitigated,
        mitigated_sentence=render("disclosure_mitigated", activity, {}) if mitigated else "",
        none_sentence=render(none_key, activity, {}) if none else "",
        support=_support(activity),
        support_sentence=_support_sentence(activity),
    )


@remembered
def sha256(activity: Activity) -> str:
    """The hash that an acknowledgement carries, of everything shown as disclosure: 64 lower-case hex digits."""
    return canonical.digest(asdict(build(activity)))


def _person(person: Person) -> DisclosedPerson:
    return DisclosedPerson(
        name=person.name,
        credentials=person.credentials,
        roles=tuple(ROLE_LABELS[role] for role in person.roles),
        relationships=tuple(
            DisclosedRelationship(company=one.company, nature=one.nature) for one in relevant_relationships(person)
        ),
    )


def _support(activity: Activity) -> tuple[DisclosedSupport, ...]:
    if activity.support.received is not Answer.YES:
        return ()
    return tuple(
        DisclosedSupport(
            company=one.company,
            in_kind=one.kind is SupportKind.IN_KIND,
            nature=one.nature if one.kind is SupportKind.IN_KIND else "",
        )
        for one in activity.support.sources
    )


def _support_sentence(activity: Activity) -> str:
    if activity.support.received is Answer.NO:
        return render("support_none", activity, {})
    supporters = _support(activity)
    if not supporters:
        return ""
    names = [f"{one.company} ({one.nature})" if one.nature else one.company for one in supporters]
    return render("support_received", activity, {"companies": listing(list(dict.fromkeys(names)))})
