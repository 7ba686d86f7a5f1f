"""Badges: a claim's credential to save, and the two documents that verifiers fetch."""

from __future__ import annotations

import json

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.views.decorators.http import require_safe

from cme_xblock.credit import badge, badge_keys, certificate, printed, standing, status_list
from cme_xblock.credit.badge import Links
from cme_xblock.credit.badge_keys import Issuer
from cme_xblock.credit.standing import Standing
from cme_xblock.host import address
from cme_xblock.pages import standalone
from cme_xblock.parts import views

_KEPT_SECONDS = 60


@require_safe
def credential(request: HttpRequest, code: str) -> HttpResponse:
    """The claim as a badge. 404 where the site signs none, for a claim that no longer counts, and for a notice."""
    refusal = standalone.refused(request)
    if refusal is not None:
        return refusal
    issuer, claim = _issuer(request), views.found(request, code)
    if standing.of(claim) is not Standing.VALID or not badge.is_for(claim):
        raise Http404
    number, index = status_list.place(claim)
    site = address.site(request)
    links = Links(
        verify=site + reverse("cme_xblock:verify-number", args=[certificate.number(claim)]),
        status_list=site + reverse("cme_xblock:badge-status", args=[number]),
        status_index=index,
    )
    with translation.override(printed.language_of(claim)):
        completed_on = str(formats.date_format(claim.completed_on, "DATE_FORMAT"))
    text = badge.issue(claim, issuer=issuer, links=links, completed_on=completed_on)
    name = f"badge-{certificate.number(claim)}.jwt"
    return standalone.download(text, content_type=badge.CONTENT_TYPE, name=name)


@require_safe
def did(request: HttpRequest) -> HttpResponse:
    """The site's keys, for whoever verifies a badge."""
    document = json.dumps(_issuer(request).document())
    return _public(HttpResponse(document, content_type="application/did+json"), seconds=3600)


@require_safe
def status(request: HttpRequest, number: int) -> HttpResponse:
    """Which badges of this list were revoked. Made at most once a minute."""
    issuer, where = _issuer(request), address.site(request) + request.path
    key = f"cme-badge-status:{issuer.keys[0].id}:{badge_keys.did_of(where)}"
    text = cache.get(key)
    if text is None:
        if number > _LAST or not status_list.exists(number):
            raise Http404
        text = status_list.issue(number, issuer=issuer, address=where, now=timezone.now())
        cache.set(key, text, _KEPT_SECONDS)
    return _public(HttpResponse(text, content_type=badge.CONTENT_TYPE), seconds=_KEPT_SECONDS)


# Beyond it no database has a row.
_LAST = 2**63 // status_list.SIZE - 1


def _issuer(request: HttpRequest) -> Issuer:
    issuer = badge_keys.issuer(address.site(request) + reverse("cme_xblock:did"))
    if issuer is None:
        raise Http404
    return issuer


def _public(response: HttpResponse, *, seconds: int) -> HttpResponse:
    """For everybody, also for verifiers that run in a browser on another site."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={seconds}"
    response["X-Content-Type-Options"] = "nosniff"
    return response
