"""Everybody in control of content at one provider, with where each stands; and putting somebody on the list."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.core.validators import validate_email
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cme_xblock.activity.message import N_
from cme_xblock.console import pages
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.console.desk import mails, words
from cme_xblock.host import address, language
from cme_xblock.host.mail import Left
from cme_xblock.host.roles import EVERY
from cme_xblock.records import activity_index, desk, desk_list, keys
from cme_xblock.records.contention import LedgerBusy
from cme_xblock.records.desk import File
from cme_xblock.records.models import ActivityIndex, DeskPerson
from cme_xblock.rules.desk import deciding
from cme_xblock.rules.desk.chain import Draft, Kind
from cme_xblock.rules.desk.deciding import Refused
from cme_xblock.rules.desk.given import LONGEST_NAME
from cme_xblock.rules.desk.state import State

_SEARCH_LONGEST = 100
_ON_PAGE = 50


@require_safe
@guarded(May.DESK, place=Place.SITE)
def providers(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The providers whose desk this reader keeps; where there is one, its list at once."""
    found = sorted(_names(visit).items(), key=lambda one: one[1].casefold())
    if len(found) == 1:
        return HttpResponseRedirect(pages.url("desk-list", found[0][0]))
    rows = [{"name": name, "address": pages.url("desk-list", key)} for key, name in found]
    return pages.page(request, visit, "console/desk_providers.html", {"rows": rows}, at="console-desk")


@transaction.non_atomic_requests
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(May.DESK, place=Place.PROVIDER)
def page(request: HttpRequest, visit: Visit, provider: str) -> HttpResponse:
    """The list, by name or filtered; a POST puts somebody on it, and may invite them at once."""
    name = provider_name(visit)
    if request.method == "POST":
        try:
            return _add(request, visit, name)
        except Refused as refused:
            return _page(request, visit, name, refused=refused)
        except LedgerBusy:
            return _page(request, visit, name, refused=Refused("do", BUSY), status=503)
    return _page(request, visit, name)


def provider_name(visit: Visit) -> str:
    """How the provider of this visit is called. Raises Http404 where nobody has told its name yet."""
    name = _names(visit).get(visit.provider)
    if not name:
        raise Http404
    return name


def form_of(request: HttpRequest) -> dict[str, str]:
    """What a form of the desk sent, one text for each name."""
    return {name: str(request.POST[name]) for name in request.POST}


def contact(form: dict[str, str], *, by: str) -> tuple[Draft, str, str]:
    """The entry `named`, the address and the language of a form. Raises Refused."""
    name, credentials = (deciding.text(form, one, LONGEST_NAME) for one in ("name", "credentials"))
    if not name:
        raise Refused("name", NO_NAME)
    email = deciding.text(form, "email", 254)
    try:
        if email:
            validate_email(email)
    except ValidationError:
        raise Refused("email", NO_ADDRESS) from None
    chosen = form.get("language", "")
    speaks = chosen if chosen in dict(languages()) else ""
    return Draft(Kind.NAMED, by, {}, {"name": " ".join(name.split()), "credentials": credentials}), email, speaks


def languages() -> tuple[tuple[str, str], ...]:
    """The languages of this site, by code, each by its own name: whoever chooses one may not read ours."""
    from django.conf import settings
    from django.conf.locale import LANG_INFO

    return tuple((str(code), str(LANG_INFO.get(code, {}).get("name_local", name))) for code, name in settings.LANGUAGES)


def _add(request: HttpRequest, visit: Visit, name: str) -> HttpResponse:
    form = form_of(request)
    named, email, speaks = contact(form, by=visit.reader.name)
    asks = form.get("invite") == "yes"
    if asks and not email:
        raise Refused("email", ADDRESS_TO_INVITE)
    person = desk.register(visit.provider, name, named=named, email=email, language=speaks, now=visit.now)
    done = "added"
    if asks:
        left = mails.invite(person, by=visit.reader.name, site=address.site(request), now=visit.now)
        done = "invited" if left is Left.SENT else "unsent"
    target = pages.url("desk-person", provider=visit.provider, person=person.uuid)
    response = HttpResponseRedirect(f"{target}?done={done}")
    response.status_code = 303
    return response


