"""Rules on how relationships and support are written down, and what has no place in a disclosure.

Companies stand by name only; what was asked and answered can be shown later. Source: ACCME SII 3.5, 4.4; spec R-1.2,
R-1.3, R-1.5, R-1.9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from cme_xblock.activity.codes import Eligibility, Relevance
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules import data
from cme_xblock.rules.finding import Hit, Severity, Source, rule
from cme_xblock.rules.people import each_person, each_relationship, weight

_IDENTIFY = "https://accme.org/rule/identify-mitigate-and-disclose-relevant-financial-relationships/"
_SHOWN = Source("ACCME Standard 3.5: what learners must be shown (spec R-1.5)", "S", _IDENTIFY)
_STANDARD_3 = Source("ACCME Standard 3: identify, mitigate and disclose (spec R-1.4)", "S", _IDENTIFY)
_DECIDE = Source("ACCME Standard 3: the provider decides, not the person (spec R-1.2)", "S", _IDENTIFY)
_VALUE = Source(
    "The value in money need not be disclosed (spec R-1.2)",
    "S",
    "https://www.aoeconsulting.com/weekly-tip/what-does-the-phrase-nature-of-the-relationship-mean-when-it-comes-to-providing-disclosure-to-learners-in-standard-3-5c/",
)
_EVIDENCE = Source(
    "ACCME: no signed form, but what was asked and answered can be shown (spec R-1.3)",
    "S",
    "https://accme.org/faq/does-accme-require-signed-disclosure-form-means-demonstrate-compliance-standard-for-integrity",
)

# A logo, a trade mark, markup or a link has no place in a disclosure. Source: e.
_PROMOTION = re.compile(
    r"[®™℠<>]|https?:|www\.|data:|javascript:|mailto:|background-image|\[[^\]]{0,80}\]\(",
    re.IGNORECASE,
)
_MONEY = re.compile(r"[$€£¥]\s?\d|\b\d[\d.,]*\s?(?:USD|EUR|GBP|CHF|CAD|dollars?|euros?)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")


@cache
def trade_names() -> frozenset[str]:
    """The trade names of `trade_names.toml`, in small letters. Raises data.DataError when the file is wrong."""
    read = data.table("trade_names.toml", data.read("trade_names.toml"), keys=frozenset({"names"}))
    return frozenset(one.lower() for one in read.texts("names"))


def promotes(text: str) -> bool:
    """Whether a text has a trade mark, markup or a link in it. Source: spec R-1.5 e, R-1.10."""
    return bool(_PROMOTION.search(text))


def _shown(activity: Activity) -> Iterator[tuple[str, str, Severity | None]]:
    """Every text of a disclosure that learners are shown, with its place and what a breach there weighs."""
    for where, _, one in each_relationship(activity):
        yield f"{where}.company", one.company, weight(activity)
        yield f"{where}.nature", one.nature, weight(activity)
    # An exception from Standard 3 is none from Standard 4.
    for index, source in enumerate(activity.support.sources):
        yield f"support.sources[{index}].company", source.company, None
        yield f"support.sources[{index}].nature", source.nature, None


@rule(
    "disclosure_promotes",
    Severity.BLOCK,
    source=_SHOWN,
    message=N_("A disclosure has a trade mark, markup or a link in it."),
    fix=N_("Identify companies by name only: no logos, trade marks or links."),
)
def disclosure_promotes(activity: Activity, today: date) -> Iterator[Hit]:
    """Companies stand by name only, also those that support the activity."""
    yield from (Hit(where, severity=severity) for where, text, severity in _shown(activity) if _PROMOTION.search(text))


@rule(
    "trade_name",
    Severity.WARN,
    source=_SHOWN,
    message=N_('A disclosure names a product: "{name}".'),
    fix=N_("Name the company, and leave its products out."),
)
def trade_name(activity: Activity, today: date) -> Iterator[Hit]:
    """No trade names and no product-group messages."""
    known = trade_names()
    for where, text, severity in _shown(activity):
        found = next((word for word in _WORD.findall(text) if word.lower() in known), "")
        if found:
            yield Hit(where, {"name": found}, severity)


@rule(
    "relationship_valued",
    Severity.WARN,
    source=_VALUE,
    message=N_("The nature of a relationship of {person} tells a sum of money."),
    fix=N_("Write the role or service only, such as consultant: learners are not shown values."),
)
def relationship_valued(activity: Activity, today: date) -> Iterator[Hit]:
    """The nature is a role or a service, not a value."""
    for where, person, one in each_relationship(activity):
        if _MONEY.search(one.nature):
            yield Hit(f"{where}.nature", {"person": person.name}, weight(activity))


@rule(
    "person_repeated",
    Severity.WARN,
    source=_SHOWN,
    message=N_("{person} stands in the list twice, and would be disclosed twice."),
    fix=N_("Put roles and relationships together under one entry; of two people of one name, tell them apart."),
)
def person_repeated(activity: Activity, today: date) -> Iterator[Hit]:
    """Everyone in control is either among those with relevant relationships or among those without."""
    seen: set[str] = set()
    for where, person in each_person(activity):
        name = " ".join(person.name.casefold().split())
        if name and name in seen:
            yield Hit(f"{where}.name", {"person": person.name})
        seen.add(name)


@rule(
    "relevant_though_eligible",
    Severity.WARN,
    source=_DECIDE,
    message=N_("The relationship of {person} with {company} is called relevant, but the company is eligible."),
    fix=N_("Only relationships with ineligible companies are relevant: correct one of the two decisions."),
)
def relevant_though_eligible(activity: Activity, today: date) -> Iterator[Hit]:
    """Relevant are relationships with ineligible companies."""
    for where, person, one in each_relationship(activity):
        if one.relevance is Relevance.RELEVANT and one.eligibility is Eligibility.ELIGIBLE:
            yield Hit(f"{where}.relevance", {"person": person.name, "company": one.company}, weight(activity))


@rule(
    "decision_undated",
    Severity.AUDIT,
    source=_DECIDE,
    message=N_("It is not recorded when the relationship of {person} with {company} was decided on."),
    fix=N_("Give the date on which the provider decided whether it is relevant."),
)
def decision_undated(activity: Activity, today: date) -> Iterator[Hit]:
    """The provider decides, and can show that it did."""
    for where, person, one in each_relationship(activity):
        if one.relevance is not Relevance.UNDETERMINED and one.decided_on is None:
            yield Hit(f"{where}.decided_on", {"person": person.name, "company": one.company})


@rule(
    "role_undated",
    Severity.AUDIT,
    source=_STANDARD_3,
    message=N_("It is not recorded when {person}, who has a relevant relationship, took the role."),
    fix=N_("Give the date: mitigation has to come before it."),
)
def role_undated(activity: Activity, today: date) -> Iterator[Hit]:
    """That mitigation came before the role can be shown only with both dates."""
    for where, person in each_person(activity):
        relevant = any(one.relevance is Relevance.RELEVANT for one in person.relationships)
        if relevant and person.role_started_on is None:
            yield Hit(f"{where}.role_started_on", {"person": person.name})


@rule(
    "disclosure_unevidenced",
    Severity.AUDIT,
    source=_EVIDENCE,
    message=N_("It is not recorded how {person} was asked and what the answer was."),
    fix=N_("Name the form, letter or file: no signature is needed, but it must be possible to show it."),
)
def disclosure_unevidenced(activity: Activity, today: date) -> Iterator[Hit]:
    """What was asked and answered can be shown later."""
    for where, person in each_person(activity):
        if person.disclosed_on is not None and not person.disclosure_evidence:
            yield Hit(f"{where}.disclosure_evidence", {"person": person.name})


RULES = (
    disclosure_promotes,
    trade_name,
    relationship_valued,
    person_repeated,
    relevant_though_eligible,
    decision_undated,
    role_undated,
    disclosure_unevidenced,
)
