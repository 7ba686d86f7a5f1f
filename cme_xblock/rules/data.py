"""Reads the data files of this room: TOML beside the code, checked key by key when it is first read.

It knows files and types, and nothing of what the data means. A wrong file names itself, the key and the reason, so that
a site that adds a profile can mend it from the message alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

_V = TypeVar("_V")
_LARGEST = 1_000_000


class DataError(ValueError):
    """A data file of `rules/` is wrong. The message names the file, the key and the reason."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}")
        self.file = file
        self.key = key
        self.reason = reason


@dataclass(frozen=True)
class Table:
    """One table of a data file, read with a type for each key."""

    file: str
    prefix: str
    values: Mapping[str, Any]

    def text(self, key: str) -> str:
        """A string that may be empty but must be there."""
        value = self._get(key)
        if not isinstance(value, str):
            raise self.error(key, "must be a text in quotes")
        return value

    def filled(self, key: str) -> str:
        """A string with something in it."""
        value = self.text(key)
        if not value.strip():
            raise self.error(key, "must not be empty")
        return value

    def one_of(self, key: str, choices: frozenset[str]) -> str:
        """One of the given codes."""
        value = self.text(key)
        if value not in choices:
            raise self.error(key, f"must be one of {', '.join(sorted(choices))}, not {value!r}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings without repetition."""
        value = self._get(key)
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise self.error(key, "must be a list of texts in quotes")
        if len(set(value)) != len(value):
            raise self.error(key, "names the same value twice")
        return tuple(value)

    def truth(self, key: str) -> bool:
        """true or false."""
        value = self._get(key)
        if not isinstance(value, bool):
            raise self.error(key, "must be true or false")
        return value

    def whole(self, key: str) -> int:
        """A whole number above 0."""
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.error(key, "must be a whole number above 0")
        return value

    def decimal(self, key: str) -> Decimal:
        """A number above 0, written as a text so that it stays exact."""
        value = self._get(key)
        try:
            number = Decimal(value) if isinstance(value, str) else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or number <= 0:
            raise self.error(key, 'must be a number above 0 in quotes, such as "0.25"')
        return number

    def day(self, key: str) -> date:
        """A calendar date."""
        value = self._get(key)
        if type(value) is not date:
            raise self.error(key, "must be a date such as 2026-01-31, without quotes and without a time")
        return value

    def share(self, key: str) -> Fraction:
        """A share of 1, above 0: "2/3" or "0.75", written as a text so that it stays exact."""
        value = self._get(key)
        try:
            number = Fraction(value) if isinstance(value, str) else Fraction(0)
        except (ValueError, ZeroDivisionError):
            number = Fraction(0)
        if not 0 < number <= 1:
            raise self.error(key, 'must be a share above 0 and up to 1 in quotes, such as "2/3"')
        return number

    def decimals(self, key: str) -> tuple[tuple[str, Decimal], ...]:
        """A table of numbers above 0 by name."""
        value = self._get(key)
        if not isinstance(value, dict):
            raise self.error(key, "must be a table of numbers by name")
        inner = Table(self.file, f"{self.prefix}{key}.", value)
        return tuple((name, inner.decimal(name)) for name in value)

    def day_or_none(self, key: str) -> date | None:
        """A calendar date, or None where the key is left out."""
        return self.day(key) if key in self.values else None

    def optional(self, read: Callable[[str], _V], key: str, default: _V) -> _V:
        """What `read` makes of the key, or the default where the key is left out."""
        return read(key) if key in self.values else default

    def error(self, key: str, reason: str) -> DataError:
        """The error to raise about a key of this table."""
        return DataError(self.file, f"{self.prefix}{key}", reason)

    def _get(self, key: str) -> Any:
        if key not in self.values:
            raise self.error(key, "is missing")
        return self.values[key]


def table(file: str, values: Any, *, keys: frozenset[str], prefix: str = "") -> Table:
    """A table to read from, after refusing keys that are not among `keys`."""
    if not isinstance(values, dict):
        raise DataError(file, prefix.rstrip(".") or "(the file)", "must be a table")
    result = Table(file=file, prefix=prefix, values=values)
    for key in values:
        if key not in keys:
            raise result.error(key, f"is not known here; known are {', '.join(sorted(keys))}")
    return result


def parse(file: str, content: str) -> dict[str, Any]:
    """The content of one TOML file."""
    try:
        return tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise DataError(file, "(the file)", f"is not TOML: {error}") from error


def read(*path: str) -> dict[str, Any]:
    """One TOML file of this room, by the parts of its path."""
    source = files("cme_xblock.rules").joinpath(*path)
    return parse("/".join(path), source.read_text(encoding="utf-8"))


def read_folder(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The TOML files of one folder of this room, by name, as pairs of path and content."""
    root = files("cme_xblock.rules").joinpath(folder)
    for one in sorted(root.iterdir(), key=lambda entry: entry.name):
        if one.name.endswith(".toml"):
            name = f"{folder}/{one.name}"
            yield name, parse(name, one.read_text(encoding="utf-8"))


def read_outside(paths: Sequence[str | Path]) -> Iterator[tuple[str, dict[str, Any]]]:
    """TOML files from outside the package: each path a file, or a folder of `*.toml`; as pairs of path and content.

    Raises DataError for a path that is neither, that can't be read, or a folder without such a file.
    """
    for path in map(Path, paths):
        try:
            found = sorted(path.glob("*.toml")) if path.is_dir() else [path]
            if not found:
                raise DataError(str(path), "(the folder)", "holds no file that ends in .toml")
            for one in found:
                if one.stat().st_size > _LARGEST:
                    raise DataError(str(one), "(the file)", f"is larger than {_LARGEST} bytes")
                yield str(one), parse(str(one), one.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            raise DataError(str(one), "(the file)", "is not UTF-8") from error
        except (OSError, ValueError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(
                str(path), "(the file)", f"can't be read: {getattr(error, 'strerror', None) or error}"
            ) from error
