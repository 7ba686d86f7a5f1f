"""Addresses of the API, under /cme/api/v1/."""

from __future__ import annotations

from django.urls import path

from cme_xblock.console.api.rest import exporting, reads, schema

_ONE = "activities/<slug:key>/"

urlpatterns = [
    path("activities/", reads.Activities.as_view(), name="api-activities"),
    path(_ONE, reads.Activity.as_view(), name="api-activity"),
    path(f"{_ONE}rows/<slug:kind>/", reads.Rows.as_view(), name="api-rows"),
    path(f"{_ONE}sums/<slug:kind>/", reads.Sums.as_view(), name="api-sums"),
    path("kinds/", reads.Kinds.as_view(), name="api-kinds"),
    path("exports/", exporting.Exports.as_view(), name="api-exports"),
    path("exports/<uuid:uuid>/", exporting.Export.as_view(), name="api-export"),
    path("exports/<uuid:uuid>/file/", exporting.File.as_view(), name="api-export-file"),
    path("openapi.json", schema.Schema.as_view(), name="api-schema"),
]
