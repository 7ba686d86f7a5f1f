"""Where an endpoint's secrets are: a setting names them, one function looks them up. PURE, but for the environment.

A reference is the name of an environment variable, or `stored:<field>` for what an administrator typed into Django's
admin. The vault that keeps the latter is Django's, so the function that opens it is handed in with the settings.
"""

from __future__ import annotations

import os

__all__ = ["FIELDS", "STORED", "environment", "missing", "stored_field"]

STORED = "stored:"
# What can be stored with an endpoint.
FIELDS = ("password", "secret")


def environment(reference: str) -> str:
    """The secret behind a reference, where nothing is stored: the environment variable; "" where there is none."""
    return os.environ.get(reference, "") if reference and not reference.startswith(STORED) else ""


def stored_field(reference: str) -> str:
    """The field of `stored:<field>`; "" for the name of an environment variable."""
    return reference[len(STORED) :] if reference.startswith(STORED) else ""


def missing(reference: str) -> str:
    """What to do where there is no secret behind it, in a sentence."""
    field = stored_field(reference)
    if not field:
        return f"The environment variable {reference} is not set."
    return f"No {field} is stored that can be opened: enter it again, or put its key back into CME_IDENTIFIER_KEYS."
