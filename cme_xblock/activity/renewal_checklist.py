"""What a person must look at again in a renewed activity: plain sentences, each with its place, in the planner's order.

Compares last year's activity with the renewed draft. It reminds, and judges nothing: `rules/` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain

from cme_xblock.activity.codes import Relevance, Standard3Exception
from cme_xblock.activity.days import add_years
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, Offering, Person, Relationship

# Relationships of this many years are asked for. Source: ACCME Standard 3; spec.
_LOOK_BACK = 2


@dataclass(frozen=True)
class Task:
    """One thing to look at. `where` is a path into the renewed activity: `people[lee].disclosed_on`."""

    code: str
    where: str
    message: Message


def tasks(before: Activity, after: Activity) -> tuple[Task, ...]:
    """The checklist of the renewal of `before` into `after`."""
    return tuple(
        chain(
            _dates(after),
            _texts(before, after),
            _content(after),
            _people(before, after),
            _support(before),
            _credit(before, after),
            _decisions(before, after),
        )
    )


def _dates(after: Activity) -> Iterator[Task]:
    yield Task("review", "last_review", Message(REVIEW))
    if after.expiry is None:
        yield Task("expiry", "expiry", Message(NO_EXPIRY))
    else:
        yield Task("expiry", "expiry", Message(EXPIRY, {"date": after.expiry.isoformat()}))


def _texts(before: Activity, after: Activity) -> Iterator[Task]:
    """Texts that name a year of last year's dates: a title "2026", "Finish by August 31, 2028"."""
    days = (before.release, before.last_review, before.expiry)
    years = sorted({str(one.year) for one in days if one is not None})
    for where, text in (
        ("title", after.title),
        ("description", after.description),
        ("medium", after.medium),
        ("audience.description", after.audience.description),
        ("need.gap", after.need.gap),
        ("baseline.introduction", after.baseline.introduction),
        ("content.introduction", after.content.introduction),
        ("assessment.introduction", after.assessment.introduction),
        ("claim.completion_instructions", after.claim.completion_instructions),
    ):
        named = [one for one in years if re.search(rf"(?<![0-9]){one}(?![0-9])", text)]
        if named:
            yield Task("text_names_year", where, Message(YEAR, {"years": ", ".join(named)}))


def _content(after: Activity) -> Iterator[Task]:
    yield Task("need", "need.gap", Message(NEED))
    yield Task("content", "content.sections", Message(CONTENT if after.content.sections else NO_CONTENT))
    if after.sessions:
        yield Task("sessions", "sessions", Message(SESSIONS))
    yield Task("validation", "content_validated_on", Message(VALIDATION))
    yield Task("references", "references", Message(REFERENCES))
    if after.baseline.items or after.assessment.items:
        yield Task("items", "assessment.items", Message(ITEMS))


def _people(before: Activity, after: Activity) -> Iterator[Task]:
    if not after.people:
        yield Task("people", "people", Message(NO_PEOPLE))
        return
    yield Task("people", "people", Message(PEOPLE))
    for index, (old, new) in enumerate(zip(before.people, after.people, strict=True)):
        where = f"people[{new.id or index}]"
        name = new.name or new.id or str(index + 1)
        yield _disclosure(where, name, old, new)
        for number, one in enumerate(old.relationships):
            yield from _relationship(f"{where}.relationships[{number}]", name, one, after.release)


def _disclosure(where: str, name: str, old: Person, new: Person) -> Task:
    if old.disclosed_on is None:
        return Task("disclose", f"{where}.disclosed_on", Message(DISCLOSE, {"person": name}))
    params = {"person": name, "date": old.disclosed_on.isoformat()}
    if new.disclosed_on is None:
        return Task("disclose_again", f"{where}.disclosed_on", Message(DISCLOSE_AGAIN, params))
    return Task("disclosure_stands", f"{where}.disclosed_on", Message(STANDS, params))


def _relationship(where: str, name: str, one: Relationship, release: date | None) -> Iterator[Task]:
    params = {"person": name, "company": one.company}
    if one.ended_on is not None and release is not None and add_years(one.ended_on, _LOOK_BACK) < release:
        yield Task("ended", where, Message(ENDED, {**params, "date": one.ended_on.isoformat()}))
    elif one.relevance is Relevance.RELEVANT:
        methods = ", ".join(step.method for step in one.mitigations if step.method)
        message = Message(MITIGATE_AGAIN, {**params, "methods": methods}) if methods else Message(MITIGATE, params)
        yield Task("mitigate", where, message)


def _support(before: Activity) -> Iterator[Task]:
    companies = ", ".join(one.company for one in before.support.sources if one.company)
    message = Message(SUPPORTED, {"companies": companies}) if companies else Message(SUPPORT)
    yield Task("support", "support.received", message)


