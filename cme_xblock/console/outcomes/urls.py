"""Addresses of the outcomes reports."""

from __future__ import annotations

from django.urls import path

from cme_xblock.console.outcomes import pages, provider

_ALL = "outcomes/provider/<slug:provider>"

urlpatterns = [
    path("outcomes/<slug:key>/", pages.page, name="outcomes"),
    path("outcomes/<slug:key>/<slug:table>.csv", pages.as_csv, name="outcomes-csv"),
    path("outcomes/<slug:key>.xlsx", pages.as_xlsx, name="outcomes-xlsx"),
    path("outcomes/<slug:key>.pdf", pages.as_pdf, name="outcomes-pdf"),
    path(f"{_ALL}/", provider.page, name="outcomes-provider"),
    path(f"{_ALL}/<slug:table>.csv", provider.as_csv, name="outcomes-provider-csv"),
    path(f"{_ALL}.xlsx", provider.as_xlsx, name="outcomes-provider-xlsx"),
    path(f"{_ALL}.pdf", provider.as_pdf, name="outcomes-provider-pdf"),
]
