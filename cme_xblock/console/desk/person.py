"""One person in control of content: what was asked and given, what is decided for which activity, and what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.http import require_http_methods

from cme_xblock.activity.message import N_
from cme_xblock.console import pages
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.console.desk import listing, mails, shown, words
from cme_xblock.host import address, language
from cme_xblock.host.mail import Left
from cme_xblock.records import activity_index, desk, desk_links, keys
from cme_xblock.records.contention import LedgerBusy
from cme_xblock.records.models import DeskPerson
from cme_xblock.rules.desk import deciding, dossier
from cme_xblock.rules.desk.chain import Draft, Entry
from cme_xblock.rules.desk.deciding import Refused
from cme_xblock.rules.desk.dossier import Dossier

_LONGEST_KEY = 255
Deed = Callable[[HttpRequest, Visit, DeskPerson, dict[str, str]], str]


# Mails leave from here, and what others write meanwhile is tried again: neither works inside the one transaction that
# Open edX makes of a request.
@transaction.non_atomic_requests
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(May.DESK, place=Place.PROVIDER)
def page(request: HttpRequest, visit: Visit, provider: str, person: str) -> HttpResponse:
    """The person's page; a POST names in `do` what is to be done. 404 for nobody of this provider."""
    name = listing.provider_name(visit)
    found = desk.find(visit.provider, person)
    if found is None:
        raise Http404
    try:
        return _answer(request, visit, found, name)
    except desk.DeskBroken:
        values = {"problem": language.current().gettext(DAMAGED)}
        return pages.page(request, visit, "console/desk_damaged.html", values, at="console-desk", status=409)


def _answer(request: HttpRequest, visit: Visit, found: DeskPerson, name: str) -> HttpResponse:
    """The page, or what became of the form that was sent."""
    if request.method != "POST":
        return _page(request, visit, found, name)
    form = listing.form_of(request)
    deed = _DEEDS.get(form.get("do", ""))
    try:
        if deed is None:
            raise Refused("do", NO_DEED)
        done = deed(request, visit, found, form)
    except Refused as refused:
        return _page(request, visit, found, name, refused=refused, typed=form)
    except LedgerBusy:
        return _page(request, visit, found, name, refused=Refused("do", BUSY), typed=form, status=503)
    target = pages.url("desk-person", provider=visit.provider, person=found.uuid)
    at = form.get("activity", "")
    anchor = f"#a-{at[:12]}" if at.isalnum() else ""
    response = HttpResponseRedirect(f"{target}?done={done}{anchor}")
    response.status_code = 303
    return response


def _page(
    request: HttpRequest,
    visit: Visit,
    person: DeskPerson,
    name: str,
    *,
    refused: Refused | None = None,
    typed: Mapping[str, str] | None = None,
    status: int = 400,
) -> HttpResponse:
    gettext = language.current().gettext
    visit.note("desk_person", count=1, why=N_("A dossier of the disclosure desk"), subject=person.uuid)
    said = typed or {}
    values: dict[str, Any] = {
        "provider": name,
        "list": pages.url("desk-list", visit.provider),
        "own_stylesheet": static("cme_xblock/desk.css"),
        "done": gettext(_DONE.get(request.GET.get("done", ""), "")),
        "problem": refused.message.format(gettext) if refused else "",
        "wrong": refused.field if refused else "",
        "typed": said,
        # Which of the forms of the page was sent, so that what was typed stands in that one alone.
        "sent": ":".join(said.get(one, "") for one in ("do", "activity", "relationship")),
        "languages": listing.languages(),
        "published": _published(visit),
        "roles": [(code, gettext(label)) for code, label in words.ROLES.items()],
        "ticked": request.POST.getlist("roles"),
        **shown.file(desk.file_of(person), site=address.site(request)),
    }
    return pages.page(
        request, visit, "console/desk_person.html", values, at="console-desk", status=status if refused else 200
    )


def _published(visit: Visit) -> list[dict[str, str]]:
    return [
        {"key": one.activity_key, "title": one.title, "course": one.course_key}
        for one in activity_index.of_providers([visit.provider])
    ]


def _invite(request: HttpRequest, visit: Visit, person: DeskPerson, form: dict[str, str]) -> str:
    if not person.email:
        raise Refused("email", listing.ADDRESS_TO_INVITE)
    left = mails.invite(person, by=visit.reader.name, site=address.site(request), now=visit.now)
    return "invited" if left is Left.SENT else "unsent"


