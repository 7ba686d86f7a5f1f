"""What the author's form may take from the desk: a copy of a current disclosure, with its evidence number.

Only people whom the provider's staff have assigned to that very activity, course and all, are offered: an author who
writes another provider's name into an activity sees nobody of theirs. Studio shares the database with the LMS; where it
does not, nobody is offered, and everything can be typed as before. Source: issue 7.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef

from cme_xblock.activity.model import Person
from cme_xblock.records import desk, keys
from cme_xblock.records.models import DeskEntry, DeskPerson
from cme_xblock.rules.desk import copying, numbers
from cme_xblock.rules.desk.chain import Draft, Entry, Kind
from cme_xblock.rules.desk.dossier import Assignment, Disclosure
from cme_xblock.rules.finding import Finding

__all__ = ["Newer", "Offered", "newer", "offered", "take"]


@dataclass(frozen=True)
class Offered:
    """One person with a disclosure, for one activity. `person` is the copy; `findings`: what the desk still has to do.

    `imported`: a table of the staff's, not given by the person.
    """

    uuid: str
    provider: str
    person: Person
    number: str
    on: date
    imported: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Newer:
    """A disclosure that a person of the activity has given since: by place in the activity, with what is offered."""

    index: int
    held: str
    offered: Offered


def offered(course_key: str, activity_id: str, *, today: date) -> tuple[Offered, ...]:
    """Everybody assigned to that activity who has a disclosure, by name. Raises ValueError for unusable keys."""
    activity = keys.activity_key(course_key, activity_id)
    return tuple(one for _, one in _offered(activity, today))


def newer(people: Iterable[Person], course_key: str, activity_id: str, *, today: date) -> tuple[Newer, ...]:
    """For whom of an activity's people the desk has a newer disclosure than the one that they were taken with."""
    held = [(index, one.disclosure_evidence) for index, one in enumerate(people)]
    of_desk = [(index, number) for index, number in held if numbers.is_number(number)]
    if not of_desk or not course_key or not activity_id:
        return ()
    found: list[Newer] = []
    for file, one in _offered(keys.activity_key(course_key, activity_id), today):
        for index, number in of_desk:
            if number != one.number and file.dossier.disclosure(number) is not None:
                found.append(Newer(index, number, one))
    return tuple(sorted(found, key=lambda each: each.index))


def take(
    uuid: str, course_key: str, activity_id: str, *, number: str, by: str, today: date, now: datetime
) -> Offered | None:
    """What is offered of that person, and that it was taken; None where it is not, or is another disclosure by now.

    `by`: the author's account. The entry is written once for a disclosure and an activity: it says until when the
    evidence is needed, and not how often somebody looked.
    """
    activity = keys.activity_key(course_key, activity_id)
    for file, one in _offered(activity, today):
        if one.uuid == uuid and one.number == number:
            draft = Draft(Kind.TAKEN, by, {"number": number, "activity": activity})

            def decide(entries: tuple[Entry, ...], draft: Draft = draft) -> tuple[Draft, ...]:
                known = any(each.kind is Kind.TAKEN and _same(each, draft) for each in entries)
                return () if known else (draft,)

            desk.append(file.person, decide=decide, now=now)
            return one
    return None


def _same(entry: Entry, draft: Draft) -> bool:
    return all(entry.facts.get(name) == value for name, value in draft.facts.items())


def _offered(activity: str, today: date) -> list[tuple[desk.File, Offered]]:
    # The key is 64 hex digits, so it stands in no other fact by chance.
    assigned = DeskEntry.objects.filter(person_id=OuterRef("pk"), kind=Kind.ASSIGNED.value, facts__contains=activity)
    found = []
    for person in DeskPerson.objects.filter(Exists(assigned)).order_by("name", "pk"):
        try:
            file = desk.file_of(person)
        except desk.DeskBroken:
            # `cme_verify` names it; the others are offered all the same.
            continue
        assignment, current = file.dossier.assignments.get(activity), file.dossier.current
        if assignment is not None and current is not None and current.relationships is not None:
            found.append((file, _one(file, current, assignment, today)))
    return found


def _one(file: desk.File, current: Disclosure, assignment: Assignment, today: date) -> Offered:
    rules = (*copying.STOPS, *copying.OPEN, *copying.REMARKS)
    return Offered(
        uuid=file.person.uuid,
        provider=file.person.provider_name,
        person=copying.person(file.dossier, current, assignment),
        number=current.number,
        on=current.on,
        imported=current.imported,
        findings=copying.findings(file.dossier, current, assignment, today=today, rules=rules),
    )
