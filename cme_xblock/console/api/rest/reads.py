"""Reads: activities, and the rows of one activity in the columns of the exports, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from cme_xblock.activity.message import N_
from cme_xblock.console.access import May, Place, Rule, Visit
from cme_xblock.console.api import scopes
from cme_xblock.console.api.rest import paging, shapes
from cme_xblock.console.api.rest.base import View, described, problem
from cme_xblock.console.exports import definition, jobs, permitted, presets, scope
from cme_xblock.console.exports.columns import Column
from cme_xblock.console.exports.datasets import KINDS
from cme_xblock.console.exports.definition import DefinitionError
from cme_xblock.console.exports.json_lines import objects
from cme_xblock.console.exports.scope import Scope, Stretch
from cme_xblock.records.models import ActivityIndex
from cme_xblock.records.models.base import instant_text

__all__ = ["Activities", "Activity", "Kinds", "Rows", "Sums"]

_CURSOR = (
    OpenApiParameter("cursor", str, description="From `next` of the page before."),
    OpenApiParameter("limit", int, description="How many to a page, 1 to 500; 100 where none is given."),
)
# Rows of research are made of a whole activity with a key of one file: they are exports and no reads.
_ROWS = ("completions", "claims", "responses", "evaluation", "deliveries")
_SUMS = ("outcomes", "evaluation_sums")


class Activities(View):
    """The activities that the caller may read, in the order in which they were first published."""

    cme_rule = Rule(May.EXPORT_AGGREGATE, Place.SITE)
    scope = scopes.ACTIVITIES

    @described(operation_id="activities", parameters=list(_CURSOR), responses=shapes.Activities)
    def get(self, request: Request) -> Response:
        """A page of activities."""
        after = paging.start(request, "activities").get("after", 0)
        limit, visit, only = paging.size(request), self.visit(request), self.only(request)
        rows = permitted.activities(visit.reader, [May.EXPORT_AGGREGATE], now=visit.now)
        found = sorted((one for one in rows if one.pk > after and only in ("", one.provider_key)), key=_pk)[: limit + 1]
        following = {"after": found[limit - 1].pk} if len(found) > limit else None
        results = [_activity(one) for one in found[:limit]]
        return Response({"next": paging.next_url(request, "activities", following), "results": results})


class Activity(View):
    """One activity."""

    cme_rule = Rule(May.EXPORT_AGGREGATE, Place.ACTIVITY)
    scope = scopes.ACTIVITIES

    @described(operation_id="activity", responses=shapes.Activity)
    def get(self, request: Request, key: str) -> Response:
        """As it is published now."""
        return Response(_activity(self.visit(request).activity))


class _Of(View):
    """Rows of one activity."""

    known: tuple[str, ...] = ()

    def read(self, request: Request, key: str, kind: str) -> Response:
        """A page of them. `limit` counts learners, each with all of their rows."""
        if kind not in self.known:
            raise exceptions.NotFound(f"There are no rows of that name. Known: {', '.join(self.known)}.")
        try:
            filters = definition.read({**_query(request), "kind": kind}).filters
        except DefinitionError as error:
            raise problem({name: one.format() for name, one in error.problems.items()}) from None
        what = f"{key}:{kind}"
        place, limit = paging.start(request, what), paging.size(request)
        around = Scope((key,), filters, last=place.get("last") or scope.highest(), minimum=jobs.minimum())
        rows, following, people = _page(kind, around, place.get("after", 0), limit)
        self.note(self.visit(request), kind, people)
        return Response({"next": paging.next_url(request, what, following), "results": rows})

    def note(self, visit: Visit, kind: str, people: int) -> None:
        """Write what was read, where it is about single learners."""


class Rows(_Of):
    """Rows about single learners: completions, claims, responses, evaluation, deliveries."""

    cme_rule = Rule(May.EXPORT, Place.ACTIVITY)
    scope = scopes.ROWS
    known = _ROWS

    @described(operation_id="rows", parameters=list(_CURSOR), responses=shapes.Rows)
    def get(self, request: Request, key: str, kind: str) -> Response:
        """A page of rows; each page is an entry in the access log."""
        return self.read(request, key, kind)

    def note(self, visit: Visit, kind: str, people: int) -> None:
        """One entry for each page."""
        visit.note(f"api:{kind}", count=people, why=N_("Read by a program through the REST API."))


class Sums(_Of):
    """Sums of one activity: outcomes, evaluation_sums. Small groups are hidden."""

    cme_rule = Rule(May.EXPORT_AGGREGATE, Place.ACTIVITY)
    scope = scopes.SUMS
    known = _SUMS

    @described(operation_id="sums", responses=shapes.Rows)
    def get(self, request: Request, key: str, kind: str) -> Response:
        """All of them on one page."""
        return self.read(request, key, kind)


class Kinds(View):
    """What can be exported: sets of rows, presets, the caller's receivers; with their filters and columns."""

    cme_rule = Rule(May.EXPORT_AGGREGATE, Place.SITE)
    scope = scopes.EXPORTS

    @described(operation_id="kinds", responses=shapes.Kinds)
    def get(self, request: Request) -> Response:
        """All of them, whether or not the caller may export them."""
        found = [_kind(one.id, one.title, one.about, one.id) for one in KINDS.values()]
        ready = [_kind(one.id, one.title, one.about, one.kind) for one in presets.PRESETS.values()]
        visit, only = self.visit(request), self.only(request)
        rows = permitted.activities(visit.reader, [May.EXPORT], now=visit.now)
        receivers = [
            definition.ENDPOINT + name
            for name in permitted.receivers(one for one in rows if only in ("", one.provider_key))
        ]
        return Response({"kinds": found, "presets": ready, "receivers": receivers})


