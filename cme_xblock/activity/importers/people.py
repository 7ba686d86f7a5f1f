"""People and their disclosures from a table, CSV or Excel. One row is one relationship; rows of one name are joined.

Whether a company is ineligible and a relationship relevant is the provider's decision: what the table does not say
stays undetermined, and who has no date of disclosure counts as not asked yet. No rule of an accreditor is judged here.

Source: ACCME Standards for Integrity and Independence 3; spec R-1.2 to R-1.5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import replace as with_
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from cme_xblock.activity.codes import Eligibility, Relevance, Role
from cme_xblock.activity.importers import dates, items_table, table
from cme_xblock.activity.importers.draft import Ids, slug, tidy
from cme_xblock.activity.importers.outcome import Fate, ImportFailed, Note, Problem
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Mitigation, Person, Relationship
from cme_xblock.activity.scalars import excerpt

COLUMNS = (
    "name",
    "credentials",
    "profession",
    "affiliation",
    "roles",
    "disclosed_on",
    "disclosure_evidence",
    "role_started_on",
    "company",
    "nature",
    "eligibility",
    "relevance",
    "ended_on",
    "decided_on",
    "mitigation_method",
    "mitigation_on",
)
NEEDED = ("name",)
# Longer than this, a method is a sentence: it is kept as the note of the step.
LONGEST_METHOD = 40
KNOWN = {
    **{one: one for one in COLUMNS},
    "full_name": "name",
    "person": "name",
    "degree": "credentials",
    "degrees": "credentials",
    "institution": "affiliation",
    "organization": "affiliation",
    "role": "roles",
    "role_s": "roles",
    "disclosure_date": "disclosed_on",
    "date_disclosed": "disclosed_on",
    "evidence": "disclosure_evidence",
    "role_start": "role_started_on",
    "company_name": "company",
    "name_of_company": "company",
    "ineligible_company": "company",
    "relationship": "nature",
    "nature_of_relationship": "nature",
    "nature_of_financial_relationship": "nature",
    "relevant": "relevance",
    "ended": "ended_on",
    "end_date": "ended_on",
    "mitigation": "mitigation_method",
    "mitigation_date": "mitigation_on",
}

# What people write who have no relationship, in lower case without punctuation.
_NOTHING = re.compile(
    r"(?:none|no|nil|na|n a|nothing|nothing to disclose|none to disclose|none to report|nothing to report|"
    r"not applicable|none disclosed|no disclosures?|no conflicts?|no conflicts? of interest|no coi|"
    r"(?:has |i have |have )?(?:no|nothing|none)\b.{0,40}\b(?:relationships?|disclos\w*|interests?)\b.{0,80})?"
)
_ROLES = {
    **{one.value: one for one in Role},
    "speaker": Role.FACULTY,
    "presenter": Role.FACULTY,
    "lecturer": Role.FACULTY,
    "teacher": Role.FACULTY,
    "instructor": Role.FACULTY,
    "course_director": Role.PLANNER,
    "activity_director": Role.PLANNER,
    "director": Role.PLANNER,
    "planning_committee": Role.PLANNER,
    "planning_committee_member": Role.PLANNER,
    "course_planner": Role.PLANNER,
    "nurse_planner": Role.PLANNER,
    "writer": Role.AUTHOR,
    "content_reviewer": Role.REVIEWER,
    "peer_reviewer": Role.REVIEWER,
    "panel_moderator": Role.MODERATOR,
    "question_writer": Role.ITEM_WRITER,
    "cme_staff": Role.STAFF,
    "cpd_staff": Role.STAFF,
    "coordinator": Role.STAFF,
}
_ELIGIBILITY = {
    **{one.value: one for one in Eligibility},
    "unknown": Eligibility.UNDETERMINED,
    "not_eligible": Eligibility.INELIGIBLE,
}
_RELEVANCE = {
    **{one.value: one for one in Relevance},
    "yes": Relevance.RELEVANT,
    "y": Relevance.RELEVANT,
    "no": Relevance.NOT_RELEVANT,
    "n": Relevance.NOT_RELEVANT,
    "unknown": Relevance.UNDETERMINED,
}
_TITLE = re.compile(r"^(?:dr|prof|professor|mr|mrs|ms)\.?\s+", re.IGNORECASE)


_C = TypeVar("_C", bound=StrEnum)
_V = TypeVar("_V", Person, Relationship)


class Counts(StrEnum):
    """What one row gave."""

    PERSON = "person"
    RELATIONSHIP = "relationship"
    NOTHING = "nothing_to_disclose"
    MITIGATION = "mitigation"


@dataclass(frozen=True)
class RowReport:
    """What became of one row."""

    row: int
    name: str
    gave: tuple[Counts, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class ImportedPerson:
    """One person, from these rows."""

    person: Person
    rows: tuple[int, ...]


@dataclass(frozen=True)
class PeopleImport:
    """All that one table held. `problems` are rows that gave nobody."""

    kind: str
    name: str
    people: tuple[ImportedPerson, ...]
    rows: tuple[RowReport, ...]
    problems: tuple[Problem, ...]
    notes: tuple[Note, ...]


def read(
    data: bytes, *, name: str = "", kind: str = "", professions: Mapping[str, str] = MappingProxyType({})
) -> PeopleImport:
    """The people of a table. Raises ImportFailed, and nothing else.

    `professions` gives a profession's code by what people write for it, in the form of `table.heading`; any other is
    left out with a note. Without a list, what is written is taken for the code.
    """
    found = table.read(data, name=name, known=KNOWN, needed=NEEDED)
    known: dict[str, _Known] = {}
    reports: list[RowReport] = []
    problems: list[Problem] = []
    ids = Ids()
    for raw in found.rows:
        row = table.Row(raw.number, {column: tidy(text) for column, text in raw.cells.items()})
        if not row["name"]:
            message = Message(N_("The row has no name, so it belongs to nobody. Repeat the name in each row."))
            problems.append(Problem(f"row {row.number}", excerpt(row["company"]), message))
            continue
        key = _TITLE.sub("", " ".join(row["name"].split())).casefold()
        if key not in known:
            bare = slug(_TITLE.sub("", row["name"])) or f"person-{len(known) + 1}"
            known[key] = _Known(Person(id=ids.unique(bare), name=" ".join(row["name"].split())), professions)
        reports.append(known[key].add(row))
    if not known and not problems:
        text = N_("{name} has headings, but no row under them. Fill it in, and import again.")
        raise ImportFailed(Message(text, {"name": name or Message(N_("The table"))}))
    people = tuple(ImportedPerson(one.finished(), tuple(one.rows)) for one in known.values())
    notes = (*found.notes, *(note for one in known.values() for note in one.remarks()))
    return PeopleImport(kind or found.kind, name, people, tuple(reports), tuple(problems), notes)


def template(kind: str = "csv") -> bytes:
    """A table with the headings and examples, as `csv` or `xlsx`."""
    rows = [list(COLUMNS), *([one.get(column, "") for column in COLUMNS] for one in _EXAMPLES)]
    return items_table.written(rows, kind=kind, sheet="People")


@dataclass
class _Known:
    """One person as the rows add up."""

    person: Person
    professions: Mapping[str, str]
    rows: list[int] = field(default_factory=list)
    relationships: dict[tuple[str, str], Relationship] = field(default_factory=dict)
    steps: dict[tuple[str, str], dict[Mitigation, None]] = field(default_factory=dict)
    nothing: bool = False

    def add(self, row: table.Row) -> RowReport:
        """Join one row to the person."""
        notes: list[Note] = []
        gave = [Counts.PERSON] if not self.rows else []
        self.rows.append(row.number)
        self._details(row, notes)
        if _says_nothing(row["company"]) and _says_nothing(row["nature"]):
            if row["company"] or row["nature"]:
                self.nothing = True
                gave.append(Counts.NOTHING)
            self._orphans(row, notes)
        else:
            gave += self._relationship(row, notes)
        return RowReport(row.number, self.person.name, tuple(gave), tuple(notes))

    def finished(self) -> Person:
        """The person with all relationships."""
        found = (with_(one, mitigations=tuple(self.steps[key])) for key, one in self.relationships.items())
        return with_(self.person, relationships=tuple(found))

    def remarks(self) -> list[Note]:
        """What only all rows together show."""
        name = self.person.name
        found: list[tuple[str, Fate]] = []
        if self.nothing and self.relationships:
            found.append(
                (N_('{name} has "nothing to disclose" in one row and a relationship in another: check.'), Fate.CHANGED)
            )
        if self.person.disclosed_on is None:
            found.append((N_("{name} has no date of disclosure, so counts as not asked yet."), Fate.UNDERSTOOD))
        if not self.person.roles:
            found.append((N_("{name} has no role: choose one."), Fate.UNDERSTOOD))
        return [Note(fate, Message(text, {"name": name}), f"row {self.rows[0]}") for text, fate in found]

    def _details(self, row: table.Row, notes: list[Note]) -> None:
        """What belongs to the person; a later row may add, and where it contradicts, the first one stands."""
        texts = {name: row[name] for name in ("credentials", "affiliation", "disclosure_evidence")}
        for column, said in {**texts, "profession": _profession(row["profession"], self.professions, notes)}.items():
            was = getattr(self.person, column)
            if said and not was:
                self.person = _with(self.person, column, said)
            elif said and said != was:
                _contradicts(notes, column, said, was)
        for column in ("disclosed_on", "role_started_on"):
            day, known = _date(row[column], notes), getattr(self.person, column)
            if day and not known:
                self.person = _with(self.person, column, day)
            elif day and day != known:
                _contradicts(notes, column, day.isoformat(), known.isoformat())
        roles = dict.fromkeys([*self.person.roles, *_roles(row["roles"], notes)])
        self.person = with_(self.person, roles=tuple(roles))

    def _relationship(self, row: table.Row, notes: list[Note]) -> list[Counts]:
        company, nature = row["company"], row["nature"]
        if _says_nothing(company):
            company = ""
            _note(notes, Fate.CHANGED, N_("The relationship names no company: add it."))
        key = (company.casefold(), nature.casefold())
        gave = []
        if key not in self.relationships:
            self.relationships[key] = Relationship(company=company, nature=nature)
            self.steps[key] = {}
            gave.append(Counts.RELATIONSHIP)
        was = self.relationships[key]
        eligibility = _code(row, "eligibility", _ELIGIBILITY, notes, was.eligibility)
        relevance = _code(row, "relevance", _RELEVANCE, notes, was.relevance)
        made = with_(was, eligibility=eligibility, relevance=relevance)
        for column in ("ended_on", "decided_on"):
            if day := _date(row[column], notes):
                made = _with(made, column, day)
        day, method = _date(row["mitigation_on"], notes), row["mitigation_method"]
        if method or day:
            step = Mitigation(method=_method(method), on=day, note=method if len(method) > LONGEST_METHOD else "")
            if step not in self.steps[key]:
                self.steps[key][step] = None
                gave.append(Counts.MITIGATION)
        self.relationships[key] = made
        return gave

    def _orphans(self, row: table.Row, notes: list[Note]) -> None:
        """What can only be said of a relationship, in a row that has none."""
        for column in ("eligibility", "relevance", "ended_on", "decided_on", "mitigation_method", "mitigation_on"):
            if not _says_nothing(row[column]):
                text = N_("{column} was left out: the row has no relationship that it could belong to ({said}).")
                _note(notes, Fate.DROPPED, text, column=column, said=excerpt(row[column]))


def _with(value: _V, column: str, found: Any) -> _V:
    """The same value with one field set; the columns of the table are named like the fields."""
    changes: dict[str, Any] = {column: found}
    return with_(value, **changes)


def _says_nothing(said: str) -> bool:
    bare = " ".join(re.sub(r"[^a-z0-9]+", " ", said[:300].lower()).split())
    return bool(_NOTHING.fullmatch(bare)) if bare or not said.strip(" -–—./") else False


def _roles(said: str, notes: list[Note]) -> list[Role]:
    found = []
    for one in re.split(r"[,;/\n|]+|\s+and\s+|\s*&\s*", said):
        if not one.strip():
            continue
        name = table.heading(one)
        if name not in _ROLES:
            _note(
                notes, Fate.CHANGED, N_("The role {said} is not known; it stands as other."), said=excerpt(one.strip())
            )
        elif _ROLES[name].value != name:
            text = N_("The role {said} was read as {role}.")
            _note(notes, Fate.CHANGED, text, said=excerpt(one.strip()), role=_ROLES[name].value)
        found.append(_ROLES.get(name, Role.OTHER))
    return found


def _profession(said: str, codes: Mapping[str, str], notes: list[Note]) -> str:
    name = table.heading(said)
    if name and codes and name not in codes:
        _note(notes, Fate.DROPPED, N_("The profession {said} is not known; choose one."), said=excerpt(said))
        return ""
    return codes.get(name, name)


def _code(row: table.Row, column: str, codes: Mapping[str, _C], notes: list[Note], was: _C) -> _C:
    said = row[column]
    if not said:
        return was
    name = table.heading(said)
    if name not in codes:
        text = N_("{said} is not known as {column}; it stands as {was}.")
        _note(notes, Fate.CHANGED, text, said=excerpt(said), column=column, was=was.value)
    return codes.get(name, was)


def _date(said: str, notes: list[Note]) -> date | None:
    if not said:
        return None
    try:
        day, remark = dates.read(said)
    except dates.UnreadableDateError as error:
        notes.append(Note(Fate.DROPPED, error.message))
        return None
    if remark is not None:
        notes.append(Note(Fate.CHANGED, remark))
    return day


def _method(said: str) -> str:
    """A method as a code where it is short enough to be one: "Peer review" is `peer_review`."""
    return table.heading(said) if len(said) <= LONGEST_METHOD else "other"


def _contradicts(notes: list[Note], column: str, said: str, was: str) -> None:
    text = N_("{column} {said} was left out: another row of the same person says {was}.")
    _note(notes, Fate.DROPPED, text, column=column, said=excerpt(said), was=excerpt(was))


def _note(notes: list[Note], fate: Fate, text: str, **params: str) -> None:
    notes.append(Note(fate, Message(text, params)))


_EXAMPLES: tuple[dict[str, str], ...] = (
    {
        "name": "Ana Example",
        "credentials": "MD",
        "profession": "md",
        "affiliation": "Example Hospital",
        "roles": "planner, faculty",
        "disclosed_on": "2026-05-28",
        "disclosure_evidence": "Form 12",
        "role_started_on": "2026-06-22",
        "company": "Example Pharma",
        "nature": "Consultant",
        "eligibility": "ineligible",
        "relevance": "relevant",
        "decided_on": "2026-06-02",
        "mitigation_method": "peer_review",
        "mitigation_on": "2026-06-18",
    },
    {
        "name": "Ben Example",
        "credentials": "PharmD",
        "roles": "reviewer",
        "disclosed_on": "2026-06-02",
        "company": "Nothing to disclose",
    },
)
