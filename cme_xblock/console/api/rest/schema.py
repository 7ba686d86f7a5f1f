"""The description of the API for programs: OpenAPI 3, of our addresses alone."""

from __future__ import annotations

from typing import Any

from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response

from cme_xblock.console.access import May, Place, Rule
from cme_xblock.console.api import scopes
from cme_xblock.console.api.rest.base import View, described

__all__ = ["Schema"]


class Schema(View):
    """OpenAPI 3 of /cme/api/v1/."""

    cme_rule = Rule(May.EXPORT_AGGREGATE, Place.SITE)
    scope = scopes.ACTIVITIES

    @described(exclude=True)
    def get(self, request: Request) -> Response:
        """The document; the same for whoever may read anything."""
        return Response(document())


def document() -> dict[str, Any]:
    """The document."""
    from cme_xblock.console.api.rest import urls

    generator = SchemaGenerator(patterns=[path("cme/api/v1/", include((urls.urlpatterns, "cme_xblock")))])
    found: dict[str, Any] = generator.get_schema(public=True)
    found["info"] = {
        "title": "CME console", "version": "1",
        "description": "Activities, rows, sums and exports. A key: `Authorization: Bearer cme_…`.",
    }  # fmt: skip
    # Each person's own; and what somebody signed in at the pages may, needs no name here.
    found.setdefault("components", {})["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for operations in found["paths"].values():
        for one in operations.values():
            one["security"] = [{"key": []}]
    return found
