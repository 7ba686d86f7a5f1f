"""What the pages of one activity share: their heading, their tabs, and the way back."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse

from cme_xblock.activity.message import N_
from cme_xblock.console import pages
from cme_xblock.console.access import May, Visit
from cme_xblock.host import language

__all__ = ["page"]

# Name of the address, title, and what one must be permitted; what this installation does not have is left out.
_TABS = (
    ("console-activity", N_("Overview"), May.SEE_ACTIVITY),
    ("console-participants", N_("Participants"), May.SEE_LEARNERS),
    ("console-sendings", N_("Deliveries"), May.DELIVER),
    ("console-editions", N_("Editions"), May.SEE_ACTIVITY),
    ("console-remedies", N_("Corrections"), May.CORRECT),
    ("console-tasks", N_("Bias reports"), May.CORRECT),
    ("console-measures", N_("Performance"), May.CORRECT),
    ("console-surveyors", N_("Surveyors"), May.GRANT),
    ("console-looks", N_("Who looked"), May.GRANT),
    ("outcomes", N_("Outcomes"), May.SEE_ACTIVITY),
    ("console-audit", N_("Audit file"), May.AUDIT_FILE),
)


def page(
    request: HttpRequest,
    visit: Visit,
    template: str,
    values: Mapping[str, object],
    *,
    tab: str,
    status: int = 200,
) -> HttpResponse:
    """A page of an activity; the template extends `console/of_activity.html` and gets `one`, `tabs`, `home` besides."""
    gettext, key = language.current().gettext, visit.activity.activity_key
    common: dict[str, object] = {
        "one": visit.activity,
        "list": pages.url("console-activities"),
        "home": pages.url("console-activity", key),
        "tabs": [
            {"title": gettext(title), "address": pages.url(name, key), "here": name == tab}
            for name, title, what in _TABS
            if pages.url(name, key) and visit.may(what)
        ],
    }
    return pages.page(request, visit, template, {**common, **values}, at="console-activities", status=status)
