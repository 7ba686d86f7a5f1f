"""What is asked for when an export is started, saved or ordered by a program: read, checked, and written down.

Everything that comes in is somebody's text. What is wrong is said of every field at once, and nothing is guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cme_xblock.activity.message import N_, Message
from cme_xblock.console.exports import formats, presets
from cme_xblock.console.exports.datasets import KINDS, Dataset
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import config
from cme_xblock.rules import credit_system, professions

__all__ = ["ENDPOINT", "OWN", "Definition", "DefinitionError", "choices", "loads", "read"]

# A kind that begins like this is a receiver's own file, and `OWN` is its form.
ENDPOINT, OWN = "endpoint:", "own"
_KEY = re.compile(r"[0-9a-f]{64}")
_MOST_ACTIVITIES, _MOST_VALUES = 5_000, 200
_YES_NO = ("yes", "no")


class DefinitionError(ValueError):
    """What was asked for cannot be exported. `problems`: by field, what is wrong and what to do."""

    def __init__(self, problems: Mapping[str, Message]) -> None:
        super().__init__("; ".join(f"{name}: {one.format(str)}" for name, one in problems.items()))
        self.problems = problems


@dataclass(frozen=True)
class Definition:
    """One export. `activities`: keys, all of the provider's where empty. `columns`: names, all where empty.

    `filters`: by name a day in ISO's form, or a tuple of codes.
    """

    kind: str
    form: str = "csv"
    filters: Mapping[str, Any] = field(default_factory=dict)
    activities: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    preset: str = ""

    @property
    def dataset(self) -> type[Dataset] | None:
        """The set of rows; None for a receiver's own file."""
        return KINDS.get(self.kind)

    @property
    def endpoint(self) -> str:
        """The receiver's name, or empty."""
        return self.kind.removeprefix(ENDPOINT) if self.kind.startswith(ENDPOINT) else ""

    def dumps(self) -> str:
        """As plain JSON, for `loads`."""
        return json.dumps({**vars(self), "filters": dict(self.filters)}, sort_keys=True)


def loads(text: str) -> Definition:
    """The definition that was written down. Raises DefinitionError where this version knows no such thing any more."""
    return read(json.loads(text))


def read(given: Mapping[str, Any]) -> Definition:
    """The definition of a form's fields or of a JSON object: `kind` or `preset`, `form`, `activities`, `columns`, and
    the filters, in `filters` or beside them. Raises DefinitionError.
    """
    found: dict[str, Message] = {}
    preset = presets.PRESETS.get(_one(given.get("preset", "")))
    if given.get("preset") and preset is None:
        found["preset"] = Message(N_("There is no such preset. Known: {known}."), {"known": ", ".join(presets.PRESETS)})
    kind = preset.kind if preset else _one(given.get("kind", ""))
    dataset = KINDS.get(kind)
    form = _one(given.get("form", "")) or "csv"
    if dataset is None and kind.removeprefix(ENDPOINT) not in _receivers():
        found.setdefault("kind", Message(N_("Choose what to export: {known}."), {"known": ", ".join(KINDS)}))
    elif dataset is None:
        form = OWN
    elif form not in formats.FORMS:
        found["form"] = Message(N_("Choose a form: {known}."), {"known": ", ".join(formats.FORMS)})
    activities = _many(given.get("activities", ()))
    if len(activities) > _MOST_ACTIVITIES or not all(_KEY.fullmatch(one) for one in activities):
        found["activities"] = Message(N_("An activity is named by its key: 64 digits and letters, as its page has it."))
    columns = _many(given.get("columns", ())) if dataset and not (preset and preset.fixed) else ()
    known = {one.name for one in dataset.columns} if dataset else set()
    if strange := [one for one in columns if one not in known]:
        text = N_("There is no column {name} here. Look at the list of columns.")
        found["columns"] = Message(text, {"name": strange[0][:50]})
    filters = _filters(given, dataset, found)
    if found:
        raise DefinitionError(found)
    if preset:
        filters = {**filters, **preset.filters}
    ordered = tuple(one.name for one in dataset.columns if one.name in columns) if dataset else ()
    return Definition(kind, form, filters, tuple(dict.fromkeys(activities)), ordered, preset.id if preset else "")


def choices(name: str) -> Sequence[str] | None:
    """The codes that a filter may hold; None for a day or a name."""
    known = _CODES.get(name)
    return None if known is None else tuple(known())


def _filters(given: Mapping[str, Any], dataset: type[Dataset] | None, found: dict[str, Message]) -> dict[str, Any]:
    beside = given.get("filters", {})
    if not isinstance(beside, Mapping):
        found["filters"] = Message(N_("The filters are an object: a value, or a list of values, by name."))
        return {}
    # A receiver's own file is all that is owed: what is left out of it would be forgotten.
    names = dataset.filters if dataset else ()
    for strange in beside.keys() - set(names):
        text = N_("This export has no filter {name}. It has: {known}.")
        found[str(strange)[:50]] = Message(text, {"name": str(strange)[:50], "known": ", ".join(names) or "-"})
    read_: dict[str, Any] = {}
    for name in names:
        values = _many(beside.get(name, given.get(name, ())))
        if not values:
            continue
        if name in ("since", "until"):
            value = _day(values)
            if value is None:
                found[name] = Message(N_("Write a day like 2026-12-31."))
            read_[name] = value
            continue
        allowed = choices(name)
        wrong = [one for one in values if allowed is not None and one not in allowed]
        if wrong or len(values) > _MOST_VALUES:
            text = N_("{value} is not known here. Known: {known}.")
            # The names of all receivers would tell of other providers.
            known = "…" if name == "endpoint" else ", ".join(list(allowed or ())[:40])
            found[name] = Message(text, {"value": (wrong or ["…"])[0][:50], "known": known})
        read_[name] = tuple(dict.fromkeys(values))
    if not found and read_.get("since", "") > read_.get("until", "9999"):
        found["until"] = Message(N_("The last day is before the first: exchange them."))
    return read_


def _receivers() -> Iterable[str]:
    return list(config.endpoints())


_CODES: Mapping[str, Callable[[], Iterable[str]]] = {
    "system": credit_system.load,
    "profession": professions.load,
    "standing": lambda: ("live", "superseded", "withdrawn"),
    "completed": lambda: _YES_NO,
    "part": lambda: ("baseline", "assessment"),
    "state": lambda: [one.value for one in State],
    "endpoint": _receivers,
    "section": lambda: presets.SECTIONS,
}


def _one(given: Any) -> str:
    """One text; the first where a form sends several; empty for what is none."""
    if isinstance(given, list | tuple):
        given = given[0] if given else ""
    return given.strip()[:200] if isinstance(given, str) else ""


def _many(given: Any) -> tuple[str, ...]:
    """The texts; a single one may have commas. What is no text makes none that is known."""
    if isinstance(given, str):
        given = given.split(",")
    if not isinstance(given, list | tuple):
        return ("?",) if given else ()
    return tuple(one.strip() if isinstance(one, str) else "?" for one in given if one != "")


def _day(values: Sequence[str]) -> str | None:
    try:
        return date.fromisoformat(values[0]).isoformat() if len(values) == 1 and len(values[0]) == 10 else None
    except ValueError:
        return None
