"""Addresses of the API's keys; the API itself is in `rest/urls.py`, where its frameworks are installed."""

from __future__ import annotations

from django.urls import include, path

from cme_xblock.console import api
from cme_xblock.console.api import pages

urlpatterns = []
if api.available():
    urlpatterns = [
        path("keys/", pages.keys, name="api-tokens"),
        path("keys/<uuid:uuid>/revoke/", pages.revoke, name="api-token-revoke"),
        path("v1/", include("cme_xblock.console.api.rest.urls")),
    ]
