"""A receiver's own file: what is owed to it, in the very form in which it takes it, to be uploaded by hand.

Consent and vault are asked as for a sending, at this moment (promise 8). Nothing is settled by it: a file on a disk is
not at the receiver. Documents are numbered in a ZIP archive, as many as the receiver's batches; PARS gets the file that
its portal takes. No password is ever in one. Source: spec R-6.8; docs/reference/endpoints.md.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from django.views.decorators.debug import sensitive_variables

from cme_xblock.console.exports.scope import Scope
from cme_xblock.console.exports.zip_segments import Archive
from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import config, exporting, facts
from cme_xblock.reporting.endpoints.base import Endpoint, Problem
from cme_xblock.reporting.endpoints.pars_learners import ParsLearners

__all__ = ["steps", "suffix"]

_PAGE = 500
_OWED = (State.HELD, State.READY)
# What a document begins with, and what its name ends with.
_KINDS = ((b"<", "xml"), (b"{", "json"), (b"[", "json"), (b"PK", "xlsx"))

Made = tuple[bytes, Mapping[str, Any], int, int, bool, bool]


def suffix(name: str) -> str:
    """What the name of that receiver's file ends with."""
    return "xlsx" if isinstance(config.endpoints().get(name), ParsLearners) else "zip"


def content_type(name: str) -> str:
    """What kind of file it is."""
    workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return workbook if suffix(name) == "xlsx" else "application/zip"


def steps(name: str, scope: Scope, place: Mapping[str, Any]) -> Iterator[Made]:
    """The file as `steps.Step`s: content, place, participations, records, packed, last.

    Raises KeyError where the receiver is no longer configured.
    """
    endpoint = config.endpoints()[name]
    if isinstance(endpoint, ParsLearners):
        yield from _template(endpoint, scope)
    else:
        yield from _documents(endpoint, scope, place)


def _template(endpoint: ParsLearners, scope: Scope) -> Iterator[Made]:
    """The Excel file that PARS takes by hand: made as a whole, so that a successor begins it anew."""
    with tempfile.TemporaryFile() as file:
        written, left_out = exporting.write(file, endpoint, as_text=False, activities=scope.activities)
        file.seek(0)
        # One piece at a time would be committed without the others; a template is small (xlsxwriter has it on disk).
        yield file.read(), {"left_out": dict(left_out)}, written, written, True, True


def _documents(endpoint: Endpoint, scope: Scope, place: Mapping[str, Any]) -> Iterator[Made]:
    archive = Archive.resumed(place["archive"]) if place else Archive()
    last = tuple(place.get("last", (0, 0)))
    number, done = place.get("number", 0), place.get("done", 0)
    left_out = Counter(place.get("left_out", {}))
    size = max(1, min(endpoint.capabilities().batch_max, _PAGE))
    while page := _owed(endpoint.config.name, scope, cast("tuple[int, int]", last)):
        last = (page[-1].participation_id or 0, page[-1].pk)
        ready = _ready(page, endpoint, left_out)
        content = b""
        for begin in range(0, len(ready), size):
            number += 1
            content += _document(archive, endpoint, ready[begin : begin + size], number)
        done += len(page)
        where = {"archive": archive.state(), "last": last, "number": number, "done": done, "left_out": dict(left_out)}
        yield content, where, done, len(ready), True, False
    told = {"endpoint": endpoint.config.name, "documents": number, "looked_at": done, "left_out": dict(left_out)}
    name = "left-out.json"
    content = archive.open(name) + archive.write(json.dumps(told, indent=1).encode()) + archive.close() + archive.end()
    yield content, {"left_out": dict(left_out)}, done, 0, True, True


@sensitive_variables()
def _document(archive: Archive, endpoint: Endpoint, payloads: list[Any], number: int) -> bytes:
    document = _without_secrets(endpoint).render(payloads, now=datetime.now(UTC))
    kind = next((kind for begin, kind in _KINDS if document.startswith(begin)), "txt")
    return archive.open(f"{endpoint.config.name}-{number:05d}.{kind}") + archive.write(document) + archive.close()


def _without_secrets(endpoint: Endpoint) -> Endpoint:
    """The same receiver with nothing to sign in with: some put user and password into their documents."""
    made: Endpoint = type(endpoint).from_config(replace(endpoint.config, find=lambda _: ""))  # type: ignore[attr-defined]
    return made


@sensitive_variables()
def _ready(page: list[Delivery], endpoint: Endpoint, left_out: Counter[str]) -> list[Any]:
    found = facts.payloads(page, endpoint)
    ready = []
    for row in page:
        one: Any = found[row.pk]
        problem = one if isinstance(one, Problem) else next(iter(endpoint.validate(one)), None)
        if problem is None:
            ready.append(one)
        else:
            left_out[problem.code] += 1
    return ready


def _owed(name: str, scope: Scope, last: tuple[int, int]) -> list[Delivery]:
    """The next page of what is owed and has not left, those of one learner together."""
    participation, pk = last
    owed = Delivery.objects.filter(endpoint=name, state__in=_OWED, activity_key__in=list(scope.activities))
    owed = owed.filter(participation__isnull=False, participation__is_test=False)
    later = owed.filter(participation_id__gt=participation)
    rest = owed.filter(participation_id=participation, pk__gt=pk) | later
    rows = rest.select_related(*facts.RELATED).defer("edition__canonical").order_by("participation_id", "pk")
    return list(rows[:_PAGE])