def _credit(before: Activity, after: Activity) -> Iterator[Task]:
    for index, one in enumerate(before.offerings):
        yield from _offering(f"offerings[{one.system or index}]", one)
    for index, kept in enumerate(after.offerings):
        for number, board in enumerate(kept.moc):
            where = f"offerings[{kept.system or index}].moc[{number}].claim_by"
            if board.claim_by is None:
                yield Task("moc", where, Message(MOC, {"board": board.board}))
            else:
                params = {"board": board.board, "date": board.claim_by.isoformat()}
                yield Task("moc", where, Message(MOC_MOVED, params))


def _offering(where: str, one: Offering) -> Iterator[Task]:
    yield Task("designation", f"{where}.designated_on", Message(DESIGNATE, {"system": one.system}))
    if one.identifiers:
        names = ", ".join(number.name for number in one.identifiers if number.name)
        params = {"system": one.system, "names": names}
        yield Task("identifiers", f"{where}.identifiers", Message(NUMBERS, params))
    if one.statement or one.letter_on is not None:
        yield Task("letter", f"{where}.statement", Message(LETTER, {"system": one.system}))
    if one.approval_expires is not None:
        params = {"system": one.system, "date": one.approval_expires.isoformat()}
        yield Task("approval", f"{where}.approval_expires", Message(APPROVAL, params))


def _decisions(before: Activity, after: Activity) -> Iterator[Task]:
    if after.standard3_exception is not Standard3Exception.NONE:
        yield Task("exception", "standard3_exception", Message(EXCEPTION))
    codes: Iterable[str] = dict.fromkeys(one.code for one in before.overrides if one.code)
    if before.overrides:
        yield Task("overrides", "overrides", Message(OVERRIDES, {"codes": ", ".join(codes)}))


REVIEW = N_("Review the whole activity, then give the date of that review.")
EXPIRY = N_("The expiry moved to {date}: as long after the release as before, three years at most. Check that it fits.")
NO_EXPIRY = N_("Give the expiry: it could not be moved, because a date is missing or out of order in the old activity.")
YEAR = N_("This text names {years}, which was a year of the old activity. Read it again.")
NEED = N_("Ask what last year's results say of the gap: is it still there, and is it still this one?")
CONTENT = N_(
    "Read the content again. The same content blocks are named: in the same course a change of them also changes what "
    "the old activity shows, in a re-run of the course it does not."
)
NO_CONTENT = N_("Name the content blocks of the activity.")
VALIDATION = N_("Have the content validated against current evidence, and give the date and who did it.")
REFERENCES = N_("Look for newer evidence, and for references that were replaced or withdrawn.")
ITEMS = N_(
    "Check each key and rationale against current evidence. Items keep their ids and pairs, so that the years can be "
    "compared: give a question that now asks something else a new id and a new pair."
)
PEOPLE = N_("Take out who no longer controls content, add who is new, and give the day on which each takes the role.")
NO_PEOPLE = N_("Name every person in control of content.")
DISCLOSE = N_("{person} has not disclosed. Ask for all financial relationships of the last 24 months.")
DISCLOSE_AGAIN = N_(
    "{person} disclosed on {date}, more than 12 months before the new release. Ask again for all financial "
    "relationships of the last 24 months; those known are kept to be confirmed, and relevance is to be decided anew."
)
STANDS = N_("{person} disclosed on {date}, at most 12 months before the new release. Ask whether anything has changed.")
ENDED = N_(
    "The relationship of {person} with {company} ended on {date}, more than 24 months before the new release. Take it "
    "out once {person} confirms that it ended."
)
MITIGATE = N_(
    "If the relationship of {person} with {company} is still relevant, record how it was mitigated before {person} "
    "took the role in this activity."
)
MITIGATE_AGAIN = N_(
    "If the relationship of {person} with {company} is still relevant, record how it was mitigated before {person} "
    "took the role in this activity. Last time: {methods}."
)
SUPPORT = N_("Say whether this activity receives commercial support.")
SUPPORTED = N_(
    "Say whether this activity receives commercial support. Last time it came from {companies}; a new activity needs a "
    "new agreement."
)
DESIGNATE = N_("Designate the credit anew ({system}), on the day of release at the latest, and give that date.")
NUMBERS = N_("Enter the new activity's own numbers ({system}: {names}). The old ones belong to the old activity.")
LETTER = N_("Apply again, and paste the statement from the new letter with its date ({system}).")
APPROVAL = N_("The old approval held until {date} ({system}). Give the date until which the new one holds.")
MOC = N_("Register the activity for MOC again, and give the date until which points can be claimed ({board}).")
MOC_MOVED = N_("Register the activity for MOC again; the claim date moved to {date}, check it ({board}).")
EXCEPTION = N_("An exception from Standard 3 is claimed. Check that its reason still holds for this year's content.")
OVERRIDES = N_("Decide anew on the warnings that were let stand last time: {codes}.")
SESSIONS = N_("Give each session its new times and a new code, and check who presents it.")
