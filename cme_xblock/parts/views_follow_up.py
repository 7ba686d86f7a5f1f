"""The page that stops mails about plans, or about questions that come again: reached from such a mail, with its code.

Looking changes nothing, because mail scanners open every link; the one button, or a mail program's own, does it.
Source: RFC 8058; docs/decisions/0030.
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import ModuleType

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cme_xblock.host import language
from cme_xblock.pages import standalone
from cme_xblock.parts import follow_up, retention
from cme_xblock.records import follow_ups, retentions

TEMPLATE = "follow_up_stop.html"


# Nobody is signed in here, so there is nobody in whose name a foreign page could act: the code is all that counts.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, code: str) -> HttpResponse:
    """The button, or that it is done. 404 for a code that no mail has; 429 where a client tries many."""
    return _stopped(request, code, about=follow_ups, text=follow_up.STOP)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop_retention(request: HttpRequest, code: str) -> HttpResponse:
    """The same for mails that say that questions have come again."""
    return _stopped(request, code, about=retentions, text=retention.STOP)


def _stopped(request: HttpRequest, code: str, *, about: ModuleType, text: str) -> HttpResponse:
    refusal = standalone.refused(request)
    if refusal is not None:
        return refusal
    if request.method == "POST":
        said = language.current().gettext(text)
        state = "stopped" if about.stop(code, text=said, now=datetime.now(UTC)) else "unknown"
    else:
        state = "asks" if about.known(code) else "unknown"
    if state == "unknown":
        standalone.count(request)
    values = {"state": state, "questions": about is retentions}
    return standalone.page(TEMPLATE, values, status=404 if state == "unknown" else 200)
