"""Rules on who provides the activity with whom, for the accreditation statement says so. Source: spec R-1.15."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cme_xblock.activity.codes import Accreditation, Eligibility, Providership
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules.finding import Hit, Severity, Source, rule

_PARS = Source(
    "ACCME PARS: activity data that providers must enter (spec R-1.17)",
    "S",
    "https://www.accme.org/faq/what-activity-data-are-providers-required-enter-pars",
)
_CO = Source("ACCME: two accredited partners are co-providers (spec R-1.15)", "S", "https://accme.org/faq/782")
_STATEMENT = Source(
    "ACCME: accreditation statement (spec R-1.15)", "B", "https://accme.org/rule/accreditation-statement"
)


@rule(
    "joint_provider_missing",
    Severity.BLOCK,
    source=_PARS,
    message=N_("The activity is jointly provided, but no joint provider is named."),
    fix=N_("Name the joint provider, or choose direct providership."),
)
def joint_provider_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """The joint statement names both organisations."""
    partners = activity.provider.joint_providers
    if activity.provider.providership is Providership.JOINT and not any(one.name for one in partners):
        yield Hit("provider.joint_providers")


@rule(
    "state_accreditor_missing",
    Severity.BLOCK,
    source=Source("The accreditation statement cannot be written without it (spec R-1.15)", "D"),
    message=N_("The provider is accredited by a state accreditor that is not named."),
    fix=N_("Write the recognized accreditor's name."),
)
def state_accreditor_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """In a state-accredited provider's statement the recognised accreditor stands in place of the ACCME."""
    if activity.provider.accreditation is Accreditation.STATE and not activity.provider.state_accreditor:
        yield Hit("provider.state_accreditor")


@rule(
    "co_provider_missing",
    Severity.WARN,
    source=_CO,
    message=N_("The activity is co-provided, but no accredited partner is named."),
    fix=N_("Name the accredited partner, or choose direct providership."),
)
def co_provider_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Co-provided means: by two accredited organisations."""
    partners = activity.provider.joint_providers
    if activity.provider.providership is Providership.CO and not any(one.name and one.accredited for one in partners):
        yield Hit("provider.joint_providers")


@rule(
    "joint_provider_accredited",
    Severity.WARN,
    source=_CO,
    message=N_("{partner} is accredited, so the activity is co-provided and not jointly provided."),
    fix=N_("Choose co-providership, and let one of the two report it as directly provided."),
)
def joint_provider_accredited(activity: Activity, today: date) -> Iterator[Hit]:
    """The joint statement is for a partner without accreditation."""
    if activity.provider.providership is Providership.JOINT:
        for index, one in enumerate(activity.provider.joint_providers):
            if one.accredited:
                yield Hit(f"provider.joint_providers[{index}]", {"partner": one.name})


@rule(
    "providership_contradicted",
    Severity.WARN,
    source=_STATEMENT,
    message=N_("The activity is directly provided, but {partner} is named as a joint provider."),
    fix=N_("Choose joint or co-providership, or remove the partner: the statement would not name it."),
)
def providership_contradicted(activity: Activity, today: date) -> Iterator[Hit]:
    """The direct statement names one organisation only."""
    if activity.provider.providership is Providership.DIRECT and activity.provider.joint_providers:
        yield Hit("provider.providership", {"partner": activity.provider.joint_providers[0].name})


@rule(
    "joint_provider_ineligible",
    Severity.WARN,
    source=_STATEMENT,
    message=N_("{partner} is an ineligible company here, and so cannot be a joint provider."),
    fix=N_("Remove the partner, or correct the decision on its eligibility."),
)
def joint_provider_ineligible(activity: Activity, today: date) -> Iterator[Hit]:
    """An ineligible company can never be the joint provider."""
    relationships = (one for person in activity.people for one in person.relationships)
    ineligible = {_plain(one.company) for one in relationships if one.eligibility is Eligibility.INELIGIBLE}
    ineligible |= {_plain(one.company) for one in activity.support.sources}
    for index, partner in enumerate(activity.provider.joint_providers):
        if _plain(partner.name) in ineligible - {""}:
            yield Hit(f"provider.joint_providers[{index}]", {"partner": partner.name})


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


RULES = (
    joint_provider_missing,
    state_accreditor_missing,
    co_provider_missing,
    joint_provider_accredited,
    providership_contradicted,
    joint_provider_ineligible,
)
