"""Which elements of an audit file are not there: each named, with where it belongs and what to do. PURE but for types.

A file with gaps is made all the same, and says so first: a surveyor who finds a gap in silence believes nothing else.
Source: spec part 8; R-1.4, R-1.5, R-1.9, R-1.11, R-2.6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cme_xblock.activity.codes import Answer, EmployeeException, Format, Relevance, SupportKind
from cme_xblock.activity.message import N_, NP_, Message, Plural
from cme_xblock.activity.model import Activity, Person, Relationship
from cme_xblock.console.evidence.ledgers import Tally
from cme_xblock.rules import credit_system, statements

__all__ = ["Missing", "missing"]

_TESTED = frozenset({Format.ENDURING, Format.JOURNAL})


@dataclass(frozen=True)
class Missing:
    """One element that is not there. `part`: the part of the abstract that it belongs to."""

    part: str
    message: Message


def missing(
    activity: Activity, tally: Tally | None, *, collected: Mapping[str, Any] | None = None, matched: int | None = None
) -> tuple[Missing, ...]:
    """Everything that a surveyor would ask for in vain, in the order of the abstract.

    `tally`: of the ledgers, None where they were not walked; `collected`: the desk's disclosures by number; `matched`:
    of how many learners the change is known.
    """
    found = [*_design(activity), *_people(activity), *_support(activity), *_shown(activity), *_assessed(activity)]
    if tally is not None:
        found += [*_learners(activity, tally), *_measured(activity, tally, matched)]
    return tuple(found)


def _say(part: str, text: str | Plural, **params: object) -> Missing:
    return Missing(part, Message(text, {name: str(value) for name, value in params.items()}))


def _design(activity: Activity) -> Iterator[Missing]:
    need = activity.need
    if not need.gap:
        yield _say("gap", N_("The professional practice gap is not written down."))
    if not need.types:
        yield _say("need", N_("It is not said whether the need is one of knowledge, competence or performance."))
    if not need.designed_to_change:
        yield _say("change", N_("It is not said what the activity was designed to change."))
    if not need.format_rationale:
        yield _say("format", N_("It is not said why this format is appropriate."))
    if not need.competencies:
        yield _say("competencies", N_("No desirable physician attribute is named."))
    if not activity.objectives:
        yield _say("need", N_("There are no learning objectives."))
    if not activity.audience.description and not activity.audience.professions:
        yield _say("need", N_("The target audience is not named."))
    if activity.content_validated_on is None or not activity.content_validated_by:
        yield _say("validity", N_("It is not recorded who validated the content, and when."))


def _people(activity: Activity) -> Iterator[Missing]:
    if not activity.people:
        yield _say("people", N_("Nobody is named who was in control of content."))
    for one in activity.people:
        if one.disclosed_on is None:
            yield _say("people", N_("{person} was not asked for disclosures."), person=one.name)
            continue
        if not one.disclosure_evidence:
            text = N_("It is not recorded how {person} was asked and what the answer was.")
            yield _say("people", text, person=one.name)
        for relationship in one.relationships:
            yield from _relationship(activity, one, relationship)


def _relationship(activity: Activity, person: Person, one: Relationship) -> Iterator[Missing]:
    params = {"person": person.name, "company": one.company}
    if one.relevance is Relevance.UNDETERMINED:
        yield _say("people", N_("Nobody decided whether {person}'s relationship with {company} is relevant."), **params)
        return
    if one.decided_on is None:
        yield _say("people", N_("The decision on {person}'s relationship with {company} has no date."), **params)
    if one.owner_or_employee and person.exception is EmployeeException.NONE:
        text = N_("{person} is an owner or employee of {company}, and no exception is recorded.")
        yield _say("people", text, **params)
    if one.relevance is not Relevance.RELEVANT:
        return
    if not one.mitigations:
        yield _say("people", N_("{person}'s relationship with {company} was not mitigated."), **params)
    for step in one.mitigations:
        if step.on is None:
            yield _say("people", N_("A mitigation of {person}'s relationship with {company} has no date."), **params)
        elif activity.release is not None and step.on > activity.release:
            text = N_("{person}'s relationship with {company} was mitigated on {day}, after the activity opened.")
            yield _say("people", text, day=step.on, **params)


def _support(activity: Activity) -> Iterator[Missing]:
    support = activity.support
    if support.received is Answer.UNANSWERED:
        yield _say("support", N_("It is not said whether commercial support was received."))
    if support.received is not Answer.YES:
        return
    if not support.sources:
        yield _say("support", N_("Commercial support was received, and no supporter is named."))
    for one in support.sources:
        if one.agreement_on is None:
            yield _say("support", N_("The written agreement with {company} has no date."), company=one.company)
        elif activity.release is not None and one.agreement_on > activity.release:
            text = N_("The agreement with {company} was signed on {day}, after the activity opened.")
            yield _say("support", text, company=one.company, day=one.agreement_on)
        if one.kind is SupportKind.MONETARY and one.amount is None:
            yield _say("support", N_("The amount of {company}'s support is not recorded."), company=one.company)
        if one.kind is SupportKind.IN_KIND and not one.nature:
            yield _say("support", N_("The nature of {company}'s support in kind is not recorded."), company=one.company)
    if support.sources:
        text = N_("How the support was used is not in these records: add the statement of income and expenses.")
        yield _say("support", text)


def _shown(activity: Activity) -> Iterator[Missing]:
    if not statements.accreditation(activity):
        yield _say("statements", N_("There is no accreditation statement."))
    if not activity.offerings:
        yield _say("statements", N_("No credit is designated, so there is no designation statement."))
    systems = credit_system.for_activity(activity)
    for one in activity.offerings:
        system = systems.get(one.system)
        if system is not None and not statements.designation_key(activity, system):
            # A certificate of participation designates nothing.
            continue
        if not (one.statement or statements.designation(activity, one)):
            yield _say("statements", N_("There is no designation statement for {system}."), system=one.system)


def _assessed(activity: Activity) -> Iterator[Missing]:
    if activity.format not in _TESTED:
        return
    if not any(one.scored for one in activity.assessment.items):
        yield _say("assessment", N_("There is no assessment."))
    elif activity.assessment.pass_mark is None:
        yield _say("assessment", N_("There is no minimum performance level."))
    if not activity.references:
        yield _say("assessment", N_("There are no bibliographic references."))


def _learners(activity: Activity, tally: Tally) -> Iterator[Missing]:
    if not tally.participations:
        yield _say("participants", N_("Nobody has taken part yet."))
    if tally.late:
        text = NP_(
            "{count} learner took part before, or without, acknowledging the disclosures: {some}.",
            "{count} learners took part before, or without, acknowledging the disclosures: {some}.",
        )
        yield _say("disclosure", text, count=tally.late, some=", ".join(tally.some_late))
    if tally.unshown:
        text = NP_(
            "{count} text that learners were shown can't be made again from the editions.",
            "{count} texts that learners were shown can't be made again from the editions.",
        )
        yield _say("disclosure", text, count=tally.unshown)
    if tally.damaged:
        text = NP_(
            "The records of {count} learner are DAMAGED: {some}. Run cme_verify, and explain each.",
            "The records of {count} learners are DAMAGED: {some}. Run cme_verify, and explain each.",
        )
        yield _say("participants", text, count=tally.damaged, some=", ".join(tally.some_damaged))


def _measured(activity: Activity, tally: Tally, matched: int | None) -> Iterator[Missing]:
    if not activity.evaluation.items:
        yield _say("evaluation", N_("The activity has no evaluation."))
    elif tally.participations and not tally.evaluated:
        yield _say("evaluation", N_("Nobody has evaluated the activity yet."))
    if tally.participations and not matched:
        text = N_("There is no analysis of change: nobody has answered both before and after the education.")
        yield _say("analysis", text)
