"""Last year's table brought into the desk: seen first, person by person, then written; all of it or nothing.

The table is read by the importer of the author's form, and not kept here: the page that shows it holds its bytes, and
what was seen is what is sent to be written.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.http import require_http_methods, require_safe

from cme_xblock.activity.importers import ImportFailed, people, table
from cme_xblock.activity.message import N_, Message
from cme_xblock.console import pages
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.console.desk import listing, words
from cme_xblock.host import language
from cme_xblock.pages import standalone
from cme_xblock.records import desk_import
from cme_xblock.records.contention import LedgerBusy
from cme_xblock.records.desk_import import Fate, Table
from cme_xblock.rules.desk.given import LONGEST_NAME, LONGEST_WORDS

# In base64 on the page that shows it, this is what Django takes of a form without a file.
MOST_BYTES = 1_500_000
_KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_EMAILS = {**people.KNOWN, **dict.fromkeys(("email", "e_mail", "mail", "email_address", "e_mail_address"), "email")}


class Unfit(ValueError):  # noqa: N818 - says what is the case
    """A table that cannot be taken; the message says why."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


@transaction.non_atomic_requests
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(May.DESK, place=Place.PROVIDER)
def page(request: HttpRequest, visit: Visit, provider: str) -> HttpResponse:
    """The form for a file; what it holds; and, where that was agreed to, the import."""
    name = listing.provider_name(visit)
    if request.method != "POST":
        return _page(request, visit, name, {})
    try:
        data, file = _sent(request)
        found, notes = _read(data, file)
    except ImportFailed as failed:
        return _refused(request, visit, name, failed.message)
    except Unfit as unfit:
        return _refused(request, visit, name, unfit.message)
    if request.POST.get("do") != "bring":
        lines = desk_import.plan(visit.provider, found, today=words.today())
        values = {"lines": _lines(lines), "notes": notes, "kept": base64.b64encode(data).decode(), "file": file}
        return _page(request, visit, name, values)
    try:
        lines = desk_import.bring(visit.provider, name, found, by=visit.reader.name, today=words.today(), now=visit.now)
    except LedgerBusy:
        return _refused(request, visit, name, Message(BUSY), status=503)
    visit.note("desk_import", count=len(lines), why=N_("A table brought into the disclosure desk"))
    response = HttpResponseRedirect(pages.url("desk-list", visit.provider) + "?done=imported")
    response.status_code = 303
    return response


@require_safe
@guarded(May.DESK, place=Place.PROVIDER)
def template(request: HttpRequest, visit: Visit, provider: str, kind: str) -> HttpResponse:
    """An empty table with examples. 404 for another kind than csv and xlsx."""
    if kind not in _KINDS:
        raise Http404
    return standalone.download(people.template(kind), content_type=_KINDS[kind], name=f"cme-people.{kind}")


def _sent(request: HttpRequest) -> tuple[bytes, str]:
    """The bytes of the table and the file's name: of a file, or of the page that showed it. Raises Unfit."""
    file = request.FILES.get("file")
    if file is not None:
        if file.size is None or file.size > MOST_BYTES:
            raise Unfit(Message(TOO_LARGE))
        return file.read(), str(file.name or "")[:LONGEST_NAME]
    try:
        data = base64.b64decode(request.POST.get("kept", "").encode(), validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data:
        raise Unfit(Message(NO_FILE))
    return data, request.POST.get("name", "").replace("\0", "")[:LONGEST_NAME]


def _read(data: bytes, name: str) -> tuple[Table, list[str]]:
    """The table, and what its reader remarks. Raises ImportFailed, and Unfit for what is too long to keep."""
    gettext = language.current().gettext
    found = people.read(data, name=name)
    emails = _emails(data, name)
    notes = [
        f"{one.place}: {one.message.format(gettext)}" if one.place else one.message.format(gettext)
        for one in found.notes
        if not (emails and _is_of_email(one.message.params.get("title")))
    ]
    notes += [f"{one.place}: {one.message.format(gettext)}" for one in found.problems]
    for one in found.people:
        texts = [one.person.name, one.person.credentials, *(each.company for each in one.person.relationships)]
        if any(len(text) > LONGEST_NAME for text in texts):
            raise Unfit(_too_long(one.person.name, LONGEST_NAME))
        if any(len(each.nature) > LONGEST_WORDS for each in one.person.relationships):
            raise Unfit(_too_long(one.person.name, LONGEST_WORDS))
    return Table(name, desk_import.sha256(data), found.people, emails), notes


def _too_long(name: str, longest: int) -> Message:
    return Message(TOO_LONG, {"name": name[:60], "longest": str(longest)})


def _emails(data: bytes, name: str) -> dict[str, str]:
    """The addresses of a column that only the desk knows, by name as the importer writes it."""
    rows = table.read(data, name=name, known=_EMAILS, needed=people.NEEDED).rows
    found: dict[str, str] = {}
    for row in rows:
        if row["name"] and "@" in row["email"] and len(row["email"]) <= 254 and row["email"].isprintable():
            found.setdefault(" ".join(row["name"].split()), row["email"].strip())
    return found


def _is_of_email(title: object) -> bool:
    return isinstance(title, str) and _EMAILS.get(table.heading(title)) == "email"


def _lines(lines: tuple[desk_import.Line, ...]) -> list[dict[str, Any]]:
    gettext = language.current().gettext
    return [
        {
            "name": one.imported.person.name,
            "rows": ", ".join(map(str, one.imported.rows)),
            "on": words.day(one.imported.person.disclosed_on),
            "email": one.email,
            "relationships": [(each.company, each.nature) for each in one.imported.person.relationships],
            "fate": gettext(_FATES[one.fate]),
            "written": one.fate in (Fate.NEW, Fate.KNOWN),
        }
        for one in lines
    ]


def _refused(request: HttpRequest, visit: Visit, name: str, message: Message, *, status: int = 400) -> HttpResponse:
    return _page(request, visit, name, {"problem": message.format(language.current().gettext)}, status=status)


def _page(request: HttpRequest, visit: Visit, name: str, values: dict[str, Any], *, status: int = 200) -> HttpResponse:
    common = {
        "provider": name,
        "list": pages.url("desk-list", visit.provider),
        "own_stylesheet": static("cme_xblock/desk.css"),
        "templates": [(kind, pages.url("desk-template", provider=visit.provider, kind=kind)) for kind in _KINDS],
        "columns": ", ".join((*people.COLUMNS, "email")),
    }
    return pages.page(
        request, visit, "console/desk_import.html", {**common, **values}, at="console-desk", status=status
    )


BUSY = N_("Others are writing to the desk. Nothing was imported; try again in a moment.")
NO_FILE = N_("Choose a file first.")
TOO_LARGE = N_("The file is larger than 1.5 MB. Split it, and import the parts one after the other.")
TOO_LONG = N_("{name}: a text is longer than {longest} characters, so nothing was imported. Shorten it in the table.")
_FATES = {
    Fate.NEW: N_("New on the list"),
    Fate.KNOWN: N_("Added to the person of that name or address on the list"),
    Fate.SAME: N_("Left out: imported from this file before"),
    Fate.UNDATED: N_("Left out: no date of disclosure, so nobody knows how old it is"),
    Fate.FUTURE: N_("Left out: the date of disclosure is still to come"),
    Fate.SEVERAL: N_("Left out: several people on the list have this name. Add the e-mail address to the table"),
}
