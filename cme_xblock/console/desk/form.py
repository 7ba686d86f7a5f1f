"""The person's own form: reached by a signed link and no account. Looking changes nothing, for mail scanners look.

What is given is kept as given, once; what is only typed is a draft until then. Source: ACCME SII 3.1; R-1.1, R-1.2.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from cme_xblock.activity.message import N_
from cme_xblock.console.access import public
from cme_xblock.console.desk import words
from cme_xblock.host import language
from cme_xblock.host.language import Language
from cme_xblock.pages import standalone
from cme_xblock.records import desk, desk_links
from cme_xblock.records.contention import LedgerBusy
from cme_xblock.records.desk_links import Answered, Link, Opens
from cme_xblock.records.models import DeskInvitation
from cme_xblock.rules import texts
from cme_xblock.rules.desk import given
from cme_xblock.rules.desk.chain import Kind
from cme_xblock.rules.desk.dossier import Disclosure
from cme_xblock.rules.desk.given import Mistakes

TEMPLATE = "console/desk_form.html"
TEXTS = ("desk_definition", "desk_request", "desk_attestation")
# Fifty relationships with all their words, percent-encoded in a language of two bytes a letter, are less.
LONGEST_BODY = 800_000
_FIELDS = frozenset({"none", "name", "attest"})
_REASON = "Whoever was sent the signed link gives their own disclosure with it, once; it shows nobody else's."


# Nobody is signed in here, so there is nobody in whose name a foreign page could act: the link is all that counts.
@csrf_exempt
@transaction.non_atomic_requests
@public(_REASON)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The form; what was sent of it; or why there is none: 404 for no link of ours, 410 for one that is over."""
    refusal = standalone.refused(request)
    if refusal is not None:
        return refusal
    now = datetime.now(UTC)
    link = desk_links.read(token, now=now)
    with _speaking(link):
        try:
            return _answer(request, link, token, now)
        except desk.DeskBroken:
            assert link.invitation is not None  # noqa: S101 - it has a dossier
            return _said(link.invitation, DAMAGED, status=503)


def _answer(request: HttpRequest, link: Link, token: str, now: datetime) -> HttpResponse:
    if link.opens is Opens.FORM and request.method == "POST":
        return _post(request, link, token, now)
    if link.opens is not Opens.FORM or link.invitation is None:
        return _shut(request, link, token)
    return _form(link.invitation, desk_links.draft_of(link.invitation))


@public(_REASON)
@require_safe
def copy(request: HttpRequest, token: str) -> HttpResponse:
    """The copy for the person's own files, as text, for an hour after it was given. 404 otherwise."""
    refusal = standalone.refused(request)
    if refusal is not None:
        return refusal
    link = desk_links.read(token, now=datetime.now(UTC))
    try:
        disclosure = _given(link) if link.opens is Opens.COPY else None
    except desk.DeskBroken:
        disclosure = None
    if disclosure is None:
        return _shut(request, Link(Opens.NOTHING), token)
    assert link.invitation is not None  # noqa: S101 - it was given by it
    with _speaking(link):
        text = "\ufeff" + _as_text(link.invitation, disclosure)
    name = f"disclosure-{disclosure.number}.txt"
    return standalone.download(text, content_type="text/plain; charset=utf-8", name=name)


def _post(request: HttpRequest, link: Link, token: str, now: datetime) -> HttpResponse:
    invitation = link.invitation
    assert invitation is not None  # noqa: S101 - read() says so
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST_BODY:
        return _said(invitation, TOO_MUCH, status=413)
    sent = {name: str(request.POST[name]) for name in request.POST if name in _FIELDS or given.rows({name: ""})}
    do = str(request.POST.get("do", ""))
    if do == "draft":
        return _draft(invitation, sent)
    if do != "give":
        sent, focus = _rows(sent, do)
        desk_links.keep_draft(invitation, _short(sent))
        return _form(invitation, sent, focus=focus, kept=do == "keep")
    return _give(request, invitation, sent, token=token, now=now)


