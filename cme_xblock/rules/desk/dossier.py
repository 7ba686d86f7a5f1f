"""One person's dossier: what the entries add up to. Computed whenever it is looked at, never stored as the truth.

A new disclosure supersedes the one before; a table of last year that is imported later does not, for the day on which
somebody disclosed decides. Decisions belong to one relationship of one disclosure and to one activity, because
relevance depends on the content: whoever discloses anew is decided on anew. Source: spec R-1.2, R-1.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from cme_xblock.activity.codes import Eligibility, EmployeeException, Relevance, Role
from cme_xblock.rules.desk import given
from cme_xblock.rules.desk.chain import Entry, Kind
from cme_xblock.rules.desk.given import Told


@dataclass(frozen=True)
class Step:
    """One step of mitigation, with its day."""

    method: str
    on: date
    by: str
    note: str


@dataclass(frozen=True)
class Imported:
    """What a table said of one relationship beside what it is: the provider's decisions of then, for other content."""

    eligibility: str = ""
    relevance: str = ""
    mitigations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Disclosure:
    """One disclosure, by its evidence number. `imported`: taken from a table, not given by the person.

    `relationships` is None where the words were forgotten. `on` is the day of the disclosure, `at` when it was written.
    """

    number: str
    on: date
    at: datetime
    by: str
    imported: bool
    relationships: tuple[Told, ...] | None
    words: Mapping[str, Any] | None
    facts: Mapping[str, Any]

    @property
    def nothing(self) -> bool:
        """Whether there was nothing to disclose."""
        return self.relationships == ()

    def as_imported(self, relationship: str) -> Imported:
        """What a table said of that relationship; empty for one that was given."""
        found = (self.words or {}).get("decided", {}).get(relationship, {}) if self.imported else {}
        return Imported(found.get("eligibility", ""), found.get("relevance", ""), tuple(found.get("mitigations", ())))


@dataclass(frozen=True)
class Decision:
    """What the provider decided of one relationship for one activity's content."""

    eligibility: Eligibility
    relevance: Relevance
    on: date
    by: str
    note: str


@dataclass(frozen=True)
class Assignment:
    """One activity whose content the person controls. `activity` is its key; the rest is for people to read."""

    activity: str
    course_key: str
    activity_id: str
    title: str
    roles: tuple[Role, ...]
    role_started_on: date | None


@dataclass(frozen=True)
class Excepted:
    """Why an owner or employee may take part in one activity all the same."""

    exception: EmployeeException
    note: str
    by: str
    at: datetime


@dataclass
class Dossier:
    """All that the entries of one person add up to. Keys: (number, relationship, activity), or the activity's key."""

    name: str = ""
    credentials: str = ""
    disclosures: list[Disclosure] = field(default_factory=list)
    assignments: dict[str, Assignment] = field(default_factory=dict)
    decisions: dict[tuple[str, str, str], Decision] = field(default_factory=dict)
    steps: dict[tuple[str, str, str], tuple[Step, ...]] = field(default_factory=dict)
    exceptions: dict[str, Excepted] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)

    @cached_property
    def current(self) -> Disclosure | None:
        """The disclosure that holds: the one of the latest day, and of those the one written last."""
        by_day = sorted(enumerate(self.disclosures), key=lambda one: (one[1].on, one[0]))
        return by_day[-1][1] if by_day else None

    def disclosure(self, number: str) -> Disclosure | None:
        """The disclosure of that evidence number."""
        return next((one for one in self.disclosures if one.number == number), None)

    def earlier(self, company: str, *, besides: tuple[str, str, str]) -> tuple[Decision, str] | None:
        """What was decided last of the same company elsewhere, with that activity's key: a help, and no decision."""
        wanted = company.casefold()
        names = {
            (one.number, told.id): told.company.casefold()
            for one in self.disclosures
            for told in one.relationships or ()
        }
        found = [
            (one, key[2]) for key, one in self.decisions.items() if key != besides and names.get(key[:2]) == wanted
        ]
        return max(found, key=lambda one: one[0].on, default=None)


def fold(entries: Iterable[Entry]) -> Dossier:
    """The dossier that entries add up to, in their order. Raises KeyError or ValueError for what was never written."""
    made = Dossier()
    for one in entries:
        add = _ADD.get(one.kind)
        if add is not None:
            add(made, one)
    return made


def _named(made: Dossier, one: Entry) -> None:
    words = one.words or {}
    made.name, made.credentials = words.get("name", ""), words.get("credentials", "")


def _disclosed(made: Dossier, one: Entry) -> None:
    told = None if one.words is None else tuple(given.told_from(each) for each in one.words["relationships"])
    made.disclosures.append(
        Disclosure(
            number=one.facts["number"],
            on=date.fromisoformat(one.facts["disclosed_on"]),
            at=one.at,
            by=one.by,
            imported=one.kind is Kind.IMPORTED,
            relationships=told,
            words=one.words,
            facts=one.facts,
        )
    )


def _assigned(made: Dossier, one: Entry) -> None:
    began = one.facts.get("role_started_on")
    made.assignments[one.facts["activity"]] = Assignment(
        activity=one.facts["activity"],
        course_key=one.facts["course_key"],
        activity_id=one.facts["activity_id"],
        title=one.facts.get("title", ""),
        roles=tuple(Role(role) for role in one.facts["roles"]),
        role_started_on=date.fromisoformat(began) if began else None,
    )


def _unassigned(made: Dossier, one: Entry) -> None:
    made.assignments.pop(one.facts["activity"], None)


def _decided(made: Dossier, one: Entry) -> None:
    made.decisions[_about(one)] = Decision(
        eligibility=Eligibility(one.facts["eligibility"]),
        relevance=Relevance(one.facts["relevance"]),
        on=date.fromisoformat(one.facts["on"]),
        by=one.by,
        note=_note(one),
    )


def _mitigated(made: Dossier, one: Entry) -> None:
    step = Step(one.facts["method"], date.fromisoformat(one.facts["on"]), one.by, _note(one))
    made.steps[_about(one)] = (*made.steps.get(_about(one), ()), step)


def _excepted(made: Dossier, one: Entry) -> None:
    made.exceptions[one.facts["activity"]] = Excepted(
        EmployeeException(one.facts["exception"]), _note(one), one.by, one.at
    )


def _taken(made: Dossier, one: Entry) -> None:
    made.taken[one.facts["activity"]] = one.facts["number"]


def _about(one: Entry) -> tuple[str, str, str]:
    return one.facts["number"], one.facts["relationship"], one.facts["activity"]


def _note(one: Entry) -> str:
    return str((one.words or {}).get("note", ""))


_ADD = {
    Kind.NAMED: _named,
    Kind.GIVEN: _disclosed,
    Kind.IMPORTED: _disclosed,
    Kind.ASSIGNED: _assigned,
    Kind.UNASSIGNED: _unassigned,
    Kind.DECIDED: _decided,
    Kind.MITIGATED: _mitigated,
    Kind.EXCEPTED: _excepted,
    Kind.TAKEN: _taken,
}
