"""Rules on who planned the activity and for whom: nurses, the interprofessional team, e-learning in Europe.

Source: ANCC, Joint Accreditation, EACCME; spec R-3.2, R-3.9, R-3.18.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from cme_xblock.activity.codes import Role
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules import credit_system
from cme_xblock.rules.finding import Hit, Severity, Source, rule
from cme_xblock.rules.offered import of_family

_ANCC = Source(
    "ANCC: told in writing before the start; a nurse planner (spec R-3.2)",
    "B",
    "https://www.nursingworld.org/organizational-programs/accreditation/ncpd/",
)
_IPCE = Source(
    "Joint Accreditation: IPCE credit is for what the team planned for the team (spec R-3.9)",
    "S",
    "https://jointaccreditation.org/credit-requirements-ipce-credit-mark/",
)
_EACCME = Source(
    "EACCME: what e-learning materials show (spec R-3.18)",
    "B",
    "https://transition2023-eaccme.uems.eu/applyforaccreditation.aspx",
)
_IPEC = re.compile(r"\bIPEC\b|interprofessional", re.IGNORECASE)


def _planners(activity: Activity) -> set[str]:
    """The professions of the planning team."""
    return {one.profession for one in activity.people if Role.PLANNER in one.roles and one.profession}


@rule(
    "nurse_planner_missing",
    Severity.WARN,
    source=_ANCC,
    message=N_("No nurse is recorded on the planning team."),
    fix=N_("Give the nurse planner the role of planner and a nursing profession."),
)
def nurse_planner_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Contact hours for nurses are planned by a nurse."""
    for _, _, system in of_family(activity, "ancc"):
        if not _planners(activity) & set(system.professions):
            yield Hit("people")


@rule(
    "hours_criteria_missing",
    Severity.WARN,
    source=_ANCC,
    message=N_("Learners are not told what earns them contact hours."),
    fix=N_("Write the criteria for successful completion."),
)
def hours_criteria_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """The criteria for contact hours are told before the start."""
    if any(of_family(activity, "ancc")) and not activity.claim.completion_instructions:
        yield Hit("claim.completion_instructions")


@rule(
    "team_not_planning",
    Severity.BLOCK,
    source=_IPCE,
    message=N_("IPCE credit is for what several professions planned, and {count} is recorded among the planners."),
    fix=N_("Give planners of at least two professions the role of planner, each with the profession."),
)
def team_not_planning(activity: Activity, today: date) -> Iterator[Hit]:
    """Planned by the team: at least two professions."""
    if any(of_family(activity, "ipce")) and len(_planners(activity)) < 2:
        yield Hit("people", {"count": str(len(_planners(activity)))})


@rule(
    "team_not_addressed",
    Severity.BLOCK,
    source=_IPCE,
    message=N_("IPCE credit is for the team, and the target audience has fewer than two professions."),
    fix=N_("Choose the professions of the audience, two at least."),
)
def team_not_addressed(activity: Activity, today: date) -> Iterator[Hit]:
    """Planned for the team: at least two professions."""
    if any(of_family(activity, "ipce")) and len(set(activity.audience.professions)) < 2:
        yield Hit("audience.professions")


@rule(
    "ipec_missing",
    Severity.BLOCK,
    source=_IPCE,
    message=N_("No interprofessional competency is named."),
    fix=N_("Add one of the IPEC core competencies, and say so: for example Teams and Teamwork (IPEC)."),
)
def ipec_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """An interprofessional activity addresses an IPEC competency."""
    if any(of_family(activity, "ipce")) and not any(_IPEC.search(one) for one in activity.need.competencies):
        yield Hit("need.competencies")


@rule(
    "target_group_missing",
    Severity.WARN,
    source=_EACCME,
    message=N_("Learners are not told the target group."),
    fix=N_("Describe for whom the material is."),
)
def target_group_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """E-learning material of the EACCME tells its target group."""
    if "eaccme_elearning" in _codes(activity) and not activity.audience.description:
        yield Hit("audience.description")


@rule(
    "committee_missing",
    Severity.WARN,
    source=_EACCME,
    message=N_("No planner is named, and the disclosures of the scientific committee are to be shown."),
    fix=N_("Name the members of the committee with the role of planner."),
)
def committee_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """E-learning material of the EACCME shows the disclosures of faculty and committee."""
    if "eaccme_elearning" in _codes(activity) and not any(Role.PLANNER in one.roles for one in activity.people):
        yield Hit("people")


def _codes(activity: Activity) -> set[str]:
    known = credit_system.for_activity(activity)
    return {one.system for one in activity.offerings if one.system in known}


RULES = (
    nurse_planner_missing,
    hours_criteria_missing,
    team_not_planning,
    team_not_addressed,
    ipec_missing,
    target_group_missing,
    committee_missing,
)
