"""Rules on the assessment: whether there is one, how much is enough, how often, and what learners are told after it.

Which credit needs which assessment stands in the profiles; no format and no system forces one on all others.
Source: AMA PRA, ACPE, ARRT, Royal College, EBAC; spec R-1.12, R-2.6, R-3.5, R-3.11, R-3.15, R-3.19.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from math import ceil

from cme_xblock.activity.codes import Feedback, Format
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules import amounts
from cme_xblock.rules.credit_system import CreditSystem, Explained
from cme_xblock.rules.finding import Hit, Severity, Source, place, rule
from cme_xblock.rules.offered import LIVE, assessing, lightest, offerings, weight

_ASSESSMENT = Source(
    "AMA PRA: enduring and journal-based material needs an assessment with a minimum performance level (spec R-2.6)",
    "S",
    "https://policymed.com/2010/09/american-medical-association-updated-criteria-for-physician-recognition-award-for-continuing-medical.html",
)
_PASS = Source(
    "ARRT: 75 percent, three attempts; EBAC: four of six questions for each point (spec R-3.11, R-3.19)",
    "S",
    "https://xrayce.com/help-faq/",
)
_FEEDBACK = Source(
    "Royal College: self-assessment with individual feedback (spec R-3.15); ACPE: feedback (R-3.5)",
    "S",
    "https://www.cps.ca/en/moc/self-assessment-programs",
)


def _tested(activity: Activity) -> bool:
    """Whether the AMA's rules for enduring and journal-based material hold, by a credit that follows them."""
    return activity.format in (Format.ENDURING, Format.JOURNAL) and any(
        one.needs_pass_mark for one in assessing(activity)
    )


@rule(
    "assessment_missing",
    Severity.BLOCK,
    source=_ASSESSMENT,
    message=N_("This format needs an assessment, and there is no item in it that is scored."),
    fix=N_("Add items that measure the objectives."),
)
def assessment_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Credit goes only to those who reach the minimum performance level of an assessment."""
    systems = assessing(activity)
    if systems and not any(one.scored for one in activity.assessment.items):
        yield Hit("assessment.items", severity=lightest(systems, "needs_assessment_for"))


@rule(
    "pass_mark",
    Severity.BLOCK,
    source=_ASSESSMENT,
    message=N_("The pass mark is missing, or is not a share above 0 and up to 1."),
    fix=N_("Set it, for example to 0.75 for three of four: learners are told before they start."),
)
def pass_mark(activity: Activity, today: date) -> Iterator[Hit]:
    """0 < p <= 1."""
    mark = activity.assessment.pass_mark
    systems = tuple(one for one in assessing(activity) if one.needs_pass_mark)
    if mark is None and systems:
        yield Hit("assessment.pass_mark", severity=lightest(systems, "needs_assessment_for"))
    if mark is not None and not 0 < mark <= 1:
        yield Hit("assessment.pass_mark")


@rule(
    "references_missing",
    Severity.BLOCK,
    source=_ASSESSMENT,
    message=N_("The activity names no bibliographic source."),
    fix=N_("Add at least one reference."),
)
def references_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Enduring and journal-based material has bibliographic sources; any other should have one (spec R-1.7)."""
    if not any(one.citation for one in activity.references):
        yield Hit("references", severity=None if _tested(activity) else Severity.AUDIT)


