"""The signed-in learner's transcript: a page to choose from, and the same choice as CSV and PDF."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cme_xblock.credit import pdf, transcript, transcript_files
from cme_xblock.credit.standing import LABELS
from cme_xblock.credit.transcript import Choice, Line, Transcript
from cme_xblock.host import language, reader
from cme_xblock.pages import standalone
from cme_xblock.parts import labels

_LONGEST_CODE = 64


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The transcript as a page. Whoever is not signed in is sent to do so."""
    learner_id = reader.of_request(request)
    if not learner_id:
        return _strangers(request)
    choice, wrong = _choice(request.GET)
    found = transcript.of_learner(learner_id, choice)
    gettext = language.current().gettext
    values = {
        "one": found,
        "choice": choice,
        "first": request.GET.get("from", "")[:10],
        "last": request.GET.get("to", "")[:10],
        "wrong": wrong,
        "lines": [_shown(line, gettext(LABELS[line.standing])) for line in found.lines],
        "csv": _file_address("transcript-csv", request),
        "pdf": _file_address("transcript-pdf", request) if pdf.is_available() else "",
    }
    return standalone.page("transcript.html", values, status=400 if wrong else 200)


@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """The chosen lines as CSV."""
    learner_id = reader.of_request(request)
    if not learner_id:
        return _strangers(request)
    text = transcript_files.as_csv(_chosen(request, learner_id), gettext=language.current().gettext)
    return standalone.download(text, content_type="text/csv; charset=utf-8", name="transcript.csv")


@require_safe
def as_pdf(request: HttpRequest) -> HttpResponse:
    """The chosen lines as a tagged PDF. 404 where this server makes none."""
    learner_id = reader.of_request(request)
    if not learner_id:
        return _strangers(request)
    speaks = language.current()
    try:
        made = transcript_files.as_pdf(
            _chosen(request, learner_id),
            language=speaks.code,
            gettext=speaks.gettext,
            day=labels.day,
            now=timezone.now(),
        )
    except pdf.Unavailable as unavailable:
        raise Http404 from unavailable
    return standalone.download(made.content, content_type="application/pdf", name="transcript.pdf")


def _chosen(request: HttpRequest, learner_id: str) -> Transcript:
    choice, wrong = _choice(request.GET)
    if wrong:
        raise Http404
    return transcript.of_learner(learner_id, choice)


def _choice(asked: QueryDict) -> tuple[Choice, tuple[str, ...]]:
    """What is asked for, and the names of the fields that hold no date; those do not narrow anything."""
    wrong: list[str] = []

    def day(name: str) -> date | None:
        text = asked.get(name, "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            wrong.append(name)
            return None

    choice = Choice(first=day("from"), last=day("to"))
    codes = {name: asked.get(name, "")[:_LONGEST_CODE] for name in ("system", "profession")}
    return replace(choice, system=codes["system"], profession=codes["profession"]), tuple(wrong)


def _shown(line: Line, said: str) -> dict[str, object]:
    return {
        "line": line,
        "completed": labels.day(line.completed_on),
        "issued": labels.day(line.issued_on),
        "standing": said,
        "url": reverse("cme_xblock:certificate", args=[line.code]),
    }


def _file_address(name: str, request: HttpRequest) -> str:
    """The file of the same choice."""
    query = request.GET.urlencode()
    return reverse(f"cme_xblock:{name}") + (f"?{query}" if query else "")


def _strangers(request: HttpRequest) -> HttpResponse:
    where = reader.sign_in(request)
    if where:
        return standalone.private(HttpResponseRedirect(where))
    return standalone.page("transcript.html", {"stranger": True}, status=403)
