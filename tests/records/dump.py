"""The whole database as text, to look for what must not be in it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable

from django.db import connection


def tables() -> dict[str, str]:
    """Every row of every table, ours or not; bytes as hex and as they would look in a hex editor."""
    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        for name in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")  # noqa: S608 - a name from the database
            found[name] = "\n".join(_text(one) for row in cursor.fetchall() for one in row)
    return found


def forms(value: str) -> set[str]:
    """A value in the ways in which it could be stored, in lower case: plain, escaped, in hex, base64, or as a hash."""
    raw = value.encode()
    return {
        value.casefold(),
        json.dumps(value)[1:-1].casefold(),
        raw.hex(),
        base64.b64encode(raw).decode().rstrip("=").casefold(),
        hashlib.sha256(raw).hexdigest(),
    }


def where(values: Iterable[str], texts: dict[str, str]) -> set[tuple[str, str]]:
    """Which of the values is in which text, in any form."""
    lowered = {name: text.casefold() for name, text in texts.items()}
    return {(value, name) for value in values for name, text in lowered.items() if any(f in text for f in forms(value))}


def _text(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex() + "\n" + bytes(value).decode("latin-1")
    return str(value)