def _page(kind: str, around: Scope, after: int, limit: int) -> tuple[list[dict[str, Any]], dict[str, Any] | None, int]:
    """The rows of so many learners behind `after`, where the next ones begin, and how many learners these are."""
    [key] = around.activities
    dataset = KINDS[kind]()
    if kind in _SUMS:
        whole = dataset.read(around, Stretch(key, 0, around.last, 0, first=True))
        return objects(dataset.columns, whole), None, 0
    people = around.participations(key).filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
    pks = list(people[: limit + 1])
    more = len(pks) > limit
    upto = pks[limit - 1] if more else around.last
    count = min(len(pks), limit)
    rows = dataset.read(around, Stretch(key, after, upto, count, first=after == 0))
    return objects(dataset.columns, rows), ({"after": upto, "last": around.last} if more else None), count


def _query(request: Request) -> Mapping[str, Any]:
    """The filters of the address."""
    return {"filters": {name: values for name, values in request.query_params.lists() if name not in _OURS}}


_OURS = ("cursor", "limit")


def _kind(id_: str, title: str, about: str, kind: str) -> dict[str, Any]:
    dataset = KINDS[kind]
    return {
        "id": id_, "title": title, "about": about, "kind": kind, "filters": list(dataset.filters),
        "columns": [_column(one) for one in dataset.columns],
    }  # fmt: skip


def _column(one: Column) -> dict[str, Any]:
    return {"column": one.name, "holds": one.form.value, "personal": one.personal, "meaning": one.meaning}


def _pk(one: ActivityIndex) -> int:
    return int(one.pk)


def _activity(one: ActivityIndex) -> dict[str, Any]:
    return {
        "key": one.activity_key, "activity_id": one.activity_id, "course": one.course_key, "title": one.title,
        "language": one.language, "provider": one.provider_name, "provider_key": one.provider_key,
        "format": one.format, "release": one.release, "expiry": one.expiry, "review_due": one.review_due,
        "edition": one.edition.sha256, "published_at": instant_text(one.published_at),
    }  # fmt: skip