def _link(request: HttpRequest, visit: Visit, person: DeskPerson, form: dict[str, str]) -> str:
    desk_links.invite(person, by=visit.reader.name, by_mail=False, now=visit.now)
    return "linked"


def _withdraw(request: HttpRequest, visit: Visit, person: DeskPerson, form: dict[str, str]) -> str:
    return "withdrawn" if desk_links.withdraw(person) else "nothing"


def _contact(request: HttpRequest, visit: Visit, person: DeskPerson, form: dict[str, str]) -> str:
    named, email, speaks = listing.contact(form, by=visit.reader.name)
    if not desk.correct_contact(person, email=email, language=speaks):
        raise Refused("email", TAKEN_ADDRESS)

    def decide(so_far: tuple[Entry, ...]) -> tuple[Draft, ...]:
        held = dossier.fold(so_far)
        return () if named.words == {"name": held.name, "credentials": held.credentials} else (named,)

    desk.append(person, decide=decide, now=visit.now)
    return "contact"


def _assign(request: HttpRequest, visit: Visit, person: DeskPerson, form: dict[str, str]) -> str:
    chosen = form.get("published", "")
    if chosen:
        row = next((one for one in activity_index.of_providers([visit.provider]) if one.activity_key == chosen), None)
        if row is None:
            raise Refused("published", NO_ACTIVITY)
        form |= {"course_key": row.course_key, "activity_id": row.activity_id, "title": row.title[:200]}
    for one in ("course_key", "activity_id"):
        form[one] = deciding.text(form, one, _LONGEST_KEY)
    try:
        activity = keys.activity_key(form["course_key"], form["activity_id"])
    except ValueError:
        raise Refused("activity_id", NO_KEYS) from None
    form["activity"] = activity
    roles = [str(one) for one in request.POST.getlist("roles")]
    draft = deciding.assignment(form, activity=activity, roles=roles, by=visit.reader.name)
    desk.append(person, decide=lambda _: (draft,), now=visit.now)
    return "assigned"


def _deciding(make: Callable[[Dossier, dict[str, str], str], Draft], done: str) -> Deed:
    """A deed that is decided on the dossier as it is at that moment."""

    def deed(request: HttpRequest, visit: Visit, person: DeskPerson, form: dict[str, str]) -> str:
        desk.append(person, decide=lambda so_far: (make(dossier.fold(so_far), form, visit.reader.name),), now=visit.now)
        return done

    return deed


_DEEDS: Mapping[str, Deed] = {
    "invite": _invite,
    "link": _link,
    "withdraw": _withdraw,
    "contact": _contact,
    "assign": _assign,
    "unassign": _deciding(lambda held, form, by: deciding.unassignment(held, form, by=by), "unassigned"),
    "decide": _deciding(lambda held, form, by: deciding.decision(held, form, by=by, today=words.today()), "decided"),
    "mitigate": _deciding(
        lambda held, form, by: deciding.mitigation(held, form, by=by, today=words.today()), "mitigated"
    ),
    "except": _deciding(lambda held, form, by: deciding.exception(held, form, by=by), "excepted"),
}
_DONE: Mapping[str, str] = {
    "added": N_("The person is on the list."),
    "invited": N_("The invitation was sent."),
    "unsent": N_("The mail server did not take the invitation surely. Send it again, or pass a link on."),
    "linked": N_("The link stands below. Pass it on to this person and nobody else."),
    "withdrawn": N_("The link opens nothing any more."),
    "nothing": N_("There was no open link."),
    "contact": N_("The name and address are written down."),
    "assigned": N_("The person is assigned to the activity."),
    "unassigned": N_("The person is not assigned to the activity any more."),
    "decided": N_("The decision is written down."),
    "mitigated": N_("The mitigation is written down."),
    "excepted": N_("The exception is written down."),
}
DAMAGED = N_(
    "This dossier cannot be read, so nothing is shown of it and nothing is added. An operator runs cme_verify."
)
NO_DEED = N_("Choose one of the buttons of this page.")
BUSY = N_("Somebody else is writing to this dossier. Nothing was written; try again in a moment.")
TAKEN_ADDRESS = N_("Somebody else on your list has this address. Look there first.")
NO_ACTIVITY = N_("This activity is not published by you. Choose another one, or give course and activity id.")
NO_KEYS = N_("Choose a published activity, or give both the course key and the activity id.")
