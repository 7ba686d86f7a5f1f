"""Variations of the sample activity, as the case files write them: paths into its canonical data, and new values."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity
from tests.rules import sample

_SAMPLE = canonical.to_data(sample.activity())


def cases(path: Path) -> list[dict[str, Any]]:
    """The cases of one TOML file."""
    found: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    return found


def vary(*changes: Mapping[str, Any]) -> Activity:
    """The sample with values set at paths such as `people.0.name`; `+` as last step appends to a list.

    Of several sets of changes each finds what the one before it left.
    """
    data = copy.deepcopy(_SAMPLE)
    for one in changes:
        put(data, one)
        data = canonical.to_data(canonical.from_data(data))
    return canonical.from_data(data)


def put(data: Any, changes: Mapping[str, Any]) -> None:
    """Set those values in canonical data of an activity. An index just past the end appends."""
    for path, value in changes.items():
        *steps, last = path.split(".")
        target: Any = data
        for step in steps:
            target = target[int(step)] if isinstance(target, list) else target[step]
        new = None if value == "none!" else value
        if last == "+":
            target.append(new)
        elif isinstance(target, list):
            target[int(last) : int(last) + 1] = [new]
        else:
            assert last in target, path
            target[last] = new
