"""Addresses of evidence: an activity's audit files and holds, and the public keys that its files are verified with."""

from __future__ import annotations

from django.urls import path

from cme_xblock.console.access import public
from cme_xblock.console.evidence import holding, views

_AUDIT = "activities/<slug:key>/audit/"
_keys = public("The public keys with which anybody verifies audit files and anchors.")

urlpatterns = [
    path("evidence/keys.json", _keys(views.public_keys), name="evidence-keys"),
    path(_AUDIT, views.page, name="console-audit"),
    path(f"{_AUDIT}make/", views.make, name="console-audit-make"),
    path(f"{_AUDIT}<slug:file>.zip", views.download, name="console-audit-file"),
    path(f"{_AUDIT}hold/", holding.place, name="console-hold"),
    path(f"{_AUDIT}holds/<slug:hold>/lift/", holding.lift, name="console-hold-lift"),
]
