"""The copy of a disclosure that goes into an activity: the person as `activity.Person`, with the evidence number.

The activity is complete with the copy, and without the desk. Which rules a copy would break is asked of the very rules
that judge activities. Source: ACCME SII 3; spec R-1.4.
"""

from __future__ import annotations

from datetime import date

from cme_xblock.activity.codes import Eligibility, EmployeeException, Relevance
from cme_xblock.activity.model import Activity, Mitigation, Person, Relationship
from cme_xblock.rules import people
from cme_xblock.rules.desk.dossier import Assignment, Disclosure, Dossier
from cme_xblock.rules.desk.given import Told
from cme_xblock.rules.finding import Finding, Rule

# What keeps a disclosure from being used, and what has to be done about it at the desk.
OPEN: tuple[Rule, ...] = (
    people.relationship_incomplete,
    people.eligibility_undecided,
    people.relevance_undecided,
    people.not_mitigated,
)
STOPS: tuple[Rule, ...] = (people.owner_or_employee,)
REMARKS: tuple[Rule, ...] = (people.mitigated_late,)


def person(dossier: Dossier, disclosure: Disclosure, assignment: Assignment) -> Person:
    """The person as the activity of that assignment would have them. No id: the author's form gives one."""
    excepted = dossier.exceptions.get(assignment.activity)
    return Person(
        name=dossier.name,
        credentials=dossier.credentials,
        disclosed_on=disclosure.on,
        role_started_on=assignment.role_started_on,
        disclosure_evidence=disclosure.number,
        exception=excepted.exception if excepted else EmployeeException.NONE,
        exception_note=excepted.note if excepted else "",
        roles=assignment.roles,
        relationships=tuple(
            _relationship(dossier, disclosure, assignment, one) for one in disclosure.relationships or ()
        ),
    )


def findings(
    dossier: Dossier, disclosure: Disclosure, assignment: Assignment, *, today: date, rules: tuple[Rule, ...]
) -> tuple[Finding, ...]:
    """What these rules say of the copy. `where` ends in `relationships[N]`, the place in the disclosure."""
    one = person(dossier, disclosure, assignment)
    activity = Activity(activity_id=assignment.activity_id, people=(one,))
    return tuple(found for rule in rules for found in rule.findings(activity, today))


def _relationship(dossier: Dossier, disclosure: Disclosure, assignment: Assignment, told: Told) -> Relationship:
    key = (disclosure.number, told.id, assignment.activity)
    decision = dossier.decisions.get(key)
    return Relationship(
        company=told.company,
        nature=told.said,
        eligibility=decision.eligibility if decision else Eligibility.UNDETERMINED,
        relevance=decision.relevance if decision else Relevance.UNDETERMINED,
        owner_or_employee=told.excluded,
        ended_on=told.ended_on,
        decided_on=decision.on if decision else None,
        note=decision.note if decision else "",
        mitigations=tuple(
            Mitigation(method=step.method, on=step.on, note=step.note) for step in dossier.steps.get(key, ())
        ),
    )
