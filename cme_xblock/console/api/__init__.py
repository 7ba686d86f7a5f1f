"""The REST API: the same reads and exports as the pages, for programs.

What a key is and may do is here, and needs no framework; `rest/` is what Django REST framework serves, and is loaded
only where that is installed (`available`).
"""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["MISSING", "available"]

NEEDED = ("rest_framework", "drf_spectacular")
MISSING = (
    "The REST API is off: djangorestframework and drf-spectacular are not installed. Open edX has both; elsewhere "
    "install cme-xblock[api]."
)


def available() -> bool:
    """Whether the API is served here."""
    return all(find_spec(one) is not None for one in NEEDED)
