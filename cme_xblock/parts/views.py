"""Pages that need no course: the certificate, found by its code alone, for as long as the record is kept."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cme_xblock.credit import certificate as certificates
from cme_xblock.host import language
from cme_xblock.parts import labels, templating
from cme_xblock.records import claims


@require_safe
@never_cache
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """The certificate with this code: whoever holds the code may see it. 404 for any other."""
    claim = claims.by_code(code)
    if claim is None:
        raise Http404
    reader = language.current()
    built = certificates.build(claim, live=claim.is_live, completed_on=labels.day(claim.completed_on))
    gettext = reader.gettext
    html = templating.render(
        "certificate.html",
        {
            "language": reader,
            "stylesheet": static("cme_xblock/certificate.css"),
            "one": {
                "heading": built.heading.format(gettext),
                "void": built.void.format(gettext) if built.void else "",
                "took_part": built.took_part.format(gettext),
                "facts": [{"name": gettext(one.name), "value": gettext(one.value)} for one in built.facts],
                "name": built.name,
                "title": built.title,
                "language": built.language,
                "provider": built.provider,
                "awarded": built.awarded,
                "statements": built.statements,
                "code": built.code,
            },
        },
    )
    response = HttpResponse(html)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response
