"""Pages outside any course: whole documents that no search engine lists, no cache keeps and no referrer tells of."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.crypto import salted_hmac

from cme_xblock.host import language
from cme_xblock.pages import templating

_LIMIT_SETTING = "CME_LOOKUP_LIMIT"
_LIMIT = {"requests": 60, "seconds": 60}


def page(template: str, values: Mapping[str, object], *, status: int = 200) -> HttpResponse:
    """The template as a document in the reader's language."""
    common = {
        "language": language.current(),
        "stylesheet": static("cme_xblock/certificate.css"),
        "form": reverse("cme_xblock:verify"),
    }
    return private(HttpResponse(templating.render(template, {**common, **values}), status=status))


def download(content: bytes | str, *, content_type: str, name: str) -> HttpResponse:
    """A file to save. `name` is ours, never a learner's: plain letters."""
    response = private(HttpResponse(content, content_type=content_type))
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def private(response: HttpResponse) -> HttpResponse:
    """The same response, for the person who asked and nobody else."""
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def count(request: HttpRequest) -> None:
    """Count one look-up of this client: every one of a number, and of a certificate those that found none."""
    _, seconds = _limit()
    key = _key(request)
    # The window begins with a client's first look-up and ends by itself.
    if not cache.add(key, 1, seconds):
        try:
            cache.incr(key)
        except ValueError:
            # It ended between the two calls.
            return


def refused(request: HttpRequest) -> HttpResponse | None:
    """A refusal where this client has looked up too many codes, else None.

    .. setting_name: CME_LOOKUP_LIMIT
    .. setting_default: {"requests": 60, "seconds": 60}
    .. setting_description: How many certificates one address may look up in so many seconds. Counted in Django's
        default cache: where that is of one process, so is the limit. Whoever opens certificates with their own codes
        is not counted. Behind a proxy REMOTE_ADDR must be the client's,
        as the LMS's own middleware makes it.
    """
    most, seconds = _limit()
    if int(cache.get(_key(request)) or 0) <= most:
        return None
    response = page("verify.html", {"state": "later", "seconds": seconds}, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _limit() -> tuple[int, int]:
    wanted = {**_LIMIT, **(getattr(settings, _LIMIT_SETTING, None) or {})}
    numbers = wanted["requests"], wanted["seconds"]
    if set(wanted) != set(_LIMIT) or not all(isinstance(one, int) and one > 0 for one in numbers):
        raise ImproperlyConfigured(f'{_LIMIT_SETTING} must be like {{"requests": 60, "seconds": 60}}.')
    return numbers


def _key(request: HttpRequest) -> str:
    """The client without its address: a network of 64 bits counts as one, since whoever has one has all of it."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        network = address
    else:
        network = str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else address
    return f"cme-lookup:{salted_hmac('cme_xblock.lookup', network, algorithm='sha256').hexdigest()[:32]}"
