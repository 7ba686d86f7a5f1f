"""Pages by cursor: an opaque, signed place from which the next page begins. Nobody can write one by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core import signing
from rest_framework import exceptions
from rest_framework.request import Request

__all__ = ["next_url", "size", "start"]

_SALT = "cme_xblock.api.cursor"
MOST, USUAL = 500, 100


def start(request: Request, what: str) -> Mapping[str, Any]:
    """Where this page begins; {} for the first. `what`: of which list, so that a cursor of another one is refused."""
    text = request.query_params.get("cursor", "")
    if not text:
        return {}
    try:
        found = signing.loads(text, salt=f"{_SALT}:{what}")
    except signing.BadSignature:
        found = None
    if not isinstance(found, dict):
        message = "The cursor is not one of this list's. Begin without one, and follow `next`."
        raise exceptions.ValidationError({"detail": message, "fields": {"cursor": message}})
    return found


def size(request: Request) -> int:
    """How many to a page: `limit`, 100 where none is given."""
    text = request.query_params.get("limit", "") or str(USUAL)
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST):
        message = f"limit is a whole number from 1 to {MOST}."
        raise exceptions.ValidationError({"detail": message, "fields": {"limit": message}})
    return int(text)


def next_url(request: Request, what: str, place: Mapping[str, Any] | None) -> str | None:
    """The address of the next page; None behind the last."""
    if place is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = signing.dumps(dict(place), salt=f"{_SALT}:{what}", compress=True)
    return f"{request.build_absolute_uri(request.path)}?{query.urlencode()}"