def _give(
    request: HttpRequest, invitation: DeskInvitation, sent: Mapping[str, str], *, token: str, now: datetime
) -> HttpResponse:
    """Write it, and go to the copy; or say what is wrong with it, and keep it as a draft."""
    answer = given.read(sent, today=words.today())
    if isinstance(answer, Mistakes):
        desk_links.keep_draft(invitation, _short(sent))
        return _form(invitation, sent, mistakes=answer)
    speaks = _language(invitation)
    shown = {key: speaks.gettext(_text(key).text) for key in TEXTS}
    try:
        desk_links.give(
            invitation,
            answer,
            texts={key: _text(key).valid_from.isoformat() for key in TEXTS},
            shown={"language": speaks.code, **shown},
            now=now,
            random=secrets.token_bytes(10),
            on=words.today(),
        )
    except LedgerBusy:
        desk_links.keep_draft(invitation, _short(sent))
        return _said(invitation, BUSY, status=503)
    except Answered:
        return _shut(request, desk_links.read(token, now=now), token)
    return standalone.private(_see(reverse("cme_xblock:desk-form", args=[token])))


def _draft(invitation: DeskInvitation, sent: Mapping[str, str]) -> HttpResponse:
    """Keep what is typed; asked by the page every few seconds, and taken once a second at most."""
    if not cache.add(f"cme-desk-draft:{invitation.pk}", 1, 1):
        return standalone.private(HttpResponse(status=429))
    kept = desk_links.keep_draft(invitation, _short(sent))
    return standalone.private(HttpResponse(status=204 if kept else 409))


def _short(sent: Mapping[str, str]) -> dict[str, str]:
    """A draft holds no more than the form could take, whatever was sent; null bytes no database keeps."""
    return {
        name: value[: given.LONGEST_WORDS + 1].replace("\0", "") for name, value in sent.items() if name != "attest"
    }


def _rows(sent: Mapping[str, str], do: str) -> tuple[dict[str, str], int | None]:
    """The form with a row more, or without one; and the row to go on with."""
    numbers = given.rows(sent)
    if do == "add" and len(numbers) < given.MOST:
        last = max(numbers, default=-1)
        free = last + 1 if last < 99 else next(one for one in range(100) if one not in numbers)
        return {**sent, f"company.{free}": ""}, free
    gone = do.removeprefix("remove.")
    kept = {name: value for name, value in sent.items() if name.partition(".")[2] != gone}
    return kept, next(iter(given.rows(kept)), None)


def _form(
    invitation: DeskInvitation,
    sent: Mapping[str, str],
    *,
    mistakes: Mistakes | None = None,
    focus: int | None = None,
    kept: bool = False,
) -> HttpResponse:
    speaks = _language(invitation)
    wrong = {name: one.format(speaks.gettext) for name, one in mistakes.fields.items()} if mistakes else {}
    person = invitation.person
    numbers = given.rows(sent) or (0,)
    rows = [
        {
            "number": number,
            "place": place,
            "value": {column: sent.get(f"{column}.{number}", "") for column in given.COLUMNS},
            "wrong": {column: wrong.get(f"{column}.{number}", "") for column in given.COLUMNS},
            "focus": focus == number,
        }
        for place, number in enumerate(numbers, start=1)
    ]
    values = {
        **_common(speaks),
        "state": "form",
        # Without the fragment of a link to a mistake, which would keep the focus from where it belongs next.
        "action": reverse("cme_xblock:desk-form", args=[desk_links.token(invitation)]),
        "person": person,
        "texts": {key: speaks.gettext(_text(key).text) for key in TEXTS},
        "source": _text("desk_definition").source_url,
        "natures": [(code, speaks.gettext(label)) for code, label in given.NATURES.items()],
        "until": words.day(invitation.expires_at.date()),
        "today": words.today().isoformat(),
        "none": sent.get("none", ""),
        "name": sent.get("name", person.name),
        "rows": rows,
        "attested": bool(wrong) and sent.get("attest") == "yes",
        "kept": kept,
        "wrong": wrong,
        "problems": [{"at": name.replace(".", "-"), "text": text} for name, text in wrong.items()],
        "more": len(rows) < given.MOST,
        "longest": given.LONGEST_NAME,
        "longest_words": given.LONGEST_WORDS,
    }
    return standalone.page(TEMPLATE, values, status=400 if wrong else 200)


