"""The frame of the console's pages: the way around, the messages, and what every form needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse

from cme_xblock.activity.message import N_
from cme_xblock.console.access import Forbidden, May, Place, Rule, Visit, may
from cme_xblock.host import language
from cme_xblock.pages import standalone

__all__ = ["page", "url"]


@dataclass(frozen=True)
class _Link:
    """One entry of the way around: where it leads, and whoever has one of these permissions anywhere sees it."""

    name: str
    title: str
    wants: tuple[May, ...]


# The names of the addresses; one that does not exist in this installation is left out.
_LINKS = (
    _Link("console-home", N_("Home"), (May.SEE_ACTIVITY,)),
    _Link("console-activities", N_("Activities"), (May.SEE_ACTIVITY,)),
    _Link("console-exports", N_("Exports"), (May.EXPORT, May.EXPORT_AGGREGATE)),
    _Link("console-desk", N_("Disclosures"), (May.DESK,)),
    _Link("console-deliveries", N_("Deliveries"), (May.DELIVER,)),
    _Link("console-health", N_("Operation"), (May.OPERATE,)),
)


def page(
    request: HttpRequest,
    visit: Visit,
    template: str,
    values: Mapping[str, object],
    *,
    at: str = "",
    status: int = 200,
) -> HttpResponse:
    """A page of the console; the template extends `console/base.html`. `at`: the name of the entry it belongs to.

    The template's `values` get `language`, `links`, `reader`, `visit` and `csrf_token` besides.
    """
    gettext = language.current().gettext
    common: dict[str, object] = {
        "stylesheet": static("cme_xblock/console.css"),
        "script": static("cme_xblock/console.js"),
        "links": [
            {"title": gettext(one.title), "address": url(one.name), "here": one.name == at}
            for one in _LINKS
            if url(one.name) and any(_anywhere(visit, what) for what in one.wants)
        ],
        "reader": visit.reader.name,
        "role": gettext(_ROLES[visit.role]),
        "visit": visit,
        "csrf_token": get_token(request),
    }
    response = standalone.page(template, {**common, **values}, status=status)
    # A form of a page that names no referrer comes with no origin either, and Django takes it for a strange page's.
    response["Referrer-Policy"] = "same-origin"
    return response


def url(name: str, *arguments: object, **named: object) -> str:
    """The address of that name within this app; empty where this installation has none."""
    try:
        return reverse(f"cme_xblock:{name}", args=arguments or None, kwargs=named or None)
    except NoReverseMatch:
        return ""


def _anywhere(visit: Visit, what: May) -> bool:
    try:
        may(visit.reader, Rule(what, Place.SITE), named={}, now=visit.now)
    except Forbidden:
        return False
    return True


_ROLES = {
    "learner": N_("Learner"),
    "course_staff": N_("Course team"),
    "administrator": N_("CME administrator"),
    "surveyor": N_("Surveyor, read only"),
    "operator": N_("Operator"),
}
