"""Exports by programs: begun, watched, downloaded, thrown away. The same jobs as on the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from cme_xblock.console.access import Forbidden, May, Place, Rule
from cme_xblock.console.api import scopes
from cme_xblock.console.api.rest import paging, shapes
from cme_xblock.console.api.rest.base import View, described, known, not_modified, problem
from cme_xblock.console.exports import definition, jobs, permitted, shown, views
from cme_xblock.console.exports.definition import DefinitionError
from cme_xblock.console.exports.jobs import Asked
from cme_xblock.records.models import ExportJob
from cme_xblock.records.models.base import instant_text

__all__ = ["Export", "Exports", "File"]


class _Mine(View):
    """Exports of the caller."""

    cme_rule = Rule(May.EXPORT_AGGREGATE, Place.SITE)
    scope = scopes.EXPORTS

    def mine(self, request: Request) -> QuerySet[ExportJob]:
        """Those of this person; by a key, those of its provider alone."""
        found = ExportJob.objects.filter(reader_id=self.visit(request).reader.id)
        only = self.only(request)
        return found.filter(provider_key=only) if only else found

    def one(self, request: Request, uuid: str) -> ExportJob:
        """The export of that number. Raises NotFound, the same for another's and for none."""
        visit = self.visit(request)
        found = self.mine(request).filter(uuid=uuid).first()
        if found is None or not jobs.still_permitted(found, visit.reader, now=visit.now):
            raise exceptions.NotFound("There is no such export of yours, or you may not export this any more.")
        return found


class Exports(_Mine):
    """The caller's exports."""

    @described(
        operation_id="exports",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses=shapes.Exports,
    )
    def get(self, request: Request) -> Response:
        """A page of them, the newest first."""
        before, limit = paging.start(request, "exports").get("before"), paging.size(request)
        rows = self.mine(request).order_by("-pk")
        found = list((rows.filter(pk__lt=before) if before else rows)[: limit + 1])
        following = {"before": found[limit - 1].pk} if len(found) > limit else None
        results = [_described(request, one) for one in found[:limit]]
        return Response({"next": paging.next_url(request, "exports", following), "results": results})

    @described(operation_id="export_begin", request=shapes.NewExport, responses={201: shapes.Export})
    def post(self, request: Request) -> Response:
        """Begin one. It is made in the background: look at its `url` until the state is `done`."""
        given, visit = request.data, self.visit(request)
        if not isinstance(given, dict):
            raise problem({"kind": "Send a JSON object."})
        why = given.get("why", "")
        try:
            wanted = definition.read(given)
            begun = jobs.begin(
                wanted,
                Asked(visit.reader, why if isinstance(why, str) else "", visit.now),
                provider_key=self._provider(request, given, wanted),
            )
        except DefinitionError as error:
            raise problem({name: one.format() for name, one in error.problems.items()}) from None
        except Forbidden:
            raise problem(
                {"kind": "You may export none of this, or not all of these activities, of that provider."}
            ) from None
        visit.noted += 1
        return Response(_described(request, begun), status=status.HTTP_201_CREATED)

    def _provider(self, request: Request, given: dict[str, Any], wanted: definition.Definition) -> str:
        """The provider: the key's, the one that is named, or the only one there is."""
        only, named, visit = self.only(request), given.get("provider", ""), self.visit(request)
        if only:
            return only
        found = permitted.providers(permitted.activities(visit.reader, jobs.wants(wanted), now=visit.now))
        if not named and len(found) == 1:
            return next(iter(found))
        if named not in found:
            raise problem({"provider": "Name the provider by its key: see the list of activities."})
        return str(named)


class Export(_Mine):
    """One export."""

    @described(operation_id="export", responses=shapes.Export)
    def get(self, request: Request, uuid: str) -> Response:
        """How far it is."""
        return Response(_described(request, self.one(request, uuid)))

    @described(operation_id="export_cancel", responses={204: None})
    def delete(self, request: Request, uuid: str) -> Response:
        """Break it off, or throw its file away."""
        jobs.cancel(self.one(request, uuid))
        return Response(status=status.HTTP_204_NO_CONTENT)


class File(_Mine):
    """The file of an export."""

    names_people = True

    @described(operation_id="export_file", responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, uuid: str) -> HttpResponseBase:
        """The file; each download is an entry in the access log. Its ETag is its SHA-256."""
        found, visit = self.one(request, uuid), self.visit(request)
        if found.state != ExportJob.State.DONE:
            raise exceptions.NotFound("There is no file: the export is not done, or its time is over.")
        tag = f'"{found.sha256}"'
        response = views.download(found)
        response["ETag"] = tag
        response["Vary"] = "Authorization, Cookie"
        if known(request, tag):
            return not_modified(response, tag)
        jobs.downloaded(found, Asked(visit.reader, found.why, visit.now))
        visit.noted += 1
        return response


def _described(request: Request, one: ExportJob) -> dict[str, Any]:
    here = request.build_absolute_uri(reverse("cme_xblock:api-export", kwargs={"uuid": one.uuid}))
    asked = definition.loads(one.definition)
    return {
        "uuid": one.uuid, "kind": one.kind, "preset": asked.preset, "form": one.form, "state": one.state,
        "percent": shown.progress(one)["percent"], "rows": one.rows, "size": one.size, "trouble": one.trouble,
        "why": one.why, "sha256": one.sha256, "created_at": instant_text(one.created_at),
        "expires_at": instant_text(one.expires_at), "url": here,
        "file": f"{here}file/" if one.state == ExportJob.State.DONE else None,
    }  # fmt: skip