def _shut(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """What a link shows that takes no answer."""
    disclosure = _given(link)
    if link.invitation is None or (disclosure is None and link.opens in (Opens.COPY, Opens.USED)):
        standalone.count(request)
        return standalone.page(TEMPLATE, {**_common(language.current()), "state": "nothing"}, status=404)
    values = {**_common(_language(link.invitation)), "state": link.opens.value, "person": link.invitation.person}
    if disclosure is not None:
        values |= {"number": disclosure.number, "on": words.day(disclosure.on)}
    if link.opens is Opens.COPY and disclosure is not None and request.method != "POST":
        shown = (disclosure.words or {})["shown"]
        values |= {
            "texts": shown,
            "signed": (disclosure.words or {})["name"],
            "rows": _told(disclosure, _language(link.invitation)),
            "copy": reverse("cme_xblock:desk-copy", args=[token]),
        }
        return standalone.page(TEMPLATE, values)
    if link.opens is Opens.COPY:
        # Sent a second time: what was given first stands.
        values["state"] = Opens.USED.value
        return standalone.page(TEMPLATE, values, status=409)
    return standalone.page(TEMPLATE, values, status=409 if request.method == "POST" else 410)


def _said(invitation: DeskInvitation, text: str, *, status: int) -> HttpResponse:
    speaks = _language(invitation)
    values = {**_common(speaks), "state": "said", "said": speaks.gettext(text), "person": invitation.person}
    return standalone.page(TEMPLATE, values, status=status)


def _given(link: Link) -> Disclosure | None:
    """The disclosure that was given by this link."""
    if link.invitation is None or link.opens not in (Opens.COPY, Opens.USED):
        return None
    file = desk.file_of(link.invitation.person)
    mine = (one for one in file.entries if one.kind is Kind.GIVEN and one.facts["invitation"] == link.invitation.uuid)
    found = next(mine, None)
    return file.dossier.disclosure(found.facts["number"]) if found else None


def _told(disclosure: Disclosure, speaks: Language) -> list[dict[str, str]]:
    return [
        {
            "company": one.company,
            "nature": speaks.gettext(given.NATURES.get(one.nature, one.nature)),
            "words": one.words,
            "ended": words.day(one.ended_on),
        }
        for one in disclosure.relationships or ()
    ]


def _as_text(invitation: DeskInvitation, disclosure: Disclosure) -> str:
    speaks = _language(invitation)
    say, kept = speaks.gettext, disclosure.words or {}
    lines = [
        invitation.person.provider_name,
        f"{say(EVIDENCE)} {disclosure.number}",
        f"{say(GIVEN_ON)} {disclosure.on.isoformat()}",
        "",
        kept["shown"]["desk_definition"],
        kept["shown"]["desk_request"],
        "",
    ]
    for one in _told(disclosure, speaks):
        lines += [f"- {one['company']}: {one['nature']}" + (f" ({say(ENDED)} {one['ended']})" if one["ended"] else "")]
        lines += [f"  {one['words']}"] if one["words"] else []
    lines += [say(NOTHING)] if disclosure.nothing else []
    lines += ["", kept["shown"]["desk_attestation"], kept["name"]]
    return "\r\n".join(line.replace("\n", "\r\n") for line in lines) + "\r\n"


def _text(key: str) -> texts.Text:
    return texts.on(key, words.today())


def _language(invitation: DeskInvitation) -> Language:
    code = invitation.person.language
    return language.named(code) if code else language.current()


def _speaking(link: Link) -> AbstractContextManager[None]:
    """Dates are written in the language of the person, like everything else of the page."""
    code = link.invitation.person.language if link.invitation else ""
    return translation.override(code) if code else nullcontext()


def _common(speaks: Language) -> dict[str, object]:
    return {
        "language": speaks,
        "stylesheet": static("cme_xblock/console.css"),
        "own_stylesheet": static("cme_xblock/desk.css"),
        "script": static("cme_xblock/desk.js"),
    }


def _see(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


DAMAGED = N_("Nothing could be recorded: your file here has to be looked at first. Please tell the provider.")
BUSY = N_(
    "Nothing was recorded, because others were writing. What you typed is kept: open the link again, and give it."
)
TOO_MUCH = N_("This is more than the form takes, so nothing was kept of it. Go back, shorten it, and send it again.")
EVIDENCE = N_("Evidence number:")
GIVEN_ON = N_("Given on:")
ENDED = N_("ended")
NOTHING = N_("Nothing to disclose.")
