"""An endpoint's constants: its data file, with what the operator's settings override. PURE but for reading the file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

# Tables in which an operator may add entries of their own; everywhere else an unknown name is a slip of the pen.
_OPEN = frozenset({"credit", "http", "board", "credit_types", "professions", "certification", "certification_ja"})


class WireError(ValueError):
    """An override names something that is not there, or is of another type; the message names the setting."""


@cache
def defaults(name: str) -> Mapping[str, Any]:
    """The data file of that name beside this module, as tables. Treat it as read-only.

    `inherits` in it names another file and the tables of it that hold here as well.
    """
    text = files("cme_xblock.reporting.endpoints").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    own = tomllib.loads(text)
    source = own.pop("inherits", None)
    if source is None:
        return own
    inherited = {table: defaults(source["file"])[table] for table in source["tables"]}
    # What both have is laid over each other: one service's words, with this document's own among them.
    return inherited | {key: inherited[key] | value if key in inherited else value for key, value in own.items()}


def merged(name: str, overrides: Mapping[str, object]) -> Mapping[str, Any]:
    """The data file with the overrides laid over it. Raises WireError for an unknown name or a changed type."""
    return _merge(defaults(name), overrides, path="wire", is_open=False)


def empty_settings(wire: Mapping[str, Any], config: object) -> tuple[str, ...]:
    """The names of needed settings that are empty: `url`, `wire.namespaces.extension` …"""
    return tuple(name for name in wire["needed"] if not _value(name, wire, config))


def _value(name: str, wire: Mapping[str, Any], config: object) -> object:
    head, *rest = name.split(".")
    if head != "wire":
        return getattr(config, name)
    found: Any = wire
    for key in rest:
        found = found[key]
    return found


def _merge(base: Mapping[str, Any], over: Mapping[str, object], *, path: str, is_open: bool) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        where = f"{path}.{key}"
        if key not in base:
            if not is_open:
                known = ", ".join(sorted(base))
                raise WireError(f"{where} is not a setting of this endpoint. Known here: {known}.")
            result[key] = value
        elif isinstance(base[key], Mapping):
            if not isinstance(value, Mapping):
                raise WireError(f"{where} must be a table (a dict), not {type(value).__name__}.")
            result[key] = _merge(base[key], value, path=where, is_open=key in _OPEN)
        else:
            if type(value) is not type(base[key]):
                raise WireError(f"{where} must be {type(base[key]).__name__}, not {type(value).__name__}.")
            result[key] = value
    return result
