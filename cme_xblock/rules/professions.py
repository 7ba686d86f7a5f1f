"""Who a learner can be: the professions of `professions.toml`. Knows nothing of any one learner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from cme_xblock.rules import data

_FILE = "professions.toml"
_KEYS = frozenset({"code", "label", "physician"})


@dataclass(frozen=True)
class Profession:
    """One profession. `physician`: an MD, DO or equivalent, who may be awarded AMA PRA credit. Source: spec R-2.8."""

    code: str
    label: str
    physician: bool


@cache
def load() -> Mapping[str, Profession]:
    """All professions by code, in the order in which a learner should read them.

    Raises data.DataError, naming file, key and reason, when the file is wrong.
    """
    return MappingProxyType(parse(_FILE, data.read(_FILE)))


def parse(file: str, content: dict[str, Any]) -> dict[str, Profession]:
    """The professions of one file's content."""
    rows = data.table(file, content, keys=frozenset({"profession"})).values.get("profession")
    if not isinstance(rows, list) or not rows:
        raise data.DataError(file, "profession", "must be given at least once")
    result: dict[str, Profession] = {}
    for index, row in enumerate(rows):
        read = data.table(file, row, keys=_KEYS, prefix=f"profession[{index}].")
        one = Profession(code=read.filled("code"), label=read.filled("label"), physician=read.truth("physician"))
        if one.code in result:
            raise read.error("code", f"{one.code!r} is given twice")
        result[one.code] = one
    return result
