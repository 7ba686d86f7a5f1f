"""What every view of the API has: who asks, what they may, how often, and that nothing is sent twice that is known.

Deny by default: a key without the scope, a scope without the permission, and a provider that is not the key's are
refused in the same words as what is not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpResponseNotModified
from django.utils import timezone
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from cme_xblock.console import access
from cme_xblock.console.access import IDENTIFIED, Forbidden, Place, Rule, Visit
from cme_xblock.console.api import scopes, tokens
from cme_xblock.host import api_auth, roles
from cme_xblock.host.roles import Reader
from cme_xblock.pages import standalone
from cme_xblock.records.models import ApiToken

__all__ = ["View", "described", "problem"]

_KEY = "bearer cme_"
M = TypeVar("M", bound=Callable[..., Any])
_RATE = "600/min"


@dataclass(frozen=True)
class Caller:
    """Who asks, as Django REST framework wants it."""

    reader: Reader
    is_authenticated: bool = True

    @property
    def pk(self) -> str:
        """What is counted by."""
        return self.reader.id


class KeyAuthentication(BaseAuthentication):
    """One of our keys: `Authorization: Bearer cme_…`."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiToken] | None:
        """The owner and the key. None where the header has none of ours."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header.lower().startswith(_KEY):
            return None
        token = tokens.find(header.split(" ", 1)[1].strip(), now=timezone.now())
        reader = roles.of_id(token.reader_id) if token else roles.NOBODY
        if token is None or not reader.known:
            raise exceptions.AuthenticationFailed("The key is not valid: it is unknown, over, or was taken back.")
        return Caller(reader), token

    def authenticate_header(self, request: Request) -> str:
        """What a refusal names as the way in."""
        return 'Bearer realm="cme"'


class PageAuthentication(BaseAuthentication):
    """Whoever is signed in at the pages, with the token of forms where something is changed."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        """The reader of the pages; None for nobody."""
        reader = roles.of_request(request._request)
        if not reader.known:
            return None
        check = CSRFCheck(lambda _: None)
        check.process_request(request)
        reason = check.process_view(request, None, (), {})
        if reason:
            raise exceptions.PermissionDenied(f"CSRF: {reason}")
        return Caller(reader), None


class Permitted(BasePermission):
    """The rule of the view, by the console's own function; what a key adds is that it may do less."""

    message = "You may not read this, or there is none here."

    def has_permission(self, request: Request, view: View) -> bool:
        """Whether; the visit is kept at the request."""
        reader = request.user.reader if isinstance(request.user, Caller) else roles.of_user(request.user)
        allowed = _scopes(request)
        if not reader.known or (allowed is not None and view.scope not in allowed):
            return False
        try:
            visit = access.may(reader, view.cme_rule, named=view.kwargs)
        except Forbidden:
            return False
        if visit.rule.place is not Place.SITE and view.only(request) not in ("", visit.provider):
            return False
        request.visit = visit
        return True


def _scopes(request: Request) -> frozenset[str] | None:
    """The scopes of what was brought; None for somebody at the pages, whose permissions are enough."""
    if isinstance(request.auth, ApiToken):
        return scopes.read(request.auth.scopes)
    if isinstance(request.user, Caller):
        return None
    return scopes.of_platform(api_auth.scopes_of(request.auth))


class Rate(SimpleRateThrottle):
    """How often one key, or one person without a key, may ask.

    .. setting_name: CME_API_RATE
    .. setting_default: 600/min
    .. setting_description: Requests to the REST API for each key, as in "600/min" or "10000/day". Counted in Django's
        default cache: where that is of one process, so is the limit.
    """

    scope = "cme"

    def get_rate(self) -> str:
        """From the setting."""
        return str(getattr(settings, "CME_API_RATE", _RATE))

    def get_cache_key(self, request: Request, view: APIView) -> str:
        """By key, person, or address."""
        if isinstance(request.auth, ApiToken):
            who = f"key {request.auth.pk}"
        elif request.user is not None and getattr(request.user, "is_authenticated", False):
            who = f"reader {request.user.pk}"
        else:
            who = f"address {self.get_ident(request)}"
        return "cme-api:" + hashlib.sha256(who.encode()).hexdigest()


class View(APIView):
    """The base of all. `cme_rule`: what is asked for; `scope`: what a key must have."""

    cme_rule: Rule
    scope: str
    # Whether answers may name people though the rule alone is one of sums.
    names_people = False
    authentication_classes: Sequence[type[BaseAuthentication]] = (
        KeyAuthentication,
        *api_auth.classes(),
        PageAuthentication,
    )
    permission_classes = (Permitted,)
    throttle_classes = (Rate,)
    renderer_classes = (JSONRenderer,)
    parser_classes = (JSONParser,)
    schema = AutoSchema()

    def only(self, request: Request) -> str:
        """The key of the one provider that the caller's key is for; empty where it may be any."""
        return request.auth.provider_key if isinstance(request.auth, ApiToken) else ""

    def visit(self, request: Request) -> Visit:
        """The visit behind the request."""
        found: Visit = request.visit
        return found

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Private, and with a tag by which the same answer is not sent again (If-None-Match)."""
        made = super().finalize_response(request, response, *args, **kwargs)
        standalone.private(made)
        # Rows of people lie in no store, not even the caller's own.
        kept = self.names_people or self.cme_rule.may in IDENTIFIED
        made["Cache-Control"] = "private, no-store" if kept else "private, no-cache"
        made["Vary"] = "Authorization, Cookie"
        if request.method not in ("GET", "HEAD") or made.status_code != 200 or not isinstance(made, Response):
            return made
        made.render()
        tag = f'"{hashlib.sha256(made.content).hexdigest()[:32]}"'
        made["ETag"] = tag
        return not_modified(made, tag) if known(request, tag) else made


def described(**said: Any) -> Callable[[M], M]:
    """Say of a method what OpenAPI has of it (`extend_schema`), whatever the site's own settings of the framework."""

    def decorate(method: M) -> M:
        method.schema = AutoSchema  # type: ignore[attr-defined]
        made: M = extend_schema(**said)(method)
        return made

    return decorate


def known(request: Request, tag: str) -> bool:
    """Whether the caller has the answer of that tag already (RFC 9110, 13.1.2: weak comparison)."""
    brought = request.META.get("HTTP_IF_NONE_MATCH", "")
    return brought.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in brought.split(",")}


def not_modified(response: Any, tag: str) -> HttpResponseNotModified:
    """The answer that nothing is new."""
    made = HttpResponseNotModified()
    for name in ("Cache-Control", "Vary"):
        made[name] = response[name]
    made["ETag"] = tag
    return made


def problem(fields: dict[str, str]) -> exceptions.ValidationError:
    """A refusal that says what is wrong with each field."""
    return exceptions.ValidationError({"detail": "Nothing was done. Correct these fields.", "fields": fields})