def _page(
    request: HttpRequest, visit: Visit, name: str, *, refused: Refused | None = None, status: int = 400
) -> HttpResponse:
    gettext = language.current().gettext
    today, zone = words.today(), timezone.get_default_timezone()
    state, search = request.GET.get("state", ""), request.GET.get("q", "")[:_SEARCH_LONGEST].replace("\0", "")
    desk_list.refresh(visit.provider)
    counts = desk_list.counts(visit.provider, today=today, zone=zone)
    asked = desk_list.found(visit.provider, wanted=state, search=search, today=today, zone=zone)
    found = Paginator(asked, _ON_PAGE).get_page(request.GET.get("page"))
    files = desk.files(visit.provider, only=list(found))
    query = urlencode([("q", search), ("state", state)])
    visit.note("desk", count=len(found), why=N_("The list of the disclosure desk"))
    values: dict[str, Any] = {
        "provider": name,
        "address": pages.url("desk-list", visit.provider),
        "importing": pages.url("desk-import", visit.provider),
        "rows": [_row(visit, one, today) for one in files],
        "found": found.paginator.count,
        "pager": {
            "number": found.number,
            "of": found.paginator.num_pages,
            "before": f"?{query}&page={found.number - 1}" if found.has_previous() else "",
            "after": f"?{query}&page={found.number + 1}" if found.has_next() else "",
        },
        "everybody": counts.everybody,
        "states": [
            {"code": one.value, "label": gettext(label), "count": counts.by_state[one], "chosen": one.value == state}
            for one, (label, _) in words.STATES.items()
        ],
        "search": search,
        "languages": languages(),
        "done": gettext(IMPORTED) if request.GET.get("done") == "imported" else "",
        "typed": form_of(request) if refused else {},
        "wrong": refused.field if refused else "",
        "says": refused.message.format(gettext) if refused else "",
        "problem": (gettext(NOT_ADDED) if status == 400 else refused.message.format(gettext)) if refused else "",
    }
    return pages.page(
        request, visit, "console/desk_list.html", values, at="console-desk", status=status if refused else 200
    )


def _row(visit: Visit, file: File, today: date) -> dict[str, Any]:
    standing = file.standing(today=today, zone=timezone.get_default_timezone())
    label, mark = words.DAMAGED if file.damaged else words.STATES[standing.state]
    current = file.dossier.current
    return {
        "name": file.person.name,
        "credentials": file.dossier.credentials,
        "address": pages.url("desk-person", provider=visit.provider, person=file.person.uuid),
        "label": language.current().gettext(label),
        "mark": mark,
        "invited": standing.invited and standing.state is not State.INVITED,
        "on": words.day(current.on) if current else "",
        "imported": bool(current and current.imported),
        "ages": words.day(standing.ages_on),
        "activities": len(file.dossier.assignments),
    }


def _names(visit: Visit) -> dict[str, str]:
    """The providers of this reader, by key: those of the settings, and for who keeps all desks, all that are known."""
    activity_index.refresh()
    known = dict(ActivityIndex.objects.order_by().values_list("provider_key", "provider_name").distinct())
    if visit.providers is None:
        listed = dict(DeskPerson.objects.order_by().values_list("provider_key", "provider_name").distinct())
        found = {**listed, **known}
    else:
        found = {key: name for key, name in known.items() if key in visit.providers}
    named = {keys.provider_key(name): name for name in visit.reader.providers if name != EVERY}
    return {key: name for key, name in {**named, **found}.items() if key}


NO_NAME = N_("Write the person's name.")
NO_ADDRESS = N_("This is no e-mail address. Write it like name@example.org, or leave it empty.")
ADDRESS_TO_INVITE = N_("An invitation by mail needs an e-mail address.")
IMPORTED = N_("The table was imported. What it says is marked as imported.")
BUSY = N_("Others are writing to the desk. Nobody was put on the list; try again in a moment.")
NOT_ADDED = N_("Nobody was put on the list.")
