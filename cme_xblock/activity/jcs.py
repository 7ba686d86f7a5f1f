"""JSON in the one form of RFC 8785 (JSON Canonicalization Scheme), for whatever is hashed: editions, ledger entries.

Without fractions: binary floats are not exact, so a number that is not whole is text here ("1.25").
This module knows nothing of activities, and reads data as if it came from a stranger.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.scalars import excerpt

# Deeper than any activity or ledger entry, and far from Python's own limit.
DEEPEST = 64

# The largest integer that every JSON reader keeps exactly (RFC 8785, 3.2.2.3; RFC 7493, 2.2).
LARGEST_INTEGER = 2**53 - 1

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))
_TOO_DEEP = Message(N_("expected data nested no deeper than {depth} levels"), {"depth": str(DEEPEST)})
_NO_FRACTION = Message(N_('expected decimal numbers as text, such as "0.75": a JSON fraction is not exact'))


class ActivityError(ValueError):
    """Data that is no activity, or no canonical JSON. `path` is like `people[2].relationships[0].ended_on`."""

    def __init__(self, path: str, message: Message) -> None:
        super().__init__(path, message)
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return f"{self.path or 'activity'}: {self.message}"

    def inside(self, step: str) -> ActivityError:
        """The same error, seen from one level further out."""
        joint = "." if self.path and not self.path.startswith("[") else ""
        return ActivityError(f"{step}{joint}{self.path}", self.message)


def dumps(data: object) -> bytes:
    """RFC 8785 bytes of any JSON value without fractions.

    Raises ActivityError for floats, integers beyond 2^53-1, lone surrogates, keys that are not text, nesting deeper
    than 64, and what is no JSON at all.
    """
    try:
        return _ENCODER.encode(_ordered(data, DEEPEST)).encode("utf-8")
    except UnicodeEncodeError:
        raise ActivityError("", Message(N_("expected text in Unicode, found half of a surrogate pair"))) from None


def loads(source: str | bytes) -> Any:
    """The value of a JSON text, under the same limits as `dumps`; a field that stands twice is refused too.

    Raises ActivityError, and nothing else.
    """
    try:
        if isinstance(source, bytes):
            source = source.decode("utf-8")
        value = json.loads(
            source,
            parse_float=_refuse_fraction,
            parse_constant=_refuse_fraction,
            parse_int=_bounded,
            object_pairs_hook=_object,
        )
        dumps(value)
    except UnicodeError:
        raise ActivityError("", Message(N_("expected JSON in UTF-8"))) from None
    except json.JSONDecodeError as error:
        where = {"line": str(error.lineno), "column": str(error.colno)}
        problem = Message(N_("expected JSON, found something else in line {line}, column {column}"), where)
        raise ActivityError("", problem) from None
    except RecursionError:
        raise ActivityError("", _TOO_DEEP) from None
    return value


def digest(data: object) -> str:
    """SHA-256 of the canonical bytes, as 64 lower-case hexadecimal digits. Raises ActivityError as `dumps` does."""
    return hashlib.sha256(dumps(data)).hexdigest()


def refuse(wanted: str | Message, found: object) -> NoReturn:
    """Raise the ActivityError "expected …, found …"."""
    expected = Message(wanted) if isinstance(wanted, str) else wanted
    raise ActivityError("", Message(N_("{expected}, found {found}"), {"expected": expected, "found": shown(found)}))


def too_large() -> ActivityError:
    """The error of an integer that JSON readers would not keep exactly."""
    return ActivityError("", Message(N_("expected a whole number between -(2^53-1) and 2^53-1")))


def shown(value: object) -> str:
    """A value in an error message: short, on one line, in the notation of JSON, and never a cost or a risk to print."""
    if isinstance(value, str):
        return f'"{excerpt(value)}"'
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(int(value)) if abs(value) <= LARGEST_INTEGER else "…"
    if isinstance(value, dict | list | tuple):
        return "{…}" if isinstance(value, dict) else "[…]"
    return repr(value) if type(value) is float else type(value).__name__


def _ordered(value: object, room: int) -> object:
    """The value with the keys of every object in the order of RFC 8785, 3.2.3: by UTF-16 code units."""
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise too_large()
        return value
    if room == 0:
        raise ActivityError("", _TOO_DEEP)
    if isinstance(value, dict):
        return {key: _ordered(value[key], room - 1) for key in _keys(value)}
    if isinstance(value, list | tuple):
        return [_ordered(one, room - 1) for one in value]
    if isinstance(value, float):
        raise ActivityError("", _NO_FRACTION)
    return refuse(N_("expected JSON"), value)


def _keys(value: dict[Any, Any]) -> list[str]:
    for key in value:
        if not isinstance(key, str):
            refuse(N_("expected text as the name of every field"), key)
    if all(map(str.isascii, value)):
        return sorted(value)
    return sorted(value, key=lambda key: key.encode("utf-16-be"))


def _refuse_fraction(_: str) -> NoReturn:
    raise ActivityError("", _NO_FRACTION)


def _bounded(digits: str) -> int:
    if len(digits) > len(str(-LARGEST_INTEGER)):
        raise too_large()
    return int(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for name, value in pairs:
        if name in built:
            raise ActivityError("", Message(N_("the field {name} stands twice in one object"), {"name": shown(name)}))
        built[name] = value
    return built
