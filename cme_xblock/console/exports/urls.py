"""Addresses of exports, under /cme/exports/."""

from __future__ import annotations

from django.urls import path

from cme_xblock.console.exports import views

urlpatterns = [
    path("", views.home, name="console-exports"),
    path("new/", views.new, name="console-export-new"),
    path("kept/<uuid:uuid>/start/", views.again, name="console-export-again"),
    path("kept/<uuid:uuid>/delete/", views.delete, name="console-export-delete"),
    path("<uuid:uuid>/", views.job, name="console-export"),
    path("<uuid:uuid>/status.json", views.status, name="console-export-status"),
    path("<uuid:uuid>/file", views.file, name="console-export-file"),
    path("<uuid:uuid>/columns.csv", views.columns, name="console-export-columns"),
    path("<uuid:uuid>/cancel/", views.cancel, name="console-export-cancel"),
]
