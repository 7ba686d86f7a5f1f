"""Addresses of the health page."""

from __future__ import annotations

from django.urls import path

from cme_xblock.console.health import views

urlpatterns = [
    path("health/", views.page, name="console-health"),
    path("health/alive", views.alive, name="alive"),
]
