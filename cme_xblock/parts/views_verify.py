"""The page where anybody can ask whether a certificate counts, by its number alone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from cme_xblock.credit import verification
from cme_xblock.credit.standing import LABELS, Standing
from cme_xblock.host import language
from cme_xblock.pages import standalone
from cme_xblock.parts import labels


@require_safe
def form(request: HttpRequest) -> HttpResponse:
    """A field for the number; with one in it, the way to its page."""
    typed = verification.typed(request.GET.get("number", ""))
    if not typed:
        return standalone.page("verify.html", {"state": "ask"})
    if not typed.isalnum() or not typed.isascii():
        # No address holds this.
        standalone.count(request)
        return standalone.refused(request) or _unknown()
    return standalone.private(HttpResponseRedirect(reverse("cme_xblock:verify-number", args=[typed])))


@require_safe
def number(request: HttpRequest, number: str) -> HttpResponse:
    """What is known of the certificate with this number. The same page, with 404, for every number that none has."""
    standalone.count(request)
    refusal = standalone.refused(request)
    if refusal is not None:
        return refusal
    found = verification.find(number)
    if found is None:
        return _unknown()
    return standalone.page(
        "verify.html",
        {
            "state": "found",
            "one": found,
            "valid": found.standing is Standing.VALID,
            "superseded": found.standing is Standing.SUPERSEDED,
            "test": found.standing is Standing.TEST,
            "said": language.current().gettext(LABELS[found.standing]),
            "issued": labels.day(found.issued_on),
            "completed": labels.day(found.completed_on),
        },
    )


def _unknown() -> HttpResponse:
    return standalone.page("verify.html", {"state": "unknown"}, status=404)