@rule(
    "instructions_missing",
    Severity.BLOCK,
    source=_ASSESSMENT,
    message=N_("This format needs instructions for successful completion, and there are none."),
    fix=N_("Write what a learner must do to earn credit."),
)
def instructions_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Clear instructions for successful completion."""
    if _tested(activity) and not activity.claim.completion_instructions:
        yield Hit("claim.completion_instructions")


@rule(
    "objective_unmeasured",
    Severity.WARN,
    source=_ASSESSMENT,
    message=N_("No assessment item measures this objective."),
    fix=N_("Add an item for it, or point one to it."),
)
def objective_unmeasured(activity: Activity, today: date) -> Iterator[Hit]:
    """The assessment measures the objectives."""
    if not assessing(activity):
        return
    measured = {one.objective for one in activity.assessment.items}
    for index, one in enumerate(activity.objectives):
        if one.id not in measured:
            yield Hit(place("objectives", one.id, index))


@rule(
    "pass_mark_low",
    Severity.BLOCK,
    source=_PASS,
    message=N_("The pass mark asks for {needed} of {total} questions, and {system} for at least {least}."),
    fix=N_("Raise the pass mark, or remove the credit."),
)
def pass_mark_low(activity: Activity, today: date) -> Iterator[Hit]:
    """Some bodies set the smallest share of right answers."""
    mark, total = activity.assessment.pass_mark, sum(one.scored for one in activity.assessment.items)
    if mark is None or not 0 < mark <= 1:
        return
    needed = ceil(Fraction(mark) * total)
    for _, _, system in offerings(activity):
        if system.minimum_pass is None or activity.format in LIVE:
            continue
        least = ceil(system.minimum_pass * total)
        if needed < least:
            params = {"needed": str(needed), "total": str(total), "least": str(least), "system": system.short_name}
            yield Hit("assessment.pass_mark", params, weight(system, "minimum_pass"))


@rule(
    "pass_mark_needless",
    Severity.WARN,
    source=_FEEDBACK,
    message=N_("A pass mark is set, though self-assessment is not a test and no other credit here asks for one."),
    fix=N_("Remove the pass mark, or let it stand with a reason."),
)
def pass_mark_needless(activity: Activity, today: date) -> Iterator[Hit]:
    """Royal College Section 3 has no pass gate."""
    found = [system for _, _, system in offerings(activity)]
    freed = [one for one in found if one.needs_assessment_for and not one.needs_pass_mark]
    if freed and activity.assessment.pass_mark is not None:
        others = [one for one in assessing(activity) if one.needs_pass_mark]
        if not others and not any(offering.moc for offering in activity.offerings):
            yield Hit("assessment.pass_mark")


@rule(
    "attempts_too_many",
    Severity.BLOCK,
    source=_PASS,
    message=N_("{system} allows {most} attempts at most."),
    fix=N_("Set the number of attempts to {most} or less; 0 means no limit."),
)
def attempts_too_many(activity: Activity, today: date) -> Iterator[Hit]:
    """Some bodies limit the attempts."""
    for _, _, system in offerings(activity):
        if system.max_attempts and not 1 <= activity.assessment.max_attempts <= system.max_attempts:
            params = {"system": system.short_name, "most": str(system.max_attempts)}
            yield Hit("assessment.max_attempts", params, weight(system, "max_attempts"))


@rule(
    "questions_too_few",
    Severity.BLOCK,
    source=Source(
        "EBAC: six questions for each point of e-learning (spec R-3.19)",
        "S",
        "https://www.ebac-cme.org/2020/04/03/cme-in-times-of-covid-19-from-live-meeting-to-e-learning/",
    ),
    message=N_("{amount} ask for {least} scored questions, and there are {total} ({system})."),
    fix=N_("Add questions, or designate less."),
)
def questions_too_few(activity: Activity, today: date) -> Iterator[Hit]:
    """Some bodies want so many questions for each unit of credit."""
    total = sum(one.scored for one in activity.assessment.items)
    for _, one, system in offerings(activity):
        if system.items_per_unit and one.amount is not None and activity.format not in LIVE:
            least = ceil(one.amount * system.items_per_unit)
            if total < least:
                params = {
                    "amount": amounts.number(one.amount),
                    "least": str(least),
                    "total": str(total),
                    "system": system.short_name,
                }
                yield Hit("assessment.items", params, weight(system, "items_per_unit"))


@rule(
    "rationale_missing",
    Severity.BLOCK,
    source=_FEEDBACK,
    message=N_("This question has no explanation of the right answer, which {system} asks for."),
    fix=N_("Write why the right answer is right and, where it helps, why the others are not."),
)
def rationale_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Every question of a self-assessment gives its reason."""
    for system in _explaining(activity):
        for index, one in enumerate(activity.assessment.items):
            if one.scored and not one.rationale:
                where = f"{place('assessment.items', one.id, index)}.rationale"
                yield Hit(where, {"system": system.short_name}, weight(system, "explained"))


@rule(
    "citation_missing",
    Severity.BLOCK,
    source=_FEEDBACK,
    message=N_("This question cites no reference, which {system} asks for."),
    fix=N_("Cite the reference on which the right answer rests."),
)
def citation_missing(activity: Activity, today: date) -> Iterator[Hit]:
    """Every question of a Section 3 self-assessment has a reference."""
    for system in _explaining(activity):
        if system.explained is Explained.RATIONALE_AND_REFERENCE:
            for index, one in enumerate(activity.assessment.items):
                if one.scored and not one.references:
                    where = f"{place('assessment.items', one.id, index)}.references"
                    yield Hit(where, {"system": system.short_name}, weight(system, "explained"))


@rule(
    "feedback_hidden",
    Severity.BLOCK,
    source=_FEEDBACK,
    message=N_("Learners never see the right answers with their reasons, which {system} asks for."),
    fix=N_("Show feedback after each attempt, or after passing."),
)
def feedback_hidden(activity: Activity, today: date) -> Iterator[Hit]:
    """Feedback that nobody sees is none."""
    if activity.assessment.feedback is Feedback.NEVER:
        for system in _explaining(activity):
            yield Hit("assessment.feedback", {"system": system.short_name}, weight(system, "explained"))


def _explaining(activity: Activity) -> Iterator[CreditSystem]:
    """The offered systems that want every question explained; of one accreditor only the first."""
    seen: set[str] = set()
    for _, _, system in offerings(activity):
        if system.explained is not Explained.NOTHING and system.family not in seen:
            seen.add(system.family)
            yield system


RULES = (
    assessment_missing,
    pass_mark,
    references_missing,
    instructions_missing,
    objective_unmeasured,
    pass_mark_low,
    pass_mark_needless,
    attempts_too_many,
    questions_too_few,
    rationale_missing,
    citation_missing,
    feedback_hidden,
)
