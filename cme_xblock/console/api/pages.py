"""The page of keys to the API: made, shown once, taken back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.utils import formats, timezone
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from cme_xblock.activity.message import N_
from cme_xblock.console import pages
from cme_xblock.console.access import Forbidden, May, Place, Visit, guarded
from cme_xblock.console.api import scopes, tokens
from cme_xblock.console.api.tokens import TokenError
from cme_xblock.console.exports import permitted
from cme_xblock.host import language
from cme_xblock.records.models import ApiToken

__all__ = ["keys", "revoke"]

_AT = "console-exports"
_USUAL_DAYS = "90"


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(May.EXPORT_AGGREGATE, place=Place.SITE)
@sensitive_variables("secret", "made")
def keys(request: HttpRequest, visit: Visit) -> HttpResponse:
    """This reader's keys, and the form of a new one. The answer to POST shows it, once."""
    problems: dict[str, str] = {}
    secret = ""
    given: Any = request.POST
    if request.method == "POST":
        days = given.get("days", "")
        try:
            made = tokens.make(
                visit.reader, provider_key=given.get("provider", ""), name=given.get("name", ""),
                scopes=given.getlist("scopes"), days=int(days) if days.isdecimal() and len(days) < 5 else 0,
                now=visit.now,
            )  # fmt: skip
            secret = made.secret
        except TokenError as error:
            problems = {name: one.format(language.current().gettext) for name, one in error.problems.items()}
        except Forbidden:
            problems = {"provider": language.current().gettext(N_("Choose one of your providers."))}
    status = 400 if problems else 200
    return pages.page(request, visit, "console/api_keys.html", _values(visit, given, problems, secret), at=_AT,
                      status=status)  # fmt: skip


@csrf_protect
@guarded(May.EXPORT_AGGREGATE, place=Place.SITE)
def revoke(request: HttpRequest, visit: Visit, uuid: str) -> HttpResponse:
    """Take one's own key back."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    tokens.revoke(str(uuid), visit.reader, now=visit.now)
    return HttpResponseRedirect(pages.url("api-tokens"))


@sensitive_variables("secret")
def _values(visit: Visit, given: Any, problems: dict[str, str], secret: str) -> dict[str, Any]:
    say = language.current().gettext
    providers = permitted.providers(permitted.activities(visit.reader, [May.EXPORT_AGGREGATE], now=visit.now))
    chosen = set(given.getlist("scopes")) if problems else set()
    return {
        "secret": secret,
        "keys": [_shown(one, visit) for one in tokens.mine(visit.reader)[:100]],
        "providers": [{"key": key, "name": name, "chosen": key == given.get("provider")}
                      for key, name in providers.items() if key],
        "scopes": [{"name": name, "about": say(about), "chosen": name in chosen}
                   for name, about in scopes.SCOPES.items()],
        "given": {"name": given.get("name", "") if problems else "",
                  "days": given.get("days", "") if problems else _USUAL_DAYS},
        "wrong": problems,
        "problem": say(N_("No key was made. Correct what is marked.")) if problems else "",
        "home": pages.url("console-exports"),
        "schema": pages.url("api-schema"),
        "most": tokens.LONGEST_DAYS,
    }  # fmt: skip


def _shown(one: ApiToken, visit: Visit) -> dict[str, Any]:
    say = language.current().gettext
    over = one.revoked_at is not None or one.expires_at <= visit.now
    state = N_("Taken back") if one.revoked_at else N_("Over") if over else N_("Valid")
    return {
        "name": one.name, "hint": one.hint, "scopes": one.scopes, "state": say(state),
        "mark": "none" if over else "good",
        "until": _when(one.expires_at), "used": _when(one.last_used_at) if one.last_used_at else say(N_("never")),
        "revoke": "" if over else pages.url("api-token-revoke", uuid=one.uuid),
    }  # fmt: skip


def _when(at: Any) -> str:
    return str(formats.date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT"))
