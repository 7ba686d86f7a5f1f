"""The page that stops mails about plans: reached from such a mail, with its code, and no account.

Looking changes nothing, because mail scanners open every link; the one button, or a mail program's own, does it.
Source: RFC 8058; docs/decisions/0030.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cme_xblock.host import language
from cme_xblock.parts import follow_up, standalone
from cme_xblock.records import follow_ups

TEMPLATE = "follow_up_stop.html"


# Nobody is signed in here, so there is nobody in whose name a foreign page could act: the code is all that counts.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, code: str) -> HttpResponse:
    """The button, or that it is done. 404 for a code that no mail has; 429 where a client tries many."""
    refusal = standalone.refused(request)
    if refusal is not None:
        return refusal
    if request.method == "POST":
        text = language.current().gettext(follow_up.STOP)
        state = "stopped" if follow_ups.stop(code, text=text, now=datetime.now(UTC)) else "unknown"
    else:
        state = "asks" if follow_ups.known(code) else "unknown"
    if state == "unknown":
        standalone.count(request)
    return standalone.page(TEMPLATE, {"state": state}, status=404 if state == "unknown" else 200)
