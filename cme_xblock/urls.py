"""Addresses under /cme/ in the LMS and in the demo."""

from __future__ import annotations

from django.urls import path

from cme_xblock.parts import views

app_name = "cme_xblock"

urlpatterns = [
    path("certificates/<slug:code>/", views.certificate, name="certificate"),
]
