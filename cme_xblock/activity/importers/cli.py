"""`cme-xblock import FILE`: what a file of questions or people would give, as text, JSON or OLX. Changes nothing.

Exit status: 0 if all became a question or a person, 1 if something could not, 2 if the file can't be read.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from dataclasses import replace as with_
from pathlib import Path
from typing import TextIO

from lxml import etree

from cme_xblock.activity import importers, olx
from cme_xblock.activity.importers import archive, people
from cme_xblock.activity.importers.outcome import Fate, Import, ImportFailed, Note, Problem, to_data
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, Assessment

_MARKS = {Fate.UNDERSTOOD: "=", Fate.CHANGED: "~", Fate.DROPPED: "-"}


@dataclass(frozen=True)
class _Wanted:
    file: str
    kind: str
    form: str
    people: bool
    template: str


def run(argv: Sequence[str], stdout: TextIO, stderr: TextIO) -> int:
    """The command with these arguments (without its own name); the exit status comes back."""
    try:
        with redirect_stdout(stdout), redirect_stderr(stderr):
            wanted = _arguments(argv)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 2
    try:
        if wanted.template:
            return _template(wanted, stdout)
        return _report(wanted, _bytes(wanted.file), stdout)
    except ImportFailed as error:
        stderr.write(f"{error}\n")
        return 2


def _arguments(argv: Sequence[str]) -> _Wanted:
    parser = argparse.ArgumentParser(
        prog="cme-xblock import", description="Show what a file would give. Changes nothing."
    )
    parser.add_argument(
        "file", metavar="FILE", help="QTI, GIFT, Aiken, OLX, CSV or XLSX; with --template the file to write"
    )
    parser.add_argument(
        "--kind", default="", choices=("", *importers.KINDS), help="the format, where it is not recognised"
    )
    parser.add_argument("--people", action="store_true", help="a table of people and disclosures, not of questions")
    parser.add_argument(
        "--template", default="", choices=("csv", "xlsx"), help="write an empty table with examples to FILE"
    )
    parser.add_argument("--format", dest="form", default="text", choices=("text", "json"))
    parser.add_argument(
        "--olx", dest="form", action="store_const", const="olx", help="write OLX to paste into an activity"
    )
    given = parser.parse_args(list(argv))
    return _Wanted(given.file, given.kind, given.form, given.people, given.template)


def _bytes(file: str) -> bytes:
    try:
        with Path(file).open("rb") as stream:
            # One byte more than is allowed shows that it is too large, without reading all of it.
            return stream.read(archive.LARGEST_IN + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or "no such file"
        raise ImportFailed(
            Message(N_("{name} can't be opened: {problem}."), {"name": file, "problem": reason})
        ) from None


def _template(wanted: _Wanted, stdout: TextIO) -> int:
    content = (people.template if wanted.people else importers.template)(wanted.template)
    try:
        with Path(wanted.file).open("xb") as stream:
            stream.write(content)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or "no such place"
        text = N_("{name} can't be written: {problem}. Name a file that does not exist.")
        raise ImportFailed(Message(text, {"name": wanted.file, "problem": reason})) from None
    stdout.write(f"{wanted.file}: {len(content)} bytes\n")
    return 0


def _report(wanted: _Wanted, data: bytes, stdout: TextIO) -> int:
    name = Path(wanted.file).name
    found: Import | people.PeopleImport
    found = people.read(data, name=name) if wanted.people else importers.read(data, name=name, kind=wanted.kind)
    if wanted.form == "json":
        stdout.write(json.dumps(to_data(found), ensure_ascii=False, indent=2) + "\n")
    elif wanted.form == "olx":
        stdout.write(_olx(found))
    else:
        lines = _people(found) if isinstance(found, people.PeopleImport) else _questions(found)
        stdout.write("\n".join(lines) + "\n")
    return 1 if found.problems else 0


def _questions(found: Import) -> Iterator[str]:
    yield f"{found.name}: {found.format}, {len(found.items)} questions, {len(found.problems)} problems"
    yield from _notes(found.notes)
    for one in found.items:
        yield f"\n{one.item.id} ({one.place})"
        yield from (f"  {line}" for line in one.item.stem.splitlines() if line)
        yield from (f"    {'*' if option.correct else ' '} {option.text}" for option in one.item.options)
        yield from _notes(one.notes)
    yield from _problems(found.problems)


def _people(found: people.PeopleImport) -> Iterator[str]:
    yield f"{found.name}: {len(found.people)} people in {len(found.rows)} rows, {len(found.problems)} problems"
    yield from _notes(found.notes)
    for row in found.rows:
        yield f"\nrow {row.row}: {row.name} ({', '.join(row.gave) or 'nothing new'})"
        yield from _notes(row.notes)
    yield from _problems(found.problems)


def _notes(notes: Sequence[Note]) -> Iterator[str]:
    yield from (f"  {_MARKS[one.fate]} {f'{one.place}: ' if one.place else ''}{one.message}" for one in notes)


def _problems(problems: Sequence[Problem]) -> Iterator[str]:
    for one in problems:
        yield f"\n! {one.place}{f' {one.title!r}' if one.title else ''}\n  {one.message}"


def _olx(found: Import | people.PeopleImport) -> str:
    """The elements alone, as they stand in an activity."""
    if isinstance(found, people.PeopleImport):
        whole = olx.to_element(with_(Activity(), people=tuple(one.person for one in found.people)))
    else:
        whole = olx.to_element(with_(Activity(), assessment=Assessment(items=tuple(one.item for one in found.items))))
    made = []
    for holder in whole:
        for one in holder:
            etree.indent(one)
            one.tail = None
            made.append(etree.tostring(one, encoding="unicode"))
    return "".join(f"{one}\n" for one in made)
