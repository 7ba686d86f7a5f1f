"""Last year's spreadsheet brought into the desk: people, what they disclosed then, and what was decided then.

What comes this way is marked as imported by a member of the staff, with the file's hash and its rows: it is no answer
of the person's. Decisions of then are shown and count for no activity of today. All rows, or none. Source: spec R-1.3.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import router

from cme_xblock.activity.importers.people import ImportedPerson
from cme_xblock.activity.importers.table import heading
from cme_xblock.activity.model import Relationship
from cme_xblock.records import contention, desk, keys
from cme_xblock.records.models import DeskPerson
from cme_xblock.rules.desk import given, numbers
from cme_xblock.rules.desk.chain import Draft, Entry, Kind
from cme_xblock.rules.desk.given import Told

__all__ = ["Fate", "Line", "Table", "bring", "plan"]


@dataclass(frozen=True)
class Table:
    """A table that was read: its file's name, the hash of its bytes, its people, and their addresses by name."""

    name: str
    sha256: str
    people: tuple[ImportedPerson, ...]
    emails: dict[str, str]


class Fate:
    """What becomes of one person of a table."""

    NEW = "new"
    KNOWN = "known"
    UNDATED = "undated"
    FUTURE = "future"
    SAME = "same"
    SEVERAL = "several"


@dataclass(frozen=True)
class Line:
    """One person of a table, and what becomes of them. `fate`: of `Fate`; nothing is written but for new and known."""

    imported: ImportedPerson
    email: str
    fate: str
    person: DeskPerson | None


def sha256(data: bytes) -> str:
    """The hash by which a file is known again."""
    return hashlib.sha256(data).hexdigest()


def plan(provider_key: str, table: Table, *, today: date) -> tuple[Line, ...]:
    """What bringing the table in would do, person by person; writes nothing."""
    known = _Known(provider_key)
    return tuple(_line(known, table, one, today) for one in table.people)


def bring(
    provider_key: str, provider_name: str, table: Table, *, by: str, today: date, now: datetime
) -> tuple[Line, ...]:
    """Bring the table in, all of it or nothing; what became of each. A second time nothing happens.

    Raises LedgerBusy where others keep writing.
    """

    def work() -> tuple[Line, ...]:
        lines = plan(provider_key, table, today=today)
        for line in lines:
            if line.fate in (Fate.NEW, Fate.KNOWN):
                _write(provider_key, provider_name, table, line, by=by, now=now)
        return lines

    return contention.run(work, using=router.db_for_write(DeskPerson))


class _Known:
    """Who is on the provider's list, by address and by name. One query."""

    def __init__(self, provider_key: str) -> None:
        self._provider_key = provider_key
        self._by_key: dict[str, DeskPerson] = {}
        self._by_name: dict[str, list[DeskPerson]] = {}
        for one in DeskPerson.objects.filter(provider_key=provider_key).order_by("pk"):
            self._by_key[one.key] = one
            self._by_name.setdefault(_plain(one.name), []).append(one)

    def matching(self, name: str, email: str) -> list[DeskPerson]:
        """Who is meant: by address where there is one, else by name."""
        found = self._by_key.get(keys.desk_key(self._provider_key, email)) if email else None
        if found is not None:
            return [found]
        # An address that is somebody else's makes two people of one name.
        return [one for one in self._by_name.get(_plain(name), ()) if not email or not one.email]


def _line(known: _Known, table: Table, one: ImportedPerson, today: date) -> Line:
    email = table.emails.get(one.person.name, "")
    people = known.matching(one.person.name, email)
    if one.person.disclosed_on is None:
        return Line(one, email, Fate.UNDATED, None)
    if one.person.disclosed_on > today:
        return Line(one, email, Fate.FUTURE, None)
    if len(people) > 1:
        return Line(one, email, Fate.SEVERAL, None)
    if not people:
        return Line(one, email, Fate.NEW, None)
    same = any(_is_same(entry, table, one) for entry in desk.entries(people[0]))
    return Line(one, email, Fate.SAME if same else Fate.KNOWN, people[0])


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _is_same(entry: Entry, table: Table, one: ImportedPerson) -> bool:
    """Whether this person of this very file was brought in before."""
    return (
        entry.kind is Kind.IMPORTED
        and entry.facts["file"] == table.sha256
        and entry.facts.get("rows") == list(one.rows)
    )


def _write(provider_key: str, provider_name: str, table: Table, line: Line, *, by: str, now: datetime) -> None:
    person, one = line.person, line.imported.person
    if person is None:
        words = {"name": one.name, "credentials": one.credentials}
        named = Draft(Kind.NAMED, by, {}, words)
        person = desk.register(provider_key, provider_name, named=named, email=line.email, language="", now=now)
    assert one.disclosed_on is not None  # noqa: S101 - `_line` looked
    facts = {
        "number": numbers.of(secrets.token_bytes(10)),
        "disclosed_on": one.disclosed_on.isoformat(),
        "file": table.sha256,
        "rows": list(line.imported.rows),
        "method": "import",
    }
    draft = Draft(Kind.IMPORTED, by, facts, _words(table, line.imported))

    def decide(so_far: tuple[Entry, ...]) -> tuple[Draft, ...]:
        # Somebody else may have brought the same file in since it was looked at.
        return () if any(_is_same(entry, table, line.imported) for entry in so_far) else (draft,)

    desk.append(person, decide=decide, now=now)


def _words(table: Table, imported: ImportedPerson) -> dict[str, Any]:
    one = imported.person
    told = [(_told(place, each), each) for place, each in enumerate(one.relationships, start=1)]
    return {
        "name": one.name,
        "file": table.name,
        "evidence": one.disclosure_evidence,
        "relationships": [given.told_data(each) for each, _ in told],
        "decided": {each.id: _decided(relationship) for each, relationship in told},
    }


def _told(place: int, one: Relationship) -> Told:
    """A relationship of a table: its nature as one of ours where it says one, else in its own words.

    Whoever is called an employee or owner somewhere in a sentence is taken for one: a person can be let in again.
    """
    said = heading(one.nature)
    inside = next((code for word, code in _EXCLUDED.items() if word in said.split("_")), "other")
    nature = _NATURES.get(said, inside)
    words = "" if said in _NATURES else one.nature
    return Told(f"r{place}", one.company, nature, words, one.ended_on)


def _decided(one: Relationship) -> dict[str, Any]:
    steps = [f"{step.method} {step.on.isoformat() if step.on else ''}".strip() for step in one.mitigations]
    return {"eligibility": one.eligibility.value, "relevance": one.relevance.value, "mitigations": steps}


_EXCLUDED = {
    "employee": "employee",
    "employed": "employee",
    "owner": "owner",
    "founder": "owner",
    "cofounder": "owner",
    "ceo": "executive",
}
_NATURES = {
    **{code: code for code in given.NATURES if code != "other"},
    **{heading(label): code for code, label in given.NATURES.items() if code != "other"},
    "advisory_board": "advisor",
    "consulting": "consultant",
    "employment": "employee",
    "officer": "executive",
    "founder": "owner",
    "ownership": "owner",
    "ownership_interest": "owner",
    "research": "researcher",
    "research_funding": "researcher",
    "royalty": "royalties",
    "speakers_bureau": "speaker",
    "stocks": "stock",
    "stock_options": "stock",
}
