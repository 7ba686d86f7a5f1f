"""Pages that need no course: the certificate as a page, a PDF and a badge, for as long as the record is kept."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from cme_xblock.activity.message import N_
from cme_xblock.credit import appearance, badge, badge_keys, pdf, printed, qr, standing
from cme_xblock.credit import certificate as certificates
from cme_xblock.credit.printed import Addresses
from cme_xblock.host import address, language
from cme_xblock.pages import standalone
from cme_xblock.parts import labels
from cme_xblock.records import claims
from cme_xblock.records.models import Claim

NO_PDF = N_("There is no PDF, because this server has no program to make one. Print this page instead.")


@require_safe
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """The certificate with this code: whoever holds the code may see it. 404 for any other."""
    refusal = standalone.refused(request)
    if refusal is not None:
        return refusal
    claim = found(request, code)
    built = certificates.build(claim, standing=standing.of(claim), completed_on=labels.day(claim.completed_on))
    gettext = language.current().gettext
    verify = _addresses(request, claim).verify
    return standalone.page(
        "certificate.html",
        {
            "one": {
                "heading": built.heading.format(gettext),
                "void": built.void.format(gettext) if built.void else "",
                "took_part": built.took_part.format(gettext),
                "facts": [
                    {"name": gettext(one.name), "value": one.said(gettext), "lang": one.language} for one in built.facts
                ],
                "name": built.name,
                "title": built.title,
                "language": built.language,
                "provider": built.provider,
                "awarded": built.awarded,
                "statements": (built.sentence, *built.statements),
                "number": built.number,
                "text": built.looks.text,
                "logo": appearance.logo_address(built.looks),
            },
            "verify": verify,
            "qr": mark_safe(qr.inline(verify)),  # noqa: S308 - made by segno of an address that we made
            "pdf": reverse("cme_xblock:certificate-pdf", args=[code]) if pdf.is_available() else "",
            "badge": reverse("cme_xblock:badge", args=[code]) if _has_badge(claim, built) else "",
            "no_pdf": "" if pdf.is_available() else gettext(NO_PDF),
        },
    )


@require_safe
def certificate_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The same certificate as a tagged PDF, in the activity's language. 404 where this server makes none."""
    refusal = standalone.refused(request)
    if refusal is not None:
        return refusal
    claim = found(request, code)
    speaks = language.named(printed.language_of(claim))
    try:
        made = printed.render(
            claim, standing=standing.of(claim), addresses=_addresses(request, claim), gettext=speaks.gettext
        )
    except pdf.Unavailable as unavailable:
        raise Http404 from unavailable
    name = f"certificate-{certificates.number(claim)}.pdf"
    return standalone.download(made.content, content_type="application/pdf", name=name)


def found(request: HttpRequest, code: str) -> Claim:
    """The claim whose certificate this code opens. Raises Http404 for any other code, and counts it."""
    claim = claims.by_code(code)
    if claim is None:
        standalone.count(request)
        raise Http404
    return claim


def _has_badge(claim: Claim, built: certificates.Certificate) -> bool:
    return badge_keys.is_configured() and not built.void and badge.is_for(claim)


def _addresses(request: HttpRequest, claim: Claim) -> Addresses:
    site = address.site(request)
    return Addresses(
        page=site + reverse("cme_xblock:certificate", args=[claim.certificate_code]),
        verify=site + reverse("cme_xblock:verify-number", args=[certificates.number(claim)]),
    )
