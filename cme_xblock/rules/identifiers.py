"""The numbers that accreditors give, from `identifiers.toml`: what they are called and what form they have.

Knows no activity. The forms are what the owner publishes; where nothing is published there is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from cme_xblock.rules import data

_FILE = "identifiers.toml"
_OWNERS = frozenset({"offering", "provider", "learner"})
_KEYS = frozenset({"name", "owner", "label", "pattern", "example", "on_certificate"})


@dataclass(frozen=True)
class IdentifierKind:
    """One kind of number. `owner` has it: an offering, the provider or a learner. `pattern` matches the whole value.

    `on_certificate`: whose number it is wants it there, beside the credit. Source: spec 3.1, R-3.12, R-3.16, R-3.17.
    """

    name: str
    owner: str
    label: str
    pattern: str
    example: str
    on_certificate: bool = False

    def fits(self, value: str) -> bool:
        """Whether a value has the form; any value where no form is known."""
        # ASCII: \d alone would take the digits of every script.
        return not self.pattern or re.fullmatch(self.pattern, value, re.ASCII) is not None


@cache
def load() -> Mapping[str, IdentifierKind]:
    """All kinds by name. Raises data.DataError when the file is wrong."""
    return MappingProxyType(parse(_FILE, data.read(_FILE)))


def parse(file: str, content: dict[str, Any]) -> dict[str, IdentifierKind]:
    """The kinds of one file's content."""
    rows = data.table(file, content, keys=frozenset({"identifier"})).values.get("identifier")
    if not isinstance(rows, list) or not rows:
        raise data.DataError(file, "identifier", "must be given at least once")
    result: dict[str, IdentifierKind] = {}
    for index, row in enumerate(rows):
        read = data.table(file, row, keys=_KEYS, prefix=f"identifier[{index}].")
        one = IdentifierKind(
            name=read.filled("name"),
            owner=read.one_of("owner", _OWNERS),
            label=read.filled("label"),
            pattern=read.optional(read.text, "pattern", ""),
            example=read.optional(read.text, "example", ""),
            on_certificate=read.optional(read.truth, "on_certificate", False),
        )
        if one.name in result:
            raise read.error("name", f"{one.name!r} is given twice")
        try:
            fits = one.fits(one.example)
        except re.error as error:
            raise read.error("pattern", f"is no regular expression: {error}") from error
        if one.pattern and not fits:
            raise read.error("example", "does not match the pattern")
        result[one.name] = one
    return result
