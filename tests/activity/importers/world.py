"""The case files, and an import as the short text that they are compared with."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from cme_xblock.activity.importers import read, to_data
from cme_xblock.activity.importers.outcome import Import
from cme_xblock.activity.importers.people import PeopleImport
from cme_xblock.activity.importers.people import read as read_people

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in CASES.iterdir() if path.suffix != ".json")


def case(name: str) -> bytes:
    """A case's file; a folder is packed as the archive that its format uses."""
    path = CASES / name
    if path.is_file():
        return path.read_bytes()
    return tarred(path) if name.startswith("olx") else zipped(path)


def zipped(folder: Path) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                packed.writestr(str(path.relative_to(folder)), path.read_bytes())
    return made.getvalue()


def tarred(folder: Path) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as packed:
        packed.add(folder, arcname=folder.name)
    return made.getvalue()


def imported(name: str) -> Import | PeopleImport:
    return read_people(case(name), name=name) if name.startswith("people") else read(case(name), name=name)


def short(found: Import | PeopleImport) -> dict[str, Any]:
    """What an author would be shown, without what is the same in each case."""
    if isinstance(found, PeopleImport):
        data: dict[str, Any] = to_data(found)
        return {
            "people": [_filled(one["person"]) for one in data["people"]],
            "rows": [[one["row"], one["gave"], *(note["message"] for note in one["notes"])] for one in data["rows"]],
            "problems": [[one["place"], one["title"], one["message"]] for one in data["problems"]],
            "notes": [[one["place"], one["message"]] for one in data["notes"]],
        }
    return {
        "format": found.format,
        "items": [
            {
                "id": one.item.id,
                "kind": one.item.kind.value,
                "place": one.place,
                "title": one.title,
                "stem": one.item.stem,
                "options": [f"{'*' if option.correct else ' '} {option.text}" for option in one.item.options],
                "rationale": one.item.rationale,
                "notes": [f"{note.fate.value}: {note.message}" for note in one.notes],
            }
            for one in found.items
        ],
        "problems": [[one.place, one.title, str(one.message)] for one in found.problems],
        "notes": [f"{one.fate.value}: {one.place}: {one.message}" for one in found.notes],
        "media": [[one.name, one.alt, one.found, list(one.used_by)] for one in found.media],
    }


def _filled(data: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [_filled(one) if isinstance(one, dict) else one for one in value] if isinstance(value, list) else value
        for name, value in data.items()
        if value not in ("", None, [], False)
    }
